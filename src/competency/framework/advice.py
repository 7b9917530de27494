"""What does not stop the work but should be known: holes in the catalogue, lapsing providers."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

from competency.framework.coverage import Coverage, coverage_rows
from competency.framework.model import (
    Competency,
    Develops,
    Position,
    Prerequisite,
    Provider,
    Requirement,
    Training,
)

if TYPE_CHECKING:
    from competency.errors import Severity, Where
    from competency.framework.reading import Reading

LAPSE_DAYS = 180
"""Days before the end of an accreditation at which a note is given (half a year, a convention)."""

_NAMED = 5
# Ids spelled out in one message before the rest is counted.


def check_advice(reading: Reading, as_of: date | None) -> None:
    """Add warnings and notes on the framework as a whole.

    A question is asked only when every row that it rests on could be read.
    """
    if reading.whole("requirements", "develops"):
        _coverage(reading)
    if reading.whole("trainings", "develops"):
        _idle_trainings(reading)
    if reading.whole("competencies", "requirements"):
        _unasked_competencies(reading)
    if reading.whole("positions", "requirements"):
        _bare_positions(reading)
    if reading.whole("requirements", "prerequisites"):
        _deeper_prerequisites(reading)
    if as_of is not None:
        _accreditation(reading, as_of)


def _coverage(reading: Reading) -> None:
    faulty = {_place(item.where) for _, item in reading.findings if item.severity == "error"}
    asked = [(row, where) for row, where in reading.of(Requirement) if _place(where) not in faulty]
    first: dict[tuple[str, int], Where] = {}
    for row, where in asked:
        first.setdefault((row.competency, row.level), where)
    develops = [row for row, _ in reading.of(Develops)]
    for need in coverage_rows([row for row, _ in asked], develops):
        where = first[need.competency, need.level]
        if need.n_trainings == 0:
            _no_instrument(reading, need, where)
        elif not need.reachable:
            message = (
                f"level {need.level} of competency {need.competency!r} cannot be climbed to from "
                f"level 0 (asked by {_listed(need.positions)}): no training accepts officers below"
            )
            hint = "add a training with a lower entry level, or lower the entry level of one"
            _warn(reading, "requirements", "unreachable-level", message, where, hint)


def _place(where: Where) -> tuple[str, str, int]:
    return where.file, where.sheet, where.row


def _no_instrument(reading: Reading, need: Coverage, where: Where) -> None:
    message = (
        f"no training leads to level {need.level} of competency {need.competency!r} "
        f"(asked by {_listed(need.positions)})"
    )
    hint = "add a training that develops it, or mark it as learned in another way"
    _warn(reading, "requirements", "no-instrument", message, where, hint)


def _idle_trainings(reading: Reading) -> None:
    used = {row.training for row, _ in reading.of(Develops)}
    for row, where in reading.of(Training):
        if row.id not in used:
            message = f"training {row.id!r} develops no competency"
            hint = "say in develops what it develops; until then it is never recommended"
            _warn(reading, "trainings", "develops-nothing", message, where, hint)


def _unasked_competencies(reading: Reading) -> None:
    asked = {row.competency for row, _ in reading.of(Requirement)}
    groups = {row.parent for row, _ in reading.of(Competency)}
    for row, where in reading.of(Competency):
        if row.id not in asked | groups:
            message = f"no position requires competency {row.id!r}"
            hint = "it has no gap and ranks no training"
            _warn(reading, "competencies", "not-required", message, where, hint, severity="note")


def _bare_positions(reading: Reading) -> None:
    asking = {row.position for row, _ in reading.of(Requirement)}
    for row, where in reading.of(Position):
        if row.id not in asking:
            message = f"position {row.id!r} has no requirements"
            hint = "add them; until then its holders have no gaps"
            _warn(reading, "positions", "no-requirements", message, where, hint)


def _deeper_prerequisites(reading: Reading) -> None:
    asked = {(row.position, row.competency): row.level for row, _ in reading.of(Requirement)}
    needs: dict[str, list[Prerequisite]] = defaultdict(list)
    for step, _ in reading.of(Prerequisite):
        needs[step.competency].append(step)
    for row, where in reading.of(Requirement):
        for step in needs[row.competency]:
            own = asked.get((row.position, step.requires_competency), 0)
            if step.level <= row.level and own < step.requires_level:
                message = (
                    f"level {row.level} of competency {row.competency!r} rests on level "
                    f"{step.requires_level} of {step.requires_competency!r}, of which position "
                    f"{row.position!r} asks only {own or 'none'}"
                )
                hint = "raise that requirement, or lower the prerequisite"
                _warn(
                    reading, "requirements", "prerequisite-above-requirement", message, where,
                    hint, severity="note",
                )  # fmt: skip


def _accreditation(reading: Reading, as_of: date) -> None:
    offered: dict[str, list[str]] = defaultdict(list)
    for training, _ in reading.of(Training):
        offered[training.provider].append(training.id)
    for row, where in reading.of(Provider):
        until = row.accreditation_valid_until
        if until is None or row.id not in offered or until - as_of > timedelta(LAPSE_DAYS):
            continue
        lapsed = until < as_of
        message = (
            f"the accreditation of provider {row.id!r} {'ended' if lapsed else 'ends'} on {until} "
            f"(it offers {_listed(sorted(offered[row.id]))})"
        )
        hint = "renew the date, or choose another provider"
        code = "expired-accreditation" if lapsed else "accreditation-lapses"
        severity: Severity = "warning" if lapsed else "note"
        _warn(reading, "providers", code, message, where, hint, severity=severity)


def _listed(ids: tuple[str, ...] | list[str]) -> str:
    more = f" and {len(ids) - _NAMED} more" if len(ids) > _NAMED else ""
    return ", ".join(map(repr, ids[:_NAMED])) + more


def _warn(
    reading: Reading,
    table: str,
    code: str,
    message: str,
    where: Where,
    hint: str,
    *,
    severity: Severity = "warning",
) -> None:
    reading.add(table, code, message, severity=severity, where=where, hint=hint)
