"""What a ranker may know about an officer and a training, and the closed-form score made of it.

Nothing here comes from an officer's name, sex, date of birth, religion, marital status or the
characters of the officer's id: an id only finds the officer's rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import Bools, Floats, frozen
from competency.config import RankingConfig
from competency.effects.transitions import catalogue_transitions, expected_gap_closed
from competency.errors import Finding, InputError, ModelFileError
from competency.evidence.history import passed_trainings
from competency.ranking.eligibility import find_barriers, mandatory_trainings, readiness

if TYPE_CHECKING:
    import pandas as pd

    from competency.effects.transitions import Transitions
    from competency.framework.model import Framework
    from competency.gaps.table import GapTable
    from competency.levels.beliefs import LevelBeliefs

GAP_FLOOR = 0.01
"""Weighted levels added before the logarithm, so that a mandatory training that closes nothing
still has a score: a hundredth of a level, less than evidence can distinguish from nothing (chosen
by the project)."""

READINESS_FLOOR = 0.01
"""Least readiness that counts: below it an officer is as unready as can be (chosen by the
project)."""


@dataclass(frozen=True, eq=False)
class Features:
    """Features of every officer and training; all have shape ``(n_officers, n_trainings)``.

    Parameters
    ----------
    gap_closed : float32
        Expected weighted gap closed by the training, in levels.
    hours : float64
        Hours (JP) of the training.
    readiness : float64
        Expected share of the training's entry levels that the officer brings, in [0, 1].
    mandatory : bool
        The position held asks for the training and it was not passed yet.
    passed : bool
        Already passed on that day.
    eligible : bool
        The officer could take the training now and has something to gain from it.
    worth : float32, shape (n_officers, n_competencies, n_levels)
        What reaching each level is worth (:meth:`GapTable.worth`).
    """

    gap_closed: Floats
    hours: Floats
    readiness: Floats
    mandatory: Bools
    passed: Bools
    eligible: Bools
    worth: Floats


def build_features(
    gaps: GapTable,
    *,
    history: pd.DataFrame | None = None,
    passed: Bools | None = None,
    transitions: Transitions | None = None,
    config: RankingConfig | None = None,
    entry_probability: float = 0.5,
) -> Features:
    """Return the features of every officer and training.

    Parameters
    ----------
    gaps : GapTable
    history : DataFrame, optional
        Trainings taken (:attr:`Evidence.history`); None: nobody has passed anything.
    passed : bool, shape (n_officers, n_trainings), optional
        What the history says of trainings passed, where that is known already.
    transitions : Transitions, optional
        What trainings change; default the catalogue's claims.
    config : RankingConfig, optional
        Weights of aims and of what was never assessed.
    entry_probability : float
        In (0, 1]. A level counts as held when its probability is at least this.

    Returns
    -------
    Features

    Raises
    ------
    ModelFileError
        `transitions` belong to another framework.
    InputError
        Beliefs are not numbers.

    Notes
    -----
    Cost and memory are linear in officers x (rows of `develops` and of entry levels).
    """
    config = config or RankingConfig()
    levels = gaps.levels
    index = levels.framework.index
    transitions = transitions or catalogue_transitions(levels.framework)
    _check_owner(transitions, levels.framework)
    refuse_unknown_beliefs(levels.probs)
    worth = gaps.worth(config.aim_weights, unknown_weight=config.unknown_weight)
    gap_closed = expected_gap_closed(levels.probs, worth, transitions)
    passed = passed_by(levels, history) if passed is None else passed
    mandatory = mandatory_trainings(levels, index) & ~passed
    barriers = find_barriers(
        levels,
        passed=passed,
        mandatory=mandatory,
        gap_closed=gap_closed,
        entry_probability=entry_probability,
    )
    return Features(
        gap_closed=gap_closed,
        hours=np.broadcast_to(index.trainings.hours, passed.shape),
        readiness=frozen(readiness(levels.survival, index)),
        mandatory=frozen(mandatory),
        passed=frozen(passed),
        eligible=frozen(~np.logical_or.reduce(list(barriers.values()))),
        worth=worth,
    )


def prior_contributions(features: Features, config: RankingConfig) -> dict[str, Floats]:
    """Return the four parts of the closed-form score; see :class:`PriorRanker`.

    float64, of the shape of the features, which may be all pairs or those of a list.
    """
    closed = np.log(features.gap_closed.astype(np.float64) + GAP_FLOOR)
    ready = np.log(np.maximum(features.readiness, READINESS_FLOOR))
    hours = features.hours
    if hours.strides[0]:
        hours = -np.log(hours + config.hour_offset)
    else:  # NOTE: hours belong to the training; one row serves every officer.
        hours = np.broadcast_to(-np.log(hours[:1] + config.hour_offset), hours.shape)
    return {
        "gap_closed": frozen(closed),
        "hours": hours,
        "readiness": frozen(config.readiness * ready),
        "mandatory": frozen(np.where(features.mandatory, config.mandatory, 0.0)),
    }


def passed_by(levels: LevelBeliefs, history: pd.DataFrame | None) -> Bools:
    """Return the trainings passed on the day of the beliefs; shape (n_officers, n_trainings)."""
    if history is None:
        return np.zeros((len(levels), len(levels.framework.index.training_ids)), bool)
    return passed_trainings(history, levels.roster, levels.framework, levels.as_of)


def refuse_unknown_beliefs(probs: Floats) -> None:
    """Raise `InputError` where a belief is NaN: that nobody assessed is a belief, NaN is none."""
    wrong = ~np.isfinite(probs.sum(axis=(1, 2)))
    if wrong.any():
        message = f"the beliefs about {int(wrong.sum())} officers are not numbers"
        hint = "predict the levels again: an officer never assessed has the belief of the position"
        raise InputError("ranking", [Finding("no-number", message, hint=hint)])


def _check_owner(transitions: Transitions, framework: Framework) -> None:
    owner = transitions.framework
    if owner is not framework and owner.version != framework.version:
        message = f"transitions of framework {owner.version} used with {framework.version}"
        hint = "estimate the transitions again with this framework"
        raise ModelFileError("transitions", [Finding("other-framework", message, hint=hint)])
