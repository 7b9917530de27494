"""Ranked lists, and how good their order is: nDCG, recall, hits, average precision, and more.

Every measure returns one number for each list, NaN where a list holds nothing relevant: such a
list is undefined, not bad, and whoever averages says how many there were. Candidates are the full
list; there is no sampling of negatives, because metrics on a sample order rankers wrongly
(Krichene and Rendle 2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from competency.arrays import Bools, Floats, Ints, frozen
from competency.errors import Finding, InputError

Gain = Literal["linear", "exponential"]


@dataclass(frozen=True, eq=False)
class RankedLists:
    """Lists of candidates with a score and a relevance each.

    Parameters
    ----------
    relevance : float64, shape (n_rows,)
        Worth of each candidate, not negative; 0 = not relevant.
    score : float64, shape (n_rows,)
        Higher comes first; -inf = the ranker did not put it in the list.
    owner : int64, shape (n_rows,)
        Number of the list of each row, 0 to `size` - 1.
    size : int
        Number of lists; a list may be empty.
    """

    relevance: Floats
    score: Floats
    owner: Ints
    size: int

    @classmethod
    def of(cls, relevance: Floats, score: Floats, groups: Ints | None = None) -> RankedLists:
        """Return lists of a matrix (a row each), or of flat arrays with `groups`.

        `relevance`, `score` of shape (n_lists, n_candidates) or (n_rows,): NaN relevance = the
        candidate does not exist in this list (not eligible). `groups` of shape (n_rows,), optional:
        label of the list of each row; lists are in the order of sorted labels. Raises `InputError`:
        shapes differ, a score is NaN, or a relevance is negative or infinite.

        Examples
        --------
        >>> RankedLists.of(np.array([[1.0, 0.0]]), np.array([[0.2, 0.3]])).position.tolist()
        [1, 0]
        >>> RankedLists.of(np.zeros((0, 3)), np.zeros((0, 3))).size
        0
        """
        truth, scores = np.asarray(relevance, np.float64), np.asarray(score, np.float64)
        if truth.shape != scores.shape or (groups is None and truth.ndim != 2):
            raise _problem("different-shapes", "relevance and score differ in shape")
        if groups is None:
            size, owner = len(truth), np.repeat(np.arange(len(truth)), truth.shape[1])
        else:
            labels, owner = np.unique(np.asarray(groups), return_inverse=True)
            size = len(labels)
        there = ~np.isnan(truth.ravel())
        flat, flat_scores = truth.ravel()[there], scores.ravel()[there]
        if np.isnan(flat_scores).any():
            raise _problem("no-number", "a score is NaN; -inf says that it is not in the list")
        if (flat < 0).any() or np.isinf(flat).any():
            raise _problem("illegal-relevance", "relevance must be finite and not negative")
        return cls(frozen(flat), frozen(flat_scores), frozen(owner.ravel()[there]), size)

    @cached_property
    def order(self) -> Ints:
        """Rows list by list, best first; ties keep the order of the rows."""
        return np.lexsort((-self.score, self.owner))

    @cached_property
    def position(self) -> Ints:
        """Place of each row in its list, 0 = first; ties in the order of the rows."""
        place = np.empty(len(self.score), np.int64)
        place[self.order] = places(self.owner[self.order], self.size)
        return place

    @cached_property
    def listed(self) -> Bools:
        """Whether the ranker put the row in its list."""
        return self.score > -np.inf

    @cached_property
    def relevant(self) -> Floats:
        """Number of relevant candidates of each list, shape ``(size,)``."""
        return self.total((self.relevance > 0).astype(np.float64))

    def total(self, values: Floats) -> Floats:
        """Return the sum of a value of every row by list.

        `values` of shape (n_rows,). Returns float64 (size,).
        """
        totals: Floats = np.bincount(self.owner, values, self.size).astype(np.float64)
        return totals


def places(owner: Ints, size: int) -> Ints:
    """Return the place within its owner of rows that are sorted by owner.

    `owner` of shape (n_rows,). Returns int64 (n_rows,).

    Examples
    --------
    >>> places(np.array([0, 0, 2]), 3).tolist()
    [0, 1, 0]
    """
    first = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=size))])
    place: Ints = np.arange(len(owner)) - first[owner]
    return place


def _problem(code: str, message: str) -> InputError:
    return InputError("ranked lists", [Finding(code, message)])


def ndcg(lists: RankedLists, at: int | None = None, *, gain: Gain = "linear") -> Floats:
    """Return the normalised discounted cumulative gain of each list.

    ``sum over i < at of gain(relevance of place i) / log2(i + 2)``, by the same sum in the best
    order. Candidates with equal scores share the mean of their places' discounts (McSherry and
    Najork 2008), so that no order of rows is better than another.

    `at`: places that count, at least 1; None = all. `gain`: the relevance itself, or ``2 **
    relevance - 1``. Returns float64 (n_lists,): in [0, 1]; NaN where nothing is relevant.

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

    Returns float64 (n_lists,).

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

    Returns float64 (n_lists,).

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

    `at`: None = all places. Returns float64 (n_lists,).

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

    `at`: None = all places; 0 where none is in them. Returns float64 (n_lists,).

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
