"""Ranked lists as flat arrays: what is in each list, in which order, and how often scores tie."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from competency.arrays import Bools, Floats, Ints, frozen
from competency.errors import Finding, InputError


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

        Parameters
        ----------
        relevance, score : Floats, shape (n_lists, n_candidates) or (n_rows,)
            NaN relevance = the candidate does not exist in this list (not eligible).
        groups : array, shape (n_rows,), optional
            Label of the list of each row; lists are in the order of sorted labels.

        Returns
        -------
        RankedLists

        Raises
        ------
        InputError
            Shapes differ, a score is NaN, or a relevance is negative or infinite.

        Examples
        --------
        >>> RankedLists.of(np.array([[1.0, 0.0]]), np.array([[0.2, 0.3]])).position.tolist()
        [1, 0]
        >>> RankedLists.of(np.zeros((0, 3)), np.zeros((0, 3))).size
        0
        """
        truth, told = np.asarray(relevance, np.float64), np.asarray(score, np.float64)
        if truth.shape != told.shape or (groups is None and truth.ndim != 2):
            raise _problem("different-shapes", "relevance and score differ in shape")
        if groups is None:
            size, owner = len(truth), np.repeat(np.arange(len(truth)), truth.shape[1])
        else:
            labels, owner = np.unique(np.asarray(groups), return_inverse=True)
            size = len(labels)
        there = ~np.isnan(truth.ravel())
        flat, tall = truth.ravel()[there], told.ravel()[there]
        if np.isnan(tall).any():
            raise _problem("no-number", "a score is NaN; -inf says that it is not in the list")
        if (flat < 0).any() or np.isinf(flat).any():
            raise _problem("illegal-relevance", "relevance must be finite and not negative")
        return cls(frozen(flat), frozen(tall), frozen(owner.ravel()[there]), size)

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

        Parameters
        ----------
        values : Floats, shape (n_rows,)

        Returns
        -------
        float64, shape (size,)
        """
        totals: Floats = np.bincount(self.owner, values, self.size).astype(np.float64)
        return totals


def places(owner: Ints, size: int) -> Ints:
    """Return the place within its owner of rows that are sorted by owner.

    Parameters
    ----------
    owner : Ints, shape (n_rows,)
    size : int

    Returns
    -------
    int64, shape (n_rows,)

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
