"""A facet model whose parameters are known: what it says of other persons and other ratings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from competency.ratings.facet_data import FacetData
from competency.ratings.facet_state import FacetState, matched
from competency.ratings.messages import Met, Normals, as_diagonal, meet
from competency.ratings.tilt import rule_of

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints
    from competency.ratings.messages import Spread
    from competency.ratings.ratings import Ratings
    from competency.ratings.tilt import ItemParameters

_MOST_ROUNDS = 200
_STILL = 1e-6
# Rounds end when no belief moves by more than this, in trait standard deviations: the single
# precision of the moments. Some 10 rounds serve persons with a dozen ratings.


@dataclass(frozen=True, eq=False)
class FacetModel:
    """A graded model of ratings by assessors, with its parameters.

    Parameters
    ----------
    items : ItemParameters
    spread : Spread
    trait : Ints, shape (n_items,)
        The trait that each item shows.
    severity, severity_variance : float64, shape (n_assessors, n_traits)
        Beliefs about the severities of the assessors of the calibration.
    """

    items: ItemParameters
    spread: Spread
    trait: Ints
    severity: Floats
    severity_variance: Floats

    def severities(self, assessor: Ints) -> tuple[Floats, Floats]:
        """Return mean and variance of severities; an unknown assessor has the prior.

        Parameters
        ----------
        assessor : Ints, shape (n,)
            Of the calibration; -1 = unknown.

        Returns
        -------
        mean, variance : float64, shape (n, n_traits)
        """
        prior = np.diag(self.spread.severity_cov)[None]
        mean = np.concatenate([self.severity, np.zeros_like(prior)])
        variance = np.concatenate([self.severity_variance, prior])
        return mean[assessor], variance[assessor]

    def persons(self, ratings: Ratings, assessor: Ints) -> tuple[Floats, Floats]:
        """Return beliefs about the traits of persons, each seen alone.

        Expectation propagation with fixed parameters. No person tells anything about the
        assessors of another, so that the bytes of an answer do not depend on who else is in the
        table.

        Parameters
        ----------
        ratings : Ratings
        assessor : Ints, shape (n_assessors of `ratings`,)
            Who they are in the calibration; -1 = unknown.

        Returns
        -------
        mean : float64, shape (n_people, n_traits)
        covariance : float64, shape (n_people, n_traits, n_traits)
            The prior for persons without ratings.
        """
        if ratings.n_rated == 0:
            return self.with_prior(None, len(ratings.people))
        data = FacetData.of(ratings.rated(), self.trait)
        mean, variance = self.severities(assessor[data.meetings.assessor])
        precise = as_diagonal(1 / variance)
        severity = Normals(precise, mean / variance, as_diagonal(variance), mean)
        nothing, silent = np.zeros(len(data.item)), (np.zeros((0, 0)), np.zeros((0, 0)))
        state = FacetState(self.items, self.spread, nothing, nothing, silent)
        met = self._met(data, state, severity)
        mean, covariance = met.persons.mean.copy(), met.persons.covariance.copy()
        moving = np.full(len(mean), True)
        for _ in range(_MOST_ROUNDS):
            state, _ = matched(data, state, met)
            met = self._met(data, state, severity)
            # NOTE: who is settled stays so and waits for nobody: the answer is the one given alone.
            way = np.abs(met.persons.mean - mean).max(1)
            mean[moving], covariance[moving] = (
                met.persons.mean[moving],
                met.persons.covariance[moving],
            )
            moving &= way > _STILL
            if not moving.any():
                break
        found = replace(met.persons, mean=mean, covariance=covariance)
        return self.with_prior(found, len(ratings.people))

    def with_prior(self, rated: Normals | None, n_people: int) -> tuple[Floats, Floats]:
        """Return mean and covariance of the rated persons, then the prior for the others.

        Parameters
        ----------
        rated : Normals or None
            Of the first persons; None when nobody was rated.
        n_people : int

        Returns
        -------
        mean : float64, shape (n_people, n_traits)
        covariance : float64, shape (n_people, n_traits, n_traits)
        """
        others = n_people - (0 if rated is None else len(rated.mean))
        covariance = np.repeat(self.spread.correlation[None], others, axis=0)
        mean = np.zeros(covariance.shape[:2])
        if rated is None:
            return mean, covariance
        return np.concatenate([rated.mean, mean]), np.concatenate([rated.covariance, covariance])

    def probability(self, item: Ints, mean: Floats, variance: Floats) -> Floats:
        """Return the probability of each category, z = trait - severity - halo integrated out.

        Parameters
        ----------
        item : Ints, shape (n,)
        mean, variance : Floats, shape (n,)
            Of z.

        Returns
        -------
        float64, shape (n, n_categories)
        """
        nodes, weights = rule_of(-1)
        z = mean[:, None] + np.sqrt(variance)[:, None] * nodes
        slope, sides = self.items.slopes[item], self.items.sides[item]
        above = expit(slope[:, None, None] * z[..., None] + sides[:, None])
        chance = np.einsum("q,nqk->nk", weights, above[..., :-1] - above[..., 1:])
        return np.asarray(chance / chance.sum(1, keepdims=True))

    def _met(self, data: FacetData, state: FacetState, severity: Normals) -> Met:
        weight, pull = data.summed(state.weight), data.summed(state.pull)
        return meet(data.meetings, self.spread, severity, weight=weight, pull=pull)
