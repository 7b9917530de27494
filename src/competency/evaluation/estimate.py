"""One estimate: a number, how sure it is, and how many officers it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import stdtr, stdtrit

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
        reach = float(stdtrit(self.dof, (1 + self.confidence) / 2)) * self.se
        return self.value - reach, self.value + reach

    @property
    def p(self) -> float:
        """Two-sided p-value of no difference; NaN when not known."""
        if not self.known:
            return float("nan")
        return float(2 * stdtr(self.dof, -abs(self.value) / self.se))

    def row(self) -> dict[str, object]:
        """Return the estimate as one line of a table."""
        low, high = self.interval
        return {
            "role": self.role,
            "method": self.method,
            "estimate": self.value,
            "se": self.se,
            "low": low,
            "high": high,
            "p": self.p,
            "n_trained": self.n_trained,
            "n_untrained": self.n_untrained,
        }
