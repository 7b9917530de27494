"""Keys that stand twice, and references to ids that are nowhere."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from competency.errors import Where, nearest_names
from competency.framework.model import TABLES
from competency.tabular import fold

if TYPE_CHECKING:
    from competency.framework.reading import Reading

REFERENCES = (
    ("competencies", "parent", "competencies"),
    ("competencies", "scale", "levels"),
    ("indicators", "competency", "competencies"),
    ("positions", "tier", "tiers"),
    ("ladder", "position", "positions"),
    ("ladder", "next_position", "positions"),
    ("requirements", "position", "positions"),
    ("requirements", "competency", "competencies"),
    ("prerequisites", "competency", "competencies"),
    ("prerequisites", "requires_competency", "competencies"),
    ("trainings", "provider", "providers"),
    ("develops", "training", "trainings"),
    ("develops", "competency", "competencies"),
    ("entry_requirements", "training", "trainings"),
    ("entry_requirements", "competency", "competencies"),
    ("training_prerequisites", "training", "trainings"),
    ("training_prerequisites", "requires_training", "trainings"),
    ("mandatory_trainings", "position", "positions"),
    ("mandatory_trainings", "training", "trainings"),
    ("sessions", "training", "trainings"),
    ("jpm_cutoffs", "tier", "tiers"),
)
"""Every column that holds the id of a row elsewhere: table, column, table referred to."""

SINGULAR = {
    "framework": "framework", "levels": "scale", "competencies": "competency",
    "indicators": "indicator", "tiers": "tier", "positions": "position", "ladder": "ladder step",
    "requirements": "requirement", "prerequisites": "prerequisite", "providers": "provider",
    "trainings": "training", "develops": "develops row",
    "entry_requirements": "entry requirement", "training_prerequisites": "training prerequisite",
    "mandatory_trainings": "mandatory training", "sessions": "session",
    "jpm_cutoffs": "cut-off", "jp_rules": "JP rule",
}  # fmt: skip
"""What one row of each table is called in messages (a row of `levels` belongs to a scale)."""

_ANY_TIER = "*"
_MOST_LOOKUPS = 200
# Unknown ids of one column for which near names are looked up; each lookup reads all valid ids.


def check_keys(reading: Reading) -> None:
    """Add a finding for every key that stands twice, and for ids that only look different."""
    for table, kind in TABLES.items():
        first: dict[tuple[object, ...], int] = {}
        for row, where in zip(reading.rows[table], reading.places[table], strict=True):
            key = tuple(getattr(row, name) for name in kind.key)
            if key not in first:
                first[key] = where.row
                continue
            named = ", ".join(f"{n} {v!r}" for n, v in zip(kind.key, key, strict=True))
            message = f"{named} stands there already, in row {first[key]}"
            reading.add(table, "duplicate-key", message, where=where, hint="keep one of the rows")
        if kind.key == ("id",):
            _lookalikes(table, reading)
    _one_framework(reading)


def _one_framework(reading: Reading) -> None:
    for where in islice(reading.places["framework"], 1, None):
        message = "table framework has more than one row"
        reading.add("framework", "one-row", message, where=where, hint="keep one row")


def _lookalikes(table: str, reading: Reading) -> None:
    first: dict[str, str] = {}
    for row, where in zip(reading.rows[table], reading.places[table], strict=True):
        name = str(row.id)  # type: ignore[attr-defined]
        other = first.setdefault(fold(name), name)
        if other != name:
            message = f"{SINGULAR[table]} ids {other!r} and {name!r} are easily confused"
            reading.add(
                table, "ids-look-alike", message,
                severity="warning", where=where, hint="make them one, or rename one of them",
            )  # fmt: skip


def check_references(reading: Reading) -> None:
    """Add a finding for every reference to an id that is in no row."""
    for table, column, target in REFERENCES:
        field = "scale" if target == "levels" else "id"
        valid = {str(getattr(row, field)) for row in reading.rows[target]}
        known = valid | reading.claimed[target] | _words(table, column)
        dangling = [pair for pair in reading.column(table, column) if pair[0] not in known]
        if dangling and not valid and target not in reading.broken:
            _no_target(reading, table, column, target, dangling)
        elif dangling and target not in reading.broken:
            _dangling(reading, table, column, target, dangling, sorted(valid))


def _words(table: str, column: str) -> set[str]:
    if table == "jpm_cutoffs":
        return {_ANY_TIER}
    # A blank is "none" in the optional columns; ids of the others are never blank.
    return {""} if column in ("parent", "tier", "provider") else set()


def _no_target(
    reading: Reading, table: str, column: str, target: str, dangling: list[tuple[str, Where]]
) -> None:
    message = (
        f"column {column!r} refers to table {target} in {len(dangling)} rows, but it has no rows"
    )
    where = dangling[0][1]
    reading.add(table, "missing-table", message, where=where, hint=f"add table {target}")


def _dangling(
    reading: Reading,
    table: str,
    column: str,
    target: str,
    dangling: list[tuple[str, Where]],
    valid: list[str],
) -> None:
    word = SINGULAR[target]
    unknown = dict.fromkeys(name for name, _ in dangling)
    near = {name: nearest_names(name, valid) for name in islice(unknown, _MOST_LOOKUPS)}
    for name, where in dangling:
        role = "" if column in (word, "id") else f" ({column})"
        message = f"{word} {name!r}{role} is not in the framework"
        hint = f"correct the id, or add the {word}"
        reading.add(
            table, f"unknown-{word}", message, where=where, nearest=near.get(name, ()), hint=hint
        )
