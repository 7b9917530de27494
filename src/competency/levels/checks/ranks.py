"""Ranks of truths in beliefs, uniform when beliefs are calibrated: PIT and SBC."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import chdtrc

from competency.arrays import Floats, Ints, frozen
from competency.errors import Finding
from competency.levels.checks.arguments import (
    event_forecasts,
    level_forecasts,
    refuse,
    whole_number,
)
from competency.stats import Rng

BOUNDS = (0.01, 0.99)
"""p-values between which numbers count as uniform: one true null in fifty is called wrong."""

PIT_BINS = 10
"""Bins of a probability integral transform by default (convention)."""

SIMULATIONS = 1000
"""Simulations that a verdict should rest on: 50 a bin, so that a bin off by half is noticed."""

RANK_BINS = 20
"""Bins of ranks by default (Talts et al. 2018 use about n / 20 to n / 50)."""

Draw: TypeAlias = Callable[[np.random.Generator], tuple[ArrayLike, Any]]
"""Draws a truth from the prior, and data given it."""

Fit: TypeAlias = Callable[[Any], ArrayLike | Callable[[Floats], ArrayLike]]
"""Posterior draws given data, or the posterior's distribution function."""


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


@dataclass(frozen=True, eq=False, repr=False)
class SimulationCheck:
    """Ranks of the truth in its posterior, tested for uniformity parameter by parameter.

    Parameters
    ----------
    checks : tuple of Uniformity
        One for each parameter.
    """

    checks: tuple[Uniformity, ...]

    @property
    def passed(self) -> bool:
        """Whether every parameter passes: p in [.01, .99]."""
        return all(check.passed for check in self.checks)

    @property
    def p_values(self) -> tuple[float, ...]:
        """The p-value of each parameter."""
        return tuple(check.p_value for check in self.checks)

    def to_frame(self) -> pd.DataFrame:
        """One row per parameter: name, n, bins, statistic, p-value and verdict."""
        return pd.concat([check.to_frame() for check in self.checks], ignore_index=True)

    def __repr__(self) -> str:
        head = "passed" if self.passed else "failed"
        return "\n".join([f"Simulation-based calibration {head}", *map(repr, self.checks)])


def simulation_based_calibration(
    draw: Draw,
    fit: Fit,
    *,
    n_draws: int = SIMULATIONS,
    n_bins: int = RANK_BINS,
    names: Sequence[str] | None = None,
    rng: Rng = 0,
) -> SimulationCheck:
    """Return the test that truths drawn from the prior rank uniformly in their posteriors.

    Each simulation draws a truth and data, fits the data, and ranks the truth among the
    posterior draws. A posterior that is right for its prior and likelihood makes ranks uniform
    (Cook, Gelman and Rubin 2006; Talts et al. 2018).

    Parameters
    ----------
    draw : callable
        ``draw(rng) -> (truth, data)``: a number, or one for each parameter, and any data.
    fit : callable
        ``fit(data)``: posterior draws of shape ``(n_posterior,)`` or ``(n_posterior,
        n_parameters)``, independent of each other; or a callable that returns the posterior
        distribution function at the truth, in [0, 1].
    n_draws : int
        Simulations; for a verdict at least 1,000, for a smoke test 200.
    n_bins : int
        Bins of the chi-square test, at least 2.
    names : sequence of str or None
        Of the parameters; None numbers them.
    rng : int, Generator or None
        For `draw`, and for breaking ties.

    Returns
    -------
    SimulationCheck

    Raises
    ------
    InputError
        If truths are of different shapes, or a posterior is of another than its truth.

    Notes
    -----
    With m posterior draws the rank has m + 1 values; a uniform number spreads each over its
    share of [0, 1], so that any m suits any number of bins. Autocorrelated draws (of a Markov
    chain) must be thinned first. Parameters of one simulation are tested apart.

    Examples
    --------
    A mean with prior N(0, 1), observed once with noise N(0, 1), has the posterior N(y / 2, 1 / 2):

    >>> from scipy.special import ndtr
    >>> def draw(rng):
    ...     truth = rng.normal()
    ...     return truth, truth + rng.normal()
    >>> def right(y):
    ...     return lambda truth: ndtr((truth - y / 2) / 0.5**0.5)
    >>> simulation_based_calibration(draw, right, n_draws=500).passed
    True
    >>> def proud(y):
    ...     return lambda truth: ndtr((truth - y / 2) / 0.25)
    >>> simulation_based_calibration(draw, proud, n_draws=500).passed
    False
    """
    whole_number("n_draws", n_draws, 1)
    generator = np.random.default_rng(rng)
    ranks = [_one(draw, fit, generator) for _ in range(n_draws)]
    size = len(ranks[0])
    if any(len(rank) != size for rank in ranks):
        hint = "every simulation draws the same parameters"
        refuse([Finding("other-shape", "truths are of different lengths", hint=hint)])
    given = _names(names, size)
    columns = np.stack(ranks, axis=-1)
    return SimulationCheck(
        tuple(
            uniformity(values, bins=n_bins, name=name)
            for name, values in zip(given, columns, strict=True)
        )
    )


def _one(draw: Draw, fit: Fit, generator: np.random.Generator) -> Floats:
    """Return the rank of each parameter's truth, spread over its share of [0, 1]."""
    drawn, data = draw(generator)
    truth = np.atleast_1d(np.asarray(drawn, np.float64)).ravel()
    posterior = fit(data)
    if callable(posterior):
        at_truth = truth if np.ndim(drawn) else truth[0]
        rank = np.atleast_1d(np.asarray(posterior(at_truth), np.float64)).ravel()
        _refuse_other_shape(rank.shape == truth.shape)
        return rank
    draws = np.asarray(posterior, np.float64)
    draws = draws[:, None] if draws.ndim == 1 else draws
    _refuse_other_shape(draws.ndim == 2 and draws.shape[1] == len(truth) and len(draws) > 0)
    below, ties = (draws < truth).sum(0), (draws == truth).sum(0)
    return np.asarray((below + generator.random(len(truth)) * (ties + 1)) / (len(draws) + 1))


def _refuse_other_shape(fits: bool) -> None:  # noqa: FBT001
    if not fits:
        hint = "return draws of shape (n_posterior, n_parameters), or a distribution function"
        refuse([Finding("other-shape", "a posterior does not fit its truth", hint=hint)])


def _names(names: Sequence[str] | None, size: int) -> tuple[str, ...]:
    if names is None:
        return ("rank",) if size == 1 else tuple(f"rank {number}" for number in range(size))
    if len(names) != size:
        text = f"{len(names)} names for {size} parameters"
        refuse([Finding("other-shape", text, hint="give each parameter its name")])
    return tuple(names)
