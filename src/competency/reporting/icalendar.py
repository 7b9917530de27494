"""Calendar text (RFC 5545): whole-day events, written so that every calendar program reads them.

Written by hand because it is little: lines end in CR LF and are folded at 75 octets, text is
escaped, and nothing is taken from the clock.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

FOLD = 75
"""Octets of a line before it is folded, its end not counted (RFC 5545, section 3.1)."""
_PRODUCT = "-//competency//plan//EN"
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_FIRST_DAY = dt.date(2000, 1, 1)
# Sequence numbers count days from here: a later plan replaces the events of an earlier one.


@dataclass(frozen=True, slots=True)
class Event:
    """Something that takes whole days, both ends included.

    `uid` stays the same when the days change; `tentative` days are proposed and keep nobody busy.
    """

    uid: str
    start: dt.date
    end: dt.date
    summary: str
    description: str = ""
    location: str = ""
    tentative: bool = False


def calendar_text(events: Iterable[Event], *, name: str, stamp: dt.date) -> str:
    r"""Return a calendar as the text of an ``.ics`` file.

    Events are written in their order; calendar programs show `name`. With a later `stamp`, the day
    on which the events were made, they replace what was imported before. Save the text as UTF-8
    without translating line ends.

    Examples
    --------
    >>> text = calendar_text([], name="Empty; really", stamp=dt.date(2026, 11, 1))
    >>> text.splitlines()[-2:]
    ['X-WR-CALNAME:Empty\\; really', 'END:VCALENDAR']
    """
    lines = [
        ("BEGIN", "VCALENDAR"),
        ("VERSION", "2.0"),
        ("PRODID", _PRODUCT),
        ("CALSCALE", "GREGORIAN"),
        ("METHOD", "PUBLISH"),
        ("X-WR-CALNAME", escaped(name)),
        *(line for event in events for line in _event(event, stamp)),
        ("END", "VCALENDAR"),
    ]
    return "".join(f"{folded(f'{key}:{value}')}\r\n" for key, value in lines)


def _event(event: Event, stamp: dt.date) -> Iterator[tuple[str, str]]:
    yield "BEGIN", "VEVENT"
    yield "UID", escaped(event.uid)
    yield "DTSTAMP", f"{stamp:%Y%m%d}T000000Z"
    yield "SEQUENCE", str(max((stamp - _FIRST_DAY).days, 0))
    yield "DTSTART;VALUE=DATE", f"{event.start:%Y%m%d}"
    # NOTE: the end of a whole-day event is the first day that is free again.
    yield "DTEND;VALUE=DATE", f"{event.end + dt.timedelta(days=1):%Y%m%d}"
    yield "SUMMARY", escaped(event.summary)
    for key, text in (("DESCRIPTION", event.description), ("LOCATION", event.location)):
        if text:
            yield key, escaped(text)
    yield "STATUS", "TENTATIVE" if event.tentative else "CONFIRMED"
    yield "TRANSP", "TRANSPARENT" if event.tentative else "OPAQUE"
    yield "END", "VEVENT"


def escaped(text: str) -> str:
    r"""Return `text` as a value: separators escaped, control characters taken out.

    Examples
    --------
    >>> escaped("Kelas 1, Bandung; lantai\\2")
    'Kelas 1\\, Bandung\\; lantai\\\\2'
    >>> escaped("\x00\r")
    ''
    """
    plain = text.replace("\r\n", "\n").translate(_ESCAPES)
    return "".join(sign for sign in plain if sign >= " " and sign != "\x7f")


def folded(line: str) -> str:
    r"""Return a line folded at `FOLD` octets, never within a character.

    Examples
    --------
    >>> [len(part.encode()) for part in folded("é" * 60).split("\r\n")]
    [74, 47]
    """
    parts, size = [""], 0
    for sign in line:
        octets = len(sign.encode("utf-8"))
        if size + octets > FOLD:
            parts.append("")
            size = 1  # the space that begins a continued line
        parts[-1] += sign
        size += octets
    return "\r\n ".join(parts)
