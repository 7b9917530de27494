"""One estimate: a number, its uncertainty, the officers it rests on, and its sensitivity."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from competency.stats import critical_value, two_sided

Role = Literal["main", "bound", "alternative", "naive", "placebo", "attrition"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A difference between trained and untrained officers, with Student's t for its interval.

    Parameters
    ----------
    method : str
        Machine name of the estimator, such as ``"ancova"``.
    value, se : float
        In the unit of the outcome; NaN = could not be estimated.
    dof : float
        Degrees of freedom of the interval.
    n_trained, n_untrained : int
        Officers it rests on.
    role : {"main", "bound", "alternative", "naive", "placebo", "attrition"}
        What it is for.
    confidence : float
        Of the interval.

    Examples
    --------
    >>> Estimate("ancova", 0.5, 0.2, 100.0, 40, 60).p < 0.05
    True
    >>> Estimate("ancova", float("nan"), float("nan"), 0.0, 0, 0).p
    nan
    """

    method: str
    value: float
    se: float
    dof: float
    n_trained: int
    n_untrained: int
    role: Role = "alternative"
    confidence: float = 0.95

    @property
    def known(self) -> bool:
        """Whether there is a value with a standard error above 0."""
        return bool(np.isfinite(self.value) and self.se > 0)

    @property
    def interval(self) -> tuple[float, float]:
        """Low and high end; NaN when not known."""
        if not self.known:
            return float("nan"), float("nan")
        reach = critical_value(self.confidence, self.dof) * self.se
        return self.value - reach, self.value + reach

    @property
    def p(self) -> float:
        """Two-sided p-value of no difference; NaN when not known."""
        if not self.known:
            return float("nan")
        return float(two_sided(self.value, self.se, dof=self.dof))

    def row(self) -> dict[str, object]:
        """Return the estimate as one line of a table."""
        low, high = self.interval
        return {
            "role": self.role, "method": self.method, "estimate": self.value, "se": self.se,
            "low": low, "high": high, "p": self.p,
            "n_trained": self.n_trained, "n_untrained": self.n_untrained,
        }  # fmt: skip


def answers_of(estimates: Iterable[Estimate], assignment: str) -> tuple[Estimate, ...]:
    """Return the main estimate, or for an unknown assignment the bounds of the range."""
    role = "bound" if assignment == "unknown" else "main"
    return tuple(estimate for estimate in estimates if estimate.role == role)


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """Strength of a hidden cause that would change the reading of an estimate.

    Parameters
    ----------
    robustness : float
        Share of what is left of the variance of the outcome, and of having been trained, that a
        cause must explain to bring the estimate to 0 (robustness value of Cinelli & Hazlett
        2020); NaN = no estimate.
    robustness_significant : float
        The same to bring the interval to 0; 0 where it holds 0 already.
    e_value : float
        Ratio of risks by which the cause must raise both (VanderWeele & Ding 2017, from the
        standardised difference).
    """

    robustness: float
    robustness_significant: float
    e_value: float


def sensitivity_of(estimate: Estimate, spread: float, residual_dof: float) -> Sensitivity:
    """Return how strong a hidden cause would have to be to explain an estimate away.

    ``f = |t| / sqrt(dof)``; ``RV = (sqrt(f^4 + 4 f^2) - f^2) / 2``, and the same with f less the
    critical ``t / sqrt(dof - 1)``; ``E = R + sqrt(R (R - 1))`` with ``R = exp(.91 |d|)``. `spread`
    is the standard deviation of the outcome among the untrained, `residual_dof` that of the
    regression.

    Examples
    --------
    >>> darfur = Estimate("ancova", 0.09731582, 0.02325654, 783.0, 500, 776)
    >>> found = sensitivity_of(darfur, 0.3, 783.0)  # the example of Cinelli & Hazlett
    >>> round(found.robustness, 4), round(found.robustness_significant, 4)
    (0.1388, 0.0763)
    >>> sensitivity_of(Estimate("ancova", float("nan"), float("nan"), 0, 0, 0), 1.0, 0).e_value
    nan
    """
    if not estimate.known or residual_dof <= 1:
        return Sensitivity(np.nan, np.nan, np.nan)
    strength = abs(estimate.value) / estimate.se / np.sqrt(residual_dof)
    critical = critical_value(estimate.confidence, residual_dof - 1)
    beyond = max(strength - critical / np.sqrt(residual_dof - 1), 0.0)
    risk = np.exp(0.91 * abs(estimate.value) / spread) if spread > 0 else np.inf
    return Sensitivity(
        _robustness(strength), _robustness(beyond), float(risk + np.sqrt(risk * (risk - 1)))
    )


def _robustness(f: float) -> float:
    return float((np.sqrt(f**4 + 4 * f**2) - f**2) / 2)
