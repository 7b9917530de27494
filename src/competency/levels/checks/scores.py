"""Proper scores of forecasts, each with its interval; smaller is better."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from competency.arrays import Floats
from competency.levels.checks.arguments import (
    event_forecasts,
    groups_of,
    level_forecasts,
    open_shares,
    survival_of,
    whole_number,
)
from competency.levels.checks.calibration import BINS, reliability_table
from competency.stats import BOOTSTRAP_DRAWS, CONFIDENCE, Rng, bootstrap_interval


@dataclass(frozen=True, repr=False)
class MeanScore:
    """A mean score with its bootstrap interval.

    Parameters
    ----------
    name, unit : str
    value : float
    low, high : float
        Ends of the interval.
    n : int
        Forecasts.
    confidence : float
        Of the interval.
    """

    name: str
    unit: str
    value: float
    low: float
    high: float
    n: int
    confidence: float = CONFIDENCE

    def to_frame(self) -> pd.DataFrame:
        """One row: name, unit, value, interval and n."""
        return pd.DataFrame([asdict(self)])

    def __repr__(self) -> str:
        return (
            f"{self.name} {self.value:.4f} {self.unit} "
            f"({self.confidence:.0%} {self.low:.4f} to {self.high:.4f}, n = {self.n})"
        )


@dataclass(frozen=True, repr=False)
class BrierScore:
    """Mean squared error of stated probabilities, with the split of Murphy (1973).

    Parameters
    ----------
    score : float
        Brier score of the forecasts as stated.
    low, high : float
        Ends of its bootstrap interval.
    n : int
        Forecasts.
    reliability : float
        Mean squared distance of observed from stated frequency over bins: 0 is best.
    resolution : float
        How far the bins' frequencies lie from the overall one: large is best.
    uncertainty : float
        ``r (1 - r)`` with the overall frequency r: the score of always stating r.
    confidence : float
        Of the interval.
    """

    score: float
    low: float
    high: float
    n: int
    reliability: float
    resolution: float
    uncertainty: float
    confidence: float = CONFIDENCE

    @property
    def binned(self) -> float:
        """Brier score when each forecast states the mean of its bin: exactly the split."""
        return self.reliability - self.resolution + self.uncertainty

    @property
    def skill(self) -> float:
        """``1 - score / uncertainty``: 0 for always stating the frequency; NaN if that is exact."""
        return 1 - self.score / self.uncertainty if self.uncertainty > 0 else float("nan")

    def to_frame(self) -> pd.DataFrame:
        """One row: score, interval, n and the split."""
        return pd.DataFrame([asdict(self) | {"binned": self.binned, "skill": self.skill}])

    def __repr__(self) -> str:
        return (
            f"Brier score {self.score:.4f} ({self.confidence:.0%} {self.low:.4f} to "
            f"{self.high:.4f}, n = {self.n}); reliability {self.reliability:.4f} - resolution "
            f"{self.resolution:.4f} + uncertainty {self.uncertainty:.4f} = {self.binned:.4f} binned"
        )


def brier_score(
    probability: ArrayLike,
    event: ArrayLike,
    bins: int = BINS,
    *,
    groups: ArrayLike | None = None,
    draws: int = BOOTSTRAP_DRAWS,
    confidence: float = CONFIDENCE,
    rng: Rng = 0,
) -> BrierScore:
    """Return the Brier score ``mean (p - y)^2``, its split and its bootstrap interval.

    The split is over bins of equal width: with the mean probability p_b, event frequency y_b
    and share w_b of bin b, and the overall frequency r, ``sum w_b (p_b - y_b)^2 -
    sum w_b (y_b - r)^2 + r (1 - r)`` is the score of forecasts that state p_b.

    Parameters
    ----------
    probability : array_like, any shape
        Stated probability of each event, in [0, 1].
    event : array_like, same shape
        Whether it happened: booleans, or 0 and 1.
    bins : int
        Bins of the split, at least 1.
    groups : array_like or None
        One label for each forecast; forecasts about one officer depend on each other and are
        resampled together. None = all independent.
    draws : int
        Resamples of the bootstrap.
    confidence : float
        Of the interval, in (0, 1).
    rng : int, Generator or None

    Returns
    -------
    BrierScore

    Raises
    ------
    InputError
        If there are no forecasts, shapes differ, or values are illegal.

    Examples
    --------
    >>> sharp = brier_score([0.2] * 5 + [0.8] * 5, [1, 0, 0, 0, 0, 1, 1, 1, 1, 0])
    >>> [round(x, 4) for x in (sharp.reliability, sharp.resolution, sharp.uncertainty)]
    [0.0, 0.09, 0.25]
    >>> round(sharp.score, 4), round(sharp.binned, 4), round(sharp.skill, 4)
    (0.16, 0.16, 0.36)
    >>> brier_score([1.0], [1]).skill
    nan
    """
    stated, happened = event_forecasts(probability, event)
    table = reliability_table(stated, happened, bins)
    rate, share = float(happened.mean()), table.count / table.n
    error = (stated - happened) ** 2
    low, high = _interval(error, groups, draws=draws, confidence=confidence, rng=rng)
    return BrierScore(
        score=float(error.mean()),
        low=low,
        high=high,
        n=len(error),
        reliability=float(np.nansum(share * (table.stated - table.observed) ** 2)),
        resolution=float(np.nansum(share * (table.observed - rate) ** 2)),
        uncertainty=rate * (1 - rate),
        confidence=confidence,
    )


def ranked_probability_score(
    probabilities: ArrayLike,
    level: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    draws: int = BOOTSTRAP_DRAWS,
    confidence: float = CONFIDENCE,
    rng: Rng = 0,
) -> MeanScore:
    """Return the mean ranked probability score, in levels.

    ``sum_{k >= 1} (P(L >= k) - [level >= k])^2`` (Epstein 1969, not divided by the number of
    steps): the sum of the Brier scores of all steps, and the distance in levels for a forecast
    that is certain.

    Parameters
    ----------
    probabilities : array_like, shape (..., n_levels)
        Probability of each level; sums to 1 along the last axis.
    level : array_like, shape (...)
        The level that came true.
    groups, draws, confidence, rng
        As in `brier_score`.

    Returns
    -------
    MeanScore

    Raises
    ------
    InputError
        If there are no forecasts, shapes differ, or values are illegal.

    Examples
    --------
    >>> round(ranked_probability_score([[0.2, 0.5, 0.3]], [2]).value, 4)
    0.53
    >>> ranked_probability_score([[1, 0, 0, 0]], [3])
    Ranked probability score 3.0000 levels (95% 3.0000 to 3.0000, n = 1)
    """
    stated, observed = level_forecasts(probabilities, level)
    reached = observed[:, None] >= np.arange(1, stated.shape[1])
    values = ((survival_of(stated) - reached) ** 2).sum(-1)
    low, high = _interval(values, groups, draws=draws, confidence=confidence, rng=rng)
    mean, n = float(values.mean()), len(values)
    return MeanScore("Ranked probability score", "levels", mean, low, high, n, confidence)


def log_loss(
    probabilities: ArrayLike,
    level: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    draws: int = BOOTSTRAP_DRAWS,
    confidence: float = CONFIDENCE,
    rng: Rng = 0,
) -> MeanScore:
    """Return the mean of ``-log P(level)``, in nats.

    Parameters
    ----------
    probabilities : array_like, shape (..., n_levels)
        Probability of each level; sums to 1 along the last axis.
    level : array_like, shape (...)
        The level that came true.
    groups, draws, confidence, rng
        As in `brier_score`.

    Returns
    -------
    MeanScore
        Infinite where something happened that was said to be impossible: nothing is clipped.

    Raises
    ------
    InputError
        If there are no forecasts, shapes differ, or values are illegal.

    Examples
    --------
    >>> log_loss([[0.5, 0.25, 0.25]], [1])
    Log loss 1.3863 nats (95% 1.3863 to 1.3863, n = 1)
    >>> log_loss([[1.0, 0.0]], [1]).value
    inf
    """
    stated, observed = level_forecasts(probabilities, level)
    chance = stated[np.arange(len(observed)), observed]
    values = np.full(len(observed), np.inf)
    possible = chance > 0
    values[possible] = -np.log(chance[possible])
    low, high = _interval(values, groups, draws=draws, confidence=confidence, rng=rng)
    return MeanScore("Log loss", "nats", float(values.mean()), low, high, len(values), confidence)


def _interval(
    values: Floats, groups: ArrayLike | None, *, draws: int, confidence: float, rng: Rng
) -> tuple[float, float]:
    number = groups_of(groups, len(values))
    whole_number("draws", draws, 1)
    open_shares("confidence", [confidence])
    return bootstrap_interval(values, groups=number, draws=draws, confidence=confidence, rng=rng)
