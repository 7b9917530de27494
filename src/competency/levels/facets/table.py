"""From a table of ratings, long or wide, to plain columns with all their problems named."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from competency.arrays import Bools, Floats, Ints, Texts
from competency.errors import EvidenceError, Finding, Where, nearest_names

_HEADER = 2
# Row of a file in which the first row of a table stands: line 1 names the columns.
LARGEST = 1000
"""Largest rating: a scale with more categories than this is no ordinal scale."""

_MOST_ITEMS = 32_767
# Items that are told apart (16 bits each); a table with more has persons for items.


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


@dataclass(frozen=True, eq=False)
class RawRatings:
    """Ratings that are there, one element each.

    Parameters
    ----------
    people : object array, shape (n_people,)
        Ids, ascending, so that no sum depends on the order of rows.
    order : Ints, shape (n_people,)
        Elements of `people` in the order in which answers about them are given: that of a wide
        table, or ascending.
    item_ids : tuple of str
    assessor_ids : object array, shape (n_assessors,)
        Empty when the table names none.
    person, item, assessor : Ints, shape (n_ratings,)
        Elements of the above; sorted by item, person and assessor whatever the order of rows.
    rating : Ints, shape (n_ratings,)
        As written.
    row : Ints, shape (n_ratings,)
        Row of the table, from 0.
    frequency : float64, shape (n_people,)
    """

    people: Texts
    order: Ints
    item_ids: tuple[str, ...]
    assessor_ids: Texts
    person: Ints
    item: Ints
    assessor: Ints
    rating: Ints
    row: Ints
    frequency: Floats


def read_table(table: pd.DataFrame, columns: Columns) -> RawRatings:
    """Return the ratings of a table.

    Parameters
    ----------
    table : DataFrame
        Long (one rating a row) when it has the column of ratings, else wide (one column for
        each item). Empty cells are ratings that were not given.
    columns : Columns

    Returns
    -------
    RawRatings

    Raises
    ------
    EvidenceError
        A column is missing, a rating is no whole number from 0, an assessor rated a person twice
        on one item, or a frequency is no count. All problems are in ``findings``.
    """
    table = table.set_axis(table.columns.map(str), axis=1)
    if not table.columns.is_unique:
        again = sorted(set(table.columns[table.columns.duplicated()]))
        message = f"columns {again[:5]} are there more than once"
        raise EvidenceError("ratings", [Finding("repeated-column", message, hint="rename them")])
    names = resolved(table, columns)
    raw = _long(table, names) if names.rating else _wide(table, names)
    findings = _duplicates(raw) + _bad_frequency(raw) + _too_many_items(raw)
    if findings:
        raise EvidenceError("ratings", findings)
    return raw


def resolved(table: pd.DataFrame, columns: Columns) -> Columns:
    """Return the columns with those found that were not named; refuse names that are not there.

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
    present = [str(name) for name in table.columns]
    given = [columns.person, columns.item, columns.rating, columns.assessor, columns.frequency]
    missing = [name for name in (*given, *columns.items) if name and name not in present]
    long = columns.rating is not None or (not columns.items and "rating" in present)

    def found(name: str | None, *usual: str) -> str | None:
        return name or next((word for word in usual if word in present), None)

    names = Columns(
        found(columns.person, "person"),
        found(columns.item, "item", "criterion") if long else None,
        found(columns.rating, "rating") if long else None,
        found(columns.assessor, "assessor", "rater"),
        found(columns.frequency, "frequency"),
        columns.items,
    )
    if long:
        needed = {"person": names.person, "item": names.item}
        missing += [word for word, name in needed.items() if name is None]
    if missing:
        raise EvidenceError("ratings", [_no_column(name, present) for name in missing])
    return names


def _long(table: pd.DataFrame, names: Columns) -> RawRatings:
    rating, present = _whole_numbers(table[names.rating], str(names.rating))
    named = table[names.person].notna().to_numpy() | present
    who: Ints = np.full(len(table), -1, np.int32)
    who[named], people = _coded(table[names.person], named, str(names.person))
    item, items = _coded(table[names.item], present, str(names.item))
    assessor, assessors = _assessors(table, names, present)
    row = np.flatnonzero(present)
    frequency = _frequency(table, names, who, row, len(people))
    columns = (who[row], item, assessor, rating, row)
    order = np.arange(len(people))
    return _in_order(RawRatings(people, order, tuple(items), assessors, *columns, frequency))


def _wide(table: pd.DataFrame, names: Columns) -> RawRatings:
    used = {names.person, names.assessor, names.frequency}
    items = names.items or tuple(str(name) for name in table.columns if name not in used)
    who, people, order = _wide_people(table, names)
    row, item, rating = _cells(table, items, np.argsort(who, kind="stable"))
    rated = np.bincount(row, minlength=len(table)) > 0
    assessor: Ints = np.zeros(len(table), np.int32)
    assessor[rated], assessors = _assessors(table, names, rated)
    frequency = _frequency(table, names, who, np.arange(len(table)), len(people))
    columns = (who[row], item, assessor[row], rating, row)
    raw = RawRatings(people, order, items, assessors, *columns, frequency)
    return _in_order(raw) if len(assessors) else raw


def _wide_people(table: pd.DataFrame, names: Columns) -> tuple[Ints, Texts, Ints]:
    """Return the person of each row, the ids, and the order in which to answer."""
    if names.person:
        who, people = _coded(table[names.person], np.ones(len(table), bool), names.person)
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
    parts: list[tuple[Ints, Ints, Ints]] = []
    findings: list[Finding] = []
    for number, name in enumerate(items):
        try:
            rating, present = _whole_numbers(table[name], name)
        except EvidenceError as error:
            findings += error.findings
            continue
        row = rows[present[rows]].astype(np.int32)
        everywhere: Ints = np.zeros(len(table), np.int16)
        everywhere[present] = rating
        parts.append((row, np.full(len(row), number, np.int16), everywhere[row]))
    if findings:
        raise EvidenceError("ratings", findings)
    if not parts:
        hint = "name the columns that hold ratings with items="
        raise EvidenceError(
            "ratings", [Finding("no-ratings", "the table has no column of ratings", hint=hint)]
        )
    row, item, rating = (np.concatenate(part) for part in zip(*parts, strict=True))
    return row, item, rating


def _frequency(table: pd.DataFrame, names: Columns, who: Ints, rows: Ints, n_people: int) -> Floats:
    """How often each person counts; NaN where their rows do not agree."""
    frequency = np.ones(n_people)
    if names.frequency:
        values = pd.to_numeric(table[names.frequency], errors="coerce")
        told = values.to_numpy(np.float64, na_value=np.nan)[rows]
        frequency[who[rows]] = told
        frequency[who[rows][told != frequency[who[rows]]]] = np.nan
    return frequency


def _key(raw: RawRatings) -> Ints:
    """Item, person and assessor of each rating as one number."""
    place = raw.item.astype(np.int64) * len(raw.people) + raw.person
    return np.asarray(place * max(len(raw.assessor_ids), 1) + raw.assessor)


def _in_order(raw: RawRatings) -> RawRatings:
    order = np.argsort(_key(raw), kind="stable")
    names = ("person", "item", "assessor", "rating", "row")
    return replace(raw, **{name: getattr(raw, name)[order] for name in names})


def _whole_numbers(column: pd.Series[Any], name: str) -> tuple[Ints, Bools]:
    """Return the ratings that are there as whole numbers, and where they are."""
    there = column.notna().to_numpy()
    if not pd.api.types.is_numeric_dtype(column):
        text = column.astype("str").str.strip()
        there = there & (text != "").to_numpy()
        column = pd.to_numeric(text, errors="coerce")
    values = column.to_numpy(np.float64, na_value=np.nan)[there]
    rows = np.flatnonzero(there)
    with np.errstate(invalid="ignore"):
        problems = {
            "not-a-number": ~np.isfinite(values),
            "negative-rating": values < 0,
            "fractional-rating": np.isfinite(values) & (values != np.floor(values)),
            "rating-too-large": np.isfinite(values) & (values > LARGEST),
        }
    findings = [_bad_cells(code, name, rows[bad]) for code, bad in problems.items() if bad.any()]
    if findings:
        raise EvidenceError("ratings", findings)
    return values.astype(np.int16), there


def _coded(column: pd.Series[Any], used: Bools, name: str) -> tuple[Ints, Texts]:
    empty = column.isna().to_numpy() & used
    if empty.any():
        raise EvidenceError("ratings", [_bad_cells("no-id", name, np.flatnonzero(empty))])
    codes, ids = pd.factorize(column[used].astype("str"), sort=True)
    return codes.astype(np.int32), np.asarray(ids, object)


def _assessors(table: pd.DataFrame, names: Columns, used: Bools) -> tuple[Ints, Texts]:
    if names.assessor is None:
        return np.zeros(int(used.sum()), np.int32), np.empty(0, object)
    return _coded(table[names.assessor], used, names.assessor)


def _duplicates(raw: RawRatings) -> list[Finding]:
    again = raw.row[1:][np.diff(_key(raw)) == 0]
    if len(again) == 0:
        return []
    rows = ", ".join(str(row + _HEADER) for row in np.unique(again)[:5])
    message = f"{len(again)} ratings of one assessor of one person on one item are there again"
    hint = f"keep one of each; see rows {rows}"
    where = Where(row=int(again.min()) + _HEADER)
    return [Finding("duplicate-rating", message, where=where, hint=hint)]


def _bad_frequency(raw: RawRatings) -> list[Finding]:
    legal = np.isfinite(raw.frequency) & (raw.frequency >= 0)
    if legal.all() and (raw.frequency.sum() > 0 or len(legal) == 0):
        return []
    message = (
        "a frequency is negative or no number, differs between rows of one person, or all are 0"
    )
    return [Finding("bad-frequency", message, hint="say how often each person or pattern was seen")]


def _too_many_items(raw: RawRatings) -> list[Finding]:
    if len(raw.item_ids) <= _MOST_ITEMS:
        return []
    message = f"the table has {len(raw.item_ids)} items; {_MOST_ITEMS} can be told apart"
    return [Finding("too-many-items", message, hint="check which column names items")]


def _refuse_repeats(who: Ints) -> None:
    again = np.flatnonzero(pd.Series(who).duplicated().to_numpy())
    if len(again):
        hint = "name the column of assessors, or keep one row for each person"
        message = f"{len(again)} rows repeat a person"
        where = Where(row=int(again[0]) + _HEADER)
        raise EvidenceError(
            "ratings", [Finding("duplicate-rating", message, where=where, hint=hint)]
        )


def _no_column(name: str, present: list[str]) -> Finding:
    return Finding(
        "no-column",
        f"there is no column {name!r}",
        nearest=nearest_names(name, present),
        hint="name the columns with person=, item=, rating=, assessor= and frequency=",
    )


def _bad_cells(code: str, column: str, rows: Ints) -> Finding:
    words = {
        "not-a-number": "is not a number",
        "negative-rating": "is negative",
        "fractional-rating": "is not a whole number",
        "rating-too-large": f"is above {LARGEST}",
        "no-id": "is empty where a rating is given",
    }
    shown = ", ".join(str(row + _HEADER) for row in rows[:5])
    more = f" and {len(rows) - 5} more" if len(rows) > 5 else ""
    return Finding(
        code,
        f"column {column!r} {words[code]} in rows {shown}{more}",
        where=Where(row=int(rows[0]) + _HEADER),
        hint="ratings are whole numbers from 0; leave a cell empty where none was given",
    )
