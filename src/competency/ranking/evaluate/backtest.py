"""Rankers judged on what came later: learned before each cut-off, tested after it.

At every cut-off each ranker is made anew from the decisions before it, with only those outcomes
that were known by then, and ranks the decisions that follow. Every candidate counts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.arrays import stable_seed
from competency.errors import ConfigError, Finding, LeakageError
from competency.ranking.baselines import (
    CatalogueRanker,
    LargestGapRanker,
    PopularityRanker,
    RandomRanker,
)
from competency.ranking.evaluate.measures import DayMeasures, day_measures, shaken_gaps
from competency.ranking.examples import measured_benefit
from competency.ranking.lists import RankedLists, ndcg
from competency.ranking.prior import PriorRanker

if TYPE_CHECKING:
    from competency.arrays import Floats
    from competency.ranking.decisions import DecisionDay
    from competency.ranking.ranker import Ranker

Maker = Callable[[Sequence["DecisionDay"]], "Ranker"]
"""Makes a ranker from the decision days before a cut-off."""

OPPONENT = "largest gap"
"""The honest opponent: what a careful clerk would do."""

BASELINES: Mapping[str, Maker] = {
    OPPONENT: lambda _: LargestGapRanker(),
    "prior": lambda _: PriorRanker(),
    "popularity": lambda _: PopularityRanker(),
    "recent popularity": lambda _: PopularityRanker(window_days=365),
    "popularity in the unit": lambda _: PopularityRanker(within="unit"),
    "catalogue": lambda _: CatalogueRanker(),
    "random": lambda _: RandomRanker(),
}
"""Simple rankers that every other one is shown beside."""


@dataclass(frozen=True, eq=False)
class Backtest:
    """What rankers did on later decisions.

    Parameters
    ----------
    lists : DataFrame
        One row for each ranker and decision: ranker, cutoff, day, officer, and a column for each
        measure of :func:`day_measures`.
    benefit_lists : DataFrame
        One row for each ranker and list of trainings whose benefit was measured (officers of one
        position on one day): ranker, cutoff, day, position, n, and ``benefit_ndcg@10``.
    measured : DataFrame
        One row for each training measured: day, officer, training, predicted and measured gap
        closed per hour.
    rounds : DataFrame
        One row for each cut-off: cutoff, n_before (decisions that could be learned from), n_after
        (decisions tested).
    days : mapping of str to sequence of (DecisionDay, DayMeasures)
        By ranker.
    """

    lists: pd.DataFrame
    benefit_lists: pd.DataFrame
    measured: pd.DataFrame
    rounds: pd.DataFrame
    days: Mapping[str, Sequence[tuple[DecisionDay, DayMeasures]]]


@dataclass(frozen=True)
class TemporalBacktest:
    """A rolling test over global time.

    Parameters
    ----------
    cutoffs : tuple of date, optional
        Days on which rankers are made anew, at least one; three or more say more. None: the first
        day of every year and quarter-year in which decisions fall, from the second decision day on.
    horizon_days : int
        How long after a cut-off decisions are tested, at least 1; a later cut-off takes over.
    gap_days : int
        Days before a cut-off that are not learned from, so that what was hardly over by then does
        not count as known; at least 0.
    """

    cutoffs: tuple[date, ...] | None = None
    horizon_days: int = 365
    gap_days: int = 0

    def run(self, days: Sequence[DecisionDay], rankers: Mapping[str, Maker]) -> Backtest:
        """Return what each ranker, and each of `BASELINES`, did on later decisions.

        Parameters
        ----------
        days : sequence of DecisionDay
            In order of time.
        rankers : mapping of str to callable
            Each makes a ranker from the decision days before a cut-off.

        Returns
        -------
        Backtest

        Raises
        ------
        ConfigError
            No decision follows a cut-off.
        """
        rounds = list(self._rounds(days))
        if not rounds:
            hint = "give cut-offs between the first and the last decision day"
            finding = Finding("no-test", "no decision follows a cut-off", hint=hint)
            raise ConfigError("backtest", [finding])
        every = {**BASELINES, **rankers}
        by_ranker: dict[str, list[tuple[DecisionDay, DayMeasures]]] = {name: [] for name in every}
        lists, benefits = [], []
        for cutoff, before, after in rounds:
            for name, make in every.items():
                ranker = make(before)
                for day in after:
                    ranking = ranker.rank(day.gaps, history=day.history)
                    rng = np.random.default_rng(stable_seed("shaken", day.day))
                    shaken = ranker.rank(shaken_gaps(day.gaps, rng), history=day.history)
                    measures = day_measures(day, ranking, shaken)
                    by_ranker[name].append((day, measures))
                    lists.append(_list_rows(name, cutoff, day, measures))
                    benefits.append(_benefit_rows(name, cutoff, day, ranking.score))
        tested = [day for _, _, after in rounds for day in after]
        return Backtest(
            pd.concat(lists, ignore_index=True),
            pd.concat(benefits, ignore_index=True),
            pd.concat([_measured_rows(day) for day in tested], ignore_index=True),
            _rounds_table(rounds),
            by_ranker,
        )

    def _rounds(
        self, days: Sequence[DecisionDay]
    ) -> list[tuple[date, list[DecisionDay], list[DecisionDay]]]:
        cutoffs = sorted(self.cutoffs or [day.day for day in days[1:]])
        ends = [*cutoffs, date.max][1:]
        rounds = []
        for cutoff, end in zip(cutoffs, ends, strict=True):
            last = min(end, cutoff + timedelta(days=self.horizon_days))
            after = [day for day in days if cutoff <= day.day < last]
            if after:
                end_of_learning = cutoff - timedelta(days=self.gap_days)
                rounds.append((cutoff, known_before(days, end_of_learning), after))
        return rounds


def known_before(days: Sequence[DecisionDay], cutoff: date) -> list[DecisionDay]:
    """Return the decision days over before a cut-off, with only the outcomes known by then.

    Raises `LeakageError` where what is to be learned from is not from before the cut-off.
    """
    known = []
    for day in days:
        if day.last_day >= cutoff:
            continue
        late = day.later is not None and day.later.as_of >= cutoff
        known.append(dataclasses.replace(day, later=None, comparison=None) if late else day)
    refuse_later_days(known, cutoff)
    return known


def refuse_later_days(days: Sequence[DecisionDay], cutoff: date) -> None:
    """Raise `LeakageError` where a decision or an outcome is not from before a cut-off."""
    findings = [
        Finding("leakage", f"the decisions of {day.day} were not over before {cutoff}")
        for day in days
        if day.last_day >= cutoff
    ]
    findings += [
        Finding("leakage", f"outcomes of {day.day} were measured on {day.later.as_of}")
        for day in days
        if day.later is not None and day.later.as_of >= cutoff
    ]
    if findings:
        raise LeakageError("backtest", findings)


def _rounds_table(
    rounds: Sequence[tuple[date, Sequence[DecisionDay], Sequence[DecisionDay]]],
) -> pd.DataFrame:
    rows = [
        (cutoff, *(sum(len(day.gaps) for day in days) for days in (before, after)))
        for cutoff, before, after in rounds
    ]
    return pd.DataFrame(rows, columns=["cutoff", "n_before", "n_after"])


def _list_rows(name: str, cutoff: date, day: DecisionDay, measures: DayMeasures) -> pd.DataFrame:
    roster = day.gaps.levels.roster
    keys = {"ranker": name, "cutoff": cutoff, "day": day.day, "officer": roster.officer_ids}
    return pd.DataFrame({**keys, **measures.columns})


def _benefit_rows(name: str, cutoff: date, day: DecisionDay, score: Floats) -> pd.DataFrame:
    """Order of what was measured, among officers of one position: worth from the least upward."""
    benefit = measured_benefit(day)
    keep = ~np.isnan(benefit) & (score > -np.inf)
    officer, _ = np.nonzero(keep)
    position = day.gaps.levels.roster.position[officer]
    worth = benefit[keep] - benefit[keep].min(initial=np.inf) if len(officer) else benefit[keep]
    lists = RankedLists.of(worth, score[keep], position)
    labels, count = np.unique(position, return_counts=True)
    keys = {"ranker": name, "cutoff": cutoff, "day": day.day, "position": labels, "n": count}
    return pd.DataFrame({**keys, "benefit_ndcg@10": ndcg(lists, 10)})


def _measured_rows(day: DecisionDay) -> pd.DataFrame:
    benefit = measured_benefit(day)
    officer, training = np.nonzero(~np.isnan(benefit))
    levels, features = day.gaps.levels, day.features
    pair = officer, training
    ids = np.array(levels.framework.index.training_ids, object)
    return pd.DataFrame(
        {
            "day": day.day,
            "officer": levels.roster.officer_ids[officer],
            "training": ids[training],
            "predicted": features.gap_closed[pair] / np.maximum(features.hours[pair], 1.0),
            "measured": benefit[pair],
        }
    )
