"""The sheet of the plan: one row for each step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from competency.reporting.facts.names import day
from competency.reporting.sheet import Column

if TYPE_CHECKING:
    from competency.reporting.sheet import Row, Source

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
