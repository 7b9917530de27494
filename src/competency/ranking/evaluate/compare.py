"""Rankers side by side: means with intervals, and paired differences by slice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.ranking.evaluate.intervals import DRAWS, Estimates, cluster_means
from competency.stats import holm

if TYPE_CHECKING:
    from competency.arrays import Floats
    from competency.ranking.evaluate.backtest import Backtest

MEASURES = (
    "closed_per_20_hours", "closed_per_million", "uptake_ndcg@3", "uptake_ndcg@5", "uptake_ndcg@10",
    "uptake_recall@5", "uptake_hit@5", "uptake_map@10", "uptake_mrr", "novelty", "epc",
    "redundancy", "stability",
)  # fmt: skip
"""Measures of a decision that are averaged."""

MINIMUM_GROUP = 5
"""Officers below whom a slice is not shown (as in the roll-ups of gaps)."""

_KEYS = ["cutoff", "day", "officer"]


def means_table(backtest: Backtest, *, draws: int = DRAWS) -> pd.DataFrame:
    """Return the mean of every measure for every ranker, with its interval and its numbers.

    Parameters
    ----------
    backtest : Backtest
    draws : int

    Returns
    -------
    DataFrame
        Columns ranker, measure, mean, se, lower, upper, n_lists, n_clusters; clusters are officers
        (for ``benefit_ndcg@10``: lists).
    """
    rows = []
    for name, lists in backtest.lists.groupby("ranker", sort=False):
        table = _measured(lists)
        found = cluster_means(*_table_of(table), draws=draws)
        rows.append(_rows(found, MEASURES, ranker=name))
    for name in backtest.days:  # those without a list too: nothing measured is said, not left out
        lists = backtest.benefit_lists[backtest.benefit_lists["ranker"] == name]
        values = lists["benefit_ndcg@10"].to_numpy(np.float64)
        found = cluster_means(values, np.arange(len(values)), draws=draws)
        rows.append(_rows(found, ("benefit_ndcg@10",), ranker=name))
    return pd.concat(rows, ignore_index=True)


def differences_table(
    backtest: Backtest, ranker: str, *, against: Sequence[str] = (), draws: int = DRAWS,
    slices: pd.DataFrame | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return paired differences of a ranker to others, on the same decisions.

    Parameters
    ----------
    backtest : Backtest
    ranker : str
    against : sequence of str
        Default: every other ranker.
    draws : int
    slices : DataFrame, optional
        Columns day, officer, slice and value (:func:`slices_of`): differences within each too.

    Returns
    -------
    DataFrame
        Columns slice, value, ranker, against, measure, mean, se, lower, upper, n_lists,
        n_clusters, p and p_holm. `p_holm` holds over all measures and slices beside one other
        ranker (Holm). Slices of fewer than `MINIMUM_GROUP` officers are left out, and those that
        leave out so few that a difference would reveal them.
    """
    names = against or [name for name in backtest.days if name != ranker]
    ours = _indexed(backtest, ranker)
    rows = []
    for other in names:
        difference = ours[list(MEASURES)] - _indexed(backtest, other)[list(MEASURES)]
        table = difference.reset_index()
        for (kind, value), part in _sliced(table, slices):
            found = cluster_means(*_table_of(part), draws=draws)
            rows.append(_rows(found, MEASURES, slice=kind, value=value, against=other))
        rows.append(_benefit_difference(backtest, ranker, other, draws))
    table = pd.concat(rows, ignore_index=True)
    table.insert(2, "ranker", ranker)
    table["p_holm"] = table.groupby("against")["p"].transform(lambda p: holm(p.to_numpy()))
    return table


def enough(inside: int, all_together: int) -> bool:
    """Return whether a group may be shown: it and what it leaves out are nobody, or not few.

    `inside`, `all_together`: officers.

    Examples
    --------
    >>> enough(5, 5), enough(4, 100), enough(97, 100)
    (True, False, False)
    """
    outside = all_together - inside
    return inside >= MINIMUM_GROUP and (outside <= 0 or outside >= MINIMUM_GROUP)


def _measured(lists: pd.DataFrame) -> pd.DataFrame:
    """The rates beside the measures; NaN where a list takes no hours or money."""
    hours, cost = lists["hours"], lists["cost"]
    return lists.assign(
        closed_per_20_hours=20 * lists["closed"] / hours.where(hours > 0),
        closed_per_million=1e6 * lists["closed"] / cost.where(cost > 0),
    )


def _table_of(rows: pd.DataFrame) -> tuple[Floats, list[str]]:
    return rows[list(MEASURES)].to_numpy(np.float64), rows["officer"].tolist()


def measured_lists(backtest: Backtest, ranker: str) -> pd.DataFrame:
    """Return the decisions of one ranker with all of `MEASURES`."""
    return _measured(backtest.lists[backtest.lists["ranker"] == ranker])


def _indexed(backtest: Backtest, ranker: str) -> pd.DataFrame:
    return measured_lists(backtest, ranker).set_index(_KEYS)


def _sliced(
    table: pd.DataFrame, slices: pd.DataFrame | None
) -> list[tuple[tuple[str, str], pd.DataFrame]]:
    parts = [(("all", ""), table)]
    if slices is None:
        return parts
    for (kind, value), rows in slices.groupby(["slice", "value"], sort=True):
        part = table.merge(rows[["day", "officer"]], on=["day", "officer"], validate="many_to_one")
        if enough(part["officer"].nunique(), table["officer"].nunique()):
            parts.append(((str(kind), str(value)), part))
    return parts


def _benefit_difference(backtest: Backtest, ranker: str, other: str, draws: int) -> pd.DataFrame:
    keys = ["cutoff", "day", "position"]
    table = backtest.benefit_lists.set_index(["ranker", *keys])["benefit_ndcg@10"]
    pair = [table.xs(name) if name in table.index else table.iloc[:0] for name in (ranker, other)]
    difference = (pair[0] - pair[1]).to_numpy(np.float64)
    found = cluster_means(difference, np.arange(len(difference)), draws=draws)
    return _rows(found, ("benefit_ndcg@10",), slice="all", value="", against=other)


def _rows(found: Estimates, measures: Sequence[str], **labels: object) -> pd.DataFrame:
    return pd.DataFrame(
        {
            **labels,
            "measure": list(measures),
            "mean": found.mean,
            "se": found.se,
            "lower": found.lower,
            "upper": found.upper,
            "n_lists": found.n_lists,
            "n_clusters": found.n_clusters,
            "p": found.p_value,
        }
    )
