"""How good the order of a list is: nDCG, recall, hits, average precision, reciprocal rank.

Every function returns one number for each list, NaN where a list holds nothing relevant: such a
list is undefined, not bad, and whoever averages says how many there were. Candidates are the full
list; there is no sampling of negatives, because metrics on a sample order rankers wrongly
(Krichene and Rendle 2020).
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from competency.arrays import Floats, Ints
from competency.ranking.evaluate.lists import RankedLists, places

Gain = Literal["linear", "exponential"]


def ndcg(lists: RankedLists, at: int | None = None, *, gain: Gain = "linear") -> Floats:
    """Return the normalised discounted cumulative gain of each list.

    ``sum over i < at of gain(relevance of place i) / log2(i + 2)``, by the same sum in the best
    order. Candidates with equal scores share the mean of their places' discounts (McSherry and
    Najork 2008), so that no order of rows is better than another.

    Parameters
    ----------
    lists : RankedLists
    at : int, optional
        Places that count, at least 1; None = all.
    gain : {"linear", "exponential"}
        The relevance itself, or ``2 ** relevance - 1``.

    Returns
    -------
    float64, shape (n_lists,)
        In [0, 1]; NaN where nothing is relevant.

    Examples
    --------
    >>> lists = RankedLists.of(np.array([[3, 2, 3, 0, 1, 2, 3, 2.0]]),
    ...                        np.array([[8, 7, 6, 5, 4, 3, -np.inf, -np.inf]]))
    >>> ndcg(lists, 6).round(6), ndcg(lists, 6, gain="exponential").round(6)
    (array([0.785002]), array([0.751083]))
    >>> ndcg(RankedLists.of(np.zeros((1, 2)), np.ones((1, 2))))
    array([nan])
    """
    worth = lists.relevance if gain == "linear" else np.exp2(lists.relevance) - 1
    found = lists.total(worth * _shared_discount(lists, at))
    ideal = np.lexsort((-worth, lists.owner))
    steps = np.empty(len(worth))
    steps[ideal] = _discount(places(lists.owner[ideal], lists.size), at)
    return _share(found, lists.total(worth * steps))


def recall(lists: RankedLists, at: int) -> Floats:
    """Return the share of the relevant candidates of each list that are in its first places.

    Parameters
    ----------
    lists : RankedLists
    at : int

    Returns
    -------
    float64, shape (n_lists,)

    Examples
    --------
    >>> recall(RankedLists.of(np.array([[1.0, 1, 0]]), np.array([[3.0, 1, 2]])), 2)
    array([0.5])
    >>> recall(RankedLists.of(np.zeros((1, 1)), np.ones((1, 1))), 1)
    array([nan])
    """
    return _share(lists.total(_found(lists, at)), lists.relevant)


def hits(lists: RankedLists, at: int) -> Floats:
    """Return 1 for each list with anything relevant in its first places, else 0.

    Parameters
    ----------
    lists : RankedLists
    at : int

    Returns
    -------
    float64, shape (n_lists,)

    Examples
    --------
    >>> hits(RankedLists.of(np.array([[0.0, 1], [1, 0]]), np.array([[3.0, 1], [3, 1]])), 1)
    array([0., 1.])
    >>> hits(RankedLists.of(np.zeros((1, 1)), np.ones((1, 1))), 1)
    array([nan])
    """
    found = (lists.total(_found(lists, at)) > 0).astype(np.float64)
    return np.where(lists.relevant > 0, found, np.nan)


def average_precision(lists: RankedLists, at: int | None = None) -> Floats:
    """Return the average precision of each list.

    The mean, over the relevant candidates in the first places, of the share of relevant ones down
    to there; by the number that could have been there, the smaller of `at` and all relevant ones.

    Parameters
    ----------
    lists : RankedLists
    at : int, optional
        None = all places.

    Returns
    -------
    float64, shape (n_lists,)

    Examples
    --------
    >>> average_precision(RankedLists.of(np.array([[1.0, 0, 1]]), np.array([[3.0, 2, 1]])))
    array([0.83333333])
    >>> average_precision(RankedLists.of(np.zeros((1, 1)), np.ones((1, 1))))
    array([nan])
    """
    places_that_count = len(lists.score) if at is None else at
    found = _found(lists, places_that_count)
    ordered = found[lists.order]
    owner = lists.owner[lists.order]
    so_far = np.cumsum(ordered)
    before = np.concatenate([[0], so_far])[np.searchsorted(owner, owner)]
    precision = np.zeros(len(found))
    precision[lists.order] = (so_far - before) / (lists.position[lists.order] + 1)
    return _share(lists.total(found * precision), np.minimum(lists.relevant, places_that_count))


def reciprocal_rank(lists: RankedLists, at: int | None = None) -> Floats:
    """Return one by the place (from 1) of the first relevant candidate of each list.

    Parameters
    ----------
    lists : RankedLists
    at : int, optional
        None = all places; 0 where none is in them.

    Returns
    -------
    float64, shape (n_lists,)

    Examples
    --------
    >>> reciprocal_rank(RankedLists.of(np.array([[0.0, 1, 1]]), np.array([[3.0, 2, 1]])))
    array([0.5])
    >>> reciprocal_rank(RankedLists.of(np.zeros((1, 1)), np.ones((1, 1))))
    array([nan])
    """
    found = _found(lists, len(lists.score) if at is None else at)
    best = np.zeros(lists.size)
    np.maximum.at(best, lists.owner, found / (lists.position + 1))
    return np.where(lists.relevant > 0, best, np.nan)


def _found(lists: RankedLists, at: int) -> Floats:
    inside = (lists.position < at) & lists.listed
    return (inside & (lists.relevance > 0)).astype(np.float64)


def _discount(place: Ints, at: int | None) -> Floats:
    discount: Floats = 1 / np.log2(place + 2.0)
    return discount if at is None else np.where(place < at, discount, 0.0)


def _shared_discount(lists: RankedLists, at: int | None) -> Floats:
    """Discount of each row, the mean over the rows of its list with the same score."""
    order = lists.order
    discount = np.where(lists.listed, _discount(lists.position, at), 0.0)
    if not len(order):
        return discount
    owner, score = lists.owner[order], lists.score[order]
    new = np.ones(len(order), bool)
    new[1:] = (owner[1:] != owner[:-1]) | (score[1:] != score[:-1])
    block = np.cumsum(new) - 1
    mean = np.bincount(block, weights=discount[order]) / np.bincount(block)
    shared: Floats = np.empty(len(order))
    shared[order] = mean[block]
    return shared


def _share(part: Floats, whole: Floats) -> Floats:
    share: Floats = np.full(len(whole), np.nan)
    return np.divide(part, whole, out=share, where=whole > 0)
