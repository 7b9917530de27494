"""Rules within and between rows: levels within their scale, steps that rise, dates in order."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from competency.framework.model import (
    TABLES,
    Competency,
    Develops,
    LadderStep,
    Requirement,
    ScaleLevel,
    Session,
)

if TYPE_CHECKING:
    from competency.framework.reading import Reading

_LEVELS = (
    ("indicators", "competency", "level"),
    ("requirements", "competency", "level"),
    ("requirements", "competency", "ceiling"),
    ("prerequisites", "competency", "level"),
    ("prerequisites", "requires_competency", "requires_level"),
    ("develops", "competency", "entry_level"),
    ("develops", "competency", "target_level"),
    ("entry_requirements", "competency", "level"),
)
"""Every column with a level of a competency: table, column of the competency, column."""


def check_rules(reading: Reading) -> None:
    """Add a finding for every row that breaks a rule on levels or dates."""
    _levels_within_scale(reading)
    _scales_without_holes(reading)
    _steps_rise(reading)
    _dates_in_order(reading)
    _one_usual_step(reading)


def scale_tops(reading: Reading) -> dict[str, int]:
    """Return the highest level of every scale."""
    tops: dict[str, int] = {}
    for row, _ in reading.of(ScaleLevel):
        tops[row.scale] = max(tops.get(row.scale, 0), row.level)
    return tops


def _levels_within_scale(reading: Reading) -> None:
    if not reading.whole("levels"):
        return
    tops = scale_tops(reading)
    scale = {row.id: row.scale for row, _ in reading.of(Competency)}
    for table, owner, column in _LEVELS:
        for row, where in zip(reading.rows[table], reading.places[table], strict=True):
            competency, level = getattr(row, owner), getattr(row, column)
            name = scale.get(competency, "")
            if level is None or name not in tops or level <= tops[name]:
                continue
            message = (
                f"{column} {level} of competency {competency!r} is above its scale {name!r}, "
                f"which ends at {tops[name]}"
            )
            hint = "lower the level, or add the level to levels"
            reading.add(table, "level-above-scale", message, where=where, hint=hint)


def _scales_without_holes(reading: Reading) -> None:
    if not reading.whole("levels"):
        return
    present = {(row.scale, row.level) for row, _ in reading.of(ScaleLevel)}
    first = {row.scale: where for row, where in reversed(reading.of(ScaleLevel))}
    for scale, top in sorted(scale_tops(reading).items()):
        holes = [str(k) for k in range(1, top) if (scale, k) not in present]
        if holes:
            message = (
                f"scale {scale!r} ends at {top} but does not describe level {', '.join(holes)}"
            )
            reading.add(
                "levels", "scale-with-holes", message,
                severity="warning", where=first[scale], hint="add the levels, or renumber them",
            )  # fmt: skip


def _steps_rise(reading: Reading) -> None:
    for row, where in reading.of(Develops):
        if row.entry_level >= row.target_level:
            message = (
                f"training {row.training!r} would lift competency {row.competency!r} from level "
                f"{row.entry_level} to {row.target_level}"
            )
            hint = "the target level must be above the entry level"
            reading.add("develops", "entry-not-below-target", message, where=where, hint=hint)
    for asked, where in reading.of(Requirement):
        if asked.ceiling is not None and asked.ceiling < asked.level:
            message = f"the ceiling {asked.ceiling} is below the level {asked.level} that is asked"
            hint = "raise the ceiling, or leave it blank"
            reading.add("requirements", "ceiling-below-level", message, where=where, hint=hint)


def _dates_in_order(reading: Reading) -> None:
    for row, where in reading.of(Session):
        if row.end < row.start:
            message = f"session {row.id!r} ends on {row.end}, before it starts on {row.start}"
            reading.add("sessions", "ends-before-start", message, where=where, hint="swap them")
    for table, kind in TABLES.items():
        if "valid_from" not in kind.model_fields:
            continue
        for dated, where in zip(reading.rows[table], reading.places[table], strict=True):
            start, end = getattr(dated, "valid_from", None), getattr(dated, "valid_to", None)
            if start and end and end < start:
                message = f"valid_to {end} is before valid_from {start}"
                reading.add(table, "ends-before-start", message, where=where, hint="swap them")


def _one_usual_step(reading: Reading) -> None:
    usual = Counter(row.position for row, _ in reading.of(LadderStep) if row.usual)
    for row, where in reading.of(LadderStep):
        if row.usual and usual[row.position] > 1:
            message = f"position {row.position!r} has {usual[row.position]} usual next positions"
            hint = "set usual to false on all but one; until then the first by id is taken"
            reading.add(
                "ladder", "several-usual-steps", message, severity="warning", where=where, hint=hint
            )
            usual[row.position] = 0
