"""The latent scale as a row of cells, each of them wholly inside one level.

The scale is in levels: level k spans ``[k - 1/2, k + 1/2)``, level 0 everything below 1/2 and
the top level everything above its lower cut. Because every cut is the border of a cell, the
probability of a level is a plain sum of cells.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from competency.arrays import Floats, Ints, frozen

MARGIN = 2.5
"""Levels that the grid reaches beyond the outermost cuts: 2.5 prior standard deviations."""


@dataclass(frozen=True, eq=False)
class LevelGrid:
    """Cells of equal width on the latent scale.

    Parameters
    ----------
    borders : float64, shape (n_nodes + 1,)
        Borders of the cells, in levels.
    nodes : float64, shape (n_nodes,)
        Their centres.
    level : int64, shape (n_nodes,)
        The level that each cell belongs to.
    starts : int64, shape (n_levels,)
        The first cell of each level.
    """

    borders: Floats
    nodes: Floats
    level: Ints
    starts: Ints


def level_grid(n_levels: int, step: float) -> LevelGrid:
    """Return a grid from about -2 to about 2 above the top level.

    `n_levels` is at least 1; `step` is the widest cell, in levels, narrowed to the next whole
    fraction of a level.

    Examples
    --------
    >>> grid = level_grid(3, 0.5)
    >>> grid.borders.tolist()
    [-2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0]
    >>> grid.starts.tolist()
    [0, 5, 7]
    >>> level_grid(1, 0.5).starts.tolist()
    [0]
    """
    per_level = math.ceil(1 / step - 1e-9)
    outside = math.ceil(MARGIN * per_level)
    cells = np.arange(-outside, outside + (n_levels - 2) * per_level + 1)
    borders = 0.5 + cells / per_level
    nodes = (borders[:-1] + borders[1:]) / 2
    level = np.clip(np.floor(nodes + 0.5), 0, n_levels - 1).astype(np.int64)
    starts = np.searchsorted(level, np.arange(n_levels))
    return LevelGrid(frozen(borders), frozen(nodes), frozen(level), frozen(starts))


def normal_mass(mean: Floats, sd: float | Floats, grid: LevelGrid) -> Floats:
    """Return the mass of N(mean, sd^2) in each cell, shape ``(*mean.shape, n_nodes)``.

    The outermost cells take the tails.

    Examples
    --------
    >>> mass = normal_mass(np.array([1.0]), 1.0, level_grid(3, 0.5))
    >>> np.add.reduceat(mass, level_grid(3, 0.5).starts, axis=-1).round(4).tolist()
    [[0.3085, 0.3829, 0.3085]]
    """
    z = (grid.borders - np.asarray(mean)[..., None]) / np.asarray(sd)[..., None]
    z[..., 0], z[..., -1] = -np.inf, np.inf
    low, high = z[..., :-1], z[..., 1:]
    # NOTE: right of the mean the mirrored difference keeps the digits of a small tail.
    right = low > 0
    upper, lower = np.where(right, -low, high), np.where(right, -high, low)
    return np.asarray(ndtr(upper) - ndtr(lower))
