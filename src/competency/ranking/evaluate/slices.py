"""Which decisions belong together: cold starts, small units, and groups of officers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from competency.arrays import Bools
    from competency.ranking.decisions import DecisionDay
    from competency.ranking.evaluate.backtest import Backtest

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
