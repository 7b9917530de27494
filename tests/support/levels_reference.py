"""The plain NumPy form of the scoring kernel: what it computes, cohort-wide and step by step."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from competency.levels.posterior.grid import normal_mass
from competency.levels.posterior.network import propagate
from competency.ratings.ordinal import probability

_TINY = 1e-300
# Mass of a cell that is too small for a float64, so that its logarithm is finite.
_LEAST = 0.05
# Smallest precision of a level without its own observations, in 1 / levels squared.


def scored(network, effects, precision, *, mean, grid):
    """Level probabilities, means and spreads of all cells; `mean` has a row for each officer."""
    sites, joint = propagate(network, effects, precision)
    centre = (joint.mean + mean).ravel()
    spread = np.sqrt(np.einsum("occ->oc", joint.covariance)).ravel()
    probs = normal_levels(centre, spread, len(grid.starts))
    cell, held, place, variance = exact_cells(network, sites, joint, mean=mean, grid=grid)
    probs[cell], centre[cell], spread[cell] = held, place, np.sqrt(variance)
    return probs, centre, spread


def normal_levels(mean, sd, n_levels):
    """Mass of each level under normals."""
    cuts = np.arange(1, n_levels) - 0.5
    below = ndtr((cuts - mean[..., None]) / sd[..., None])
    ends = np.zeros((*mean.shape, 1))
    return np.diff(np.concatenate([ends, below, ends + 1], axis=-1), axis=-1)


def exact_cells(network, sites, joint, *, mean, grid):
    """Level probabilities and moments of the assessed cells."""
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
    return cell, np.add.reduceat(mass, grid.starts, axis=-1), first, second


def _seen_on(network, sites, joint, *, mean, nodes):
    """What each observation says of its level at each node, and as a site about its mean."""
    officer, competency = network.officer, network.competency
    own = joint.covariance[officer, competency, competency]
    above = nodes[:, None] - mean[officer, competency] - joint.mean[officer, competency]
    lean = joint.with_level / own
    rest = np.maximum(joint.observation_variance - lean * joint.with_level, 0.0)
    once = 1 / np.maximum(network.weight, 1)
    held, push = sites.precision * once, sites.natural * once
    left = np.maximum(1 - rest * held, 1e-3)
    rest, lean, centre = rest / left, lean / left, (joint.observation_mean - rest * push) / left
    log = np.log(probability(network.observations, network.base + centre + lean * above, rest))
    damped = once * (1 + rest * held)
    pull, precision = lean * (push - held * centre) / damped, lean * lean * held / damped
    return np.ascontiguousarray((network.weight * log).T), pull, precision
