"""The cohort heat map: groups of officers by competencies, those too small to show hidden."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import Bools, Floats, Ints, Texts
from competency.gaps import roll_up
from competency.reporting.colours import step_of
from competency.reporting.facts.model import CompetencyLabel, HeatCell, HeatMap, HeatRow
from competency.reporting.facts.names import optional

if TYPE_CHECKING:
    import pandas as pd

    from competency.gaps.table import GapTable
    from competency.reporting.facts.names import Names

MANY_UNITS = 24
"""More units than this and the map shows regions (what still reads on one printed page)."""

MOST_ROWS = 40
"""Rows of the map: the largest groups (38 provinces of Indonesia fit)."""


def heat_map(gaps: GapTable, names: Names, *, minimum_group: int, by: str = "") -> HeatMap:
    """Return mean expected gaps toward the first aim, with small groups hidden.

    Groups are those of `by` (``"unit"``, ``"region"`` or ``"position"``; "" chooses). A cell is
    the mean over officers whose competency was assessed and whose position asks for it. Cost is
    linear in officers x competencies.
    """
    by = by or _natural_grouping(gaps, minimum_group)
    groups, sizes = np.unique(group_names(gaps, by).astype(str), return_counts=True)
    small = hidden_cells(sizes[:, None], minimum_group)[:, 0]
    cells = _Cells(gaps, by, groups.tolist(), small, minimum_group)
    order = names.order
    size = [None if few else int(count) for count, few in zip(sizes, small, strict=True)]
    rows = [
        HeatRow(str(groups[g]), size[g], tuple(cells.at(g, c) for c in order))
        for g in _rows_shown(sizes, small)
    ]
    rows.sort(key=lambda row: (row.n_officers is None, -_row_mean(row), row.name))
    overall = HeatRow("", len(gaps), tuple(cells.at(-1, c) for c in order))
    labels = tuple(names.competencies[c] for c in order)
    return HeatMap(
        by=by,
        aim=gaps.aims[0],
        competencies=labels,
        rows=tuple(rows),
        overall=overall,
        top=cells.top,
        minimum_group=minimum_group,
        n_left_out=len(groups) - len(rows),
        widest=_widest(rows, labels),
    )


def hidden_cells(counts: Ints, minimum: int, also: Bools | None = None) -> Bools:
    """Return which cells must be hidden so that no small group can be read or worked out.

    A cell of 1 to ``minimum - 1`` officers is hidden. Since column totals are shown, the hidden
    cells of a column must also be two at least and hold `minimum` officers together: the next
    smallest cells of the column are hidden until they do.

    `counts`, of shape (n_groups, n_columns), are the officers behind each cell, `minimum` is the
    smallest group that is shown, and `also` says which cells are hidden for another reason.

    Examples
    --------
    >>> hidden_cells(np.array([[3], [9], [30]]), 5).ravel().tolist()
    [True, True, False]
    >>> hidden_cells(np.array([[0], [9], [30]]), 5).any()
    np.False_
    """
    hidden = (counts > 0) & (counts < minimum)
    if also is not None:
        hidden |= also & (counts > 0)
    for column in np.flatnonzero(hidden.any(axis=0)):
        for row in np.argsort(counts[:, column], kind="stable"):
            inside = hidden[:, column]
            if inside.sum() >= 2 and counts[inside, column].sum() >= minimum:
                break
            hidden[row, column] |= counts[row, column] > 0
    return hidden


def group_names(gaps: GapTable, by: str) -> Texts:
    """Return each officer's unit, region or position id; "" where there is none."""
    roster = gaps.levels.roster
    if by != "position":
        names: Texts = getattr(roster, by)
        return names
    ids = np.array([*gaps.levels.framework.index.position_ids, ""], object)
    held: Texts = ids[roster.position]
    return held


def _natural_grouping(gaps: GapTable, minimum: int) -> str:
    """Units where they are few and most officers are in one that can be shown; else regions."""
    roster = gaps.levels.roster
    units, sizes = np.unique(roster.unit.astype(str), return_counts=True)
    shown = sizes[sizes >= minimum].sum() > sizes.sum() / 2
    if 1 < len(units) <= MANY_UNITS and shown:
        return "unit"
    return "region" if len(set(roster.region) - {""}) > 1 else "position"


class _Cells:
    """Means and counts by group and competency; the last row is the whole cohort."""

    def __init__(
        self, gaps: GapTable, by: str, groups: list[str], small: Bools, minimum: int
    ) -> None:
        ids = gaps.levels.framework.index.competency_ids
        cells = roll_up(gaps, (by, "competency"), aim=gaps.aims[0], minimum_group=1)
        whole = roll_up(gaps, "competency", aim=gaps.aims[0], minimum_group=1)
        shape = len(groups) + 1, len(ids)
        self.mean, self.known, self.asked = np.full(shape, np.nan), np.zeros(shape), np.zeros(shape)
        group = {name: number for number, name in enumerate(groups)}
        rows = [group[name] for name in cells["group"]]
        self._fill(cells, rows, cells["subgroup"], ids)
        self._fill(whole, [len(groups)] * len(whole), whole["group"], ids)
        few = np.broadcast_to(small[:, None], (len(groups), len(ids)))
        hidden = few | hidden_cells(self.known[:-1].astype(int), minimum, few)
        total = self.known[-1:]
        self.hidden = np.concatenate([hidden, (total > 0) & (total < minimum)])
        self.mean[self.hidden] = np.nan
        self.top = _round_top(self.mean)

    def _fill(
        self, frame: pd.DataFrame, rows: list[int], names: pd.Series, ids: tuple[str, ...]
    ) -> None:
        number = {name: c for c, name in enumerate(ids)}
        at = rows, [number[name] for name in names]
        self.mean[at], self.known[at] = frame["mean_gap"], frame["n_known"]
        self.asked[at] = frame["n_cells"]

    def at(self, group: int, competency: int) -> HeatCell:
        """Return the cell of one group."""
        place = group, competency
        if self.hidden[place]:
            return HeatCell(shown=False)
        mean, known, asked = (table[place] for table in (self.mean, self.known, self.asked))
        return HeatCell(
            shown=True,
            mean=optional(mean),
            n_known=int(known),
            n_unknown=int(asked - known),
            unknown_share=round(float(1 - known / asked), 4) if asked else None,
            step=None if np.isnan(mean) else step_of(mean, self.top),
        )


def _rows_shown(sizes: Ints, small: Bools) -> list[int]:
    order = np.lexsort((np.arange(len(sizes)), -sizes, small))
    return [int(g) for g in order[:MOST_ROWS]]


def _round_top(mean: Floats) -> float:
    values = mean[~np.isnan(mean)]
    return float(max(np.ceil(values.max() * 4) / 4, 0.5)) if len(values) else 1.0


def _row_mean(row: HeatRow) -> float:
    values = [cell.mean for cell in row.cells if cell.mean is not None]
    return sum(values) / len(values) if values else 0.0


def _widest(
    rows: list[HeatRow], labels: tuple[CompetencyLabel, ...]
) -> tuple[str, CompetencyLabel, float] | None:
    cells = [
        (cell.mean, row.name, label)
        for row in rows
        for cell, label in zip(row.cells, labels, strict=True)
        if cell.mean is not None
    ]
    if not cells:
        return None
    mean, name, label = max(cells, key=lambda cell: cell[0])
    return name, label, mean
