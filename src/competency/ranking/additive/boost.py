"""LambdaMART by LightGBM on a ranking table, restricted to trees that tables can hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from competency.arrays import Bools, Floats, Ints
from competency.errors import ConfigError, Finding
from competency.ranking.additive.compile import Leaf, leaves_of

LONGEST_LIST = 10_000
"""Rows of one list that LightGBM accepts."""

_PAIR_LEAVES = 4
# A tree of a pair: enough for a corner of the grid, and still three splits.


@dataclass(frozen=True, eq=False)
class RankingTable:
    """Rows to learn from, sorted by list and then by content, so that no order of rows matters.

    `columns` of shape (n_rows, n_features): NaN = missing. `grade` of shape (n_rows,). `worth` of
    shape (n_grades,). `owner` of shape (n_rows,): number of the list of each row, not decreasing.
    `start` of shape (n_rows,): score before anything is learned.
    """

    columns: Floats
    grade: Ints
    worth: Floats
    owner: Ints
    start: Floats

    @property
    def n_lists(self) -> int:
        """Number of lists."""
        return int(self.owner[-1]) + 1 if len(self.owner) else 0

    @property
    def relevance(self) -> Floats:
        """Worth of each row, shape ``(n_rows,)``."""
        return self.worth[self.grade]


@dataclass(frozen=True, slots=True)
class BoostSettings:
    """How trees are grown; see :class:`competency.ranking.RankingEstimator`."""

    learning_rate: float
    max_bins: int
    min_rows: int
    l2: float


@dataclass(frozen=True, slots=True)
class Grower:
    """Grows trees on some features of a table.

    `features`: one-split trees on any of these; or trees on two of them together, where `paired`.
    `directions`: of each of `features`: 1 = the score never falls with it, -1 = never rises, 0 =
    free.
    """

    table: RankingTable
    settings: BoostSettings
    features: tuple[int, ...]
    directions: tuple[int, ...]
    paired: bool = False

    def grow(self, rows: Bools, score: Floats, count: int) -> Any:
        """Return a booster of `count` trees, learned from some rows.

        `rows` of shape (n_rows,): whole lists. `score` of shape (n_rows,): of all rows, before
        these trees.
        """
        lightgbm = require_lightgbm()
        table = self.table
        data = lightgbm.Dataset(
            self.part(rows), table.grade[rows], init_score=score[rows],
            group=np.unique(table.owner[rows], return_counts=True)[1],
            params=self._parameters(), free_raw_data=True,
        )  # fmt: skip
        return lightgbm.train(self._parameters(), data, count)

    def part(self, rows: Bools) -> Floats:
        """Return the features of some rows, as the trees number them."""
        return np.ascontiguousarray(self.table.columns[rows][:, list(self.features)])

    def leaves(
        self, booster: Any, count: int, share: float
    ) -> Iterator[tuple[tuple[int, ...], list[Leaf]]]:
        """Return, for each of the first `count` trees, its features and its leaves.

        `share`: weight of these trees among all. Yields `features`: one feature, or both of the
        pair. Yields `leaves`: trees without a split are left out: a constant moves nobody.
        """
        if not count:
            return
        for tree in booster.dump_model(num_iteration=count)["tree_info"]:
            root = tree["tree_structure"]
            if "split_feature" in root:
                own = (0, 1) if self.paired else (root["split_feature"],)
                yield tuple(self.features[k] for k in own), leaves_of(root, own, share)

    def _parameters(self) -> dict[str, Any]:
        settings = self.settings
        return {
            "objective": "lambdarank",
            "label_gain": self.table.worth.tolist(),
            "learning_rate": settings.learning_rate,
            "num_leaves": _PAIR_LEAVES if self.paired else 2,
            "max_bin": settings.max_bins,
            "min_data_in_leaf": settings.min_rows,
            "lambda_l2": settings.l2,
            "monotone_constraints": list(self.directions),
            # One thread and one order of sums: the same bytes on the same machine.
            "num_threads": 1,
            "deterministic": True,
            "force_row_wise": True,
            "verbose": -1,
        }


def scores_after(booster: Any, part: Floats, counts: Sequence[int]) -> Floats:
    """Return what the first trees add, for several numbers of trees.

    `part` of shape (n_rows, n_features). `counts`: increasing, from 0. Returns float64
    (len(counts), n_rows).
    """
    added = np.zeros((len(counts), len(part)))
    for row, (before, after) in enumerate(pairwise(counts), 1):
        more = booster.predict(
            part, raw_score=True, start_iteration=before, num_iteration=after - before,
            num_threads=1,
        )  # fmt: skip
        added[row] = added[row - 1] + more
    return added


def require_lightgbm() -> Any:
    """Return the module lightgbm.

    Raises `ConfigError` where it is not installed.
    """
    try:
        import lightgbm
    except ImportError:
        hint = "install the extra: pip install 'competency[train]'; scoring does not need it"
        message = "training a ranker needs lightgbm, which is not installed"
        raise ConfigError("training", [Finding("missing-extra", message, hint=hint)]) from None
    return lightgbm
