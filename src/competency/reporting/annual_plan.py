"""The annual plan of competency development: its seven fields, its budget, and its form.

The fields are those that a plan of an agency has to hold by PP 11/2017, article 207 (3), in their
order: competencies, whom, kind and path, provider, schedule, conformity with the curriculum
standard, budget. It is made for one year (article 205), from the gaps toward the position held and
the next (article 206), and is set by the agency's head: what is written here is a proposal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from competency.files import atomic_path
from competency.framework.model import ClassicalForm
from competency.reporting.excel import (
    Column,
    Formats,
    new_page,
    open_book,
    write_headers,
    write_row,
)
from competency.reporting.facts.names import Names, day, label_of
from competency.reporting.summary import evidence_of, plan_of
from competency.wording import Wording

if TYPE_CHECKING:
    from competency.case import Case
    from competency.config import Locale
    from competency.evidence.table import Evidence
    from competency.planning.plan import Plan
    from competency.reporting.excel import Row
    from competency.reporting.facts.model import Label

_CLASSICAL = frozenset(ClassicalForm.__args__)  # type: ignore[attr-defined]

ANNUAL = (
    Column("develops", width=50),
    Column("person", width=44),
    Column("form", width=40),
    Column("provider", width=34),
    Column("schedule", width=26),
    Column("conformity", width=38),
    Column("budget", "money", width=16),
)
BUDGET = (
    Column("unit", width=50),
    Column("officers", "whole"),
    Column("n_trainings", "whole"),
    Column("hours", "decimal"),
    Column("budget", "money", width=18),
)


@dataclass(frozen=True)
class PlanInWords:
    """A plan, and the words to say it with."""

    plan: Plan
    names: Names
    w: Wording
    evidence: Evidence | None

    def text(self, label: Label | None) -> str:
        """Return a label in the reader's language; "" for none."""
        return label.text(self.w.locale) if label else ""

    def position(self, number: int) -> str:
        """Return the name of a position by number; "" for -1."""
        return self.text(self.names.position(number))

    def answer(self, value: object) -> str:
        """Return yes or no."""
        return self.w("yes" if value else "no")


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
    evidence = evidence_of(source, evidence)
    words = PlanInWords(plan, Names(plan.ranking.gaps.levels.framework), w, evidence)
    with atomic_path(target) as temporary, open_book(temporary, w("annual.title")) as book:
        formats = Formats(book)
        page = _page(book, w("sheet.annual"), ANNUAL, formats, top=4)
        _heading(page, words, formats)
        _write_units(page, words, formats)
        page = _page(book, w("sheet.budget"), BUDGET, formats, top=1)
        write_headers(page, 0, BUDGET, words.w, formats)
        for number, row in enumerate(budget_rows(words), start=1):
            write_row(page, number, row, BUDGET, formats)
    return target


def annual_rows(source: PlanInWords, steps: Iterable[int] | None = None) -> Iterator[Row]:
    """Return a row of the seven fields for each step, or for those named, in that order."""
    plan, names, w = source.plan, source.names, source.w
    trainings = range(len(names.trainings))
    develops = [_develops(source, t) for t in trainings]
    form = [_form(source, t) for t in trainings]
    provider = [source.text(names.provider_of(t)) for t in trainings]
    conformity = [_conformity(source, t) for t in trainings]
    whom, officer = _whom(source), plan.officer
    for step in range(len(plan)) if steps is None else steps:
        training = int(plan.training[step])
        line = names.training_rows[training]
        yield (
            develops[training],
            whom[officer[step]],
            form[training],
            provider[training],
            f"{w.period(day(plan.start[step]), day(plan.end[step]))}; {w.number(line.hours)} JP",
            conformity[training],
            line.cost,
        )


def unit_budget(plan: Plan) -> pd.DataFrame:
    """Return officers with a step, steps, hours and cost of each unit, by unit.

    Columns: unit ("" for officers without one), officers, n_trainings, hours (JP), budget
    (rupiah).
    """
    roster = plan.ranking.gaps.levels.roster
    frame = plan.to_frame()[["officer", "hours", "cost"]]
    frame["unit"] = roster.unit[plan.officer].astype(object)
    groups = frame.groupby("unit", sort=True)
    return pd.DataFrame(
        {
            "officers": groups["officer"].nunique(),
            "n_trainings": groups.size(),
            "hours": groups["hours"].sum(),
            "budget": groups["cost"].sum(),
        }
    ).reset_index()


def budget_rows(source: PlanInWords) -> Iterator[Row]:
    """Return the budget of each unit, and then of all."""
    table = unit_budget(source.plan)
    units = [unit or source.w("nowhere") for unit in table.pop("unit")]
    yield from zip(units, *(table[name].tolist() for name in table), strict=True)
    yield (source.w("total"), *table.sum().tolist())


def by_unit(plan: Plan) -> list[tuple[str, list[int]]]:
    """Return units by name, each with the steps of its officers in the order of the plan."""
    unit = plan.ranking.gaps.levels.roster.unit[plan.officer].astype(str)
    names, code = np.unique(unit, return_inverse=True)
    return [(str(name), np.flatnonzero(code == n).tolist()) for n, name in enumerate(names)]


def _whom(source: PlanInWords) -> list[str]:
    """Return name, id, position and unit of each officer."""
    roster = source.plan.ranking.gaps.levels.roster
    ids = [str(name) for name in roster.officer_ids]
    known = {}
    if source.evidence is not None:
        officers = source.evidence.officers
        known = dict(zip(officers["officer"], officers["name"], strict=True))
    parts = zip(
        [f"{known[name]} / {name}" if known.get(name) else name for name in ids],
        [source.position(int(held)) for held in roster.position],
        [str(unit) for unit in roster.unit],
        strict=True,
    )
    return ["; ".join(filter(None, line)) for line in parts]


def _develops(source: PlanInWords, training: int) -> str:
    w = source.w
    return "; ".join(
        w(
            "annual.develops",
            competency=source.text(label),
            kind=w(f"kind.{label.kind}"),
            entry=entry,
            target=target,
        )
        for label, entry, target in source.names.develops[training]
    )


def _form(source: PlanInWords, training: int) -> str:
    w, row = source.w, source.names.training_rows[training]
    path = "classical" if row.form in _CLASSICAL else "nonclassical"
    name = source.text(source.names.trainings[training])
    return f"{name} – {w(f'form.{row.form}')}, {w(f'path.{path}')}"


def _conformity(source: PlanInWords, training: int) -> str:
    """Return what is known of the curriculum: never that it conforms, which its agency says."""
    w, row = source.w, source.names.training_rows[training]
    provider = source.names.providers.get(row.provider)
    parts = [w("annual.conformity")]
    if row.legal_basis:
        parts.append(row.legal_basis)
    if provider and provider.accreditation_body:
        until = provider.accreditation_valid_until
        grade = " ".join(filter(None, (provider.accreditation_body, provider.accreditation_grade)))
        parts.append(w("annual.accredited" if until else "annual.accredited.open", by=grade,
                      until=w.date(until)))  # fmt: skip
    return "; ".join(parts)


def _page(book: Any, name: str, columns: tuple[Column, ...], formats: Formats, *, top: int) -> Any:
    page = new_page(book, name, top=top)
    page.freeze_panes(top, 0)
    for number, column in enumerate(columns):
        page.set_column(number, number, column.width, formats.wrapped)
    return page


def _heading(page: Any, source: PlanInWords, formats: Formats) -> None:
    w, levels = source.w, source.plan.ranking.gaps.levels
    name = source.text(label_of(levels.framework.about))
    last = max([end.item() for end in source.plan.end], default=levels.as_of)
    page.write_string(0, 0, w("annual.title"), formats.title)
    period = w("annual.period", period=w.period(levels.as_of, last))
    page.write_string(1, 0, f"{name} · {period} · {w('annual.basis')}", formats.quiet)
    write_headers(page, 2, ANNUAL, w, formats)
    for number in range(len(ANNUAL)):
        page.write_string(3, number, f"({number + 1})", formats.numbered)


def _write_units(page: Any, source: PlanInWords, formats: Formats) -> None:
    """Write the rows of each unit under its name, with what they cost, and the sum of all."""
    w, plan, last = source.w, source.plan, len(ANNUAL) - 1
    groups, budget = by_unit(plan), unit_budget(plan)["budget"].tolist()
    rows = annual_rows(source, [step for _, steps in groups for step in steps])
    line = 4
    for (unit, steps), cost in zip(groups, budget, strict=True):
        _band(page, line, unit or w("nowhere"), cost, formats)
        for _ in steps:
            line += 1
            write_row(page, line, next(rows), ANNUAL, formats)
        line += 1
    _band(page, line, w("total"), sum(budget), formats)
    page.write_string(line + 1, 0, w("annual.note"), formats.quiet)
    page.print_area(0, 0, line + 1, last)


def _band(page: Any, line: int, text: str, cost: float, formats: Formats) -> None:
    page.write_string(line, 0, text, formats.band)
    for number in range(1, len(ANNUAL) - 1):
        page.write_blank(line, number, None, formats.band)
    page.write_number(line, len(ANNUAL) - 1, cost, formats.band_money)
