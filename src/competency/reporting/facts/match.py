"""The job-person match: of each officer, and of the holders of each position."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from competency.arrays import Floats, Ints, Texts
from competency.gaps import GapTable, match_positions
from competency.gaps.positions import OFFICIAL_KINDS
from competency.reporting.facts.cohort import hidden_cells
from competency.reporting.facts.model import Category, Label, Match, MatchRow
from competency.reporting.facts.names import optional

if TYPE_CHECKING:
    from competency.reporting.facts.names import Names

_COLUMNS = ("jpm", "jpm_p05", "jpm_p95")


class MatchTable:
    """Job-person match toward the first aim, one element per officer row.

    The settings of the gaps say the purpose of the cut-offs and the number of draws.
    """

    def __init__(self, gaps: GapTable) -> None:
        frame = match_positions(gaps, aims=gaps.aims[:1])
        rows = [gaps.levels.roster.row_of[name] for name in frame["officer"]]
        size = len(gaps)
        self.purpose = gaps.config.purpose
        self.categories = _categories(gaps, self.purpose)
        self.match, self.low, self.high = (
            _spread(frame[name].to_numpy(float) / 100, rows, size) for name in _COLUMNS
        )
        self.category: Texts = np.full(size, "", object)
        self.category[rows] = frame["category"].to_numpy(object)
        self._rows = gaps.levels.roster.row_of
        self._labels = {label.id: label for label, _ in self.categories}

    def label(self, row: int) -> Label | None:
        """Return the category of the officer at `row`, or None."""
        return self._labels.get(str(self.category[row]))

    def of(self, officer: str) -> dict[str, Any]:
        """Return match, interval and category of one officer, as fields of `OfficerFacts`."""
        row = self._rows[officer]
        return {
            "match": optional(self.match[row]),
            "match_low": optional(self.low[row]),
            "match_high": optional(self.high[row]),
            "match_category": self.label(row),
        }

    def count(self, rows: Ints | slice) -> tuple[Category, ...]:
        """Return the categories with their counts among the officers at `rows`."""
        names = self.category[rows]
        total = int((names != "").sum())
        counts = [int((names == label.id).sum()) for label, _ in self.categories]
        return tuple(
            Category(label, minimum, count, round(count / total, 6) if total else 0.0)
            for (label, minimum), count in zip(self.categories, counts, strict=True)
        )


def match_rows(gaps: GapTable, table: MatchTable, names: Names, *, minimum_group: int) -> Match:
    """Return the match of the holders of each position, small groups hidden."""
    position = gaps.position[0]
    sizes = np.bincount(position[position >= 0], minlength=len(names.positions))
    hidden = hidden_cells(sizes[:, None], minimum_group)[:, 0]
    rows = tuple(
        _row(table, names.positions[p], np.flatnonzero(position == p), hidden=bool(hidden[p]))
        for p in _ladder_order(names)
        if sizes[p]
    )
    official = any(label.kind in OFFICIAL_KINDS for label in names.competencies)
    return Match(table.purpose, official, rows)


def _row(table: MatchTable, position: Label, officers: Ints, *, hidden: bool) -> MatchRow:
    if hidden:
        return MatchRow(position, None, None, ())
    return MatchRow(position, len(officers), mean(table.match[officers]), table.count(officers))


def mean(values: Floats) -> float | None:
    """Return the mean of the values there are, or None."""
    present = values[~np.isnan(values)]
    return optional(float(present.mean())) if len(present) else None


def _ladder_order(names: Names) -> list[int]:
    """Positions from the lowest step of a ladder up: a position comes after those before it."""
    after = names.index.next_position
    depth = np.zeros(len(after), int)
    for _ in range(len(after)):
        for p in np.flatnonzero(after >= 0):
            depth[after[p]] = min(max(depth[after[p]], depth[p] + 1), len(after))
    return sorted(range(len(after)), key=lambda p: (depth[p], names.index.position_ids[p]))


def _spread(values: Floats, rows: Sequence[int], size: int) -> Floats:
    spread = np.full(size, np.nan)
    spread[rows] = values
    return spread


def _categories(gaps: GapTable, purpose: str) -> list[tuple[Label, float | None]]:
    """Categories of a purpose, best first; the minimum is None where it differs by tier."""
    framework = gaps.levels.framework
    cutoffs = [row for row in framework.jpm_cutoffs if row.purpose == purpose]
    minima: dict[str, set[float]] = {}
    labels: dict[str, Label] = {}
    for row in sorted(cutoffs, key=lambda row: (row.tier, row.category)):
        minima.setdefault(row.category, set()).add(row.minimum)
        labels.setdefault(row.category, Label(row.category, row.name, row.name_en))
    order = sorted(minima, key=lambda name: (-max(minima[name]), name))
    return [(labels[n], minima[n].copy().pop() if len(minima[n]) == 1 else None) for n in order]
