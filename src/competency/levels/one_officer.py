"""One officer at a time, without tables: for services that answer while somebody waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from competency.arrays import frozen
from competency.errors import EvidenceError, Finding, nearest_names
from competency.evidence.table import Roster
from competency.levels.cells import Sights, half_lives
from competency.levels.problem import LevelProblem, fixed_settings

if TYPE_CHECKING:
    from competency.arrays import Dates, Floats, Ints
    from competency.config import LevelConfig
    from competency.framework.model import Framework
    from competency.levels.beliefs import LevelBeliefs
    from competency.levels.calibrate import Fixed, Parameters

COLUMNS = ("competency", "source", "level", "date")
"""What is told of each rating; "assessor" may be told as well."""

_Columns = Mapping[str, Sequence[Any]]


@dataclass(frozen=True, eq=False)
class Desk:
    """A fitted model with its names looked up once.

    Parameters
    ----------
    framework : Framework
    config : LevelConfig
    parameters : Parameters
    fixed : Fixed
    half_life : float64, shape (n_competencies,)
    numbers : dict of dict
        Number of each competency, source and position.
    assessors : dict
        Severity and its variance, by source and assessor, where it is used.
    """

    framework: Framework
    config: LevelConfig
    parameters: Parameters
    fixed: Fixed
    half_life: Floats
    numbers: dict[str, dict[str, int]]
    assessors: dict[tuple[str, str], tuple[float, float]]

    @classmethod
    def of(
        cls, framework: Framework, config: LevelConfig, parameters: Parameters, known: pd.DataFrame
    ) -> Desk:
        """Return the desk of a model; `known` is its table of assessors."""
        index, fixed = framework.index, fixed_settings(framework.index, config)
        names = {
            "competency": index.competency_ids,
            "source": fixed.sources.names[:-1],
            "position": index.position_ids,
        }
        used = known[known["used"]]
        keys = zip(used["source"].tolist(), used["assessor"].tolist(), strict=True)
        told = zip(used["severity"].tolist(), (used["se"] ** 2).tolist(), strict=True)
        return cls(
            framework, config, parameters, fixed, half_lives(framework, config),
            {kind: {name: k for k, name in enumerate(ids)} for kind, ids in names.items()},
            dict(zip(keys, told, strict=True)),
        )  # fmt: skip

    def beliefs(self, ratings: _Columns, *, position: str, officer: str, day: date) -> LevelBeliefs:
        """Return the beliefs about one officer; see `LevelModel.predict_one`."""
        columns = _checked(ratings, position, self.numbers)
        number = self.numbers["position"].get(position, -1)
        sights, severity, variance = self._sights(columns)
        nobody = frozen(np.array([-1], np.int32))
        blank = frozen(np.array([""], object))
        roster = Roster(
            frozen(np.array([officer], object)), frozen(np.array([number], np.int32)), nobody,
            blank, blank,
        )  # fmt: skip
        problem = LevelProblem(
            self.framework, roster, self.config, self.fixed, sights, self.half_life
        )
        return problem.beliefs(self.parameters.with_severities(severity, variance), day)

    def _sights(self, columns: dict[str, list[Any]]) -> tuple[Sights, Floats, Floats]:
        size = len(columns["level"])
        source, names = columns["source"], columns["assessor"]
        people = sorted({pair for pair in zip(source, names, strict=True) if pair[1]})
        row = {pair: k for k, pair in enumerate(people)}
        told = [self.assessors.get(pair, (0.0, np.nan)) for pair in people]
        severity, variance = np.array(told, np.float64).reshape(-1, 2).T

        def numbers(kind: str) -> Ints:
            known = self.numbers[kind]
            return np.array([known[name] for name in columns[kind]], np.int64)

        never: Dates = np.full(size, "NaT", "datetime64[D]")
        assessor = [row.get(pair, -1) for pair in zip(source, names, strict=True)]
        sights = Sights(
            (1, len(self.half_life)),
            np.zeros(size, np.int64),
            numbers("competency"),
            numbers("source"),
            np.array(assessor, np.int64),
            np.array(columns["level"], np.float64),
            np.array(columns["date"], "datetime64[D]"),
            never,
            np.zeros(size, bool),
            _NO_TABLE,
        )
        return sights, severity, variance


_NO_TABLE = pd.DataFrame({"source": [], "assessor": []}, dtype="str")
# Severities are looked up by the desk, not in a table.


def _checked(
    ratings: _Columns, position: str, numbers: dict[str, dict[str, int]]
) -> dict[str, list[Any]]:
    missing = [name for name in COLUMNS if name not in ratings]
    if missing:
        raise EvidenceError("ratings", [_no_column(name, ratings) for name in missing])
    columns = {name: list(ratings[name]) for name in COLUMNS}
    size = len(columns["level"])
    told = ratings.get("assessor")
    columns["assessor"] = [""] * size if told is None else [name or "" for name in told]
    findings = [
        Finding("length", f"{name!r} has {len(column)} elements, 'level' has {size}",
                hint="tell every column of every rating")
        for name, column in columns.items() if len(column) != size
    ]  # fmt: skip
    for kind in ("competency", "source"):
        findings += _unknown(kind, columns[kind], numbers[kind])
    if position:
        findings += _unknown("position", [position], numbers["position"])
    wrong = sum(not _is_level(level) for level in columns["level"])
    if wrong:
        message = f"{wrong} levels are no numbers from 0"
        findings.append(Finding("not-a-level", message, hint="leave a rating out that is missing"))
    undated = _undated(columns["date"])
    if undated:
        message = f"{undated} dates are no days"
        findings.append(Finding("not-a-date", message, hint="write days as 2026-01-31"))
    if findings:
        raise EvidenceError("ratings", findings)
    return columns


def _undated(days: list[Any]) -> int:
    try:
        return int(np.isnat(np.array(days, "datetime64[D]")).sum())
    except (TypeError, ValueError):
        return sum(not _is_day(day) for day in days)


def _is_day(day: object) -> bool:
    try:
        return not np.isnat(np.datetime64(day, "D"))  # type: ignore[call-overload]
    except (TypeError, ValueError):
        return False


def _is_level(level: object) -> bool:
    return isinstance(level, (int, float, np.number)) and 0 <= float(level) < np.inf


def _unknown(kind: str, names: list[Any], known: dict[str, int]) -> list[Finding]:
    wrong = sorted({str(name) for name in names if name not in known})
    return [
        Finding(
            f"unknown-{kind}",
            f"there is no {kind} {name!r}",
            nearest=nearest_names(name, known),
            hint=f"use an id of the {'settings' if kind == 'source' else 'framework'}",
        )
        for name in wrong
    ]


def _no_column(name: str, present: _Columns) -> Finding:
    hint = f"tell {', '.join(COLUMNS)} of each rating"
    near = nearest_names(name, [str(column) for column in present])
    return Finding("no-column", f"there is no column {name!r}", nearest=near, hint=hint)
