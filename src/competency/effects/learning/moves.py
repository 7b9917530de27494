"""How likely each chain of ratings is if a training did nothing, and if it did what it claims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints
    from competency.framework.index import FrameworkIndex
    from competency.levels.posterior.grid import LevelGrid


@dataclass(frozen=True, eq=False)
class Moves:
    """Where each row of `develops` takes each node of the grid.

    Parameters
    ----------
    lifted : Ints, shape (n_develops, n_nodes)
        Node after a success: whole levels up, the place within the level kept.
    rise : Floats, shape (n_develops, n_nodes)
        Levels that a success is worth there.
    """

    lifted: Ints
    rise: Floats


def make_moves(index: FrameworkIndex, grid: LevelGrid) -> Moves:
    """Return the moves of every row of `develops` on a grid.

    Parameters
    ----------
    index : FrameworkIndex
    grid : LevelGrid

    Returns
    -------
    Moves
    """
    develops = index.develops
    per_level = round(1 / float(grid.borders[1] - grid.borders[0]))
    top = index.max_level[develops.competency].astype(np.int64)
    level = np.minimum(grid.level, top[:, None])
    entry, target = (v.astype(np.int64)[:, None] for v in
                     (develops.entry_level, develops.target_level))  # fmt: skip
    rise = np.where((level >= entry) & (level < target), target - level, 0)
    return Moves(np.arange(len(grid.nodes)) + per_level * rise, rise.astype(np.float64))


@dataclass(frozen=True, eq=False)
class Odds:
    """Likelihoods of each used step, and what it could have lifted.

    Parameters
    ----------
    stayed, moved : float64, shape (n_steps,)
        Likelihood of the whole chain if the step did nothing, and if it succeeded, up to a factor
        that both share.
    reach : float64, shape (n_steps,)
        Levels that a success was expected to lift, by the belief before the step and the ratings
        before it.
    """

    stayed: Floats
    moved: Floats
    reach: Floats


def chain_odds(
    mass: Floats, segment_likelihood: Floats, *, first: Ints, count: Ints, row: Ints,
    after: Ints, success: Floats, moves: Moves,
) -> Odds:  # fmt: skip
    """Return the odds of every step, the other steps of its chain succeeding as often as believed.

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
    moves : Moves

    Returns
    -------
    Odds
    """
    ahead = _ahead(segment_likelihood, first, count, row=row, after=after, success=success,
                   moves=moves)  # fmt: skip
    stayed, moved, reach = np.ones((3, len(row)))
    now = mass
    for place in range(int(count.max(initial=0))):
        going = np.flatnonzero(count > place)
        step = first[going] + place
        here, lifted = now[going], moves.lifted[row[step]]
        stayed[step] = np.einsum("cn,cn->c", here, ahead[place][going])
        moved[step] = np.einsum(
            "cn,cn->c", here, np.take_along_axis(ahead[place][going], lifted, axis=1)
        )
        reach[step] = np.einsum("cn,cn->c", here, moves.rise[row[step]]) / here.sum(1)
        now = now.copy()
        now[going] = _pushed(here, lifted, success[row[step]]) * segment_likelihood[after[step]]
    return Odds(stayed, moved, reach)


def _ahead(
    likelihood: Floats, first: Ints, count: Ints, *, row: Ints, after: Ints, success: Floats,
    moves: Moves,
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
            lifted = np.take_along_axis(rest, moves.lifted[row[step[more] + 1]], axis=1)
            value[more] *= (1 - chance) * rest + chance * lifted
        ahead[place][going] = value
    return ahead


def _pushed(here: Floats, lifted: Ints, chance: Floats) -> Floats:
    n_nodes = here.shape[1]
    place = (np.arange(len(here))[:, None] * n_nodes + lifted).ravel()
    moved = np.bincount(place, weights=(here * chance[:, None]).ravel(), minlength=here.size)
    return (1 - chance)[:, None] * here + moved.reshape(here.shape)
