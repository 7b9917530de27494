"""The jump at a cut-off: officers just below it against officers just above it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from competency.evaluation.comparison import joined
from competency.evaluation.designs.regression import LinearFit, least_squares, robust_error
from competency.evaluation.estimate import Estimate

if TYPE_CHECKING:
    from competency.arrays import Bools, Floats
    from competency.config import EvaluationConfig
    from competency.evaluation.comparison import Columns, Comparison

LEAST_SIDE = 10
"""Officers on each side of the cut-off and within the bandwidth, for a jump to be estimated
(chosen by the project: a quadratic needs three, and its errors some more)."""

LEAST_JUMP = 0.2
"""Jump of the share trained at the cut-off below which the cut-off did not decide (chosen by the
project: a smaller one multiplies errors by more than five)."""

_PILOT = 1.84
# Rule of thumb 1.84 sd n^(-1/5) for the pilot bandwidth (Imbens & Kalyanaraman 2012, step 1).
_EDGE = 3.4375
# Constant of the triangular kernel at an edge for the local linear fit (the same, section 4).


def jump_at(
    outcome: Floats, comparison: Comparison, cutoff: float, *,
    columns: tuple[Columns, ...], config: EvaluationConfig,
) -> Estimate:  # fmt: skip
    """Return the jump of the outcome at the cut-off by the jump of the share trained.

    The bandwidth is the one that is best for a local line (Imbens & Kalyanaraman 2012); the jump
    is that of a local quadratic there, which is the line corrected for its bias and has errors
    that hold (Calonico, Cattaneo & Titiunik 2014). Where not all on one side were trained the
    jump is divided by that of the share trained (an instrument). It speaks of officers at the
    cut-off. `columns` are adjusted for, to narrow the interval.

    `cutoff` is on the scale of the score, which all officers have; a score equal to it lies on the
    upper side, and officers are trained on the side where more are. NaN with fewer than
    `LEAST_SIDE` officers on a side, one cluster in a group, or a jump in the share trained below
    `LEAST_JUMP`.
    """
    window = _window(outcome, comparison, cutoff)
    nothing = Estimate("regression discontinuity", np.nan, np.nan, 0.0, 0, 0)
    if window is None:
        return nothing
    inside, sides, weight = window
    near = comparison.take(inside)
    extra = joined(columns, len(comparison)).cells[inside]
    design = np.column_stack([sides, extra - extra.mean(0)]) * weight[:, None]
    if near.is_bare or len(design) <= design.shape[1] + LEAST_SIDE:
        return nothing

    def fit(values: Floats) -> LinearFit:
        return least_squares(values * weight, design)

    y, treated = outcome[inside], near.treated.astype(float)
    share = float(fit(treated).coefficients[1])
    if share < LEAST_JUMP:
        return nothing
    value = float(fit(y).coefficients[1]) / share
    contrast = np.eye(design.shape[1])[1]
    # NOTE: the error of a ratio is that of the jump of outcome - value x treated, by the share.
    left = fit(y - value * treated)
    se, dof = robust_error(left, contrast, cluster=near.cluster, errors=config.errors)
    made = replace(nothing, value=value, se=se / share, dof=dof, confidence=config.confidence)
    n_trained, n_untrained = near.counts
    return replace(made, n_trained=n_trained, n_untrained=n_untrained)


def _window(
    outcome: Floats, comparison: Comparison, cutoff: float
) -> tuple[Bools, Floats, Floats] | None:
    """Return the officers near the cut-off with their design and weights; None where too few.

    The design has a constant, 1 on the side where officers are trained, and a quadratic in the
    distance on each side; the weights are square roots of the triangular kernel.
    """
    distance = comparison.score - cutoff
    lower = distance < 0
    if min(lower.sum(), (~lower).sum()) < LEAST_SIDE:
        return None
    trained_below = comparison.treated[lower].mean() >= comparison.treated[~lower].mean()
    below = (lower if trained_below else ~lower).astype(float)
    bandwidth = _bandwidth(outcome, distance, lower)
    near = np.abs(distance) < bandwidth
    if min((near & lower).sum(), (near & ~lower).sum()) < LEAST_SIDE:
        return None
    x, side = distance[near] / bandwidth, below[near]
    curve = np.column_stack([x, x**2])
    design = np.column_stack([np.ones(len(x)), side, curve, curve * side[:, None]])
    return near, design, np.sqrt(1 - np.abs(x))


def _bandwidth(outcome: Floats, distance: Floats, lower: Bools) -> float:
    """Return the bandwidth of Imbens & Kalyanaraman, at least that which holds `LEAST_SIDE`."""
    n = len(distance)
    pilot = _PILOT * distance.std() * n ** (-0.2)
    close = np.abs(distance) <= pilot
    sides = (close & lower, close & ~lower)
    least = max(
        np.sort(np.abs(distance[side]))[min(3 * LEAST_SIDE, side.sum()) - 1]
        for side in (lower, ~lower)
    )
    if min(side.sum() for side in sides) < LEAST_SIDE:
        return float(least * 1.01)
    density = close.sum() / (2 * n * pilot)
    spread = np.mean([outcome[side].var(ddof=1) for side in sides])
    third = _third_derivative(outcome, distance, lower)
    bends, penalties = zip(
        *(_curvature(outcome, distance, side, third, spread, density) for side in (lower, ~lower)),
        strict=True,
    )
    bend = (bends[1] - bends[0]) ** 2 + sum(penalties)
    best = _EDGE * (2 * spread / (density * bend)) ** 0.2 * n ** (-0.2) if bend > 0 else np.inf
    return float(max(min(best, np.abs(distance).max() * 1.01), least * 1.01))


def _third_derivative(outcome: Floats, distance: Floats, lower: Bools) -> float:
    """Return the third derivative of a cubic with a jump, over the middle half of each side."""
    ends = np.median(distance[lower]), np.median(distance[~lower])
    middle = (distance >= ends[0]) & (distance <= ends[1])
    x = distance[middle]
    design = np.column_stack([np.ones(len(x)), ~lower[middle], x, x**2, x**3])
    return float(6 * least_squares(outcome[middle], design).coefficients[-1])


def _curvature(
    outcome: Floats, distance: Floats, side: Bools, third: float, spread: float, density: float
) -> tuple[float, float]:  # fmt: skip
    """Return the second derivative at the cut-off on one side, and its penalty."""
    n = int(side.sum())
    width = 3.56 * (spread / (density * max(third**2, 1e-12))) ** (1 / 7) * n ** (-1 / 7)
    near = side & (np.abs(distance) <= width)
    if near.sum() < LEAST_SIDE:
        near = side
    x = distance[near]
    reach = np.abs(x).max()
    design = np.column_stack([np.ones(len(x)), x, x**2])
    bend = 2 * least_squares(outcome[near], design).coefficients[2]
    return float(bend), float(2160 * spread / (near.sum() * reach**4))
