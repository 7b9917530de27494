"""Chances of having been trained, for the picture of overlap: a small logistic regression."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

if TYPE_CHECKING:
    from competency.arrays import Bools, Floats

_RIDGE = 1.0
# Prior precision of a coefficient of a standardised column: keeps perfect separation finite.
_STEPS, _STILL = 50, 1e-10


def chance_of_training(treated: Bools, columns: Floats) -> Floats:
    """Return the chance of having been trained, given columns, shape (n,).

    Parameters
    ----------
    treated : Bools, shape (n,)
    columns : Floats, shape (n, n_columns)
        Without gaps.

    Returns
    -------
    float64, shape (n,)
        In (0, 1); the share trained where there are no columns.

    Examples
    --------
    >>> chance_of_training(np.array([True, False, False, False]), np.zeros((4, 0))).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    spread = columns.std(0)
    scaled = (columns - columns.mean(0))[:, spread > 0] / spread[spread > 0]
    design = np.column_stack([np.ones(len(treated)), scaled])
    penalty = np.diag([0.0] + [_RIDGE] * scaled.shape[1])
    rate = np.clip(treated.mean(), 1e-9, 1 - 1e-9)
    b = np.zeros(design.shape[1])
    b[0] = np.log(rate / (1 - rate))
    for _ in range(_STEPS):
        chance = expit(design @ b)
        slope = design.T @ (treated - chance) - penalty @ b
        bend = (design.T * (chance * (1 - chance))) @ design + penalty
        step = np.linalg.solve(bend + 1e-12 * np.eye(len(b)), slope)
        # NOTE: Newton may overshoot far from the maximum; half a level of logits is safe enough.
        b += step * min(1.0, 4.0 / max(float(np.abs(step).max()), 1e-300))
        if np.abs(step).max() < _STILL:
            break
    return np.asarray(expit(design @ b))
