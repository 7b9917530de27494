"""Groups of decisions and of officers: cold starts, small units, each beside all the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.ranking.evaluate.compare import enough, measured_lists
from competency.ranking.evaluate.intervals import DRAWS, cluster_means
from competency.stats import critical_value, holm, two_sided

if TYPE_CHECKING:
    from competency.arrays import Bools
    from competency.evidence.table import Evidence
    from competency.ranking.decisions import DecisionDay
    from competency.ranking.evaluate.backtest import Backtest

GROUP_MEASURES = ("closed_per_20_hours", "uptake_ndcg@5", "epc")
"""What groups are compared in: what their lists are expected to close, how well they imitate past
practice, and how far they stray from what everybody takes."""

BANDS = (10, 50)
"""Officers from which a unit is called middling, and large (chosen by the project)."""


def groups_table(
    backtest: Backtest, ranker: str, groups: pd.DataFrame, *, draws: int = DRAWS
) -> pd.DataFrame:
    """Return the mean of each group of officers beside that of all others, for one ranker.

    Parameters
    ----------
    backtest : Backtest
    ranker : str
    groups : DataFrame
        Column officer, and one column for each grouping; a missing value belongs to no group.
    draws : int

    Returns
    -------
    DataFrame
        Columns slice, value, measure, mean, others, difference, se, lower, upper, n_lists,
        n_officers, p and p_holm (over all rows together). A group of fewer than five officers is
        left out, and so is one that leaves fewer than five others.

    Notes
    -----
    Groups also differ in what they need: a difference is a question, not yet unfairness.
    """
    lists = measured_lists(backtest, ranker)
    rows = []
    for name in groups.columns.drop("officer"):
        value = groups.dropna(subset=[name]).set_index("officer")[name]
        label = lists["officer"].map(value)
        known = lists[label.notna()]
        for own in sorted(label.dropna().unique()):
            inside = label[known.index] == own
            n_officers = known.loc[inside, "officer"].nunique()
            if enough(n_officers, known["officer"].nunique()) and not inside.all():
                labels = {"slice": name, "value": str(own), "n_officers": n_officers}
                rows.append(_beside_others(known, inside, draws).assign(**labels))
    columns = [
        "slice", "value", "measure", "mean", "others", "difference", "se", "lower", "upper",
        "n_lists", "n_officers", "p",
    ]  # fmt: skip
    table = pd.concat(rows, ignore_index=True)[columns] if rows else pd.DataFrame(columns=columns)
    return table.assign(p_holm=holm(table["p"].to_numpy(np.float64)))


def officer_groups(evidence: Evidence, given: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the groups that the table of officers defines, and those given beside it.

    Parameters
    ----------
    evidence : Evidence
    given : DataFrame, optional
        Column officer, and one column for each grouping.

    Returns
    -------
    DataFrame
        Columns officer, region, position, unit size (small: fewer than 10 officers, middling:
        fewer than 50, large), and those of `given`, which win where a name is the same.
    """
    officers = evidence.officers
    size = officers.groupby("unit")["officer"].transform("size").to_numpy()
    band = np.select([size < BANDS[0], size < BANDS[1]], ["small", "middling"], "large")
    table = pd.DataFrame(
        {
            "officer": officers["officer"],
            "region": officers["region"],
            "position": officers["position"],
            "unit size": np.where(officers["unit"] != "", band, ""),
        }
    ).replace("", np.nan)
    if given is None:
        return table
    own = table.drop(columns=given.columns.drop("officer"), errors="ignore")
    return own.merge(given, on="officer", how="left", validate="one_to_one")


def _beside_others(lists: pd.DataFrame, inside: pd.Series, draws: int) -> pd.DataFrame:
    ours, others = (
        cluster_means(
            part[list(GROUP_MEASURES)].to_numpy(np.float64), part["officer"].tolist(), draws=draws
        )
        for part in (lists[inside], lists[~inside])
    )
    difference = ours.mean - others.mean
    # Different officers are in the two groups, so that their errors are independent.
    se = np.sqrt(ours.se**2 + others.se**2)
    return pd.DataFrame(
        {
            "measure": GROUP_MEASURES,
            "mean": ours.mean,
            "others": others.mean,
            "difference": difference,
            "se": se,
            "lower": difference - critical_value() * se,
            "upper": difference + critical_value() * se,
            "n_lists": ours.n_lists,
            "p": two_sided(difference, se),
        }
    )


SMALL_UNIT = 10
"""Officers of a unit who decided on one day, below whom it is small (chosen by the project)."""


def slices_of(backtest: Backtest, groups: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return which decisions belong to which slice: cold starts, and groups of officers.

    Parameters
    ----------
    backtest : Backtest
    groups : DataFrame, optional
        Column officer, and one column for each grouping (sex, age band, rank, region, size of the
        unit, ...). They are used here and nowhere else: no ranker sees them.

    Returns
    -------
    DataFrame
        Columns day, officer, slice, value. Slices: ``history`` (none, some), ``assessed`` (never,
        ever), ``unit`` (small: fewer than ten officers who decided; large), ``new training`` (took
        one that nobody completed before: yes, no), ``new competency`` (took one that develops what
        nobody who decided was ever assessed in: yes, no), and the columns of `groups`.
    """
    first = next(iter(backtest.days.values()))
    table = pd.concat([_slices_of_day(day) for day, _ in first], ignore_index=True)
    if groups is None:
        return table
    long = groups.melt("officer", var_name="slice", value_name="value").dropna()
    decided = table[["day", "officer"]].drop_duplicates()
    given = decided.merge(long, on="officer", validate="many_to_many")
    return pd.concat([table, given], ignore_index=True)


def _slices_of_day(day: DecisionDay) -> pd.DataFrame:
    roster = day.gaps.levels.roster
    done = day.history.loc[day.history["status"] == "completed"]
    unit_size = pd.Series(roster.unit).groupby(roster.unit).transform("size").to_numpy()
    fresh = ~np.isin(day.gaps.levels.framework.index.training_ids, done["training"].unique())
    known = {
        "history": np.where(np.isin(roster.officer_ids, done["officer"]), "some", "none"),
        "assessed": np.where(day.gaps.known.any(axis=1), "ever", "never"),
        "unit": np.where(unit_size < SMALL_UNIT, "small", "large"),
        "new training": _took(day, fresh),
        "new competency": _took(day, _develops_new(day)),
    }
    parts = [
        pd.DataFrame({"day": day.day, "officer": roster.officer_ids, "slice": name, "value": value})
        for name, value in known.items()
    ]
    return pd.concat(parts, ignore_index=True)


def _took(day: DecisionDay, trainings: Bools) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    return np.where((day.taken & trainings).any(axis=1), "yes", "no")


def _develops_new(day: DecisionDay) -> Bools:
    """Trainings that develop a competency in which nobody who decided was ever assessed."""
    index = day.gaps.levels.framework.index
    new = np.asarray(~day.gaps.known.any(axis=0))
    found = np.zeros(len(index.training_ids), bool)
    found[index.develops.training[new[index.develops.competency]]] = True
    return found
