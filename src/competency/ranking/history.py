"""A ranker from an agency's own history: what it learned, from how much, and where it did not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from competency.config import PipelineConfig
from competency.errors import Finding, InputError
from competency.evidence.until import evidence_until
from competency.ranking.decisions import DecisionReader
from competency.ranking.examples import benefit_examples, uptake_examples
from competency.ranking.prior import PriorRanker
from competency.ranking.train import train_with_tuning

if TYPE_CHECKING:
    from competency.evidence.table import Evidence
    from competency.levels.model import LevelModel
    from competency.ranking.additive.tuning import Tuned
    from competency.ranking.decisions import DecisionDay
    from competency.ranking.examples import RankingExamples
    from competency.ranking.learned import LearnedRanker, Target

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


def learn_ranker(
    evidence: Evidence,
    *,
    as_of: date,
    model: LevelModel | None = None,
    config: PipelineConfig | None = None,
) -> Learned:
    """Return a ranker learned from the history of trainings until a day.

    Parameters
    ----------
    evidence : Evidence
    as_of : date
        Nothing later is used.
    model : LevelModel, optional
        Fitted; None: one is fitted on what was known before the first decision.
    config : PipelineConfig, optional
        Its groups `learning`, `gaps` and `ranking`.

    Returns
    -------
    Learned
        Its ranker is the prior, and a warning says so, where there is no history.

    Raises
    ------
    ConfigError
        lightgbm (the extra ``train``) is not installed.

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
    try:
        days = read_decisions(evidence, as_of=as_of, model=model, config=config)
    except InputError as error:
        if [finding.code for finding in error.findings] != ["no-history"]:
            raise
        return _nothing(error, config)
    return learn_from_days(days, config)


def read_decisions(
    evidence: Evidence, *, as_of: date, model: LevelModel | None, config: PipelineConfig
) -> tuple[DecisionDay, ...]:
    """Return the decisions of the past by the settings; nothing later than a day is used.

    Parameters
    ----------
    evidence : Evidence
    as_of : date
    model : LevelModel or None
    config : PipelineConfig

    Returns
    -------
    tuple of DecisionDay

    Raises
    ------
    InputError
        There is no history of trainings with a start.
    """
    reader = DecisionReader(
        evidence_until(evidence, as_of), model, config.learning.every, config.gaps, config.ranking,
        follow_days=config.learning.follow_days,
    )  # fmt: skip
    return reader.read()


def learn_from_days(days: Sequence[DecisionDay], config: PipelineConfig) -> Learned:
    """Return a ranker learned from decisions, or the prior where they hold no example.

    Parameters
    ----------
    days : sequence of DecisionDay
        May be empty.
    config : PipelineConfig

    Returns
    -------
    Learned

    Raises
    ------
    ConfigError
        lightgbm (the extra ``train``) is not installed.
    """
    settings = config.learning
    try:
        examples = _EXAMPLES[settings.target](days, config.ranking)
    except InputError as error:
        return _nothing(error, config)
    ranker, tuned = train_with_tuning(examples, config=config.ranking, max_trees=settings.max_trees)
    return Learned(ranker, settings.target, examples, tuned, _noticed(examples, tuned))


def _nothing(error: InputError, config: PipelineConfig) -> Learned:
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
