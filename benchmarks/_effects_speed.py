"""How long the effects of all trainings of a cohort take, and of a nation's service."""

from __future__ import annotations

import os
import time
from dataclasses import replace

import numpy as np
import pandas as pd

import competency as cp
from benchmarks._rows import Row, Size
from competency.effects import EffectModel
from competency.evidence.table import Evidence
from competency.framework.model import Framework
from competency.levels import LevelModel
from competency.simulate import simulate_cohort

COHORT: dict[Size, int] = {"full": 1162, "quick": 1162, "smallest": 40}
MANY: dict[Size, int] = {"full": 100_000, "quick": 5_000, "smallest": 80}


def rows(size: Size = "full") -> list[Row]:
    """Time the fit for a cohort over three years, and for many times as many officers."""
    framework = cp.load_framework(cp.pack_path())
    one = cohort_evidence(framework, n_officers=COHORT[size], seed=0)
    levels = LevelModel().fit(one)
    many = repeated(one, -(-MANY[size] // COHORT[size]))
    return [_timed(one, levels, goal=10.0), _timed(many, levels, goal=120.0)]


def _timed(evidence: Evidence, levels: LevelModel, *, goal: float) -> Row:
    load, start = os.getloadavg()[0], time.perf_counter()
    EffectModel().fit(evidence.history, levels, evidence=evidence)
    seconds = time.perf_counter() - start
    what = (
        f"EffectModel.fit: {len(evidence.officers):,} officers x 3 years x "
        f"{len(evidence.framework.trainings)} trainings, {len(evidence.assessments):,} ratings, "
        f"{len(evidence.history):,} taken, s (load {load:.1f})"
    )
    return Row(what, seconds, goal=goal, smaller_is_better=True)


def cohort_evidence(
    framework: Framework, *, n_officers: int, seed: int, read_with: Framework | None = None
) -> Evidence:
    """Return a simulated cohort as evidence, without files, perhaps under another catalogue."""
    made = simulate_cohort(framework, n_officers=n_officers, rng=seed)
    officers = made.officers.assign(next_position="").sort_values("officer", ignore_index=True)
    ratings = made.assessments.assign(
        scale="main", level=made.assessments["value"].astype(np.float64)
    )
    return Evidence(
        read_with or framework, officers, ratings, made.certificates, made.history, pd.DataFrame(),
        pd.DataFrame(),
    )  # fmt: skip


def repeated(evidence: Evidence, times: int) -> Evidence:
    """Return the evidence about `times` as many officers, each cohort with the same assessors."""
    tables = {}
    for name in ("officers", "assessments", "certificates", "history"):
        table = getattr(evidence, name)
        parts = [table.assign(officer=f"{k:04d}-" + table["officer"]) for k in range(times)]
        tables[name] = pd.concat(parts, ignore_index=True)
    return replace(evidence, **tables)
