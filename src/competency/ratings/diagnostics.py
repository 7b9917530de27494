"""Whether items, persons and assessors answer as a calibration says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.ratings.exact import cells_of, problem_of
from competency.ratings.information import parts_of, whole
from competency.ratings.item_errors import item_errors
from competency.ratings.residuals import group_fit, person_mean_squares

if TYPE_CHECKING:
    from competency.ratings.fit import RatingFit


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
