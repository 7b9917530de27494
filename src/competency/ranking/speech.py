"""Sentences, numbers and dates as one language writes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from competency.ranking.words import WORDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from competency.config import Locale


@dataclass(frozen=True, slots=True)
class Speech:
    """What is needed to speak one language.

    Parameters
    ----------
    locale : {"id", "en"}

    Examples
    --------
    >>> Speech("id").decimal(1.25), Speech("en").decimal(1.25)
    ('1,25', '1.25')
    >>> Speech("id").significant(0.0), Speech("id").chance(1.0)
    ('0', '100%')
    """

    locale: Locale

    def say(self, key: str, **facts: str) -> str:
        """Return the sentence of `key` with the facts in place.

        Parameters
        ----------
        key : str
            A key of `WORDS`.
        **facts
            What the sentence speaks of; more may be given than it uses.

        Returns
        -------
        str
        """
        return WORDS[self.locale][key].format(**facts)

    def knows(self, key: str) -> bool:
        """Return whether there are words for `key`."""
        return key in WORDS[self.locale]

    def say_or(self, key: str, otherwise: str) -> str:
        """Return the words of `key`, or `otherwise` where there are none."""
        return WORDS[self.locale].get(key, otherwise)

    def join(self, names: Sequence[str]) -> str:
        """Return names in a row: ``a, b and c``."""
        *first, last = names or [""]
        return self.say("and").join([", ".join(first), last] if first else [last])

    def number(self, value: float) -> str:
        """Return a number with as many decimals as it needs, two at most."""
        return self._decimal(value, "#,##0.##")

    def decimal(self, value: float) -> str:
        """Return a number with two decimals."""
        return self._decimal(value, "#,##0.00")

    def significant(self, value: float) -> str:
        """Return a number rounded to three significant digits."""
        return self._decimal(float(f"{value + 0.0:.3g}"), "#,##0.###############")

    def chance(self, value: float) -> str:
        """Return a probability or share as a percentage, with one decimal where it needs it."""
        from babel.numbers import format_percent

        return format_percent(float(value), "#,##0.#%", locale=self.locale)

    def day(self, value: date) -> str:
        """Return a date, the month as a word."""
        from babel.dates import format_date

        return format_date(value, format="long", locale=self.locale)

    def _decimal(self, value: float, pattern: str) -> str:
        from babel.numbers import format_decimal

        return format_decimal(float(value), pattern, locale=self.locale)
