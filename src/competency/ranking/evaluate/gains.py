"""Whether predicted gains came true: calibration of what was promised against what was measured."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from competency.arrays import Floats, frozen

BINS = 10
"""Bins of equal size, as reliability plots usually have."""


@dataclass(frozen=True, eq=False)
class GainCalibration:
    """Predicted and measured gains side by side.

    Parameters
    ----------
    slope, intercept : float
        Of measured on predicted by least squares; 1 and 0 when predictions hold. NaN where the
        predictions are all equal.
    slope_se : float
        HC1 standard error.
    error : float
        Mean absolute distance of the two in bins of the prediction, weighted by size (ECE).
    predicted, measured, n : arrays, shape (n_bins,)
        Means and size of each bin.
    """

    slope: float
    intercept: float
    slope_se: float
    error: float
    predicted: Floats
    measured: Floats
    n: Floats


def gain_calibration(predicted: Floats, measured: Floats, *, bins: int = BINS) -> GainCalibration:
    """Return how predicted gains compare with measured ones.

    Parameters
    ----------
    predicted, measured : Floats, shape (n,)
        Gap closed, in levels; pairs with a NaN are left out.
    bins : int

    Returns
    -------
    GainCalibration

    Examples
    --------
    >>> x = np.linspace(0, 1, 50)
    >>> found = gain_calibration(x, x / 2)
    >>> round(found.slope, 6), round(found.error, 6), int(found.n.sum())
    (0.5, 0.25, 50)
    >>> gain_calibration(np.ones(3), np.ones(3)).slope
    nan
    """
    there = ~(np.isnan(predicted) | np.isnan(measured))
    x, y = predicted[there].astype(np.float64), measured[there].astype(np.float64)
    slope, intercept, se = _line(x, y)
    number = np.arange(len(x)) * bins // max(len(x), 1)
    order = np.argsort(x, kind="stable")
    n = np.bincount(number, minlength=min(bins, len(x))).astype(np.float64)
    told = np.bincount(number, x[order]) / np.maximum(n, 1)
    came = np.bincount(number, y[order]) / np.maximum(n, 1)
    error = float((n * np.abs(told - came)).sum() / n.sum()) if n.sum() else np.nan
    return GainCalibration(slope, intercept, se, error, frozen(told), frozen(came), frozen(n))


def _line(x: Floats, y: Floats) -> tuple[float, float, float]:
    if len(x) < 3 or not np.ptp(x) > 0:
        return np.nan, np.nan, np.nan
    away = x - x.mean()
    spread = float((away**2).sum())
    slope = float((away * y).sum() / spread)
    rest = y - y.mean() - slope * away
    se = float(np.sqrt((away**2 * rest**2).sum() * len(x) / (len(x) - 2)) / spread)
    return slope, float(y.mean() - slope * x.mean()), se
