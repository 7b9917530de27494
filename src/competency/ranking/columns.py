"""What the learned ranker looks at: features of an officer and a training, as named columns.

The same names stand for the contributions of the closed-form prior, so that what the prior gives
and what was learned beside it add up under one name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.arrays import Bools, Floats, frozen

if TYPE_CHECKING:
    from competency.config import RankingConfig
    from competency.framework.index import DevelopsIndex
    from competency.framework.model import Framework
    from competency.gaps.table import GapTable
    from competency.ranking.features import Features

PAIR_COLUMNS = ("gap_closed", "readiness", "mandatory", "largest_gap", "known")
"""Columns that differ between officers."""

TRAINING_COLUMNS = ("hours", "cost", "popularity")
"""Columns that are the same for every officer."""

COLUMNS = (*PAIR_COLUMNS, *TRAINING_COLUMNS)

DIRECTIONS: Mapping[str, int] = {
    "gap_closed": 1, "readiness": 1, "mandatory": 1, "largest_gap": 1, "hours": -1, "cost": -1,
}  # fmt: skip
"""More never lowers (1) or never raises (-1) the score; others are free. Accreditation is none of
them: it is a limit of plans and a line of reports, never a hidden penalty."""

WINDOW_DAYS = 365
"""Days in which completions count as popularity: what was popular in the last year predicts better
than what ever was (Ji et al. 2020)."""


def candidate_columns(
    gaps: GapTable, features: Features, history: pd.DataFrame | None, *, config: RankingConfig
) -> dict[str, Floats]:
    """Return the columns of `COLUMNS`; each broadcasts to ``(n_officers, n_trainings)``.

    - ``gap_closed`` (weighted levels), ``readiness`` (share), ``mandatory`` (0 or 1)
      and ``hours`` (JP): see :class:`Features`
    - ``largest_gap``: the largest gap among the competencies the training develops, in levels,
      times the weight of its aim
    - ``known``: share of the competencies it develops in which the officer was ever assessed
    - ``cost``: of one seat, in the currency of the catalogue
    - ``popularity``: share of the completions of the last year that were of this training

    Parameters
    ----------
    gaps : GapTable
    features : Features
    history : DataFrame or None
    config : RankingConfig

    Returns
    -------
    dict of str to float64
    """
    levels = gaps.levels
    index = levels.framework.index
    develops, size = index.develops, len(index.training_ids)
    return {
        "gap_closed": features.gap_closed.astype(np.float64),
        "readiness": features.readiness,
        "mandatory": features.mandatory.astype(np.float64),
        "largest_gap": _largest_developed(largest_gaps(gaps, config), develops, size),
        "known": _known_share(gaps.known, develops, size),
        "hours": features.hours[:1],
        "cost": index.trainings.cost[None, :],
        "popularity": training_shares(history, levels.framework, levels.as_of)[None, :],
    }


def largest_gaps(gaps: GapTable, config: RankingConfig) -> Floats:
    """Return the largest weighted gap of each officer and competency over the aims.

    Parameters
    ----------
    gaps : GapTable
    config : RankingConfig

    Returns
    -------
    float64, shape (n_officers, n_competencies)
        ``max over aims of aim weight x expected gap``, in levels; 0 where not relevant.
    """
    largest = np.zeros(gaps.known.shape, np.float64)
    for number, aim in enumerate(gaps.aims):
        weight = aim_weight(config, aim)
        largest = np.fmax(largest, weight * gaps.expected_gap[number])  # NaN: not relevant
    return largest


def aim_weight(config: RankingConfig, aim: str) -> float:
    """Return how much a level counts toward an aim; a position that is not named counts 1.

    Parameters
    ----------
    config : RankingConfig
    aim : str

    Returns
    -------
    float
    """
    return config.aim_weights.get(aim, 0.0 if aim in ("held", "next") else 1.0)


def training_shares(history: pd.DataFrame | None, framework: Framework, as_of: date) -> Floats:
    """Return the share of the completions of the last year that were of each training.

    Parameters
    ----------
    history : DataFrame or None
        `Evidence.history`; None: nothing was completed.
    framework : Framework
    as_of : date
        Completions that end after this day, or `WINDOW_DAYS` or more before it, do not count.

    Returns
    -------
    float64, shape (n_trainings,)
        0 for all where nothing was completed.
    """
    ids = pd.Index(framework.index.training_ids, dtype=object)
    if history is None:
        return np.zeros(len(ids))
    end = history["end"].fillna(history["start"]).to_numpy().astype("datetime64[D]")
    today = np.datetime64(as_of, "D")
    recent = (end <= today) & (end > today - np.timedelta64(WINDOW_DAYS, "D"))
    number = ids.get_indexer(pd.Index(history["training"].to_numpy(dtype=object)))
    counts = recent & (history["status"] == "completed").to_numpy() & (number >= 0)
    taken = np.bincount(number[counts], minlength=len(ids)).astype(np.float64)
    return frozen(taken / max(taken.sum(), 1.0))


def _largest_developed(largest: Floats, develops: DevelopsIndex, n_trainings: int) -> Floats:
    found = np.zeros((n_trainings, len(largest)))
    for training, competency in zip(develops.training, develops.competency, strict=True):
        np.maximum(found[training], largest[:, competency], out=found[training])
    return frozen(np.ascontiguousarray(found.T))


def _known_share(known: Bools, develops: DevelopsIndex, n_trainings: int) -> Floats:
    count = np.zeros((n_trainings, len(known)))
    for training, competency in zip(develops.training, develops.competency, strict=True):
        count[training] += known[:, competency]
    rows = np.bincount(develops.training, minlength=n_trainings)
    return frozen(np.ascontiguousarray((count / np.maximum(rows, 1)[:, None]).T))
