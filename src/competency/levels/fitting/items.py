"""Items of tests: a curve for each, learned beside everything else.

Who answers an item with v points says ``b[v] <= theta < b[v + 1]``, through logistic noise of the
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

    from competency.arrays import Bools, Floats, Ints
    from competency.levels.posterior.layout import Layout
    from competency.levels.posterior.network import Joint, Network
    from competency.ratings.ordinal import Sites

PLACE_SD, AIMED_SD = 2.0, 1.0
"""Spread of the place of an item around what its competency asks, and around the level that it was
written for, in levels (chosen by the project)."""

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
# Smallest distance of two thresholds, in levels: a number of points that nobody ever got.
_FARTHEST = np.array([0.3, 0.5])
# Longest step of a logarithm of a slope, and of a threshold in levels.


def given_items(
    steps: Ints, place: Floats, aimed: Floats, *, slope: float, guess: float
) -> ItemCurves:
    """Return the curves of items before any answer.

    Parameters
    ----------
    steps : Ints, shape (n_items,)
        Most points of each item.
    place : Floats, shape (n_items,)
        What is asked of the competency of each item, in levels.
    aimed : Floats, shape (n_items,)
        The level that the item was written for; NaN = not said.
    slope : float
        In logits per level.
    guess : float
        Chance of the point of an item of one point for somebody who knows nothing.

    Returns
    -------
    ItemCurves

    Examples
    --------
    >>> curves = given_items(np.array([1, 2]), np.array([3.0, 3.0]), np.array([2.0, np.nan]),
    ...                      slope=1.0, guess=0.0)
    >>> curves.thresholds.tolist(), curves.spread.tolist()
    ([[1.5, 60.0], [2.5, 3.5]], [1.0, 4.0])
    """
    told = np.isfinite(aimed)
    middle = np.where(told, aimed - 0.5, place)
    number = np.arange(1, int(steps.max(initial=0)) + 1)
    thresholds = middle[:, None] + number - (steps[:, None] + 1) / 2
    return ItemCurves(
        np.full(len(steps), slope),
        np.where(number <= steps[:, None], thresholds, OPEN),
        np.where(told, AIMED_SD**2, PLACE_SD**2),
        np.where(steps == 1, guess, 0.0),
    )


def improved_items(
    layout: Layout, network: Network, sites: Sites, joint: Joint, *, curves: ItemCurves,
    given: ItemCurves,
) -> tuple[ItemCurves, Floats, float]:  # fmt: skip
    """Return the items after a scoring step of the marginal likelihood of their answers.

    Parameters
    ----------
    layout : Layout
    network : Network
    sites : Sites
    joint : Joint
    curves, given : ItemCurves
        Present ones, and those before any answer: the middle of the prior.

    Returns
    -------
    curves : ItemCurves
        After the step.
    slope_sd : float64, shape (n_items,)
        Standard deviation of the logarithm of each slope.
    gain : float
        That the step promises, in units of log-likelihood.
    """
    size = 1 + curves.thresholds.shape[1]
    row = np.flatnonzero(layout.seen.item >= 0)
    item, weight = layout.seen.item[row], network.weight[row]
    mean, variance = cavity(
        sites.take(row), joint.observation_mean[row], joint.observation_variance[row],
        weight=weight,
    )  # fmt: skip
    found = derivatives(network.observations.take(row), network.base[row] + mean, variance).items
    points = np.minimum(layout.seen.level[row], curves.steps[item])
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
    move = np.clip(np.linalg.solve(held, score[..., None])[..., 0], -farthest, farthest)
    gain = 0.5 * float(np.einsum("ik,ikl,il->", move, held, move))
    variance = np.linalg.inv(held) * free[:, :, None] * free[:, None, :]
    after = present + move
    thresholds = _in_order(after[:, 1:], given.thresholds < OPEN)
    spread = variance[:, 1:, 1:].sum((1, 2)) / given.steps**2  # of the mean threshold
    told = ItemCurves(np.exp(after[:, 0]), thresholds, spread, given.guess)
    return told, np.sqrt(variance[:, 0, 0]), gain


def moved_items(curves: ItemCurves, move: Floats) -> ItemCurves:
    """Return the curves with their thresholds moved, in levels; `move` is flat."""
    after = curves.thresholds + move.reshape(curves.thresholds.shape)
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
    """Return one row for each item.

    Parameters
    ----------
    items : DataFrame
        Columns competency and item.
    curves : ItemCurves
    slope_sd : Floats, shape (n_items,)
        Of the logarithms of the slopes.
    layout : Layout

    Returns
    -------
    DataFrame
        Columns competency, item, discrimination (logits a level), discrimination_se, difficulty
        (mean threshold, in levels), difficulty_se, guess, n_responses, and threshold_1 up to the
        most points of any item (NaN beyond those of the item).
    """
    size, inside = len(items), curves.thresholds < OPEN
    number = layout.seen.item[layout.seen.item >= 0]
    thresholds = np.where(inside, curves.thresholds, np.nan)
    front = items[["competency", "item"]].assign(
        discrimination=curves.slope,
        discrimination_se=curves.slope * slope_sd,
        difficulty=np.where(inside, curves.thresholds, 0).sum(1) / np.maximum(curves.steps, 1),
        difficulty_se=np.sqrt(curves.spread),
        guess=curves.guess,
        n_responses=np.bincount(number, minlength=size),
    )
    told = {f"threshold_{k + 1}": column for k, column in enumerate(thresholds.T)}
    return front.assign(**told) if size else front


def known_items(known: pd.DataFrame, wanted: pd.DataFrame, given: ItemCurves) -> ItemCurves:
    """Return the curves of some items: as learned, or as given where nothing was learned.

    Parameters
    ----------
    known : DataFrame
        As `item_table` returns it.
    wanted : DataFrame
        Columns competency and item.
    given : ItemCurves
        Of `wanted`, before any answer.

    Returns
    -------
    ItemCurves
    """
    if not len(known) or not len(wanted):
        return given
    row_of = {pair: row for row, pair in enumerate(_pairs(known))}
    row = np.array([row_of.get(pair, -1) for pair in _pairs(wanted)])
    learned = curves_of(known)
    width = max(learned.thresholds.shape[1], given.thresholds.shape[1])

    def one_of(left: Floats, right: Floats) -> Floats:
        return np.where(row >= 0, left[row].T, right.T).T

    return ItemCurves(
        one_of(learned.slope, given.slope),
        one_of(_wide(learned.thresholds, width), _wide(given.thresholds, width)),
        one_of(learned.spread, given.spread),
        one_of(learned.guess, given.guess),
    )


def curves_of(table: pd.DataFrame) -> ItemCurves:
    """Return the curves of a table as `item_table` returns it."""
    names = [name for name in table.columns if str(name).startswith("threshold_")]
    thresholds = table[names].to_numpy(dtype=np.float64)
    return ItemCurves(
        table["discrimination"].to_numpy(dtype=np.float64),
        np.where(np.isnan(thresholds), OPEN, thresholds),
        table["difficulty_se"].to_numpy(dtype=np.float64) ** 2,
        table["guess"].to_numpy(dtype=np.float64),
    )


def _pairs(table: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(table["competency"], table["item"], strict=True))


def _wide(thresholds: Floats, width: int) -> Floats:
    return np.pad(thresholds, ((0, 0), (0, width - thresholds.shape[1])), constant_values=OPEN)
