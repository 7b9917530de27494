"""Numbers, one cell each: read only where they can be read in one way."""

from __future__ import annotations

import math
import re
from datetime import date
from typing import Any, Literal

from competency.evidence.cells import Fault, Parser

_PLAIN = re.compile(r"[+-]?[0-9]+")
_MARKED = re.compile(r"([+-]?)([0-9]*)([.,])([0-9]+)")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}([.,])[0-9]{3}(?:\1[0-9]{3})*(?:(?!\1)[.,][0-9]+)?")
_LONGEST = 300
# Digits of the largest finite double; a longer number is not finite.


def number_parser(what: str, *, decimal: Literal[".", ","] | None) -> Parser:
    r"""Return a parser of numbers with a declared decimal mark, or with either one.

    Without a declaration ``3,5`` and ``3.5`` are read, since each can be read in one way only;
    ``1.234`` and ``1,234`` are refused, since each can be read in two.

    Examples
    --------
    >>> parse = number_parser("value", decimal=None)
    >>> parse("3,5"), parse("1.234,5"), parse("1.234").code
    (3.5, 1234.5, 'ambiguous-number')
    >>> number_parser("value", decimal=",")("1.234")
    1234.0
    >>> parse(True).code, parse("inf").code, parse("\uff13").code
    ('not-a-number', 'not-finite', 'not-a-number')
    """

    def parse(cell: Any) -> float | Fault:
        if isinstance(cell, str):
            return _text_number(cell.strip(), what, decimal)
        if isinstance(cell, bool):
            return Fault("not-a-number", f"{what} is true or false, not a number")
        if isinstance(cell, date):
            hint = "the sheet turned 3.5 or 3/5 into a date; format the column as number"
            return Fault("not-a-number", f"{what} is a date, not a number", hint)
        if isinstance(cell, int | float):
            return _finite(float(cell) if abs(cell) < 1e300 else math.inf, what)
        return Fault("not-a-number", f"{what} is not a number")

    return parse


def _text_number(text: str, what: str, decimal: str | None) -> float | Fault:
    if _PLAIN.fullmatch(text):
        return _finite(float(text) if len(text) < _LONGEST else math.inf, what)
    mark = _decimal_mark(text)
    if mark is None:
        return _no_number(text, what)
    if mark == "?" and decimal is None:
        hint = "declare the decimal mark: decimal = ',' or '.'"
        return Fault("ambiguous-number", f"{what} can be read as thousands or decimals", hint)
    if decimal is not None and mark not in ("?", decimal):
        reason = f"{what} is not written with the declared decimal mark"
        return Fault("other-decimal-mark", reason, "correct the cell or the declared mark")
    mark = decimal or mark
    return _finite(float(text.replace(_other_mark(mark), "").replace(mark, ".")), what)


def _decimal_mark(text: str) -> str | None:
    """Return the decimal mark that the text shows, "?" if it may be either, None if no number."""
    grouped = _GROUPED.fullmatch(text)
    marked = _MARKED.fullmatch(text)
    if grouped and not (marked and marked[2].startswith("0")):
        return "?" if marked else _other_mark(grouped[1])
    return marked[3] if marked else None


def _other_mark(mark: str) -> str:
    return "," if mark == "." else "."


def _no_number(text: str, what: str) -> Fault:
    if text.lstrip("+-").casefold() in {"inf", "infinity", "nan"}:
        return Fault("not-finite", f"{what} is not a finite number")
    return Fault("not-a-number", f"{what} is not a number in plain digits")


def _finite(number: float, what: str) -> float | Fault:
    # NOTE: adding 0.0 turns -0.0 into 0.0, so that equal ratings have equal bytes.
    if math.isfinite(number):
        return number + 0.0
    return Fault("not-finite", f"{what} is not a finite number")
