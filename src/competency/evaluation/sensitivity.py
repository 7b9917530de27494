"""How strong a hidden cause would have to be to explain an estimate away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtrit

if TYPE_CHECKING:
    from competency.evaluation.estimate import Estimate


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
    """Return how strong a hidden cause would have to be.

    ``f = |t| / sqrt(dof)``; ``RV = (sqrt(f^4 + 4 f^2) - f^2) / 2``, and the same with f less the
    critical ``t / sqrt(dof - 1)``; ``E = R + sqrt(R (R - 1))`` with ``R = exp(.91 |d|)``.

    Parameters
    ----------
    estimate : Estimate
    spread : float
        Standard deviation of the outcome among the untrained.
    residual_dof : float
        Of the regression.

    Returns
    -------
    Sensitivity

    Examples
    --------
    >>> from competency.evaluation.estimate import Estimate
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
    critical = float(stdtrit(residual_dof - 1, (1 + estimate.confidence) / 2))
    beyond = max(strength - critical / np.sqrt(residual_dof - 1), 0.0)
    risk = np.exp(0.91 * abs(estimate.value) / spread) if spread > 0 else np.inf
    return Sensitivity(
        _robustness(strength), _robustness(beyond), float(risk + np.sqrt(risk * (risk - 1)))
    )


def _robustness(f: float) -> float:
    return float((np.sqrt(f**4 + 4 * f**2) - f**2) / 2)
