"""Cells of a table of ratings: whole numbers and ids, with everything that is wrong with them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from competency.arrays import Bools, Ints, Texts
from competency.errors import EvidenceError, Finding, Where

HEADER = 2
"""Row of a file in which the first row of a table stands: line 1 names the columns."""

LARGEST = 1000
"""Largest rating: a scale with more categories than this is no ordinal scale."""

_PROBLEMS = {
    "not-a-number": "is not a number",
    "negative-rating": "is negative",
    "fractional-rating": "is not a whole number",
    "rating-too-large": f"is above {LARGEST}",
}


def whole_numbers(column: pd.Series[Any], name: str) -> tuple[Ints, Bools]:
    """Return the ratings that are there as whole numbers, and where they are.

    Parameters
    ----------
    column : Series
        Numbers, or texts of numbers; words only as an ordered categorical, whose categories
        then count from 0.
    name : str

    Returns
    -------
    rating : int16, shape (n_there,)
    there : bool, shape (n_rows,)

    Raises
    ------
    EvidenceError
        With all problems of the column.

    Examples
    --------
    >>> rating, there = whole_numbers(pd.Series(["2", None, "0"]), "q1")
    >>> rating.tolist(), there.tolist()
    ([2, 0], [True, False, True])
    >>> words = pd.Categorical(["low", "high"], ["low", "high"], ordered=True)
    >>> whole_numbers(pd.Series(words), "q1")[0].tolist()
    [0, 1]
    """
    there = column.notna().to_numpy()
    numbers = _numbers(column)
    if column.dtype == object or pd.api.types.is_string_dtype(column):
        there = there & (column.astype("str").str.strip() != "").to_numpy()
    values = numbers.to_numpy(np.float64, na_value=np.nan)[there]
    with np.errstate(invalid="ignore"):
        problems = {
            "not-a-number": ~np.isfinite(values),
            "negative-rating": values < 0,
            "fractional-rating": np.isfinite(values) & (values != np.floor(values)),
            "rating-too-large": np.isfinite(values) & (values > LARGEST),
        }
    rows = np.flatnonzero(there)
    findings = [_bad(code, name, rows[bad]) for code, bad in problems.items() if bad.any()]
    if findings:
        raise EvidenceError("ratings", findings)
    return values.astype(np.int16), there


def _numbers(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column as numbers; NaN where it holds none."""
    if pd.api.types.is_complex_dtype(column):
        return pd.Series(np.nan, column.index)
    if pd.api.types.is_numeric_dtype(column):
        return column
    written = pd.to_numeric(column.astype("str").str.strip(), errors="coerce")
    ordered = isinstance(column.dtype, pd.CategoricalDtype) and column.dtype.ordered
    if ordered and written[column.notna()].isna().any():
        return column.cat.codes
    return written


def coded(column: pd.Series[Any], used: Bools, name: str) -> tuple[Ints, Texts]:
    """Return the number of each id that is used, and the ids, ascending.

    Parameters
    ----------
    column : Series
    used : bool, shape (n_rows,)
    name : str

    Returns
    -------
    codes : int32, shape (n_used,)
    ids : object array, shape (n_ids,)

    Raises
    ------
    EvidenceError
        An id is empty.
    """
    empty = column.isna().to_numpy() & used
    if empty.any():
        shown, where = _rows(np.flatnonzero(empty))
        message = f"column {name!r} is empty where a rating is given in rows {shown}"
        hint = "write who rated what of whom, or leave the rating out"
        raise EvidenceError("ratings", [Finding("no-id", message, where=where, hint=hint)])
    codes, ids = pd.factorize(column[used].astype("str"), sort=True)
    return codes.astype(np.int32), np.asarray(ids, object)


def _bad(code: str, column: str, rows: Ints) -> Finding:
    shown, where = _rows(rows)
    hint = "ratings are whole numbers from 0; leave a cell empty where none was given"
    if code == "not-a-number":
        hint += (
            "; words can be an ordered pandas.Categorical; name the columns of a wide table that "
            "hold ratings with items="
        )
    message = f"column {column!r} {_PROBLEMS[code]} in rows {shown}"
    return Finding(code, message, where=where, hint=hint)


def _rows(rows: Ints) -> tuple[str, Where]:
    shown = ", ".join(str(row + HEADER) for row in rows[:5])
    more = f" and {len(rows) - 5} more" if len(rows) > 5 else ""
    return shown + more, Where(row=int(rows[0]) + HEADER)
