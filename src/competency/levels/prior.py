"""Where an officer is expected before anything is seen: means by position, partially pooled."""

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

_LEAST_INFORMATION = 0.05
# Smallest share of a full observation that a cell counts for: keeps a Newton step finite where
# the belief is as wide as the prior (chosen by the project).


@dataclass(frozen=True, eq=False)
class PriorMeans:
    """Means of the prior, in levels.

    Parameters
    ----------
    group : float64, shape (n_positions + 1, n_competencies)
        By position; the last row is for officers in no position.
    competency : float64, shape (n_competencies,)
        What the group means are shrunk toward.
    """

    group: Floats
    competency: Floats


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
    return PriorMeans(np.tile(anchor, (len(index.position_ids) + 1, 1)), anchor)


def updated_means(
    means: PriorMeans,
    anchor: Floats,
    *,
    surprise: Floats,
    information: Floats,
    group_sd: float,
    max_level: Ints,
) -> PriorMeans:
    """Return the means after one step of empirical Bayes.

    The likelihood of each group mean is summarised at its present value by a normal with
    precision I = `information` around ``z = m + surprise / I`` (a Newton step); then
    ``z ~ N(mu_g, 1/I)``, ``mu_g ~ N(mu_c, group_sd^2)``, ``mu_c ~ N(anchor, ANCHOR_SD^2)`` is
    solved in closed form.

    Parameters
    ----------
    means : PriorMeans
        Present values.
    anchor : Floats, shape (n_competencies,)
    surprise : Floats, shape (n_positions + 1, n_competencies)
        Gradient: ``sum (E[theta] - m) / prior_sd^2`` over the assessed officers of the group.
    information : Floats, same shape
        Negative second derivative: ``sum (1 - Var[theta] / prior_sd^2) / prior_sd^2``.
    group_sd : float
        Spread of group means around the competency mean.
    max_level : Ints, shape (n_competencies,)
        Means are kept within [0, max_level].

    Returns
    -------
    PriorMeans

    Examples
    --------
    Two officers seen exactly, one level above the mean, in a group with the spread of one:

    >>> start = PriorMeans(np.zeros((1, 1)), np.zeros(1))
    >>> step = updated_means(start, np.zeros(1), surprise=np.array([[2.0]]),
    ...                      information=np.array([[2.0]]), group_sd=1.0, max_level=np.array([5]))
    >>> step.competency.round(4).tolist(), step.group.round(4).tolist()
    ([0.7273], [[0.9091]])
    """
    variance = group_sd**2
    seen = np.where(information > 0, surprise / np.where(information > 0, information, 1), 0)
    z = means.group + seen
    pull = information / (1 + information * variance)
    weak = 1 / ANCHOR_SD**2
    competency = ((pull * z).sum(0) + weak * anchor) / (pull.sum(0) + weak)
    competency = np.clip(competency, 0, max_level)
    group = (information * z + competency / variance) / (information + 1 / variance)
    return PriorMeans(np.clip(group, 0, max_level), competency)


def group_summary(
    group_cell: Ints, mean: Floats, variance: Floats, means: PriorMeans, *, prior_sd: float
) -> tuple[Floats, Floats]:
    """Return `surprise` and `information` of every group and competency.

    Parameters
    ----------
    group_cell : Ints, shape (n_assessed,)
        ``group * n_competencies + competency`` of each assessed cell.
    mean, variance : Floats, shape (n_assessed,)
        Of the beliefs under the present means.
    means : PriorMeans
        Present values.
    prior_sd : float

    Returns
    -------
    surprise, information : float64, shape (n_positions + 1, n_competencies)
    """
    shape, size = means.group.shape, means.group.size
    precision = 1 / prior_sd**2
    shift = mean - means.group.ravel()[group_cell]
    share = np.clip(1 - variance * precision, _LEAST_INFORMATION, 1)
    surprise = np.bincount(group_cell, weights=shift * precision, minlength=size)
    information = np.bincount(group_cell, weights=share * precision, minlength=size)
    return surprise.reshape(shape).astype(np.float64), information.reshape(shape).astype(np.float64)
