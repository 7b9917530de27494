"""The information of items at each trait, and the reliability of a calibration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from competency.arrays import Floats
from competency.errors import ConfigError, Finding
from competency.ratings.item_response.likelihood import category_probability, step_derivatives
from competency.ratings.item_response.models import FAMILY

if TYPE_CHECKING:
    from competency.ratings.categories import Ratings
    from competency.ratings.item_response.calibrate import ExactModel
    from competency.ratings.item_response.fit import RatingFit


TRAIT = np.linspace(-4, 4, 81)
"""Where information is given by default: a tenth of a standard deviation apart, and as far as one
person in 16,000 lies."""


def item_information(fit: RatingFit, *, trait: ArrayLike | None = None) -> pd.DataFrame:
    """Return the information of one rating of each item about the trait, by trait.

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
    >>> from competency.ratings import fit_ratings
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
            "n": np.repeat(whole(ratings.counts().sum(1)), len(places)),
        }
    )


def total_information(fit: RatingFit, *, trait: ArrayLike | None = None) -> pd.DataFrame:
    """Return the information of one rating on every item, and its standard error, by trait.

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
    >>> from competency.ratings import fit_ratings
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
    >>> from competency.ratings import fit_ratings
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
    return pd.DataFrame({**share, "n": whole(weight.sum(keepdims=True))})


def item_probability(fit: RatingFit, trait: Floats) -> Floats:
    """Return the probability of each category of each item, rated with average severity.

    Shape ``(n_items, n_categories, n_traits)``; 0 for categories that an item does not have.
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


def parts_of(fit: RatingFit) -> tuple[Ratings, ExactModel]:
    """Return the numbers behind a fit."""
    return fit._ratings, fit._calibrated  # noqa: SLF001


def whole(counts: Floats) -> Floats:
    """Counts as whole numbers, unless frequencies are not whole."""
    return counts.astype(np.int64) if (counts == np.floor(counts)).all() else counts
