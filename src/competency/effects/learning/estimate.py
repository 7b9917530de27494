"""Chances of success of every training by EM, from a scene."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.effects.learning.later import log_likelihood
from competency.effects.learning.moves import Moves, Odds, chain_odds, make_moves
from competency.effects.learning.success import Successes, row_likelihood, shrunk

if TYPE_CHECKING:
    from competency.arrays import Bools, Floats, Ints
    from competency.effects.learning.scene import Scene
    from competency.framework.index import FrameworkIndex

ROUNDS, TOLERANCE = 20, 1e-4
"""Most rounds in which trainings of one chain hear of each other, and the largest change of a
chance of success at which they stop (7 rounds on the reference pack)."""

FADE_DAYS = 365
"""Days after a training that part early from late ratings: evaluation practice asks again after 6
to 12 months."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """What history says of every row of `develops`.

    Parameters
    ----------
    successes : Successes
    told : float64, shape (n_rows, n_nodes)
        Log-likelihood of each row's own history.
    odds : Odds
        One element for each used step.
    early, late : float64, shape (n_rows, n_nodes)
        Log-likelihoods of the ratings within `FADE_DAYS` of a training, and of later ones.
    """

    successes: Successes
    told: Floats
    odds: Odds
    early: Floats
    late: Floats


def estimated(scene: Scene, index: FrameworkIndex, design: Floats) -> Estimate:
    """Return the chances of success, the trainings of a chain sharing what they explain.

    E-step: for each step of a chain, the likelihood of all ratings if it did nothing and if it
    succeeded, the other steps succeeding as often as now believed. M-step: the posterior of each
    row, and of its families.

    Parameters
    ----------
    scene : Scene
    index : FrameworkIndex
    design : Floats, shape (n_rows, n_families)

    Returns
    -------
    Estimate
    """
    claimed = index.develops.success
    chain = _Chain.of(scene, index)
    likelihood = chain.likelihood(scene, np.ones(len(scene.later), bool))
    success, seen = claimed, np.bincount(chain.row, minlength=len(claimed)) > 0
    for _ in range(ROUNDS):
        odds = chain.odds(likelihood, success)
        told = row_likelihood(chain.row, odds.stayed, odds.moved, len(claimed))
        found = shrunk(told, claimed, design)
        last, success = success, np.where(seen, found.mean, claimed)
        if np.abs(success - last).max(initial=0) < TOLERANCE:
            break
    early = scene.later.day - chain.end_before(scene) <= FADE_DAYS
    parts = []
    for rows in (early, ~early):
        part = chain.odds(chain.likelihood(scene, rows), success)
        parts.append(row_likelihood(chain.row, part.stayed, part.moved, len(claimed)))
    return Estimate(found, told, odds, *parts)


@dataclass(frozen=True, eq=False)
class _Chain:
    """The used steps, chain by chain."""

    mass: Floats
    first: Ints
    count: Ints
    row: Ints
    after: Ints
    moves: Moves

    @classmethod
    def of(cls, scene: Scene, index: FrameworkIndex) -> _Chain:
        chains = scene.chains
        used = np.flatnonzero(chains.used)
        count = np.bincount(chains.chain[used], minlength=len(chains.cell))
        return cls(
            scene.mass, np.cumsum(count) - count, count, chains.steps.row[used],
            chains.before[used] + 1, make_moves(index, scene.grid),
        )  # fmt: skip

    def likelihood(self, scene: Scene, rows: Bools) -> Floats:
        drift = scene.drift
        log = log_likelihood(
            scene.later.take(rows), scene.grid.nodes, scene.chains.n_segments,
            drift=drift.mean, growth=drift.growth,
        )  # fmt: skip
        return np.asarray(np.exp(log - log.max(1, keepdims=True)))

    def odds(self, likelihood: Floats, success: Floats) -> Odds:
        return chain_odds(
            self.mass, likelihood, first=self.first, count=self.count, row=self.row,
            after=self.after, success=success, moves=self.moves,
        )  # fmt: skip

    def end_before(self, scene: Scene) -> Ints:
        """Last day of the step before the segment of each later rating."""
        end = np.zeros(scene.chains.n_segments, np.int64)
        end[scene.chains.before + 1] = scene.chains.steps.end
        return end[scene.later.owner]
