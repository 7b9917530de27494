"""What was believed of an officer on the eve of a training, from what was seen until then."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import rows_of_ranges
from competency.levels.fitting.prior import GroupPrecision
from competency.levels.posterior.layout import make_network
from competency.levels.posterior.network import Effects, settled

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints
    from competency.levels.fitting.calibrate import Parameters
    from competency.levels.fitting.problem import LevelProblem
    from competency.levels.posterior.cells import Observations
    from competency.levels.posterior.layout import Layout

STATES_AT_ONCE = 2_000
"""StatesBefore settled together: memory, never the answer."""


@dataclass(frozen=True, eq=False)
class StatesBefore:
    """Officers on days: each is scored with what was seen of the officer before the day.

    Parameters
    ----------
    officer, day : Ints, shape (n_states,)
        Sorted by officer, then day (days since 1970), each pair once.
    """

    officer: Ints
    day: Ints

    def __len__(self) -> int:
        return len(self.officer)


@dataclass(frozen=True, eq=False)
class Believed:
    """Beliefs on states.

    Parameters
    ----------
    mean, variance : float64, shape (n_states, n_competencies)
        Of the latent level.
    meeting : Ints, shape (n_meetings,)
        Eve, source and assessor as one number, sorted; see `meeting_keys`.
    effect_mean, effect_variance : float64, shape (n_meetings,)
        Severity together with halo, as the ratings before the day tell it.
    """

    mean: Floats
    variance: Floats
    meeting: Ints
    effect_mean: Floats
    effect_variance: Floats


def make_states_before(officer: Ints, day: Ints) -> tuple[StatesBefore, Ints]:
    """Return the distinct pairs, and the row of each pair given."""
    pairs, row = np.unique(np.stack([officer, day], 1), axis=0, return_inverse=True)
    return StatesBefore(pairs[:, 0], pairs[:, 1]), row.ravel()


def meeting_keys(eve: Ints, block: Ints, assessor: Ints, problem: LevelProblem) -> Ints:
    """Return eve, source and assessor as one number."""
    n_assessors = len(problem.observations.assessors) + 1
    n_blocks = len(problem.fixed.sources.names)
    return (eve.astype(np.int64) * n_blocks + block) * n_assessors + assessor + 1


def first_effects(block: Ints, assessor: Ints, known: Parameters) -> Effects:
    """Return what is believed of severity and halo before any of this officer's ratings."""
    sources = known.sources
    mean, variance = sources.severity[block].copy(), sources.severity_sd[block] ** 2
    named = np.flatnonzero(assessor >= 0)
    named = named[np.isfinite(known.severity_variance[assessor[named]])]
    mean[named] = known.severity[assessor[named]]
    variance[named] = known.severity_variance[assessor[named]]
    return Effects(mean, variance + sources.halo_sd[block] ** 2)


def believed(states: StatesBefore, problem: LevelProblem, known: Parameters) -> Believed:
    """Return beliefs about every competency on each eve.

    Parameters
    ----------
    states : StatesBefore
    problem : LevelProblem
        Its observations without certificates, sorted by officer.
    known : Parameters
        With the severities of ``problem.observations.assessors``, and the units of the roster.

    Returns
    -------
    Believed
    """
    size = len(known.covariance)
    mean, variance = np.empty((2, len(states), size))
    meetings: list[tuple[Ints, Floats, Floats]] = []
    groups = known.precision or GroupPrecision.of(known.means, known.covariance)
    unit_variance = known.strength_variance - known.units.sd**2
    for start in range(0, len(states), STATES_AT_ONCE):
        rows = slice(start, min(start + STATES_AT_ONCE, len(states)))
        layout = _layout(states, rows, problem, known)
        shift = known.strength[states.officer[rows]]
        network = make_network(
            layout, known.sources, known.means.group, np.diag(known.covariance), shift=shift
        )
        precision = groups.of_officers(layout.group, unit_variance[states.officer[rows]])
        effects = first_effects(layout.block, layout.assessor, known)
        _, joint = settled(network, effects, precision)
        mean[rows] = known.means.group[layout.group] + shift[:, None] + joint.mean
        variance[rows] = np.einsum("ecc->ec", joint.covariance)
        named = layout.assessor >= 0
        key = meeting_keys(
            start + layout.owner[named], layout.block[named], layout.assessor[named], problem
        )
        meetings.append((key, joint.effect_mean[named], joint.effect_variance[named]))
    columns = [np.concatenate(parts) for parts in zip(*meetings, strict=True)] or [np.zeros(0)] * 3
    order = np.argsort(columns[0], kind="stable")
    return Believed(mean, variance, *(column[order] for column in columns))


def _layout(states: StatesBefore, rows: slice, problem: LevelProblem, known: Parameters) -> Layout:
    officer, day = states.officer[rows], states.day[rows]
    eve, observation = _seen_before(problem.observations, officer, day)
    shape = (len(officer), problem.observations.shape[1])
    observations = replace(problem.observations.take(observation), shape=shape, officer=eve)
    here = replace(problem, roster=problem.roster.take(officer), observations=observations)
    return here.rating_layout(known.sources, _last_day(problem.observations))


def _last_day(observations: Observations) -> date:
    # NOTE: levels stand still here, but not over the thousands of years to the last of all dates.
    last: date = observations.seen.max().item() if len(observations.seen) else date.min
    return last


def _seen_before(observations: Observations, officer: Ints, day: Ints) -> tuple[Ints, Ints]:
    """Return pairs (number of the eve, observation) of what was seen before the day of the eve."""
    first, last = (
        np.searchsorted(observations.officer, officer, side=s) for s in ("left", "right")
    )
    eve, observation = rows_of_ranges(first, last)
    keep = observations.seen[observation].astype(np.int64) < day[eve]
    return eve[keep], observation[keep]
