"""A learned ranker made by hand: tables with known steps, so that nothing has to be trained."""

from __future__ import annotations

import numpy as np

from competency.ranking.additive.scorer import AdditiveScorer
from competency.ranking.additive.tables import AdditiveModel, FeatureTable, PairTable
from competency.ranking.columns import feature_names
from competency.ranking.learned import START, LearnedRanker


def step_table(name: str, *cuts: float, rise: float) -> FeatureTable:
    """Steps of `rise` at each cut; 0 where the feature is missing."""
    values = np.append(rise * np.arange(len(cuts) + 1.0), 0.0)
    return FeatureTable(name, np.array(cuts), values)


def hand_made_ranker(**parameters: object) -> LearnedRanker:
    """Tables of every column, with directions kept, and a pair."""
    pair = np.zeros((4, 4))
    pair[1:3, 0], pair[2, 1] = 0.25, 0.125
    tables = (
        step_table("gap_closed", 0.05, 0.1, 0.2, 0.4, 0.8, rise=0.11),
        step_table("readiness", 0.5, 0.9, rise=0.3),
        step_table("mandatory", 0.5, rise=0.2),
        step_table("largest_gap", 0.3, 0.6, 1.2, rise=0.17),
        step_table("known", 0.25, 0.75, rise=-0.05),
        step_table("hours", 8.0, 16.0, 30.0, rise=-0.07),
        step_table("cost", 1e6, 5e6, rise=-0.02),
        step_table("popularity", 0.01, 0.1, 0.3, rise=0.06),
        PairTable(("gap_closed", "hours"), (np.array([0.1, 0.5]), np.array([9.0, 20.0])), pair),
        PairTable(("readiness", "known"), (np.array([0.4]), np.array([0.4])), np.eye(3)[::-1] / 8),
    )
    scorer = AdditiveScorer(
        (*feature_names(), START), START, AdditiveModel(tables), card="# By hand\n"
    )
    return LearnedRanker(scorer=scorer, **parameters)
