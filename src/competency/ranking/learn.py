"""A ranker learned from history: its decisions are read, labelled and learned from."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.config import PipelineConfig, as_date
from competency.effects.learning.success import CHANCES, LOGITS
from competency.effects.model import EffectModel
from competency.errors import Finding, InputError
from competency.evidence.until import evidence_until
from competency.levels.model import LevelModel
from competency.ranking.decisions import DecisionReader
from competency.ranking.examples import RankingExamples, benefit_examples, uptake_examples
from competency.ranking.learned import LearnedRanker
from competency.ranking.prior import BENEFIT_CONFIG, PriorRanker
from competency.ranking.train import learn_tables

if TYPE_CHECKING:
    from datetime import date

    from competency.config import RankingConfig
    from competency.effects.transitions import Transitions
    from competency.evidence.table import Evidence
    from competency.ranking.additive.tuning import Tuned
    from competency.ranking.decisions import DecisionDay
    from competency.ranking.learned import Target

EVIDENCE = 3.0
"""Log of the Bayes factor above which the catalogue's claims are given up: 20 to 1, "strong" by
Kass and Raftery (1995)."""

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
        source = "no examples" if self.examples is None else repr(self.examples)
        return f"Learned({self.target!r}, {self.n_trees} trees, {source})"


def learn_ranker(
    history: Evidence | RankingExamples,
    *,
    as_of: date | str | None = None,
    model: LevelModel | None = None,
    effects: EffectModel | None = None,
    transitions: Transitions | None = None,
    config: PipelineConfig | None = None,
) -> Learned:
    """Return a ranker learned from the trainings and ratings of an agency, or from examples.

    For benefit, what trainings change is taken from history where history speaks against the
    catalogue (:func:`evidence_of_effects`), else from the catalogue; what else predicts benefit is
    learned as tables, where it beats this start on later decisions by two standard errors.

    Parameters
    ----------
    history : Evidence or RankingExamples
        Evidence: its decisions are read and labelled by ``config.learning.target``. Examples of
        one's own (:func:`benefit_examples`, :func:`uptake_examples`, :func:`plan_examples`) are
        learned from as they are.
    as_of : date or str, optional
        Nothing later is used; required for evidence.
    model : LevelModel, optional
        Fitted; None: decisions are read with one fitted on what was known before the first.
    effects : EffectModel, optional
        Fitted; None: one is fitted here. Only for benefit learned from evidence.
    transitions : Transitions, optional
        Those that the examples were made with; only with examples. None: the catalogue's claims.
    config : PipelineConfig, optional
        Its groups `learning`, `levels`, `gaps` and `ranking`.

    Returns
    -------
    Learned
        Its ranker is the prior, and a warning says so, where there is no history. The card of a
        learned one says what was found and what was not.

    Raises
    ------
    InputError
        Evidence came without `as_of`.
    ConfigError
        lightgbm (the extra ``train``) is not installed.

    Notes
    -----
    About ten seconds for a thousand officers and three years. Whether it helps is asked of
    :func:`evaluate_history`, with rankers made anew from what was known before each cut-off.

    Examples
    --------
    >>> import competency as cp
    >>> framework = cp.load_framework(cp.pack_path())
    >>> evidence = cp.read_evidence(cp.pack_path() / "cohort", framework=framework)
    >>> found = learn_ranker(evidence, as_of="1999-01-01")
    >>> found.ranker.method, [finding.code for finding in found.findings]
    ('prior', ['no-history'])
    """
    config = config or PipelineConfig()
    if isinstance(history, RankingExamples):
        return learn_from_examples(history, config, transitions=transitions)
    if as_of is None:
        hint = "give as_of=...: nothing later than this day is learned from"
        raise InputError("history", [Finding("no-day", "evidence needs a day", hint=hint)])
    day = as_date(as_of)
    changes, line = _transitions_of(history, day, model, effects, config)
    try:
        days = read_decisions(history, as_of=day, model=model, config=config, transitions=changes)
    except InputError as error:
        if [finding.code for finding in error.findings] != ["no-history"]:
            raise
        return nothing_learned(error, config)
    return _with_line(learn_from_days(days, config, transitions=changes), line)


def _transitions_of(
    evidence: Evidence, day: date, model: LevelModel | None, effects: EffectModel | None,
    config: PipelineConfig,
) -> tuple[Transitions | None, str]:  # fmt: skip
    """What trainings change, where history speaks against the catalogue; and a line of the card."""
    known = evidence_until(evidence, day)
    if config.learning.target != "benefit" or not known.history["start"].notna().any():
        return None, ""
    levels = model or LevelModel(config.levels).fit(known)
    effects = effects or EffectModel().fit(known.history, levels, evidence=known)
    factor = evidence_of_effects(effects)
    changes = effects.transitions_ if factor > EVIDENCE else None
    return changes, f"\n{_EFFECTS[changes is not None].format(factor=factor)}\n"


def _with_line(found: Learned, line: str) -> Learned:
    ranker = found.ranker
    if not isinstance(ranker, LearnedRanker):
        return found
    scorer = dataclasses.replace(ranker.scorer, card=ranker.scorer.card + line)
    return dataclasses.replace(found, ranker=dataclasses.replace(ranker, scorer=scorer))


_EFFECTS = {
    True: (
        "History speaks against the catalogue's claims of success (log Bayes factor {factor:.1f}): "
        "what trainings change is estimated."
    ),
    False: (
        "No evidence of beating the catalogue's claims of success (log Bayes factor {factor:.1f}): "
        "they stand."
    ),
}


def evidence_of_effects(effects: EffectModel) -> float:
    """Return how strongly history speaks against the catalogue's claims of success.

    The logarithm of a Bayes factor, ``sum over rows of log(integral of L(p) over the prior of
    chances) - log L(claimed)``: the likelihood of each row's own history where chances scatter as
    widely as was estimated, by that where every training does what the catalogue claims. 0 without
    a history, negative where the claims do better.
    """
    likelihood = effects.log_likelihood_
    held = np.clip(effects.rows_["claimed"].to_numpy(np.float64), CHANCES[1], CHANCES[-1])
    place = np.log(held) - np.log1p(-held)
    spread, idle = effects.spread_, effects.idle_share_
    prior = np.exp(-((LOGITS - place[:, None]) ** 2) / (2 * spread**2))
    prior *= (1 - idle) / prior.sum(axis=1, keepdims=True)
    scattered = np.log(
        idle * np.exp(likelihood[:, 0]) + (prior * np.exp(likelihood[:, 1:])).sum(axis=1)
    )
    claimed = [np.interp(at, LOGITS, row[1:]) for at, row in zip(place, likelihood, strict=True)]
    return float((scattered - np.array(claimed)).sum())


def read_decisions(
    evidence: Evidence,
    *,
    as_of: date,
    model: LevelModel | None,
    config: PipelineConfig,
    transitions: Transitions | None = None,
) -> tuple[DecisionDay, ...]:
    """Return the decisions of the past by the settings; nothing later than a day is used.

    An expected gap counts whether it was assessed or not. Raises `InputError` where there is no
    history of trainings with a start.
    """
    reader = DecisionReader(
        evidence_until(evidence, as_of), model, config.learning.every, config.gaps,
        weights_for("benefit", config.ranking), transitions,
        follow_days=config.learning.follow_days,
    )  # fmt: skip
    return reader.read()


def weights_for(target: Target, given: RankingConfig) -> RankingConfig:
    """Return the weights that learning starts from; for benefit they are of benefit alone."""
    weights = {name: getattr(BENEFIT_CONFIG, name) for name in _OF_BENEFIT}
    if target != "benefit":
        weights = {"unknown_weight": weights["unknown_weight"]}
    return given.model_copy(update=weights)


def learn_from_days(
    days: Sequence[DecisionDay], config: PipelineConfig, *, transitions: Transitions | None = None
) -> Learned:
    """Return a ranker learned from decisions, or the prior where they hold no example.

    `transitions` are those that the decisions were read with.
    """
    weights = weights_for(config.learning.target, config.ranking)
    try:
        examples = _EXAMPLES[config.learning.target](days, weights)
    except InputError as error:
        return nothing_learned(error, config)
    return learn_from_examples(examples, config, transitions=transitions)


def learn_from_examples(
    examples: RankingExamples, config: PipelineConfig, *, transitions: Transitions | None = None
) -> Learned:
    """Return a ranker learned from labelled candidates; the prior's weights are the examples'."""
    ranker, tuned = learn_tables(
        examples, transitions=transitions, max_trees=config.learning.max_trees
    )
    return Learned(ranker, examples.target, examples, tuned, _remarks(examples, tuned))


def nothing_learned(error: InputError, config: PipelineConfig) -> Learned:
    """Return the prior, and why nothing was learned."""
    findings = tuple(
        Finding(item.code, f"{item.message}; the closed-form prior stands", "warning",
                hint=item.hint)
        for item in error.findings
    )  # fmt: skip
    return Learned(PriorRanker(config.ranking), config.learning.target, None, (), findings)


def _remarks(examples: RankingExamples, tuned: Sequence[Tuned]) -> tuple[Finding, ...]:
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
