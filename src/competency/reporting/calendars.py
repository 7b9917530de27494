"""A plan as calendars to import: of one officer, of a unit, and of all classes."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np

from competency.files import atomic_folder, content_hash, require_own_folder
from competency.planning.outlook import plan_outlook
from competency.reporting.facts.names import Names
from competency.reporting.icalendar import Event, calendar_text
from competency.wording import Wording

if TYPE_CHECKING:
    from competency.arrays import Ints
    from competency.config import Locale
    from competency.planning.plan import Plan

CLASSES = "sessions.ics"
"""The calendar of all classes, in every folder of calendars."""
_LONGEST = 100
# Characters of a file name before a hash takes its place (file systems end at 255 octets).


def plan_calendar(
    plan: Plan,
    *,
    officer: str | None = None,
    unit: str | None = None,
    locale: Locale = "id",
) -> str:
    """Return a calendar of a plan as the text of an ``.ics`` file (RFC 5545).

    Parameters
    ----------
    plan : Plan
    officer : str, optional
        The steps of this officer: a session is a whole-day event at its dates and place, a step
        without dates a tentative one at the proposed dates. What a step waits for stands in its
        description.
    unit : str, optional
        The sessions that officers of this unit attend, with their ids. With neither, all
        sessions of the plan.
    locale : {"id", "en"}
        Language of names and words.

    Returns
    -------
    str
        Save it as UTF-8 without translating line ends, or use :func:`write_calendars`. The same
        plan gives the same text; nothing is taken from the clock. An event keeps its UID from
        plan to plan, so that importing a later plan replaces it.

    Raises
    ------
    InputError
        If the officer is not in the plan.
    """
    office = _Office.of(plan, locale)
    if officer is None:
        return office.classes(unit)
    return office.steps(int(plan.ranking.gaps.levels.roster.rows_of([officer])[0]))


def write_calendars(plan: Plan, folder: str | Path, *, locale: Locale = "id") -> Path:
    """Write the calendars of a plan into a folder and return it.

    Parameters
    ----------
    plan : Plan
    folder : path
        Replaced whole; holds ``sessions.ics`` (all classes), ``units/`` and ``officers/`` with a
        file for each unit and officer that has a step, named by id.
    locale : {"id", "en"}

    Returns
    -------
    Path

    Raises
    ------
    ConfigError
        The folder exists and is not one of calendars.
    """
    target = Path(folder)
    require_own_folder(target, CLASSES, subject="set of calendars")
    office, roster = _Office.of(plan, locale), plan.ranking.gaps.levels.roster
    rows = np.unique(plan.officer)
    units = sorted(set(roster.unit[plan.officer[plan.session >= 0]]) - {""})
    files = {CLASSES: office.classes(None)}
    files |= {
        f"units/{name}.ics": office.classes(unit)
        for name, unit in zip(file_names(units), units, strict=True)
    }
    officers = file_names([str(name) for name in roster.officer_ids[rows]])
    files |= {
        f"officers/{name}.ics": office.steps(int(row))
        for name, row in zip(officers, rows, strict=True)
    }
    with atomic_folder(target) as staging:
        for name, text in files.items():
            (staging / name).parent.mkdir(exist_ok=True)
            (staging / name).write_bytes(text.encode("utf-8"))
    return target


def file_names(ids: list[str]) -> list[str]:
    """Return a file name without ending for each id: readable, safe, and no two alike.

    Examples
    --------
    >>> file_names(["19900101", "a/b", "A/B"])
    ['19900101', 'a%2Fb-c9d2a281', 'A%2FB-c63f7700']
    """
    names = [quote(name, safe=" ") for name in ids]
    often = Counter(name.casefold() for name in names)
    return [
        name
        if often[name.casefold()] == 1 and len(name) <= _LONGEST
        else f"{name[:_LONGEST]}-{content_hash(own.encode())[:8]}"
        for name, own in zip(names, ids, strict=True)
    ]


@dataclass(frozen=True)
class _Office:
    """A plan with the words for it, made once for many calendars."""

    plan: Plan
    names: Names
    w: Wording
    officer: Ints
    waits: list[str]

    @classmethod
    def of(cls, plan: Plan, locale: Locale) -> _Office:
        waits = plan_outlook(plan).steps["waits_for"].tolist()
        names = Names(plan.ranking.gaps.levels.framework)
        return cls(plan, names, Wording(locale), plan.officer, waits)

    @property
    def as_of(self) -> dt.date:
        return self.plan.ranking.gaps.levels.as_of

    def steps(self, row: int) -> str:
        """Return the calendar of one officer."""
        roster = self.plan.ranking.gaps.levels.roster
        name = self.w("calendar.officer", officer=str(roster.officer_ids[row]))
        own = range(self.plan.pointer[row], self.plan.pointer[row + 1])
        return calendar_text(map(self._step, own), name=name, stamp=self.as_of)

    def _step(self, step: int) -> Event:
        plan, index = self.plan, self.names.index
        training, session = int(plan.training[step]), int(plan.session[step])
        officer = str(plan.ranking.gaps.levels.roster.officer_ids[self.officer[step]])
        lines = [*self._training(training), *self._waits(step)]
        if session < 0:
            lines.append(self.w("calendar.proposed"))
        return Event(
            _uid("step", officer, index.training_ids[training], self._session(session)),
            *self._days(step),
            self.names.trainings[training].text(self.w.locale),
            "\n".join(lines),
            self.names.places[session] if session >= 0 else "",
            session < 0,
        )

    def _waits(self, step: int) -> Iterator[str]:
        first = self.plan.pointer[self.officer[step]] - 1
        for order in filter(None, self.waits[step].split(", ")):
            training = self.names.trainings[self.plan.training[first + int(order)]]
            yield self.w("calendar.waits", training=training.text(self.w.locale))

    def classes(self, unit: str | None) -> str:
        """Return the calendar of all classes, or of those that officers of a unit attend."""
        plan = self.plan
        here = plan.session >= 0
        if unit is not None:
            here &= plan.ranking.gaps.levels.roster.unit[self.officer] == unit
        rows = np.flatnonzero(here)
        rows = rows[np.lexsort((rows, plan.session[rows]))]
        groups = (
            np.split(rows, np.flatnonzero(np.diff(plan.session[rows])) + 1) if len(rows) else []
        )
        name = self.w("calendar.all") if unit is None else self.w("calendar.unit", unit=unit)
        events = (self._class(group, unit) for group in groups)
        return calendar_text(events, name=name, stamp=self.as_of)

    def _class(self, steps: Ints, unit: str | None) -> Event:
        plan, names = self.plan, self.names
        training, session = int(plan.training[steps[0]]), int(plan.session[steps[0]])
        lines = [*self._training(training), self.w("calendar.seats", used=len(steps))]
        if unit is not None:
            lines += plan.ranking.gaps.levels.roster.officer_ids[self.officer[steps]].tolist()
        return Event(
            _uid("class", self._session(session), unit or ""),
            *self._days(int(steps[0])),
            names.trainings[training].text(self.w.locale),
            "\n".join(lines),
            names.places[session],
        )

    def _session(self, session: int) -> str:
        return self.names.index.session_ids[session] if session >= 0 else ""

    def _training(self, training: int) -> Iterator[str]:
        yield f"{self.w.number(self.names.training_rows[training].hours)} JP"
        provider = self.names.provider_of(training)
        if provider:
            yield provider.text(self.w.locale)

    def _days(self, step: int) -> tuple[dt.date, dt.date]:
        start, end = (days[step].item() for days in (self.plan.start, self.plan.end))
        return start, end


def _uid(*parts: str) -> str:
    """Return an id that depends on `parts` only and does not show them."""
    return f"{content_hash(*(part.encode() for part in parts))[:32]}@competency"
