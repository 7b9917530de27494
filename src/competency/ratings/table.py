"""From a table of ratings, long or wide, to plain columns with all their problems named."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from competency.arrays import Bools, Floats, Ints, Texts
from competency.errors import EvidenceError, Finding, Where, nearest_names

HEADER = 2
"""Row of a file in which the first row of a table stands: line 1 names the columns."""

LARGEST = 1000
"""Largest rating: a scale with more categories than this is no ordinal scale."""

_MOST_ITEMS = 32_767
# Items that can be numbered (16 bits each); a table with more has persons for items.


_PROBLEMS = {
    "not-a-number": "is not a number",
    "negative-rating": "is negative",
    "fractional-rating": "is not a whole number",
    "rating-too-large": f"is above {LARGEST}",
}


@dataclass(frozen=True, eq=False)
class Columns:
    """Names of the columns of a table of ratings; None = the usual name, or absent.

    `items` are the columns of a wide table that hold ratings; empty = all others.
    """

    person: str | None = None
    item: str | None = None
    rating: str | None = None
    assessor: str | None = None
    frequency: str | None = None
    items: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class RawRatings:
    """Ratings that are there, one element each, as written.

    Ids ascend, so that no sum depends on the order of rows; `order` lists people in the order in
    which answers about them are given: that of a wide table, or ascending. `person`, `item` and
    `assessor` are places among the ids; ratings are sorted by item, person and assessor.
    `assessor_ids` is empty when the table names none, and `frequency` belongs to people.
    """

    people: Texts
    order: Ints
    item_ids: tuple[str, ...]
    assessor_ids: Texts
    person: Ints
    item: Ints
    assessor: Ints
    rating: Ints
    frequency: Floats


def read_table(table: pd.DataFrame, columns: Columns) -> RawRatings:
    """Return the ratings of a table, or raise one `EvidenceError` with all its problems.

    A table is long (one rating a row) when it has the column of ratings, else wide (one column for
    each item). Empty cells are ratings that were not given. A column may be missing, a rating no
    whole number from 0, an assessor may have rated a person twice on one item, a frequency be no
    count.
    """
    table = as_frame(table)
    names = resolved(table, columns)
    raw = _long(table, names) if names.rating else _wide(table, names)
    findings = _bad_frequency(raw) + _too_many_items(raw)
    if findings:
        raise EvidenceError("ratings", findings)
    return raw


def as_frame(table: Any) -> pd.DataFrame:
    """Return a table as a pandas frame whose columns are named by text.

    Tables of Arrow and Polars have `to_pandas`; columns of an array of shape ``(n_persons,
    n_items)`` are named by their numbers. Anything else raises `EvidenceError`, as does a repeated
    name.

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


def _long(table: pd.DataFrame, names: Columns) -> RawRatings:
    rating, present = whole_numbers(table[names.rating], str(names.rating))
    named = table[names.person].notna().to_numpy() | present
    who: Ints = np.full(len(table), -1, np.int32)
    who[named], people = coded(table[names.person], named, str(names.person))
    item, items = coded(table[names.item], present, str(names.item))
    assessor, assessors = _assessors(table, names, present)
    row = np.flatnonzero(present)
    frequency = _frequency(table, names, who, row, len(people))
    order = np.arange(len(people))
    columns = (who[row], item, assessor, rating, frequency)
    return _in_order(RawRatings(people, order, tuple(items), assessors, *columns), row)


def _wide(table: pd.DataFrame, names: Columns) -> RawRatings:
    used = {names.person, names.assessor, names.frequency}
    items = names.items or tuple(str(name) for name in table.columns if name not in used)
    who, people, order = _wide_people(table, names)
    row, item, rating = _cells(table, items, np.argsort(who, kind="stable"))
    rated = np.bincount(row, minlength=len(table)) > 0
    frequency = _frequency(table, names, who, np.arange(len(table)), len(people))
    if names.assessor is None:  # a person has one row, and rows are in the order of persons
        assessor, assessors = _assessors(table, names, np.ones(len(row), bool))
        return RawRatings(
            people, order, items, assessors, who[row], item, assessor, rating, frequency
        )
    of_row: Ints = np.zeros(len(table), np.int32)
    of_row[rated], assessors = _assessors(table, names, rated)
    columns = (who[row], item, of_row[row], rating, frequency)
    return _in_order(RawRatings(people, order, items, assessors, *columns), row)


def _wide_people(table: pd.DataFrame, names: Columns) -> tuple[Ints, Texts, Ints]:
    """Return the person of each row, the ids, and the order in which to answer."""
    if names.person:
        who, people = coded(table[names.person], np.ones(len(table), bool), names.person)
        if names.assessor:
            return who, people, np.arange(len(people))
        _refuse_repeats(who)
        return who, people, who
    ids = np.asarray(table.index.map(str), object)
    rank = np.argsort(ids, kind="stable")
    who = np.empty(len(ids), np.int32)
    who[rank] = np.arange(len(ids))
    return who, ids[rank], who


def _cells(table: pd.DataFrame, items: tuple[str, ...], rows: Ints) -> tuple[Ints, Ints, Ints]:
    """Return row, item and rating of every cell that is not empty: by item, then as in `rows`."""
    if not items:
        hint = "name the columns that hold ratings with items="
        message = "the table has no column of ratings"
        raise EvidenceError("ratings", [Finding("no-ratings", message, hint=hint)])
    most = len(table) * len(items)
    row, item, rating = np.empty(most, np.int32), np.empty(most, np.int16), np.empty(most, np.int16)
    findings: list[Finding] = []
    count = 0
    for number, name in enumerate(items):
        try:
            values, present = whole_numbers(table[name], name)
        except EvidenceError as error:
            findings += error.findings
            continue
        everywhere: Ints = np.zeros(len(table), np.int16)
        everywhere[present] = values
        mine = rows[present[rows]]
        part = slice(count, count + len(mine))
        row[part], item[part], rating[part] = mine, number, everywhere[mine]
        count += len(mine)
    if findings:
        raise EvidenceError("ratings", findings)
    return row[:count], item[:count], rating[:count]


def _frequency(table: pd.DataFrame, names: Columns, who: Ints, rows: Ints, n_people: int) -> Floats:
    """How often each person counts; NaN where their rows do not agree."""
    frequency = np.ones(n_people)
    if names.frequency:
        values = pd.to_numeric(table[names.frequency], errors="coerce")
        given = values.to_numpy(np.float64, na_value=np.nan)[rows]
        frequency[who[rows]] = given
        frequency[who[rows][given != frequency[who[rows]]]] = np.nan
    return frequency


def _assessors(table: pd.DataFrame, names: Columns, used: Bools) -> tuple[Ints, Texts]:
    if names.assessor is None:
        return np.zeros(int(used.sum()), np.int8), np.empty(0, object)
    return coded(table[names.assessor], used, names.assessor)


def _in_order(raw: RawRatings, row: Ints) -> RawRatings:
    """Return the ratings by item, person and assessor; refuse what was rated twice."""
    place = raw.item.astype(np.int64) * len(raw.people) + raw.person
    key = place * max(len(raw.assessor_ids), 1) + raw.assessor
    order = np.argsort(key, kind="stable")
    key = key[order]
    again = np.flatnonzero(key[1:] == key[:-1]) + 1
    if len(again):
        _refuse_duplicates(row[order[again]])
    names = ("person", "item", "assessor", "rating")
    return replace(raw, **{name: getattr(raw, name)[order] for name in names})


def _refuse_duplicates(row: Ints) -> None:
    rows = ", ".join(str(number + HEADER) for number in np.unique(row)[:5])
    message = f"{len(row)} ratings of one assessor of one person on one item are there again"
    where, hint = Where(row=int(row.min()) + HEADER), f"keep one of each; see rows {rows}"
    finding = Finding("duplicate-rating", message, where=where, hint=hint)
    raise EvidenceError("ratings", [finding])


def _refuse_repeats(who: Ints) -> None:
    again = np.flatnonzero(pd.Series(who).duplicated().to_numpy())
    if len(again):
        hint = "name the column of assessors, or keep one row for each person"
        message = f"{len(again)} rows repeat a person"
        where = Where(row=int(again[0]) + HEADER)
        finding = Finding("duplicate-rating", message, where=where, hint=hint)
        raise EvidenceError("ratings", [finding])


def _bad_frequency(raw: RawRatings) -> list[Finding]:
    legal = np.isfinite(raw.frequency) & (raw.frequency >= 0)
    if legal.all() and (raw.frequency.sum() > 0 or len(legal) == 0):
        return []
    message = (
        "a frequency is negative or no number, differs between rows of one person, or all are 0"
    )
    return [
        Finding("bad-frequency", message, hint="say how often each person or pattern was observed")
    ]


def _too_many_items(raw: RawRatings) -> list[Finding]:
    if len(raw.item_ids) <= _MOST_ITEMS:
        return []
    message = f"the table has {len(raw.item_ids)} items; {_MOST_ITEMS} are possible"
    return [Finding("too-many-items", message, hint="check which column names items")]


def whole_numbers(column: pd.Series[Any], name: str) -> tuple[Ints, Bools]:
    """Return the ratings that are there, int16 ``(n_there,)``, and where, bool ``(n_rows,)``.

    A column holds numbers, texts of numbers, or words as an ordered categorical, whose categories
    then count from 0. `EvidenceError` names all problems of the column.

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
    """Return the number of each id that is used, int32 ``(n_used,)``, and the ids, ascending.

    An empty id raises `EvidenceError`.
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
