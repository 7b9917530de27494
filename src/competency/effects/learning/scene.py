"""Everything around the trainings of a cohort: beliefs before, drift without, ratings after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import rows_of_ranges
from competency.effects.learning.before import Believed, believed, make_states_before
from competency.effects.learning.chains import Chains, completed_steps, lay_chains
from competency.effects.learning.drift import Drift, given_growth, learned_drift
from competency.effects.learning.later import Later, later_ratings
from competency.effects.learning.untouched import rating_problem, untouched_parameters
from competency.effects.learning.untrained import Untrained, before_any_training, untrained_cells
from competency.levels.posterior.grid import LevelGrid, level_grid, normal_mass

if TYPE_CHECKING:
    import pandas as pd

    from competency.arrays import Bools, Floats, Ints
    from competency.evidence.table import Evidence
    from competency.levels.fitting.calibrate import Parameters
    from competency.levels.fitting.problem import LevelProblem
    from competency.levels.model import LevelModel

STEP = 0.25
"""Widest cells of the latent grid, in levels: as fine as those of the level model."""


@dataclass(frozen=True, eq=False)
class Naive:
    """Ratings of each segment of all chains, as they stand; answers to items are none.

    Parameters
    ----------
    total, count : float64, shape (n_segments,)
        Sum of the levels that were stated, and their number.
    """

    total: Floats
    count: Floats


@dataclass(frozen=True, eq=False)
class Scene:
    """What the chances of success are estimated from.

    Parameters
    ----------
    chains : Chains
    drift : Drift
        Of officers without a training.
    grid : LevelGrid
    mass : float64, shape (n_chains, n_nodes)
        Belief about the latent level before the first step of each chain.
    later : Later
        Ratings after it; their owner is the segment.
    naive : Naive
    """

    chains: Chains
    drift: Drift
    grid: LevelGrid
    mass: Floats
    later: Later
    naive: Naive


def make_scene(history: pd.DataFrame, levels: LevelModel, evidence: Evidence) -> Scene:
    """Return the scene of a cohort.

    Parameters
    ----------
    history : DataFrame
    levels : LevelModel
    evidence : Evidence

    Returns
    -------
    Scene
    """
    problem, row = rating_problem(evidence, levels.config)
    observations, index = problem.observations, evidence.framework.index
    size = len(index.competency_ids)
    cell = observations.officer.astype(np.int64) * size + observations.competency
    chains = lay_chains(completed_steps(history, evidence.roster, evidence.framework), cell,
                        observations.seen)  # fmt: skip
    free = before_any_training(chains, cell)
    known = untouched_parameters(evidence, levels, problem, row[free])
    spare = untrained_cells(observations, cell, free)
    states, of = make_states_before(
        np.concatenate([chains.cell, spare.cell]) // size, np.concatenate([chains.cut, spare.cut])
    )
    eve, spare_eve = of[: len(chains.cell)], of[len(chains.cell) :]
    told = believed(states, problem, known)
    view = _View(problem, known, told)
    grid = level_grid(index.n_levels, STEP)
    mean, sd = told.mean[eve, chains.cell % size], np.sqrt(told.variance[eve, chains.cell % size])
    return Scene(
        chains,
        _drift(view, spare, spare_eve),
        grid,
        normal_mass(mean, sd, grid),
        _after(view, chains, eve),
        _naive(chains, np.where(observations.item < 0, observations.level, np.nan)),
    )


def _naive(chains: Chains, level: Floats) -> Naive:
    inside, size = (chains.segment >= 0) & np.isfinite(level), chains.n_segments
    segment = chains.segment[inside]
    total = np.bincount(segment, weights=level[inside], minlength=size)
    count = np.bincount(segment, minlength=size)
    return Naive(total.astype(np.float64), count.astype(np.float64))


@dataclass(frozen=True, eq=False)
class _View:
    problem: LevelProblem
    known: Parameters
    told: Believed

    def later(self, rating: Ints, owner: Ints, eve: Ints, day_before: Floats) -> Later:
        return later_ratings(
            rating, owner, eve=eve, day_before=day_before, problem=self.problem,
            known=self.known, believed=self.told,
        )  # fmt: skip


def _drift(view: _View, spare: Untrained, eve: Ints) -> Drift:
    size = len(view.known.covariance)
    later = view.later(spare.rating, spare.owner, eve[spare.owner], spare.day_before[spare.owner])
    place = eve, spare.cell % size
    given = given_growth(view.problem.half_life, view.known.covariance)
    mean, variance = view.told.mean[place], view.told.variance[place]
    return learned_drift(later, mean[later.owner], variance[later.owner], given)


def _after(view: _View, chains: Chains, eve: Ints) -> Later:
    """Ratings of each chain after its first rated segment."""
    observations = view.problem.observations
    owner, segment = rows_of_ranges(chains.first, chains.last + 1)
    chain_of = np.full(chains.n_segments + 2, -1)
    chain_of[segment] = owner  # the last two stand for no segment at all
    chain = chain_of[chains.segment]
    first: Bools = chains.segment == np.append(chains.first, -9)[chain]
    before, rating = np.flatnonzero((chain >= 0) & first), np.flatnonzero((chain >= 0) & ~first)
    size, day = len(chains.cell), observations.seen.astype(np.int64)
    total = np.bincount(chain[before], weights=day[before], minlength=size)
    mean = total / np.maximum(np.bincount(chain[before], minlength=size), 1)
    return view.later(rating, chains.segment[rating], eve[chain[rating]], mean[chain[rating]])
