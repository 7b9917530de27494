"""Instrument coverage: trainings and seats for every level that a position asks for."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.config import as_date
from competency.errors import ConfigError, Finding
from competency.framework.index import NO_LIMIT

if TYPE_CHECKING:
    from competency.arrays import Bools, Floats, Ints
    from competency.framework.model import Framework
    from competency.gaps.table import GapTable


def coverage(
    framework: Framework,
    gaps: GapTable | None = None,
    *,
    as_of: date | str,
    horizon_days: int = 365,
) -> pd.DataFrame:
    """Return what the catalogue offers for every level that a position requires.

    Parameters
    ----------
    framework : Framework
    gaps : GapTable or None
        Adds who needs it, by the position held; must have been scored for aim ``"held"``.
    as_of : date or str
        First day of the horizon.
    horizon_days : int
        Sessions that start on or after `as_of` and end within this many days count.

    Returns
    -------
    DataFrame
        One row per competency and level that some position requires, sorted: ``competency,
        level``; ``n_positions`` that require this level; ``n_trainings`` that lead to it from
        the level below (``entry_level < level <= target_level``) and are valid in the horizon;
        their ``n_sessions`` and limited ``seats`` in the horizon (in a year, for trainings without
        dates); ``unlimited`` (one of these sessions, or of these trainings without dates, has
        no limit); ``expected_in_need``, the expected number of officers below the level whose
        position asks for it or more, among those assessed; ``n_unknown``, the officers asked
        for it who were never assessed. The last two are NaN without `gaps`.

    Raises
    ------
    ConfigError
        If `gaps` has no aim ``"held"`` or was scored on another framework.

    Notes
    -----
    One seat serves every level that its training leads to, so seats do not add up over rows.

    Examples
    --------
    >>> from competency.testing import small_framework
    >>> table = coverage(small_framework(), as_of="2026-11-01")
    >>> table.loc[table["competency"] == "C", ["level", "n_positions", "n_trainings"]]
       level  n_positions  n_trainings
    4      2            2            2
    """
    day = as_date(as_of)
    _refuse_foreign(framework, gaps)
    asked = framework.index.requirements
    pairs, n_positions = np.unique(
        np.stack([asked.competency, asked.level]), axis=1, return_counts=True
    )
    competency, level = pairs.astype(np.int64)
    serves = _serves(framework, competency, level) & _valid(framework, day, horizon_days)
    sessions = _in_horizon(framework, day, horizon_days)
    seats, endless, count = seats_by_training(framework, sessions)
    frame = pd.DataFrame(
        {
            "competency": np.array(framework.index.competency_ids, object)[competency],
            "level": level,
            "n_positions": n_positions,
            "n_trainings": serves.sum(-1),
            "n_sessions": serves @ count,
            "seats": serves @ seats,
            "unlimited": (serves & endless).any(-1),
        }
    ).astype({"competency": "str"})
    frame["expected_in_need"], frame["n_unknown"] = _need(gaps, competency, level)
    return frame


def _serves(framework: Framework, competency: Ints, level: Ints) -> Bools:
    """Whether a training leads to the level, shape (n_rows, n_trainings)."""
    develops = framework.index.develops
    leads = (
        (develops.competency == competency[:, None])
        & (develops.entry_level < level[:, None])
        & (develops.target_level >= level[:, None])
    )
    serves = np.zeros((len(level), len(framework.index.training_ids)), bool)
    row, develop = np.nonzero(leads)
    serves[row, develops.training[develop]] = True
    return serves


def _valid(framework: Framework, day: date, horizon_days: int) -> Bools:
    last = np.datetime64(day, "D") + horizon_days
    rows = sorted(framework.trainings, key=lambda row: row.id)
    begins = np.array([row.valid_from for row in rows], "datetime64[D]")
    ends = np.array([row.valid_to for row in rows], "datetime64[D]")
    return ~(begins > last) & ~(ends < np.datetime64(day, "D"))  # NaT, no bound, compares false


def _in_horizon(framework: Framework, day: date, horizon_days: int) -> Ints:
    sessions, first = framework.index.sessions, np.datetime64(day, "D")
    return np.flatnonzero((sessions.start >= first) & (sessions.end <= first + horizon_days))


def seats_by_training(framework: Framework, sessions: Ints) -> tuple[Ints, Bools, Ints]:
    """Return what each training offers in the sessions that count, shape ``(n_trainings,)`` each.

    That are seats (of limited sessions, or of a year for a training without any sessions), whether
    there is no limit (a session, or a training without sessions, that states none), and the number
    of sessions that count.
    """
    index = framework.index
    size = len(index.training_ids)
    training, seats = index.sessions.training[sessions], index.sessions.seats[sessions]
    limited = seats != NO_LIMIT
    total = np.bincount(training, weights=np.where(limited, seats, 0), minlength=size)
    endless = np.bincount(training, weights=~limited, minlength=size) > 0
    undated = np.diff(index.sessions.by_training.pointer) == 0
    yearly = index.trainings.yearly_seats
    total = np.where(undated & (yearly != NO_LIMIT), yearly, total).astype(np.int64)
    endless |= undated & (yearly == NO_LIMIT)
    return total, endless, np.bincount(training, minlength=size)


def _need(gaps: GapTable | None, competency: Ints, level: Ints) -> tuple[Floats, Floats]:
    need, unknown = np.full(len(level), np.nan), np.full(len(level), np.nan)
    if gaps is None:
        return need, unknown
    required = gaps.required[gaps.aims.index("held")]
    for row, (column, step) in enumerate(zip(competency, level, strict=True)):
        asked = required[:, column] >= step
        known = gaps.known[:, column]
        below = 1.0 - gaps.levels.survival[asked & known, column, step].astype(np.float64)
        need[row], unknown[row] = below.sum(), (asked & ~known).sum()
    return need, unknown


def _refuse_foreign(framework: Framework, gaps: GapTable | None) -> None:
    if gaps is None:
        return
    findings = []
    if "held" not in gaps.aims:
        findings.append(Finding("no-held-aim", "the gaps were not scored for aim 'held'"))
    if gaps.levels.framework.index.competency_ids != framework.index.competency_ids:
        findings.append(
            Finding("other-framework", "the gaps were scored on other competencies than these")
        )
    if findings:
        raise ConfigError("coverage", findings)
