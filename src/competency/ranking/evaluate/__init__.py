"""Whether a ranker is any good: metrics, intervals, a test over time, and a verdict."""

from competency.ranking.evaluate.backtest import BASELINES, Backtest, TemporalBacktest
from competency.ranking.evaluate.compare import differences_table, means_table
from competency.ranking.evaluate.groups import groups_table, officer_groups, slices_of
from competency.ranking.evaluate.policy import PolicyValue, doubly_robust, inverse_propensity
from competency.ranking.evaluate.report import Evaluation, evaluate_rankers
from competency.ranking.evaluate.verdict import verdict

__all__ = [
    "BASELINES",
    "Backtest",
    "Evaluation",
    "PolicyValue",
    "TemporalBacktest",
    "differences_table",
    "doubly_robust",
    "evaluate_rankers",
    "groups_table",
    "inverse_propensity",
    "means_table",
    "officer_groups",
    "slices_of",
    "verdict",
]
