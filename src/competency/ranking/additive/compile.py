"""From small trees to tables: the same score, read off steps instead of walked down branches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from competency.arrays import Bools, Floats, Ints, frozen
from competency.ranking.additive.tables import FeatureTable, PairTable, directed, steps_of


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf of a tree: where it lies on each of the two (or one) features, and its value.

    `lower`, `upper`: the leaf holds ``lower < x <= upper`` on each feature of the tree. `missing`:
    whether it holds rows in which that feature is missing.
    """

    value: float
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    missing: tuple[bool, ...]


def leaves_of(tree: Mapping[str, Any], features: Sequence[int], share: float = 1.0) -> list[Leaf]:
    """Return the leaves of a tree of LightGBM's ``dump_model``.

    `tree`: A `tree_structure`. `features`: numbers of the features the tree may split on, in order.
    `share`: weight of the tree among all.
    """
    size = len(features)
    whole = Leaf(0.0, (-np.inf,) * size, (np.inf,) * size, (True,) * size)
    return list(_walk(tree, whole, list(features), share))


def _walk(node: Mapping[str, Any], box: Leaf, features: list[int], share: float) -> Iterator[Leaf]:
    if "split_feature" not in node:
        yield Leaf(share * float(node["leaf_value"]), box.lower, box.upper, box.missing)
        return
    side, cut = features.index(node["split_feature"]), float(node["threshold"])
    # NOTE: LightGBM reads a missing value as 0 where the rows of a tree had none.
    left = bool(node["default_left"]) if node["missing_type"] == "NaN" else cut >= 0
    missing = box.missing[side]
    below = _part(box, side, upper=min(box.upper[side], cut), missing=missing and left)
    above = _part(box, side, lower=max(box.lower[side], cut), missing=missing and not left)
    yield from _walk(node["left_child"], below, features, share)
    yield from _walk(node["right_child"], above, features, share)


def _part(
    box: Leaf, side: int, *, missing: bool, lower: float | None = None, upper: float | None = None
) -> Leaf:
    def put(values: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
        return values if value is None else (*values[:side], value, *values[side + 1 :])

    return Leaf(box.value, put(box.lower, lower), put(box.upper, upper), put(box.missing, missing))


def grid_of(leaves: Sequence[Leaf], side: int) -> Floats:
    """Return the cuts of all leaves on one feature, increasing, each once."""
    ends = {leaf.upper[side] for leaf in leaves} | {leaf.lower[side] for leaf in leaves}
    return np.array(sorted(end for end in ends if np.isfinite(end)))


def table_of(leaves: Sequence[Leaf], cuts: Sequence[Floats]) -> Floats:
    """Return the sum of the leaves on the grid of the cuts, missing last on each axis."""
    total = np.zeros([len(points) + 2 for points in cuts])
    for leaf in leaves:
        held = [_held(leaf, side, points) for side, points in enumerate(cuts)]
        total[np.ix_(*held)] += leaf.value
    return total


def _held(leaf: Leaf, side: int, cuts: Floats) -> Bools:
    above = np.concatenate([[-np.inf], cuts]) >= leaf.lower[side]
    below = np.concatenate([cuts, [np.inf]]) <= leaf.upper[side]
    return np.concatenate([above & below, [leaf.missing[side]]])


def feature_table(
    name: str, leaves: Sequence[Leaf], observed: Floats, *, direction: int
) -> FeatureTable:
    """Return the table of one feature, its mean over the rows of training taken off.

    `leaves`: of trees that split on this feature only. `observed` of shape (n_rows,): the feature
    in the rows of training. `direction`: 1 = never falls, -1 = never rises, 0 = free.
    """
    cuts = grid_of(leaves, 0)
    values = directed(table_of(leaves, [cuts]), direction)
    step = steps_of(observed, cuts)
    values = values - values[step].mean()
    if not np.isnan(observed).any():
        values[-1] = 0.0  # the mean: nothing was learned about a missing value
    return FeatureTable(name, frozen(cuts), frozen(values))


def pair_table(
    names: tuple[str, str],
    leaves: Sequence[Leaf],
    observed: tuple[Floats, Floats],
    *,
    directions: tuple[int, int],
) -> PairTable:
    """Return the table of two features, its mean over the rows of training taken off.

    `leaves`: of trees that split on these two only. `observed` of shape (n_rows,). `directions`: as
    in `feature_table`.
    """
    cuts = grid_of(leaves, 0), grid_of(leaves, 1)
    values = table_of(leaves, cuts)
    first, second = (
        steps_of(column, points) for column, points in zip(observed, cuts, strict=True)
    )
    for axis, (column, step) in enumerate(zip(observed, (first, second), strict=True)):
        if not np.isnan(column).any():
            _fill_missing(np.moveaxis(values, axis, 0), step)
    for axis, direction in enumerate(directions):
        values = directed(values, direction, axis)
    values = values - values[first, second].mean()
    return PairTable(names, (frozen(cuts[0]), frozen(cuts[1])), frozen(values))


def _fill_missing(values: Floats, step: Ints) -> None:
    """Let a missing value add the mean over the rows of training: nothing was learned about it."""
    share = np.bincount(step, minlength=len(values)).astype(np.float64)
    values[-1] = share @ values / share.sum()
