"""What happens to a level without a training, by officers rated twice before any training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from competency.arrays import Bools, Floats, Ints
    from competency.levels.before_after import BeliefsBefore, LaterRatings, RatingsInTime

MOST_OFFICERS = 10_000
"""Officers that the drift without a training is learned from: its standard error is then below .01
levels a year, and those of trainings are far above (chosen by the project)."""

DRIFT_SD, OWN_SD = 0.3, 0.1
"""Spread of the drift of all competencies around none, and of one around all, in levels a year
(chosen by the project: without a training nobody gains a level in three years)."""

ROUNDS = 25
"""Newton steps; the last ones change drift by less than 1e-6 levels (on the reference pack)."""


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


@dataclass(frozen=True, eq=False)
class Drift:
    """Change without a training.

    Parameters
    ----------
    mean, se : float64, shape (n_competencies,)
        Levels a year, and its standard error.
    growth : float64, shape (n_competencies,)
        Variance of the change in one year, in levels squared.
    n_cells : int64, shape (n_competencies,)
        Officers whose untrained cell it is learned from.
    """

    mean: Floats
    se: Floats
    growth: Floats
    n_cells: Ints


def untrained_cells(ratings: RatingsInTime, free: Bools) -> Untrained:
    """Return the cells that have early and late ratings among `free`, those before any training.

    Of at most `MOST_OFFICERS` officers, evenly spread.
    """
    officer, cell, day, n_officers = ratings.officer, ratings.cell, ratings.day, ratings.shape[0]
    free = free & (officer % max(-(-n_officers // MOST_OFFICERS), 1) == 0)
    cut = _middle(officer, day, n_officers)[officer]
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


def learned_drift(beliefs: BeliefsBefore, untrained: Untrained, request: Ints) -> Drift:
    """Return the drift that the late ratings of untrained cells show.

    The level at a late rating is ``N(m + drift years, v + growth years)`` with the belief N(m, v)
    by the early ones; drift is shrunk toward that of all competencies, and growth is one factor,
    with the prior N(1, 1) and not negative, of what the settings give. `request` is the number of
    the belief about each cell.
    """
    owner, given = untrained.owner, beliefs.growth
    later = beliefs.later(
        untrained.rating, owner, request=request[owner], day_before=untrained.day_before[owner]
    )
    mean, variance = beliefs.moments(request[later.owner], later.competency)
    size, factor = len(given), 1.0
    drift: Floats = np.zeros(size)
    precision: Floats = np.zeros(size)
    share = later.weight / np.maximum(np.bincount(later.owner)[later.owner], 1)
    for _ in range(ROUNDS):
        spread = np.maximum(variance + later.variance + factor * _grown(later, given), 1e-6)
        place = mean - later.mean + drift[later.competency] * later.years
        slope, curvature = later.derivatives(place, spread)
        # NOTE: ratings of one cell share its level: each counts as a part of one.
        held = share * later.years**2 * np.maximum(curvature, 0)
        precision = _per(later.competency, held, size)
        pull = _per(later.competency, share * later.years * slope, size)
        drift = _shrunk(drift + pull / np.maximum(precision, 1e-9), precision)
        up = 0.5 * _grown(later, given) * (slope**2 - curvature)
        step = (np.sum(share * up) + 1 - factor) / (np.sum(share * up**2) + 1)
        factor = float(np.clip(factor + step, 0.0, 4.0))
    cell = np.unique(np.stack([later.owner, later.competency]), axis=1)[1]
    return Drift(
        drift, 1 / np.sqrt(precision + 1 / OWN_SD**2), factor * given,
        np.bincount(cell, minlength=size),
    )  # fmt: skip


def _per(competency: Ints, values: Floats, size: int) -> Floats:
    return np.bincount(competency, weights=values, minlength=size).astype(np.float64)


def _grown(later: LaterRatings, given: Floats) -> Floats:
    return given[later.competency] * np.maximum(later.years, 0)


def _shrunk(own: Floats, precision: Floats) -> Floats:
    """Shrink the drifts toward their common value, and that toward none."""
    pull = precision / (1 + precision * OWN_SD**2)
    common = float((pull * own).sum() / (pull.sum() + 1 / DRIFT_SD**2))
    return np.asarray((precision * own + common / OWN_SD**2) / (precision + 1 / OWN_SD**2))
