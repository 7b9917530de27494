"""All sheets of the workbook in their order; those of the cohort are made here."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import repeat
from typing import TYPE_CHECKING

from competency.reporting.annual_plan import ANNUAL, BUDGET, annual_rows, budget_rows
from competency.reporting.officer_sheets import (
    GAPS,
    OFFICERS,
    RANKING,
    gap_rows,
    officer_rows,
    ranking_rows,
)
from competency.reporting.plan_sheets import PLAN, plan_rows
from competency.reporting.remarks import said
from competency.reporting.sheet import Column, Sheet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from competency.reporting.sheet import Row, Source

DETAILED_OFFICERS = 10_000
"""Largest cohort whose single gaps and rankings are listed (some 300,000 rows of a sheet)."""


def all_sheets(source: Source) -> tuple[Sheet, ...]:
    """Return the sheets of the workbook in their order."""
    listed = len(source.plan.ranking) <= DETAILED_OFFICERS
    return (
        Sheet("summary", _SUMMARY, lambda: _summary(source)),
        Sheet("officers", OFFICERS, lambda: officer_rows(source)),
        Sheet("gaps", GAPS, lambda: gap_rows(source) if listed else ()),
        Sheet("ranking", RANKING, lambda: ranking_rows(source) if listed else ()),
        Sheet("plan", PLAN, lambda: plan_rows(source)),
        Sheet("annual", ANNUAL, lambda: annual_rows(source)),
        Sheet("budget", BUDGET, lambda: budget_rows(source)),
        Sheet("coverage", _COVERAGE, lambda: _coverage(source)),
        Sheet("measurement", _MEASUREMENT, lambda: _measurement(source)),
        Sheet("rejected", _REJECTED, lambda: _rejected(source)),
    )


_SUMMARY = (Column("name", width=46), Column("value", width=60))


def _summary(source: Source) -> Iterator[Row]:
    w, heading = source.w, source.summary.heading
    yield w("framework"), source.text(heading.framework)
    yield w("version"), heading.version
    yield w("as_of"), heading.as_of
    if heading.synthetic:
        yield w("badge.title"), w("badge.text")
    yield w("officers"), heading.n_officers
    yield w("competencies"), heading.n_competencies
    yield w("trainings"), heading.n_trainings
    yield from _figures(source)
    if heading.n_officers > DETAILED_OFFICERS:
        yield w("workbook.short"), w("workbook.short.text", most=DETAILED_OFFICERS)
    yield w("foot.decision"), w("foot.objection")
    yield w("method.prior"), w("method.prior.text")
    yield w("fingerprint"), source.summary.method.fingerprint


def _figures(source: Source) -> Iterator[Row]:
    w, figures = source.w, source.summary.figures
    yield w("figure.match"), w.percent(figures.match_mean, 1)
    for category in figures.categories:
        yield source.text(category.label), category.count
    yield w("figure.met"), w.percent(figures.met_share, 1)
    yield w("unknown"), w.percent(figures.unknown_share, 1)
    yield w("figure.planned"), figures.n_planned
    for item in figures.without:
        yield w(f"without.{item.reason}"), item.count
    yield w("figure.hours"), figures.hours
    yield w("figure.seats"), figures.seats_used
    yield w("figure.seats.all"), figures.seats_offered
    yield w("figure.gap.before"), round(figures.gap_before, 1)
    yield w("figure.gap.after"), round(figures.gap_before - figures.gap_closed, 1)


_COVERAGE = (
    Column("competency", width=44),
    Column("kind", width=16),
    Column("level", "whole"),
    Column("need", "decimal"),
    Column("unknown", "whole"),
    Column("seats", "whole"),
    Column("n_trainings", "whole"),
    Column("remark", width=26),
)


def _coverage(source: Source) -> Iterator[Row]:
    w = source.w
    for row in source.summary.coverage.rows:
        for cell in row.cells:
            if not cell.asked:
                continue
            remark = w("unlimited") if cell.unlimited else ""
            yield (
                source.text(row.competency),
                w(f"kind.{row.competency.kind}"),
                cell.level,
                cell.need,
                cell.n_unknown,
                cell.seats,
                cell.n_trainings,
                remark if cell.n_trainings else w("coverage.none"),
            )


_MEASUREMENT = (
    Column("severity", width=14),
    Column("remark", width=40),
    Column("reason", width=80),
    Column("hint", width=60),
)


def _measurement(source: Source) -> Iterator[Row]:
    for remark in source.summary.measurement or ():
        words = said(remark, source.w)
        yield source.w(f"severity.{remark.severity}"), words.title, words.text, words.step


_REJECTED = (
    Column("table", width=16),
    Column("file", width=26),
    Column("sheet", width=18),
    Column("row", "whole"),
    Column("column", width=16),
    Column("code", width=24),
    Column("reason", width=60),
    Column("hint", width=60),
)


def _rejected(source: Source) -> Iterable[Row]:
    if source.evidence is None:
        return repeat((), 0)
    rejected = source.evidence.rejected
    columns = [rejected[column.key].tolist() for column in _REJECTED]
    return zip(*columns, strict=True)
