"""Learning a ranker from examples of past decisions, and the card that says what it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from competency.config import RankingConfig
from competency.ranking.columns import COLUMNS, DIRECTIONS
from competency.ranking.learned import START, LearnedRanker

if TYPE_CHECKING:
    from competency.effects.transitions import Transitions
    from competency.ranking.additive.tuning import Tuned
    from competency.ranking.examples import RankingExamples

PAIRS = (("gap_closed", "hours"),)
"""Features that may act together: a large gap closed may be worth a long absence."""


def train_ranker(
    examples: RankingExamples,
    *,
    config: RankingConfig | None = None,
    transitions: Transitions | None = None,
    entry_probability: float = 0.5,
    pairs: Sequence[tuple[str, str]] = PAIRS,
    max_trees: int = 300,
    random_state: int = 0,
) -> LearnedRanker:
    """Return the closed-form prior with what examples of the past add to it.

    How much is learned is tuned on later decisions; where learning does not beat the prior there,
    by two standard errors, nothing is learned and the prior stands.

    Parameters
    ----------
    examples : RankingExamples
        Of uptake, of benefit or of plans; of columns of the user's own none is used here (give
        them to :class:`TrainingRanker`).
    config : RankingConfig, optional
        Weights of the prior; those that the examples were made with.
    transitions : Transitions, optional
        Those that the examples were made with.
    entry_probability : float
        In (0, 1].
    pairs : sequence of pairs of str
        Columns that may act together.
    max_trees : int
        At least 1.
    random_state : int

    Returns
    -------
    LearnedRanker

    Raises
    ------
    ConfigError
        A parameter is illegal, or lightgbm (the extra ``train``) is not installed.
    """
    ranker, _ = train_with_tuning(
        examples, config=config, transitions=transitions, entry_probability=entry_probability,
        pairs=pairs, max_trees=max_trees, random_state=random_state,
    )  # fmt: skip
    return ranker


def train_with_tuning(
    examples: RankingExamples,
    *,
    config: RankingConfig | None = None,
    transitions: Transitions | None = None,
    entry_probability: float = 0.5,
    pairs: Sequence[tuple[str, str]] = PAIRS,
    max_trees: int = 300,
    random_state: int = 0,
) -> tuple[LearnedRanker, tuple[Tuned, ...]]:
    """Return a learned ranker, and by stage how much was learned and how validation spoke for it.

    Parameters
    ----------
    examples, config, transitions, entry_probability, pairs, max_trees, random_state
        As in :func:`train_ranker`.

    Returns
    -------
    ranker : LearnedRanker
    tuned : tuple of Tuned

    Raises
    ------
    ConfigError
        A parameter is illegal, or lightgbm (the extra ``train``) is not installed.
    """
    from competency.ranking.estimator import TrainingRanker

    estimator = TrainingRanker(
        start=START, monotone=dict(DIRECTIONS), pairs=tuple(pairs), max_trees=max_trees,
        random_state=random_state,
    )  # fmt: skip
    table = examples.columns[[*COLUMNS, START]]
    days = examples.day.astype(np.int64)
    several = len(np.unique(days)) > 1  # plans are all of one day
    estimator.fit(table, examples.label, groups=examples.group, time=days if several else None)
    scorer = estimator.scorer_.with_card(_card(examples, estimator.tuned_, pairs))
    ranker = LearnedRanker(
        config,
        transitions,
        entry_probability=entry_probability,
        scorer=scorer,
        target=examples.target,
        framework_version=examples.framework_version,
    )
    return ranker, tuple(estimator.tuned_)


_MEANING = {
    "uptake": (
        "**Uptake**: it learned which trainings were taken. It imitates past practice and says "
        "nothing about what helped."
    ),
    "benefit": (
        "**Benefit**: it learned how much of the weighted gap was closed per hour, by beliefs "
        "before and after, less the change of officers like them without a training. What else "
        "chose people for trainings is not taken away."
    ),
    "plan": (
        "**Plan**: it learned what optimal plans begin with, under the transitions that they were "
        "made with. It has their look-ahead; whether those transitions are true it does not know."
    ),
}


_TEXT = """# Learned ranker of trainings

A score that adds up: the closed-form prior, plus tables of one feature or two.

## What was learned

{meaning}

- Examples: {examples}
- Left out: {outside} trainings taken that were not eligible
- Framework: {framework}

## How much

{learned}

## What it looks at

{columns}

Never: name, sex, date of birth, religion, marital status, or anything decoded from an officer's
number.

## Before use

Evaluate it on later decisions beside the simple rankers, and let a person decide. It advises on
development; it must not be used to appraise officers.
"""


def _card(
    examples: RankingExamples, tuned: Sequence[Tuned], pairs: Sequence[tuple[str, str]]
) -> str:
    stages = ["one feature at a time", *(" x ".join(pair) for pair in pairs)]
    learned = [_stage(name, stage) for name, stage in zip(stages, tuned, strict=True)]
    days = examples.day
    size, lists = len(examples), len(np.unique(examples.group))
    return _TEXT.format(
        meaning=_MEANING[examples.target],
        examples=f"{size} candidates in {lists} lists, decisions from {days.min()} to {days.max()}",
        outside=examples.n_outside,
        framework=examples.framework_version,
        learned="\n".join(learned),
        columns="\n".join(f"- {name}{_direction(name)}" for name in COLUMNS),
    )


def _stage(name: str, tuned: Tuned) -> str:
    if not tuned.n_lists:
        return f"- {name}: {tuned.count} trees; too few lists to validate on"
    verdict = f"{tuned.count} trees" if tuned.count else "nothing, no evidence of beating none"
    return (
        f"- {name}: {verdict} (nDCG {tuned.gain:+.4f}, standard error {tuned.gain_se:.4f}, on "
        f"{tuned.n_lists} lists validated)"
    )


def _direction(name: str) -> str:
    words = {1: " (more never lowers the score)", -1: " (more never raises the score)"}
    return words.get(DIRECTIONS.get(name, 0), "")
