"""What the effects of trainings are estimated from: chains of trainings, drift, ratings after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import rows_of_ranges
from competency.effects.learning.chains import (
    Chains,
    before_any_training,
    completed_steps,
    lay_chains,
)
from competency.effects.learning.drift import Drift, learned_drift, untrained_cells
from competency.levels.before_after import BeliefsBefore, LaterRatings, LevelGrid, RatingsInTime

if TYPE_CHECKING:
    import pandas as pd

    from competency.arrays import Bools, Floats
    from competency.evidence.table import Evidence
    from competency.levels import LevelModel

STEP = 0.25
"""Widest cells of the latent grid, in levels: as fine as those of the level model."""


@dataclass(frozen=True, eq=False)
class EffectData:
    """What the chances of success are estimated from.

    Parameters
    ----------
    chains : Chains
    drift : Drift
        Of officers without a training.
    grid : LevelGrid
    mass : float64, shape (n_chains, n_nodes)
        Belief about the latent level before the first step of each chain.
    later : LaterRatings
        Ratings after it; their owner is the segment.
    rating_sum, rating_count : float64, shape (n_segments,)
        Of the levels that were stated in each segment of all chains; answers to items do not count.
    """

    chains: Chains
    drift: Drift
    grid: LevelGrid
    mass: Floats
    later: LaterRatings
    rating_sum: Floats
    rating_count: Floats


def effect_data(history: pd.DataFrame, levels: LevelModel, evidence: Evidence) -> EffectData:
    """Return what the effects of the trainings of a history are estimated from."""
    ratings = RatingsInTime.of(evidence, levels.config)
    size = ratings.shape[1]
    steps = completed_steps(history, evidence.roster, evidence.framework)
    chains = lay_chains(steps, ratings.cell, ratings.day)
    free = before_any_training(chains, ratings.cell)
    known = ratings.parameters(evidence, levels, free)
    untrained = untrained_cells(ratings, free)
    cell = np.concatenate([chains.cell, untrained.cell])
    beliefs = BeliefsBefore.of(
        ratings, known, officer=cell // size, day=np.concatenate([chains.cut, untrained.cut])
    )
    # The requests for beliefs: one for each chain, then one for each untrained cell.
    number = np.arange(len(chains.cell))
    grid, mass = beliefs.on_grid(number, chains.cell % size, step=STEP)
    request = len(number) + np.arange(len(untrained.cell))
    drift = learned_drift(beliefs, untrained, request)
    later = _after_training(ratings, beliefs, chains)
    return EffectData(chains, drift, grid, mass, later, *_stated(chains, ratings.level))


def _stated(chains: Chains, level: Floats) -> tuple[Floats, Floats]:
    """Sum and number of the levels that were stated in each segment."""
    inside, size = (chains.segment >= 0) & np.isfinite(level), chains.n_segments
    segment = chains.segment[inside]
    total = np.bincount(segment, weights=level[inside], minlength=size)
    count = np.bincount(segment, minlength=size)
    return total.astype(np.float64), count.astype(np.float64)


def _after_training(ratings: RatingsInTime, beliefs: BeliefsBefore, chains: Chains) -> LaterRatings:
    """Ratings of each chain after its first rated segment."""
    owner, segment = rows_of_ranges(chains.first, chains.last + 1)
    chain_of = np.full(chains.n_segments + 2, -1)
    chain_of[segment] = owner  # the last two stand for no segment at all
    chain = chain_of[chains.segment]
    first: Bools = chains.segment == np.append(chains.first, -9)[chain]
    before, rating = np.flatnonzero((chain >= 0) & first), np.flatnonzero((chain >= 0) & ~first)
    size = len(chains.cell)
    total = np.bincount(chain[before], weights=ratings.day[before], minlength=size)
    mean = total / np.maximum(np.bincount(chain[before], minlength=size), 1)
    return beliefs.later(
        rating, chains.segment[rating], request=chain[rating], day_before=mean[chain[rating]]
    )
