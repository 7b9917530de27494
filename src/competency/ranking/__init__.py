"""Which training next: features, the closed-form ranker, baselines, reasons and model files."""

from competency.ranking.baselines import (
    CatalogueRanker,
    LargestGapRanker,
    PopularityRanker,
    RandomRanker,
)
from competency.ranking.explain import explain_training
from competency.ranking.features import Features, build_features
from competency.ranking.prior import PriorRanker, rank_trainings
from competency.ranking.ranker import FeatureRanker, Ranker
from competency.ranking.store import load_ranker, save_ranker
from competency.ranking.table import Ranking

__all__ = [
    "CatalogueRanker",
    "FeatureRanker",
    "Features",
    "LargestGapRanker",
    "PopularityRanker",
    "PriorRanker",
    "RandomRanker",
    "Ranker",
    "Ranking",
    "build_features",
    "explain_training",
    "load_ranker",
    "rank_trainings",
    "save_ranker",
]
