"""From an agency's records to a ranker by benefit, in one call: what trainings change, and more."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from competency.effects.learning.success import CHANCES, LOGITS
from competency.effects.model import EffectModel
from competency.ranking.decisions import DecisionReader
from competency.ranking.examples import benefit_examples
from competency.ranking.prior import BENEFIT_CONFIG
from competency.ranking.train import train_ranker

if TYPE_CHECKING:
    from competency.config import RankingConfig
    from competency.evidence.table import Evidence
    from competency.levels.model import LevelModel
    from competency.ranking.learned import LearnedRanker

EVIDENCE = 3.0
"""Log of the Bayes factor above which the catalogue's claims are given up: 20 to 1, "strong" by
Kass and Raftery (1995)."""


def learn_ranker(
    evidence: Evidence,
    levels: LevelModel,
    *,
    effects: EffectModel | None = None,
    config: RankingConfig = BENEFIT_CONFIG,
    max_trees: int = 300,
    random_state: int = 0,
) -> LearnedRanker:
    """Return a ranker by benefit per hour, learned from the trainings and ratings of an agency.

    What trainings change is taken from history where history speaks against the catalogue
    (:func:`evidence_of_effects`), else from the catalogue; what else tells benefit is learned as
    tables, where it beats this start on later decisions.

    Parameters
    ----------
    evidence : Evidence
    levels : LevelModel
        Fitted.
    effects : EffectModel, optional
        Fitted; None: one is fitted here.
    config : RankingConfig
        Weights of the start; the default counts benefit alone.
    max_trees : int
        At least 1.
    random_state : int

    Returns
    -------
    LearnedRanker
        Of target ``"benefit"``; its card says what was found and what was not.

    Raises
    ------
    InputError
        There is no history, or no training was followed by a rating: use a `PriorRanker`.
    ConfigError
        lightgbm (the extra ``train``) is not installed.

    Notes
    -----
    About ten seconds for a thousand officers and three years. Whether it helps is asked of
    :func:`evaluate_rankers`, with a ranker made anew from what was known before each cut-off.
    """
    effects = effects or EffectModel().fit(evidence.history, levels, evidence=evidence)
    told = evidence_of_effects(effects)
    moves = effects.transitions_ if told > EVIDENCE else None
    days = DecisionReader(evidence, levels, ranking_config=config, transitions=moves).read()
    ranker = train_ranker(
        benefit_examples(days, config), config=config, transitions=moves, max_trees=max_trees,
        random_state=random_state,
    )  # fmt: skip
    card = f"{ranker.scorer.card}\n{_EFFECTS[moves is not None].format(told=told)}\n"
    return dataclasses.replace(ranker, scorer=ranker.scorer.with_card(card))


_EFFECTS = {
    True: (
        "History speaks against the catalogue's claims of success (log Bayes factor {told:.1f}): "
        "what trainings change is estimated."
    ),
    False: (
        "No evidence of beating the catalogue's claims of success (log Bayes factor {told:.1f}): "
        "they stand."
    ),
}


def evidence_of_effects(effects: EffectModel) -> float:
    """Return how strongly history speaks against the catalogue's claims of success.

    ``sum over rows of log(integral of L(p) over the prior of chances) - log L(claimed)``: the
    likelihood of each row's own history where chances scatter as widely as was estimated, by that
    where every training does what the catalogue claims.

    Parameters
    ----------
    effects : EffectModel
        Fitted.

    Returns
    -------
    float
        Logarithm of the Bayes factor; 0 without a history, negative where the claims do better.
    """
    told = effects.told_
    held = np.clip(effects.rows_["claimed"].to_numpy(np.float64), CHANCES[1], CHANCES[-1])
    place = np.log(held) - np.log1p(-held)
    spread, idle = effects.spread_, effects.idle_share_
    prior = np.exp(-((LOGITS - place[:, None]) ** 2) / (2 * spread**2))
    prior *= (1 - idle) / prior.sum(axis=1, keepdims=True)
    scattered = np.log(idle * np.exp(told[:, 0]) + (prior * np.exp(told[:, 1:])).sum(axis=1))
    claimed = [np.interp(at, LOGITS, row[1:]) for at, row in zip(place, told, strict=True)]
    return float((scattered - np.array(claimed)).sum())
