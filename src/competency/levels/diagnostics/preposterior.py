"""What one more rating is expected to do to beliefs, before it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.levels.posterior.grid import normal_mass

if TYPE_CHECKING:
    from competency.arrays import Bools, Floats
    from competency.levels.posterior.grid import LevelGrid

_TINY = 1e-300
_ROUNDING = 1e-12
# Differences of probabilities and variances below this are rounding.


@dataclass(frozen=True, eq=False)
class Preposterior:
    """What one more rating is expected to do to beliefs.

    Parameters
    ----------
    now, expected : Floats, shape (n_cells,)
        Variance of the level, in levels squared: now, and expected after the rating.
    wrong_now, wrong_expected : Floats, shape (n_cells,)
        Chance that "meets" or "does not meet", whichever is likelier, is wrong.
    """

    now: Floats
    expected: Floats
    wrong_now: Floats
    wrong_expected: Floats


def preposterior(mass: Floats, nodes: Floats, meets: Bools, likelihood: Floats) -> Preposterior:
    """Return what one more rating is expected to do to beliefs on a grid.

    With w the mass of each node and L the likelihood of each rating there, rating k has probability
    ``p_k = w . L_k``, and the expected variance is ``E[x^2] - sum_k (w x . L_k)^2 / p_k``.

    Parameters
    ----------
    mass : Floats, shape (n_cells, n_nodes)
        Sums to 1 along the last axis.
    nodes : Floats, shape (n_nodes,)
        In levels.
    meets : Bools, shape (n_cells, n_nodes)
        Whether a node meets the requirement.
    likelihood : Floats, shape (n_ratings, n_nodes)
        Sums to 1 along the first axis.

    Returns
    -------
    Preposterior

    Examples
    --------
    Two nodes, told apart without error: nothing is left to know. Then a rating that says nothing.

    >>> half, ends = np.array([[0.5, 0.5]]), np.array([0.0, 2.0])
    >>> told = preposterior(half, ends, ends[None] > 1, np.eye(2))
    >>> told.now.tolist(), told.expected.tolist(), told.wrong_expected.tolist()
    ([1.0], [0.0], [0.0])
    >>> told = preposterior(half, ends, ends[None] > 1, np.full((2, 2), 0.5))
    >>> told.expected.tolist(), told.wrong_now.tolist(), told.wrong_expected.tolist()
    ([1.0], [0.5], [0.5])
    """
    centre = mass @ nodes
    away = nodes - centre[:, None]
    chance = mass @ likelihood.T
    now = (mass * away**2).sum(1)
    pulled = (mass * away) @ likelihood.T
    expected = now - (pulled**2 / np.maximum(chance, _TINY)).sum(1)
    kept = mass * meets
    wrong = np.minimum(kept.sum(1), (mass * ~meets).sum(1))
    met, failed = kept @ likelihood.T, (mass * ~meets) @ likelihood.T
    after = np.minimum(met, failed).sum(1)
    return Preposterior(now, _not_above(expected, now), wrong, _not_above(after, wrong))


def belief_mass(mean: Floats, sd: Floats, probs: Floats, grid: LevelGrid) -> Floats:
    """Return beliefs as mass on a grid: normal within levels, exact in the chance of each level.

    Parameters
    ----------
    mean, sd : Floats, shape (n_cells,)
        In levels.
    probs : Floats, shape (n_cells, n_levels)
    grid : LevelGrid

    Returns
    -------
    float64, shape (n_cells, n_nodes)
        Sums to 1 along the last axis.
    """
    mass = np.maximum(normal_mass(mean, sd, grid), _TINY)
    whole = np.add.reduceat(mass, grid.starts, axis=1)
    mass *= (probs / whole)[:, grid.level]
    return np.asarray(mass / mass.sum(1, keepdims=True))


def _not_above(after: Floats, before: Floats) -> Floats:
    # NOTE: no rating makes things worse on average, and rounding is no gain that could rank first.
    return np.where(before - after > _ROUNDING, np.maximum(after, 0.0), before)
