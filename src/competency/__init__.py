"""From a competency framework and assessment data to gaps, ranked trainings and a plan.

Every public name is here and loads on first use, so that ``import competency`` stays light;
``__init__.pyi`` tells type checkers the same names.

Examples
--------
>>> import competency as cp
>>> framework = cp.load_framework(cp.pack_path("pengantar-kerja"))
>>> framework.about.id
'pengantar-kerja'
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "competency.errors": (
        "CompetencyError", "ConfigError", "EvidenceError", "FileFormatError", "Finding",
        "FrameworkError", "InputError", "LeakageError", "ModelFileError", "NotFittedError",
        "PlanInfeasible", "Where",
    ),
    "competency.config": (
        "EvaluationConfig", "EvidenceConfig", "GapConfig", "JobConfig", "LearningConfig",
        "LevelConfig", "PipelineConfig", "PlanningConfig", "RankingConfig", "ScaleMap",
        "SourceConfig",
    ),
    "competency.settings_file": ("load_job", "load_settings"),
    "competency.packs": ("model_path", "pack_path"),
    "competency.framework": (
        "Framework", "check_framework", "instrument_coverage", "load_framework", "save_framework",
    ),
    "competency.evidence": (
        "Evidence", "evidence_from_tables", "read_evidence", "write_template",
    ),
    "competency.levels": ("LevelBeliefs", "LevelModel", "load_level_model"),
    "competency.levels.checks": (
        "brier_score", "calibration_error", "check_levels", "interval_coverage", "level_coverage",
        "log_loss", "pit", "ranked_probability_score", "simulation_based_calibration",
    ),
    "competency.ratings": (
        "FacetRatingFit",
        "RatingFit",
        "fit_facets",
        "fit_ratings",
        "load_rating_fit",
    ),
    "competency.gaps": (
        "GapTable", "capped_job_person_match", "coverage", "job_person_match", "jpm_category",
        "match_positions", "roll_up", "score_gaps",
    ),
    "competency.effects": (
        "EffectModel", "Transitions", "catalogue_transitions", "load_effect_model",
        "provider_report",
    ),
    "competency.effects.diagnosis": ("Diagnosis", "diagnose"),
    "competency.evaluation": (
        "TrainingEvaluation", "evaluate_training", "shrink_effects", "training_outcomes",
    ),
    "competency.evaluation.instruments": (
        "InstrumentDesign", "check_instrument", "check_responses", "power_by_simulation",
        "read_instruments", "write_instrument_template",
    ),
    "competency.ranking": (
        "CatalogueRanker", "LargestGapRanker", "LearnedRanker", "PopularityRanker", "PriorRanker",
        "RandomRanker", "Ranker", "Ranking", "RankingEstimator", "explain_training",
        "load_ranker", "plan_examples", "rank_trainings", "save_ranker",
    ),
    "competency.ranking.calibrate": ("BenefitCalibration", "calibrate_benefit"),
    "competency.ranking.contrast": ("explain_choice",),
    "competency.ranking.decisions": ("DecisionReader",),
    "competency.ranking.evaluate": ("TemporalBacktest", "evaluate_rankers"),
    "competency.ranking.evaluate.protocol": ("evaluate_history",),
    "competency.ranking.examples": ("benefit_examples", "uptake_examples"),
    "competency.ranking.learn": ("learn_ranker",),
    "competency.planning": (
        "Clash", "OfficerProof", "Plan", "Proof", "Replanned", "find_clashes", "plan_cohort",
        "plan_officer", "plan_officers", "replan", "seat_prices", "what_if",
    ),
    "competency.planning.outlook": ("Outlook", "plan_outlook"),
    "competency.case": ("Case",),
    "competency.pipeline": ("compare_scenarios", "recommend"),
    "competency.reporting": (
        "annual_plan_form", "plan_calendar", "plot_plan", "render_effects", "render_evaluation",
        "render_officer", "render_report", "write_calendars", "write_workbook",
    ),
    "competency.batch": ("RunResult", "run_job", "score_parts"),
    "competency.simulate": ("SimulationConfig", "simulate_cohort"),
}  # fmt: skip
_HOME = {name: home for home, names in _HOMES.items() for name in names}
__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'competency' has no attribute {name!r}")
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
