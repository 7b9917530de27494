"""From a competency framework and assessment data to gaps, ranked trainings and a plan.

Here is what a notebook or a service needs; the rest stands in the packages (`competency.gaps`,
`competency.ranking`, ...). A name loads on first use, so that ``import competency`` stays light;
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
    "competency.errors": ("CompetencyError", "InputError", "PlanInfeasible"),
    "competency.config": ("LevelConfig", "PipelineConfig", "PlanningConfig"),
    "competency.settings_file": ("load_job", "load_settings"),
    "competency.packs": ("model_path", "pack_path"),
    "competency.framework": ("Framework", "check_framework", "load_framework", "save_framework"),
    "competency.evidence": (
        "Evidence", "evidence_from_tables", "read_evidence", "write_template",
    ),
    "competency.ratings": ("fit_ratings",),
    "competency.levels": ("LevelModel", "load_level_model"),
    "competency.levels.checks": ("check_levels",),
    "competency.gaps": ("coverage", "match_positions", "roll_up", "score_gaps"),
    "competency.effects": ("EffectModel", "load_effect_model"),
    "competency.effects.diagnosis": ("diagnose",),
    "competency.evaluation": ("evaluate_training", "training_outcomes"),
    "competency.ranking": (
        "PriorRanker", "explain_training", "load_ranker", "rank_trainings", "save_ranker",
    ),
    "competency.ranking.learn": ("learn_ranker",),
    "competency.planning": ("plan_cohort", "plan_officer", "replan", "what_if"),
    "competency.case": ("Case",),
    "competency.pipeline": ("recommend",),
    "competency.reporting": ("render_officer", "render_report", "write_workbook"),
    "competency.batch": ("run_job", "score_parts"),
}  # fmt: skip
_HOME = {name: home for home, names in _HOMES.items() for name in names}
__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        from competency.errors import nearest_names

        near = ", ".join(nearest_names(name, __all__))
        raise AttributeError(
            f"module 'competency' has no attribute {name!r}"
            + (f". Nearest: {near}" if near else "")
            + ". Hint: other names stand in the packages; docs/reference/python.md lists them all"
        )
    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
