"""Which training next: features, rankers closed-form and learned, reasons and model files."""

from typing import TYPE_CHECKING, Any

from competency.ranking.additive.scorer import AdditiveScorer
from competency.ranking.additive.store import load_scorer, save_scorer
from competency.ranking.baselines import (
    CatalogueRanker,
    LargestGapRanker,
    PopularityRanker,
    RandomRanker,
)
from competency.ranking.contrast import explain_choice
from competency.ranking.examples import plan_examples
from competency.ranking.explain import explain_training
from competency.ranking.features import Features, build_features
from competency.ranking.learned import LearnedRanker
from competency.ranking.prior import PriorRanker, rank_trainings
from competency.ranking.ranker import FeatureRanker, Ranker
from competency.ranking.store import load_ranker, save_ranker
from competency.ranking.table import Ranking

if TYPE_CHECKING:
    from competency.ranking.estimator import RankingEstimator

__all__ = [
    "AdditiveScorer",
    "CatalogueRanker",
    "FeatureRanker",
    "Features",
    "LargestGapRanker",
    "LearnedRanker",
    "PopularityRanker",
    "PriorRanker",
    "RandomRanker",
    "Ranker",
    "Ranking",
    "RankingEstimator",
    "build_features",
    "explain_choice",
    "explain_training",
    "load_ranker",
    "load_scorer",
    "plan_examples",
    "rank_trainings",
    "save_ranker",
    "save_scorer",
]


def __getattr__(name: str) -> Any:
    # Ranking with a saved model loads no scikit-learn; training does.
    if name == "RankingEstimator":
        from competency.ranking.estimator import RankingEstimator

        return RankingEstimator
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
