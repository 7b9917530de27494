"""Standard errors of slopes and thresholds, from the observed information."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from competency.arrays import Floats
from competency.ratings.climb import observed_information
from competency.ratings.exact import PILOT_PEOPLE, ExactModel, problem_of
from competency.ratings.forms import design
from competency.ratings.ratings import Ratings

_MOST_PARAMETERS = 400
# Parameters up to which the information is observed; above, it is the approximation that the
# search climbs by, because each parameter costs a pass over the data.


def parameter_covariance(model: ExactModel, ratings: Ratings) -> Floats:
    """Return the sampling covariance of the parameters.

    Parameters
    ----------
    model : ExactModel
    ratings : Ratings
        Those it was calibrated on. Of many people (and no assessors) the information is that of
        a part of them, `PILOT_PEOPLE`, in proportion.

    Returns
    -------
    float64, shape (n_parameters, n_parameters)
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

    Parameters
    ----------
    model : ExactModel
    ratings : Ratings

    Returns
    -------
    slope : float64, shape (n_items,)
    threshold : float64, shape (n_items, widest - 1)
        NaN where an item has no such step, or the log-likelihood no peak.
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
