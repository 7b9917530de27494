"""Simulation-based calibration of any Bayesian fit: truths drawn rank evenly in posteriors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from competency.arrays import Floats
from competency.errors import Finding
from competency.levels.checks.arguments import refuse, whole_number
from competency.levels.checks.uniformity import Uniformity, uniformity
from competency.stats import Rng

SIMULATIONS = 1000
"""Simulations that a verdict should rest on: 50 a bin, so that a bin off by half is noticed."""

RANK_BINS = 20
"""Bins of ranks by default (Talts et al. 2018 use about n / 20 to n / 50)."""

Draw: TypeAlias = Callable[[np.random.Generator], tuple[ArrayLike, Any]]
"""Draws a truth from the prior, and data given it."""

Fit: TypeAlias = Callable[[Any], ArrayLike | Callable[[Floats], ArrayLike]]
"""Posterior draws given data, or the posterior's distribution function."""


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
