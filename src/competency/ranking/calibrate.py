"""One currency: how much of a learned correction of scores comes true as benefit.

A score is the logarithm of a value per hour. What was learned beside the prior is a number on that
scale, but in units of its own: twice as high in the list is not twice the benefit. Measured on
later decisions, its slope says how much of it is benefit; the exponential then multiplies the gap
that a planner expects to be closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import Floats, frozen
from competency.config import Settings
from competency.stats import critical_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from competency.arrays import Ints

FEWEST_CALIBRATED = 50
"""Measured benefits below which no slope is estimated (chosen by the project)."""

LIMIT = 4.0
"""A multiplier lies between 1 / LIMIT and LIMIT: a plan is not turned over by a rank model
(chosen by the project)."""

_ROUNDS, _TOLERANCE = 100, 1e-10
# Most steps of Gauss and Newton, and the change of a parameter at which they stop.


class BenefitCalibration(Settings):
    """How a learned correction relates to measured benefit, on decisions after it was learned.

    Parameters
    ----------
    slope : float
        Of the logarithm of benefit on the correction: 1 = a correction of log 2 doubles benefit,
        0 = it says nothing of benefit.
    se, low, high : float
        Standard error, robust and clustered by officer, and limits of 95 %.
    scale : float
        Measured by expected gap closed where the correction is 0. Below 1 where few ratings
        follow: beliefs move less than levels do.
    n, n_officers : int
        Benefits measured, and officers.
    """

    slope: float
    se: float
    low: float
    high: float
    scale: float
    n: int
    n_officers: int

    @property
    def holds(self) -> bool:
        """Whether the correction is benefit beyond doubt: the interval of its slope is above 0."""
        return self.low > 0


def calibrate_benefit(
    expected: Floats, correction: Floats, measured: Floats, officer: Ints | Sequence[str]
) -> BenefitCalibration | None:
    """Return how much of a correction is benefit.

    Least squares of ``measured = expected x exp(a + slope x correction)``: the expected gap closed
    is the planner's own number, and benefit may be negative.

    Parameters
    ----------
    expected : Floats, shape (n,)
        Weighted gap expected to be closed, in levels, not negative.
    correction : Floats, shape (n,)
        What was learned beside the prior.
    measured : Floats, shape (n,)
        Weighted gap closed as measured, in levels, on decisions later than the learning.
    officer : array, shape (n,)
        Whose it was: errors of one officer go together.

    Returns
    -------
    BenefitCalibration or None
        None where nothing can be estimated: fewer than `FEWEST_CALIBRATED` measured, a correction
        that is the same for all, or no gap closed at all on average.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> expected, correction = rng.random(4000), rng.normal(0, 0.5, 4000)
    >>> measured = expected * np.exp(0.6 * correction) + rng.normal(0, 0.3, 4000)
    >>> found = calibrate_benefit(expected, correction, measured, np.arange(4000))
    >>> bool(abs(found.slope - 0.6) < 3 * found.se), found.holds
    (True, True)
    >>> calibrate_benefit(expected, np.zeros(4000), measured, np.arange(4000)) is None
    True
    """
    start = float((expected * measured).sum() / max(float((expected**2).sum()), 1e-300))
    if len(measured) < FEWEST_CALIBRATED or start <= 0 or not np.ptp(correction) > 0:
        return None
    found = _fitted(expected, correction, measured, np.array([np.log(start), 0.0]))
    if found is None:
        return None
    jacobian, rest, (level, slope) = found
    owner = np.unique(np.asarray(officer), return_inverse=True)[1]
    se = _clustered_se(jacobian, rest, owner)
    if not np.isfinite(se):
        return None
    half = critical_value() * se
    return BenefitCalibration(
        slope=float(slope), se=se, low=float(slope - half), high=float(slope + half),
        scale=float(np.exp(level)), n=len(measured), n_officers=int(owner.max()) + 1,
    )  # fmt: skip


def multipliers(calibration: BenefitCalibration | None, correction: Floats) -> Floats:
    """Return what multiplies the expected gap closed of each officer and training.

    ``exp(slope x correction)`` within ``[1 / LIMIT, LIMIT]``, the slope at most 1; 1 everywhere
    where nothing was calibrated or the interval of the slope holds 0.

    `correction` of shape (n_officers, n_trainings). Returns float64 (n_officers, n_trainings).

    Examples
    --------
    >>> rest = dict(se=0.1, high=0.7, scale=0.4, n=500, n_officers=400)
    >>> known = BenefitCalibration(slope=0.5, low=0.3, **rest)
    >>> multipliers(known, np.array([[0.0, 2 * np.log(2), 9.0]])).round(9).tolist()
    [[1.0, 2.0, 4.0]]
    >>> multipliers(None, np.array([[3.0]])).tolist()
    [[1.0]]
    """
    if calibration is None or not calibration.holds:
        return frozen(np.ones(correction.shape))
    most = np.log(LIMIT)
    slope = min(calibration.slope, 1.0)
    return frozen(np.exp(np.clip(slope * correction, -most, most)))


def _fitted(
    expected: Floats, correction: Floats, measured: Floats, place: Floats
) -> tuple[Floats, Floats, Floats] | None:
    """Jacobian, residuals and parameters at the least squares, by damped steps."""
    design = np.column_stack([np.ones(len(correction)), correction])

    def predicted(at: Floats) -> Floats:
        return np.asarray(expected * np.exp(np.clip(design @ at, -30, 30)))

    loss = float(((measured - predicted(place)) ** 2).sum())
    for _ in range(_ROUNDS):
        jacobian = design * predicted(place)[:, None]
        step = np.linalg.lstsq(jacobian, measured - predicted(place), rcond=None)[0]
        better = loss
        for _ in range(30):
            better = float(((measured - predicted(place + step)) ** 2).sum())
            if better <= loss:
                break
            step = step / 2
        if better > loss or np.abs(step).max() < _TOLERANCE:
            break
        place, loss = place + step, better
    else:
        return None
    return design * predicted(place)[:, None], measured - predicted(place), place


def _clustered_se(jacobian: Floats, rest: Floats, owner: Ints) -> float:
    """Standard error of the second parameter, robust and clustered (CR1)."""
    score = np.zeros((int(owner.max()) + 1, 2))
    np.add.at(score, owner, jacobian * rest[:, None])
    size, clusters = len(rest), len(score)
    bread = np.linalg.pinv(jacobian.T @ jacobian)
    factor = clusters / max(clusters - 1, 1) * (size - 1) / max(size - 2, 1)
    return float(np.sqrt(factor * (bread @ score.T @ score @ bread)[1, 1]))
