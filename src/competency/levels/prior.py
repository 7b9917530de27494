"""Where an officer is expected before anything is seen, and how competencies go together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints
    from competency.framework.index import FrameworkIndex

ANCHOR_SD = 2.0
"""Spread of competency means around the middle of what is required, in levels: a weak pull that
decides only where hardly anyone was rated (chosen by the project)."""

SLOPE_SD = 1.0
"""Spread of the slope of group means on required levels around 0 (chosen by the project): without
ratings a position is expected where the others are."""

_BEYOND = 1.0
# Levels that a mean may lie outside the scale.
_LEAST = 1e-6


@dataclass(frozen=True, eq=False)
class PriorMeans:
    """Means of the prior, in levels.

    Parameters
    ----------
    group : float64, shape (n_positions + 1, n_competencies)
        By position; the last row is for officers in no position.
    competency : float64, shape (n_competencies,)
        The mean of a position that requires what positions require on average.
    slope : float
        Levels that a group mean rises for each level that the position requires more.
    """

    group: Floats
    competency: Floats
    slope: float

    def parent(self, asked: Floats) -> Floats:
        """Return what the group means are shrunk toward, shape of `group`."""
        return self.competency + self.slope * asked


def anchor_levels(index: FrameworkIndex) -> Floats:
    """Return, for each competency, the mean level that positions require.

    Half the highest level where no position requires it.

    Parameters
    ----------
    index : FrameworkIndex

    Returns
    -------
    float64, shape (n_competencies,)
    """
    asked = index.requirements
    size = len(index.competency_ids)
    count = np.bincount(asked.competency, minlength=size)
    total = np.bincount(asked.competency, weights=asked.level, minlength=size)
    return np.where(count > 0, total / np.maximum(count, 1), index.max_level / 2)


def asked_levels(index: FrameworkIndex) -> Floats:
    """Return how much more than others each position requires, in levels.

    A competency that a position does not require counts as one level below the least that is
    required of any position: officers are expected to have less of what their work never asks.

    Parameters
    ----------
    index : FrameworkIndex

    Returns
    -------
    float64, shape (n_positions + 1, n_competencies)
        Around the mean of the positions that require the competency; 0 in the last row (no
        position), and where no position requires it.
    """
    levels = index.required_levels(np.arange(len(index.position_ids))).astype(np.float64)
    required = levels > 0
    least = np.where(required, levels, np.inf).min(0, initial=np.inf)
    any_one = np.isfinite(least)
    below = np.maximum(np.where(any_one, least, 1) - 1, 0)
    table = np.where(required, levels, below) - anchor_levels(index)
    return np.vstack([np.where(any_one, table, 0.0), np.zeros(len(any_one))])


def cold_start(index: FrameworkIndex) -> PriorMeans:
    """Return the means before any evidence: every group at the anchor of its competency.

    Parameters
    ----------
    index : FrameworkIndex

    Returns
    -------
    PriorMeans
    """
    anchor = anchor_levels(index)
    return PriorMeans(np.tile(anchor, (len(index.position_ids) + 1, 1)), anchor, 0.0)


def updated_means(
    means: PriorMeans,
    anchor: Floats,
    *,
    asked: Floats,
    score: Floats,
    information: Floats,
    group_sd: float,
    max_level: Ints,
) -> PriorMeans:
    """Return the means after one step of empirical Bayes.

    The likelihood of the means of a group is summarised at their present values by a normal with
    precision G = `information` around ``z = m + G^-1 score`` (a Newton step). Then ``mu_g ~
    N(mu_c + slope * asked, group_sd^2)``, ``mu_c ~ N(anchor, ANCHOR_SD^2)`` and ``slope ~ N(0,
    SLOPE_SD^2)`` are solved: the parents with the diagonal of G, the groups with all of it.

    Parameters
    ----------
    means : PriorMeans
        Present values.
    anchor : Floats, shape (n_competencies,)
    asked : Floats, shape (n_groups, n_competencies)
    score : Floats, shape (n_groups, n_competencies)
        Gradient of the log-likelihood.
    information : Floats, shape (n_groups, n_competencies, n_competencies)
    group_sd : float
        Spread of group means around their parent.
    max_level : Ints, shape (n_competencies,)
        Means are kept within a level of the scale.

    Returns
    -------
    PriorMeans

    Examples
    --------
    Two officers seen exactly, one level above the mean, in a group with the spread of one:

    >>> start = PriorMeans(np.zeros((1, 1)), np.zeros(1), 0.0)
    >>> step = updated_means(start, np.zeros(1), asked=np.zeros((1, 1)), score=np.array([[2.0]]),
    ...                      information=np.array([[[2.0]]]), group_sd=1.0,
    ...                      max_level=np.array([5]))
    >>> step.competency.round(4).tolist(), step.group.round(4).tolist()
    ([0.7273], [[0.9091]])
    """
    variance = group_sd**2
    own = np.einsum("gcc->gc", information)
    z = means.group + np.where(own > _LEAST, score / np.maximum(own, _LEAST), 0)
    competency, slope = _parents(z, own / (1 + own * variance), asked, anchor)
    parent = competency + slope * asked
    hold = information + np.eye(len(anchor)) / variance
    push = score + (parent - means.group) / variance
    group = means.group + np.linalg.solve(hold, push[..., None])[..., 0]
    low, high = -_BEYOND, max_level + _BEYOND
    return PriorMeans(np.clip(group, low, high), np.clip(competency, low, high), slope)


def _parents(z: Floats, pull: Floats, asked: Floats, anchor: Floats) -> tuple[Floats, float]:
    weak = 1 / ANCHOR_SD**2
    total = pull.sum(0) + weak
    lean = (pull * asked).sum(0)
    level = (pull * z).sum(0) + weak * anchor
    # The competency means are eliminated; what is left is one equation for the slope.
    curvature = (pull * asked**2).sum() - (lean**2 / total).sum() + 1 / SLOPE_SD**2
    slope = float(((pull * asked * z).sum() - (lean * level / total).sum()) / curvature)
    return (level - slope * lean) / total, slope


def target_covariance(
    size: int, *, sd: float, correlation: float, edges: Ints, strength: float
) -> Floats:
    """Return what the covariance of competencies is shrunk toward.

    Equal spreads and equal correlations; a prerequisite adds ``strength (x_c - x_q)^2`` to the
    exponent, so that the two go together more closely.

    Parameters
    ----------
    size : int
    sd : float
        Of every competency, in levels.
    correlation : float
    edges : Ints, shape (n_edges, 2)
        Pairs of competencies.
    strength : float
        Precision of each edge, relative to ``1 / sd^2``; 0 leaves prerequisites out.

    Returns
    -------
    float64, shape (size, size)

    Examples
    --------
    >>> target_covariance(2, sd=1.0, correlation=0.4, edges=np.array([[0, 1]]),
    ...                   strength=1.0).round(4).tolist()
    [[1.0, 0.6739], [0.6739, 1.0]]
    """
    matrix = np.full((size, size), correlation)
    np.fill_diagonal(matrix, 1.0)
    if strength > 0 and len(edges):
        precision = np.linalg.inv(matrix)
        for left, right in edges:
            precision[[left, right], [left, right]] += strength
            precision[[left, right], [right, left]] -= strength
        matrix = np.linalg.inv(precision)
        scale = np.sqrt(np.diag(matrix))
        matrix = matrix / scale / scale[:, None]
    return np.asarray(matrix * sd**2)
