"""Mean squared residuals of ratings, averaged over where each person's trait may be.

A rating Y of category k, at the trait x, has the squared residual (k - E[Y|x])^2 and the variance
V(x) as its expectation. Both are averaged over the person's posterior:

- outfit: the mean of residual / variance: unexpected ratings far from a person's place weigh most;
- infit: the sum of residuals by the sum of variances: ratings that tell most weigh most.

A trait drawn from the posterior and the ratings that led to it have the same joint distribution
as the true trait and its ratings. So both are 1 in expectation when the model holds, which they
are not when a point estimate is put in for the trait. Above 1: more random than the model says;
below 1: less (Wright and Masters 1982 call .6 to 1.4 usual for ratings).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from competency.arrays import Floats, Ints
from competency.ratings.marginal import MarginalProblem

_FLOOR = 1e-300
# Smallest variance that is divided by.


@dataclass(frozen=True, eq=False)
class MeanSquares:
    """Fit of some ratings.

    Parameters
    ----------
    infit, outfit : float64, shape (n,)
        NaN where there is no rating.
    n : float64, shape (n,)
        Ratings behind them.
    """

    infit: Floats
    outfit: Floats
    n: Floats


def squared_residuals(probability: Floats) -> tuple[Floats, Floats]:
    """Return the squared residual of each category, and its expectation.

    Parameters
    ----------
    probability : Floats, shape (n_cells, n_categories, n_nodes)

    Returns
    -------
    square : float64, shape (n_cells, n_categories, n_nodes)
    variance : float64, shape (n_cells, 1, n_nodes)

    Examples
    --------
    >>> square, variance = squared_residuals(np.array([[[0.8], [0.2]]]))
    >>> square.round(2).ravel().tolist(), variance.round(2).ravel().tolist()
    ([0.04, 0.64], [0.16])
    """
    category = np.arange(probability.shape[1])[:, None]
    square = (category - (probability * category).sum(1, keepdims=True)) ** 2
    return square, (probability * square).sum(1, keepdims=True)


def group_fit(
    problem: MarginalProblem, parameters: Floats, group: Ints, n_groups: int
) -> MeanSquares:
    """Return the fit of groups of cells: of items, or of assessors.

    Parameters
    ----------
    problem : MarginalProblem
    parameters : Floats, shape (n_parameters,)
    group : Ints, shape (n_cells,)
    n_groups : int

    Returns
    -------
    MeanSquares
        One of each group.
    """
    probability = problem.probability(parameters)
    square, variance = squared_residuals(probability)
    patterns = replace(problem.patterns, single=False)
    seen = patterns.expectation(problem.log_table(probability), problem.quadrature.log_weights)
    counts = seen.counts.reshape(probability.shape)
    given = (patterns.rows.T @ patterns.weight).reshape(len(group), -1)
    sums = [
        np.bincount(group, value, n_groups).astype(np.float64)
        for value in (
            (counts * square).sum((1, 2)),
            (counts * variance).sum((1, 2)),
            (counts * square / np.maximum(variance, _FLOOR)).sum((1, 2)),
            given.sum(1),
        )
    ]
    return _mean_squares(np.stack(sums))


def person_mean_squares(problem: MarginalProblem, parameters: Floats) -> MeanSquares:
    """Return the fit of persons.

    Parameters
    ----------
    problem : MarginalProblem
    parameters : Floats, shape (n_parameters,)

    Returns
    -------
    MeanSquares
        One of each person.
    """
    probability = problem.probability(parameters)
    square, variance = squared_residuals(probability)
    values = np.stack(
        [
            np.broadcast_to(value, probability.shape).reshape(-1, probability.shape[2])
            for value in (square, variance, square / np.maximum(variance, _FLOOR))
        ]
    )
    patterns = replace(problem.patterns, single=False)
    log_table = problem.log_table(probability)
    sums = patterns.averages(log_table, problem.quadrature.log_weights, values)
    given = np.asarray(patterns.rows.sum(1), np.float64)
    return _mean_squares(np.concatenate([sums, given[None]])[:, patterns.of_person])


def _mean_squares(sums: Floats) -> MeanSquares:
    """Mean squares from sums of residuals, variances, their ratios, and ratings."""
    residual, variance, ratio, n = sums
    there = n > 0
    infit = np.divide(residual, variance, out=np.full(len(n), np.nan), where=there)
    outfit = np.divide(ratio, n, out=np.full(len(n), np.nan), where=there)
    return MeanSquares(infit, outfit, n)
