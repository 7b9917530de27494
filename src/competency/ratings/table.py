"""From a table of ratings, long or wide, to plain columns with all their problems named."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from competency.arrays import Bools, Floats, Ints, Texts
from competency.errors import EvidenceError, Finding, Where
from competency.ratings.columns import Columns, as_frame, resolved
from competency.ratings.entries import HEADER, coded, whole_numbers

_MOST_ITEMS = 32_767
# Items that are told apart (16 bits each); a table with more has persons for items.


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
    table = as_frame(table)
    names = resolved(table, columns)
    raw = _long(table, names) if names.rating else _wide(table, names)
    findings = _bad_frequency(raw) + _too_many_items(raw)
    if findings:
        raise EvidenceError("ratings", findings)
    return raw


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
        told = values.to_numpy(np.float64, na_value=np.nan)[rows]
        frequency[who[rows]] = told
        frequency[who[rows][told != frequency[who[rows]]]] = np.nan
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
    return [Finding("bad-frequency", message, hint="say how often each person or pattern was seen")]


def _too_many_items(raw: RawRatings) -> list[Finding]:
    if len(raw.item_ids) <= _MOST_ITEMS:
        return []
    message = f"the table has {len(raw.item_ids)} items; {_MOST_ITEMS} can be told apart"
    return [Finding("too-many-items", message, hint="check which column names items")]
