"""Learning a ranker from examples of past decisions, and the card that says what it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from competency.config import RankingConfig
from competency.effects.transitions import CATALOGUE
from competency.ranking.calibrate import LIMIT, calibrate_benefit
from competency.ranking.columns import COLUMNS, DIRECTIONS
from competency.ranking.learned import START, LearnedRanker
from competency.ranking.prior import BENEFIT_CONFIG

if TYPE_CHECKING:
    from competency.arrays import Bools
    from competency.effects.transitions import Transitions
    from competency.ranking.additive.tuning import Tuned
    from competency.ranking.calibrate import BenefitCalibration
    from competency.ranking.estimator import TrainingRanker
    from competency.ranking.examples import RankingExamples

PAIRS = (("gap_closed", "hours"),)
"""Features that may act together: a large gap closed may be worth a long absence."""

LEARN_SHARE = 0.6
"""Share of the examples, the earlier ones, that what is calibrated on the rest is learned from
(chosen by the project)."""


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
        Weights of the prior; those that the examples were made with. None: the defaults, and for
        benefit those of benefit alone (`BENEFIT_CONFIG`: duty counts nothing;
        give them to the `DecisionReader` too, as :func:`learn_ranker` does).
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
    everything = np.ones(len(examples), bool)
    calibration = _calibrated(estimator, examples)
    _fit(estimator, examples, everything)
    origin = CATALOGUE if transitions is None else transitions.origin
    card = _card(examples, estimator.tuned_, pairs, moves=origin, calibration=calibration)
    if config is None and examples.target == "benefit":
        config = BENEFIT_CONFIG
    ranker = LearnedRanker(
        config,
        transitions,
        entry_probability=entry_probability,
        scorer=estimator.scorer_.with_card(card),
        target=examples.target,
        framework_version=examples.framework_version,
        calibration=calibration,
    )
    return ranker, tuple(estimator.tuned_)


def _fit(estimator: TrainingRanker, examples: RankingExamples, rows: Bools) -> None:
    table = examples.columns.loc[rows, [*COLUMNS, START]]
    days = examples.day[rows].astype(np.int64)
    several = len(np.unique(days)) > 1  # plans are all of one day
    estimator.fit(
        table, examples.label[rows], groups=examples.group[rows], time=days if several else None
    )


def _calibrated(estimator: TrainingRanker, examples: RankingExamples) -> BenefitCalibration | None:
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

- What trainings change: {moves}

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
    moves: str, calibration: BenefitCalibration | None,
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
        moves="as the catalogue claims" if moves == CATALOGUE else f"as {moves} from history",
        learned="\n".join(learned),
        calibrated=_calibration(calibration),
        columns="\n".join(f"- {name}{_direction(name)}" for name in COLUMNS),
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
    return words.get(DIRECTIONS.get(name, 0), "")
