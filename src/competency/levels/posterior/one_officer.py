"""One officer at a time, without tables: for services that answer while somebody waits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from competency.arrays import frozen
from competency.errors import EvidenceError, Finding, nearest_names
from competency.evidence.table import Roster
from competency.levels.posterior.likelihood import given_sources
from competency.levels.posterior.observations import Observations, numbered_items
from competency.levels.posterior.parameters import known_items
from competency.levels.posterior.problem import LevelProblem, half_lives, with_given_items

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints
    from competency.config import LevelConfig
    from competency.framework.model import Framework
    from competency.levels.beliefs import LevelBeliefs
    from competency.levels.posterior.likelihood import Sources
    from competency.levels.posterior.parameters import Parameters

COLUMNS = ("competency", "source", "level", "date")
"""Columns of ratings; "assessor" may be there as well."""

ANSWER_COLUMNS = ("competency", "item", "value", "date")
"""Columns of answers to items of a test."""

Columns = Mapping[str, Sequence[Any]]
Lists = dict[str, list[Any]]


class Who(NamedTuple):
    """An officer: id, id of the position, and name of the unit; empty = not given."""

    officer: str
    position: str
    unit: str


@dataclass(frozen=True, eq=False)
class Workspace:
    """A fitted model with its names looked up once.

    Parameters
    ----------
    framework : Framework
    config : LevelConfig
    parameters : Parameters
    sources : Sources
        By the settings.
    half_life : float64, shape (n_competencies,)
    numbers : dict of dict
        Number of each competency, source and position.
    assessors : dict
        Severity and its variance, by source and assessor, where it is used.
    units : dict
        Strength and its variance, by unit.
    items : DataFrame
        See `LevelModel.items_`.
    """

    framework: Framework
    config: LevelConfig
    parameters: Parameters
    sources: Sources
    half_life: Floats
    numbers: dict[str, dict[str, int]]
    assessors: dict[tuple[str, str], tuple[float, float]]
    units: dict[str, tuple[float, float]]
    items: pd.DataFrame

    @classmethod
    def of(
        cls, framework: Framework, config: LevelConfig, parameters: Parameters, *,
        assessors: pd.DataFrame, units: pd.DataFrame, items: pd.DataFrame,
    ) -> Workspace:  # fmt: skip
        """Return the workspace of a model, with the tables of what it learned."""
        index, sources = framework.index, given_sources(config)
        names = {
            "competency": index.competency_ids,
            "source": sources.rated,
            "position": index.position_ids,
        }
        used = assessors[assessors["used"]]
        keys = zip(used["source"].tolist(), used["assessor"].tolist(), strict=True)
        severities = zip(used["severity"].tolist(), (used["se"] ** 2).tolist(), strict=True)
        strengths = zip(units["strength"].tolist(), (units["se"] ** 2).tolist(), strict=True)
        return cls(
            framework, config, parameters, sources, half_lives(framework, config),
            {kind: {name: k for k, name in enumerate(ids)} for kind, ids in names.items()},
            dict(zip(keys, severities, strict=True)),
            dict(zip(units["unit"].tolist(), strengths, strict=True)),
            items,
        )  # fmt: skip

    def beliefs(
        self, ratings: Columns, answers: Columns | None, who: Who, *, day: date
    ) -> LevelBeliefs:
        """Return the beliefs about one officer; see `LevelModel.predict_one`."""
        rated, answered = self._checked(ratings, answers, who.position)
        observations, severity, variance = self._observations(rated, answered)
        known, given = self.parameters, self.sources
        sources = known.sources
        if len(observations.items):
            given = with_given_items(given, self.framework.index, self.config, observations.items)
            curves = known_items(self.items, observations.items, given.items)
            sources = replace(sources, items=curves)
        strength, spread = self.units.get(who.unit, (0.0, known.units.sd**2))
        known = replace(
            known, sources=sources, severity=severity, severity_variance=variance,
            strength=np.array([strength]), strength_variance=np.array([spread]),
        )  # fmt: skip
        problem = LevelProblem(
            self.framework, self._roster(who), self.config, given, observations, self.half_life
        )
        return problem.beliefs(known, day)

    def _roster(self, who: Who) -> Roster:
        number = self.numbers["position"].get(who.position, -1)
        officer, unit, blank = (
            frozen(np.array([text], object)) for text in (who.officer, who.unit, "")
        )
        position, next_position = (frozen(np.array([row], np.int32)) for row in (number, -1))
        return Roster(officer, position, next_position, unit, blank)

    def _checked(
        self, ratings: Columns, answers: Columns | None, position: str
    ) -> tuple[Lists, Lists]:
        rated, findings = _as_lists("rating", ratings, COLUMNS, self.numbers)
        answered, more = _as_lists(
            "answer", _NO_ANSWERS if answers is None else answers, ANSWER_COLUMNS, self.numbers
        )
        findings += more
        if position:
            findings += _unknown_names("position", [position], self.numbers["position"])
        if findings:
            raise EvidenceError("ratings", findings)
        who = ratings.get("assessor")
        rated["assessor"] = (
            [""] * len(rated["level"]) if who is None else [name or "" for name in who]
        )
        return rated, answered

    def _observations(self, rated: Lists, answered: Lists) -> tuple[Observations, Floats, Floats]:
        size, more = len(rated["level"]), len(answered["value"])
        pairs = list(zip(rated["source"], rated["assessor"], strict=True))
        assessors = sorted({pair for pair in pairs if pair[1]})
        row = {pair: k for k, pair in enumerate(assessors)}
        known = [self.assessors.get(pair, (0.0, np.nan)) for pair in assessors]
        severity, variance = np.array(known, np.float64).reshape(-1, 2).T
        number, source = self.numbers["competency"], self.numbers["source"]
        item, items = (np.zeros(0, np.int64), _NO_ITEMS) if not more else _items(answered)
        observations = Observations(
            (1, len(self.half_life)),
            np.zeros(size + more, np.int64),
            np.array(
                [number[name] for name in rated["competency"] + answered["competency"]], np.int64
            ),
            np.array(
                [source[name] for name in rated["source"]] + [len(source) + 1] * more, np.int64
            ),
            np.array([row.get(pair, -1) for pair in pairs] + [-1] * more, np.int64),
            np.array(rated["level"] + answered["value"], np.float64),
            np.array(rated["date"] + answered["date"], "datetime64[D]"),
            np.full(size + more, "NaT", "datetime64[D]"),
            np.zeros(size + more, bool),
            np.concatenate([np.full(size, -1), item]),
            _NO_TABLE,
            items,
        )
        return observations, severity, variance


_NO_TABLE = pd.DataFrame({"source": [], "assessor": []}, dtype="str")
# Severities are looked up by the workspace, not in a table.
_NO_ANSWERS: Columns = dict.fromkeys(ANSWER_COLUMNS, ())
_NO_ITEMS = pd.DataFrame({"competency": [], "item": [], "steps": [], "level": []})


def _items(answered: Lists) -> tuple[Ints, pd.DataFrame]:
    names = pd.DataFrame({name: answered[name] for name in ("competency", "item", "value")})
    return numbered_items(names.assign(highest=np.nan, level=np.nan))


def _as_lists(
    what: str, given: Columns, names: tuple[str, ...], numbers: dict[str, dict[str, int]]
) -> tuple[Lists, list[Finding]]:
    """Return the columns `names` of ratings or answers as lists, and all that is wrong with them.

    The third name is that of the level or of the points; all lists are empty where a column is
    missing.
    """
    missing = [name for name in names if name not in given]
    if missing:
        return {name: [] for name in names}, [_no_column(name, given, names) for name in missing]
    columns = {name: list(given[name]) for name in names}
    stated = names[2]
    who = given.get("assessor")
    lengths = columns if who is None else {**columns, "assessor": list(who)}
    size = len(columns[stated])
    findings = [
        Finding("length", f"{name!r} has {len(column)} elements, {stated!r} has {size}",
                hint=f"give every column of every {what}")
        for name, column in lengths.items() if len(column) != size
    ]  # fmt: skip
    for kind in ("competency", "source"):
        findings += _unknown_names(kind, columns.get(kind, []), numbers[kind])
    legal = _is_level if stated == "level" else _is_points
    wrong = sum(not legal(value) for value in columns[stated])
    if wrong:
        kind = "numbers from 0" if stated == "level" else "whole numbers of points from 0"
        message, hint = f"{wrong} {stated}s are no {kind}", f"leave {what}s out that are missing"
        findings.append(Finding(f"not-a-{stated}", message, hint=hint))
    undated = _undated(columns["date"])
    if undated:
        message = f"{undated} dates are no days"
        findings.append(Finding("not-a-date", message, hint="write days as 2026-01-31"))
    return columns, findings


def _is_level(level: object) -> bool:
    return isinstance(level, (int, float, np.number)) and 0 <= float(level) < np.inf


def _is_points(value: object) -> bool:
    return _is_level(value) and float(value).is_integer()  # type: ignore[arg-type]


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


def _unknown_names(kind: str, names: list[Any], known: dict[str, int]) -> list[Finding]:
    return [
        Finding(
            f"unknown-{kind}",
            f"there is no {kind} {name!r}",
            nearest=nearest_names(name, known),
            hint=f"use an id of the {'settings' if kind == 'source' else 'framework'}",
        )
        for name in sorted({str(name) for name in names if name not in known})
    ]


def _no_column(name: str, present: Columns, wanted: tuple[str, ...]) -> Finding:
    hint = f"give {', '.join(wanted)} of each"
    near = nearest_names(name, [str(column) for column in present])
    return Finding("no-column", f"there is no column {name!r}", nearest=near, hint=hint)
