"""Trainings taken as steps in time, and the ratings before, between and after them.

A cell is an officer and a competency, one number: ``officer * n_competencies + competency``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.arrays import rows_of_ranges

if TYPE_CHECKING:
    from competency.arrays import Bools, Dates, Ints, Texts
    from competency.evidence.table import Roster
    from competency.framework.model import Framework

_DAYS = 2**20
# Days that a key has room for: 2,870 years from 1970.
DURING, UNTRAINED = -1, -2
"""Segment of a rating given while a training on the competency ran (neither before nor after), and
where no training was ever completed on the cell."""


@dataclass(frozen=True, eq=False)
class Steps:
    """Completed trainings, one element for each competency that they develop.

    Parameters
    ----------
    cell, row : Ints, shape (n_steps,)
        Sorted by cell, then last day; row of ``framework.index.develops``.
    start, end : Ints, shape (n_steps,)
        First and last day, as days since 1970.
    undated : Ints
        Cells that a completed training without any date develops: before and after it are not
        known there.
    n_undated : int
        Completed trainings without any date.
    """

    cell: Ints
    row: Ints
    start: Ints
    end: Ints
    undated: Ints
    n_undated: int


def completed_steps(history: pd.DataFrame, roster: Roster, framework: Framework) -> Steps:
    """Return the trainings that were completed, by cell and day.

    `history` has the columns officer, training, status, start and end; one date of two stands for
    both. Rows of other officers or trainings are left out.
    """
    index = framework.index
    done = history[history["status"] == "completed"]
    officer = _numbers(roster.officer_ids, done["officer"])
    training = _numbers(index.training_ids, done["training"])
    start, end = _dates(done, "start", "end"), _dates(done, "end", "start")
    known = (officer >= 0) & (training >= 0) & ~(end < start)
    officer, training, start, end = officer[known], training[known], start[known], end[known]
    pointer = index.develops.pointer
    member, row = rows_of_ranges(pointer[training], pointer[training + 1])
    cell = officer[member] * len(index.competency_ids) + index.develops.competency[row]
    dated, undated = ~np.isnat(start), np.unique(cell[np.isnat(start)[member]])
    first, last = start[member].astype(np.int64), end[member].astype(np.int64)
    order = np.flatnonzero(dated[member])
    order = order[np.lexsort((row[order], first[order], last[order], cell[order]))]
    return Steps(
        cell[order], row[order], first[order], last[order], undated, int((~dated).sum())
    )  # fmt: skip


def _numbers(ids: Texts | tuple[str, ...], names: pd.Series[str]) -> Ints:
    index = pd.Index(ids, dtype=object)
    return index.get_indexer(pd.Index(names, dtype=object)).astype(np.int64)


def _dates(rows: pd.DataFrame, name: str, other: str) -> Dates:
    return rows[name].fillna(rows[other]).to_numpy("datetime64[D]")


@dataclass(frozen=True, eq=False)
class Chains:
    """Steps with ratings of the competency before and after, and where those ratings lie.

    The ratings of a cell with steps fall into segments: before the first step, between two, and
    after the last; step k of all lies between the segments ``before[k]`` and ``before[k] + 1``.

    Parameters
    ----------
    steps : Steps
    before : Ints, shape (n_steps,)
        Segment before each step.
    used : Bools, shape (n_steps,)
        Whether the competency was rated both somewhere before and somewhere after the step.
    chain : Ints, shape (n_steps,)
        Number of the chain; -1 where not used. Used steps of one cell are one chain.
    cell, cut, first, last : Ints, shape (n_chains,)
        Cell; day before which nothing of the chain had begun; first segment that was rated, and
        last one.
    segment : Ints, shape (n_ratings,)
        Segment of each rating, or `DURING`, or `UNTRAINED`.
    """

    steps: Steps
    before: Ints
    used: Bools
    chain: Ints
    cell: Ints
    cut: Ints
    first: Ints
    last: Ints
    segment: Ints

    @property
    def n_segments(self) -> int:
        """Segments of all cells with steps."""
        return len(self.before) + len(np.unique(self.steps.cell))


def lay_chains(steps: Steps, cell: Ints, day: Ints) -> Chains:
    """Return the steps that ratings surround, as chains.

    `cell` and `day` (since 1970) are those of the ratings; a rating on the last day of a training
    comes after it.
    """
    cells, start = np.unique(steps.cell, return_index=True)
    owner = np.searchsorted(cells, steps.cell)
    before = np.arange(len(owner)) + owner
    segment = _segments(steps, cells, cell, day)
    rated = np.bincount(segment[segment >= 0], minlength=len(owner) + len(cells)) > 0
    first, last = _rated_ends(rated, start + np.arange(len(cells)))
    used = (before >= first[owner]) & (before < last[owner])
    held, number = np.unique(owner[used], return_inverse=True)
    chain = np.full(len(owner), -1)
    chain[used] = number
    cut = np.full(len(held), np.iinfo(np.int64).max)
    np.minimum.at(cut, number, steps.start[used])
    return Chains(
        steps, before, used, chain, cells[held], cut, first[held], last[held], segment
    )  # fmt: skip


def _rated_ends(rated: Bools, start: Ints) -> tuple[Ints, Ints]:
    """First and last rated segment of each cell; nothing lies between them where none is."""
    if len(start) == 0:
        return start, start
    place = np.arange(len(rated))
    first = np.minimum.reduceat(np.where(rated, place, len(rated)), start)
    return first, np.maximum.reduceat(np.where(rated, place, -1), start)


def _segments(steps: Steps, cells: Ints, cell: Ints, day: Ints) -> Ints:
    if len(cells) == 0:
        return np.full(len(cell), UNTRAINED)
    # NOTE: a cell with n steps has n + 1 segments, so cell q begins q further on than its steps.
    place = np.searchsorted(cells, cell)
    asked = cell * _DAYS + day
    ended = np.searchsorted(steps.cell * _DAYS + steps.end, asked, side="right")
    begun = np.searchsorted(np.sort(steps.cell * _DAYS + steps.start), asked, side="right")
    segment = np.where(begun > ended, DURING, ended + place)
    return np.where(np.isin(cell, cells), segment, UNTRAINED)


def before_any_training(chains: Chains, cell: Ints) -> Bools:
    """Return which ratings, of the cells `cell`, no training on the competency preceded.

    Ratings of a cell before its first training count, whether or not there was one later: to leave
    them out would keep only officers whose later ratings gave no reason to train them, and they
    would seem to grow by themselves.
    """
    steps = chains.steps
    _, start = np.unique(steps.cell, return_index=True)
    first = chains.before[start]
    before = (chains.segment == UNTRAINED) | np.isin(chains.segment, first)
    return np.asarray(before & ~np.isin(cell, steps.undated))
