"""The workbook: officers, gaps, ranking, plan and the annual plan form, as Excel sheets.

Every text is written as text, so that no cell can become a formula; numbers stay numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from competency.files import atomic_path
from competency.reporting.annual_plan import (
    ANNUAL,
    BUDGET,
    PlanInWords,
    annual_rows,
    budget_rows,
)
from competency.reporting.excel import Column, Formats, Sheet, open_book, write_sheet
from competency.reporting.facts.findings import remark_words
from competency.reporting.facts.match import MatchTable
from competency.reporting.facts.names import Names, day, optional
from competency.reporting.facts.officers import why_without
from competency.reporting.summary import build_summary, evidence_of, plan_of
from competency.wording import Wording

if TYPE_CHECKING:
    from competency.arrays import Floats, Texts
    from competency.case import Case
    from competency.config import Locale
    from competency.errors import Finding
    from competency.evidence.table import Evidence
    from competency.planning.plan import Plan
    from competency.reporting.excel import Row
    from competency.reporting.facts.model import Summary

DETAILED_OFFICERS = 10_000
"""Largest cohort whose single gaps and rankings are listed (some 300,000 rows of a sheet)."""

OFFICERS_AT_ONCE = 2_000
"""Officers whose rows are held in memory at one time."""

SMALLEST_GAP = 0.05
"""Smallest expected gap, in levels, that is listed: less is written as 0,0 with one decimal."""


@dataclass(frozen=True)
class WorkbookSource(PlanInWords):
    """Everything that sheets are made from."""

    match: MatchTable
    summary: Summary


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

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import competency as cp
    >>> from competency.testing import small_gaps
    >>> plan = cp.plan_cohort(cp.rank_trainings(small_gaps()))
    >>> with TemporaryDirectory() as folder:
    ...     write_workbook(plan, f"{folder}/plan.xlsx", locale="en").name
    'plan.xlsx'
    """
    target, plan = Path(path), plan_of(source)
    gaps = plan.ranking.gaps
    content = WorkbookSource(
        plan=plan,
        names=Names(gaps.levels.framework),
        match=MatchTable(gaps),
        summary=summary
        or build_summary(source, evidence=evidence, measurement=measurement, officers=()),
        w=Wording(locale),
        evidence=evidence_of(source, evidence),
    )
    with atomic_path(target) as temporary:
        _write(content, temporary)
    return target


def _write(source: WorkbookSource, temporary: Path) -> None:
    with open_book(temporary, source.w("title")) as book:
        formats = Formats(book)
        for sheet in _all_sheets(source):
            write_sheet(book, sheet, source.w, formats)


def _all_sheets(source: WorkbookSource) -> tuple[Sheet, ...]:
    """Return the sheets of the workbook in their order."""
    listed = len(source.plan.ranking) <= DETAILED_OFFICERS
    return (
        Sheet("summary", _SUMMARY, lambda: _summary(source)),
        Sheet("officers", _OFFICERS, lambda: _officer_rows(source)),
        Sheet("gaps", _GAPS, lambda: _gap_rows(source) if listed else ()),
        Sheet("ranking", _RANKING, lambda: _ranking_rows(source) if listed else ()),
        Sheet("plan", _PLAN, lambda: _plan_rows(source)),
        Sheet("annual", ANNUAL, lambda: annual_rows(source)),
        Sheet("budget", BUDGET, lambda: budget_rows(source)),
        Sheet("coverage", _COVERAGE, lambda: _coverage(source)),
        Sheet("measurement", _MEASUREMENT, lambda: _measurement(source)),
        Sheet("rejected", _REJECTED, lambda: _rejected(source)),
    )


_SUMMARY = (Column("name", width=46), Column("value", width=60))


def _summary(source: WorkbookSource) -> Iterator[Row]:
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


def _figures(source: WorkbookSource) -> Iterator[Row]:
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


_OFFICERS = (
    Column("officer", width=22),
    Column("position", width=30),
    Column("next_position", width=30),
    Column("unit", width=32),
    Column("region", width=22),
    Column("match", "percent"),
    Column("match_low", "percent"),
    Column("match_high", "percent"),
    Column("category", width=26),
    Column("gap", "decimal"),
    Column("gap_next", "decimal"),
    Column("unknown", "whole"),
    Column("n_required", "whole"),
    Column("first_training", width=46),
    Column("first_start", "date"),
    Column("plan_hours", "decimal"),
    Column("without", width=40),
)


def _officer_rows(source: WorkbookSource) -> Iterator[Row]:
    """Return one row for each officer."""
    gaps = source.plan.ranking.gaps
    held = gaps.required[0] > 0
    counts = zip(
        _total(source, gaps.aims[0]),
        _total(source, "next"),
        (held & ~gaps.known).sum(1).tolist(),
        held.sum(1).tolist(),
        strict=True,
    )
    parts = zip(_who(source), _match(source), counts, _planned(source), strict=True)
    for who, match, (gap, next_gap, unknown, n_required), planned in parts:
        yield (*who, *match, optional(gap), optional(next_gap), unknown, n_required, *planned)


def _who(source: WorkbookSource) -> Iterator[Row]:
    roster = source.plan.ranking.gaps.levels.roster
    for row in range(len(roster)):
        yield (
            str(roster.officer_ids[row]),
            source.position(int(roster.position[row])),
            source.position(int(roster.next_position[row])),
            str(roster.unit[row]),
            str(roster.region[row]),
        )


def _match(source: WorkbookSource) -> Iterator[Row]:
    match = source.match
    for row in range(len(source.plan.ranking)):
        spread = (optional(part[row]) for part in (match.match, match.low, match.high))
        yield (*spread, source.text(match.label(row)))


def _planned(source: WorkbookSource) -> Iterator[Row]:
    """Yield first training, its start, hours planned, and why there is no plan."""
    plan, w = source.plan, source.w
    reasons = why_without(plan)
    hours = np.bincount(plan.officer, weights=plan.hours, minlength=len(plan.ranking)).tolist()
    for row, step in enumerate(plan.pointer[:-1].tolist()):
        if reasons[row]:
            yield "", None, hours[row], w(f"without.{reasons[row]}")
        else:
            training = source.names.trainings[plan.training[step]]
            yield source.text(training), day(plan.start[step]), hours[row], ""


def _total(source: WorkbookSource, aim: str) -> Floats:
    """Gap of each officer over the assessed competencies; NaN without any, or without the aim."""
    gaps = source.plan.ranking.gaps
    if aim not in gaps.aims:
        return np.full(len(gaps), np.nan)
    gap = gaps.expected_gap[gaps.aims.index(aim)]
    counted = gaps.known & ~np.isnan(gap)
    total = np.where(counted, gap, 0).sum(1, dtype=np.float64)
    return np.where(counted.any(1), total, np.nan)


_GAPS = (
    Column("officer", width=22),
    Column("aim", width=20),
    Column("position", width=30),
    Column("competency", width=40),
    Column("kind", width=16),
    Column("required", "whole"),
    Column("expected", "decimal"),
    Column("gap", "decimal"),
    Column("meets", "percent"),
    Column("known"),
    Column("observations", "whole"),
)


def _gap_rows(source: WorkbookSource) -> Iterator[Row]:
    """Return what is missing toward the first aim, and requirements never assessed."""
    w, names = source.w, source.names
    gaps = source.plan.ranking.gaps
    label = {row.id: row.text(w.locale) for row in names.competencies}
    kind = {row.id: w(f"kind.{row.kind}") for row in names.competencies}
    position = {row.id: row.text(w.locale) for row in names.positions}
    for first in range(0, len(gaps), OFFICERS_AT_ONCE):
        rows = np.arange(first, min(first + OFFICERS_AT_ONCE, len(gaps)))
        frame = gaps.take(rows).to_frame()
        missing = (frame["expected_gap"] >= SMALLEST_GAP) | ~frame["known"]
        missing &= frame["aim"] == gaps.aims[0]  # NOTE: the table `gaps` of a run has all aims
        frame = frame[missing].sort_values(["officer", "competency"], kind="stable")
        columns = (
            frame["officer"].tolist(),
            [w.or_else(f"aim.{aim}", aim) for aim in frame["aim"]],
            [position[name] for name in frame["position"]],
            [label[name] for name in frame["competency"]],
            [kind[name] for name in frame["competency"]],
            frame["required_level"].tolist(),
            frame["expected_level"].tolist(),
            frame["expected_gap"].tolist(),
            frame["p_meets"].tolist(),
            [source.answer(known) for known in frame["known"]],
            frame["n_observations"].tolist(),
        )
        yield from zip(*columns, strict=True)


_RANKING = (
    Column("officer", width=22),
    Column("rank", "whole"),
    Column("training", width=56),
    Column("score", "decimal"),
    Column("gap_closed", "decimal"),
    Column("hours", "decimal"),
    Column("mandatory"),
)


def _ranking_rows(source: WorkbookSource) -> Iterator[Row]:
    """Return the best trainings of each officer."""
    ranking = source.plan.ranking
    ids: Texts = ranking.gaps.levels.roster.officer_ids
    hours = source.names.index.trainings.hours
    label = [source.text(row) for row in source.names.trainings]
    best = ranking.best()
    for row, place in np.argwhere(best.training >= 0).tolist():
        training = best.training[row, place]
        yield (
            str(ids[row]),
            place + 1,
            label[training],
            float(best.score[row, place]),
            float(best.value[row, place]),
            float(hours[training]),
            source.answer(ranking.mandatory[row, training]),
        )


_PLAN = (
    Column("officer", width=22),
    Column("order", "whole"),
    Column("training", width=56),
    Column("provider", width=40),
    Column("session", width=20),
    Column("start", "date"),
    Column("end", "date"),
    Column("hours", "decimal"),
    Column("cost", "money"),
    Column("gap_closed", "decimal"),
    Column("mandatory"),
)


def _plan_rows(source: WorkbookSource) -> Iterator[Row]:
    """Return one row for each step of the plan."""
    plan, names = source.plan, source.names
    ids = plan.ranking.gaps.levels.roster.officer_ids
    provider = [source.text(names.provider_of(t)) for t in range(len(names.trainings))]
    hours = plan.hours
    for step, row in enumerate(plan.officer.tolist()):
        training, session = int(plan.training[step]), int(plan.session[step])
        yield (
            str(ids[row]),
            int(step - plan.pointer[row] + 1),
            source.text(names.trainings[training]),
            provider[training],
            names.index.session_ids[session] if session >= 0 else "",
            day(plan.start[step]),
            day(plan.end[step]),
            float(hours[step]),
            float(names.index.trainings.cost[training]),
            float(plan.gain[step]),
            source.answer(plan.ranking.mandatory[row, training]),
        )


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


def _coverage(source: WorkbookSource) -> Iterator[Row]:
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


def _measurement(source: WorkbookSource) -> Iterator[Row]:
    for remark in source.summary.measurement or ():
        words = remark_words(remark, source.w)
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


def _rejected(source: WorkbookSource) -> Iterable[Row]:
    if source.evidence is None:
        return repeat((), 0)
    rejected = source.evidence.rejected
    columns = [rejected[column.key].tolist() for column in _REJECTED]
    return zip(*columns, strict=True)
