"""A framework as an .xlsx workbook: one sheet per table, values only, same content same bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from competency.files import atomic_path
from competency.framework.cells import Column, cell_text

if TYPE_CHECKING:
    from competency.framework.model import Row

LONGEST_CELL = 32_767
"""Characters that a cell of an .xlsx workbook can hold (the file format's limit)."""

MOST_ROWS = 1_048_576
"""Rows of a sheet, header included (the file format's limit)."""

_OVERLAPPING_ESCAPES = re.compile("_x[0-9A-Fa-f]{4}_x[0-9A-Fa-f]{4}_")
# NOTE: the writer escapes text that looks like an escape, but not two that share a mark.

_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - a constant, so that bytes do not vary
_FIRST_DAY = date(1900, 3, 1)
# Earlier days are miscounted by the file format's leap year bug and are written as text.

_EXACT = 10**15
_WIDEST = 60
_OPTIONS = {
    "constant_memory": True,  # inline strings: the reader damages escapes in shared ones
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}

Table = tuple[str, Sequence[Column], "Sequence[Row]"]
"""Sheet name, columns and rows."""


def fits_workbook(text: str) -> bool:
    """Return whether a cell of a workbook can hold `text` and give it back unchanged."""
    return len(text) <= LONGEST_CELL and not _OVERLAPPING_ESCAPES.search(text)


def write_workbook(target: Path, tables: Sequence[Table]) -> Path:
    """Write one sheet per table, atomically, and return `target`.

    Text cells are text whatever they begin with, so no cell is ever a formula; dates are real
    dates; numbers that the format would round are written as text.
    """
    import xlsxwriter

    with atomic_path(target) as temporary, xlsxwriter.Workbook(str(temporary), _OPTIONS) as book:
        book.set_properties({"created": _CREATED})
        bold = book.add_format({"bold": True})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, columns, rows in tables:
            _write_sheet(book.add_worksheet(name), columns, rows, bold=bold, day=day)
    return target


def _write_sheet(
    sheet: Any, columns: Sequence[Column], rows: Sequence[Row], *, bold: Any, day: Any
) -> None:
    sheet.freeze_panes(1, 0)
    for number, column in enumerate(columns):
        longest = max((len(cell_text(getattr(row, column.name))) for row in rows), default=0)
        sheet.set_column(number, number, min(max(longest, len(column.name)) + 2, _WIDEST))
    for number, column in enumerate(columns):
        sheet.write_string(0, number, column.name, bold)
    for line, row in enumerate(rows, start=1):
        for number, column in enumerate(columns):
            _write_cell(sheet, line, number, getattr(row, column.name), day)


def _write_cell(sheet: Any, line: int, number: int, value: object, day: Any) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, number, value)
    elif isinstance(value, (int, float)) and _exact(value):
        sheet.write_number(line, number, value)
    elif isinstance(value, date) and value >= _FIRST_DAY:
        sheet.write_datetime(line, number, datetime(*value.timetuple()[:3]), day)  # noqa: DTZ001
    else:
        sheet.write_string(line, number, cell_text(value))


def _exact(number: float) -> bool:
    # NOTE: the writer keeps 16 digits, one less than some numbers need.
    return abs(number) < _EXACT and float(f"{number:.16G}") == number
