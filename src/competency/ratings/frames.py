"""Estimates as frames: ids beside numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.ratings.tilt import OPEN, ItemParameters

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints
    from competency.ratings.exact import ExactModel
    from competency.ratings.facet_model import FacetModel
    from competency.ratings.ratings import Ratings, Scale


def exact_frames(
    calibrated: ExactModel, ratings: Ratings, part: Ints
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return items and severities as frames.

    Parameters
    ----------
    calibrated : ExactModel
    ratings : Ratings
        For the ids of items and assessors.
    part : Ints, shape (n_assessors,)

    Returns
    -------
    items, severities : DataFrame
    """
    slope, steps = calibrated.blocks[:, :1], calibrated.blocks[:, 1:]
    items = pd.DataFrame({"item": ratings.scale.item_ids, "a": slope[:, 0]})
    for number, threshold in enumerate((-steps / slope).T, start=1):
        items[f"b_{number}"] = threshold
    variance = np.diag(calibrated.severity_cov)
    known = (variance > 0) | (len(part) == 1)  # one assessor: 0 by definition
    severities = pd.DataFrame(
        {
            "assessor": ratings.assessor_ids,
            "severity": calibrated.severity,
            "se": np.where(known, np.sqrt(np.maximum(variance, 0)), np.nan),
            "part": part,
        }
    )
    return items, severities


def facet_frames(
    model: FacetModel, ratings: Ratings, *, names: list[str], part: Ints
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.Series[float]]:
    """Return items, severities, correlation and spread of severities as frames.

    Parameters
    ----------
    model : FacetModel
    ratings : Ratings
        For the ids of items and assessors.
    names : list of str
        Of the traits.
    part : Ints, shape (n_assessors,)

    Returns
    -------
    tuple of DataFrame, DataFrame, DataFrame, Series
    """
    severities = pd.DataFrame(
        {
            "assessor": np.repeat(ratings.assessor_ids, len(names)),
            "item": np.tile(np.array(names, object), len(part)),
            "severity": model.severity.ravel(),
            "se": np.sqrt(model.severity_variance).ravel(),
            "part": np.repeat(part, len(names)),
        }
    )
    correlation = pd.DataFrame(model.spread.correlation, names, names)
    spread = pd.Series(np.sqrt(np.diag(model.spread.severity_cov)), names)
    return _items(ratings, model.items), severities, correlation, spread


def trait_frame(
    ratings: Ratings, mean: Floats, covariance: Floats, *, names: list[str]
) -> pd.DataFrame:
    """Return mean and standard deviation of every trait of every person.

    Parameters
    ----------
    ratings : Ratings
        For the ids of persons, and their order.
    mean : Floats, shape (n_people, n_traits)
    covariance : Floats, shape (n_people, n_traits, n_traits)
    names : list of str
        Of the traits.

    Returns
    -------
    DataFrame
        Columns person, item, eap, se.
    """
    order = ratings.order
    variance = np.einsum("pcc->pc", covariance)
    return pd.DataFrame(
        {
            "person": np.repeat(ratings.people[order], len(names)),
            "item": np.tile(np.array(names, object), len(order)),
            "eap": mean[order].ravel(),
            "se": np.sqrt(variance[order]).ravel(),
        }
    )


def rating_frame(chance: Floats, item: Ints, scale: Scale) -> pd.DataFrame:
    """Return one column ``p_<rating>`` for every rating that occurs.

    Parameters
    ----------
    chance : Floats, shape (n_rows, n_categories)
    item : Ints, shape (n_rows,)
    scale : Scale

    Returns
    -------
    DataFrame
    """
    frame = np.zeros((len(item), len(scale.ratings)))
    for number, values in enumerate(scale.values):
        mine = np.flatnonzero(item == number)
        column = np.searchsorted(scale.ratings, values)
        frame[mine[:, None], column] = chance[mine, : len(values)]
    return pd.DataFrame(frame, columns=[f"p_{value}" for value in scale.ratings])


def _items(ratings: Ratings, items: ItemParameters) -> pd.DataFrame:
    thresholds = np.where(items.steps > -OPEN, -items.steps / items.slopes[:, None], np.nan)
    frame = pd.DataFrame({"item": ratings.scale.item_ids, "a": items.slopes})
    for number, threshold in enumerate(thresholds.T, start=1):
        frame[f"b_{number}"] = threshold
    return frame
