"""Ratings in, estimates out: the labelled shell around the calibration of one-trait models."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.errors import EvidenceError, Finding
from competency.ratings.categories import Ratings, calibration_ratings, further_ratings
from competency.ratings.design import components
from competency.ratings.item_response.calibrate import MOST_SEVERITIES, calibrate_exactly
from competency.ratings.item_response.models import COMMON_SLOPE, TWO_CATEGORIES, Model
from competency.ratings.labels import item_frame, item_places, no_persons, places, rating_frame
from competency.ratings.store import save_rating_fit
from competency.ratings.table import Columns, as_frame, resolved
from competency.threads import one_thread

if TYPE_CHECKING:
    from pathlib import Path

    from competency.arrays import Ints
    from competency.ratings.item_response.calibrate import ExactModel


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
        0; NaN where the ratings do not determine it), and the part of the design it belongs to
        (0 is the largest).
    log_likelihood : float
        Marginal, at the estimates.
    remaining : float
        Log-likelihood still to be gained, as a Newton step promises it.
    converged : bool
        Whether `remaining` is below the tolerance.
    n_iter : int
        Evaluations of the log-likelihood.
    findings : tuple of Finding
        Remarks on the ratings and their design; empty after loading.
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

    @one_thread()
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
        ConfigError
            There is no table and the fit was loaded: it holds no persons.
        EvidenceError
            The table cannot be read, or holds a rating or, where severities were calibrated, an
            assessor that did not occur in calibration.
        """
        ratings = self._ratings
        if table is not None:
            ratings = further_ratings(table, self._columns, ratings.scale)
            ratings = _with_assessors(ratings, self._ratings)
        elif len(ratings.people) == 0:
            raise no_persons()
        mean, sd = self._calibrated.moments(ratings)
        order = ratings.order
        frame = {"person": ratings.people[order], "eap": mean[order], "se": sd[order]}
        return pd.DataFrame(frame)

    @one_thread()
    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the probability of each rating for persons, items and assessors.

        Parameters
        ----------
        rows : DataFrame
            Columns person, item and, where severities were calibrated, assessor, as in the
            calibration. An unknown person has the prior, an unknown assessor severity 0; a fit
            that was loaded knows no person.

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
        rows, ratings, names = as_frame(rows), self._ratings, self._columns
        item = item_places(rows, names, ratings.scale)
        person = places(rows, names.person or "person", ratings.people)
        assessor = places(rows, names.assessor or "assessor", ratings.assessor_ids)
        if len(ratings.people) == 0:
            ratings = replace(ratings, people=np.array([""], object), frequency=np.ones(1))
        chance = self._calibrated.predict(ratings, person, assessor, item)
        return rating_frame(chance, item, ratings.scale)

    def save(self, path: str | Path) -> Path:
        """Write the fit to the folder `path`, whole or not at all, and return the folder.

        A fit that is there is replaced; :func:`load_rating_fit` reads it. Persons are not stored;
        assessors are, by name, with their severities.
        """
        return save_rating_fit(self, path)


@one_thread()
def fitted_one_trait(
    table: pd.DataFrame, columns: Columns, model: Model, *, tolerance: float, max_iter: int
) -> RatingFit:
    """Return the calibrated one-trait model of a table; see :func:`fit_ratings`."""
    columns = resolved(table, columns)
    ratings = calibration_ratings(
        table, columns, common_scale=model == "rsm", two_only=model in TWO_CATEGORIES
    )
    _refuse_many(len(ratings.assessor_ids))
    calibrated, maximum = calibrate_exactly(
        ratings.rated(),
        model,
        severity=len(ratings.assessor_ids) > 0,
        tolerance=tolerance,
        max_iter=max_iter,
    )
    calibrated, unknown = known_variances(calibrated)
    return RatingFit(
        model,
        *exact_frames(calibrated, ratings, components(ratings)),
        maximum.at.log_likelihood,
        maximum.remaining,
        maximum.converged,
        maximum.n_iter,
        (*ratings.findings, *unknown),
        columns,
        ratings,
        calibrated,
    )


def known_variances(calibrated: ExactModel) -> tuple[ExactModel, list[Finding]]:
    """Take severities whose variance came out negative as known exactly, and say so."""
    variance = np.diag(calibrated.severity_cov)
    if (variance >= 0).all():
        return calibrated, []
    legal = np.where(variance >= 0, 1.0, 0.0)
    covariance = calibrated.severity_cov * np.outer(legal, legal)
    message = f"{int((variance < 0).sum())} severities have no standard error"
    hint = "the ratings hardly determine them: let the assessors rate more of the same persons"
    finding = Finding("no-standard-error", message, "warning", hint=hint)
    return replace(calibrated, severity_cov=covariance), [finding]


def _refuse_many(n_assessors: int) -> None:
    if n_assessors > MOST_SEVERITIES:
        message = (
            f"{n_assessors} assessors with a free severity each; {MOST_SEVERITIES} are possible"
        )
        hint = "use model='facets': its severities are shrunk and its cost is linear in ratings"
        raise EvidenceError("ratings", [Finding("too-many-severities", message, hint=hint)])


def _with_assessors(ratings: Ratings, calibrated: Ratings) -> Ratings:
    """Number the assessors of `ratings` as in the calibration; refuse those it does not know."""
    if len(calibrated.assessor_ids) < 2 or ratings.n_rated == 0:
        return ratings
    number: Ints = pd.Index(calibrated.assessor_ids).get_indexer(pd.Index(ratings.assessor_ids))
    if (number < 0).any() or len(number) == 0:
        message = f"{int((number < 0).sum())} assessors were not calibrated"
        message = message if len(number) else "the table names no assessors"
        hint = "calibrate with their ratings, or leave these out"
        raise EvidenceError("ratings", [Finding("unknown-assessor", message, hint=hint)])
    return replace(ratings, assessor_ids=calibrated.assessor_ids, assessor=number[ratings.assessor])


def exact_frames(
    calibrated: ExactModel, ratings: Ratings, part: Ints
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return items and severities as frames; `part` is the part of the design of each assessor."""
    slope, steps = calibrated.blocks[:, :1], calibrated.blocks[:, 1:]
    items = item_frame(ratings.scale, slope[:, 0], -steps / slope)
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
