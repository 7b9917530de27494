"""Items of tests: a curve for each, learned beside everything else.

An answer of v points states ``b[v] <= theta < b[v + 1]``, through logistic noise of the
item's own slope: the two-parameter model where an item gives one point, the graded response model
where it gives more. The latent scale is that of the levels, so that thresholds are in levels.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from competency.levels.posterior.likelihood import ItemCurves
from competency.ratings.ordinal import OPEN, cavity, derivatives

if TYPE_CHECKING:
    import pandas as pd

    from competency.arrays import Bools, Floats
    from competency.levels.posterior.layout import Layout
    from competency.levels.posterior.network import Joint, Network
    from competency.ratings.ordinal import Sites

STEP_SD = 1.0
"""Spread of the distances between the thresholds of one item, which are a level apart on average
(chosen by the project)."""

SLOPE_SD = 0.5
"""Spread of the logarithm of an item's slope around the given one (chosen by the project)."""

ITEM_COLUMNS = (
    "discrimination", "discrimination_se", "difficulty", "difficulty_se", "guess", "n_responses",
)  # fmt: skip
"""Columns of a table of items between their names and their thresholds."""

_LEAST_STEP = 0.02
# Smallest distance of two thresholds, in levels: a number of points that no answer got.
_FARTHEST = np.array([0.3, 0.5])
# Longest step of a logarithm of a slope, and of a threshold in levels.


def step_items(
    layout: Layout, network: Network, sites: Sites, joint: Joint, *, curves: ItemCurves,
    given: ItemCurves,
) -> tuple[ItemCurves, Floats, float]:  # fmt: skip
    """Return the items after a scoring step of the marginal likelihood of their answers.

    `given` are the curves before any answer: the middle of the prior. With the items come the
    standard deviation of the logarithm of each slope, and the gain that the step promises.
    """
    size = 1 + curves.thresholds.shape[1]
    row = np.flatnonzero(layout.observations.item >= 0)
    item, weight = layout.observations.item[row], network.weight[row]
    mean, variance = cavity(
        sites.take(row), joint.observation_mean[row], joint.observation_variance[row],
        weight=weight,
    )  # fmt: skip
    found = derivatives(network.observations.take(row), network.base[row] + mean, variance).items
    points = np.minimum(layout.observations.level[row], curves.steps[item])
    # NOTE: the outer borders of the scale are no parameters: their derivatives are 0.
    scores = (found.log_slope, found.lower, found.upper)
    at = (np.zeros(len(row), np.int64), points, np.minimum(points + 1, size - 1))
    n_items = len(curves.slope)
    score, information = np.zeros(n_items * size), np.zeros(n_items * size * size)
    for first, left in zip(at, scores, strict=True):
        here, weighted = item * size + first, weight * left
        score += np.bincount(here, weighted, n_items * size)
        for second, right in zip(at, scores, strict=True):
            information += np.bincount(here * size + second, weighted * right, len(information))
    held = information.reshape(n_items, size, size)
    return _step(curves, given, score.reshape(n_items, size), held)


def _step(
    curves: ItemCurves, given: ItemCurves, score: Floats, information: Floats
) -> tuple[ItemCurves, Floats, float]:
    present, middle, prior = _vector(curves), _vector(given), _prior_precision(given)
    inside = (given.thresholds < OPEN).astype(np.float64)
    free: Floats = np.pad(inside, ((0, 0), (1, 0)), constant_values=1.0)
    score = (score - np.einsum("ikl,il->ik", prior, (present - middle) * free)) * free
    held = (information + prior) * free[:, :, None] * free[:, None, :]
    held += np.eye(held.shape[1]) * (1 - free)[:, :, None]
    farthest = _FARTHEST[np.minimum(np.arange(held.shape[1]), 1)]
    step = np.clip(np.linalg.solve(held, score[..., None])[..., 0], -farthest, farthest)
    gain = 0.5 * float(np.einsum("ik,ikl,il->", step, held, step))
    variance = np.linalg.inv(held) * free[:, :, None] * free[:, None, :]
    after = present + step
    thresholds = _in_order(after[:, 1:], given.thresholds < OPEN)
    spread = variance[:, 1:, 1:].sum((1, 2)) / given.steps**2  # of the mean threshold
    items = ItemCurves(np.exp(after[:, 0]), thresholds, spread, given.guess)
    return items, np.sqrt(variance[:, 0, 0]), gain


def shifted_items(curves: ItemCurves, shift: Floats) -> ItemCurves:
    """Return the curves with their thresholds shifted, in levels; `shift` is flat."""
    after = curves.thresholds + shift.reshape(curves.thresholds.shape)
    return replace(curves, thresholds=_in_order(after, curves.thresholds < OPEN))


def _in_order(thresholds: Floats, inside: Bools) -> Floats:
    number = _LEAST_STEP * np.arange(thresholds.shape[1])
    ordered = np.maximum.accumulate(thresholds - number, axis=1) + number
    return np.where(inside, ordered, OPEN)


def _vector(curves: ItemCurves) -> Floats:
    return np.column_stack([np.log(curves.slope), curves.thresholds])


def _prior_precision(given: ItemCurves) -> Floats:
    """Thresholds that share the spread of their place, and each its own."""
    n_items, n_steps = given.thresholds.shape
    precision = np.zeros((n_items, 1 + n_steps, 1 + n_steps))
    precision[:, 0, 0] = 1 / SLOPE_SD**2
    own = 1 / STEP_SD**2
    shared = own**2 / (1 / given.spread + given.steps * own)
    precision[:, 1:, 1:] = np.eye(n_steps) * own - shared[:, None, None]
    return precision


def item_table(
    items: pd.DataFrame, curves: ItemCurves, slope_sd: Floats, layout: Layout
) -> pd.DataFrame:
    """Return one row for each item; `slope_sd` is of the logarithms of the slopes.

    Columns competency, item, discrimination (logits a level), discrimination_se, difficulty (mean
    threshold, in levels), difficulty_se, guess, n_responses, and threshold_1 up to the most points
    of any item (NaN beyond those of the item).
    """
    size, inside = len(items), curves.thresholds < OPEN
    item = layout.observations.item
    thresholds = np.where(inside, curves.thresholds, np.nan)
    front = items[["competency", "item"]].assign(
        discrimination=curves.slope,
        discrimination_se=curves.slope * slope_sd,
        difficulty=np.where(inside, curves.thresholds, 0).sum(1) / np.maximum(curves.steps, 1),
        difficulty_se=np.sqrt(curves.spread),
        guess=curves.guess,
        n_responses=np.bincount(item[item >= 0], minlength=size),
    )
    columns = {f"threshold_{k + 1}": column for k, column in enumerate(thresholds.T)}
    return front.assign(**columns) if size else front
