from typing import Final

from competency.batch import (
    RunResult as RunResult,
    run_job as run_job,
    score_parts as score_parts,
)
from competency.config import (
    EvidenceConfig as EvidenceConfig,
    GapConfig as GapConfig,
    JobConfig as JobConfig,
    LevelConfig as LevelConfig,
    PipelineConfig as PipelineConfig,
    PlanningConfig as PlanningConfig,
    RankingConfig as RankingConfig,
    ScaleMap as ScaleMap,
    SourceConfig as SourceConfig,
    load_job as load_job,
    load_settings as load_settings,
)
from competency.effects import (
    Transitions as Transitions,
    catalogue_transitions as catalogue_transitions,
)
from competency.errors import (
    CompetencyError as CompetencyError,
    ConfigError as ConfigError,
    EvidenceError as EvidenceError,
    FileFormatError as FileFormatError,
    Finding as Finding,
    FrameworkError as FrameworkError,
    InputError as InputError,
    ModelFileError as ModelFileError,
    NotFittedError as NotFittedError,
    PlanInfeasible as PlanInfeasible,
    Where as Where,
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
    instrument_coverage as instrument_coverage,
    load_framework as load_framework,
    save_framework as save_framework,
)
from competency.gaps import (
    GapTable as GapTable,
    capped_job_person_match as capped_job_person_match,
    coverage as coverage,
    job_person_match as job_person_match,
    jpm_category as jpm_category,
    match_positions as match_positions,
    roll_up as roll_up,
    score_gaps as score_gaps,
)
from competency.levels import (
    LevelBeliefs as LevelBeliefs,
    LevelModel as LevelModel,
    load_level_model as load_level_model,
)
from competency.levels.checks import (
    brier_score as brier_score,
    calibration_error as calibration_error,
    check_levels as check_levels,
    interval_coverage as interval_coverage,
    level_coverage as level_coverage,
    log_loss as log_loss,
    pit as pit,
    ranked_probability_score as ranked_probability_score,
    simulation_based_calibration as simulation_based_calibration,
)
from competency.levels.facets import (
    FacetRatingFit as FacetRatingFit,
    RatingFit as RatingFit,
    fit_facets as fit_facets,
    fit_ratings as fit_ratings,
    load_rating_fit as load_rating_fit,
)
from competency.packs import (
    model_path as model_path,
    pack_path as pack_path,
)
from competency.pipeline import (
    Recommendation as Recommendation,
    recommend as recommend,
)
from competency.planning import (
    Plan as Plan,
    plan_cohort as plan_cohort,
    plan_officer as plan_officer,
    plan_officers as plan_officers,
)
from competency.ranking import (
    CatalogueRanker as CatalogueRanker,
    LargestGapRanker as LargestGapRanker,
    PopularityRanker as PopularityRanker,
    PriorRanker as PriorRanker,
    RandomRanker as RandomRanker,
    Ranker as Ranker,
    Ranking as Ranking,
    explain_training as explain_training,
    load_ranker as load_ranker,
    rank_trainings as rank_trainings,
    save_ranker as save_ranker,
)
from competency.reporting import (
    render_officer as render_officer,
    render_report as render_report,
    write_workbook as write_workbook,
)
from competency.simulate import (
    SimulationConfig as SimulationConfig,
    simulate_cohort as simulate_cohort,
)

__version__: Final[str]
