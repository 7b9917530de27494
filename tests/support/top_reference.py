"""The best trainings by the plain form: a table of all pairs, sorted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from competency.config import GapConfig
from competency.gaps import score_gaps
from competency.levels.beliefs import LevelBeliefs
from competency.ranking.ranker import FeatureRanker


def plain_top(
    ranker: FeatureRanker,
    levels: LevelBeliefs,
    *,
    history: pd.DataFrame | None = None,
    aims: tuple[str, ...] = ("held", "next"),
    count: int = 8,
) -> tuple[np.ndarray, np.ndarray]:
    """Trainings and scores of each officer, best first; -1 and -inf fill up."""
    ranking = ranker.rank(score_gaps(levels, config=GapConfig(aims=aims)), history=history)
    training = ranking.top(count)
    score = np.take_along_axis(ranking.score, np.maximum(training, 0), axis=1)
    return training, np.where(training >= 0, score, -np.inf)
