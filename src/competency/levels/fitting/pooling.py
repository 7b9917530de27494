"""Partial pooling: means of positions from a cohort, and from each other.

A position is expected where its parent is, and the parent follows from the competency, the family
of the position, and what the position requires::

    mu[g, c] ~ N(parent[g, c], group_sd^2)
    parent[g, c] = competency[c] + family[f(g), c] + slope asked[g, c] - lack lacking[g, c]

with normal priors on all of them. Spreads are learned by EM, with `PRIOR_CELLS` cells at the given
values, so that few positions stay where the settings put them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.levels.fitting.given import ANCHOR_SD, LACK, LACK_SD, SLOPE, SLOPE_SD, Groups
from competency.levels.posterior.parameters import PriorMeans

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints

PRIOR_CELLS = 10.0
"""Cells (of position or family, and competency) that the given spreads count as (chosen by the
project)."""

_BEYOND = 1.0
# Levels that a mean may lie outside the scale.
_LEAST = 1e-6
# Information below which a cell counts as not observed.


@dataclass(frozen=True, eq=False)
class _Parents:
    """Means of the parents and their variances, shape of the groups, and what they are made of."""

    mean: Floats
    variance: Floats
    competency: Floats
    family: Floats
    family_variance: Floats
    slope: float
    lack: float


def pooled_means(
    means: PriorMeans,
    groups: Groups,
    start: PriorMeans,
    *,
    score: Floats,
    information: Floats,
    learn: bool,
    max_level: Ints,
) -> PriorMeans:
    """Return the means after one step of empirical Bayes.

    The likelihood of the means of a group is summarised at their present values by a normal with
    precision G = `information` around ``z = m + G^-1 score`` (a Newton step). Then the parents are
    solved with the diagonal of G, and the groups with all of it.

    Parameters
    ----------
    means : PriorMeans
        Present values.
    groups : Groups
    start : PriorMeans
        Before any evidence: the anchor of each competency, and the given spreads.
    score : Floats, shape (n_groups, n_competencies)
        Gradient of the log-likelihood.
    information : Floats, shape (n_groups, n_competencies, n_competencies)
    learn : bool
        Whether spreads are learned.
    max_level : Ints, shape (n_competencies,)
        Means are kept within a level of the scale.

    Examples
    --------
    Two officers observed exactly, one level above the mean, in a group with the spread of one: the
    parent is pulled by 1 / (1 / 2 + 1) against the 1 of its anchor, and the group by 2 against 1.

    >>> zero = np.zeros((1, 1))
    >>> start = PriorMeans(zero, zero, np.zeros(1), np.zeros((0, 1)), 0.0, 0.5, 1.0, 0.0)
    >>> groups = Groups(zero, zero > 0, np.array([-1]), 0)
    >>> step = pooled_means(start, groups, start, score=np.array([[2.0]]), learn=False,
    ...                     information=np.array([[[2.0]]]), max_level=np.array([5]))
    >>> step.competency.round(4).tolist(), step.group.round(4).tolist()
    ([0.4], [[0.8]])
    >>> step.variance.round(4).tolist()  # 1 / 3, and a ninth of the variance of the parent
    [[0.4]]
    """
    variance = means.group_sd**2
    own = np.einsum("gcc->gc", information)
    observed = own > _LEAST
    z = means.group + np.where(observed, score / np.maximum(own, _LEAST), 0)
    parents = _parents(z, own / (1 + own * variance), groups, start.competency, means.family_sd)
    within = np.linalg.inv(information + np.eye(own.shape[1]) / variance)
    push = score + (parents.mean - means.group) / variance
    group = means.group + np.matmul(within, push[..., None])[..., 0]
    left = np.einsum("gcc->gc", within)
    weight = left / variance  # of the parent in the mean
    away = (group - parents.mean) ** 2 + left + (1 - weight) ** 2 * parents.variance
    group_sd, family_sd = means.group_sd, means.family_sd
    if learn:
        group_sd = _spread(away[observed], start.group_sd)
        square = parents.family**2 + parents.family_variance
        family_sd = _spread(square[_family_observed(observed, groups)], start.family_sd)
    low, high = -_BEYOND, max_level + _BEYOND
    return PriorMeans(
        np.clip(group, low, high), left + weight**2 * parents.variance,
        np.clip(parents.competency, low, high), parents.family, parents.slope, parents.lack,
        group_sd, family_sd,
    )  # fmt: skip


def _spread(squares: Floats, given: float) -> float:
    return float(np.sqrt((squares.sum() + PRIOR_CELLS * given**2) / (len(squares) + PRIOR_CELLS)))


def _membership(groups: Groups) -> Floats:
    """1 for every group, and 1 for the family it is of; shape (n_groups, 1 + n_families)."""
    families = np.arange(groups.n_families)
    return np.column_stack([np.ones(len(groups.family)), groups.family[:, None] == families])


def _family_observed(observed: Floats, groups: Groups) -> Floats:
    return np.asarray(_membership(groups)[:, 1:].T @ observed > 0)


def _parents(z: Floats, pull: Floats, groups: Groups, anchor: Floats, family_sd: float) -> _Parents:
    """Weighted least squares with priors: what belongs to one competency is eliminated first."""
    member = _membership(groups)
    weak = np.array([1 / ANCHOR_SD**2, *[1 / max(family_sd, _LEAST) ** 2] * groups.n_families])
    common = np.stack([groups.asked, -groups.lacking.astype(np.float64)], axis=2)
    weighted = pull.T[:, None, :] * member.T  # [competency, member, group]
    held = np.linalg.inv(weighted @ member + np.diag(weak))
    pulled = weighted @ z.T[..., None]
    pulled[:, 0, 0] += anchor * weak[0]
    regression = held @ (weighted @ common.transpose(1, 0, 2))
    rest = common - np.einsum("gi,cih->gch", member, regression)
    curvature = np.einsum("gc,gch,gck->hk", pull, common, rest)
    curvature += np.diag([1 / SLOPE_SD**2, 1 / LACK_SD**2])
    free = np.linalg.inv(curvature)
    own = np.einsum("gi,cij,cj->gc", member, held, pulled[..., 0])
    score = np.einsum("gc,gch,gc->h", pull, common, z - own)
    slopes = free @ (score + np.array([SLOPE / SLOPE_SD**2, LACK / LACK_SD**2]))
    coefficients = (held @ pulled)[..., 0] - regression @ slopes
    variance = np.einsum("gi,cij,gj->gc", member, held, member)
    variance += np.einsum("gch,hk,gck->gc", rest, free, rest)
    alone = np.einsum("cii->ci", held) + np.einsum("cih,hk,cik->ci", regression, free, regression)
    return _Parents(
        member @ coefficients.T + common @ slopes, variance, coefficients[:, 0],
        coefficients[:, 1:].T, alone[:, 1:].T, float(slopes[0]), float(slopes[1]),
    )  # fmt: skip
