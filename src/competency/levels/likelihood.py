"""What each source would say of an officer at each point of the latent scale.

A sight is a row of one table: log-probabilities over the cells of the grid. Because the rows
are few, the evidence about an officer reduces to weighted counts of rows, and the
log-likelihood to a matrix product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from scipy.special import expit

from competency.arrays import Floats, Ints, frozen
from competency.config import LevelConfig, SourceConfig

if TYPE_CHECKING:
    from competency.levels.grid import LevelGrid

CERTAIN = "record"
"""The source that states a level for certain: it sees the level itself, not the latent scale."""

CERTIFICATE = "certificate"
"""Name of the block of certificates, beside the sources."""

_FLOOR = 1e-12
# The smallest probability of any sight: keeps logarithms finite where records contradict.
_SEVERITY_NODES = 7
# Gauss-Hermite nodes for the severity of an unknown assessor: exact to degree 13.


@dataclass(frozen=True, eq=False)
class LikelihoodTable:
    """Log-probabilities of all sights, and the numbering of their rows.

    Parameters
    ----------
    log : float32, shape (n_rows, n_nodes)
        Log-probability of each sight at each node.
    blocks : tuple of str
        Sources in the order of the settings, then certificates.
    n_levels : int
        Rows of a block: one for each level.
    max_level : Ints, shape (n_competencies,)
        Highest level of each competency; a rating above it counts as the highest.
    scale : Ints, shape (n_competencies,)
        Number of the group of blocks that belongs to the competency's highest level.
    """

    log: Floats
    blocks: tuple[str, ...]
    n_levels: int
    max_level: Ints
    scale: Ints

    def row(self, competency: Ints, block: Ints, level: Ints) -> Ints:
        """Return the row of each sight.

        Parameters
        ----------
        competency, block : Ints, shape (n_sights,)
            What was seen, and by which source (or that it is a certificate).
        level : Ints, shape (n_sights,)
            The level that was stated; above the highest counts as the highest.

        Returns
        -------
        int64, shape (n_sights,)
        """
        held = np.clip(level, 0, self.max_level[competency])
        return (self.scale[competency] * len(self.blocks) + block) * self.n_levels + held


def likelihood_table(grid: LevelGrid, max_level: Ints, config: LevelConfig) -> LikelihoodTable:
    """Return the table for a grid, the highest level of each competency, and settings.

    Parameters
    ----------
    grid : LevelGrid
    max_level : Ints, shape (n_competencies,)
    config : LevelConfig

    Returns
    -------
    LikelihoodTable
    """
    n_levels = len(grid.starts)
    tops, scale = np.unique(max_level.astype(np.int64), return_inverse=True)
    blocks: list[Floats] = [np.zeros((0, len(grid.nodes)))]
    for top in tops:
        for name, source in config.sources.items():
            seen = np.minimum(grid.level, top) if name == CERTAIN else grid.nodes
            blocks.append(_padded(rating_probability(seen, int(top) + 1, source), n_levels))
        blocks.append(_padded(certificate_probability(grid.nodes, int(top) + 1, config), n_levels))
    log = np.log(np.clip(np.concatenate(blocks), _FLOOR, 1.0)).astype(np.float32)
    return LikelihoodTable(
        frozen(log), (*config.sources, CERTIFICATE), n_levels, max_level.astype(np.int64), scale
    )


def rating_probability(nodes: Floats, n_levels: int, source: SourceConfig) -> Floats:
    """Return the probability that `source` rates an officer at each level.

    ``P(Y >= k) = E_s[sigmoid(a (theta - s - (k - 1/2)))]`` with discrimination a and severity
    ``s ~ N(m, tau^2)``: the graded response model with thresholds on the cuts between levels,
    and the severity of the unknown assessor integrated out.

    Parameters
    ----------
    nodes : Floats, shape (n_nodes,)
        Points theta on the latent scale, in levels.
    n_levels : int
        Categories: levels 0 to ``n_levels - 1``.
    source : SourceConfig

    Returns
    -------
    float64, shape (n_levels, n_nodes)
        Sums to 1 along the first axis.

    Examples
    --------
    >>> sharp = SourceConfig(discrimination=2.0)
    >>> rating_probability(np.array([0.5, 1.5]), 2, sharp).round(4).tolist()
    [[0.5, 0.1192], [0.5, 0.8808]]
    >>> rating_probability(np.array([0.5]), 1, sharp).tolist()
    [[1.0]]
    """
    deviations, weights = hermegauss(_SEVERITY_NODES)
    severity = source.severity + source.severity_sd * deviations
    cuts = np.arange(1, n_levels) - 0.5
    logits = source.discrimination * (nodes - severity[:, None, None] - cuts[:, None])
    reached = np.einsum("h,hkq->kq", weights / weights.sum(), expit(logits))
    ends = np.ones((1, len(nodes)))
    tail = np.concatenate([ends, reached, 0 * ends])
    return np.asarray(tail[:-1] - tail[1:])


def certificate_probability(nodes: Floats, n_levels: int, config: LevelConfig) -> Floats:
    """Return the probability of holding a certificate that attests each level.

    ``P = guess + (1 - slip - guess) sigmoid(a (theta - (l - 1/2)))``, with the discrimination
    of source ``"test"``. Attesting level 0 says nothing: its row is 1.

    Parameters
    ----------
    nodes : Floats, shape (n_nodes,)
        Points theta on the latent scale, in levels.
    n_levels : int
        Levels 0 to ``n_levels - 1``.
    config : LevelConfig

    Returns
    -------
    float64, shape (n_levels, n_nodes)

    Examples
    --------
    >>> certificate_probability(np.array([-50.0, 0.5, 50.0]), 2, LevelConfig())[1].round(3).tolist()
    [0.1, 0.5, 0.9]
    """
    test = config.sources.get("test", LevelConfig().sources["test"])
    cuts = np.arange(1, n_levels)[:, None] - 0.5
    able = expit(test.discrimination * (nodes - cuts))
    held = config.guess + (1 - config.slip - config.guess) * able
    return np.concatenate([np.ones((1, len(nodes))), held])


def _padded(block: Floats, n_rows: int) -> Floats:
    # Rows above a competency's highest level are never used; 1 keeps their logarithm at 0.
    return np.pad(block, ((0, n_rows - len(block)), (0, 0)), constant_values=1.0)
