"""Officers sent to trainings because they scored low, with known truth, drawn as assumed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from competency.config import LevelConfig, SourceConfig
from competency.evidence.table import Evidence
from competency.framework.model import (
    About,
    Competency,
    Develops,
    Framework,
    Position,
    Provider,
    Requirement,
    ScaleLevel,
    Training,
)
from competency.levels import LevelModel

SOURCES = {"test": SourceConfig(discrimination=2.0)}
FIRST = np.datetime64("2023-01-01", "s")
N_COMPETENCIES = 4


@dataclass(frozen=True)
class World:
    evidence: Evidence
    levels: LevelModel
    success: np.ndarray  # true chance of each row of develops
    gain: np.ndarray  # mean true gain of those who completed it


def framework(success=0.7):
    names = [f"C.{k}" for k in range(N_COMPETENCIES)]
    trainings = [(f"T.{c}{k}", name) for c, name in enumerate(names) for k in "ab"]
    return Framework(
        framework=(About(id="tiny", name="tiny"),),
        levels=tuple(ScaleLevel(level=k, name=str(k)) for k in range(1, 6)),
        competencies=tuple(Competency(id=c, name=c, kind="technical") for c in names),
        positions=(Position(id="P.1", name="P.1"),),
        requirements=tuple(Requirement(position="P.1", competency=c, level=3) for c in names),
        providers=(Provider(id="B.1", name="B.1"), Provider(id="B.2", name="B.2")),
        trainings=tuple(
            Training(id=t, name=t, hours=8.0, provider="B.1" if t.endswith("a") else "B.2")
            for t, _ in trainings
        ),
        develops=tuple(
            Develops(training=t, competency=c, entry_level=0, target_level=3, success=success)
            for t, c in trainings
        ),
    )


@cache
def world(seed=0, *, n_officers=400, success=(0.8, 0.0), late=True):
    """Every officer is tested in January of three years; the lowest half is sent in June.

    `success`: of the trainings a and b of each competency, which officers take by turns.
    """
    rng = np.random.default_rng(seed)
    frame = framework()
    theta = 2.2 + 0.9 * rng.standard_normal((n_officers, N_COMPETENCIES))
    rows, taken, risen = [], [], [[] for _ in range(2 * N_COMPETENCIES)]
    for year in range(3 if late else 2):
        seen = _tested(theta, rng)
        rows.append(_ratings(seen, 365 * year))
        if year < 2:
            for competency in range(N_COMPETENCIES):
                low = np.flatnonzero(seen[:, competency] <= 2)
                low = low[rng.random(len(low)) < 0.5]
                which = rng.integers(0, 2, len(low))
                level = np.clip(np.floor(theta[low, competency] + 0.5), 0, 5)
                lucky = rng.random(len(low)) < np.array(success)[which]
                rise = np.where(lucky & (level < 3), 3 - level, 0)
                theta[low, competency] += rise
                for k in range(2):
                    risen[2 * competency + k].extend(rise[which == k])
                taken.append(_history(low, competency, which, 365 * year + 150))
    seen_all = _evidence(frame, n_officers, pd.concat(rows), pd.concat(taken))
    levels = LevelModel(LevelConfig(sources=SOURCES)).fit(seen_all)
    return World(
        seen_all, levels, np.tile(success, N_COMPETENCIES), np.array([np.mean(r) for r in risen])
    )


def _tested(theta, rng):
    return np.clip(np.floor(theta + rng.logistic(size=theta.shape) / 2.0 + 0.5), 0, 5)


def _ratings(level, day):
    officer, competency = np.divmod(np.arange(level.size), N_COMPETENCIES)
    return pd.DataFrame(
        {"officer": officer, "competency": competency, "level": level.ravel(), "day": day}
    )


def _history(officer, competency, which, day):
    names = np.array(["a", "b"])[which]
    return pd.DataFrame(
        {
            "officer": officer,
            "training": [f"T.{competency}{k}" for k in names],
            "day": day,
        }
    )


def officer_ids(n):
    return np.array([f"{k:05d}" for k in range(n)], object)


def _evidence(frame, n_officers, ratings, taken):
    ids = officer_ids(n_officers)
    people = pd.DataFrame(
        {"officer": ids, "name": "", "position": "P.1", "next_position": "", "unit": "U",
         "region": "R"}
    )  # fmt: skip
    level = ratings["level"].to_numpy()
    rating = pd.DataFrame(
        {
            "officer": ids[ratings["officer"].to_numpy()],
            "competency": [f"C.{k}" for k in ratings["competency"]],
            "source": "test",
            "assessor": "",
            "value": level,
            "scale": "main",
            "level": level,
            "date": FIRST + ratings["day"].to_numpy() * np.timedelta64(86400, "s"),
        }
    )
    start = FIRST + taken["day"].to_numpy() * np.timedelta64(86400, "s")
    history = pd.DataFrame(
        {
            "officer": ids[taken["officer"].to_numpy()],
            "training": taken["training"].to_numpy(dtype=object),
            "session": "",
            "status": "completed",
            "start": start,
            "end": start + np.timedelta64(4 * 86400, "s"),
        }
    )
    paper = pd.DataFrame(
        {"officer": [], "competency": [], "level": [], "issued": [], "expires": []}
    ).astype({"level": "int64", "issued": "datetime64[s]", "expires": "datetime64[s]"})
    return Evidence(frame, people, rating, paper, history, pd.DataFrame(), pd.DataFrame())
