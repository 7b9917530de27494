from typing import Final

from competency.batch import (
    run_job as run_job,
    score_parts as score_parts,
)
from competency.case import (
    Case as Case,
)
from competency.config import (
    LevelConfig as LevelConfig,
    PipelineConfig as PipelineConfig,
    PlanningConfig as PlanningConfig,
)
from competency.effects import (
    EffectModel as EffectModel,
    load_effect_model as load_effect_model,
)
from competency.effects.diagnosis import (
    diagnose as diagnose,
)
from competency.errors import (
    CompetencyError as CompetencyError,
    InputError as InputError,
    PlanInfeasible as PlanInfeasible,
)
from competency.evaluation import (
    evaluate_training as evaluate_training,
    training_outcomes as training_outcomes,
)
from competency.evidence import (
    Evidence as Evidence,
    evidence_from_tables as evidence_from_tables,
    read_evidence as read_evidence,
    write_template as write_template,
)
from competency.framework import (
    Framework as Framework,
    check_framework as check_framework,
    load_framework as load_framework,
    save_framework as save_framework,
)
from competency.gaps import (
    coverage as coverage,
    match_positions as match_positions,
    roll_up as roll_up,
    score_gaps as score_gaps,
)
from competency.levels import (
    LevelModel as LevelModel,
    load_level_model as load_level_model,
)
from competency.levels.checks import (
    check_levels as check_levels,
)
from competency.packs import (
    model_path as model_path,
    pack_path as pack_path,
)
from competency.pipeline import (
    recommend as recommend,
)
from competency.planning import (
    plan_cohort as plan_cohort,
    plan_officer as plan_officer,
    replan as replan,
    what_if as what_if,
)
from competency.ranking import (
    PriorRanker as PriorRanker,
    explain_training as explain_training,
    load_ranker as load_ranker,
    rank_trainings as rank_trainings,
    save_ranker as save_ranker,
)
from competency.ranking.learn import (
    learn_ranker as learn_ranker,
)
from competency.ratings import (
    fit_ratings as fit_ratings,
)
from competency.reporting import (
    render_officer as render_officer,
    render_report as render_report,
    write_workbook as write_workbook,
)
from competency.settings_file import (
    load_job as load_job,
    load_settings as load_settings,
)

__version__: Final[str]
