"""Whether beliefs are right as often as they say: scores, calibration, coverage, simulation."""

from competency.levels.checks.calibration import (
    CalibrationError,
    ReliabilityTable,
    calibration_error,
    level_calibration_error,
    reliability_table,
)
from competency.levels.checks.cohort import assessment_slices, by_slice, check_levels
from competency.levels.checks.coverage import Coverage, interval_coverage, level_coverage
from competency.levels.checks.model_world import ModelWorld, draw_model_world, level_model_sbc
from competency.levels.checks.plots import plot_pit, plot_reliability
from competency.levels.checks.ranks import (
    SimulationCheck,
    Uniformity,
    pit,
    simulation_based_calibration,
    uniformity,
)
from competency.levels.checks.scores import (
    BrierScore,
    MeanScore,
    brier_score,
    log_loss,
    ranked_probability_score,
)

__all__ = [
    "BrierScore",
    "CalibrationError",
    "Coverage",
    "MeanScore",
    "ModelWorld",
    "ReliabilityTable",
    "SimulationCheck",
    "Uniformity",
    "assessment_slices",
    "brier_score",
    "by_slice",
    "calibration_error",
    "check_levels",
    "draw_model_world",
    "interval_coverage",
    "level_calibration_error",
    "level_coverage",
    "level_model_sbc",
    "log_loss",
    "pit",
    "plot_pit",
    "plot_reliability",
    "ranked_probability_score",
    "reliability_table",
    "simulation_based_calibration",
    "uniformity",
]
