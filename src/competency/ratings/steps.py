"""One Newton step for graded items, from expectations over the tilted beliefs of their ratings."""

from __future__ import annotations

import numpy as np

from competency.arrays import Floats, Ints
from competency.ratings.tilt import ItemParameters, Tilted, logistic

SLOPE_SD = 0.7
"""Standard deviation of the weak normal prior on the logarithm of a slope (chosen by the
project): it decides only where an item has some tens of ratings."""

_WIDEST = 0.7
# Largest change of a parameter in one step.
_LEAST_SLOPE = 0.05
_FLATTENED = np.float32(np.pi / 8)
# Of MacKay's approximation of a logistic function averaged over a normal.
_LEAST_GAP = 1e-4


def improved_items(
    items: ItemParameters, tilted: Tilted, *, item: Ints, category: Ints
) -> ItemParameters:
    """Return the items after one Newton step.

    Parameters
    ----------
    items : ItemParameters
    tilted : Tilted
        Of every rating.
    item, category : Ints, shape (n_ratings,)

    Returns
    -------
    ItemParameters
    """
    score, information = _derivatives(items, tilted, item, category)
    slope = items.slopes
    score[:, 0] -= np.log(slope) / SLOPE_SD**2 / slope
    information[:, 0, 0] += 1 / SLOPE_SD**2 / slope**2
    place = np.arange(score.shape[1])
    open_steps = items.steps > -60.0
    information[:, place, place] += 1e-9 + np.pad(~open_steps, ((0, 0), (1, 0)))
    step = np.linalg.solve(information, score[..., None])[..., 0]
    return _legal(items, np.clip(step, -_WIDEST, _WIDEST))


def _derivatives(
    items: ItemParameters, tilted: Tilted, item: Ints, category: Ints
) -> tuple[Floats, Floats]:
    n_items, width = len(items.slopes), items.steps.shape[1] + 1
    code = item * width + category

    def added(values: Floats | None) -> Floats:
        sums = np.bincount(code, weights=values, minlength=n_items * width)
        return sums.reshape(n_items, width).astype(np.float64)

    near = 1 / np.expm1(np.maximum(-np.diff(items.sides, axis=1), 1e-12))  # exp(-gap) / (1 - ..)
    counts = added(None)
    upper = added(tilted.inner) + counts * near  # gradient in the predictor below the category
    lower = -added(tilted.outer) - counts * near  # and in the one above it
    score = np.zeros((n_items, width))
    score[:, 1:] = upper[:, 1:] + lower[:, :-1]
    score[:, 0] = (added(tilted.inner_z) - added(tilted.outer_z)).sum(1)

    # NOTE: the curvature only steers the step, so that single precision serves, and the logistic
    # at the mean, flattened as a normal of this variance flattens it (MacKay 1992).
    z, slopes = tilted.mean.astype(np.float32), items.slopes.astype(np.float32)[item]
    flat = 1 / np.sqrt(1 + _FLATTENED * slopes**2 * tilted.variance.astype(np.float32))
    middle, sides = slopes * z, items.sides.astype(np.float32)
    curves = []
    for side in (0, 1):
        reached = logistic(flat * (middle + sides[:, side : side + width].ravel()[code]))
        curve = flat * reached * (1 - reached)
        curves.append([added(curve), added(curve * z), added(curve * z * z)])
    (first, first_z, first_zz), (second, second_z, second_zz) = curves
    bend = counts * near * (1 + near)
    information = np.zeros((n_items, width, width))
    place = np.arange(1, width)
    information[:, place, place] = (first + bend)[:, 1:] + (second + bend)[:, :-1]
    information[:, place[1:], place[:-1]] = -bend[:, 1:-1]
    information[:, place[:-1], place[1:]] = -bend[:, 1:-1]
    information[:, 0, 1:] = information[:, 1:, 0] = first_z[:, 1:] + second_z[:, :-1]
    information[:, 0, 0] = (first_zz + second_zz).sum(1)
    return score, information


def _legal(items: ItemParameters, step: Floats) -> ItemParameters:
    """Go along the step as far as slopes stay positive and thresholds in order."""
    share = np.ones(len(step))
    for _ in range(30):
        slopes = items.slopes + share * step[:, 0]
        steps = items.steps + share[:, None] * step[:, 1:]
        bad = (slopes < _LEAST_SLOPE) | (np.diff(steps, axis=1) > -_LEAST_GAP).any(1)
        if not bad.any():
            break
        share[bad] /= 2
    else:
        return items
    return ItemParameters(slopes, steps)
