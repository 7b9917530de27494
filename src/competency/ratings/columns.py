"""Tables of ratings of any make, and the names of their columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from competency.errors import EvidenceError, Finding, nearest_names


@dataclass(frozen=True, eq=False)
class Columns:
    """Names of the columns of a table of ratings; None = the usual name, or absent.

    Parameters
    ----------
    person, item, rating, assessor, frequency : str or None
    items : tuple of str
        Columns of a wide table that hold ratings; empty = all others.
    """

    person: str | None = None
    item: str | None = None
    rating: str | None = None
    assessor: str | None = None
    frequency: str | None = None
    items: tuple[str, ...] = ()


def as_frame(table: Any) -> pd.DataFrame:
    """Return a table as a pandas frame whose columns are named by text.

    Parameters
    ----------
    table : DataFrame, or what has `to_pandas`, or array of shape (n_persons, n_items)
        Such as a table of Arrow or Polars; columns of an array are named by their numbers.

    Returns
    -------
    DataFrame

    Raises
    ------
    EvidenceError
        It is none of these, or two columns have one name.

    Examples
    --------
    >>> as_frame(np.zeros((2, 3))).columns.tolist()
    ['0', '1', '2']
    >>> as_frame("ratings.csv")
    Traceback (most recent call last):
    competency.errors.EvidenceError: ratings: 1 problem
      ratings are no table but of type str. Hint: give a DataFrame, for instance of pandas.read_csv
    """
    if isinstance(table, np.ndarray) and table.ndim == 2:
        table = pd.DataFrame(table)
    elif hasattr(table, "to_pandas"):
        table = table.to_pandas()
    if not isinstance(table, pd.DataFrame):
        message = f"ratings are no table but of type {type(table).__name__}"
        hint = "give a DataFrame, for instance of pandas.read_csv"
        raise EvidenceError("ratings", [Finding("not-a-table", message, hint=hint)])
    frame = table.set_axis(table.columns.map(str), axis=1)
    if not frame.columns.is_unique:
        again = sorted(set(frame.columns[frame.columns.duplicated()]))
        message = f"columns {again[:5]} are there more than once"
        raise EvidenceError("ratings", [Finding("repeated-column", message, hint="rename them")])
    return frame


def resolved(table: pd.DataFrame, columns: Columns) -> Columns:
    """Return the columns with those found that were not named; refuse names that are not there.

    Usual names are found in capitals too.

    Parameters
    ----------
    table : DataFrame
    columns : Columns

    Returns
    -------
    Columns

    Raises
    ------
    EvidenceError
        With every name that is not there.
    """
    present = list(as_frame(table).columns)
    spelled = {name.casefold(): name for name in reversed(present)} | {n: n for n in present}
    given = [columns.person, columns.item, columns.rating, columns.assessor, columns.frequency]
    missing = [name for name in (*given, *columns.items) if name and name not in present]
    long = columns.rating is not None or (not columns.items and "rating" in spelled)

    def found(name: str | None, *usual: str) -> str | None:
        return name or next((spelled[word] for word in usual if word in spelled), None)

    names = Columns(
        found(columns.person, "person"),
        found(columns.item, "item", "criterion") if long else None,
        found(columns.rating, "rating") if long else None,
        found(columns.assessor, "assessor", "rater"),
        found(columns.frequency, "frequency"),
        tuple(columns.items),
    )
    if long:
        needed = {"person": names.person, "item": names.item}
        missing += [word for word, name in needed.items() if name is None]
    if missing:
        raise EvidenceError("ratings", [_no_column(name, present) for name in missing])
    return names


def _no_column(name: str, present: list[str]) -> Finding:
    return Finding(
        "no-column",
        f"there is no column {name!r}",
        nearest=nearest_names(name, present),
        hint="name the columns with person=, item=, rating=, assessor= and frequency=",
    )
