"""Sheets with rows for officers: who they are, what they miss, and what ranks best for them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from competency.reporting.facts.groups import optional
from competency.reporting.facts.names import day
from competency.reporting.facts.officers import why_without
from competency.reporting.sheet import Column

if TYPE_CHECKING:
    from competency.arrays import Floats, Texts
    from competency.reporting.sheet import Row, Source

OFFICERS_AT_ONCE = 2_000
"""Officers whose rows are held in memory at one time."""

SMALLEST_GAP = 0.05
"""Smallest expected gap, in levels, that is listed: less is written as 0,0 with one decimal."""

OFFICERS = (
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


def officer_rows(source: Source) -> Iterator[Row]:
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


def _who(source: Source) -> Iterator[Row]:
    roster = source.plan.ranking.gaps.levels.roster
    for row in range(len(roster)):
        yield (
            str(roster.officer_ids[row]),
            source.position(int(roster.position[row])),
            source.position(int(roster.next_position[row])),
            str(roster.unit[row]),
            str(roster.region[row]),
        )


def _match(source: Source) -> Iterator[Row]:
    match = source.match
    for row in range(len(source.plan.ranking)):
        spread = (optional(part[row]) for part in (match.match, match.low, match.high))
        yield (*spread, source.text(match.label(row)))


def _planned(source: Source) -> Iterator[Row]:
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


def _total(source: Source, aim: str) -> Floats:
    """Gap of each officer over the assessed competencies; NaN without any, or without the aim."""
    gaps = source.plan.ranking.gaps
    if aim not in gaps.aims:
        return np.full(len(gaps), np.nan)
    gap = gaps.expected_gap[gaps.aims.index(aim)]
    counted = gaps.known & ~np.isnan(gap)
    total = np.where(counted, gap, 0).sum(1, dtype=np.float64)
    return np.where(counted.any(1), total, np.nan)


GAPS = (
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


def gap_rows(source: Source) -> Iterator[Row]:
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


RANKING = (
    Column("officer", width=22),
    Column("rank", "whole"),
    Column("training", width=56),
    Column("score", "decimal"),
    Column("gap_closed", "decimal"),
    Column("hours", "decimal"),
    Column("mandatory"),
)


def ranking_rows(source: Source) -> Iterator[Row]:
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
