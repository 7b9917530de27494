"""Simulation-based calibration of the level model, through its public interface."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.special import ndtr

from competency.arrays import Floats
from competency.config import LevelConfig
from competency.errors import Finding
from competency.levels.checks.arguments import refuse
from competency.levels.checks.model_world import RATINGS, ModelWorld, draw_model_world
from competency.levels.checks.simulation import RANK_BINS, SimulationCheck
from competency.levels.checks.uniformity import pit, uniformity
from competency.stats import Rng


def level_model_sbc(
    config: LevelConfig | None = None,
    *,
    by: Literal["level", "latent"] = "level",
    n_officers: int = 1000,
    n_competencies: int = 3,
    max_ratings: int = RATINGS,
    scored_with: LevelConfig | None = None,
    learn: bool = False,
    n_bins: int = RANK_BINS,
    rng: Rng = 0,
) -> SimulationCheck:
    """Return the simulation-based calibration of `LevelModel`, one test for each competency.

    Every officer is one simulation: a truth drawn from the model's prior, ratings drawn from
    its likelihood, and the rank of the truth in the belief.

    Parameters
    ----------
    config : LevelConfig or None
        Settings of the world; None stands for the defaults.
    by : str
        ``"level"`` ranks the true level by the probabilities of levels, which is exact;
        ``"latent"`` ranks the latent truth by a normal with the mean and sd of the belief,
        which also tests how near to normal beliefs are.
    n_officers : int
        Simulations; for a verdict at least 1,000.
    n_competencies : int
        At least 1.
    max_ratings : int
        A cell has 0 to this many ratings, equally often.
    scored_with : LevelConfig or None
        Settings of the model that judges this world; None stands for `config`.
    learn : bool
        Whether the model is fitted on the ratings too. Learned means are points, and beliefs
        do not know that they were learned: with few officers that shows.
    n_bins : int
        Bins of the chi-square tests, at least 2.
    rng : int, Generator or None

    Returns
    -------
    SimulationCheck

    Raises
    ------
    InputError
        If `by` is neither, or as in `draw_model_world`.

    Notes
    -----
    Competencies of an officer are correlated and are therefore tested apart, never pooled.
    Time is linear in officers: about a second for 10,000 with three competencies.

    Examples
    --------
    >>> level_model_sbc(n_officers=400, n_competencies=1, n_bins=10).passed
    True

    A model that takes officers for more alike than they are is found out:

    >>> level_model_sbc(n_officers=400, n_competencies=1, n_bins=10,
    ...                 scored_with=LevelConfig(prior_sd=0.6)).passed
    False
    """
    if by not in ("level", "latent"):
        hint = "rank by 'level' or by 'latent'"
        refuse([Finding("illegal-setting", f"by is {by!r}", hint=hint)])
    generator = np.random.default_rng(rng)
    world = draw_model_world(
        config,
        n_officers=n_officers,
        n_competencies=n_competencies,
        max_ratings=max_ratings,
        scored_with=scored_with,
        learn=learn,
        rng=generator,
    )
    ranks = level_ranks(world, rng=generator) if by == "level" else latent_ranks(world)
    names = world.beliefs.framework.index.competency_ids
    checks = (
        uniformity(column, bins=n_bins, name=name)
        for name, column in zip(names, ranks.T, strict=True)
    )
    return SimulationCheck(tuple(checks))


def level_ranks(world: ModelWorld, *, rng: Rng = 0) -> Floats:
    """Return the randomised rank of each true level in its belief.

    Parameters
    ----------
    world : ModelWorld
    rng : int, Generator or None

    Returns
    -------
    float64, shape (n_officers, n_competencies)
        In [0, 1].
    """
    check = pit(world.beliefs.probs, world.level, rng=rng)
    return check.ranks.reshape(world.level.shape)


def latent_ranks(world: ModelWorld) -> Floats:
    """Return the rank of each latent truth in a normal with the moments of its belief.

    Parameters
    ----------
    world : ModelWorld

    Returns
    -------
    float64, shape (n_officers, n_competencies)
        In [0, 1].
    """
    beliefs = world.beliefs
    return np.asarray(ndtr((world.theta - beliefs.mean) / beliefs.sd), np.float64)
