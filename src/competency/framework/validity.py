"""The framework as it stands on one day: what has lapsed, or is not yet in force, left out."""

from __future__ import annotations

from datetime import date
from typing import Any

from competency.framework.model import TABLES, Framework, Row
from competency.framework.references import REFERENCES

_DATED = ("competencies", "positions", "trainings")


def in_force(framework: Framework, as_of: date) -> Framework:
    """Return the framework without the competencies, positions and trainings not in force.

    Rows that refer to one of them go with it, so a retired requirement holds nobody back; a
    competency whose parent is retired stays, without a parent.

    Parameters
    ----------
    framework : Framework
    as_of : date
        The day; ``valid_from`` and ``valid_to`` are both part of the period, blank is open.

    Returns
    -------
    Framework
        `framework` itself when everything is in force, so that its version stays.
    """
    gone = {
        table: {row.id for row in getattr(framework, table) if not _in_force(row, as_of)}
        for table in _DATED
    }
    if not any(gone.values()):
        return framework
    tables = {name: getattr(framework, name) for name in TABLES}
    kept: dict[str, Any] = {name: _kept(name, rows, gone) for name, rows in tables.items()}
    return Framework(**kept)


def _in_force(row: Any, as_of: date) -> bool:
    return (row.valid_from or date.min) <= as_of <= (row.valid_to or date.max)


def _kept(table: str, rows: tuple[Row, ...], gone: dict[str, set[str]]) -> tuple[Row, ...]:
    links = [(column, gone[target]) for owner, column, target in REFERENCES
             if owner == table and target in gone and column != "parent"]  # fmt: skip
    own = gone.get(table, set())
    alive = (
        row
        for row in rows
        if getattr(row, "id", None) not in own
        and not any(getattr(row, column) in lost for column, lost in links)
    )
    return tuple(_orphaned(row, own) if table == "competencies" else row for row in alive)


def _orphaned(row: Row, gone: set[str]) -> Row:
    return row.model_copy(update={"parent": ""}) if getattr(row, "parent", "") in gone else row
