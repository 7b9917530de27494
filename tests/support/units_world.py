"""A cohort of units and positions of families, rated by tests, with known truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from competency.config import LevelConfig
from competency.evidence.table import Evidence
from competency.framework.model import (
    About,
    Competency,
    Framework,
    Position,
    Requirement,
    ScaleLevel,
)

TODAY = "2026-11-01"
SLOPE = LevelConfig().sources["test"].discrimination


@dataclass(frozen=True)
class UnitsWorld:
    """`unit` and `position` of each officer, and the truth."""

    evidence: Evidence
    theta: np.ndarray
    unit: np.ndarray
    position: np.ndarray


def framework(n_competencies, *, families=("",), required=()):
    """One position for each element of `families`: P.0, P.1, and so on."""
    return Framework(
        framework=(About(id="tiny", name="tiny"),),
        levels=tuple(ScaleLevel(level=k, name=str(k)) for k in range(1, 6)),
        competencies=tuple(
            Competency(id=f"C.{k}", name="c", kind="managerial") for k in range(n_competencies)
        ),
        positions=tuple(
            Position(id=f"P.{k:02d}", name="p", family=family) for k, family in enumerate(families)
        ),
        requirements=tuple(
            Requirement(position=f"P.{p:02d}", competency=f"C.{c}", level=level)
            for p, c, level in required
        ),
    )


def world(
    frame, mean, unit, strength, rng, *, position=None, assessed=None, source="test", severity=None
):
    """Officers of N(mean of the position + strength of the unit, .8^2), correlation .4.

    `assessed`: of each officer (and competency), whether rated (twice); `severity`: of the one
    assessor of each unit.
    """
    size, n_officers = mean.shape[1], len(unit)
    position = np.zeros(n_officers, int) if position is None else position
    common, rest = rng.standard_normal((n_officers, 1)), rng.standard_normal((n_officers, size))
    own = 0.8 * (np.sqrt(0.4) * common + np.sqrt(0.6) * rest)
    theta = mean[position] + strength[unit][:, None] + own
    rated = np.ones(theta.shape, bool) if assessed is None else np.zeros(theta.shape, bool)
    if assessed is not None:
        rated[:] = assessed if np.ndim(assessed) == 2 else assessed[:, None]
    officer, competency = (np.repeat(where, 2) for where in np.nonzero(rated))
    slope = LevelConfig().sources[source].discrimination
    severe = 0 if severity is None else severity[unit[officer]]
    seen = theta[officer, competency] - severe + rng.logistic(size=len(officer)) / slope
    names = np.array([f"{k:05d}" for k in range(n_officers)], object)
    units = np.array([f"U{k:03d}" if k >= 0 else "" for k in unit], object)
    people = pd.DataFrame({"officer": names, "unit": units}, dtype="str").assign(
        position=[f"P.{k:02d}" for k in position], name="", next_position="", region=""
    )
    level = np.clip(np.floor(seen + 0.5), 0, 5)
    rating = pd.DataFrame(
        {
            "officer": names[officer],
            "competency": [f"C.{k}" for k in competency],
            "source": source,
            "assessor": "" if severity is None else [f"A{k}" for k in unit[officer]],
            "level": level,
            "value": level,
            "scale": "main",
            "date": np.datetime64(TODAY, "s"),
        }
    )
    paper = pd.DataFrame(
        {"officer": [], "competency": [], "level": [], "issued": [], "expires": []}
    ).astype({"level": "int64", "issued": "datetime64[s]", "expires": "datetime64[s]"})
    history = pd.DataFrame({"start": [], "end": []}, dtype="datetime64[s]")
    seen = Evidence(frame, people, rating, paper, history, pd.DataFrame(), pd.DataFrame())
    return UnitsWorld(seen, theta, unit, position)
