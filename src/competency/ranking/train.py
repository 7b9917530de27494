"""Learning a ranker from examples of past decisions, and the card that says what it is."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from competency.effects.transitions import CATALOGUE
from competency.ranking.calibrate import LIMIT, calibrate_benefit
from competency.ranking.columns import directions, feature_names
from competency.ranking.learned import START, LearnedRanker

if TYPE_CHECKING:
    from competency.arrays import Bools
    from competency.effects.transitions import Transitions
    from competency.ranking.additive.tuning import Tuned
    from competency.ranking.calibrate import BenefitCalibration
    from competency.ranking.estimator import RankingEstimator
    from competency.ranking.examples import RankingExamples

PAIRS = (("gap_closed", "hours"),)
"""Features that may act together: a large gap closed may be worth a long absence."""

LEARN_SHARE = 0.6
"""Share of the examples, the earlier ones, that what is calibrated on the rest is learned from
(chosen by the project)."""


def learn_tables(
    examples: RankingExamples,
    *,
    transitions: Transitions | None = None,
    pairs: Sequence[tuple[str, str]] = PAIRS,
    max_trees: int = 300,
) -> tuple[LearnedRanker, tuple[Tuned, ...]]:
    """Return the closed-form prior with what examples add to it, and by stage how validation went.

    How much is learned is tuned on later decisions; where learning does not beat the prior there,
    by two standard errors, nothing is learned and the prior stands. The prior has the weights that
    the examples were made with, `transitions` are those that they were made with, `pairs` are
    columns that may act together. Columns of the user's own are not used here: give them to
    :class:`RankingEstimator`.
    """
    from competency.ranking.estimator import RankingEstimator

    estimator = RankingEstimator(
        start=START, monotone=directions(), pairs=tuple(pairs), max_trees=max_trees
    )
    everything = np.ones(len(examples), bool)
    calibration = _calibrated(estimator, examples)
    _fit(estimator, examples, everything)
    origin = CATALOGUE if transitions is None else transitions.origin
    card = _card(examples, estimator.tuned_, pairs, origin=origin, calibration=calibration)
    ranker = LearnedRanker(
        examples.config,
        transitions,
        scorer=dataclasses.replace(estimator.scorer_, card=card),
        target=examples.target,
        framework_version=examples.framework_version,
        calibration=calibration,
    )
    return ranker, tuple(estimator.tuned_)


def _fit(estimator: RankingEstimator, examples: RankingExamples, rows: Bools) -> None:
    table = examples.columns.loc[rows, [*feature_names(), START]]
    days = examples.day[rows].astype(np.int64)
    several = len(np.unique(days)) > 1  # plans are all of one day
    estimator.fit(
        table, examples.label[rows], groups=examples.group[rows], time=days if several else None
    )


def _calibrated(
    estimator: RankingEstimator, examples: RankingExamples
) -> BenefitCalibration | None:
    """Learn from the earlier decisions, and calibrate what was learned on the later ones."""
    days = np.sort(examples.day)
    border = days[min(int(LEARN_SHARE * len(days)), len(days) - 1)]
    later = examples.day >= border
    # NOTE: what was known of the earlier decisions on the first later day, and no outcome more.
    before = ~later & (examples.known_on < border)
    if examples.target != "benefit" or not before.any():
        return None
    _fit(estimator, examples, before)
    table = examples.columns[later]
    hours = np.maximum(table["hours"].to_numpy(), 1.0)
    return calibrate_benefit(
        table["gap_closed"].to_numpy(),
        estimator.scorer_.predict(table) - table[START].to_numpy(),
        examples.label[later] * hours,
        list(examples.officer[later]),
    )


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

- What trainings change: {transitions}

## How much

{learned}
{calibrated}

## What it looks at

{columns}

Never: name, sex, date of birth, religion, marital status, or anything decoded from an officer's
number.

## Before use

Evaluate it on later decisions beside the simple rankers, and let a person decide. It advises on
development; it must not be used to appraise officers.
"""


def _card(
    examples: RankingExamples, tuned: Sequence[Tuned], pairs: Sequence[tuple[str, str]], *,
    origin: str, calibration: BenefitCalibration | None,
) -> str:  # fmt: skip
    stages = ["one feature at a time", *(" x ".join(pair) for pair in pairs)]
    learned = [_stage(name, stage) for name, stage in zip(stages, tuned, strict=True)]
    days = examples.day
    size, lists = len(examples), len(np.unique(examples.group))
    return _TEXT.format(
        meaning=_MEANING[examples.target],
        examples=f"{size} candidates in {lists} lists, decisions from {days.min()} to {days.max()}",
        outside=examples.n_outside,
        framework=examples.framework_version,
        transitions="as the catalogue claims"
        if origin == CATALOGUE
        else f"as {origin} from history",
        learned="\n".join(learned),
        calibrated=_calibration(calibration),
        columns="\n".join(f"- {name}{_direction(name)}" for name in feature_names()),
    )


def _stage(name: str, tuned: Tuned) -> str:
    if not tuned.n_lists:
        return f"- {name}: {tuned.count} trees; too few lists to validate on"
    verdict = f"{tuned.count} trees" if tuned.count else "nothing, no evidence of beating the start"
    return (
        f"- {name}: {verdict} (nDCG {tuned.gain:+.4f}, standard error {tuned.gain_se:.4f}, on "
        f"{tuned.n_lists} lists validated)"
    )


def _calibration(found: BenefitCalibration | None) -> str:
    if found is None:
        return "- Calibration to benefit: none; plans multiply nothing"
    use = (
        f"plans multiply the gap closed by its exponential, from 1/{LIMIT:g} to {LIMIT:g}"
        if found.holds
        else "no evidence of benefit, so plans multiply nothing"
    )
    return (
        f"- Calibration to benefit on later decisions: slope {found.slope:.2f} [{found.low:.2f}, "
        f"{found.high:.2f}], {found.n} benefits of {found.n_officers} officers; {use}"
    )


def _direction(name: str) -> str:
    words = {1: " (more never lowers the score)", -1: " (more never raises the score)"}
    return words.get(directions().get(name, 0), "")
