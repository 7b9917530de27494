"""Trainings: coverage of instruments, who is planned for them, and the seats over the year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import Bools, Ints
from competency.framework.index import NO_LIMIT
from competency.gaps import coverage
from competency.gaps.coverage import seats_by_training
from competency.reporting.facts.model import (
    Calendar,
    Coverage,
    CoverageCell,
    CoverageRow,
    Month,
    SessionFact,
    TrainingRow,
)
from competency.reporting.facts.names import day, optional

if TYPE_CHECKING:
    from competency.planning.plan import Plan
    from competency.reporting.facts.names import Names

_Supply = tuple[Ints, Bools, Ints]
# By training: seats, no limit at all, sessions; see `seats_by_training`.

WANTED_RANKS = 3
"""A training is wanted by an officer when it is among this many best ranked ones."""

_COVERAGE = ("competency", "level", "n_trainings", "seats", "unlimited", "expected_in_need",
            "n_unknown")  # fmt: skip


def open_sessions(plan: Plan) -> Bools:
    """Return which sessions, shape (n_sessions,), start after `as_of` and end in the horizon."""
    levels = plan.ranking.gaps.levels
    sessions = levels.framework.index.sessions
    today = np.datetime64(levels.as_of, "D")
    last = today + np.timedelta64(plan.config.horizon_days, "D")
    inside: Bools = (sessions.start > today) & (sessions.end <= last)
    return inside


def training_rows(plan: Plan, names: Names) -> tuple[TrainingRow, ...]:
    """Return demand and supply of every training, most gap closed first."""
    size = len(names.trainings)
    planned = np.bincount(plan.training, minlength=size)
    closed = np.bincount(plan.training, weights=plan.gain, minlength=size)
    best = plan.ranking.top(WANTED_RANKS)
    wanted = np.bincount(best[best >= 0], minlength=size)
    framework = plan.ranking.gaps.levels.framework
    supply = seats_by_training(framework, np.flatnonzero(open_sessions(plan)))
    order = sorted(
        range(size), key=lambda t: (-round(float(closed[t]), 9), -wanted[t], names.trainings[t].id)
    )
    return tuple(
        _row(
            names,
            t,
            supply,
            wanted=int(wanted[t]),
            planned=int(planned[t]),
            closed=float(closed[t]),
        )
        for t in order
    )


def calendar(plan: Plan, names: Names) -> Calendar:
    """Return the sessions of the horizon by month of their start, with the seats used."""
    index = names.index
    used = np.bincount(plan.session[plan.session >= 0], minlength=len(index.session_ids))
    shown = np.flatnonzero(open_sessions(plan) | (used > 0))
    facts = [_session(names, int(s), int(used[s])) for s in shown]
    months = _months(facts, plan)
    busiest = max(
        months, key=lambda month: (month.used, month.first.toordinal() * -1), default=None
    )
    return Calendar(months, int((plan.session < 0).sum()), busiest)


def _row(
    names: Names, t: int, supply: _Supply, *, wanted: int, planned: int, closed: float
) -> TrainingRow:
    row = names.training_rows[t]
    provider = names.providers.get(row.provider)
    body = f"{provider.accreditation_body} {provider.accreditation_grade}" if provider else ""
    offered, endless, n_sessions = (part[t].item() for part in supply)
    limited = bool(offered or n_sessions) and not endless
    seats = offered if limited else None
    return TrainingRow(
        training=names.trainings[t],
        type=row.type,
        form=row.form,
        provider=names.provider_of(t),
        accredited_until=provider.accreditation_valid_until if provider else None,
        accreditation=body.strip(),
        hours=row.hours,
        cost=row.cost,
        wanted=wanted,
        planned=planned,
        seats=seats,
        open=endless,
        n_sessions=n_sessions,
        fill=round(planned / seats, 4) if seats else None,
        gap_closed=round(closed, 6),
        develops=names.develops[t],
    )


def _session(names: Names, s: int, used: int) -> SessionFact:
    sessions = names.index.sessions
    seats = int(sessions.seats[s])
    start, end = day(sessions.start[s]), day(sessions.end[s])
    return SessionFact(
        id=names.index.session_ids[s],
        training=names.trainings[int(sessions.training[s])],
        start=start or date.min,
        end=end or date.min,
        place=names.places[s],
        seats=None if seats == NO_LIMIT else seats,
        used=used,
    )


def _months(facts: list[SessionFact], plan: Plan) -> tuple[Month, ...]:
    if not facts:
        return ()
    first = plan.ranking.gaps.levels.as_of
    last = first + timedelta(days=plan.config.horizon_days)
    by_month: dict[date, list[SessionFact]] = {}
    for month in range(12 * first.year + first.month - 1, 12 * last.year + last.month):
        by_month[date(month // 12, month % 12 + 1, 1)] = []
    for fact in facts:
        by_month.setdefault(fact.start.replace(day=1), []).append(fact)
    while not by_month[max(by_month)]:
        del by_month[max(by_month)]
    return tuple(
        Month(
            first=start,
            sessions=tuple(sorted(group, key=lambda s: (-s.used, s.start, s.id))),
            seats=sum(fact.seats or 0 for fact in group),
            used=sum(fact.used for fact in group),
        )
        for start, group in sorted(by_month.items())
    )


def coverage_facts(plan: Plan, names: Names) -> Coverage:
    """Return need and seats by competency and level over the horizon of the plan.

    Need is None where the gaps speak of no position held.
    """
    gaps = plan.ranking.gaps
    frame = coverage(
        gaps.levels.framework,
        gaps if "held" in gaps.aims else None,
        as_of=gaps.levels.as_of,
        horizon_days=plan.config.horizon_days,
    )
    columns = [frame[name].tolist() for name in _COVERAGE]
    cells = {(line[0], line[1]): _coverage_cell(*line[1:]) for line in zip(*columns, strict=True)}
    missing = sum(cell.n_trainings == 0 for cell in cells.values())
    bars = [bar for cell in cells.values() for bar in (cell.need or 0.0, float(cell.seats or 0))]
    return Coverage(
        rows=_coverage_rows(cells, names),
        levels=names.levels,
        top=max([1.0, *bars]),
        n_asked=len(cells),
        n_covered=len(cells) - missing,
        n_missing=missing,
    )


def _coverage_rows(
    cells: Mapping[tuple[str, int], CoverageCell], names: Names
) -> tuple[CoverageRow, ...]:
    return tuple(
        CoverageRow(
            names.competencies[c],
            tuple(
                cells.get((names.index.competency_ids[c], level), CoverageCell(level))
                for level in range(1, names.index.n_levels)
            ),
        )
        for c in names.order
    )


def _coverage_cell(
    level: int,
    n_trainings: int,
    seats: int,
    unlimited: object,
    need: float,
    unknown: float,
) -> CoverageCell:
    return CoverageCell(
        level=level,
        asked=True,
        need=optional(need),
        n_unknown=None if optional(unknown) is None else int(unknown),
        seats=int(seats),
        unlimited=bool(unlimited),
        n_trainings=int(n_trainings),
    )
