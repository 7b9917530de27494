"""A calibrated facet model with the names of its persons, items and assessors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from competency.errors import EvidenceError, Finding
from competency.ratings.categories import Ratings, calibration_ratings, further_ratings
from competency.ratings.design import components
from competency.ratings.labels import item_frame, item_places, no_persons, places, rating_frame
from competency.ratings.many_facet.calibrate import FacetFit, calibrate
from competency.ratings.many_facet.meetings import MeetingRatings, starting_items
from competency.ratings.many_facet.model import FacetModel
from competency.ratings.many_facet.state import starting_state
from competency.ratings.ordinal import OPEN
from competency.ratings.store import save_rating_fit
from competency.ratings.table import Columns, as_frame, resolved
from competency.threads import one_thread

if TYPE_CHECKING:
    from pathlib import Path

    from competency.arrays import Floats, Ints

DISTANCE, MOST_ROUNDS = 1e-3, 500
"""Distance to the fixed point, in trait standard deviations, and rounds at which a search ends."""

_LARGEST = 4e7
# Meetings times traits squared: elements of each of some 25 arrays (measured), 8 GB in all.


@dataclass(frozen=True, eq=False)
class FacetRatingFit:
    """A calibrated model of ratings by assessors who differ.

    Parameters
    ----------
    model : {"facets"}
    items : DataFrame
        One row per item: item, slope ``a``, thresholds ``b_1, b_2, ...``; its trait has mean 0
        and variance 1 over persons.
    severities : DataFrame
        One row per assessor and trait: assessor, item (blank for one common trait), severity and
        its standard error in trait standard deviations, and the part of the design.
    correlation : DataFrame
        Of the traits over persons, with halo taken out.
    severity_sd : Series
        Standard deviation of severities, by trait.
    halo_sd : float
        Standard deviation of what one assessor adds to all of one person's traits.
    log_likelihood : float
        As expectation propagation approximates it.
    converged : bool
        Whether the distance of every parameter to the fixed point is below the tolerance; a small
        last step alone does not say so.
    n_iter : int
        Rounds.
    findings : tuple of Finding
        Remarks on the ratings and their design; empty after loading.
    """

    model: Literal["facets"]
    items: pd.DataFrame
    severities: pd.DataFrame
    correlation: pd.DataFrame
    severity_sd: pd.Series[float]
    halo_sd: float
    log_likelihood: float
    converged: bool
    n_iter: int
    findings: tuple[Finding, ...]
    _columns: Columns = field(repr=False)
    _ratings: Ratings = field(repr=False)
    _model: FacetModel = field(repr=False)
    _data: MeetingRatings | None = field(repr=False, default=None)
    _fit: FacetFit | None = field(repr=False, default=None)

    @one_thread()
    def score(self, table: pd.DataFrame | None = None) -> pd.DataFrame:
        """Return posterior mean and standard deviation of persons' traits.

        Parameters
        ----------
        table : DataFrame, optional
            Other persons, in the form of the calibration table, each scored alone: parameters and
            beliefs about severities stay as calibrated, and an assessor who was not calibrated
            has the prior. Default: the persons calibrated on.

        Returns
        -------
        DataFrame
            Columns person, item (blank for one common trait), eap, se. The uncertainty of
            severities and halo is in the standard deviation. A person without ratings has the
            prior: 0 and 1.

        Raises
        ------
        ConfigError
            There is no table and the fit was loaded: it holds no persons.
        EvidenceError
            The table cannot be read, or holds a rating that did not occur in calibration.

        Notes
        -----
        The table of the calibration, given as one of other persons, comes out a little surer
        than without a table: what it says about severities then counts twice.
        """
        if table is not None:
            ratings = further_ratings(table, self._columns, self._ratings.scale)
            moments = self._model.persons(ratings, self._who(ratings))
        elif self._fit is not None:
            ratings = self._ratings
            moments = self._model.with_prior(self._fit.beliefs.met.persons, len(ratings.people))
        else:
            raise no_persons()
        return trait_frame(ratings, *moments, names=list(self.correlation.columns))

    @one_thread()
    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the probability of each rating for persons, items and assessors.

        Parameters
        ----------
        rows : DataFrame
            Columns person, item and assessor, as in the calibration; who is unknown has the
            prior, and a fit that was loaded knows no person.

        Returns
        -------
        DataFrame
            Columns ``p_<rating>``, in the order of `rows`; what is not known of the person, the
            severity and the halo is integrated out.

        Raises
        ------
        EvidenceError
            An item was not calibrated.
        """
        rows, scale = as_frame(rows), self._ratings.scale
        item = item_places(rows, self._columns, scale)
        person = places(rows, self._columns.person or "person", self._ratings.people)
        assessor = places(rows, self._columns.assessor or "assessor", self._ratings.assessor_ids)
        mean, variance = self._predicted_trait(person, assessor, self._model.trait[item])
        return rating_frame(self._model.probability(item, mean, variance), item, scale)

    def save(self, path: str | Path) -> Path:
        """Write the fit to the folder `path`, whole or not at all, and return the folder.

        A fit that is there is replaced; :func:`load_rating_fit` reads it. Persons are not stored;
        assessors are, by name, with their severities.
        """
        return save_rating_fit(self, path)

    def _who(self, ratings: Ratings) -> Ints:
        """Number of the assessors of `ratings` in the calibration; -1 = unknown."""
        known = pd.Index(self._ratings.assessor_ids, dtype=object)
        names = ratings.assessor_ids if len(ratings.assessor_ids) else np.array([None])
        return np.asarray(known.get_indexer(pd.Index(names, dtype=object)))

    def _predicted_trait(self, person: Ints, assessor: Ints, trait: Ints) -> tuple[Floats, Floats]:
        """Mean and variance of trait - severity - halo for each row; -1 = unknown."""
        each = np.arange(len(trait)), trait
        severity, severity_variance = self._model.severities(assessor)
        mean, variance = -severity[each], severity_variance[each] + self._model.spread.halo**2
        met = None if self._fit is None else self._fit.beliefs.met
        rated = None if met is None else met.persons
        persons = self._model.with_prior(rated, len(self._ratings.people) + 1)  # -1: the prior
        mean, variance = (
            mean + persons[0][person, trait],
            variance + persons[1][person, trait, trait],
        )
        if met is None or self._data is None:
            return mean, variance
        place = self._data.meeting_of(person, assessor)
        return (
            np.where(place >= 0, met.meeting.mean[place, trait], mean),
            np.where(place >= 0, met.meeting.covariance[place, trait, trait], variance),
        )


def fit_facets(
    table: pd.DataFrame,
    *,
    person: str | None = None,
    item: str | None = None,
    rating: str | None = None,
    assessor: str | None = None,
    items: tuple[str, ...] = (),
    one_trait: bool = False,
    halo: bool = True,
    tolerance: float = DISTANCE,
    max_iter: int = MOST_ROUNDS,
) -> FacetRatingFit:
    """Return a graded model of ratings by assessors, calibrated by message passing.

    ``P(Y >= k) = sigmoid(a_i (theta_pc - s_rc - h_pr - b_ik))``: a trait for each item (or one
    for all), correlated over persons; severities ``s_r ~ N(0, T)``, shrunk, with their
    uncertainty in every belief; and a halo ``h_pr ~ N(0, omega^2)``, what one assessor adds to
    all traits of one person, so that halo is not read as correlation.

    Parameters
    ----------
    table : DataFrame
        As for :func:`fit_ratings`.
    person, item, rating, assessor : str, optional
        Names of columns.
    items : tuple of str
        Columns of a wide table that hold ratings.
    one_trait : bool
        Whether all items show one trait.
    halo : bool
        Whether there is a halo.
    tolerance : float
        Distance to the fixed point of the parameter farthest from it, in trait standard deviations,
        at which rounds end.
    max_iter : int
        Rounds after which the search is given up, unconverged.

    Returns
    -------
    FacetRatingFit

    Raises
    ------
    EvidenceError
        The table cannot be used; with every problem.

    Notes
    -----
    Expectation propagation inside parameter-expanded EM (Minka 2001; Liu, Rubin and Wu 1998).
    Cost is linear in ratings.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"person": list("aabbccdd"), "assessor": list("xyxyxyxy"),
    ...                       "criterion": ["k"] * 8, "rating": [0, 1, 1, 1, 2, 3, 3, 2]})
    >>> fit_facets(table, halo=False).severities["assessor"].tolist()
    ['x', 'y']
    """
    columns = Columns(person, item, rating, assessor, None, items)
    limits = (tolerance, max_iter)
    return fitted_facets(table, columns, limits, one_trait=one_trait, halo=halo)


@one_thread()
def fitted_facets(
    table: pd.DataFrame,
    columns: Columns,
    limits: tuple[float, int],
    *,
    one_trait: bool = False,
    halo: bool = True,
) -> FacetRatingFit:
    """Return the calibrated facet model of a table; see :func:`fit_facets`.

    `limits` are tolerance, and rounds at most.
    """
    columns = resolved(table, columns)
    ratings = calibration_ratings(table, columns, common_scale=False, two_only=False).nameless()
    rated, n_items = ratings.rated(), len(ratings.scale.item_ids)
    data = MeetingRatings.of(
        rated, np.zeros(n_items, np.int64) if one_trait else np.arange(n_items)
    )
    _refuse(ratings, data)
    several, with_halo = len(ratings.assessor_ids) > 1, halo and data.n_traits > 1
    start = starting_state(data, starting_items(rated), severity=several, halo=with_halo)
    fit = calibrate(data, start, tolerance=limits[0], max_iter=limits[1])
    names = [""] if one_trait else list(ratings.scale.item_ids)
    count, assessors = len(ratings.assessor_ids), fit.beliefs.assessors
    variance = np.einsum("rcc->rc", assessors.covariance)[:count]
    model = FacetModel(
        fit.state.items, fit.state.spread, data.trait, assessors.mean[:count], variance
    )
    return FacetRatingFit(
        "facets",
        *facet_frames(model, ratings, names=names, part=components(ratings)),
        fit.state.spread.halo,
        fit.log_likelihood,
        fit.converged,
        fit.n_iter,
        ratings.findings,
        columns,
        ratings,
        model,
        data,
        fit,
    )


def _refuse(ratings: Ratings, data: MeetingRatings) -> None:
    """Refuse frequencies, which are not counted here, and what would not fit into memory."""
    findings = []
    if (ratings.frequency != 1).any():
        message = "model 'facets' counts every person once, but there are frequencies"
        hint = "repeat the rows, table.loc[table.index.repeat(frequency)], or choose another model"
        findings.append(Finding("frequency-not-counted", message, hint=hint))
    size = len(data.meetings.person) * data.n_traits**2
    if size > _LARGEST:
        message = (
            f"{data.n_traits} correlated traits in {len(data.meetings.person)} meetings of a "
            "person and an assessor do not fit into memory"
        )
        hint = "fit_facets(..., one_trait=True), a model of one trait, or fewer items"
        findings.append(Finding("too-many-traits", message, hint=hint))
    if findings:
        raise EvidenceError("ratings", findings)


def facet_frames(
    model: FacetModel, ratings: Ratings, *, names: list[str], part: Ints
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.Series[float]]:
    """Return items, severities, correlation and spread of severities as frames.

    `names` are those of the traits, and `part` is the part of the design of each assessor.
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
    there = model.items.steps > -OPEN
    thresholds = np.where(there, model.items.thresholds, np.nan)
    items = item_frame(ratings.scale, model.items.slopes, thresholds)
    return items, severities, correlation, spread


def trait_frame(
    ratings: Ratings, mean: Floats, covariance: Floats, *, names: list[str]
) -> pd.DataFrame:
    """Return mean and standard deviation of every trait of every person: person, item, eap, se.

    `mean` has shape ``(n_people, n_traits)``, in the order of numbers; `names` are the traits.
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
