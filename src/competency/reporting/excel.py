"""Excel files: columns and sheets, their formats, and cells in which no text becomes a formula."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from competency.reporting import colours

if TYPE_CHECKING:
    from competency.wording import Wording

Look = Literal["text", "whole", "decimal", "percent", "money", "date"]
Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: catalog key of its header, look of its cells, width in characters."""

    key: str
    look: Look = "text"
    width: int = 14


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: catalog key of its name, columns, and its rows made one after another."""

    key: str
    columns: tuple[Column, ...]
    rows: Callable[[], Iterable[Row]]


ROWS_PER_SHEET = 1_000_000
"""Rows of one sheet before a second one begins (Excel ends at 1,048,576)."""

_LONGEST = 32_767
# Characters that Excel keeps in one cell.

_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed mark, so that same inputs give same bytes

_FORMATS: dict[Look, str] = {
    "text": "@",
    "whole": "#,##0",
    "decimal": "#,##0.00",
    "percent": "0.0%",
    "money": "#,##0",
    "date": "d mmm yyyy",
}


def open_book(temporary: Path, title: str) -> Any:
    """Return a new workbook, to use in a ``with``, in which no text becomes a formula."""
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "tmpdir": str(temporary.parent),
    }
    book = xlsxwriter.Workbook(str(temporary), options)
    book.set_properties({"title": title, "created": _CREATED})
    return book


class Formats:
    """Formats of headers and cells of one workbook."""

    def __init__(self, book: Any) -> None:
        band = {"bold": True, "bg_color": colours.sequential()[0], "valign": "vcenter"}
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.quiet = book.add_format({"italic": True, "font_color": "#56656D"})
        self.numbered = book.add_format({"align": "center", "font_color": "#56656D"})
        self.band = book.add_format(band)
        self.band_money = book.add_format(band | {"num_format": _FORMATS["money"]})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.header = book.add_format(
            {"bold": True, "font_color": "#FFFFFF", "bg_color": colours.accent(),
             "valign": "vcenter", "text_wrap": True, "border": 1, "border_color": "#FFFFFF"}
        )  # fmt: skip
        self.cells = {
            look: book.add_format({"num_format": code, "valign": "top"})
            for look, code in _FORMATS.items()
        }


def write_sheet(book: Any, sheet: Sheet, w: Wording, formats: Formats) -> None:
    """Write a sheet; where it fills up, it goes on in another one."""
    rows = iter(sheet.rows())
    number, first = 1, next(rows, None)
    while first is not None or number == 1:
        name = w(f"sheet.{sheet.key}") if number == 1 else f"{w(f'sheet.{sheet.key}')} {number}"
        page = new_page(book, name, top=1)
        part = chain(() if first is None else (first,), islice(rows, ROWS_PER_SHEET - 1))
        _fill(page, sheet.columns, part, w, formats)
        number, first = number + 1, next(rows, None)


def _fill(
    page: Any, columns: tuple[Column, ...], rows: Iterable[Row], w: Wording, formats: Formats
) -> None:
    page.freeze_panes(1, 1)
    for number, column in enumerate(columns):
        page.set_column(number, number, column.width)
    write_headers(page, 0, columns, w, formats)
    last = 0
    for last, row in enumerate(rows, start=1):
        write_row(page, last, row, columns, formats)
    page.autofilter(0, 0, max(last, 1), len(columns) - 1)


def new_page(book: Any, name: str, *, top: int) -> Any:
    """Return a new landscape A4 page whose first `top` rows are repeated in print."""
    page = book.add_worksheet(name)
    page.hide_gridlines(2)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0, top - 1)
    page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    return page


def write_headers(
    page: Any, row: int, columns: tuple[Column, ...], w: Wording, formats: Formats
) -> None:
    """Write the headers of the columns into a row of their own height."""
    page.set_row(row, 32)
    for number, column in enumerate(columns):
        page.write_string(row, number, w(f"column.{column.key}"), formats.header)


def write_row(
    page: Any, line: int, row: Row, columns: tuple[Column, ...], formats: Formats
) -> None:
    """Write the values of one row, each by the look of its column."""
    for number, (value, column) in enumerate(zip(row, columns, strict=True)):
        _write_cell(page, (line, number), value, column.look, formats)


def _write_cell(
    page: Any, at: tuple[int, int], value: object, look: Look, formats: Formats
) -> None:
    """Write a value into a cell: text as text, numbers and days by their look."""
    if isinstance(value, str):
        if value:
            page.write_string(*at, value[:_LONGEST], formats.cells["text"])
    elif isinstance(value, date):
        page.write_datetime(*at, value, formats.cells["date"])
    elif isinstance(value, int | float):
        plain: Look = ("whole" if isinstance(value, int) else "decimal") if look == "text" else look
        page.write_number(*at, value, formats.cells[plain])
