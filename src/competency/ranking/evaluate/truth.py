"""Rankers beside the truth, where levels are known because they were made up: regret to an oracle.

The oracle knows every officer's level and what trainings change. No list of the trainings that an
officer could be offered closes more than it does.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.arrays import Bools, Floats, Ints, frozen
from competency.config import GapConfig, RankingConfig
from competency.effects.transitions import catalogue_transitions, expected_gap_closed
from competency.gaps.score import score_gaps
from competency.ranking.evaluate.backtest import OPPONENT
from competency.ranking.evaluate.intervals import DRAWS, cluster_means
from competency.ranking.evaluate.measures import HOURS, LENGTH, closed_once, within_hours

if TYPE_CHECKING:
    from competency.gaps.table import GapTable
    from competency.ranking.table import Ranking

ORACLE = "oracle"
"""Name of the one who knows the truth."""


def true_gaps(gaps: GapTable, level: Ints) -> GapTable:
    """Return gaps of officers whose levels are known for certain.

    `level` of shape (n_officers, n_competencies): true level of each officer, in the order of
    `gaps`.
    """
    levels = gaps.levels
    certain = np.arange(levels.probs.shape[-1]) == level[..., None]
    observed = np.ones(level.shape, levels.n_observations.dtype)
    truth = dataclasses.replace(
        levels, probs=frozen(certain.astype(np.float32)), n_observations=frozen(observed)
    )
    return score_gaps(truth, config=GapConfig(aims=gaps.aims))


def regret_table(
    rankings: Mapping[str, Ranking], truth: GapTable, *, config: RankingConfig | None = None,
    draws: int = DRAWS,
) -> pd.DataFrame:  # fmt: skip
    """Return how much less than an oracle each ranker closes, in truth, per 20 hours.

    `rankings`: of the same officers, one named as :data:`OPPONENT`. `truth`: from
    :func:`true_gaps`. Trainings are taken to change what the catalogue claims. `config`: weights of
    the aims. Returns columns ranker, measure, closed, regret, se, lower, upper, saved, saved_lower,
    saved_upper, n_officers. Measures: ``first`` (the first training, per 20 of its hours) and
    ``list`` (the list from the top within 20 hours). `saved` is the regret of largest-gap-first
    less that of the ranker, paired.

    Notes
    -----
    The oracle of ``first`` is exact. That of ``list`` adds up trainings as if no two developed the
    same, so that it is a bound from above; the row of the oracle says how much that flatters it.
    """
    config = config or RankingConfig()
    worth = truth.worth(config.aim_weights, unknown_weight=1.0)
    eligible = next(iter(rankings.values())).eligible
    claims = catalogue_transitions(truth.levels.framework)
    closes = np.where(eligible, expected_gap_closed(truth.levels.probs, worth, claims), 0.0)
    hours = truth.levels.framework.index.trainings.hours
    rate = HOURS * closes / np.maximum(hours, 1.0)
    bound, best_set = best_within(closes, hours, HOURS)
    tops = {name: ranking.top(LENGTH) for name, ranking in rankings.items()}
    found = {
        ("first", name): _first(rate, top) for name, top in tops.items()
    } | {("first", ORACLE): rate.max(axis=1)}  # fmt: skip
    for name, top in tops.items():
        found["list", name] = closed_once(truth, worth, within_hours(top, hours, HOURS))
    found["list", ORACLE] = closed_once(truth, worth, best_set)
    best = {"first": rate.max(axis=1), "list": bound}
    rows = [
        _row(name, measure, value, best[measure], found[measure, OPPONENT], draws)
        for (measure, name), value in found.items()
    ]
    return pd.DataFrame(rows).sort_values(["measure", "regret", "ranker"], ignore_index=True)


def best_within(closes: Floats, hours: Floats, budget: float) -> tuple[Floats, Bools]:
    """Return the most that sets of trainings within a budget add up to, and such sets.

    `closes` of shape (n_officers, n_trainings): not negative. `hours` of shape (n_trainings,):
    rounded down to whole hours, so that the sum is a bound from above. Returns `total`: float64
    (n_officers,). Returns `chosen`: bool (n_officers, n_trainings).

    Examples
    --------
    >>> best_within(np.array([[3.0, 2.0, 2.0]]), np.array([20.0, 10, 10]), 20.0)
    (array([4.]), array([[False,  True,  True]]))
    >>> best_within(np.zeros((1, 1)), np.array([8.0]), 20.0)
    (array([0.]), array([[False]]))
    """
    n_officers, n_trainings = closes.shape
    room, whole = int(budget), [int(hour) for hour in hours]
    best = np.zeros((n_officers, room + 1))
    taken = np.zeros((n_trainings, n_officers, room + 1), bool)
    for t in [t for t, hour in enumerate(whole) if hour <= room]:
        with_it = np.full(best.shape, -np.inf)
        with_it[:, whole[t] :] = best[:, : room + 1 - whole[t]] + closes[:, t, None]
        taken[t] = with_it > best
        best = np.maximum(best, with_it)
    chosen = np.zeros(closes.shape, bool)
    left, rows = np.full(n_officers, room), np.arange(n_officers)
    for t in range(n_trainings - 1, -1, -1):
        chosen[:, t] = taken[t, rows, left]
        left = left - whole[t] * chosen[:, t]
    return best[:, room], chosen


def _first(rate: Floats, top: Ints) -> Floats:
    """What the first training closes for each officer; 0 where none is listed."""
    first = top[:, 0]
    return np.where(first >= 0, rate[np.arange(len(rate)), np.maximum(first, 0)], 0.0)


def _row(
    name: str, measure: str, value: Floats, best: Floats, opponent: Floats, draws: int
) -> dict[str, object]:
    officers = np.arange(len(value))
    table = np.column_stack([best - value, value - opponent])
    est = cluster_means(table, officers, draws=draws)
    return {
        "ranker": name, "measure": measure, "closed": float(value.mean()),
        "regret": est.mean[0], "se": est.se[0], "lower": est.lower[0], "upper": est.upper[0],
        "saved": est.mean[1], "saved_lower": est.lower[1], "saved_upper": est.upper[1],
        "n_officers": len(value),
    }  # fmt: skip
