"""Ratings that no completed training on their competency preceded: what happens without one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.effects.learning.chains import UNTRAINED

if TYPE_CHECKING:
    from competency.arrays import Bools, Floats, Ints
    from competency.effects.learning.chains import Chains
    from competency.levels.posterior.cells import Observations


MOST_OFFICERS = 10_000
"""Officers that tell the drift without a training: its standard error is then below .01 levels a
year, and those of trainings are far above (chosen by the project)."""


@dataclass(frozen=True, eq=False)
class Untrained:
    """Cells rated early and late while no training on them had begun.

    Parameters
    ----------
    cell, cut : Ints, shape (n_cells,)
        Ascending; day that parts early from late ratings, the same for all cells of an officer.
    day_before : Floats, shape (n_cells,)
        Mean day of the early ratings.
    rating, owner : Ints, shape (n_late,)
        Late ratings, and the number of the cell that each is about.
    """

    cell: Ints
    cut: Ints
    day_before: Floats
    rating: Ints
    owner: Ints


def before_any_training(chains: Chains, cell: Ints) -> Bools:
    """Return which ratings no training on the competency preceded.

    Ratings of a cell before its first training count, whether or not there was one later: to leave
    them out would keep only officers whose later ratings gave no reason to train them, and they
    would seem to grow by themselves.

    Parameters
    ----------
    chains : Chains
    cell : Ints, shape (n_ratings,)

    Returns
    -------
    bool, shape (n_ratings,)
    """
    steps = chains.steps
    _, start = np.unique(steps.cell, return_index=True)
    first = chains.before[start]
    before = (chains.segment == UNTRAINED) | np.isin(chains.segment, first)
    return np.asarray(before & ~np.isin(cell, steps.undated))


def untrained_cells(observations: Observations, cell: Ints, free: Bools) -> Untrained:
    """Return the cells that have early and late ratings without a training.

    Of at most `MOST_OFFICERS` officers, evenly spread.

    Parameters
    ----------
    observations : Observations
    cell : Ints, shape (n_ratings,)
    free : Bools, shape (n_ratings,)
        See `before_any_training`.

    Returns
    -------
    Untrained
    """
    free = free & (observations.officer % max(-(-observations.shape[0] // MOST_OFFICERS), 1) == 0)
    day = observations.seen.astype(np.int64)
    cut = _middle(observations.officer, day, observations.shape[0])[observations.officer]
    early, late = np.flatnonzero(free & (day < cut)), np.flatnonzero(free & (day >= cut))
    both = np.intersect1d(cell[early], cell[late])
    early, late = early[np.isin(cell[early], both)], late[np.isin(cell[late], both)]
    place, owner = np.searchsorted(both, cell[early]), np.searchsorted(both, cell[late])
    count = np.maximum(np.bincount(place, minlength=len(both)), 1)
    cuts = np.zeros(len(both), np.int64)
    cuts[owner] = cut[late]
    mean = np.bincount(place, weights=day[early], minlength=len(both)) / count
    return Untrained(both, cuts, mean, late, owner)


def _middle(officer: Ints, day: Ints, n_officers: int) -> Ints:
    """Day halfway between the first and the last rating of each officer."""
    first = np.full(n_officers, np.iinfo(np.int32).max, np.int64)
    last = np.zeros(n_officers, np.int64)
    np.minimum.at(first, officer, day)
    np.maximum.at(last, officer, day)
    return (first + last + 1) // 2
