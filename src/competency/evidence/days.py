"""Days, one cell each: date cells, ISO text, or the declared format; never by guessing."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import numpy as np

from competency.evidence.cells import Fault, Parser

FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Years that a day may have; outside of them it is a slip of the pen."""

_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ][0-9:.]{1,15}Z?)?")
_OTHER_DAY = re.compile(r"([0-9]{1,4})[-/. ]([0-9]{1,2})[-/. ]([0-9]{2,4})")
_DAY_LENGTH = 10
# Characters of a day that a message repeats.


def date_parser(what: str, *, date_format: str | None) -> Parser:
    """Return a parser of days: date cells, ISO text, or text in the declared format.

    Examples
    --------
    >>> parse = date_parser("date", date_format=None)
    >>> print(parse("2025-03-04"))
    2025-03-04T00:00:00
    >>> parse("03/04/2025").code, parse("2025-02-31").code, parse("31/02/2025").code
    ('ambiguous-date', 'no-such-day', 'no-such-day')
    >>> print(date_parser("date", date_format="%d/%m/%Y")("03/04/2025"))
    2025-04-03T00:00:00
    """

    def parse(cell: Any) -> np.datetime64 | Fault:
        if isinstance(cell, date):
            return _day(cell, what)
        if isinstance(cell, str):
            return _text_date(cell.strip(), what, date_format)
        hint = "format the column as a date, or write year-month-day"
        return Fault("not-a-date", f"{what} is not a date", hint)

    return parse


def _text_date(text: str, what: str, date_format: str | None) -> np.datetime64 | Fault:
    if date_format is not None:
        found = _declared_day(text, date_format)
        if found is not None:
            return _day(found, what)
        if date_format.startswith("%Y"):
            return _not_declared(text, what)
    iso = _ISO_DAY.fullmatch(text)
    if iso:
        return _day_of(text, what)
    return _not_iso(text, what) if date_format is None else _not_declared(text, what)


def is_day_format(date_format: str) -> bool:
    """Return whether a format says year, month and day, so that it can be declared.

    Examples
    --------
    >>> is_day_format("%d/%m/%Y"), is_day_format("dd/mm/yyyy"), is_day_format("%d/%m")
    (True, False, False)
    """
    day = datetime(2031, 12, 30)  # noqa: DTZ001
    try:
        return datetime.strptime(day.strftime(date_format), date_format) == day  # noqa: DTZ007
    except ValueError:
        return False


def _declared_day(text: str, date_format: str) -> datetime | None:
    # NOTE: strptime takes digits of every script; only the plain ones are taken here.
    if not text.isascii():
        return None
    try:
        return datetime.strptime(text, date_format)  # noqa: DTZ007
    except ValueError:
        return None


def _day_of(text: str, what: str) -> np.datetime64 | Fault:
    try:
        return _day(datetime.fromisoformat(text), what)
    except ValueError:
        return _no_such_day(text, what)


def _day(day: date, what: str) -> np.datetime64 | Fault:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        reason = f"{what} is not between the years {FIRST_YEAR} and {LAST_YEAR}"
        return Fault("year-out-of-range", reason, "correct the year")
    plain = day.replace(tzinfo=None) if isinstance(day, datetime) else day
    return np.datetime64(plain, "s")


def _not_iso(text: str, what: str) -> Fault:
    other = _OTHER_DAY.fullmatch(text)
    if not other:
        return Fault("not-a-date", f"{what} is not a date", "write year-month-day")
    parts = [int(part) for part in other.groups()]
    if not any(_exists(*order) for order in _readings(*parts)):
        return _no_such_day(text, what)
    hint = 'declare date_format, for example "%d/%m/%Y", or write year-month-day'
    return Fault(
        "ambiguous-date",
        f"ambiguous date: {what} {text!r} does not say which part is the day",
        hint,
    )


def _not_declared(text: str, what: str) -> Fault:
    if _OTHER_DAY.fullmatch(text) or _ISO_DAY.fullmatch(text):
        parts = [int(part) for part in re.findall(r"[0-9]+", text)[:3]]
        if not any(_exists(*order) for order in _readings(*parts)):
            return _no_such_day(text, what)
        hint = "correct the cell or date_format"
        reason = f"{what} {text[:_DAY_LENGTH]!r} is not in the declared format"
        return Fault("other-date-format", reason, hint)
    return Fault("not-a-date", f"{what} is not a date", "correct the cell or date_format")


def _no_such_day(text: str, what: str) -> Fault:
    return Fault("no-such-day", f"no such day: {what} {text[:_DAY_LENGTH]!r}", "correct the date")


def _readings(first: int, second: int, third: int) -> list[tuple[int, int, int]]:
    return [(third, second, first), (third, first, second), (first, second, third)]


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year or 2000, month, day)
    except ValueError:
        return False
    return True
