"""Assessors with severity and halo, criteria as correlated traits: the labelled shell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit

from competency.errors import Finding
from competency.levels.facets.facet_em import FacetData, FacetFit, calibrate, starting_state
from competency.levels.facets.forms import Layout, design, starting_values
from competency.levels.facets.messages import Meetings
from competency.levels.facets.ratings import Ratings, calibration_ratings, components
from competency.levels.facets.rows import item_places, places, rating_frame
from competency.levels.facets.table import Columns, resolved
from competency.levels.facets.tilt import OPEN, ItemParameters, rule_for

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints

_SLOPE = 1.5
# Slope to start from.
_WIDEST_RULE = np.inf
# Predictions use the longest quadrature rule: their cost does not matter.


@dataclass(frozen=True, eq=False)
class FacetRatingFit:
    """A calibrated model of ratings by assessors who differ.

    Parameters
    ----------
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
        Standard deviation of what one assessor sees in all of one person's traits.
    log_likelihood : float
        As expectation propagation approximates it.
    converged : bool
        Whether the way left of every parameter is below the tolerance; a small last step alone
        does not say so.
    n_iter : int
        Rounds.
    findings : tuple of Finding
        What was noticed in the ratings and their design.
    """

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
    _data: FacetData = field(repr=False)
    _fit: FacetFit = field(repr=False)

    def score(self) -> pd.DataFrame:
        """Return posterior mean and standard deviation of every person's traits.

        Returns
        -------
        DataFrame
            Columns person, item (blank for one common trait), eap, se. The uncertainty of
            severities and halo is in the standard deviation.
        """
        persons, names = self._fit.beliefs.met.persons, list(self.correlation.columns)
        order = self._ratings.order
        variance = np.einsum("pcc->pc", persons.covariance)
        return pd.DataFrame(
            {
                "person": np.repeat(self._ratings.people[order], len(names)),
                "item": np.tile(np.array(names, object), len(order)),
                "eap": persons.mean[order].ravel(),
                "se": np.sqrt(variance[order]).ravel(),
            }
        )

    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return the probability of each rating for persons, items and assessors.

        Parameters
        ----------
        rows : DataFrame
            Columns person, item and assessor, as in the calibration; who is unknown has the
            prior.

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
        scale = self._ratings.scale
        item = item_places(rows, self._columns, scale)
        mean, variance = self._seen(rows, self._data.trait[item])
        items = self._fit.state.items
        nodes, weights = rule_for(_WIDEST_RULE)
        z = mean[:, None] + np.sqrt(variance)[:, None] * nodes
        sides = expit(items.slopes[item, None, None] * z[..., None] + items.sides[item][:, None])
        chance = np.einsum("q,nqk->nk", weights, sides[..., :-1] - sides[..., 1:])
        return rating_frame(chance / chance.sum(1, keepdims=True), item, scale)

    def _seen(self, rows: pd.DataFrame, trait: Ints) -> tuple[Floats, Floats]:
        """Mean and variance of trait - severity - halo for each row."""
        beliefs, spread = self._fit.beliefs, self._fit.state.spread
        person = places(rows, self._columns.person or "person", self._ratings.people)
        assessor = places(rows, self._columns.assessor or "assessor", self._ratings.assessor_ids)
        persons, assessors = beliefs.met.persons, beliefs.assessors
        known, strict = person >= 0, assessor >= 0
        mean = np.where(known, persons.mean[person, trait], 0.0)
        variance = np.where(known, persons.covariance[person, trait, trait], 1.0)
        mean -= np.where(strict, assessors.mean[assessor, trait], 0.0)
        severity = spread.severity_cov[trait, trait]
        variance += np.where(strict, assessors.covariance[assessor, trait, trait], severity)
        variance += spread.halo**2
        met = _meeting_of(self._data.meetings, person, assessor)
        again = met >= 0
        held = beliefs.met.meeting
        return (
            np.where(again, held.mean[met, trait], mean),
            np.where(again, held.covariance[met, trait, trait], variance),
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
    tolerance: float = 1e-3,
    max_iter: int = 500,
) -> FacetRatingFit:
    """Return a graded model of ratings by assessors, calibrated by message passing.

    ``P(Y >= k) = sigmoid(a_i (theta_pc - s_rc - h_pr - b_ik))``: a trait for each item (or one
    for all), correlated over persons; severities ``s_r ~ N(0, T)``, shrunk, with their
    uncertainty in every belief; and a halo ``h_pr ~ N(0, omega^2)`` that one assessor sees in
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
        Way left of the parameter farthest from its end, in trait standard deviations, at which
        rounds end: what is still to come if steps go on shrinking at their present rate.
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
    >>> table = pd.DataFrame({"person": list("aabbccdd"), "assessor": list("xyxyxyxy"),
    ...                       "criterion": ["k"] * 8, "rating": [0, 1, 1, 1, 2, 3, 3, 2]})
    >>> fit_facets(table, halo=False).severities["assessor"].tolist()
    ['x', 'y']
    """
    columns = resolved(table, Columns(person, item, rating, assessor, None, items))
    ratings = calibration_ratings(table, columns, common_scale=False, two_only=False)
    several = len(ratings.assessor_ids) > 1
    data = facet_data(ratings, one_trait=one_trait)
    start = starting_state(
        data, starting_items(ratings), severity=several, halo=halo and data.n_traits > 1
    )
    fit = calibrate(data, start, tolerance=tolerance, max_iter=max_iter)
    names = [""] if one_trait else list(ratings.scale.item_ids)
    spread = fit.state.spread
    return FacetRatingFit(
        _items(ratings, fit.state.items),
        _severities(ratings, fit, names),
        pd.DataFrame(spread.correlation, names, names),
        pd.Series(np.sqrt(np.diag(spread.severity_cov)), names),
        spread.halo,
        fit.log_likelihood,
        fit.converged,
        fit.n_iter,
        ratings.findings,
        columns,
        ratings,
        data,
        fit,
    )


def facet_data(ratings: Ratings, *, one_trait: bool) -> FacetData:
    """Return the ratings by meeting of a person and an assessor.

    Parameters
    ----------
    ratings : Ratings
    one_trait : bool

    Returns
    -------
    FacetData
    """
    n_assessors = max(len(ratings.assessor_ids), 1)
    pair = ratings.person.astype(np.int64) * n_assessors + ratings.assessor
    pairs, meeting = np.unique(pair, return_inverse=True)
    order = np.lexsort((ratings.item, meeting))
    n_items = len(ratings.scale.item_ids)
    meetings = Meetings.of(*np.divmod(pairs, n_assessors), len(ratings.people), n_assessors)
    return FacetData(
        meetings,
        meeting[order],
        ratings.item[order].astype(np.int64),
        ratings.category[order].astype(np.int64),
        np.zeros(n_items, np.int64) if one_trait else np.arange(n_items),
        1 if one_trait else n_items,
    )


def starting_items(ratings: Ratings) -> ItemParameters:
    """Return items that match the share of each category.

    Parameters
    ----------
    ratings : Ratings

    Returns
    -------
    ItemParameters
    """
    layout = Layout("grm", ratings.scale.n_categories, 0)
    every = np.arange(len(layout.n_categories))
    start = starting_values(layout, ratings.counts(), np.full(len(every), _SLOPE))
    matrix, offset = design(layout, every, every)
    blocks = (matrix @ start + offset).reshape(len(every), -1)
    return ItemParameters(blocks[:, 0], np.where(blocks[:, 1:] < -OPEN, -OPEN, blocks[:, 1:]))


def _items(ratings: Ratings, items: ItemParameters) -> pd.DataFrame:
    thresholds = np.where(items.steps > -OPEN, -items.steps / items.slopes[:, None], np.nan)
    frame = pd.DataFrame({"item": ratings.scale.item_ids, "a": items.slopes})
    for number, threshold in enumerate(thresholds.T, start=1):
        frame[f"b_{number}"] = threshold
    return frame


def _severities(ratings: Ratings, fit: FacetFit, names: list[str]) -> pd.DataFrame:
    assessors, count = fit.beliefs.assessors, len(ratings.assessor_ids)
    part = components(ratings) if count > 1 else np.zeros(count, np.int64)
    variance = np.einsum("rcc->rc", assessors.covariance)
    return pd.DataFrame(
        {
            "assessor": np.repeat(ratings.assessor_ids, len(names)),
            "item": np.tile(np.array(names, object), count),
            "severity": assessors.mean[:count].ravel(),
            "se": np.sqrt(variance[:count]).ravel(),
            "part": np.repeat(part, len(names)),
        }
    )


def _meeting_of(meetings: Meetings, person: Ints, assessor: Ints) -> Ints:
    """Number of the meeting of each pair; -1 where they never met."""
    n_assessors = meetings.of_assessor.shape[0]
    held = meetings.person.astype(np.int64) * n_assessors + meetings.assessor
    wanted = np.where((person >= 0) & (assessor >= 0), person * n_assessors + assessor, -1)
    found = pd.Index(held).get_indexer(pd.Index(wanted))
    return np.asarray(found)
