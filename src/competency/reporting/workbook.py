"""The workbook: officers, gaps, ranking, plan and the annual plan form, as Excel sheets.

Every text is written as text, so that no cell can become a formula; numbers stay numbers.
"""

from __future__ import annotations

from datetime import date, datetime
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from competency.files import atomic_path
from competency.reporting import colours
from competency.reporting.facts.match import MatchTable
from competency.reporting.facts.names import Names
from competency.reporting.sheet import Source
from competency.reporting.sheets import all_sheets
from competency.reporting.summary import build_summary, plan_of
from competency.wording import Wording

if TYPE_CHECKING:
    from collections.abc import Iterable

    from competency.case import Case
    from competency.config import Locale
    from competency.errors import Finding
    from competency.evidence.table import Evidence
    from competency.planning.plan import Plan
    from competency.reporting.facts.model import Summary
    from competency.reporting.sheet import Column, Look, Row, Sheet

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


def write_workbook(
    source: Case | Plan,
    path: str | Path,
    *,
    locale: Locale = "id",
    evidence: Evidence | None = None,
    measurement: Iterable[Finding] | None = None,
    summary: Summary | None = None,
) -> Path:
    """Write the tables of a plan as an Excel workbook and return its path.

    Parameters
    ----------
    source : Case or Plan
    path : path
        File to write, ending in ``.xlsx``; replaced whole or not at all.
    locale : {"id", "en"}
        Language of headers, names and words.
    evidence : Evidence, optional
        Gives the names of the annual plan form and the sheet of rejected rows.
    measurement : iterable of Finding, optional
        What stood out in the levels, as for :func:`render_report`.
    summary : Summary, optional
        The facts, where they are built already (for the page, say); default: they are built here.

    Returns
    -------
    Path

    Notes
    -----
    Sheets: summary, officers, gaps, ranking, plan, annual plan (seven fields) and its budget by
    unit, coverage of instruments, measurements, rejected rows. Rows are streamed; a sheet that
    fills up goes on in another one. The same inputs give the same bytes.
    """
    target, plan = Path(path), plan_of(source)
    gaps = plan.ranking.gaps
    content = Source(
        plan=plan,
        names=Names(gaps.levels.framework),
        match=MatchTable(gaps),
        summary=summary
        or build_summary(source, evidence=evidence, measurement=measurement, officers=()),
        w=Wording(locale),
        evidence=evidence or getattr(source, "evidence", None),
    )
    with atomic_path(target) as temporary:
        _write(content, temporary)
    return target


def _write(source: Source, temporary: Path) -> None:
    with open_book(temporary, source.w("title")) as book:
        formats = Formats(book)
        for sheet in all_sheets(source):
            _write_sheet(book, sheet, source.w, formats)


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
            {
                "bold": True,
                "font_color": "#FFFFFF",
                "bg_color": colours.accent(),
                "valign": "vcenter",
                "text_wrap": True,
                "border": 1,
                "border_color": "#FFFFFF",
            }
        )
        self.cells = {
            look: book.add_format({"num_format": code, "valign": "top"})
            for look, code in _FORMATS.items()
        }


def _write_sheet(book: Any, sheet: Sheet, w: Wording, formats: Formats) -> None:
    rows = iter(sheet.rows())
    number, first = 1, next(rows, None)
    while first is not None or number == 1:
        name = w(f"sheet.{sheet.key}") if number == 1 else f"{w(f'sheet.{sheet.key}')} {number}"
        page = book.add_worksheet(name)
        part = chain(() if first is None else (first,), islice(rows, ROWS_PER_SHEET - 1))
        _fill(page, sheet.columns, part, w, formats)
        number, first = number + 1, next(rows, None)


def _fill(
    page: Any, columns: tuple[Column, ...], rows: Iterable[Row], w: Wording, formats: Formats
) -> None:
    page.hide_gridlines(2)
    page.freeze_panes(1, 1)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    for number, column in enumerate(columns):
        page.set_column(number, number, column.width)
    page.set_row(0, 32)
    for number, column in enumerate(columns):
        page.write_string(0, number, w(f"column.{column.key}"), formats.header)
    looks = [column.look for column in columns]
    last = 0
    for last, row in enumerate(rows, start=1):
        for number, (value, look) in enumerate(zip(row, looks, strict=True)):
            write_cell(page, (last, number), value, look, formats)
    page.autofilter(0, 0, max(last, 1), len(columns) - 1)


def write_cell(page: Any, at: tuple[int, int], value: object, look: Look, formats: Formats) -> None:
    """Write a value into a cell: text as text, numbers and days by their look."""
    if isinstance(value, str):
        if value:
            page.write_string(*at, value[:_LONGEST], formats.cells["text"])
    elif isinstance(value, date):
        page.write_datetime(*at, value, formats.cells["date"])
    elif isinstance(value, int | float):
        plain: Look = ("whole" if isinstance(value, int) else "decimal") if look == "text" else look
        page.write_number(*at, value, formats.cells[plain])
