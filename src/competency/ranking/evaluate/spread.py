"""Beyond order: how a ranker spreads trainings over officers, and how alike its lists are."""

from __future__ import annotations

import numpy as np

from competency.arrays import Floats, Ints


def exposure(top: Ints, n_trainings: int) -> Floats:
    """Return how often each training is in a list, lists weighing alike.

    `top` of shape (n_lists, n_places): trainings of each list, best first; -1 fills up. Returns
    float64 (n_trainings,).

    Examples
    --------
    >>> exposure(np.array([[0, 1], [0, -1]]), 3).tolist()
    [2.0, 1.0, 0.0]
    """
    return np.bincount(top[top >= 0], minlength=n_trainings).astype(np.float64)


def catalogue_coverage(top: Ints, offered: Ints) -> float:
    """Return the share of the trainings offered that are in any list.

    `top` of shape (n_lists, n_places). `offered`: numbers of the trainings that someone could be
    given. NaN where nothing is offered.

    Examples
    --------
    >>> catalogue_coverage(np.array([[0, 2]]), np.array([0, 1, 2, 3]))
    0.5
    >>> catalogue_coverage(np.array([[-1]]), np.array([], int))
    nan
    """
    return float(np.isin(offered, top).mean()) if len(offered) else np.nan


def gini(amounts: Floats) -> float:
    """Return the Gini coefficient of amounts: 0 = all alike, towards 1 = one has all.

    `amounts` of shape (n,): not negative. NaN where the amounts sum to 0.

    Examples
    --------
    >>> gini(np.array([1.0, 1.0])), gini(np.array([0.0, 0.0, 0.0, 4.0]))
    (0.0, 0.75)
    >>> gini(np.zeros(3))
    nan
    """
    if not amounts.sum() > 0:
        return np.nan
    ordered, size = np.sort(amounts), len(amounts)
    weight = 2 * np.arange(1, size + 1) - size - 1
    return float((weight * ordered).sum() / (size * ordered.sum()))


def novelty(top: Ints, popularity: Floats) -> Floats:
    """Return the mean surprise of each list: ``-log2`` of the share who took a training before.

    `top` of shape (n_lists, n_places). `popularity` of shape (n_trainings,): officers who completed
    each training. Returns float64 (n_lists,): in bits; NaN for an empty list. One officer is added
    to each count, so that a training never taken is new, not infinitely so.

    Examples
    --------
    >>> novelty(np.array([[0], [1], [-1]]), np.array([2.0, 0.0])).round(3).tolist()
    [0.415, 2.0, nan]
    """
    share = (popularity + 1) / (popularity + 1).sum()
    return _mean_over(top, -np.log2(share)[top])


def popularity_complement(top: Ints, popularity: Floats, n_officers: int) -> Floats:
    """Return the mean share of officers who have not taken the trainings of each list (EPC).

    The expected popularity complement of Vargas and Castells (2011), every place counting alike.

    `top` of shape (n_lists, n_places). `popularity` of shape (n_trainings,): officers who completed
    each training. `n_officers`: officers who completed any. Returns float64 (n_lists,): in [0, 1];
    NaN for an empty list.

    Examples
    --------
    >>> popularity_complement(np.array([[0, 1], [1, -1], [-1, -1]]), np.array([3.0, 0.0]), 4)
    array([0.625, 1.   ,   nan])
    """
    return _mean_over(top, (1 - np.minimum(popularity / max(n_officers, 1), 1))[top])


def redundancy(top: Ints, develops: Floats) -> Floats:
    """Return how much the trainings of each list develop the same: mean cosine of their pairs.

    `top` of shape (n_lists, n_places). `develops` of shape (n_trainings, n_competencies): 1 where
    the training develops the competency. Returns float64 (n_lists,): in [0, 1]; NaN for a list of
    fewer than two.

    Examples
    --------
    >>> redundancy(np.array([[0, 1], [0, 2], [0, -1]]), np.array([[1, 0], [1, 0], [0, 1.0]]))
    array([ 1.,  0., nan])
    """
    length = np.sqrt((develops**2).sum(axis=1, keepdims=True))
    unit = np.divide(develops, length, out=np.zeros(develops.shape), where=length > 0)
    there = (top >= 0)[..., None]
    # NOTE: the square of a sum holds every pair twice and each vector with itself once.
    vectors = np.where(there, unit[top], 0.0)
    both = (vectors.sum(axis=1) ** 2).sum(axis=1) - (vectors**2).sum(axis=(1, 2))
    pairs = there.sum(axis=1)[:, 0]
    pairs = pairs * (pairs - 1)
    return _share(both, pairs)


def rank_biased_overlap(first: Ints, second: Ints, *, persistence: float = 0.9) -> Floats:
    """Return how alike two rankings of the same lists are, the top counting most.

    The truncated form of Webber, Moffat and Zobel (2010), scaled so that equal lists give 1:
    ``sum over d of p ** (d - 1) |common in the first d| / d`` by the same sum with all in common.

    `first`, `second` of shape (n_lists, n_places): -1 fills up. `persistence`: in (0, 1): how soon
    a reader stops; 0.9 puts most weight on the first ten. Returns float64 (n_lists,): in [0, 1];
    NaN where both are empty.

    Examples
    --------
    >>> lists = np.array([[1, 2, 3]])
    >>> rank_biased_overlap(lists, lists), rank_biased_overlap(lists, np.array([[4, 5, 6]]))
    (array([1.]), array([0.]))
    >>> rank_biased_overlap(np.array([[-1]]), np.array([[-1]]))
    array([nan])
    """
    depth = min(first.shape[1], second.shape[1])
    total, best = np.zeros((2, len(first)))
    for d in range(1, depth + 1):
        ours, theirs = first[:, :d, None], second[:, None, :d]
        common = ((ours == theirs) & (ours >= 0)).sum(axis=(1, 2))
        most = np.maximum((first[:, :d] >= 0).sum(axis=1), (second[:, :d] >= 0).sum(axis=1))
        total += persistence ** (d - 1) * common / d
        best += persistence ** (d - 1) * most / d
    return _share(total, best)


def _mean_over(top: Ints, values: Floats) -> Floats:
    there = top >= 0
    count = there.sum(axis=1)
    total = np.where(there, values, 0.0).sum(axis=1)
    return _share(total, count)


def _share(part: Floats, whole: Floats) -> Floats:
    share: Floats = np.full(len(whole), np.nan)
    return np.divide(part, whole, out=share, where=whole > 0)
