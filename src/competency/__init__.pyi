from typing import Final

from competency.batch import (
    RunResult as RunResult,
    run_job as run_job,
    score_parts as score_parts,
)
from competency.case import (
    Case as Case,
)
from competency.config import (
    EvaluationConfig as EvaluationConfig,
    EvidenceConfig as EvidenceConfig,
    GapConfig as GapConfig,
    JobConfig as JobConfig,
    LearningConfig as LearningConfig,
    LevelConfig as LevelConfig,
    PipelineConfig as PipelineConfig,
    PlanningConfig as PlanningConfig,
    RankingConfig as RankingConfig,
    ScaleMap as ScaleMap,
    SourceConfig as SourceConfig,
)
from competency.effects import (
    EffectModel as EffectModel,
    Transitions as Transitions,
    catalogue_transitions as catalogue_transitions,
    load_effect_model as load_effect_model,
    provider_report as provider_report,
)
from competency.effects.diagnosis import (
    Diagnosis as Diagnosis,
    diagnose as diagnose,
)
from competency.errors import (
    CompetencyError as CompetencyError,
    ConfigError as ConfigError,
    EvidenceError as EvidenceError,
    FileFormatError as FileFormatError,
    Finding as Finding,
    FrameworkError as FrameworkError,
    InputError as InputError,
    LeakageError as LeakageError,
    ModelFileError as ModelFileError,
    NotFittedError as NotFittedError,
    PlanInfeasible as PlanInfeasible,
    Where as Where,
)
from competency.evaluation import (
    TrainingEvaluation as TrainingEvaluation,
    evaluate_training as evaluate_training,
    shrink_effects as shrink_effects,
    training_outcomes as training_outcomes,
)
from competency.evaluation.instruments import (
    InstrumentDesign as InstrumentDesign,
    check_instrument as check_instrument,
    check_responses as check_responses,
    power_by_simulation as power_by_simulation,
    read_instruments as read_instruments,
    write_instrument_template as write_instrument_template,
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
from competency.packs import (
    model_path as model_path,
    pack_path as pack_path,
)
from competency.pipeline import (
    compare_scenarios as compare_scenarios,
    recommend as recommend,
)
from competency.planning import (
    Clash as Clash,
    OfficerProof as OfficerProof,
    Plan as Plan,
    Proof as Proof,
    Replanned as Replanned,
    find_clashes as find_clashes,
    plan_cohort as plan_cohort,
    plan_officer as plan_officer,
    plan_officers as plan_officers,
    replan as replan,
    seat_prices as seat_prices,
    what_if as what_if,
)
from competency.planning.outlook import (
    Outlook as Outlook,
    plan_outlook as plan_outlook,
)
from competency.ranking import (
    CatalogueRanker as CatalogueRanker,
    LargestGapRanker as LargestGapRanker,
    LearnedRanker as LearnedRanker,
    PopularityRanker as PopularityRanker,
    PriorRanker as PriorRanker,
    RandomRanker as RandomRanker,
    Ranker as Ranker,
    Ranking as Ranking,
    RankingEstimator as RankingEstimator,
    explain_training as explain_training,
    load_ranker as load_ranker,
    plan_examples as plan_examples,
    rank_trainings as rank_trainings,
    save_ranker as save_ranker,
)
from competency.ranking.calibrate import (
    BenefitCalibration as BenefitCalibration,
    calibrate_benefit as calibrate_benefit,
)
from competency.ranking.contrast import (
    explain_choice as explain_choice,
)
from competency.ranking.decisions import (
    DecisionReader as DecisionReader,
)
from competency.ranking.evaluate import (
    TemporalBacktest as TemporalBacktest,
    evaluate_rankers as evaluate_rankers,
)
from competency.ranking.evaluate.protocol import (
    evaluate_history as evaluate_history,
)
from competency.ranking.examples import (
    benefit_examples as benefit_examples,
    uptake_examples as uptake_examples,
)
from competency.ranking.learn import (
    learn_ranker as learn_ranker,
)
from competency.ratings import (
    FacetRatingFit as FacetRatingFit,
    RatingFit as RatingFit,
    fit_facets as fit_facets,
    fit_ratings as fit_ratings,
    load_rating_fit as load_rating_fit,
)
from competency.reporting import (
    annual_plan_form as annual_plan_form,
    plan_calendar as plan_calendar,
    plot_plan as plot_plan,
    render_effects as render_effects,
    render_evaluation as render_evaluation,
    render_officer as render_officer,
    render_report as render_report,
    write_calendars as write_calendars,
    write_workbook as write_workbook,
)
from competency.settings_file import (
    load_job as load_job,
    load_settings as load_settings,
)
from competency.simulate import (
    SimulationConfig as SimulationConfig,
    simulate_cohort as simulate_cohort,
)

__version__: Final[str]
