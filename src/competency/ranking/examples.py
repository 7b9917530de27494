"""Examples to learn from: candidates of past decisions with one kind of label, never two.

*Uptake* says what was taken. Learning it imitates past practice, whatever that was good for.
*Benefit* says how much of the weighted gap was closed per hour, by beliefs before and after, less
what changed for officers like them without a training.
*Plan* says what optimal plans begin with.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.arrays import Bools, Floats, Ints, Texts, frozen, stable_seed
from competency.config import RankingConfig
from competency.errors import Finding, InputError
from competency.ranking.columns import candidate_columns
from competency.ranking.decisions import DecisionDay, chosen_pairs
from competency.ranking.features import build_features, prior_contributions
from competency.ranking.learned import START, Target
from competency.ranking.prior import BENEFIT_CONFIG

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from competency.effects.transitions import Transitions
    from competency.gaps.table import GapTable
    from competency.ranking.decisions import Comparison

FEWEST_COMPARED = 20
"""Cells of a competency from which its own mean change without a training is taken; with fewer the
mean of all stands (chosen by the project)."""

LIST_LENGTH = 20
"""Trainings in a list of measured benefits, about: short lists are many, and validate better."""


@dataclass(frozen=True, eq=False)
class RankingExamples:
    """Labelled candidates of past decisions.

    Parameters
    ----------
    target : {"benefit", "plan", "uptake"}
        What the label is. Examples of different kinds do not mix.
    columns : DataFrame
        What was known: the columns of :mod:`competency.ranking.columns`, the score of the prior,
        and any of the user's own.
    label : float64, shape (n_rows,)
        Uptake: 1 = taken. Benefit: weighted levels closed per hour (JP), adjusted.
    officer, training : object, shape (n_rows,)
        Ids.
    group : int64, shape (n_rows,)
        The list of each row. Uptake: the decision of an officer. Benefit: about `LIST_LENGTH`
        trainings taken by officers of one position on one day, because only what was taken has a
        benefit; officers are dealt to lists by their ids.
    day : datetime64[D], shape (n_rows,)
        Of the decision.
    known_on : datetime64[D], shape (n_rows,)
        When the label was known.
    n_outside : int
        Trainings taken that were no candidates: not eligible by the rules of the framework.
    framework_version : str
    config : RankingConfig
        Weights of the prior whose score is the column ``prior``.
    """

    target: Target
    columns: pd.DataFrame
    label: Floats
    officer: Texts
    training: Texts
    group: Ints
    day: NDArray[np.datetime64]
    known_on: NDArray[np.datetime64]
    n_outside: int
    framework_version: str
    config: RankingConfig

    def __len__(self) -> int:
        return len(self.label)

    def __repr__(self) -> str:
        lists = len(np.unique(self.group))
        return f"RankingExamples({self.target!r}, {len(self)} candidates in {lists} lists)"


def uptake_examples(
    days: Sequence[DecisionDay], config: RankingConfig | None = None
) -> RankingExamples:
    """Return every eligible training of every decision, labelled by what was taken.

    Parameters
    ----------
    days : sequence of DecisionDay
    config : RankingConfig, optional

    Raises
    ------
    InputError
        No decision has a candidate.
    """
    weights = config or RankingConfig()
    parts, groups, outside = [], 0, 0
    for day in days:
        keep = day.features.eligible
        officer, _ = np.nonzero(keep)
        outside += int((day.taken & ~keep).sum())
        until = np.datetime64(day.last_day, "D")
        label = day.taken[keep].astype(np.float64)
        parts.append(_part(day, keep, label, groups + officer, until, weights))
        groups += len(day.gaps)
    return _joined("uptake", parts, outside, days, weights)


def benefit_examples(
    days: Sequence[DecisionDay], config: RankingConfig | None = None
) -> RankingExamples:
    """Return the trainings completed whose benefit was measured, labelled by it.

    Parameters
    ----------
    days : sequence of DecisionDay
    config : RankingConfig, optional
        Weights of the score of the prior; None: those of benefit alone (`BENEFIT_CONFIG`).

    Raises
    ------
    InputError
        Nothing was measured.

    Notes
    -----
    The change of a competency is compared with that of officers who completed no training that
    develops it, at the same gap before, by least squares with a mean for each competency. Where
    several trainings developed it, they share the change evenly. What selected officers for
    trainings beyond their gap (ambition, a supervisor's hope) is not taken away.
    """
    weights = config or BENEFIT_CONFIG
    parts, groups, outside = [], 0, 0
    for day in days:
        if day.later is None:
            continue
        benefit = measured_benefit(day)
        keep = ~np.isnan(benefit) & day.taken
        outside += int((keep & ~day.features.eligible).sum())
        keep &= day.features.eligible
        officer, _ = np.nonzero(keep)
        group, count = _dealt(day, officer)
        until = np.datetime64(day.later.as_of, "D")
        parts.append(_part(day, keep, benefit[keep], groups + group, until, weights))
        groups += count
    return _joined("benefit", parts, outside, days, weights)


def plan_examples(
    gaps: GapTable,
    steps: pd.DataFrame,
    *,
    history: pd.DataFrame | None = None,
    config: RankingConfig | None = None,
    transitions: Transitions | None = None,
) -> RankingExamples:
    """Return what every officer could take now, labelled by whether a plan takes it.

    A planner knows that a small training now opens a large one later; a ranker that looks one step
    ahead does not. Trained on what optimal plans begin with (distillation), it learns which
    features predict it, and ranks with their look-ahead at no cost.

    Parameters
    ----------
    gaps : GapTable
        Of the officers who were planned.
    steps : DataFrame
        Columns officer and training, as from :meth:`competency.Plan.to_frame`: of officers planned
        each alone, because who gets a seat says nothing about what is best for whom.
    history : DataFrame, optional
        Trainings taken (:attr:`Evidence.history`).
    config : RankingConfig, optional
    transitions : Transitions, optional
        Those that the plans were made with.

    Returns
    -------
    RankingExamples
        Of target ``"plan"``; give them to :func:`learn_ranker`. Officers without a plan are left
        out: nothing was best for them.

    Raises
    ------
    InputError
        No plan begins with a training that can be taken now.

    Examples
    --------
    >>> import competency as cp
    >>> from competency.planning import plan_officers
    >>> from competency.testing import small_gaps
    >>> gaps = small_gaps()
    >>> ranking = cp.PriorRanker().rank(gaps)
    >>> steps = plan_officers(ranking, hours=20).to_frame()
    >>> examples = plan_examples(gaps, steps)
    >>> examples.target, bool(examples.label.any())
    ('plan', True)
    """
    weights = config or RankingConfig()
    planned = chosen_pairs(steps, gaps.levels)
    rows = np.flatnonzero(planned.any(axis=1))
    asked, planned = gaps.take(rows), planned[rows]
    features = build_features(asked, history=history, transitions=transitions, config=weights)
    columns = candidate_columns(asked, features, history, config=weights)
    day = gaps.levels.as_of + timedelta(days=1)
    past = steps[:0] if history is None else history
    decision = DecisionDay(
        day, day, asked, features, columns, past, planned, planned & False, None, None
    )
    begins = np.asarray((planned & features.eligible).any(axis=1))
    keep = features.eligible & begins[:, None]
    outside = int((planned & ~keep).sum())
    label = planned[keep].astype(np.float64)
    part = _part(decision, keep, label, np.nonzero(keep)[0], np.datetime64(day, "D"), weights)
    return _joined("plan", [part], outside, [decision], weights)


def _dealt(day: DecisionDay, officer: Ints) -> tuple[Ints, int]:
    """Deal rows of officers to lists of one position each; return the lists and their number."""
    roster = day.gaps.levels.roster
    lot = np.array([stable_seed("list", name) % 2**32 for name in roster.officer_ids], np.int64)
    position = roster.position.astype(np.int64) + 1
    size = np.bincount(position[officer], minlength=position.max(initial=0) + 1)
    hands = np.maximum(size // LIST_LENGTH, 1)
    first = np.concatenate([[0], np.cumsum(hands)])
    place = position[officer]
    return first[place] + lot[officer] % hands[place], int(first[-1])


def measured_benefit(day: DecisionDay) -> Floats:
    """Return the adjusted gap closed per hour of each officer and training of a day.

    Returns float64 (n_officers, n_trainings): NaN where the training was not completed or nothing
    that it develops was measured anew.
    """
    shape = day.completed.shape
    if day.comparison is None:
        return np.full(shape, np.nan)
    index = day.gaps.levels.framework.index
    change = _adjusted(day.comparison)[day.comparison.rows]
    shared = change / np.maximum(day.comparison.trained[day.comparison.rows], 1)
    total, measured = np.zeros((2, *shape))
    for training, competency in zip(
        index.develops.training, index.develops.competency, strict=True
    ):
        there = ~np.isnan(shared[:, competency])
        total[:, training] += np.where(there, shared[:, competency], 0.0)
        measured[:, training] += there
    per_hour = total / np.maximum(index.trainings.hours, 1.0)
    return np.where(day.completed & (measured > 0), per_hour, np.nan)


def _adjusted(cells: Comparison) -> Floats:
    """Change of every cell, less what officers with the same gap changed without a training."""
    free = ~np.isnan(cells.change) & (cells.trained == 0)
    if free.sum() < FEWEST_COMPARED:
        return cells.change
    before = np.where(free, cells.before, 0.0)
    change = np.where(free, cells.change, 0.0)
    count = free.sum(axis=0)
    own = count >= FEWEST_COMPARED
    means = [
        np.where(own, part.sum(axis=0) / np.maximum(count, 1), part.sum() / count.sum())
        for part in (before, change)
    ]
    away = np.where(free, cells.before - means[0], 0.0)
    spread = float((away**2).sum())
    slope = float((away * (change - means[1])).sum()) / spread if spread else 0.0
    expected = means[1] + slope * (cells.before - means[0])
    return np.asarray(cells.change - expected)


def _part(
    day: DecisionDay, keep: Bools, label: Floats, group: Ints, until: np.datetime64,
    config: RankingConfig,
) -> dict[str, NDArray[np.generic]]:  # fmt: skip
    levels = day.gaps.levels
    officer, training = np.nonzero(keep)
    prior = sum(prior_contributions(day.features, config).values())
    columns = {
        name: np.broadcast_to(values, keep.shape)[keep] for name, values in day.columns.items()
    }
    size = len(label)
    return {
        **columns,
        START: np.asarray(prior)[keep],
        "_label": label,
        "_officer": levels.roster.officer_ids[officer],
        "_training": np.array(levels.framework.index.training_ids, object)[training],
        "_group": group,
        "_day": np.full(size, np.datetime64(day.day, "D")),
        "_known_on": np.full(size, until),
    }


def _joined(
    target: Target, parts: list[dict[str, NDArray[np.generic]]], outside: int,
    days: Sequence[DecisionDay], config: RankingConfig,
) -> RankingExamples:  # fmt: skip
    if not sum(len(part["_label"]) for part in parts):
        message = f"no decision of the past has an example of {target}"
        hint = "rank with PriorRanker; benefit needs assessments after trainings, plans need steps"
        raise InputError("examples", [Finding("no-examples", message, hint=hint)])
    whole = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    own = {name: values for name, values in whole.items() if not name.startswith("_")}
    return RankingExamples(
        target,
        pd.DataFrame(own),
        frozen(whole["_label"]),
        frozen(whole["_officer"]),
        frozen(whole["_training"]),
        frozen(whole["_group"]),
        frozen(whole["_day"]),
        frozen(whole["_known_on"]),
        outside,
        days[-1].gaps.levels.framework.version,
        config,
    )
