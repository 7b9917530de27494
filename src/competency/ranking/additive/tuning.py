"""How many trees: validated on later lists, or on other lists where there is no time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from competency.arrays import Bools, Floats, Ints, frozen
from competency.ranking.additive.boost import Grower, RankingTable, scores_after
from competency.ranking.lists import RankedLists, ndcg

if TYPE_CHECKING:
    from numpy.typing import NDArray

EVIDENCE = 2.0
"""Standard errors by which trees must beat the start score to be used (about 95 % sure)."""

FEWEST_LISTS = 20
"""Lists below which nothing is evidence: a standard error of fewer is a guess (chosen by the
project)."""


@dataclass(frozen=True, eq=False)
class Split:
    """Lists to learn from and lists to validate on, as rows of the table.

    `learn`, `validate` of shape (n_rows,): whole lists; no list is in both.
    """

    learn: Bools
    validate: Bools


def group_splits(owner: Ints, count: int, rng: np.random.Generator) -> list[Split]:
    """Return `count` splits of the lists at random; each list is validated once.

    `owner` of shape (n_rows,).
    """
    fold = rng.permutation(int(owner[-1]) + 1) % count
    return [Split(fold[owner] != k, fold[owner] == k) for k in range(count)]


def forward_splits(owner: Ints, time: NDArray[Any], count: int) -> list[Split]:
    """Return splits in which every list validated is later than all lists learned from.

    `owner` of shape (n_rows,). `time` of shape (n_rows,): the same for all rows of a list. `count`:
    at most this many blocks of later lists; fewer where few times are distinct. Empty where all
    lists are of one time.
    """
    first = np.unique(owner, return_index=True)[1]
    ordered = np.sort(time[first])
    places = (np.arange(1, count + 1) * len(ordered)) // (count + 1)
    cuts = [cut for cut in np.unique(ordered[places]) if cut > ordered[0]]
    ends = [*cuts, None][1:]
    return [
        Split(time < cut, (time >= cut) & (True if end is None else time < end))
        for cut, end in zip(cuts, ends, strict=True)
    ]


@dataclass(frozen=True, eq=False)
class Tuned:
    """The number of trees of one stage, and the evidence of validation for it.

    `counts` of shape (n_steps,): numbers of trees that were compared. `ndcg` of shape (n_steps,):
    mean over the lists validated. `gain`, `gain_se`: paired difference to no tree at all, and its
    standard error over lists; NaN where no list was validated. Each list is judged at the number
    that is best on the lists of the other splits, so that the choice does not flatter itself.
    `n_lists`: lists validated that hold anything relevant.
    """

    count: int
    counts: Ints
    ndcg: Floats
    gain: float
    gain_se: float
    n_lists: int


def tune(
    grower: Grower, splits: Sequence[Split], scores: Sequence[Floats], *, most: int, at: int,
    needs_evidence: bool,
) -> tuple[Tuned, list[Any]]:  # fmt: skip
    """Return the number of trees with the best validated nDCG, and the booster of each split.

    `scores` of shape (n_rows,): by split: the scores of all rows before these trees. `most`: trees
    at most. `at`: places that count. `needs_evidence`: take no tree unless trees beat none by
    `EVIDENCE` standard errors, on `FEWEST_LISTS` or more.
    """
    counts = steps_to(most)
    boosters, curves = [], []
    for split, score in zip(splits, scores, strict=True):
        booster = grower.grow(split.learn, score, most)
        boosters.append(booster)
        added = scores_after(booster, grower.part(split.validate), counts)
        lists = [
            ndcg(_lists(grower.table, split.validate, score[split.validate] + more), at)
            for more in added
        ]
        curves.append(np.array(lists))
    known = [curve[:, ~np.isnan(curve[0])] for curve in curves]
    return _chosen(known, counts, needs_evidence=needs_evidence), boosters


def steps_to(most: int) -> list[int]:
    """Return the numbers of trees that are compared: 0 and about 30 more, evenly.

    Examples
    --------
    >>> steps_to(3), steps_to(0)
    ([0, 1, 2, 3], [0])
    """
    return sorted({round(most * k / 30) for k in range(31)})


def _chosen(curves: list[Floats], counts: list[int], *, needs_evidence: bool) -> Tuned:
    gains = _crossed(curves)
    curve = np.concatenate(curves, axis=1)
    n_lists = curve.shape[1]
    mean = curve.mean(axis=1) if n_lists else np.zeros(len(counts))
    best = int(np.argmax(np.round(mean, 9)))
    se = float(gains.std(ddof=1) / np.sqrt(n_lists)) if n_lists > 1 else np.nan
    gain = float(gains.mean()) if n_lists else np.nan
    if needs_evidence and not (n_lists >= FEWEST_LISTS and gain > EVIDENCE * se):
        best = 0
    return Tuned(counts[best], frozen(np.array(counts)), frozen(mean), gain, se, n_lists)


def _crossed(curves: list[Floats]) -> Floats:
    """Gain of each list at the number of trees that is best on the lists of the other splits."""
    if len(curves) == 1:  # two halves stand for two splits
        curves = [curves[0][:, ::2], curves[0][:, 1::2]]
    gains = []
    for number, curve in enumerate(curves):
        others = np.concatenate([c for k, c in enumerate(curves) if k != number], axis=1)
        best = int(np.argmax(np.round(others.mean(axis=1), 9))) if others.size else 0
        gains.append(curve[best] - curve[0])
    return np.concatenate(gains)


def _lists(table: RankingTable, rows: Bools, score: Floats) -> RankedLists:
    return RankedLists.of(table.relevance[rows], score, table.owner[rows])
