"""Plain columns of one officer, as a service hands them over: checked, all problems at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from competency.errors import Finding, nearest_names

Columns = Mapping[str, Sequence[Any]]
Lists = dict[str, list[Any]]


def as_lists(
    what: str, given: Columns, names: tuple[str, ...], numbers: dict[str, dict[str, int]]
) -> tuple[Lists, list[Finding]]:
    """Return columns as lists, and what is wrong with them.

    Parameters
    ----------
    what : str
        What a row is: "rating" or "answer".
    given : mapping of str to sequence
    names : tuple of str
        Columns that must be there; the third is the one that says how much.
    numbers : dict of dict
        Known names by kind.

    Returns
    -------
    columns : dict of list
        Of `names`; empty where one of them is missing.
    findings : list of Finding
    """
    missing = [name for name in names if name not in given]
    if missing:
        return {name: [] for name in names}, [_no_column(name, given, names) for name in missing]
    columns = {name: list(given[name]) for name in names}
    stated = names[2]
    who = given.get("assessor")
    lengths = columns if who is None else {**columns, "assessor": list(who)}
    size = len(columns[stated])
    findings = [
        Finding("length", f"{name!r} has {len(column)} elements, {stated!r} has {size}",
                hint=f"tell every column of every {what}")
        for name, column in lengths.items() if len(column) != size
    ]  # fmt: skip
    for kind in ("competency", "source"):
        findings += unknown_names(kind, columns.get(kind, []), numbers[kind])
    legal = _is_level if stated == "level" else _is_points
    wrong = sum(not legal(value) for value in columns[stated])
    if wrong:
        kind = "numbers from 0" if stated == "level" else "whole numbers of points from 0"
        message, hint = f"{wrong} {stated}s are no {kind}", f"leave {what}s out that are missing"
        findings.append(Finding(f"not-a-{stated}", message, hint=hint))
    undated = _undated(columns["date"])
    if undated:
        message = f"{undated} dates are no days"
        findings.append(Finding("not-a-date", message, hint="write days as 2026-01-31"))
    return columns, findings


def _is_points(value: object) -> bool:
    return _is_level(value) and float(value).is_integer()  # type: ignore[arg-type]


def _undated(days: list[Any]) -> int:
    try:
        return int(np.isnat(np.array(days, "datetime64[D]")).sum())
    except (TypeError, ValueError):
        return sum(not _is_day(day) for day in days)


def _is_day(day: object) -> bool:
    try:
        return not np.isnat(np.datetime64(day, "D"))  # type: ignore[call-overload]
    except (TypeError, ValueError):
        return False


def _is_level(level: object) -> bool:
    return isinstance(level, (int, float, np.number)) and 0 <= float(level) < np.inf


def unknown_names(kind: str, names: list[Any], known: dict[str, int]) -> list[Finding]:
    """Return a finding for each of `names` that is not in `known`."""
    wrong = sorted({str(name) for name in names if name not in known})
    return [
        Finding(
            f"unknown-{kind}",
            f"there is no {kind} {name!r}",
            nearest=nearest_names(name, known),
            hint=f"use an id of the {'settings' if kind == 'source' else 'framework'}",
        )
        for name in wrong
    ]


def _no_column(name: str, present: Columns, wanted: tuple[str, ...]) -> Finding:
    hint = f"tell {', '.join(wanted)} of each"
    near = nearest_names(name, [str(column) for column in present])
    return Finding("no-column", f"there is no column {name!r}", nearest=near, hint=hint)
