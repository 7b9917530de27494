"""From an agency's records to a ranker by benefit, in one call: what trainings change, and more."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from competency.config import PipelineConfig
from competency.effects.learning.success import CHANCES, LOGITS
from competency.effects.model import EffectModel
from competency.errors import InputError
from competency.evidence.until import evidence_until
from competency.levels.model import LevelModel
from competency.ranking.history import learn_from_days, nothing_learned, read_decisions
from competency.ranking.learned import LearnedRanker

if TYPE_CHECKING:
    from datetime import date

    from competency.evidence.table import Evidence
    from competency.ranking.history import Learned

EVIDENCE = 3.0
"""Log of the Bayes factor above which the catalogue's claims are given up: 20 to 1, "strong" by
Kass and Raftery (1995)."""


def learn_ranker(
    evidence: Evidence,
    *,
    as_of: date,
    model: LevelModel | None = None,
    effects: EffectModel | None = None,
    config: PipelineConfig | None = None,
) -> Learned:
    """Return a ranker learned from the trainings and ratings of an agency until a day.

    For benefit, what trainings change is taken from history where history speaks against the
    catalogue (:func:`evidence_of_effects`), else from the catalogue; what else tells benefit is
    learned as tables, where it beats this start on later decisions.

    Parameters
    ----------
    evidence : Evidence
    as_of : date
        Nothing later is used.
    model : LevelModel, optional
        Fitted; None: decisions are read with one fitted on what was known before the first.
    effects : EffectModel, optional
        Fitted; None: one is fitted here. Only for benefit.
    config : PipelineConfig, optional
        Its groups `learning`, `levels`, `gaps` and `ranking`.

    Returns
    -------
    Learned
        Its ranker is the prior, and a warning says so, where there is no history. The card of a
        learned one says what was found and what was not.

    Raises
    ------
    ConfigError
        lightgbm (the extra ``train``) is not installed.

    Notes
    -----
    About ten seconds for a thousand officers and three years. Whether it helps is asked of
    :func:`evaluate_history`, with rankers made anew from what was known before each cut-off.

    Examples
    --------
    >>> from datetime import date
    >>> import competency as cp
    >>> framework = cp.load_framework(cp.pack_path())
    >>> evidence = cp.read_evidence(cp.pack_path() / "cohort", framework=framework)
    >>> found = learn_ranker(evidence, as_of=date(1999, 1, 1))
    >>> found.ranker.method, [finding.code for finding in found.findings]
    ('prior', ['no-history'])
    """
    config = config or PipelineConfig()
    known = evidence_until(evidence, as_of)
    by_benefit = config.learning.target == "benefit" and known.history["start"].notna().any()
    moves, line = None, ""
    if by_benefit:
        levels = model or LevelModel(config.levels).fit(known)
        effects = effects or EffectModel().fit(known.history, levels, evidence=known)
        told = evidence_of_effects(effects)
        moves = effects.transitions_ if told > EVIDENCE else None
        line = f"\n{_EFFECTS[moves is not None].format(told=told)}\n"
    try:
        days = read_decisions(evidence, as_of=as_of, model=model, config=config, transitions=moves)
    except InputError as error:
        if [finding.code for finding in error.findings] != ["no-history"]:
            raise
        return nothing_learned(error, config)
    found = learn_from_days(days, config, transitions=moves)
    return _with_line(found, line)


def _with_line(found: Learned, line: str) -> Learned:
    ranker = found.ranker
    if not isinstance(ranker, LearnedRanker):
        return found
    scorer = ranker.scorer.with_card(ranker.scorer.card + line)
    return dataclasses.replace(found, ranker=dataclasses.replace(ranker, scorer=scorer))


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
    told = effects.log_likelihood_
    held = np.clip(effects.rows_["claimed"].to_numpy(np.float64), CHANCES[1], CHANCES[-1])
    place = np.log(held) - np.log1p(-held)
    spread, idle = effects.spread_, effects.idle_share_
    prior = np.exp(-((LOGITS - place[:, None]) ** 2) / (2 * spread**2))
    prior *= (1 - idle) / prior.sum(axis=1, keepdims=True)
    scattered = np.log(idle * np.exp(told[:, 0]) + (prior * np.exp(told[:, 1:])).sum(axis=1))
    claimed = [np.interp(at, LOGITS, row[1:]) for at, row in zip(place, told, strict=True)]
    return float((scattered - np.array(claimed)).sum())
