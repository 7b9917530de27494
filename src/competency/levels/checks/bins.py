"""Forecasts sorted into bins: what was stated, and what happened."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from competency.arrays import Floats, Ints, frozen
from competency.levels.checks.arguments import event_forecasts, open_shares, whole_number
from competency.stats import CONFIDENCE, wilson_interval

BINS = 10
"""Bins of equal width, unless told (convention; usual range 5 to 20)."""

_ROUNDING = 1e-6
# A float32 forecast of 0.7 belongs to the bin that begins at 0.7, in bins.


@dataclass(frozen=True, eq=False, repr=False)
class ReliabilityTable:
    """Stated and observed frequency by bin of the stated probability.

    Parameters
    ----------
    edges : float64, shape (n_bins + 1,)
        Bin b holds ``[edges[b], edges[b + 1])``; the last one also 1.
    count : int64, shape (n_bins,)
        Forecasts in each bin.
    stated, observed : float64, shape (n_bins,)
        Mean probability and share of events; NaN in an empty bin.
    low, high : float64, shape (n_bins,)
        Wilson interval of `observed`; NaN in an empty bin.
    confidence : float
        Of these intervals.
    """

    edges: Floats
    count: Ints
    stated: Floats
    observed: Floats
    low: Floats
    high: Floats
    confidence: float = CONFIDENCE

    @property
    def n(self) -> int:
        """Forecasts in all."""
        return int(self.count.sum())

    @property
    def error(self) -> float:
        """Expected calibration error: mean distance of observed and stated, by forecasts."""
        return float(np.nansum(self.count * np.abs(self.observed - self.stated)) / self.n)

    def to_frame(self) -> pd.DataFrame:
        """One row per bin: its edges, forecasts, stated and observed frequency, interval."""
        return pd.DataFrame(
            {
                "from": self.edges[:-1],
                "to": self.edges[1:],
                "n": self.count,
                "stated": self.stated,
                "observed": self.observed,
                "low": self.low,
                "high": self.high,
            }
        )

    def __repr__(self) -> str:
        filled = int((self.count > 0).sum())
        return (
            f"ReliabilityTable({self.n} forecasts in {filled} of {len(self.count)} bins; "
            f"calibration error {self.error:.4f})"
        )


def reliability_table(
    probability: ArrayLike,
    event: ArrayLike,
    bins: int = BINS,
    *,
    confidence: float = CONFIDENCE,
) -> ReliabilityTable:
    """Return what was stated and what happened, by bins of equal width.

    Parameters
    ----------
    probability : array_like, any shape
        Stated probability of each event, in [0, 1].
    event : array_like, same shape
        Whether it happened: booleans, or 0 and 1.
    bins : int
        At least 1.
    confidence : float
        Of the Wilson intervals, in (0, 1).

    Returns
    -------
    ReliabilityTable

    Raises
    ------
    InputError
        If there are no forecasts, shapes differ, or values are illegal.

    Examples
    --------
    >>> table = reliability_table([0.1, 0.1, 0.9, 0.9], [0, 1, 1, 1], bins=2)
    >>> table
    ReliabilityTable(4 forecasts in 2 of 2 bins; calibration error 0.2500)
    >>> table.to_frame()[["n", "stated", "observed"]].values.tolist()
    [[2.0, 0.1, 0.5], [2.0, 0.9, 1.0]]
    >>> reliability_table([1.0], [1]).to_frame()["n"].tolist()
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    """
    open_shares("confidence", [confidence])
    stated, happened = event_forecasts(probability, event)
    which = bin_of(stated, bins)
    count = np.bincount(which, minlength=bins)
    filled = count > 0
    size = np.where(filled, count, 1).astype(np.float64)

    def mean(values: Floats) -> Floats:
        total = np.bincount(which, weights=values, minlength=bins)
        return np.where(filled, total / size, np.nan)

    observed = mean(happened)
    low, high = wilson_interval(observed, size, confidence)
    return ReliabilityTable(
        frozen(np.linspace(0, 1, bins + 1)),
        frozen(count),
        frozen(mean(stated)),
        frozen(observed),
        frozen(low),
        frozen(high),
        confidence,
    )


def bin_of(probability: Floats, bins: int) -> Ints:
    """Return the bin of each probability: ``floor(p * bins)``, and the last for 1.

    Parameters
    ----------
    probability : Floats, any shape
        In [0, 1].
    bins : int
        At least 1.

    Returns
    -------
    int64, shape of `probability`

    Raises
    ------
    InputError
        If `bins` is below 1.

    Examples
    --------
    >>> bin_of(np.array([0.0, 0.3, 0.7, 0.75, 1.0]), 10).tolist()
    [0, 3, 7, 7, 9]
    """
    whole_number("bins", bins, 1)
    place = np.floor(probability * bins + _ROUNDING)
    return np.asarray(np.minimum(place, bins - 1), np.int64)
