"""How likely the ratings of a chain are if a training did nothing, and if it succeeded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints
    from competency.framework.index import FrameworkIndex
    from competency.levels.before_after import LaterRatings, LevelGrid

HERMITE = ((-1.7320508075688772, 0.0, 1.7320508075688772), (1 / 6, 2 / 3, 1 / 6))
"""Nodes and weights of the rule of three points for a standard normal (Gauss and Hermite): exact
to the fifth power; severity and halo are small beside the noise of a rating."""

AT_ONCE = 20_000
"""Ratings processed together: memory, never the answer."""


def log_likelihood(
    later: LaterRatings, nodes: Floats, n_owners: int, *, drift: Floats, growth: Floats
) -> Floats:
    """Return the log-likelihood of the ratings of each owner at each node, ``(n_owners, n_nodes)``.

    The level at the time of a rating is ``theta + drift years + N(0, growth years)``; severity and
    halo of one assessor are shared by the ratings of a meeting.

    Parameters
    ----------
    later : LaterRatings
    nodes : Floats, shape (n_nodes,)
        Latent levels before any drift.
    n_owners : int
    drift, growth : Floats, shape (n_competencies,)
        Levels a year, and levels squared a year.
    """
    total = np.zeros((n_owners, len(nodes)))
    for start, stop in _pieces(later.meeting):
        part = later.take(np.arange(start, stop))
        first = _firsts(part.meeting)
        by_node = np.empty((len(HERMITE[0]), len(first), len(nodes)))
        spread = growth[part.competency] * part.years
        base = drift[part.competency] * part.years - part.mean
        for place, sd in enumerate(HERMITE[0]):
            shift = base - sd * np.sqrt(part.variance)
            chance = part.probability(nodes[:, None] + shift, spread)
            np.add.reduceat((part.weight * np.log(chance)).T, first, out=by_node[place])
        top = by_node.max(0)
        mixed = np.einsum("h,hmn->mn", HERMITE[1], np.exp(by_node - top))
        owner = part.owner[first]
        total[owner[_firsts(owner)]] += np.add.reduceat(top + np.log(mixed), _firsts(owner))
    return total


def _pieces(meeting: Ints) -> list[tuple[int, int]]:
    """Ranges of about `AT_ONCE` ratings that part no meeting."""
    if len(meeting) == 0:
        return []
    borders = _firsts(meeting)
    cuts = borders[np.unique(np.searchsorted(borders, np.arange(0, len(meeting), AT_ONCE)))]
    ends = np.append(cuts[1:], len(meeting))
    return [(int(a), int(b)) for a, b in zip(cuts, ends, strict=True)]


def _firsts(numbers: Ints) -> Ints:
    """Where each run of equal numbers begins."""
    return np.flatnonzero(np.append(True, numbers[1:] != numbers[:-1]))


@dataclass(frozen=True, eq=False)
class GridTransitions:
    """Where a success of each row of `develops` takes each node of the grid.

    Parameters
    ----------
    node_after : Ints, shape (n_develops, n_nodes)
        Node after a success: whole levels up, the place within the level kept.
    rise : Floats, shape (n_develops, n_nodes)
        Levels that a success is worth there.
    """

    node_after: Ints
    rise: Floats


def grid_transitions(index: FrameworkIndex, grid: LevelGrid) -> GridTransitions:
    """Return the transitions of every row of `develops` on a grid."""
    develops = index.develops
    per_level = round(1 / float(grid.borders[1] - grid.borders[0]))
    top = index.max_level[develops.competency].astype(np.int64)
    level = np.minimum(grid.level, top[:, None])
    entry, target = (v.astype(np.int64)[:, None] for v in
                     (develops.entry_level, develops.target_level))  # fmt: skip
    rise = np.where((level >= entry) & (level < target), target - level, 0)
    return GridTransitions(np.arange(len(grid.nodes)) + per_level * rise, rise.astype(np.float64))


@dataclass(frozen=True, eq=False)
class StepLikelihoods:
    """Likelihoods of each used step, and what it could have lifted.

    Parameters
    ----------
    failed, succeeded : float64, shape (n_steps,)
        Likelihood of the whole chain if the step did nothing, and if it succeeded, up to a factor
        that both share.
    reach : float64, shape (n_steps,)
        Levels that a success was expected to lift, by the belief before the step and the ratings
        before it.
    """

    failed: Floats
    succeeded: Floats
    reach: Floats


def step_likelihoods(
    mass: Floats, segment_likelihood: Floats, *, first: Ints, count: Ints, row: Ints,
    after: Ints, success: Floats, transitions: GridTransitions,
) -> StepLikelihoods:  # fmt: skip
    """Return the likelihoods of every step, the others of its chain succeeding as now estimated.

    Parameters
    ----------
    mass : Floats, shape (n_chains, n_nodes)
        Belief before the first step.
    segment_likelihood : Floats, shape (n_segments, n_nodes)
        Of the ratings in each segment; largest value 1 in each row.
    first, count : Ints, shape (n_chains,)
        First step of each chain, and their number.
    row, after : Ints, shape (n_steps,)
        Row of `develops`, and the segment that follows.
    success : Floats, shape (n_develops,)
        Expected chance of success.
    transitions : GridTransitions
    """
    ahead = _ahead(segment_likelihood, first, count, row=row, after=after, success=success,
                   transitions=transitions)  # fmt: skip
    failed, succeeded, reach = np.ones((3, len(row)))
    now = mass
    for place in range(int(count.max(initial=0))):
        going = np.flatnonzero(count > place)
        step = first[going] + place
        here, node = now[going], transitions.node_after[row[step]]
        failed[step] = np.einsum("cn,cn->c", here, ahead[place][going])
        succeeded[step] = np.einsum(
            "cn,cn->c", here, np.take_along_axis(ahead[place][going], node, axis=1)
        )
        reach[step] = np.einsum("cn,cn->c", here, transitions.rise[row[step]]) / here.sum(1)
        now = now.copy()
        now[going] = _after_step(here, node, success[row[step]]) * segment_likelihood[after[step]]
    return StepLikelihoods(failed, succeeded, reach)


def _ahead(
    likelihood: Floats, first: Ints, count: Ints, *, row: Ints, after: Ints, success: Floats,
    transitions: GridTransitions,
) -> list[Floats]:  # fmt: skip
    """Likelihood of all that follows each place of the chains, by the node right after it."""
    longest = int(count.max(initial=0))
    ahead: list[Floats] = [np.ones((len(first), likelihood.shape[1])) for _ in range(longest)]
    for place in reversed(range(longest)):
        going = np.flatnonzero(count > place)
        step = first[going] + place
        value = likelihood[after[step]].copy()
        more = np.flatnonzero(count[going] > place + 1)
        if len(more):
            chance = success[row[step[more] + 1]][:, None]
            rest = ahead[place + 1][going[more]]
            lifted = np.take_along_axis(rest, transitions.node_after[row[step[more] + 1]], axis=1)
            value[more] *= (1 - chance) * rest + chance * lifted
        ahead[place][going] = value
    return ahead


def _after_step(here: Floats, node: Ints, chance: Floats) -> Floats:
    """Mass on the nodes after a step that succeeds with a chance."""
    n_nodes = here.shape[1]
    place = (np.arange(len(here))[:, None] * n_nodes + node).ravel()
    lifted = np.bincount(place, weights=(here * chance[:, None]).ravel(), minlength=here.size)
    return (1 - chance)[:, None] * here + lifted.reshape(here.shape)
