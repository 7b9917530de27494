"""What a calibration says about its items, persons and assessors, and how well it measures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from competency.arrays import Floats
from competency.errors import ConfigError, Finding
from competency.levels.facets.exact import cells_of, problem_of
from competency.levels.facets.forms import FAMILY
from competency.levels.facets.item_errors import item_errors
from competency.levels.facets.kernels import category_probability, step_derivatives
from competency.levels.facets.residuals import group_fit, person_mean_squares

if TYPE_CHECKING:
    from competency.levels.facets.exact import ExactModel
    from competency.levels.facets.fit import RatingFit
    from competency.levels.facets.ratings import Ratings

TRAIT = np.linspace(-4, 4, 81)
"""Where information is given by default: a tenth of a standard deviation apart, and as far as one
person in 16,000 lies."""


def parts_of(fit: RatingFit) -> tuple[Ratings, ExactModel]:
    """Return the numbers behind a fit.

    Parameters
    ----------
    fit : RatingFit

    Returns
    -------
    ratings : Ratings
    model : ExactModel
    """
    return fit._ratings, fit._calibrated  # noqa: SLF001


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
    >>> from competency.levels.facets import fit_ratings
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
    frame = pd.DataFrame({"item": fit.items["item"], "n": _whole(squares.n)})
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
    >>> from competency.levels.facets import fit_ratings
    >>> table = pd.DataFrame({"easy": [0, 1, 1, 0], "hard": [0, 0, 1, 1], "n": [50, 60, 50, 20]})
    >>> person_fit(fit_ratings(table, "rasch", frequency="n"))["n"].tolist()
    [2, 2, 2, 2]
    """
    ratings, model = parts_of(fit)
    problem = problem_of(model.layout, ratings, model.n_nodes)
    squares = person_mean_squares(problem, model.parameters)
    frame, order = fit.score(), ratings.order
    frame.insert(1, "n", _whole(squares.n[order]))
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
    >>> from competency.levels.facets import fit_ratings
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
    frame.insert(1, "n", _whole(squares.n))
    return frame.assign(infit=squares.infit, outfit=squares.outfit)


def item_information(fit: RatingFit, *, trait: ArrayLike | None = None) -> pd.DataFrame:
    """Return what one rating of each item tells about the trait, by trait.

    The Fisher information ``sum_k P_k'(x)^2 / P_k(x)``; of a two-category item ``a^2 P (1 - P)``.

    Parameters
    ----------
    fit : RatingFit
        Of `fit_ratings`.
    trait : array_like of float, shape (n_traits,), optional
        In standard deviations; default: -4 to 4 by .1.

    Returns
    -------
    DataFrame
        One row per item and trait: item, trait, information (1 / standard deviations^2), and n,
        the ratings that the item was calibrated on.

    Raises
    ------
    ConfigError
        A trait is no finite number.

    Notes
    -----
    Where assessors have a severity, it is that of one of average severity.

    Examples
    --------
    >>> from competency.levels.facets import fit_ratings
    >>> table = pd.DataFrame({"easy": [0, 1, 1, 0], "hard": [0, 0, 1, 1], "n": [50, 60, 50, 20]})
    >>> len(item_information(fit_ratings(table, "rasch", frequency="n"), trait=[-1.0, 0.0, 1.0]))
    6
    >>> len(item_information(fit_ratings(table, "rasch", frequency="n"), trait=[]))
    0
    """
    ratings, _ = parts_of(fit)
    places, information = _information(fit, trait)
    n_items = len(information)
    return pd.DataFrame(
        {
            "item": np.repeat(fit.items["item"].to_numpy(), len(places)),
            "trait": np.tile(places, n_items),
            "information": information.ravel(),
            "n": np.repeat(_whole(ratings.counts().sum(1)), len(places)),
        }
    )


def total_information(fit: RatingFit, *, trait: ArrayLike | None = None) -> pd.DataFrame:
    """Return what one rating on every item tells about the trait, and its standard error.

    Parameters
    ----------
    fit : RatingFit
        Of `fit_ratings`.
    trait : array_like of float, shape (n_traits,), optional
        In standard deviations; default: -4 to 4 by .1.

    Returns
    -------
    DataFrame
        One row per trait: trait, information (the sum over items), se = information^-1/2, that
        of an estimate without prior, and n, the number of items.

    Raises
    ------
    ConfigError
        A trait is no finite number.

    Notes
    -----
    Where assessors have a severity, it is that of one of average severity. The standard error of
    ``fit.score()`` is smaller, about (information + 1)^-1/2, because it knows the population.

    Examples
    --------
    >>> from competency.levels.facets import fit_ratings
    >>> table = pd.DataFrame({"easy": [0, 1, 1, 0], "hard": [0, 0, 1, 1], "n": [50, 60, 50, 20]})
    >>> total_information(fit_ratings(table, "rasch", frequency="n"), trait=[0.0])["n"].tolist()
    [2]
    >>> len(total_information(fit_ratings(table, "rasch", frequency="n"), trait=[]))
    0
    """
    places, information = _information(fit, trait)
    total = information.sum(0)
    with np.errstate(divide="ignore"):
        error = 1 / np.sqrt(total)
    frame = {"trait": places, "information": total, "se": error, "n": len(information)}
    return pd.DataFrame(frame)


def reliability(fit: RatingFit) -> pd.DataFrame:
    """Return the share of the variance of estimated traits that is that of true traits.

    Parameters
    ----------
    fit : RatingFit
        Of `fit_ratings`.

    Returns
    -------
    DataFrame
        One row: marginal = 1 - mean posterior variance (the trait has variance 1), empirical =
        variance of the posterior means / (that + mean posterior variance), and n, the persons
        with at least one rating, who alone count. NaN when there is none.

    Notes
    -----
    Both estimate the squared correlation of posterior means with true traits. They differ when
    the traits of these persons are not standard normal.

    Examples
    --------
    >>> from competency.levels.facets import fit_ratings
    >>> table = pd.DataFrame({"easy": [0, 1, 1, 0], "hard": [0, 0, 1, 1], "n": [50, 60, 50, 20]})
    >>> found = reliability(fit_ratings(table, "rasch", frequency="n")).iloc[0]
    >>> bool(0 < found["marginal"] < 1), int(found["n"])
    (True, 180)
    """
    ratings, model = parts_of(fit)
    mean, sd = model.moments(ratings)
    weight = ratings.frequency * (np.bincount(ratings.person, minlength=len(mean)) > 0)
    if weight.sum() == 0:
        return pd.DataFrame({"marginal": [np.nan], "empirical": [np.nan], "n": [0]})
    middle, unsure = np.average(mean, weights=weight), np.average(sd**2, weights=weight)
    spread = np.average((mean - middle) ** 2, weights=weight)
    share = {"marginal": [1 - unsure], "empirical": [spread / (spread + unsure)]}
    return pd.DataFrame({**share, "n": _whole(weight.sum(keepdims=True))})


def item_probability(fit: RatingFit, trait: Floats) -> Floats:
    """Return the probability of each category of each item, rated with average severity.

    Parameters
    ----------
    fit : RatingFit
    trait : Floats, shape (n_traits,)

    Returns
    -------
    float64, shape (n_items, n_categories, n_traits)
        0 for categories that an item does not have.
    """
    _, model = parts_of(fit)
    blocks = np.where(np.isnan(model.blocks), -np.inf, model.blocks)
    eta = blocks[:, :1, None] * trait + np.maximum(blocks[:, 1:, None], -1e3)
    return category_probability(eta, FAMILY[fit.model])


def _information(fit: RatingFit, trait: ArrayLike | None) -> tuple[Floats, Floats]:
    places = np.atleast_1d(np.asarray(TRAIT if trait is None else trait, np.float64))
    if places.ndim != 1 or not np.isfinite(places).all():
        message = "trait is no list of finite numbers"
        raise ConfigError("trait", [Finding("bad-trait", message, hint="usual: -4 to 4")])
    _, model = parts_of(fit)
    chance = item_probability(fit, places)
    _, steps = step_derivatives(chance, chance, FAMILY[fit.model])
    slope: Floats = model.blocks[:, :1]
    return places, np.asarray(slope**2 * steps.sum((1, 2)))


def _whole(counts: Floats) -> Floats:
    """Counts as whole numbers, unless frequencies are not whole."""
    return counts.astype(np.int64) if (counts == np.floor(counts)).all() else counts
