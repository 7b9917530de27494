"""Texts and ids, one cell each. Ids are never repaired; labels lose outer and doubled spaces."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from competency.evidence.cells import Fault, Parser

LONGEST_ID = 200
"""Longest id in characters; the same bound as for ids of a framework."""
EXACT_DIGITS = 15
"""Digits that a spreadsheet number carries exactly (IEEE 754 double: 15 always survive)."""

_AS_TEXT = "format the column as text before the ids are entered"
_SCIENTIFIC = re.compile(r"\d([.,]\d+)?[eE]\+\d+")


def id_parser(what: str) -> Parser:
    """Return a parser of ids: text as it stands, or a whole number of at most 15 digits.

    Examples
    --------
    >>> parse = id_parser("officer")
    >>> parse("007"), parse(7.0), parse("NA")
    ('007', '7', 'NA')
    >>> parse(198001012005011001).code, parse(" 7").code
    ('digits-lost', 'outer-spaces')
    """

    def parse(cell: Any) -> str | Fault:
        if isinstance(cell, str):
            return _text_id(cell, what)
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return _number_id(cell, what)
        return Fault("not-an-id", f"{what} is neither text nor a whole number", _AS_TEXT)

    return parse


def text_parser(what: str) -> Parser:
    """Return a parser of labels: NFC text without outer or doubled spaces.

    Examples
    --------
    >>> text_parser("unit")(" Dinas  Tenaga Kerja")
    'Dinas Tenaga Kerja'
    >>> text_parser("unit")(True).code
    'not-text'
    """

    def parse(cell: Any) -> str | Fault:
        if isinstance(cell, str):
            text = tidy(cell)
            return text if _is_clean(text) else _control_character(what)
        if isinstance(cell, int | float) and not isinstance(cell, bool):
            return _number_id(cell, what)
        return Fault("not-text", f"{what} is not text", "format the column as text")

    return parse


def tidy(text: str) -> str:
    r"""Return `text` in NFC with single spaces; hard spaces count as spaces.

    Examples
    --------
    >>> tidy(" Kerja\u00a0 sama ")
    'Kerja sama'
    """
    return " ".join(unicodedata.normalize("NFC", text).split())


def _text_id(cell: str, what: str) -> str | Fault:
    if cell != cell.strip():
        return Fault("outer-spaces", f"{what} has spaces around it", "remove the spaces")
    if not _is_clean(cell):
        return _control_character(what)
    if len(cell) > LONGEST_ID:
        return Fault("too-long", f"{what} has more than {LONGEST_ID} characters")
    if _SCIENTIFIC.fullmatch(cell):
        return _digits_lost(what)
    return cell


def _number_id(cell: float, what: str) -> str | Fault:
    if abs(cell) >= 10**EXACT_DIGITS:
        return _digits_lost(what)
    if cell != int(cell) or cell < 0:
        return Fault("not-an-id", f"{what} is not a whole number", _AS_TEXT)
    return str(int(cell))


def _digits_lost(what: str) -> Fault:
    reason = f"{what} is a number of more than {EXACT_DIGITS} digits: digits are already lost"
    return Fault("digits-lost", reason, _AS_TEXT)


def _is_clean(text: str) -> bool:
    if text.isascii():
        return text.isprintable()
    return all(unicodedata.category(sign) not in {"Cc", "Cf", "Cs"} for sign in text)


def _control_character(what: str) -> Fault:
    hint = "type the cell anew; an invisible sign came with a copy"
    return Fault("control-character", f"{what} contains an invisible character", hint)
