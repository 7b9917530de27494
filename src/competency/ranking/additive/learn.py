"""The whole of learning: one-split trees, then named pairs, as far as validation goes along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from competency.arrays import Floats
from competency.ranking.additive.boost import BoostSettings, Grower, RankingTable, scores_after
from competency.ranking.additive.compile import Leaf, feature_table, pair_table
from competency.ranking.additive.tables import AdditiveModel, Table
from competency.ranking.additive.tuning import Split, Tuned, forward_splits, group_splits, tune

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNTUNED = 100
"""Trees where there are too few lists to validate on (LightGBM's own default)."""

_Leaves = dict[tuple[int, ...], list[Leaf]]


@dataclass(frozen=True, slots=True)
class Recipe:
    """What is learned from a table, and how.

    Parameters
    ----------
    names : tuple of str
        Of the features.
    directions : tuple of int
        Of the features: 1 = the score never falls with it, -1 = never rises, 0 = free.
    features : tuple of int
        Numbers of those that trees may split on.
    pairs : tuple of pairs of int
        Numbers of features that may act together.
    boost : BoostSettings
    n_trees : int or None
        One-split trees, and trees of each pair; None = as many as validation asks for.
    max_trees : int
    folds : int
    at : int
        Places whose nDCG is validated.
    has_start : bool
        There is a start score; trees must then prove better than it.
    seed : int
    """

    names: tuple[str, ...]
    directions: tuple[int, ...]
    features: tuple[int, ...]
    pairs: tuple[tuple[int, int], ...]
    boost: BoostSettings
    n_trees: int | None
    max_trees: int
    folds: int
    at: int
    has_start: bool
    seed: int


def learn(
    table: RankingTable, recipe: Recipe, time: NDArray[Any] | None = None
) -> tuple[AdditiveModel, tuple[Tuned, ...]]:
    """Return the tables learned, and how many trees each stage took and why.

    The model is the mean of `folds` models, each learned from all lists but a `folds`-th: the mean
    of several is steadier than one of all, and sums of tables are tables.

    `time` of shape (n_rows,), optional: when the list of each row was decided. Numbers of trees are
    then those that serve later lists best, learned from earlier ones. Returns `tuned`: one for the
    one-split trees, then one for each pair.
    """
    bags = _bags(table, recipe)
    splits = bags if time is None else forward_splits(table.owner, time, recipe.folds)
    learner = _Learner(table, recipe, bags, splits)
    tuned = [learner.stage(recipe.features, paired=False)]
    tuned += [learner.stage(pair, paired=True) for pair in recipe.pairs]
    return AdditiveModel(tuple(_tables(table, recipe, learner.leaves))), tuple(tuned)


def _bags(table: RankingTable, recipe: Recipe) -> list[Split]:
    if table.n_lists < 2 * recipe.folds:
        return [Split(np.ones(len(table.owner), bool), np.zeros(len(table.owner), bool))]
    return group_splits(table.owner, recipe.folds, np.random.default_rng(recipe.seed))


class _Learner:
    """The scores of every bag and split as stages are added, and the leaves so far."""

    def __init__(
        self, table: RankingTable, recipe: Recipe, bags: list[Split], splits: list[Split]
    ) -> None:
        self.table, self.recipe, self.bags, self.splits = table, recipe, bags, splits
        self.in_bags = [table.start] * len(bags)
        self.in_splits = self.in_bags if splits is bags else [table.start] * len(splits)
        self.leaves: _Leaves = {}

    def stage(self, features: tuple[int, ...], *, paired: bool) -> Tuned:
        recipe = self.recipe
        directions = tuple(recipe.directions[k] for k in features)
        grower = Grower(self.table, recipe.boost, features, directions, paired)
        tuned, boosters = self._tuned(grower)
        if self.splits is not self.bags:
            self.in_splits = _moved(grower, boosters, tuned.count, self.in_splits)
            boosters = []
        if not boosters and tuned.count:
            boosters = [
                grower.grow(bag.learn, score, tuned.count)
                for bag, score in zip(self.bags, self.in_bags, strict=True)
            ]
        for booster in boosters:
            for key, leaves in grower.leaves(booster, tuned.count, 1 / len(self.bags)):
                self.leaves.setdefault(key, []).extend(leaves)
        self.in_bags = _moved(grower, boosters, tuned.count, self.in_bags)
        if self.splits is self.bags:
            self.in_splits = self.in_bags
        return tuned

    def _tuned(self, grower: Grower) -> tuple[Tuned, list[Any]]:
        recipe = self.recipe
        validated = [split for split in self.splits if split.validate.any()]
        if recipe.n_trees is None and validated:
            return tune(
                grower, self.splits, self.in_splits, most=recipe.max_trees, at=recipe.at,
                needs_evidence=recipe.has_start or grower.paired,
            )  # fmt: skip
        untuned = 0 if recipe.has_start or grower.paired else min(UNTUNED, recipe.max_trees)
        count = untuned if recipe.n_trees is None else recipe.n_trees
        nothing = np.zeros(0)
        return Tuned(count, nothing.astype(int), nothing, np.nan, np.nan, 0), []


def _moved(
    grower: Grower, boosters: Sequence[Any], count: int, scores: list[Floats]
) -> list[Floats]:
    if not count or not boosters:
        return scores
    part = grower.part(np.ones(len(grower.table.owner), bool))
    return [
        score + scores_after(booster, part, [0, count])[1]
        for booster, score in zip(boosters, scores, strict=True)
    ]


def _tables(table: RankingTable, recipe: Recipe, leaves: _Leaves) -> list[Table]:
    found: list[Table] = []
    for key in sorted(leaves, key=lambda key: (len(key), key)):
        names = [recipe.names[k] for k in key]
        observed = [table.columns[:, k] for k in key]
        ways = [recipe.directions[k] for k in key]
        if len(key) == 1:
            found.append(feature_table(names[0], leaves[key], observed[0], direction=ways[0]))
        else:
            found.append(
                pair_table(
                    (names[0], names[1]), leaves[key], (observed[0], observed[1]),
                    directions=(ways[0], ways[1]),
                )
            )  # fmt: skip
    return found
