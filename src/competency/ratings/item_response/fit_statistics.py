"""Whether items, persons and assessors answer as a calibration says.

Mean squared residuals of ratings, averaged over where each person's trait may be.

A rating Y of category k, at the trait x, has the squared residual (k - E[Y|x])^2 and the variance
V(x) as its expectation. Both are averaged over the person's posterior:

- outfit: the mean of residual / variance: unexpected ratings far from a person's place weigh most;
- infit: the sum of residuals by the sum of variances: the most informative ratings weigh most.

A trait drawn from the posterior and the ratings that led to it have the same joint distribution
as the true trait and its ratings. So both are 1 in expectation when the model holds, which they
are not when a point estimate is put in for the trait. Above 1: more random than the model says;
below 1: less (Wright and Masters 1982 call .6 to 1.4 usual for ratings).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.ratings.item_response.calibrate import (
    PILOT_PEOPLE,
    ExactModel,
    cells_of,
    problem_of,
)
from competency.ratings.item_response.information import parts_of, whole
from competency.ratings.item_response.maximise import observed_information
from competency.ratings.item_response.models import design

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints
    from competency.ratings.categories import Ratings
    from competency.ratings.item_response.fit import RatingFit
    from competency.ratings.item_response.likelihood import MarginalProblem


_MOST_PARAMETERS = 400
# Parameters up to which the information is observed; above, it is the approximation that the
# search climbs by, because each parameter costs a pass over the data.


_FLOOR = 1e-300
# Smallest variance that is divided by.


def item_fit(fit: RatingFit) -> pd.DataFrame:
    """Return slope, thresholds, their standard errors and the fit of each item.

    Parameters
    ----------
    fit : RatingFit
        Of `fit_ratings`.

    Returns
    -------
    DataFrame
        One row per item: item, n (its ratings), a, se_a, b_1, se_b_1, b_2, .., and the mean
        squares infit and outfit: 1 when the model holds, above when ratings are more random
        than it says, below when less. NaN: the item has no such step, or the log-likelihood
        has no peak there, so that there is no standard error.

    Notes
    -----
    Standard errors are those of the observed information. It is found with as many passes over
    the data as there are parameters; with more than 4,000 people (and no assessors) over 4,000 of
    them, with more than 400 parameters by an approximation without passes. Mean squares are
    averaged over the posterior of each person's trait, not taken at a point estimate, which would
    make them too small. In models with a slope for each item, an item that is answered at random
    fits well, with a slope near 0.

    Examples
    --------
    >>> from competency.ratings import fit_ratings
    >>> table = pd.DataFrame({"easy": [0, 1, 1, 0], "hard": [0, 0, 1, 1], "n": [50, 60, 50, 20]})
    >>> found = item_fit(fit_ratings(table, "rasch", frequency="n"))
    >>> found.columns.tolist()
    ['item', 'n', 'a', 'se_a', 'b_1', 'se_b_1', 'infit', 'outfit']
    >>> found["n"].tolist()
    [180, 180]
    """
    ratings, model = parts_of(fit)
    slope, threshold = item_errors(model, ratings)
    items, _, _ = cells_of(model.layout, ratings)
    problem = problem_of(model.layout, ratings, model.n_nodes)
    squares = group_fit(problem, model.parameters, items, len(slope))
    frame = pd.DataFrame({"item": fit.items["item"], "n": whole(squares.n)})
    frame["a"], frame["se_a"] = fit.items["a"], slope
    for number, error in enumerate(threshold.T, start=1):
        frame[f"b_{number}"] = fit.items[f"b_{number}"]
        frame[f"se_b_{number}"] = error
    return frame.assign(infit=squares.infit, outfit=squares.outfit)


def person_fit(fit: RatingFit) -> pd.DataFrame:
    """Return how far the ratings of each person are from what the model expects of them.

    Parameters
    ----------
    fit : RatingFit
        Of `fit_ratings`.

    Returns
    -------
    DataFrame
        One row per person, in the order of ``fit.score()``: person, n (ratings), eap, se, and
        the mean squares infit and outfit (NaN without ratings). See `item_fit`.

    Notes
    -----
    A person has few ratings, so that mean squares of persons scatter widely: an outfit of 2 on
    four ratings says little.

    Examples
    --------
    >>> from competency.ratings import fit_ratings
    >>> table = pd.DataFrame({"easy": [0, 1, 1, 0], "hard": [0, 0, 1, 1], "n": [50, 60, 50, 20]})
    >>> person_fit(fit_ratings(table, "rasch", frequency="n"))["n"].tolist()
    [2, 2, 2, 2]
    """
    ratings, model = parts_of(fit)
    problem = problem_of(model.layout, ratings, model.n_nodes)
    squares = person_mean_squares(problem, model.parameters)
    frame, order = fit.score(), ratings.order
    frame.insert(1, "n", whole(squares.n[order]))
    return frame.assign(infit=squares.infit[order], outfit=squares.outfit[order])


def assessor_fit(fit: RatingFit) -> pd.DataFrame:
    """Return severity and fit of each assessor.

    Parameters
    ----------
    fit : RatingFit
        Of `fit_ratings`.

    Returns
    -------
    DataFrame
        One row per assessor: assessor, n (ratings given), severity, se, part, and the mean
        squares infit and outfit; see `item_fit`. No rows when the table named no assessors.

    Notes
    -----
    An infit far below 1 is that of an assessor who uses the middle of the scale, or gives a
    person one rating on all items (halo); far above 1, of one who rates at random.

    Examples
    --------
    >>> from competency.ratings import fit_ratings
    >>> table = pd.DataFrame({"easy": [0, 1, 1, 0], "hard": [0, 0, 1, 1], "n": [50, 60, 50, 20]})
    >>> len(assessor_fit(fit_ratings(table, "rasch", frequency="n")))
    0
    """
    ratings, model = parts_of(fit)
    n_assessors = len(ratings.assessor_ids)
    frame = fit.severities.copy()
    if n_assessors == 0:
        return frame.assign(infit=[], outfit=[]).assign(n=np.zeros(0, np.int64))[
            ["assessor", "n", "severity", "se", "part", "infit", "outfit"]
        ]
    _, assessors, _ = cells_of(model.layout, ratings)
    problem = problem_of(model.layout, ratings, model.n_nodes)
    squares = group_fit(problem, model.parameters, assessors, n_assessors)
    frame.insert(1, "n", whole(squares.n))
    return frame.assign(infit=squares.infit, outfit=squares.outfit)


def parameter_covariance(model: ExactModel, ratings: Ratings) -> Floats:
    """Return the sampling covariance of the parameters, from the ratings of the calibration.

    Of many people (and no assessors) the information is that of `PILOT_PEOPLE` of them, in
    proportion.
    """
    several = model.layout.n_assessors > 1
    part = ratings if several else ratings.part(PILOT_PEOPLE)
    problem = problem_of(model.layout, part, model.n_nodes)
    problem = replace(problem, patterns=replace(problem.patterns, single=False))
    at = problem.evaluate(model.parameters)
    if model.layout.size <= _MOST_PARAMETERS:
        information = observed_information(problem, model.parameters, at)
    else:
        information = at.curvature.approximate()
    share = float(part.frequency.sum() / ratings.frequency.sum())
    return np.asarray(np.linalg.pinv(information, hermitian=True) * share)


def item_errors(model: ExactModel, ratings: Ratings) -> tuple[Floats, Floats]:
    """Return the standard errors of slope and thresholds of each item, by the delta method.

    NaN where an item has no such threshold, or the log-likelihood no peak.
    """
    items = np.arange(len(model.layout.n_categories))
    matrix, _ = design(replace(model.layout, n_assessors=0), items, items)
    own = slice(None, model.layout.severity)
    covariance = matrix @ (matrix @ parameter_covariance(model, ratings)[own, own]).T
    width = model.layout.widest
    blocks = covariance.reshape(len(items), width, len(items), width)[items, :, items]
    slope, steps = model.blocks[:, 0], model.blocks[:, 1:]
    # b = -c / a, so that db = -(dc + b da) / a
    threshold = -steps / slope[:, None]
    step_variance = np.diagonal(blocks, axis1=1, axis2=2)[:, 1:]
    variance = step_variance + threshold**2 * blocks[:, :1, 0] + 2 * threshold * blocks[:, 0, 1:]
    return _root(blocks[:, 0, 0]), _root(variance) / np.abs(slope[:, None])


def _root(variance: Floats) -> Floats:
    """Square root; NaN where the information was not positive: there is no peak."""
    return np.sqrt(np.where(variance > 0, variance, np.nan))


@dataclass(frozen=True, eq=False)
class MeanSquares:
    """Fit of some ratings, and how many there are; NaN where there is none."""

    infit: Floats
    outfit: Floats
    n: Floats


def squared_residuals(probability: Floats) -> tuple[Floats, Floats]:
    """Return the squared residual of each category, and its expectation.

    From probabilities of shape ``(n_cells, n_categories, n_nodes)``; the expectation has one
    category.

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
    """Return the fit of groups of cells: of items, or of assessors; `group` numbers each cell."""
    probability = problem.probability(parameters)
    square, variance = squared_residuals(probability)
    patterns = replace(problem.patterns, single=False)
    found = patterns.expectation(problem.log_table(probability), problem.quadrature.log_weights)
    counts = found.counts.reshape(probability.shape)
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
    """Return the fit of each person."""
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
