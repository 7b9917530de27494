"""What one ranker's lists are worth on one decision day: a row of measures for each decision."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from competency.arrays import Bools, Floats, Ints, frozen
from competency.config import GapConfig
from competency.effects.transitions import catalogue_transitions, gap_closed_by_row
from competency.gaps.score import score_gaps
from competency.ranking.eligibility import missing_prerequisites
from competency.ranking.evaluate.spread import (
    novelty,
    popularity_complement,
    rank_biased_overlap,
    redundancy,
)
from competency.ranking.lists import (
    RankedLists,
    average_precision,
    hits,
    ndcg,
    recall,
    reciprocal_rank,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from competency.framework.index import FrameworkIndex
    from competency.gaps.table import GapTable
    from competency.ranking.decisions import DecisionDay
    from competency.ranking.table import Ranking

HOURS = 20.0
"""Hours (JP) a year that every officer is entitled to; what a list is asked to fill."""

LENGTH = 10
"""Places of a list that are looked at."""


@dataclass(frozen=True, eq=False)
class DayMeasures:
    """Measures of one ranker on one day.

    `columns` of shape (n_decisions,): by measure; NaN = undefined for that decision. `top` of shape
    (n_decisions, LENGTH): the lists. `violations`: places given to trainings whose prerequisites
    are not met, or that were passed.
    """

    columns: Mapping[str, Floats]
    top: Ints
    violations: int


def day_measures(day: DecisionDay, ranking: Ranking, shaken: Ranking | None = None) -> DayMeasures:
    """Return the measures of a ranking of one decision day.

    - ``uptake_ndcg@3, @5, @10``, ``uptake_recall@5``, ``uptake_hit@5``, ``uptake_map@10``,
      ``uptake_mrr``: agreement with what was taken among the candidates (imitation, not quality)
    - ``closed``: gap expected to be closed by the list within `HOURS` hours, from the top, passing
      over what no longer fits; each competency counts once, by the training that closes most of it
    - ``hours`` and ``cost`` of those trainings
    - ``novelty`` (bits), ``epc`` (expected popularity complement) and ``redundancy`` of the first
      five
    - ``stability``: overlap with the list from beliefs that are off by up to one standard error

    `ranking`: of ``day.gaps``. `shaken`: of :func:`shaken_gaps`.
    """
    index = day.gaps.levels.framework.index
    relevance = np.where(ranking.eligible, day.taken.astype(np.float64), np.nan)
    lists = RankedLists.of(relevance, ranking.score)
    top = ranking.top(LENGTH)
    chosen = within_hours(top, index.trainings.hours, HOURS)
    popular = _completions(day, index)
    columns = {f"uptake_ndcg@{at}": ndcg(lists, at) for at in (3, 5, 10)}
    columns |= {
        "uptake_recall@5": recall(lists, 5),
        "uptake_hit@5": hits(lists, 5),
        "uptake_map@10": average_precision(lists, 10),
        "uptake_mrr": reciprocal_rank(lists),
        "closed": closed_once(day.gaps, ranking.worth, chosen),
        "hours": chosen @ index.trainings.hours,
        "cost": chosen @ index.trainings.cost,
        "novelty": novelty(top[:, :5], popular),
        "epc": popularity_complement(top[:, :5], popular, day.history["officer"].nunique()),
        "redundancy": redundancy(top[:, :5], _developed(index)),
    }
    if shaken is not None:
        columns["stability"] = rank_biased_overlap(top, shaken.top(LENGTH))
    waiting = missing_prerequisites(ranking.passed, index.training_prerequisites) | ranking.passed
    broken = np.take_along_axis(waiting, np.maximum(top, 0), axis=1) & (top >= 0)
    return DayMeasures(
        {name: frozen(values) for name, values in columns.items()}, top, int(broken.sum())
    )


def shaken_gaps(gaps: GapTable, rng: np.random.Generator) -> GapTable:
    """Return gaps from beliefs whose means are off by up to one standard error.

    Every belief is a normal of its own spread, moved by a uniform share of it.
    """
    levels = gaps.levels
    mean, sd = levels.mean.astype(np.float64), np.maximum(levels.sd, 1e-3).astype(np.float64)
    moved = mean + sd * rng.uniform(-1, 1, mean.shape)
    edges = np.arange(1, levels.probs.shape[-1]) - 0.5  # level k spans k +- 1/2
    above = ndtr((moved[..., None] - edges) / sd[..., None])
    above *= np.arange(1, levels.probs.shape[-1]) <= levels.framework.index.max_level[:, None]
    whole = np.concatenate([np.ones((*mean.shape, 1)), above, np.zeros((*mean.shape, 1))], axis=-1)
    probs = -np.diff(whole, axis=-1)
    shaken = dataclasses.replace(levels, probs=frozen(probs.astype(np.float32)))
    return score_gaps(shaken, config=GapConfig(aims=gaps.aims))


def within_hours(top: Ints, hours: Floats, budget: float) -> Bools:
    """Return which trainings are taken from lists, from the top, within a budget of hours.

    `top` of shape (n_lists, n_places): -1 fills up. `hours` of shape (n_trainings,). Returns bool
    (n_lists, n_trainings).

    Examples
    --------
    >>> within_hours(np.array([[0, 1, 2]]), np.array([12.0, 10, 8]), 20.0).tolist()
    [[True, False, True]]
    >>> within_hours(np.array([[-1]]), np.array([1.0]), 20.0).tolist()
    [[False]]
    """
    chosen = np.zeros((len(top), len(hours)), bool)
    left = np.full(len(top), budget)
    for place in top.T:
        rows = np.flatnonzero((place >= 0) & (hours[place] <= left))
        chosen[rows, place[rows]] = True
        left[rows] -= hours[place[rows]]
    return chosen


def closed_once(gaps: GapTable, worth: Floats, chosen: Bools) -> Floats:
    """Return the weighted gap that sets of trainings are expected to close.

    `worth` of shape (n_officers, n_competencies, n_levels). `chosen` of shape (n_officers,
    n_trainings). Returns float64 (n_officers,): in levels; a competency that several develop counts
    once, by the largest.
    """
    framework = gaps.levels.framework
    develops = framework.index.develops
    by_row = gap_closed_by_row(gaps.levels.probs, worth, catalogue_transitions(framework))
    best = np.zeros((len(framework.index.competency_ids), len(gaps)))
    for row, (training, competency) in enumerate(
        zip(develops.training, develops.competency, strict=True)
    ):
        part = np.where(chosen[:, training], by_row[row], 0.0)
        np.maximum(best[competency], part, out=best[competency])
    total: Floats = best.sum(axis=0)
    return total


def _completions(day: DecisionDay, index: FrameworkIndex) -> Floats:
    done = day.history.loc[day.history["status"] == "completed", "training"]
    counts: Floats = (
        done.value_counts().reindex(index.training_ids, fill_value=0).to_numpy().astype(np.float64)
    )
    return counts


def _developed(index: FrameworkIndex) -> Floats:
    table = np.zeros((len(index.training_ids), len(index.competency_ids)))
    table[index.develops.training, index.develops.competency] = 1.0
    return table
