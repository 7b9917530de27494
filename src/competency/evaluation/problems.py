"""Everything that is wrong with the columns of a table, and how its cells are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.errors import Finding, InputError, nearest_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from competency.arrays import Floats
    from competency.evaluation.roles import Roles

MOST_CATEGORIES = 30
"""Different texts of a covariate above which it is no category (chosen by the project)."""

_NUMBERS = {"integer", "floating", "mixed-integer-float", "boolean", "decimal", "empty"}
# What pandas calls columns of objects that are all numbers.


def problems_of(table: pd.DataFrame, roles: Roles, reliability: float | None) -> list[Finding]:
    """Return all that is wrong with the columns of a table.

    Parameters
    ----------
    table : DataFrame
    roles : Roles
    reliability : float or None
    """
    found = [*_absent(table, roles), *_not_numbers(table, roles), *_not_days(table)]
    if not found:
        found += _not_treated(table, roles.treated)
    found += _wide(table, roles)
    if "officer" in table.columns and table["officer"].duplicated().any():
        n = int(table["officer"].duplicated().sum())
        hint = "one row for each officer: keep one measure, or take means"
        found.append(Finding("officer-twice", f"{n} rows repeat an officer", hint=hint))
    if reliability is not None and not 0 < reliability <= 1:
        hint = "a share above 0, at most 1"
        found.append(Finding("illegal-number", f"reliability is {reliability}", hint=hint))
    return found


def refuse(findings: Sequence[Finding]) -> None:
    """Raise `InputError` with all `findings`, when there are any.

    Parameters
    ----------
    findings : sequence of Finding
    """
    if findings:
        raise InputError("evaluation", findings)


def is_number(column: pd.Series) -> bool:
    """Return whether a `column` holds numbers, truth values or nothing.

    Examples
    --------
    >>> is_number(pd.Series([1, None], dtype=object)), is_number(pd.Series(["1"]))
    (True, False)
    """
    kinds = pd.api.types
    if kinds.is_numeric_dtype(column) or column.isna().all():
        return True
    return kinds.infer_dtype(column, skipna=True) in _NUMBERS


def number(table: pd.DataFrame, name: str) -> Floats:
    """Return the column `name` of a `table` as float64; what is not finite is NaN.

    Examples
    --------
    >>> number(pd.DataFrame({"a": [True, None, 2.5]}), "a").tolist()
    [1.0, nan, 2.5]
    """
    values = table[name].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def day(column: pd.Series) -> pd.Series:
    """Return a `column` of days or ISO texts as days; what is none is NaT.

    Examples
    --------
    >>> day(pd.Series(["2026-02-03", "soon"])).isna().tolist()
    [False, True]
    """
    return pd.to_datetime(column, format="ISO8601", errors="coerce")


def _absent(table: pd.DataFrame, roles: Roles) -> Iterator[Finding]:
    names = [str(name) for name in table.columns]
    for name in dict.fromkeys(roles.all):
        if name not in names:
            hint = "name the column, one row for each officer"
            message = f"the table has no column {name!r}"
            near = nearest_names(name, names)
            yield Finding("no-such-column", message, nearest=near, hint=hint)
    if len(table) == 0:
        yield Finding("no-officers", "the table is empty", hint="one row for each officer")


def _not_numbers(table: pd.DataFrame, roles: Roles) -> Iterator[Finding]:
    for name in (*roles.numeric, "before_se", "others", "reliability"):
        if name in table.columns and not is_number(table[name]):
            hint = "give numbers; leave empty what was not measured"
            yield Finding("not-a-number", f"column {name!r} holds text", hint=hint)


def _not_days(table: pd.DataFrame) -> Iterator[Finding]:
    for name in ("before_date", "after_date"):
        if name in table.columns:
            n = int((table[name].notna() & day(table[name]).isna()).sum())
            if n:
                hint = "write year-month-day"
                yield Finding("not-a-date", f"{n} cells of {name!r} are no day", hint=hint)


def _not_treated(table: pd.DataFrame, name: str) -> Iterator[Finding]:
    values = number(table, name)
    strange = int((~np.isin(values, (0, 1))).sum())
    if strange:
        message = f"{strange} of {len(values)} values of {name!r} are neither 0 nor 1"
        hint = "1 = took the training, 0 = did not; leave out who is neither"
        yield Finding("not-treated-or-untreated", message, hint=hint)


def _wide(table: pd.DataFrame, roles: Roles) -> Iterator[Finding]:
    for name in roles.covariates:
        text = name in table.columns and not is_number(table[name])
        if text and table[name].nunique() > MOST_CATEGORIES:
            message = f"covariate {name!r} has more than {MOST_CATEGORIES} categories"
            hint = "group them, or leave the column out: ids explain nothing"
            yield Finding("too-many-categories", message, hint=hint)
