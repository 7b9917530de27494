"""Fits of ratings with any model: calibrated from a table, or loaded from a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args

import numpy as np
import pandas as pd

from competency.errors import ConfigError, Finding, nearest_names
from competency.ratings.categories import Ratings
from competency.ratings.item_response.fit import RatingFit, exact_frames, fitted_one_trait
from competency.ratings.item_response.maximise import TOLERANCE
from competency.ratings.item_response.models import Model
from competency.ratings.many_facet.fit import (
    DISTANCE,
    MOST_ROUNDS,
    FacetRatingFit,
    facet_frames,
    fitted_facets,
)
from competency.ratings.store import (
    SavedFacets,
    facet_model,
    one_trait_model,
    read_rating_fit,
)
from competency.ratings.table import Columns

AnyModel = Model | Literal["facets"]
MODELS: tuple[AnyModel, ...] = (*get_args(Model), "facets")
"""Names of the models."""

_SPELLINGS: dict[str, AnyModel] = {"1pl": "rasch", "mfrm": "rsm"}
# Other usual names; the many-facet Rasch model of the textbooks is item + assessor + step.
_MOST_EVALUATIONS = 2000


def fit_ratings(
    table: pd.DataFrame,
    model: str = "grm",
    *,
    person: str | None = None,
    item: str | None = None,
    rating: str | None = None,
    assessor: str | None = None,
    frequency: str | None = None,
    items: tuple[str, ...] = (),
    tolerance: float | None = None,
    max_iter: int | None = None,
) -> RatingFit | FacetRatingFit:
    """Return a calibrated model of ratings: items, severities, log-likelihood, and what it knows.

    Parameters
    ----------
    table : DataFrame
        Long (columns person, item or criterion, rating, and perhaps assessor and frequency) or
        wide (one column of ratings for each item, one row for each person or pattern). Ratings
        are whole numbers from 0; an empty cell was not rated.
    model : {"rasch", "2pl", "grm", "pcm", "gpcm", "rsm", "facets"}
        Graded response, (generalised) partial credit, rating scale, and the models of two
        categories: one trait, marginal maximum likelihood. Where assessors are named, each has
        a free severity: "rsm" (also "mfrm") is then the many-facet model item + assessor + step,
        "pcm" item by step + assessor. "facets" is the model of :func:`fit_facets`: a trait for
        each item, correlated, with halo and severities that are shrunk. In capitals or not.
    person, item, rating, assessor, frequency : str, optional
        Names of columns; default: the words themselves where they occur. `frequency` says how
        often a pattern, or a person with all ratings, was observed; not with "facets".
    items : tuple of str
        Columns of a wide table that hold ratings; default: all others.
    tolerance : float, optional
        Log-likelihood that may be left to gain, above 0; default 1e-8. With "facets" the
        distance of any parameter to the fixed point; default 1e-3.
    max_iter : int, optional
        Evaluations, with "facets" rounds, after which the search is given up, unconverged;
        default 2000 and 500.

    Returns
    -------
    RatingFit or FacetRatingFit
        The latter for "facets". Both have model, items, severities, log_likelihood, converged,
        n_iter, findings, score(), predict() and save().

    Raises
    ------
    ConfigError
        There is no such model, or a limit of the search is not positive.
    EvidenceError
        The table cannot be used; with every problem.

    See Also
    --------
    fit_facets : The model "facets" with its choices.
    load_rating_fit : A fit that was saved.

    Notes
    -----
    Bock and Aitkin (1981) with parameter-expanded EM, then quasi-Newton and a Newton step that
    proves the maximum, on an equally spaced grid no coarser than the narrowest posterior. Cost
    is linear in distinct rows of ratings, and cubic in assessors with a free severity: more than
    2,000 of those are refused.

    Examples
    --------
    >>> table = pd.DataFrame({"easy": [0, 1, 1], "hard": [0, 0, 1], "frequency": [3, 9, 6]})
    >>> fit = fit_ratings(table, "Rasch")
    >>> fit.model, fit.converged, fit.items["item"].tolist()
    ('rasch', True, ['easy', 'hard'])
    >>> fit_ratings(table, "raschh")
    Traceback (most recent call last):
    competency.errors.ConfigError: model: 1 problem
      'raschh' is not a model. Nearest: 'rasch'
    """
    name = _named(model)
    columns = Columns(person, item, rating, assessor, frequency, items)
    if name == "facets":
        limits = _limits(tolerance, max_iter, (DISTANCE, MOST_ROUNDS))
        return fitted_facets(table, columns, limits)
    limits = _limits(tolerance, max_iter, (TOLERANCE, _MOST_EVALUATIONS))
    return fitted_one_trait(table, columns, name, tolerance=limits[0], max_iter=limits[1])


def _named(model: str) -> AnyModel:
    written = model.strip().casefold()
    names: dict[str, AnyModel] = {name: name for name in MODELS}
    names |= _SPELLINGS
    if written not in names:
        near = nearest_names(model, names)
        hint = "" if near else f"one of {', '.join(MODELS)}"
        message = f"{model!r} is not a model"
        raise ConfigError("model", [Finding("unknown-model", message, nearest=near, hint=hint)])
    return names[written]


def _limits(
    tolerance: float | None, max_iter: int | None, default: tuple[float, int]
) -> tuple[float, int]:
    limits = (
        default[0] if tolerance is None else tolerance,
        default[1] if max_iter is None else max_iter,
    )
    findings = [
        Finding("illegal-setting", f"{name} is {value}, not above 0")
        for name, value in zip(("tolerance", "max_iter"), limits, strict=True)
        if not value > 0
    ]
    if findings:
        raise ConfigError("limits", findings)
    return limits


def load_rating_fit(path: str | Path) -> RatingFit | FacetRatingFit:
    """Return the fit of ratings of a folder, or of the folder ``ratings`` inside it.

    Parameters
    ----------
    path : str or Path
        What ``fit.save`` wrote.

    Returns
    -------
    RatingFit or FacetRatingFit
        Without persons: give ``score`` a table. Without findings.

    Raises
    ------
    ModelFileError
        The folder or a file of it is missing, damaged, changed since it was written, too new, of
        a kind that is never opened, or holds numbers that are no such model.
    """
    saved, who, contents = read_rating_fit(Path(path))
    part = np.array(who.part, np.int64)
    columns = Columns(**saved.columns.model_dump())
    ratings = Ratings.nobody(saved.scale, np.array(who.assessor, object))
    if isinstance(saved, SavedFacets):
        facets = facet_model(saved, len(part), contents)
        traits = [""] if saved.one_trait else list(saved.items)
        return FacetRatingFit(
            "facets",
            *facet_frames(facets, ratings, names=traits, part=part),
            saved.halo_sd,
            saved.log_likelihood,
            saved.converged,
            saved.n_iter,
            (),
            columns,
            ratings,
            facets,
        )
    known = one_trait_model(saved, len(part), contents)
    return RatingFit(
        saved.model,
        *exact_frames(known, ratings, part),
        saved.log_likelihood,
        float("inf") if saved.remaining is None else saved.remaining,
        saved.converged,
        saved.n_iter,
        (),
        columns,
        ratings,
        known,
    )
