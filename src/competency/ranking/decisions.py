"""Decisions of the past as they looked on their day: who could take what, and what was known.

A decision is an officer on the first day of a period in which the officer began a training. What
is known are beliefs, gaps and features from strictly before that day; what came of it (what was
taken, what was measured later) is kept apart from them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from competency.arrays import Bools, Dates, Floats, Ints, frozen
from competency.config import GapConfig, RankingConfig
from competency.errors import Finding, InputError, LeakageError
from competency.gaps.score import score_gaps
from competency.levels.model import LevelModel
from competency.ranking.columns import candidate_columns
from competency.ranking.features import Features, build_features

if TYPE_CHECKING:
    from competency.effects.transitions import Transitions
    from competency.evidence.table import Evidence
    from competency.framework.model import Framework
    from competency.gaps.table import GapTable
    from competency.levels.beliefs import LevelBeliefs

Period = Literal["month", "quarter", "year"]
_CODES = {"month": "M", "quarter": "Q", "year": "Y"}

FOLLOW_DAYS = 365
"""Days after a decision in which what came of it is measured: a yearly round of assessments."""


@dataclass(frozen=True, eq=False)
class DatedColumn:
    """A feature of the user's own, with the day on which it was known.

    Parameters
    ----------
    value : float64, shape (n_officers, n_trainings), or one that broadcasts to it
        NaN = missing.
    seen : datetime64[D], of the shape of `value` or broadcast to it
        The last day of anything that went into the value; NaT where it is missing.
    """

    value: Floats
    seen: Dates


OwnColumns = Callable[["GapTable"], Mapping[str, DatedColumn]]
"""Makes columns for a gap table; ``gaps.levels.as_of`` is the last day that may be used."""


@dataclass(frozen=True, eq=False)
class DecisionDay:
    """All decisions of one day.

    Parameters
    ----------
    day : date
        Everything known is from before it.
    last_day : date
        Last day of the period in which the decision was taken.
    gaps : GapTable
        Of the officers who began a training in the period.
    features : Features
    columns : mapping of str to float64
        What a ranker may learn from; see :func:`candidate_columns`.
    history : DataFrame
        Trainings that ended before the day.
    taken : bool, shape (n_officers, n_trainings)
        Begun in the period.
    completed : bool, shape (n_officers, n_trainings)
        Of those, completed by the end of the follow-up.
    later : LevelBeliefs or None
        Beliefs about the same officers at the end of the follow-up; None where the evidence does
        not reach so far.
    comparison : Comparison or None
        How gaps changed without a training; None as for `later`.
    """

    day: date
    last_day: date
    gaps: GapTable
    features: Features
    columns: Mapping[str, Floats]
    history: pd.DataFrame
    taken: Bools
    completed: Bools
    later: LevelBeliefs | None
    comparison: Comparison | None


@dataclass(frozen=True, eq=False)
class Comparison:
    """Gaps of all officers before and after, where a competency was assessed anew.

    Parameters
    ----------
    before, change : float64, shape (n_officers, n_competencies)
        Weighted gap before, and how much of it was closed; NaN where not assessed anew.
    trained : int64, shape (n_officers, n_competencies)
        Trainings that develop the competency, completed in between.
    rows : int64, shape (n_decisions,)
        Rows of the officers who decided.
    """

    before: Floats
    change: Floats
    trained: Ints
    rows: Ints


@dataclass(frozen=True, eq=False)
class DecisionReader:
    """Reads the decisions of the past out of evidence.

    Parameters
    ----------
    evidence : Evidence
    model : LevelModel, optional
        Fitted; None: one is fitted on what was known before the first decision.
    every : {"month", "quarter", "year"}
        Decisions are taken at the beginning of each period.
    gap_config : GapConfig, optional
    ranking_config : RankingConfig, optional
    transitions : Transitions or callable, optional
        What trainings change; None: the catalogue's claims. A callable is given the last day that
        may be used and returns what was known of effects by then.
    follow_days : int
        When after a decision day what came of it is measured.
    snapshots : mapping of date to Framework, optional
        The framework in force from each day on: same competencies, positions and levels. Before
        the first of them, and without any, that of the evidence.
    own_columns : callable, optional
        Makes further columns to learn from; see `DatedColumn`.
    refuse_leaks : bool
        Raise `LeakageError` where anything known is not from before the decision. False is for
        showing what a leak does.
    """

    evidence: Evidence
    model: LevelModel | None = None
    every: Period = "quarter"
    gap_config: GapConfig = field(default_factory=GapConfig)
    ranking_config: RankingConfig = field(default_factory=RankingConfig)
    transitions: Transitions | Callable[[date], Transitions] | None = None
    follow_days: int = FOLLOW_DAYS
    snapshots: Mapping[date, Framework] = field(default_factory=dict)
    own_columns: OwnColumns | None = None
    refuse_leaks: bool = True

    def read(self) -> tuple[DecisionDay, ...]:
        """Return the decision days in order of time.

        Returns
        -------
        tuple of DecisionDay

        Raises
        ------
        InputError
            There is no history of trainings with a start.
        LeakageError
            A column of the user's own was not known before a decision.
        """
        started = _started(self.evidence, self.every)
        days = [day.date() for day in sorted(started["day"].unique())]
        model = self.model
        if model is None:
            model = LevelModel().fit(self.evidence, as_of=days[0] - timedelta(days=1))
        beliefs = _Beliefs(model, self.evidence)
        return tuple(self._day(day, started, beliefs) for day in days)

    def _day(self, day: date, started: pd.DataFrame, beliefs: _Beliefs) -> DecisionDay:
        evidence, day_before = self.evidence, day - timedelta(days=1)
        everyone = score_gaps(beliefs.on(day_before), self._framework(day), config=self.gap_config)
        taken = chosen_pairs(started[started["day"] == pd.Timestamp(day)], everyone.levels)
        rows = np.flatnonzero(taken.any(axis=1))
        history = evidence.history
        over = history["end"].fillna(history["start"]) < pd.Timestamp(day)
        past = history[over.to_numpy()]
        gaps = everyone.take(rows)
        transitions = (
            self.transitions(day_before) if callable(self.transitions) else self.transitions
        )
        features = build_features(
            gaps, history=past, transitions=transitions, config=self.ranking_config
        )
        columns = candidate_columns(gaps, features, past, config=self.ranking_config)
        columns |= self._own(gaps)
        if self.refuse_leaks:
            refuse_later_knowledge(day, gaps.levels, past)
        after = day + timedelta(days=self.follow_days)
        done = chosen_pairs(_completed(evidence.history, day, after), everyone.levels)
        reaches = after <= (evidence.latest_date() or date.min)
        later = beliefs.on(after) if reaches else None
        comparison = None
        if later is not None:
            comparison = _compared(everyone, later, done, day, rows, self.ranking_config)
        last = pd.Period(day, _CODES[self.every]).end_time.date()
        return DecisionDay(
            day, last, gaps, features, columns, past, frozen(taken[rows]), frozen(done[rows]),
            None if later is None else later.take(rows), comparison,
        )  # fmt: skip

    def _framework(self, day: date) -> Framework:
        known = [start for start in self.snapshots if start < day]
        return self.snapshots[max(known)] if known else self.evidence.framework

    def _own(self, gaps: GapTable) -> dict[str, Floats]:
        if self.own_columns is None:
            return {}
        made = self.own_columns(gaps)
        last = np.datetime64(gaps.levels.as_of, "D")
        late = [name for name, column in made.items() if (column.seen > last).any()]
        if late and self.refuse_leaks:
            raise LeakageError(
                "examples",
                [_leak(f"column {name!r} was not known before {last + 1}") for name in late],
            )
        return {name: column.value for name, column in made.items()}


class _Beliefs:
    """Beliefs about all officers by day, each day once."""

    def __init__(self, model: LevelModel, evidence: Evidence) -> None:
        self.model, self.evidence = model, evidence
        self.known: dict[date, LevelBeliefs] = {}

    def on(self, day: date) -> LevelBeliefs:
        if day not in self.known:
            self.known[day] = self.model.predict(self.evidence, as_of=day)
        return self.known[day]


def refuse_later_knowledge(day: date, levels: LevelBeliefs, history: pd.DataFrame) -> None:
    """Raise `LeakageError` where beliefs or history are not from strictly before a day."""
    first = np.datetime64(day, "D")
    findings = []
    if np.datetime64(levels.as_of, "D") >= first:
        findings.append(_leak(f"beliefs of {levels.as_of} would serve a decision of {day}"))
    if (levels.last_date >= first).any():
        findings.append(_leak(f"beliefs rest on assessments of {day} or later"))
    ends = history["end"].fillna(history["start"]).to_numpy().astype("datetime64[D]")
    if (ends >= first).any():
        findings.append(_leak(f"the history holds trainings that ended on {day} or later"))
    if findings:
        raise LeakageError("examples", findings)


def _leak(message: str) -> Finding:
    hint = "use what was known strictly before the decision, with the day on which it was known"
    return Finding("leakage", message, hint=hint)


def _started(evidence: Evidence, every: Period) -> pd.DataFrame:
    history = evidence.history
    known = history[history["start"].notna().to_numpy()]
    if not len(known):
        message = "there is no history of trainings with a start, so there is nothing to learn from"
        hint = "rank with PriorRanker, which needs no history"
        raise InputError("examples", [Finding("no-history", message, hint=hint)])
    period = known["start"].dt.to_period(_CODES[every])
    return known.assign(day=period.dt.start_time)


def _completed(history: pd.DataFrame, day: date, after: date) -> pd.DataFrame:
    start, end = history["start"], history["end"].fillna(history["start"])
    inside = (start >= pd.Timestamp(day)) & (end <= pd.Timestamp(after))
    return history[(inside & (history["status"] == "completed")).to_numpy()]


def chosen_pairs(rows: pd.DataFrame, levels: LevelBeliefs) -> Bools:
    """Return which officer chose which training.

    `rows`: columns officer and training; others and unknown ids are left out. `levels`: gives the
    officers and the framework. Returns bool (n_officers, n_trainings).
    """
    officers = pd.Index(levels.roster.officer_ids, dtype=object)
    trainings = pd.Index(levels.framework.index.training_ids, dtype=object)
    officer = officers.get_indexer(pd.Index(rows["officer"].to_numpy(dtype=object)))
    training = trainings.get_indexer(pd.Index(rows["training"].to_numpy(dtype=object)))
    pairs = np.zeros((len(officers), len(trainings)), bool)
    there = (officer >= 0) & (training >= 0)
    pairs[officer[there], training[there]] = True
    return pairs


def _compared(
    gaps: GapTable, later: LevelBeliefs, done: Bools, day: date, rows: Ints, config: RankingConfig
) -> Comparison:
    worth = gaps.worth(config.aim_weights).astype(np.float64)
    before, after = (levels.survival.astype(np.float64) for levels in (gaps.levels, later))
    # NOTE: with no new observation of a competency the belief moves by drift alone: nothing is
    # measured.
    anew = (later.n_observations > gaps.levels.n_observations) & (
        later.last_date >= np.datetime64(day, "D")
    )
    relevant = anew & (worth.sum(axis=-1) > 0)
    develops = gaps.levels.framework.index.develops
    trained = np.zeros(anew.shape, np.int64)
    for training, competency in zip(develops.training, develops.competency, strict=True):
        trained[:, competency] += done[:, training]
    return Comparison(
        before=frozen(np.where(relevant, (worth * (1 - before)).sum(axis=-1), np.nan)),
        change=frozen(np.where(relevant, (worth * (after - before)).sum(axis=-1), np.nan)),
        trained=frozen(trained),
        rows=frozen(rows),
    )
