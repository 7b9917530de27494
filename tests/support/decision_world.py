"""A small made-up service with three years of trainings, read once."""

from __future__ import annotations

from functools import cache

import competency as cp
from competency.evidence import Evidence
from competency.levels import LevelModel
from competency.ranking.decisions import DecisionDay, DecisionReader
from competency.simulate import simulate_cohort


@cache
def small_service(n_officers: int = 250) -> Evidence:
    framework = cp.load_framework(cp.pack_path())
    made = simulate_cohort(framework, n_officers=n_officers, rng=3)
    names = ("officers", "assessments", "certificates", "history")
    tables = {name: getattr(made, name) for name in names}
    return cp.evidence_from_tables(tables, framework=framework)


@cache
def fitted_model() -> LevelModel:
    return cp.load_level_model(cp.model_path(), cp.load_framework(cp.pack_path()))


@cache
def small_decisions() -> tuple[DecisionDay, ...]:
    return DecisionReader(small_service(), fitted_model()).read()
