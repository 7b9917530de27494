"""Distillation: examples from optimal plans, so that a ranker has their look-ahead at no cost.

A planner knows that a small training now opens a large one later; a ranker that looks one step
ahead does not. Trained on what optimal plans begin with, it learns which features speak for it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from competency.config import RankingConfig
from competency.ranking.columns import candidate_columns
from competency.ranking.decisions import DecisionDay, chosen_pairs
from competency.ranking.examples import RankingExamples, planned_examples
from competency.ranking.features import build_features

if TYPE_CHECKING:
    import pandas as pd

    from competency.effects.transitions import Transitions
    from competency.gaps.table import GapTable


def plan_examples(
    gaps: GapTable,
    steps: pd.DataFrame,
    *,
    history: pd.DataFrame | None = None,
    config: RankingConfig | None = None,
    transitions: Transitions | None = None,
) -> RankingExamples:
    """Return what every officer could take now, labelled by whether a plan takes it.

    Parameters
    ----------
    gaps : GapTable
        Of the officers who were planned.
    steps : DataFrame
        Columns officer and training, as from :meth:`competency.Plan.to_frame`: of officers planned
        each alone, because who gets a seat says nothing about what is best for whom.
    history : DataFrame, optional
        Trainings taken (:attr:`Evidence.history`).
    config : RankingConfig, optional
    transitions : Transitions, optional
        Those that the plans were made with.

    Returns
    -------
    RankingExamples
        Of target ``"plan"``; give them to :func:`train_ranker`. Officers without a plan are left
        out: nothing was best for them.

    Raises
    ------
    InputError
        No plan begins with a training that can be taken now.

    Examples
    --------
    >>> import competency as cp
    >>> from competency.testing import small_gaps
    >>> gaps = small_gaps()
    >>> ranking = cp.PriorRanker().rank(gaps)
    >>> steps = cp.plan_officers(ranking, hours=20).to_frame()
    >>> examples = plan_examples(gaps, steps)
    >>> examples.target, bool(examples.label.any())
    ('plan', True)
    """
    config = config or RankingConfig()
    planned = chosen_pairs(steps, gaps.levels)
    rows = np.flatnonzero(planned.any(axis=1))
    asked = gaps.take(rows)
    features = build_features(asked, history=history, transitions=transitions, config=config)
    day = gaps.levels.as_of + timedelta(days=1)
    decision = DecisionDay(
        day, day, asked, features, candidate_columns(asked, features, history, config=config),
        steps[:0] if history is None else history, planned[rows], planned[rows] & False, None, None,
    )  # fmt: skip
    return planned_examples(decision, config)
