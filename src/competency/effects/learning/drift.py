"""What happens to a level without a training, as officers tell who took none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.ratings.ordinal import derivatives

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints
    from competency.effects.learning.later import Later

DRIFT_SD, OWN_SD = 0.3, 0.1
"""Spread of the drift of all competencies around none, and of one around all, in levels a year
(chosen by the project: without a training nobody moves a level in three years)."""

ROUNDS = 25
"""Newton steps; the last ones move drift by less than 1e-6 levels (seen on the reference pack)."""


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
        Officers whose untrained cell tells it.
    """

    mean: Floats
    se: Floats
    growth: Floats
    n_cells: Ints


def given_growth(half_life: Floats, covariance: Floats) -> Floats:
    """Return the variance that a level gains in a year by the settings, in levels squared.

    A level that keeps ``u = 2^(-1 / H)`` of its deviation in a year loses ``1 - u^2`` of its
    variance, and gains as much.

    Examples
    --------
    >>> given_growth(np.array([1.0]), np.eye(1)).tolist()
    [0.75]
    """
    return np.asarray((1 - 4.0 ** (-1 / half_life)) * np.diag(covariance))


def learned_drift(later: Later, mean: Floats, variance: Floats, given: Floats) -> Drift:
    """Return the drift that later ratings of untrained cells tell.

    The first rating is ``N(m + drift years, v + growth years)`` seen through its source; drift is
    shrunk toward that of all competencies, and growth is one factor of what the settings say.

    Parameters
    ----------
    later : Later
        One owner for each cell.
    mean, variance : Floats, shape (n_ratings,)
        Belief about the cell before, at each rating.
    given : Floats, shape (n_competencies,)
        Growth by the settings; its factor is N(1, 1) before anything is seen, and not negative.

    Returns
    -------
    Drift
    """
    size = len(given)
    drift: Floats = np.zeros(size)
    precision: Floats = np.zeros(size)
    factor = 1.0
    cell = np.unique(np.stack([later.owner, later.competency]), axis=1)[1]
    share = later.weight / np.maximum(np.bincount(later.owner)[later.owner], 1)
    for _ in range(ROUNDS):
        spread = np.maximum(variance + later.variance + factor * _grown(later, given), 1e-6)
        place = mean - later.mean + drift[later.competency] * later.years
        found = derivatives(later.observations, place, spread)
        # NOTE: ratings of one cell share its level: each counts as a part of one.
        told = share * later.years**2 * np.maximum(found.curvature, 0)
        precision = _per(later.competency, told, size)
        pull = _per(later.competency, share * later.years * found.mean, size)
        drift = _solved(drift + pull / np.maximum(precision, 1e-9), precision)
        up = 0.5 * _grown(later, given) * (found.mean**2 - found.curvature)
        step = (np.sum(share * up) + 1 - factor) / (np.sum(share * up**2) + 1)
        factor = float(np.clip(factor + step, 0.0, 4.0))
    return Drift(
        drift, 1 / np.sqrt(precision + 1 / OWN_SD**2), factor * given,
        np.bincount(cell, minlength=size),
    )  # fmt: skip


def _per(competency: Ints, values: Floats, size: int) -> Floats:
    return np.bincount(competency, weights=values, minlength=size).astype(np.float64)


def _grown(later: Later, given: Floats) -> Floats:
    return given[later.competency] * np.maximum(later.years, 0)


def _solved(told: Floats, precision: Floats) -> Floats:
    """Shrink the drifts toward their common value, and that toward none."""
    pull = precision / (1 + precision * OWN_SD**2)
    common = float((pull * told).sum() / (pull.sum() + 1 / DRIFT_SD**2))
    return np.asarray((precision * told + common / OWN_SD**2) / (precision + 1 / OWN_SD**2))
