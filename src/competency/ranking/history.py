"""A ranker from decisions of the past: what it learned, from how much, and where it did not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.errors import Finding, InputError
from competency.evidence.until import evidence_until
from competency.ranking.decisions import DecisionReader
from competency.ranking.examples import benefit_examples, uptake_examples
from competency.ranking.prior import BENEFIT_CONFIG, PriorRanker
from competency.ranking.train import train_with_tuning

if TYPE_CHECKING:
    from datetime import date

    from competency.config import PipelineConfig, RankingConfig
    from competency.effects.transitions import Transitions
    from competency.evidence.table import Evidence
    from competency.levels.model import LevelModel
    from competency.ranking.additive.tuning import Tuned
    from competency.ranking.decisions import DecisionDay
    from competency.ranking.examples import RankingExamples
    from competency.ranking.learned import LearnedRanker, Target

_OF_BENEFIT = ("mandatory", "unknown_weight", "hour_offset")
# Weights that ranking by benefit replaces; those of aims and readiness stay as given.

_EXAMPLES = {"benefit": benefit_examples, "uptake": uptake_examples}


@dataclass(frozen=True, eq=False)
class Learned:
    """A ranker with the account of how it was learned.

    Parameters
    ----------
    ranker : LearnedRanker or PriorRanker
        The closed-form prior where there was nothing to learn from.
    target : {"benefit", "plan", "uptake"}
        What was to be learned.
    examples : RankingExamples or None
        What it was learned from; None where there was nothing.
    tuned : tuple of Tuned
        Stages of learning, one feature at a time first; empty where there was nothing.
    findings : tuple of Finding
        Warnings where there was nothing to learn from, a note where nothing beat the prior.
    """

    ranker: LearnedRanker | PriorRanker
    target: Target
    examples: RankingExamples | None
    tuned: tuple[Tuned, ...]
    findings: tuple[Finding, ...]

    @property
    def n_trees(self) -> int:
        """Steps that were learned beside the prior; 0 = the prior stands."""
        return sum(stage.count for stage in self.tuned)

    def __repr__(self) -> str:
        told = "no examples" if self.examples is None else repr(self.examples)
        return f"Learned({self.target!r}, {self.n_trees} trees, {told})"


def read_decisions(
    evidence: Evidence,
    *,
    as_of: date,
    model: LevelModel | None,
    config: PipelineConfig,
    transitions: Transitions | None = None,
) -> tuple[DecisionDay, ...]:
    """Return the decisions of the past by the settings; nothing later than a day is used.

    Parameters
    ----------
    evidence : Evidence
    as_of : date
    model : LevelModel or None
    config : PipelineConfig
        Its groups `learning`, `gaps` and `ranking`; an expected gap counts whether it was
        assessed or not.
    transitions : Transitions, optional
        What trainings change; default: the catalogue's claims.

    Returns
    -------
    tuple of DecisionDay

    Raises
    ------
    InputError
        There is no history of trainings with a start.
    """
    reader = DecisionReader(
        evidence_until(evidence, as_of), model, config.learning.every, config.gaps,
        weights_for("benefit", config.ranking), transitions,
        follow_days=config.learning.follow_days,
    )  # fmt: skip
    return reader.read()


def weights_for(target: Target, given: RankingConfig) -> RankingConfig:
    """Return the weights that learning starts from; for benefit they are of benefit alone."""
    kept = {name: getattr(BENEFIT_CONFIG, name) for name in _OF_BENEFIT}
    if target != "benefit":
        kept = {"unknown_weight": kept["unknown_weight"]}
    return given.model_copy(update=kept)


def learn_from_days(
    days: Sequence[DecisionDay], config: PipelineConfig, *, transitions: Transitions | None = None
) -> Learned:
    """Return a ranker learned from decisions, or the prior where they hold no example.

    Parameters
    ----------
    days : sequence of DecisionDay
        May be empty.
    config : PipelineConfig
    transitions : Transitions, optional
        What trainings change, as the decisions were read.

    Returns
    -------
    Learned

    Raises
    ------
    ConfigError
        lightgbm (the extra ``train``) is not installed.
    """
    settings = config.learning
    weights = weights_for(settings.target, config.ranking)
    try:
        examples = _EXAMPLES[settings.target](days, weights)
    except InputError as error:
        return nothing_learned(error, config)
    ranker, tuned = train_with_tuning(
        examples, config=weights, transitions=transitions, max_trees=settings.max_trees
    )
    return Learned(ranker, settings.target, examples, tuned, _noticed(examples, tuned))


def nothing_learned(error: InputError, config: PipelineConfig) -> Learned:
    """Return the prior, and why nothing was learned."""
    findings = tuple(
        Finding(item.code, f"{item.message}; the closed-form prior stands", "warning",
                hint=item.hint)
        for item in error.findings
    )  # fmt: skip
    return Learned(PriorRanker(config.ranking), config.learning.target, None, (), findings)


def _noticed(examples: RankingExamples, tuned: Sequence[Tuned]) -> tuple[Finding, ...]:
    if len(np.unique(examples.label)) < 2:
        message = f"all {len(examples)} candidates have the same {examples.target}"
        hint = "learning needs candidates that differ; the closed-form prior stands"
        return (Finding("one-class", message, "warning", hint=hint),)
    if any(stage.count for stage in tuned):
        return ()
    lists = max(stage.n_lists for stage in tuned)
    message = f"no evidence on {lists} lists validated that learning beats the closed-form prior"
    hint = "the prior stands; with a longer history train again"
    return (Finding("nothing-learned", message, "note", hint=hint),)
