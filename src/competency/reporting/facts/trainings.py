"""Trainings: who needs them, who is planned for them, and the seats over the year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import Bools, Ints
from competency.framework.index import NO_LIMIT
from competency.gaps.coverage import seats_by_training
from competency.reporting.facts.model import Calendar, Month, SessionFact, TrainingRow
from competency.reporting.facts.names import day

if TYPE_CHECKING:
    from competency.planning.plan import Plan
    from competency.reporting.facts.names import Names

WANTED_RANKS = 3
"""A training is wanted by an officer when it is among this many best ranked ones."""


def open_sessions(plan: Plan) -> Bools:
    """Return which sessions start after `as_of` and end within the horizon.

    Returns
    -------
    bool, shape (n_sessions,)
    """
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
    supply = _supply(plan)
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


@dataclass(frozen=True, eq=False)
class _Supply:
    """Seats by training: `seats` of limited sessions, how many sessions, and no limit at all."""

    seats: Ints
    sessions: Ints
    endless: Bools


def _supply(plan: Plan) -> _Supply:
    framework = plan.ranking.gaps.levels.framework
    seats, endless, sessions = seats_by_training(framework, np.flatnonzero(open_sessions(plan)))
    return _Supply(seats, sessions, endless)


def _row(
    names: Names, t: int, supply: _Supply, *, wanted: int, planned: int, closed: float
) -> TrainingRow:
    row = names.training_rows[t]
    provider = names.providers.get(row.provider)
    body = f"{provider.accreditation_body} {provider.accreditation_grade}" if provider else ""
    limited = bool(supply.seats[t] or supply.sessions[t]) and not supply.endless[t]
    seats = int(supply.seats[t]) if limited else None
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
        open=bool(supply.endless[t]),
        n_sessions=int(supply.sessions[t]),
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
