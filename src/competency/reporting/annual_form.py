"""The annual plan form as a workbook of its own: to print, to complete and to sign."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from competency.files import atomic_path
from competency.reporting.annual_plan import (
    ANNUAL,
    BUDGET,
    annual_rows,
    budget_rows,
    by_unit,
    unit_budget,
)
from competency.reporting.facts.names import Names, label_of
from competency.reporting.sheet import Voice
from competency.reporting.summary import plan_of
from competency.reporting.workbook import Formats, open_book, write_cell
from competency.wording import Wording

if TYPE_CHECKING:
    from competency.case import Case
    from competency.config import Locale
    from competency.evidence.table import Evidence
    from competency.planning.plan import Plan
    from competency.reporting.sheet import Column, Row


def annual_plan_form(
    source: Case | Plan,
    path: str | Path,
    *,
    locale: Locale = "id",
    evidence: Evidence | None = None,
) -> Path:
    """Write the annual plan of competency development as an Excel form and return its path.

    Parameters
    ----------
    source : Case or Plan
        Of one year; a row for each step of the plan.
    path : path
        File to write, ending in ``.xlsx``; replaced whole or not at all.
    locale : {"id", "en"}
        Language of headers, names and words.
    evidence : Evidence, optional
        Gives the names of officers; without it, or a case, only their ids are written.

    Returns
    -------
    Path

    Notes
    -----
    The seven fields of PP 11/2017, article 207 (3), by unit with the budget of each and of all; a
    second sheet has the budgets alone. Whether a training conforms to the curriculum standard is
    not known here: the field says so, with the accreditation of the provider, and is to be
    completed. Every text is written as text, so that no cell can become a formula. The same inputs
    give the same bytes.
    """
    target, w, plan = Path(path), Wording(locale), plan_of(source)
    evidence = evidence or getattr(source, "evidence", None)
    voice = Voice(plan, Names(plan.ranking.gaps.levels.framework), w, evidence)
    with atomic_path(target) as temporary, open_book(temporary, w("annual.title")) as book:
        formats = Formats(book)
        page = _page(book, w("sheet.annual"), ANNUAL, formats, top=4)
        _heading(page, voice, formats)
        _write_units(page, voice, formats)
        page = _page(book, w("sheet.budget"), BUDGET, formats, top=1)
        _headers(page, 0, BUDGET, voice.w, formats)
        for number, row in enumerate(budget_rows(voice), start=1):
            _line(page, number, row, BUDGET, formats)
    return target


def _page(book: Any, name: str, columns: tuple[Column, ...], formats: Formats, *, top: int) -> Any:
    page = book.add_worksheet(name)
    page.hide_gridlines(2)
    page.freeze_panes(top, 0)
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0, top - 1)
    page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    for number, column in enumerate(columns):
        page.set_column(number, number, column.width, formats.wrapped)
    return page


def _heading(page: Any, voice: Voice, formats: Formats) -> None:
    w, levels = voice.w, voice.plan.ranking.gaps.levels
    name = voice.text(label_of(levels.framework.about))
    last = max([end.item() for end in voice.plan.end], default=levels.as_of)
    page.write_string(0, 0, w("annual.title"), formats.title)
    period = w("annual.period", period=w.period(levels.as_of, last))
    page.write_string(1, 0, f"{name} · {period} · {w('annual.basis')}", formats.quiet)
    _headers(page, 2, ANNUAL, w, formats)
    for number in range(len(ANNUAL)):
        page.write_string(3, number, f"({number + 1})", formats.numbered)


def _headers(
    page: Any, row: int, columns: tuple[Column, ...], w: Wording, formats: Formats
) -> None:
    page.set_row(row, 32)
    for number, column in enumerate(columns):
        page.write_string(row, number, w(f"column.{column.key}"), formats.header)


def _write_units(page: Any, voice: Voice, formats: Formats) -> None:
    """Write the rows of each unit under its name, with what they cost, and the sum of all."""
    w, plan, last = voice.w, voice.plan, len(ANNUAL) - 1
    groups, budget = by_unit(plan), unit_budget(plan)["budget"].tolist()
    rows = annual_rows(voice, [step for _, steps in groups for step in steps])
    line = 4
    for (unit, steps), cost in zip(groups, budget, strict=True):
        _band(page, line, unit or w("nowhere"), cost, formats)
        for _ in steps:
            line += 1
            _line(page, line, next(rows), ANNUAL, formats)
        line += 1
    _band(page, line, w("total"), sum(budget), formats)
    page.write_string(line + 1, 0, w("annual.note"), formats.quiet)
    page.print_area(0, 0, line + 1, last)


def _band(page: Any, line: int, text: str, cost: float, formats: Formats) -> None:
    page.write_string(line, 0, text, formats.band)
    for number in range(1, len(ANNUAL) - 1):
        page.write_blank(line, number, None, formats.band)
    page.write_number(line, len(ANNUAL) - 1, cost, formats.band_money)


def _line(page: Any, line: int, row: Row, columns: tuple[Column, ...], formats: Formats) -> None:
    for number, (value, column) in enumerate(zip(row, columns, strict=True)):
        write_cell(page, (line, number), value, column.look, formats)
