"""Differences between trained and untrained, adjusted by least squares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from competency.evaluation.comparison import joined
from competency.evaluation.designs.regression import (
    clustered_error,
    least_squares,
    robust_error,
)
from competency.evaluation.estimate import Estimate
from competency.stats import standard_error

if TYPE_CHECKING:
    from competency.arrays import Floats
    from competency.config import EvaluationConfig
    from competency.evaluation.comparison import Columns, Comparison


def adjusted_difference(
    method: str, outcome: Floats, comparison: Comparison, *,
    columns: tuple[Columns, ...], config: EvaluationConfig,
) -> Estimate:  # fmt: skip
    """Return the coefficient of having been trained, beside a constant and `columns`.

    ``outcome = a + effect x treated + columns b + e`` by least squares; with no columns the
    difference in means. Whatever depends on what stands before it is left out. `outcome` has no
    gaps. NaN with fewer than two trained or two untrained officers or clusters.
    """
    n_trained, n_untrained = comparison.counts
    nothing = Estimate(method, np.nan, np.nan, 0.0, n_trained, n_untrained)
    design = design_of(comparison, columns, treated=True)
    if comparison.is_bare or len(outcome) <= design.shape[1]:
        return nothing
    fit = least_squares(outcome, design)
    contrast = np.zeros(design.shape[1])
    contrast[1] = 1.0
    se, dof = robust_error(fit, contrast, cluster=comparison.cluster, errors=config.errors)
    value = float(fit.coefficients[1])
    return Estimate(method, value, se, dof, n_trained, n_untrained, confidence=config.confidence)


def predicted_difference(
    method: str, outcome: Floats, comparison: Comparison, *,
    columns: tuple[Columns, ...], config: EvaluationConfig,
) -> Estimate:  # fmt: skip
    """Return how far the trained surpass what the untrained let one expect of them.

    ``mean over the trained of outcome - x b0`` with b0 fitted on the untrained only (the ATT by
    regression; Oaxaca and Blinder): right also when the training helps some more than others.
    """
    n_trained, n_untrained = comparison.counts
    design = design_of(comparison, columns, treated=False)
    if comparison.is_bare or n_untrained <= design.shape[1] + 1:
        return Estimate(method, np.nan, np.nan, 0.0, n_trained, n_untrained)
    treated = comparison.treated
    fit = least_squares(outcome[~treated], design[~treated])
    surplus = outcome[treated] - design[treated] @ fit.coefficients
    influence = np.zeros(len(outcome))
    influence[treated] = (surplus - surplus.mean()) / np.sqrt(n_trained * (n_trained - 1))
    weight = fit.scores @ (design[treated].mean(0) @ fit.to_scores)
    influence[~treated] = -weight * fit.residuals / np.sqrt(np.maximum(1 - fit.leverage, 1e-9))
    return Estimate(
        method, float(surplus.mean()), clustered_error(influence, comparison.cluster),
        float(n_trained - 1), n_trained, n_untrained, confidence=config.confidence,
    )  # fmt: skip


def corrected_difference(
    method: str, outcome: Floats, comparison: Comparison, *,
    columns: tuple[Columns, ...], config: EvaluationConfig,
) -> Estimate:  # fmt: skip
    """Return the difference adjusted for the level behind `before`, not for its measurement.

    Errors in variables: with the known variance s_i of the error of `before`,
    ``b = (X'X - sum_i S_i)^-1 X'y`` where S_i holds s_i for `before` (Fuller 1987), and its
    sandwich. Right when officers were chosen by the level itself, known by other ways than the
    measurement; too large a correction when they were chosen by the measurement. `columns` are
    adjusted for besides `before`, which all officers have, with its `noise`. NaN also where the
    error would be all of the spread of `before` that is left.
    """
    n_trained, n_untrained = comparison.counts
    nothing = Estimate(method, np.nan, np.nan, 0.0, n_trained, n_untrained)
    if comparison.is_bare:
        return nothing
    before = (comparison.before - comparison.before.mean())[:, None]
    rest = design_of(comparison, columns, treated=True)
    fit = least_squares(before[:, 0], rest)
    left = fit.residuals @ fit.residuals - comparison.noise.sum()
    if left <= 0:
        return nothing
    kept = np.abs(fit.to_scores).sum(1) > 0
    design = np.column_stack([rest[:, kept], before])
    moments = design.T @ design
    moments[-1, -1] -= comparison.noise.sum()
    inverse = np.linalg.inv(moments)
    b = inverse @ (design.T @ outcome)
    influence = design * (outcome - design @ b)[:, None]
    influence[:, -1] += comparison.noise * b[-1]
    dof = len(outcome) - design.shape[1]
    own = clustered_error(influence @ inverse[:, 1], comparison.cluster)
    free = dof if comparison.cluster is None else int(comparison.cluster.max())
    return Estimate(
        method, float(b[1]), own * np.sqrt(len(outcome) / dof), float(free),
        n_trained, n_untrained, confidence=config.confidence,
    )  # fmt: skip


def gain_of_trained(outcome: Floats, comparison: Comparison, config: EvaluationConfig) -> Estimate:
    """Return the mean of outcome less `before` among the trained: a gain, and no more than that."""
    rows = comparison.treated
    gain = (outcome - comparison.before)[rows]
    n = len(gain)
    value, dof = float(gain.mean()) if n else np.nan, float(max(n - 1, 0))
    return Estimate(
        "naive gain", value, standard_error(gain), dof, n, 0, "naive", config.confidence
    )


def design_of(comparison: Comparison, columns: tuple[Columns, ...], *, treated: bool) -> Floats:
    """Return a constant, having been trained if asked for, and the columns about their means."""
    first = [np.ones(len(comparison))]
    if treated:
        first.append(comparison.treated.astype(float))
    values = joined(columns, len(comparison)).cells
    return np.column_stack([*first, values - values.mean(0)])


def regression_to_mean(outcome: Floats, comparison: Comparison) -> float:
    """Return the gain that the trained owe to having scored low (or lost by scoring high).

    ``(1 - b) (mean before of all - mean before of the trained)`` with b the common slope of outcome
    on `before` in both groups: with as many trained as there are, and no growth, the naive gain
    under a training that does nothing. NaN where `before` does not vary.
    """
    treated, before = comparison.treated, comparison.before
    if not comparison.measured("before"):
        return float("nan")
    design = np.column_stack([np.ones(len(before)), treated, before])
    slope = least_squares(outcome, design).coefficients[2]
    return float((1 - slope) * (before.mean() - before[treated].mean()))
