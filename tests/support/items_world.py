"""Officers, ratings and answers to items of tests, drawn from the model with known truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from competency.evidence.table import Evidence
from competency.framework.model import (
    About,
    Competency,
    Framework,
    Position,
    Requirement,
    ScaleLevel,
)

LEVELS = 5


@dataclass(frozen=True)
class ItemsWorld:
    evidence: Evidence
    theta: np.ndarray  # (n_officers, 3), in levels
    slope: np.ndarray  # (n_items,)
    thresholds: np.ndarray  # (n_items, 2); NaN beyond the points of an item


def make_framework() -> Framework:
    return Framework(
        framework=(About(id="f", name="F"),),
        levels=tuple(ScaleLevel(level=k, name=str(k)) for k in range(1, LEVELS + 1)),
        competencies=tuple(
            Competency(id=name, name=name, kind="technical") for name in ("A", "B", "C")
        ),
        positions=(Position(id="P", name="P"),),
        requirements=tuple(
            Requirement(position="P", competency=name, level=3) for name in ("A", "B", "C")
        ),
    )


def draw_world(
    seed: int, *, officers: int = 800, items: int = 24, rated: float = 1.0
) -> ItemsWorld:
    """Supervisors rate A, B and C; items ask about A, every third gives two points."""
    rng = np.random.default_rng(seed)
    covariance = np.full((3, 3), 0.5) + 0.5 * np.eye(3)
    theta = rng.multivariate_normal([2.6, 2.8, 3.0], covariance, officers)
    slope = rng.uniform(0.7, 2.2, items)
    steps = np.where(np.arange(items) % 3 == 2, 2, 1)
    first = rng.uniform(0.8, 4.2, items)
    thresholds = np.stack(
        [first, np.where(steps == 2, first + rng.uniform(0.5, 1.5, items), np.nan)], 1
    )
    ids = np.array([f"{k:05d}" for k in range(officers)], object)
    evidence = Evidence(
        make_framework(),
        pd.DataFrame({"officer": ids, "name": "", "position": "P", "next_position": "", "unit": "",
                      "region": ""}),
        _ratings(rng, ids, theta, rated),
        pd.DataFrame({"officer": [], "competency": [], "level": [], "issued": [], "expires": [],
                      "issuer": []}),
        pd.DataFrame({"officer": [], "training": [], "session": [], "status": [], "start": [],
                      "end": []}),
        pd.DataFrame(),
        pd.DataFrame(),
        responses=_answers(rng, ids, theta[:, 0], slope, thresholds),
    )  # fmt: skip
    return ItemsWorld(evidence, theta, slope, thresholds)


def _ratings(rng, ids, theta, share):
    size = len(ids)
    rows = np.flatnonzero(np.repeat(rng.random(size) < share, 3))
    assessor = rng.integers(0, 40, size)
    severity = rng.normal(0, 0.5, 40)
    observation = theta - severity[assessor][:, None] - rng.normal(0, 0.3, size)[:, None]
    level = np.clip(np.round(observation + rng.logistic(0, 1 / 2.0, theta.shape)), 0, LEVELS)
    return pd.DataFrame(
        {
            "officer": np.repeat(ids, 3)[rows],
            "competency": np.tile(["A", "B", "C"], size)[rows],
            "source": "supervisor",
            "assessor": np.repeat([f"s{k}" for k in assessor], 3)[rows],
            "value": level.ravel()[rows],
            "scale": "",
            "level": level.ravel()[rows],
            "date": pd.Timestamp("2026-06-01"),
        }
    )


def _answers(rng, ids, theta, slope, thresholds):
    size, items = len(ids), len(slope)
    noise = rng.logistic(0, 1, (size, items)) / slope
    points = ((theta[:, None, None] + noise[..., None]) >= thresholds).sum(-1)
    asked = rng.random((size, items)) < 0.9
    officer, item = np.nonzero(asked)
    return pd.DataFrame(
        {
            "officer": ids[officer],
            "competency": "A",
            "item": [f"i{k:02d}" for k in item],
            "value": points[officer, item].astype(float),
            "highest": np.nan,
            "level": np.nan,
            "date": pd.Timestamp("2026-06-01"),
        }
    )
