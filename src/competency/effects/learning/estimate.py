"""Chances of success of every training by EM."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.effects.learning.likelihood import (
    GridTransitions,
    StepLikelihoods,
    grid_transitions,
    log_likelihood,
    step_likelihoods,
)
from competency.effects.learning.success import Successes, row_likelihood, shrink_successes

if TYPE_CHECKING:
    from competency.arrays import Bools, Floats, Ints
    from competency.effects.learning.data import EffectData
    from competency.framework.index import FrameworkIndex

ROUNDS, TOLERANCE = 20, 1e-4
"""Most rounds in which trainings of one chain update each other, and the largest change of a chance
of success at which they stop (7 rounds on the reference pack)."""

FADE_DAYS = 365
"""Days after a training that part early from late ratings: evaluation practice asks again after 6
to 12 months."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """Estimates from history for every row of `develops`.

    Parameters
    ----------
    successes : Successes
    log_likelihood : float64, shape (n_rows, n_nodes)
        Of each row's own history.
    steps : StepLikelihoods
        One element for each used step.
    early, late : float64, shape (n_rows, n_nodes)
        Log-likelihoods of the ratings within `FADE_DAYS` of a training, and of later ones.
    """

    successes: Successes
    log_likelihood: Floats
    steps: StepLikelihoods
    early: Floats
    late: Floats


def estimate_effects(data: EffectData, index: FrameworkIndex, design: Floats) -> Estimate:
    """Return the chances of success, the trainings of a chain sharing what they explain.

    E-step: for each step of a chain, the likelihood of all ratings if it did nothing and if it
    succeeded, the other steps succeeding as often as now estimated. M-step: the posterior of each
    row, and of its families; `design` has the shape ``(n_rows, n_families)``.
    """
    claimed = index.develops.success
    chain = _Chain.of(data, index)
    likelihood = chain.likelihood(data, np.ones(len(data.later), bool))
    success, used = claimed, np.bincount(chain.row, minlength=len(claimed)) > 0
    for _ in range(ROUNDS):
        steps = chain.steps(likelihood, success)
        own = row_likelihood(chain.row, steps.failed, steps.succeeded, len(claimed))
        found = shrink_successes(own, claimed, design)
        last, success = success, np.where(used, found.mean, claimed)
        if np.abs(success - last).max(initial=0) < TOLERANCE:
            break
    early = data.later.day - chain.end_before(data) <= FADE_DAYS
    parts = []
    for rows in (early, ~early):
        part = chain.steps(chain.likelihood(data, rows), success)
        parts.append(row_likelihood(chain.row, part.failed, part.succeeded, len(claimed)))
    return Estimate(found, own, steps, *parts)


@dataclass(frozen=True, eq=False)
class _Chain:
    """The used steps, chain by chain."""

    mass: Floats
    first: Ints
    count: Ints
    row: Ints
    after: Ints
    transitions: GridTransitions

    @classmethod
    def of(cls, data: EffectData, index: FrameworkIndex) -> _Chain:
        chains = data.chains
        used = np.flatnonzero(chains.used)
        count = np.bincount(chains.chain[used], minlength=len(chains.cell))
        return cls(
            data.mass, np.cumsum(count) - count, count, chains.steps.row[used],
            chains.before[used] + 1, grid_transitions(index, data.grid),
        )  # fmt: skip

    def likelihood(self, data: EffectData, rows: Bools) -> Floats:
        drift = data.drift
        log = log_likelihood(
            data.later.take(rows), data.grid.nodes, data.chains.n_segments,
            drift=drift.mean, growth=drift.growth,
        )  # fmt: skip
        return np.asarray(np.exp(log - log.max(1, keepdims=True)))

    def steps(self, likelihood: Floats, success: Floats) -> StepLikelihoods:
        return step_likelihoods(
            self.mass, likelihood, first=self.first, count=self.count, row=self.row,
            after=self.after, success=success, transitions=self.transitions,
        )  # fmt: skip

    def end_before(self, data: EffectData) -> Ints:
        """Last day of the step before the segment of each later rating."""
        end = np.zeros(data.chains.n_segments, np.int64)
        end[data.chains.before + 1] = data.chains.steps.end
        return end[data.later.owner]
