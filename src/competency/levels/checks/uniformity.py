"""Whether numbers between 0 and 1 are evenly spread, as the ranks of a calibrated belief are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from competency.arrays import Floats, Ints, frozen
from competency.levels.checks.arguments import (
    event_forecasts,
    level_forecasts,
    whole_number,
)
from competency.stats import Rng

BOUNDS = (0.01, 0.99)
"""p-values between which numbers count as uniform: one true null in fifty is called wrong."""

PIT_BINS = 10
"""Bins of a probability integral transform by default (convention)."""


@dataclass(frozen=True, eq=False, repr=False)
class Uniformity:
    """Chi-square test of numbers that should be uniform on [0, 1].

    Parameters
    ----------
    name : str
        What they are.
    ranks : float64, shape (n,)
        The numbers.
    counts : int64, shape (n_bins,)
        How many fall into each of the bins of equal width.
    statistic : float
        Pearson's chi-square, with ``n_bins - 1`` degrees of freedom.
    p_value : float
        Chance of a statistic at least as large when they are uniform.
    """

    name: str
    ranks: Floats
    counts: Ints
    statistic: float
    p_value: float

    @property
    def n(self) -> int:
        """How many numbers."""
        return len(self.ranks)

    @property
    def verdict(self) -> str:
        """``"uniform"``, ``"not uniform"`` (p < .01) or ``"too even"`` (p > .99)."""
        if self.p_value < BOUNDS[0]:
            return "not uniform"
        return "too even" if self.p_value > BOUNDS[1] else "uniform"

    @property
    def passed(self) -> bool:
        """Whether the verdict is ``"uniform"``."""
        return self.verdict == "uniform"

    def to_frame(self) -> pd.DataFrame:
        """One row: name, n, bins, statistic, p-value and verdict."""
        row = {
            "name": self.name,
            "n": self.n,
            "bins": len(self.counts),
            "statistic": self.statistic,
            "p_value": self.p_value,
            "verdict": self.verdict,
        }
        return pd.DataFrame([row])

    def __repr__(self) -> str:
        return (
            f"{self.name}: {self.verdict} (n = {self.n}, chi-square {self.statistic:.1f} on "
            f"{len(self.counts) - 1} degrees, p = {self.p_value:.3g})"
        )


def uniformity(values: ArrayLike, *, bins: int, name: str = "values") -> Uniformity:
    """Return the chi-square test of numbers that should be uniform on [0, 1].

    Parameters
    ----------
    values : array_like, shape (n,)
        In [0, 1].
    bins : int
        Of equal width, at least 2. The p-value is trusted from about five numbers a bin on.
    name : str
        What they are, for printing.

    Returns
    -------
    Uniformity

    Raises
    ------
    InputError
        If there are no numbers, or some are not in [0, 1].

    Examples
    --------
    >>> uniformity([0.1, 0.2, 0.3, 0.9], bins=2, name="ranks")
    ranks: uniform (n = 4, chi-square 1.0 on 1 degrees, p = 0.317)
    >>> uniformity(np.full(100, 0.5), bins=10).verdict
    'not uniform'
    """
    whole_number("bins", bins, 2)
    numbers, _ = event_forecasts(values, np.zeros(np.shape(values)))
    counts = np.bincount(np.minimum((numbers * bins).astype(np.int64), bins - 1), minlength=bins)
    expected = len(numbers) / bins
    statistic = float(((counts - expected) ** 2).sum() / expected)
    return Uniformity(
        name, frozen(numbers), frozen(counts), statistic, float(chdtrc(bins - 1, statistic))
    )


def pit(
    probabilities: ArrayLike, level: ArrayLike, *, bins: int = PIT_BINS, rng: Rng = 0
) -> Uniformity:
    """Return the randomised probability integral transform of levels, and its test.

    ``u = P(L < level) + v P(L = level)`` with v uniform: uniform when the beliefs are
    calibrated (Czado, Gneiting and Held 2009). A hump in its histogram means beliefs that are
    too wide, a bowl too narrow ones, a slope a bias.

    Parameters
    ----------
    probabilities : array_like, shape (..., n_levels)
        Probability of each level; sums to 1 along the last axis.
    level : array_like, shape (...)
        The level that came true.
    bins : int
        At least 2.
    rng : int, Generator or None

    Returns
    -------
    Uniformity
        Its `ranks` are the transforms u, of shape ``(n,)``.

    Raises
    ------
    InputError
        If there are no forecasts, shapes differ, or values are illegal.

    Examples
    --------
    >>> check = pit([[0.5, 0.5]] * 200, [0, 1] * 100)
    >>> check.passed, bool((check.ranks[::2] < 0.5).all())
    (True, True)
    >>> pit([[0.1, 0.9]] * 200, [0, 1] * 100).verdict
    'not uniform'
    """
    stated, observed = level_forecasts(probabilities, level)
    row = np.arange(len(observed))
    upto = np.minimum(np.cumsum(stated, -1)[row, observed], 1.0)
    jump = np.random.default_rng(rng).random(len(observed)) * stated[row, observed]
    return uniformity(np.clip(upto - jump, 0.0, 1.0), bins=bins, name="PIT")
