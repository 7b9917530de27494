"""A calibrated facet model with the names of its persons, items and assessors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from competency.errors import Finding
from competency.ratings.coding import further_ratings
from competency.ratings.columns import Columns, as_frame
from competency.ratings.facet_data import FacetData
from competency.ratings.facet_em import FacetFit
from competency.ratings.facet_model import FacetModel
from competency.ratings.frames import rating_frame, trait_frame
from competency.ratings.ratings import Ratings
from competency.ratings.rows import item_places, no_persons, places
from competency.threads import one_thread

if TYPE_CHECKING:
    from pathlib import Path

    from competency.arrays import Floats, Ints


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
        Standard deviation of what one assessor sees in all of one person's traits.
    log_likelihood : float
        As expectation propagation approximates it.
    converged : bool
        Whether the way left of every parameter is below the tolerance; a small last step alone
        does not say so.
    n_iter : int
        Rounds.
    findings : tuple of Finding
        What was noticed in the ratings and their design; empty after loading.
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
    _data: FacetData | None = field(repr=False, default=None)
    _fit: FacetFit | None = field(repr=False, default=None)

    @one_thread()
    def score(self, table: pd.DataFrame | None = None) -> pd.DataFrame:
        """Return posterior mean and standard deviation of persons' traits.

        Parameters
        ----------
        table : DataFrame, optional
            Other persons, in the form of the calibration table, each seen alone: parameters and
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
        mean, variance = self._seen(person, assessor, self._model.trait[item])
        return rating_frame(self._model.probability(item, mean, variance), item, scale)

    def save(self, path: str | Path) -> Path:
        """Write the fit to a folder, whole or not at all, and return the folder.

        Persons are not stored; assessors are, by name, with their severities.

        Parameters
        ----------
        path : str or Path
            The folder; an earlier fit that is there is replaced. :func:`load_rating_fit` reads
            it.

        Returns
        -------
        Path
        """
        from competency.ratings.store import save_rating_fit

        return save_rating_fit(self, path)

    def _who(self, ratings: Ratings) -> Ints:
        """Number of the assessors of `ratings` in the calibration; -1 = unknown."""
        known = pd.Index(self._ratings.assessor_ids, dtype=object)
        names = ratings.assessor_ids if len(ratings.assessor_ids) else np.array([None])
        return np.asarray(known.get_indexer(pd.Index(names, dtype=object)))

    def _seen(self, person: Ints, assessor: Ints, trait: Ints) -> tuple[Floats, Floats]:
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
