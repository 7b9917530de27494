"""One officer at a time, without tables: for services that answer while somebody waits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from competency.arrays import frozen
from competency.errors import EvidenceError
from competency.evidence.table import Roster
from competency.levels.fitting.items import known_items
from competency.levels.fitting.problem import LevelProblem, fixed_settings, with_items
from competency.levels.posterior.cells import Observations, half_lives, numbered_items
from competency.levels.posterior.plain_columns import Columns, Lists, as_lists, unknown_names

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints
    from competency.config import LevelConfig
    from competency.framework.model import Framework
    from competency.levels.beliefs import LevelBeliefs
    from competency.levels.fitting.calibrate import Fixed, Parameters

COLUMNS = ("competency", "source", "level", "date")
"""What is told of each rating; "assessor" may be told as well."""

ANSWER_COLUMNS = ("competency", "item", "value", "date")
"""What is told of each answer to an item of a test."""


class Who(NamedTuple):
    """An officer: id, id of the position, and name of the unit; empty = not told."""

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
    fixed : Fixed
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
    fixed: Fixed
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
        index, fixed = framework.index, fixed_settings(framework, config)
        names = {
            "competency": index.competency_ids,
            "source": fixed.sources.rated,
            "position": index.position_ids,
        }
        used = assessors[assessors["used"]]
        keys = zip(used["source"].tolist(), used["assessor"].tolist(), strict=True)
        told = zip(used["severity"].tolist(), (used["se"] ** 2).tolist(), strict=True)
        strengths = zip(units["strength"].tolist(), (units["se"] ** 2).tolist(), strict=True)
        return cls(
            framework, config, parameters, fixed, half_lives(framework, config),
            {kind: {name: k for k, name in enumerate(ids)} for kind, ids in names.items()},
            dict(zip(keys, told, strict=True)),
            dict(zip(units["unit"].tolist(), strengths, strict=True)),
            items,
        )  # fmt: skip

    def beliefs(
        self, ratings: Columns, answers: Columns | None, who: Who, *, day: date
    ) -> LevelBeliefs:
        """Return the beliefs about one officer; see `LevelModel.predict_one`."""
        told, answered = self._checked(ratings, answers, who.position)
        number = self.numbers["position"].get(who.position, -1)
        observations, severity, variance = self._observations(told, answered)
        nobody = frozen(np.array([-1], np.int32))
        blank = frozen(np.array([""], object))
        roster = Roster(
            frozen(np.array([who.officer], object)), frozen(np.array([number], np.int32)), nobody,
            frozen(np.array([who.unit], object)), blank,
        )  # fmt: skip
        known, fixed = self.parameters.with_severities(severity, variance), self.fixed
        strength, spread = self.units.get(who.unit, (0.0, known.units.sd**2))
        known = known.with_strengths(np.array([strength]), np.array([spread]))
        if len(observations.items):
            fixed = with_items(fixed, self.framework.index, self.config, observations.items)
            known = known.with_items(
                known_items(self.items, observations.items, fixed.sources.items)
            )
        problem = LevelProblem(
            self.framework, roster, self.config, fixed, observations, self.half_life
        )
        return problem.beliefs(known, day)

    def _checked(
        self, ratings: Columns, answers: Columns | None, position: str
    ) -> tuple[Lists, Lists]:
        told, findings = as_lists("rating", ratings, COLUMNS, self.numbers)
        answered, more = as_lists(
            "answer", _NO_ANSWERS if answers is None else answers, ANSWER_COLUMNS, self.numbers
        )
        findings += more
        if position:
            findings += unknown_names("position", [position], self.numbers["position"])
        if findings:
            raise EvidenceError("ratings", findings)
        who = ratings.get("assessor")
        told["assessor"] = (
            [""] * len(told["level"]) if who is None else [name or "" for name in who]
        )
        return told, answered

    def _observations(self, told: Lists, answered: Lists) -> tuple[Observations, Floats, Floats]:
        size, more = len(told["level"]), len(answered["value"])
        pairs = list(zip(told["source"], told["assessor"], strict=True))
        people = sorted({pair for pair in pairs if pair[1]})
        row = {pair: k for k, pair in enumerate(people)}
        known = [self.assessors.get(pair, (0.0, np.nan)) for pair in people]
        severity, variance = np.array(known, np.float64).reshape(-1, 2).T
        number, source = self.numbers["competency"], self.numbers["source"]
        item, items = (np.zeros(0, np.int64), _NO_ITEMS) if not more else _items(answered)
        observations = Observations(
            (1, len(self.half_life)),
            np.zeros(size + more, np.int64),
            np.array(
                [number[name] for name in told["competency"] + answered["competency"]], np.int64
            ),
            np.array(
                [source[name] for name in told["source"]] + [len(source) + 1] * more, np.int64
            ),
            np.array([row.get(pair, -1) for pair in pairs] + [-1] * more, np.int64),
            np.array(told["level"] + answered["value"], np.float64),
            np.array(told["date"] + answered["date"], "datetime64[D]"),
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
