"""What a ranker may know about an officer and a training, as named arrays.

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
from competency.ranking.eligibility import find_barriers, readiness

if TYPE_CHECKING:
    import pandas as pd

    from competency.effects.transitions import Transitions
    from competency.framework.index import FrameworkIndex
    from competency.framework.model import Framework
    from competency.gaps.table import GapTable
    from competency.levels.beliefs import LevelBeliefs


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
    shape = len(gaps), len(index.training_ids)
    worth = gaps.worth(config.aim_weights, unknown_weight=config.unknown_weight)
    gap_closed = expected_gap_closed(levels.probs, worth, transitions)
    passed = _passed(levels, history, shape)
    mandatory = asked_by_position(levels, index) & ~passed
    barriers = find_barriers(
        levels,
        passed=passed,
        mandatory=mandatory,
        gap_closed=gap_closed,
        entry_probability=entry_probability,
    )
    return Features(
        gap_closed=gap_closed,
        hours=np.broadcast_to(index.trainings.hours, shape),
        readiness=frozen(readiness(levels.survival, index)),
        mandatory=frozen(mandatory),
        passed=frozen(passed),
        eligible=frozen(~np.logical_or.reduce(list(barriers.values()))),
        worth=worth,
    )


def asked_by_position(levels: LevelBeliefs, index: FrameworkIndex) -> Bools:
    """Return which trainings are mandatory for the position each officer holds.

    Parameters
    ----------
    levels : LevelBeliefs
    index : FrameworkIndex

    Returns
    -------
    bool, shape (n_officers, n_trainings)
    """
    relation = index.mandatory_trainings
    n_positions = len(index.position_ids)
    # NOTE: the last row stays empty; it answers for position -1, an officer without one.
    table = np.zeros((n_positions + 1, len(index.training_ids)), bool)
    table[np.repeat(np.arange(n_positions), np.diff(relation.pointer)), relation.other] = True
    return table[levels.roster.position]


def refuse_unknown_beliefs(probs: Floats) -> None:
    """Raise `InputError` where a belief is not a number: never assessed is a belief, NaN is none.

    Parameters
    ----------
    probs : Floats, shape (n_officers, n_competencies, n_levels)
    """
    wrong = ~np.isfinite(probs.sum(axis=(1, 2)))
    if wrong.any():
        message = f"the beliefs about {int(wrong.sum())} officers are not numbers"
        hint = "predict the levels again: an officer never assessed has the belief of the position"
        raise InputError("ranking", [Finding("no-number", message, hint=hint)])


def _passed(levels: LevelBeliefs, history: pd.DataFrame | None, shape: tuple[int, int]) -> Bools:
    if history is None:
        return np.zeros(shape, bool)
    return passed_trainings(history, levels.roster, levels.framework, levels.as_of)


def _check_owner(transitions: Transitions, framework: Framework) -> None:
    owner = transitions.framework
    if owner is not framework and owner.version != framework.version:
        message = f"transitions of framework {owner.version} used with {framework.version}"
        hint = "estimate the transitions again with this framework"
        raise ModelFileError("transitions", [Finding("other-framework", message, hint=hint)])
