"""Words, numbers, dates and money in the language of the reader."""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from competency.config import Locale

LOCALES: tuple[Locale, ...] = ("id", "en")
_REGION = {"id": "id_ID", "en": "en_GB"}
NOTHING = "–"
"""Shown where there is no value; never a zero."""


class Wording:
    """The catalog of one language, and how that language writes numbers.

    Parameters
    ----------
    locale : {"id", "en"}

    Examples
    --------
    >>> Wording("id").number(1162), Wording("id").number(0.5, 1)
    ('1.162', '0,5')
    >>> Wording("en").percent(None)
    '–'
    """

    def __init__(self, locale: Locale = "id") -> None:
        self.locale = locale
        self._region = _REGION[locale]
        self._messages = catalog(locale)

    def __call__(self, key: str, **values: object) -> str:
        """Return the message `key` with `values` filled in; numbers are written by locale."""
        written = {name: self._written(value) for name, value in values.items()}
        return self._messages[key].format(**written)

    def knows(self, key: str) -> bool:
        """Return whether the catalog has a message `key`."""
        return key in self._messages

    def or_else(self, key: str, text: str) -> str:
        """Return the message `key`, or `text` where the catalog has none."""
        return self._messages.get(key, text)

    def number(self, value: float | None, digits: int = 0) -> str:
        """Return `value` with as many decimals as `digits`, or a dash where there is none."""
        from babel.numbers import format_decimal

        if value is None or math.isnan(value):
            return NOTHING
        decimals = f".{'0' * digits}" if digits else ""
        # NOTE: adding 0.0 turns a rounded -0.0 into 0.0.
        return format_decimal(
            round(value, digits) + 0.0, format=f"#,##0{decimals}", locale=self._region
        )

    def percent(self, share: float | None, digits: int = 0) -> str:
        """Return a `share` in [0, 1] as a percentage with `digits` decimals."""
        if share is None or math.isnan(share):
            return NOTHING
        return f"{self.number(100 * share, digits)}%"

    def date(self, day: dt.date | None, *, style: str = "d MMM yyyy") -> str:
        """Return a `day` such as 1 Nov 2026, or a dash; `style` is a date pattern of CLDR."""
        from babel.dates import format_date

        return NOTHING if day is None else format_date(day, format=style, locale=self._region)

    def long_date(self, day: dt.date | None) -> str:
        """Return a `day` with its month spelled out."""
        return self.date(day, style="d MMMM yyyy")

    def month(self, day: dt.date) -> str:
        """Return the short name of the month of `day`."""
        return self.date(day, style="MMM")

    def period(self, start: dt.date | None, end: dt.date | None) -> str:
        """Return the days from `start` to `end`; month and year stand once where they agree."""
        if start is None or end is None:
            return NOTHING
        if start == end:
            return self.date(end)
        if (start.year, start.month) == (end.year, end.month):
            return f"{start.day}–{self.date(end)}"
        if start.year == end.year:
            return f"{self.date(start, style='d MMM')} – {self.date(end)}"
        return f"{self.date(start)} – {self.date(end)}"

    def join(self, names: Sequence[str]) -> str:
        """Return `names` in a row: ``a, b and c``."""
        *first, last = names or [""]
        return self("and").join([", ".join(first), last] if first else [last])

    def significant(self, value: float) -> str:
        """Return `value` rounded to three significant digits."""
        return self._decimal(float(f"{value + 0.0:.3g}"), "#,##0.###############")

    def decimal(self, value: float) -> str:
        """Return `value` with two decimals at most, as many as it needs."""
        return self._decimal(value, "#,##0.##")

    def chance(self, value: float) -> str:
        """Return a probability `value` as a percentage, with one decimal where it needs it."""
        return f"{self._decimal(100 * value, '#,##0.#')}%"

    def money(self, amount: float | None) -> str:
        """Return an `amount` in rupiah, without decimals."""
        return NOTHING if amount is None else f"Rp{self.number(amount)}"

    def _decimal(self, value: float, pattern: str) -> str:
        from babel.numbers import format_decimal

        return format_decimal(float(value), pattern, locale=self._region)

    def _written(self, value: object) -> object:
        if isinstance(value, bool) or not isinstance(value, int):
            return value
        return self.number(value)


@cache
def catalog(locale: Locale) -> Mapping[str, str]:
    """Return the messages of one language, by key."""
    source = files("competency.wording") / f"{locale}.json"
    messages: dict[str, str] = json.loads(source.read_text(encoding="utf-8"))
    return messages
