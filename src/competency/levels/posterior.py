"""Beliefs over levels from the joint normal, with the exact shape of each sight put back.

The normal of a level is freed from the sites of its own sights; what is left, the belief from all
other competencies, is integrated over the cells of a grid and multiplied by the probability of
each sight, averaged over all else that the sight depends on. With one sight in a competency, or
with sights that share no assessor, this is the exact product of likelihoods and that belief.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from competency.levels.grid import LevelGrid, level_mass, normal_mass
from competency.levels.likelihood import probability
from competency.levels.network import Joint, Network, Sites

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints

_TINY = 1e-300
# Mass of a cell that is too small for a float64, so that its logarithm is finite.
_LEAST = 0.05
# Smallest precision of a level without its own sights, in 1 / levels squared.


def normal_levels(mean: Floats, sd: Floats, n_levels: int) -> Floats:
    """Return the mass of each level under normals.

    Parameters
    ----------
    mean, sd : Floats, any shape
        In levels.
    n_levels : int

    Returns
    -------
    float64, shape (*mean.shape, n_levels)
        Sums to 1 along the last axis.

    Examples
    --------
    >>> normal_levels(np.array(1.0), np.array(1.0), 3).round(4).tolist()
    [0.3085, 0.3829, 0.3085]
    """
    cuts = np.arange(1, n_levels) - 0.5
    below = ndtr((cuts - mean[..., None]) / sd[..., None])
    ends = np.zeros((*mean.shape, 1))
    return np.diff(np.concatenate([ends, below, ends + 1], axis=-1), axis=-1)


def exact_cells(
    network: Network, sites: Sites, joint: Joint, *, mean: Floats, grid: LevelGrid
) -> tuple[Ints, Floats, Floats, Floats]:
    """Return level probabilities and moments of the assessed cells.

    Parameters
    ----------
    network : Network
    sites : Sites
    joint : Joint
    mean : Floats, shape (n_officers, n_competencies)
        Group means, to which x is added, in levels.
    grid : LevelGrid

    Returns
    -------
    cell : Ints, shape (n_assessed,)
        ``officer * n_competencies + competency``, ascending.
    probs : float64, shape (n_assessed, n_levels)
    mean, variance : float64, shape (n_assessed,)
    """
    size = network.shape[1]
    order = np.argsort(network.cell, kind="stable")
    cell, start = np.unique(network.cell[order], return_index=True)
    officer, competency = np.divmod(cell, size)
    place = joint.mean[officer, competency] + mean[officer, competency]
    if len(cell) == 0:
        return cell, np.zeros((0, len(grid.starts))), place, place
    log, pull, held = _seen_on(network, sites, joint, mean=mean, nodes=grid.nodes)
    summed = (np.add.reduceat(part[order], start, axis=0) for part in (log, pull, held))
    log, pull, held = summed
    rest = np.maximum(1 / joint.covariance[officer, competency, competency] - held, _LEAST)
    log += np.log(np.maximum(normal_mass(place - pull / rest, 1 / np.sqrt(rest), grid), _TINY))
    mass = np.exp(log - log.max(-1, keepdims=True))
    mass /= mass.sum(-1, keepdims=True)
    first = (mass * grid.nodes).sum(-1)
    second = (mass * (grid.nodes - first[:, None]) ** 2).sum(-1)
    return cell, level_mass(mass, grid), first, second


def _seen_on(
    network: Network, sites: Sites, joint: Joint, *, mean: Floats, nodes: Floats
) -> tuple[Floats, Floats, Floats]:
    """What each sight says of its level, all else averaged: exactly, and as a normal site.

    Returns the log-probability at each node, shape (n_sights, n_nodes), and the site as slope
    and precision around the mean of the level, shape (n_sights,).
    """
    officer, competency = network.officer, network.competency
    own = joint.covariance[officer, competency, competency]
    above = nodes[:, None] - mean[officer, competency] - joint.mean[officer, competency]
    lean = joint.with_level / own
    rest = np.maximum(joint.sight_variance - lean * joint.with_level, 0.0)
    once = 1 / np.maximum(network.weight, 1)
    held, push = sites.precision * once, sites.natural * once
    left = np.maximum(1 - rest * held, 1e-3)
    rest, lean, centre = rest / left, lean / left, (joint.sight_mean - rest * push) / left
    log = np.log(probability(network.sights, network.base + centre + lean * above, rest))
    damped = once * (1 + rest * held)
    pull, precision = lean * (push - held * centre) / damped, lean * lean * held / damped
    return np.ascontiguousarray((network.weight * log).T), pull, precision
