"""Ratings in, estimates out: the labelled shell around the calibration of one-trait models."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, get_args

import numpy as np
import pandas as pd

from competency.errors import ConfigError, EvidenceError, Finding, nearest_names
from competency.levels.facets.climb import TOLERANCE
from competency.levels.facets.exact import calibrate_exactly
from competency.levels.facets.forms import COMMON_SLOPE, TWO_CATEGORIES, Model
from competency.levels.facets.ratings import (
    Ratings,
    calibration_ratings,
    components,
    further_ratings,
)
from competency.levels.facets.rows import item_places, places, rating_frame
from competency.levels.facets.table import Columns, resolved

if TYPE_CHECKING:
    from competency.arrays import Ints
    from competency.levels.facets.exact import ExactModel

MODELS: tuple[Model, ...] = get_args(Model)
"""Names of the models."""


@dataclass(frozen=True, eq=False)
class RatingFit:
    """A calibrated model of ratings.

    Parameters
    ----------
    model : str
        One of `MODELS`.
    items : DataFrame
        One row per item: item, slope ``a`` and thresholds ``b_1, b_2, ...`` (the trait at which
        step k is even), with the trait standard normal. NaN: the item has no such step.
    severities : DataFrame
        One row per assessor: assessor, severity and its standard error in logits (they sum to
        0), and the part of the design it belongs to (0 is the largest).
    log_likelihood : float
        Marginal, at the estimates.
    remaining : float
        Log-likelihood still to be gained, as a Newton step promises it.
    converged : bool
        Whether `remaining` is below the tolerance.
    n_iter : int
        Evaluations of the log-likelihood.
    findings : tuple of Finding
        What was noticed in the ratings and their design.
    """

    model: Model
    items: pd.DataFrame
    severities: pd.DataFrame
    log_likelihood: float
    remaining: float
    converged: bool
    n_iter: int
    findings: tuple[Finding, ...]
    _columns: Columns = field(repr=False)
    _ratings: Ratings = field(repr=False)
    _calibrated: ExactModel = field(repr=False)

    @property
    def variance(self) -> float:
        """Variance of the trait in logits; NaN for models with a slope for each item."""
        return float(self.items["a"].iloc[0] ** 2) if self.model in COMMON_SLOPE else float("nan")

    def score(self, table: pd.DataFrame | None = None) -> pd.DataFrame:
        """Return posterior mean (EAP) and standard deviation of the trait of every person.

        Parameters
        ----------
        table : DataFrame, optional
            Other persons, in the form of the calibration table; default: those calibrated on.

        Returns
        -------
        DataFrame
            Columns person, eap, se. A person without ratings has the prior: 0 and 1.

        Raises
        ------
        EvidenceError
            The table cannot be read, or holds a rating that did not occur in calibration.
        """
        ratings = self._ratings
        if table is not None:
            ratings = further_ratings(table, self._columns, ratings.scale)
            ratings = _with_assessors(ratings, self._ratings)
        mean, sd = self._calibrated.moments(ratings)
        order = ratings.order
        frame = {"person": ratings.people[order], "eap": mean[order], "se": sd[order]}
        return pd.DataFrame(frame)

    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the probability of each rating for persons, items and assessors.

        Parameters
        ----------
        rows : DataFrame
            Columns person, item and, where severities were calibrated, assessor, as in the
            calibration. An unknown person has the prior, an unknown assessor severity 0.

        Returns
        -------
        DataFrame
            Columns ``p_<rating>`` for every rating that occurs, in the order of `rows`. The
            sampling error of severities is integrated out.

        Raises
        ------
        EvidenceError
            An item was not calibrated.
        """
        ratings, names = self._ratings, self._columns
        item = item_places(rows, names, ratings.scale)
        person = places(rows, names.person or "person", ratings.people)
        assessor = places(rows, names.assessor or "assessor", ratings.assessor_ids)
        chance = self._calibrated.predict(ratings, person, assessor, item)
        return rating_frame(chance, item, ratings.scale)


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
    tolerance: float = TOLERANCE,
    max_iter: int = 2000,
) -> RatingFit:
    """Return a model of ratings calibrated by marginal maximum likelihood.

    Parameters
    ----------
    table : DataFrame
        Long (columns person, item or criterion, rating, and perhaps assessor and frequency) or
        wide (one column of ratings for each item, one row for each person or pattern). Ratings
        are whole numbers from 0; an empty cell was not rated.
    model : {"rasch", "2pl", "grm", "pcm", "gpcm", "rsm"}
        Graded response, (generalised) partial credit, rating scale, and the models of two
        categories. Where assessors are named, each has a free severity: "rsm" is then the
        many-facet model item + assessor + step, "pcm" item by step + assessor.
    person, item, rating, assessor, frequency : str, optional
        Names of columns; default: the words themselves where they occur. `frequency` says how
        often a pattern was seen.
    items : tuple of str
        Columns of a wide table that hold ratings; default: all others.
    tolerance : float
        Log-likelihood that may be left to gain, above 0.
    max_iter : int
        Evaluations after which the search is given up, unconverged.

    Returns
    -------
    RatingFit

    Raises
    ------
    ConfigError
        There is no such model.
    EvidenceError
        The table cannot be used; with every problem.

    Notes
    -----
    Bock and Aitkin (1981) with parameter-expanded EM, then quasi-Newton and a Newton step that
    proves the maximum, on an equally spaced grid no coarser than the narrowest posterior. Cost
    is linear in distinct rows of ratings.

    Examples
    --------
    >>> table = pd.DataFrame({"easy": [0, 1, 1], "hard": [0, 0, 1], "frequency": [3, 9, 6]})
    >>> fit = fit_ratings(table, "rasch")
    >>> fit.converged, fit.items["item"].tolist()
    (True, ['easy', 'hard'])
    >>> fit_ratings(table, "raschh")
    Traceback (most recent call last):
    competency.errors.ConfigError: model: 1 problem
      'raschh' is not a model. Nearest: 'rasch'
    """
    if model not in MODELS:
        near = nearest_names(model, MODELS)
        raise ConfigError(
            "model", [Finding("unknown-model", f"{model!r} is not a model", nearest=near)]
        )
    chosen: Model = model
    columns = resolved(table, Columns(person, item, rating, assessor, frequency, items))
    ratings = calibration_ratings(
        table, columns, common_scale=chosen == "rsm", two_only=chosen in TWO_CATEGORIES
    )
    calibrated, summit = calibrate_exactly(
        ratings,
        chosen,
        severity=len(ratings.assessor_ids) > 0,
        tolerance=tolerance,
        max_iter=max_iter,
    )
    return RatingFit(
        chosen,
        _items(ratings, calibrated),
        _severities(ratings, calibrated),
        summit.at.log_likelihood,
        summit.remaining,
        summit.converged,
        summit.n_iter,
        ratings.findings,
        columns,
        ratings,
        calibrated,
    )


def _items(ratings: Ratings, calibrated: ExactModel) -> pd.DataFrame:
    slope, steps = calibrated.blocks[:, :1], calibrated.blocks[:, 1:]
    frame = pd.DataFrame({"item": ratings.scale.item_ids, "a": slope[:, 0]})
    for number, threshold in enumerate((-steps / slope).T, start=1):
        frame[f"b_{number}"] = threshold
    return frame


def _severities(ratings: Ratings, calibrated: ExactModel) -> pd.DataFrame:
    several = len(ratings.assessor_ids) > 1
    return pd.DataFrame(
        {
            "assessor": ratings.assessor_ids,
            "severity": calibrated.severity,
            "se": np.sqrt(np.diag(calibrated.severity_cov)),
            "part": components(ratings) if several else np.zeros(len(ratings.assessor_ids), int),
        }
    )


def _with_assessors(ratings: Ratings, calibrated: Ratings) -> Ratings:
    """Number the assessors of `ratings` as in the calibration; refuse those it does not know."""
    if len(calibrated.assessor_ids) < 2:
        return ratings
    number: Ints = pd.Index(calibrated.assessor_ids).get_indexer(pd.Index(ratings.assessor_ids))
    if (number < 0).any() or len(ratings.assessor_ids) == 0:
        message = f"{max(int((number < 0).sum()), 1)} assessors were not calibrated"
        hint = "calibrate with their ratings, or leave these out"
        raise EvidenceError("ratings", [Finding("unknown-assessor", message, hint=hint)])
    return replace(ratings, assessor_ids=calibrated.assessor_ids, assessor=number[ratings.assessor])
