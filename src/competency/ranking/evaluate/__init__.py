"""Whether a ranker is any good: metrics, intervals, a test over time, and a verdict."""

from competency.ranking.evaluate.backtest import BASELINES, Backtest, TemporalBacktest
from competency.ranking.evaluate.compare import differences_table, means_table
from competency.ranking.evaluate.groups import groups_table, officer_groups, slices_of
from competency.ranking.evaluate.intervals import Estimates, cluster_means, holm
from competency.ranking.evaluate.policy import PolicyValue, doubly_robust, inverse_propensity
from competency.ranking.evaluate.report import (
    Evaluation,
    GainCalibration,
    evaluate_rankers,
    gain_calibration,
    spread_table,
)
from competency.ranking.evaluate.verdict import verdict
from competency.ranking.lists import (
    RankedLists,
    average_precision,
    hits,
    ndcg,
    recall,
    reciprocal_rank,
)

__all__ = [
    "BASELINES",
    "Backtest",
    "Estimates",
    "Evaluation",
    "GainCalibration",
    "PolicyValue",
    "RankedLists",
    "TemporalBacktest",
    "average_precision",
    "cluster_means",
    "differences_table",
    "doubly_robust",
    "evaluate_rankers",
    "gain_calibration",
    "groups_table",
    "hits",
    "holm",
    "inverse_propensity",
    "means_table",
    "ndcg",
    "officer_groups",
    "recall",
    "reciprocal_rank",
    "slices_of",
    "spread_table",
    "verdict",
]
