"""Probabilities of categories, and their derivatives, for the two families of ordinal models.

With linear predictors ``eta[k]``, one for each step k = 1..K-1:

- graded (graded response, two-parameter logistic): ``P(Y >= k) = sigmoid(eta[k])``;
- adjacent (partial credit and its kin): ``P(Y = k)`` proportional to ``exp(eta[1] + .. + eta[k])``.

A step of `CLOSED` shuts its category, so that items with fewer categories share one array.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.special import expit

from competency.arrays import Floats

Family = Literal["graded", "adjacent"]

CLOSED = -1e3
"""Linear predictor of a step that is never taken: exp(-1000) is 0 in double precision."""

_FLOOR = 1e-300
# Smallest probability that is divided by: keeps 0/0 of closed categories at 0.


def category_probability(eta: Floats, family: Family) -> Floats:
    """Return the probability of each category.

    Parameters
    ----------
    eta : Floats, shape (n_cells, n_categories - 1, n_nodes)
        Linear predictors; in the graded family they fall with k.
    family : {"graded", "adjacent"}

    Returns
    -------
    float64, shape (n_cells, n_categories, n_nodes)
        Sums to 1 over categories. In the graded family a category is negative where the
        predictors do not fall.

    Examples
    --------
    >>> eta = np.log([[[2.0], [0.5]]])
    >>> category_probability(eta, "graded").ravel().round(4).tolist()
    [0.3333, 0.3333, 0.3333]
    >>> category_probability(eta, "adjacent").ravel().round(4).tolist()
    [0.25, 0.5, 0.25]
    """
    ends = np.zeros_like(eta[:, :1])
    if family == "graded":
        tail = np.concatenate([ends + 1, expit(eta), ends], 1)
        return np.asarray(tail[:, :-1] - tail[:, 1:])
    weight = np.concatenate([ends, np.cumsum(eta, 1)], 1)
    weight = np.exp(weight - weight.max(1, keepdims=True))
    return np.asarray(weight / weight.sum(1, keepdims=True))


def step_derivatives(probability: Floats, counts: Floats, family: Family) -> tuple[Floats, Floats]:
    """Return gradient and Fisher information of ``sum counts log P`` in the predictors.

    Parameters
    ----------
    probability : Floats, shape (n_cells, n_categories, n_nodes)
        From :func:`category_probability`.
    counts : Floats, same shape
        Expected number of ratings in each category at each node.
    family : {"graded", "adjacent"}

    Returns
    -------
    score : float64, shape (n_cells, n_categories - 1, n_nodes)
    information : float64, shape (n_cells, n_categories - 1, n_categories - 1, n_nodes)

    Examples
    --------
    One rating in the upper of two categories, each of probability one half:

    >>> score, information = step_derivatives(
    ...     np.full((1, 2, 1), 0.5), np.array([[[0.0], [1.0]]]), "graded")
    >>> score.ravel().tolist(), information.ravel().tolist()
    ([0.5], [0.25])
    """
    tail = np.cumsum(probability[:, ::-1], 1)[:, -2::-1]  # P(Y >= k), k = 1..K-1
    total = counts.sum(1)
    if family == "adjacent":
        seen = np.cumsum(counts[:, ::-1], 1)[:, -2::-1]
        both = tail[:, np.maximum.outer(np.arange(tail.shape[1]), np.arange(tail.shape[1]))]
        information = both - tail[:, :, None] * tail[:, None]
        return seen - tail * total[:, None], information * total[:, None, None]
    slope = tail * (1 - tail)
    inverse = 1 / np.maximum(probability, _FLOOR)
    ratio = counts * inverse
    score = (ratio[:, 1:] - ratio[:, :-1]) * slope
    information = np.zeros((*tail.shape[:2], *tail.shape[1:]))
    step = np.arange(tail.shape[1])
    information[:, step, step] = slope**2 * (inverse[:, 1:] + inverse[:, :-1])
    beside = -slope[:, 1:] * slope[:, :-1] * inverse[:, 1:-1]
    information[:, step[1:], step[:-1]] = information[:, step[:-1], step[1:]] = beside
    return score, information * total[:, None, None]
