"""Geometry of the page's graphics: widths, belief strips, the skyline of sessions, time lines.

Templates ask here for positions and classes; colours come from the style sheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from competency.reporting.colours import step_of

if TYPE_CHECKING:
    from competency.reporting.facts.model import (
        Calendar,
        Category,
        CompetencyLabel,
        CompetencyLine,
        Heading,
        Month,
        OfficerFacts,
        SessionFact,
        Step,
    )
    from competency.wording import Wording

_PRINTED = 0.095
"""Chances from this on are printed in their square (smaller ones cannot be read)."""


def width(value: float, top: float) -> float:
    """Return `value` as a percentage of `top`, within 0 to 100.

    Examples
    --------
    >>> width(1, 3), width(5, 3), width(1, 0)
    (33.33, 100.0, 0.0)
    """
    return round(100 * min(max(value / top, 0.0), 1.0), 2) if top > 0 else 0.0


def tone(number: int, count: int) -> int:
    """Return the shade of category `number` of `count`, best first.

    Examples
    --------
    >>> [tone(number, 3) for number in range(3)], [tone(number, 2) for number in range(2)]
    ([0, 1, 2], [0, 2])
    """
    return min(number * 2, 3) if count == 2 else min(number, 3)


def categories(items: Sequence[Category], w: Wording) -> str:
    """Return counts by category as one spoken line."""
    return ", ".join(f"{item.label.text(w.locale)} {w.number(item.count)}" for item in items)


def bounds(items: Sequence[Category], number: int, w: Wording) -> str:
    """Return the range of category `number` in words, best first: from its minimum, or below."""
    own = items[number].minimum
    above = items[number - 1].minimum if number else None
    if not own and above is not None:
        return w("category.below", top=w.number(above))
    return "" if own is None else w("category.from", bottom=w.number(own))


def column(rows: Sequence[object], name: str) -> list[CompetencyLabel]:
    """Return one attribute of every row."""
    return [getattr(row, name) for row in rows]


def runs(items: Sequence[CompetencyLabel]) -> list[tuple[str, int]]:
    """Return kinds in a row, with how many competencies each spans."""
    return [(kind, len(list(group))) for kind, group in groupby(item.kind for item in items)]


def starts(items: Sequence[CompetencyLabel], number: int) -> bool:
    """Return whether a new kind begins at `number`."""
    return number == 0 or items[number].kind != items[number - 1].kind


@dataclass(frozen=True, slots=True)
class Square:
    """One level of a belief strip."""

    classes: str
    text: str
    p: float


def strip(line: CompetencyLine) -> list[Square]:
    """Return the squares of a belief strip; hatched where nothing was assessed."""
    return [_square(line, level, p) for level, p in enumerate(line.probs)]


def _square(line: CompetencyLine, level: int, p: float) -> Square:
    shade = f"k{step_of(p, 1.0)}" if line.known else "hatch"
    marks = [mark for mark in ("held", "next") if line.required.get(mark) == level]
    others = [aim for aim in line.required if aim not in ("held", "next")]
    if any(line.required[aim] == level for aim in others):
        marks.append("held")
    text = f"{100 * p:.0f}" if line.known and p >= _PRINTED else ""
    return Square(" ".join([shade, *dict.fromkeys(marks)]), text, p)


def spoken(line: CompetencyLine, w: Wording) -> str:
    """Return a belief strip in words, for readers who do not see it."""
    name = line.competency.text(w.locale)
    required = next(iter(line.required.values()), 0)
    if not line.known:
        return w("strip.spoken.unknown", competency=name, required=required)
    level = max(range(len(line.probs)), key=lambda k: line.probs[k])
    chance = w.percent(line.probs[level])
    return w("strip.spoken", competency=name, level=level, p=chance, required=required)


def first_meets(line: CompetencyLine) -> float | None:
    """Return the chance to meet the requirement of the first aim that asks for it."""
    return next(iter(line.meets.values()), None)


def n_levels(officer: OfficerFacts) -> int:
    """Return the number of squares of a strip."""
    return len(officer.lines[0].probs) if officer.lines else 0


def match_top(officer: OfficerFacts) -> float:
    """Return the right end of the scale of the match: 100 %, or more where it is surpassed."""
    return max(1.0, officer.match or 0.0, officer.match_high or 0.0)


@dataclass(frozen=True, slots=True)
class Block:
    """One session in the skyline; `fill` is the width of its used part."""

    session: SessionFact
    x: float
    y: float
    width: float
    height: float
    fill: float


@dataclass(frozen=True, slots=True)
class Tower:
    """One month of the skyline."""

    month: Month
    x: float
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Skyline:
    """The sessions of the year as towers of blocks over the months."""

    width: float
    height: float
    base: float
    label_y: float
    months: tuple[Tower, ...]


def skyline(calendar: Calendar, *, page: float = 1100.0) -> Skyline:
    """Return the geometry of the sessions by month, `page` units wide; towers grow upwards."""
    pitch = page / max(len(calendar.months), 1)
    tallest = max((len(month.sessions) for month in calendar.months), default=0)
    height = 13.0 if tallest <= 20 else max(260.0 / tallest, 1.5)
    base = tallest * (height + 2) + 8
    towers = tuple(
        Tower(
            month,
            round(number * pitch, 2),
            tuple(
                _block(session, number * pitch, base - (floor + 1) * (height + 2), pitch, height)
                for floor, session in enumerate(month.sessions)
            ),
        )
        for number, month in enumerate(calendar.months)
    )
    return Skyline(page, round(base + 46, 2), round(base + 1, 2), round(base + 20, 2), towers)


def _block(session: SessionFact, x: float, y: float, pitch: float, height: float) -> Block:
    across = pitch - 14
    share = 1.0 if session.seats is None else width(session.used, session.seats) / 100
    fill = across * share if session.used else 0.0
    return Block(
        session, round(x, 2), round(y, 2), round(across, 2), round(height, 2), round(fill, 2)
    )


@dataclass(frozen=True, slots=True)
class Tick:
    """The first day of a month on a time line."""

    x: float
    day: date


@dataclass(frozen=True, slots=True)
class Mark:
    """A step on a time line: its span, and its numbered dot."""

    number: int
    x: float
    end: float
    cx: float
    cy: float


@dataclass(frozen=True, slots=True)
class Track:
    """The time line of one officer's plan."""

    width: float
    height: float
    y: float
    ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...]


def track(steps: Sequence[Step], heading: Heading, *, page: float = 1040.0) -> Track:
    """Return the geometry of one officer's time line; dots that would collide are stacked."""
    last = max([step.end for step in steps if step.end] + [heading.horizon_end])
    days = max((last - heading.as_of).days, 1)

    def across(day: date) -> float:
        return round(page * (day - heading.as_of).days / days, 2)

    marks: list[Mark] = []
    floors: list[float] = []
    for step in steps:
        if step.start is None or step.end is None:
            continue
        x, end = across(step.start), across(step.end)
        centre = round(min(max((x + end) / 2, 11.0), page - 11.0), 2)
        floor = next((f for f, used in enumerate(floors) if centre - used >= 23), len(floors))
        floors[floor : floor + 1] = [centre]
        marks.append(Mark(step.order, x, end, centre, 16.0 + 23.0 * floor))
    depth = max(len(floors), 1)
    turned = tuple(
        Mark(m.number, m.x, m.end, m.cx, round(23.0 * depth - m.cy + 9.0, 2)) for m in marks
    )
    y = 23.0 * depth + 12
    ticks = tuple(Tick(across(day), day) for day in _months(heading.as_of, last))
    return Track(page, y + 30, y, ticks, turned)


def _months(first: date, last: date) -> list[date]:
    day = first if first.day == 1 else (first.replace(day=1) + timedelta(days=32)).replace(day=1)
    months = []
    while day <= last - timedelta(days=12):
        months.append(day)
        day = (day + timedelta(days=32)).replace(day=1)
    return months
