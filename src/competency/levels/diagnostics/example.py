"""A small cohort drawn as the model assumes, for examples: few officers, few assessors, 3 years."""

from __future__ import annotations

import numpy as np
import pandas as pd

from competency.evidence import Evidence, evidence_from_tables
from competency.framework.model import (
    About,
    Competency,
    Framework,
    Position,
    Requirement,
    ScaleLevel,
)
from competency.levels.model import LevelModel

N_OFFICERS, N_COMPETENCIES, TOP = 60, 3, 5
"""Size of the cohort, and highest level: small, so that examples take a moment."""

_YEARS = ("2023-06-01", "2024-06-01", "2025-06-01")
_SOURCES = {"assessment_centre": (4, 3.0, 0.3), "supervisor": (6, 2.0, 0.5)}
# Assessors, discrimination, spread of their severities.
_HALO = 0.3


def example_model(rng: int = 0) -> LevelModel:
    """Return a fitted model of 60 officers, rated yearly by 4 assessors of a centre, 6 supervisors.

    Parameters
    ----------
    rng : int
        Seed.

    Returns
    -------
    LevelModel

    Examples
    --------
    >>> model = example_model()
    >>> len(model.evidence_.roster), len(model.assessors_), model.converged_
    (60, 10, True)
    """
    return LevelModel().fit(_evidence(np.random.default_rng(rng)))


def _evidence(rng: np.random.Generator) -> Evidence:
    framework = _framework()
    ids = [f"O{row:02d}" for row in range(1, N_OFFICERS + 1)]
    theta = 2.5 + rng.standard_normal((N_OFFICERS, N_COMPETENCIES))
    frames = []
    for source, (count, slope, spread) in _SOURCES.items():
        severity = rng.normal(0, spread, count)
        halo = rng.normal(0, _HALO, N_OFFICERS)
        who = rng.permutation(np.arange(N_OFFICERS) % count)
        for day in _YEARS:
            noise = rng.logistic(size=theta.shape) / slope
            seen_as = theta - (severity[who] + halo)[:, None] + noise
            level = np.clip(np.floor(seen_as + 0.5), 0, TOP).astype(int)
            frame = pd.DataFrame(level, columns=list(framework.index.competency_ids))
            frame = frame.assign(
                officer=ids, source=source, date=day, assessor=[f"A{a + 1}" for a in who]
            )
            frames.append(
                frame.melt(
                    ["officer", "source", "date", "assessor"],
                    var_name="competency",
                    value_name="level",
                )
            )
    officers = pd.DataFrame({"officer": ids, "position": "P.1"})
    tables = {"officers": officers, "assessments": pd.concat(frames)}
    return evidence_from_tables(tables, framework=framework, strict=True)


def _framework() -> Framework:
    names = [f"C.{number}" for number in range(1, N_COMPETENCIES + 1)]
    return Framework(
        framework=(About(id="example", name="Example"),),
        levels=tuple(ScaleLevel(level=k, name=str(k)) for k in range(1, TOP + 1)),
        competencies=tuple(Competency(id=name, name=name, kind="managerial") for name in names),
        positions=(Position(id="P.1", name="P.1"),),
        requirements=tuple(Requirement(position="P.1", competency=c, level=3) for c in names[:2]),
    )
