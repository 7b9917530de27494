"""Sheets of the plan: its steps, and the annual plan form of seven fields."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from competency.framework.model import ClassicalForm
from competency.reporting.facts.names import day
from competency.reporting.sheet import Column

if TYPE_CHECKING:
    from competency.reporting.sheet import Row, Source

_CLASSICAL = frozenset(ClassicalForm.__args__)  # type: ignore[attr-defined]

PLAN = (
    Column("officer", width=22),
    Column("order", "whole"),
    Column("training", width=56),
    Column("provider", width=40),
    Column("session", width=20),
    Column("start", "date"),
    Column("end", "date"),
    Column("hours", "decimal"),
    Column("cost", "money"),
    Column("gap_closed", "decimal"),
    Column("mandatory"),
)


def plan_rows(source: Source) -> Iterator[Row]:
    """Return one row for each step of the plan."""
    plan, names = source.plan, source.names
    ids = plan.ranking.gaps.levels.roster.officer_ids
    provider = [source.text(names.provider_of(t)) for t in range(len(names.trainings))]
    hours = plan.hours
    for step, row in enumerate(plan.officer.tolist()):
        training, session = int(plan.training[step]), int(plan.session[step])
        yield (
            str(ids[row]),
            int(step - plan.pointer[row] + 1),
            source.text(names.trainings[training]),
            provider[training],
            names.index.session_ids[session] if session >= 0 else "",
            day(plan.start[step]),
            day(plan.end[step]),
            float(hours[step]),
            float(names.index.trainings.cost[training]),
            float(plan.gain[step]),
            source.answer(plan.ranking.mandatory[row, training]),
        )


ANNUAL = (
    Column("person", width=34),
    Column("position", width=30),
    Column("develops", width=60),
    Column("form", width=44),
    Column("provider", width=40),
    Column("schedule", width=34),
    Column("budget", "money", width=16),
)
# NOTE: the seven fields of the annual plan form, in their order (PP 11/2017, articles 205 to 207).


def annual_rows(source: Source) -> Iterator[Row]:
    """Return the rows of the annual plan form."""
    plan, names, w = source.plan, source.names, source.w
    person = _persons(source)
    held = plan.ranking.gaps.levels.roster.position
    trainings = range(len(names.trainings))
    provider = [source.text(names.provider_of(t)) for t in trainings]
    develops = [_develops(source, t) for t in trainings]
    form = [_form(source, t) for t in trainings]
    for step, row in enumerate(plan.officer.tolist()):
        training = int(plan.training[step])
        line = names.training_rows[training]
        yield (
            person[row],
            source.position(int(held[row])),
            develops[training],
            form[training],
            provider[training],
            f"{w.period(day(plan.start[step]), day(plan.end[step]))}; {w.number(line.hours)} JP",
            line.cost,
        )


def _persons(source: Source) -> list[str]:
    ids = [str(name) for name in source.plan.ranking.gaps.levels.roster.officer_ids]
    if source.evidence is None:
        return ids
    officers = source.evidence.officers
    name_of = dict(zip(officers["officer"], officers["name"], strict=True))
    return [f"{name_of[name]} / {name}" if name_of.get(name) else name for name in ids]


def _develops(source: Source, training: int) -> str:
    w = source.w
    return "; ".join(
        w("annual.develops", competency=source.text(label), entry=entry, target=target)
        for label, entry, target in source.names.develops[training]
    )


def _form(source: Source, training: int) -> str:
    w, row = source.w, source.names.training_rows[training]
    path = "classical" if row.form in _CLASSICAL else "nonclassical"
    name = source.text(source.names.trainings[training])
    return f"{name} – {w(f'form.{row.form}')}, {w(f'path.{path}')}"
