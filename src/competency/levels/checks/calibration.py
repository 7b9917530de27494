"""Reliability tables, and the expected calibration error beside that of a perfect forecaster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from competency.arrays import Bools, Floats, Ints, frozen
from competency.levels.checks.arguments import (
    event_forecasts,
    level_forecasts,
    open_shares,
    survival_of,
    whole_number,
)
from competency.stats import CONFIDENCE, Rng, wilson_interval

BINS = 10
"""Bins of equal width by default (convention; usual range 5 to 20)."""

_ROUNDING = 1e-6
# A float32 forecast of 0.7 belongs to the bin that begins at 0.7, in bins.

NULL_DRAWS = 1000
"""Redraws for a null band: its 2.5 % ends rest on 25 of them (usual range 200 to 5,000)."""

Uniforms: TypeAlias = Callable[[np.random.Generator], Floats]
"""Draws one uniform number for each row of forecasts; they may depend on each other."""

_TIE = 1e-12
# Errors closer than this are equal: far below one event in a billion.


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
    probability: ArrayLike, event: ArrayLike, bins: int = BINS, *, confidence: float = CONFIDENCE
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

    Examples
    --------
    >>> bin_of(np.array([0.0, 0.3, 0.7, 0.75, 1.0]), 10).tolist()
    [0, 3, 7, 7, 9]
    """
    whole_number("bins", bins, 1)
    place = np.floor(probability * bins + _ROUNDING)
    return np.asarray(np.minimum(place, bins - 1), np.int64)


@dataclass(frozen=True, eq=False, repr=False)
class CalibrationError:
    """Expected calibration error with its null band.

    Parameters
    ----------
    error : float
        ``sum_b n_b / n |y_b - p_b|`` over bins of the stated probability.
    low, high : float
        Central band of the error when events are redrawn from the stated probabilities.
    expected : float
        Its mean over these redraws: a perfect forecaster shows this much by chance.
    p_value : float
        Share of redraws with an error at least as large (itself counted among them).
    n : int
        Forecasts: events, or rows of level probabilities.
    table : ReliabilityTable
        The bins.
    confidence : float
        Of the band.
    """

    error: float
    low: float
    high: float
    expected: float
    p_value: float
    n: int
    table: ReliabilityTable
    confidence: float = CONFIDENCE

    @property
    def verdict(self) -> str:
        """``"inside"`` the band, ``"above"`` or ``"below"`` it.

        Above: the stated probabilities are not the frequencies. Below: closer than chance
        allows; the forecasts were made with the events, or the events depend on each other.
        """
        if self.error > self.high:
            return "above"
        return "below" if self.error < self.low else "inside"

    @property
    def inside(self) -> bool:
        """Whether the error lies in the band."""
        return self.verdict == "inside"

    def to_frame(self) -> pd.DataFrame:
        """One row: n, error, band, expected error, p-value and verdict."""
        names = ("n", "error", "low", "high", "expected", "p_value", "verdict")
        return pd.DataFrame([{name: getattr(self, name) for name in names}])

    def __repr__(self) -> str:
        return (
            f"Calibration error {self.error:.4f} (n = {self.n}, {len(self.table.count)} bins): "
            f"{self.verdict} the {self.confidence:.0%} band {self.low:.4f} to {self.high:.4f} of a "
            f"perfect forecaster, p = {self.p_value:.3g}"
        )


def calibration_error(
    probability: ArrayLike,
    event: ArrayLike,
    bins: int = BINS,
    *,
    draws: int = NULL_DRAWS,
    confidence: float = CONFIDENCE,
    rng: Rng = 0,
) -> CalibrationError:
    """Return the expected calibration error (ECE) with its null band by parametric bootstrap.

    The error of a perfect forecaster is not 0 with few forecasts. The band says how large it
    is by chance: events are redrawn from the stated probabilities.

    Parameters
    ----------
    probability : array_like, any shape
        Stated probability of each event, in [0, 1].
    event : array_like, same shape
        Whether it happened: booleans, or 0 and 1.
    bins : int
        Of equal width, at least 1.
    draws : int
        Redraws of all events.
    confidence : float
        Of the central band, in (0, 1).
    rng : int, Generator or None

    Returns
    -------
    CalibrationError

    Raises
    ------
    InputError
        If there are no forecasts, shapes differ, or values are illegal.

    Notes
    -----
    The band takes events as independent given their probabilities. For the several events of
    one level use `level_calibration_error`. Time grows with draws times forecasts.

    Examples
    --------
    >>> boast = calibration_error([0.9] * 100, [1] * 60 + [0] * 40)
    >>> round(boast.error, 4), boast.verdict
    (0.3, 'above')
    >>> calibration_error([1.0], [1])
    Calibration error 0.0000 (n = 1, 10 bins): inside the 95% band 0.0000 to 0.0000 of a perfect
    forecaster, p = 1
    """
    stated, happened = event_forecasts(probability, event)
    return _with_band(
        stated[:, None], happened[:, None], bins, draws=draws, confidence=confidence, rng=rng
    )


def level_calibration_error(
    probabilities: ArrayLike,
    level: ArrayLike,
    bins: int = BINS,
    *,
    top: ArrayLike | None = None,
    uniforms: Uniforms | None = None,
    draws: int = NULL_DRAWS,
    confidence: float = CONFIDENCE,
    rng: Rng = 0,
) -> CalibrationError:
    """Return the ECE pooled over the events "level >= k", with a band that redraws whole levels.

    Parameters
    ----------
    probabilities : array_like, shape (..., n_levels)
        Probability of each level; sums to 1 along the last axis.
    level : array_like, shape (...)
        The level that came true.
    bins, draws, confidence, rng
        As in `calibration_error`; levels are redrawn.
    top : array_like or None
        Highest level that each row can have; steps above it are no events. None = all count.
    uniforms : callable or None
        Given a generator, one uniform number for each row, from which its level is redrawn:
        rows that depend on each other get dependent numbers. None = independent rows.

    Returns
    -------
    CalibrationError

    Raises
    ------
    InputError
        If there are no forecasts, shapes differ, or values are illegal.

    Examples
    --------
    >>> even = [[0.25, 0.25, 0.25, 0.25]] * 40
    >>> level_calibration_error(even, [0, 1, 2, 3] * 10).error
    0.0
    >>> level_calibration_error(even, [3] * 40).verdict
    'above'
    """
    stated, observed = level_forecasts(probabilities, level)
    steps = np.arange(1, stated.shape[1])
    counted = np.ones((len(observed), len(steps)), bool)
    if top is not None:
        counted = steps <= np.asarray(top).reshape(-1, 1)
    return _with_band(
        survival_of(stated),
        (observed[:, None] >= steps).astype(np.float64),
        bins,
        counted=counted,
        uniforms=uniforms,
        draws=draws,
        confidence=confidence,
        rng=rng,
    )


def _with_band(
    chance: Floats,
    happened: Floats,
    bins: int,
    *,
    counted: Bools | None = None,
    uniforms: Uniforms | None = None,
    draws: int,
    confidence: float,
    rng: Rng,
) -> CalibrationError:
    """Return the error of events `happened`; the events of a row are redrawn together."""
    whole_number("draws", draws, 1)
    open_shares("confidence", [confidence])
    used = np.ones(chance.shape, bool) if counted is None else counted
    stated, n = chance[used], len(chance)
    table = reliability_table(stated, happened[used], bins)
    draw = uniforms or (lambda generator: generator.random(n))
    null = _null_errors(chance, used, bin_of(stated, bins), bins, draw, draws, rng)
    tail = (1 - confidence) / 2
    # NOTE: positions i / (draws + 1) hold one more error of the kind exactly as often as stated.
    low, high = np.quantile(null, (tail, 1 - tail), method="weibull")
    # NOTE: sums of the same events differ in their last digits, and still count as ties.
    low, high = (table.error if abs(x - table.error) < _TIE else float(x) for x in (low, high))
    extreme = int((null >= table.error - _TIE).sum())
    return CalibrationError(
        error=table.error,
        low=low,
        high=high,
        expected=float(null.mean()),
        p_value=(1 + extreme) / (1 + draws),
        n=n,
        table=table,
        confidence=confidence,
    )


def _null_errors(
    chance: Floats, used: Bools, which: Ints, bins: int, uniforms: Uniforms, draws: int, rng: Rng
) -> Floats:
    generator = np.random.default_rng(rng)
    stated = np.bincount(which, weights=chance[used], minlength=bins)
    errors = np.empty(draws)
    for number in range(draws):
        hit = (uniforms(generator)[:, None] < chance)[used]
        errors[number] = np.abs(np.bincount(which[hit], minlength=bins) - stated).sum()
    return errors / len(which)
