"""A facet model whose parameters are known: what it says of other persons and other ratings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from competency.ratings.many_facet.meetings import GradedItems, MeetingRatings
from competency.ratings.many_facet.messages import Met, Normals, as_diagonal, meet
from competency.ratings.many_facet.state import FacetState, matched
from competency.ratings.ordinal import Sites, probability

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints
    from competency.ratings.categories import Ratings
    from competency.ratings.many_facet.messages import Spread

_MOST_ROUNDS = 200
_STILL = 1e-6
# Rounds end when no belief changes by more than this, in trait standard deviations. Some 10 rounds
# serve persons with a dozen ratings.


@dataclass(frozen=True, eq=False)
class FacetModel:
    """A graded model of ratings by assessors, with its parameters.

    `trait` is the trait that each item shows; `severity` and `severity_variance`, of shape
    ``(n_assessors, n_traits)``, are beliefs about the assessors of the calibration.
    """

    items: GradedItems
    spread: Spread
    trait: Ints
    severity: Floats
    severity_variance: Floats

    def severities(self, assessor: Ints) -> tuple[Floats, Floats]:
        """Return mean and variance of severities, each of shape (n, n_traits).

        An unknown assessor, -1, has the prior.
        """
        prior = np.diag(self.spread.severity_cov)[None]
        mean = np.concatenate([self.severity, np.zeros_like(prior)])
        variance = np.concatenate([self.severity_variance, prior])
        return mean[assessor], variance[assessor]

    def persons(self, ratings: Ratings, assessor: Ints) -> tuple[Floats, Floats]:
        """Return mean and covariance of the traits of persons, each scored alone.

        Expectation propagation with fixed parameters. No person informs about the assessors
        of another, so that the bytes of an answer do not depend on who else is in the table.
        `assessor` says who the assessors of `ratings` are in the calibration, -1 = unknown. The
        mean has shape ``(n_people, n_traits)``; persons without ratings have the prior.
        """
        if ratings.n_rated == 0:
            return self.with_prior(None, len(ratings.people))
        data = MeetingRatings.of(ratings.rated(), self.trait)
        mean, variance = self.severities(assessor[data.meetings.assessor])
        precise = as_diagonal(1 / variance)
        severity = Normals(precise, mean / variance, as_diagonal(variance), mean)
        silent = np.zeros((0, 0)), np.zeros((0, 0))
        state = FacetState(self.items, self.spread, Sites.flat(len(data.item)), silent)
        met = self._met(data, state, severity)
        mean, covariance = met.persons.mean.copy(), met.persons.covariance.copy()
        moving = np.full(len(mean), True)
        for _ in range(_MOST_ROUNDS):
            state, _ = matched(data, state, met)
            met = self._met(data, state, severity)
            # NOTE: who has converged stays so and waits for nobody: the answer is that given alone.
            change = np.abs(met.persons.mean - mean).max(1)
            mean[moving] = met.persons.mean[moving]
            covariance[moving] = met.persons.covariance[moving]
            moving &= change > _STILL
            if not moving.any():
                break
        found = replace(met.persons, mean=mean, covariance=covariance)
        return self.with_prior(found, len(ratings.people))

    def with_prior(self, rated: Normals | None, n_people: int) -> tuple[Floats, Floats]:
        """Return mean and covariance of the rated persons, who come first, then the prior."""
        others = n_people - (0 if rated is None else len(rated.mean))
        covariance = np.repeat(self.spread.correlation[None], others, axis=0)
        mean = np.zeros(covariance.shape[:2])
        if rated is None:
            return mean, covariance
        return np.concatenate([rated.mean, mean]), np.concatenate([rated.covariance, covariance])

    def probability(self, item: Ints, mean: Floats, variance: Floats) -> Floats:
        """Return the probability of each category, z = trait - severity - halo integrated out.

        `mean` and `variance` are those of z for each rating; the result has shape
        ``(n, n_categories)``.
        """
        categories = np.arange(self.items.steps.shape[1] + 1)
        each = self.items.observations(*np.broadcast_arrays(item, categories[:, None]))
        chance = probability(each, np.broadcast_to(mean, each.lower.shape), variance).T
        return np.asarray(chance / chance.sum(1, keepdims=True))

    def _met(self, data: MeetingRatings, state: FacetState, severity: Normals) -> Met:
        weight, pull = data.summed(state.sites.precision), data.summed(state.sites.natural)
        return meet(data.meetings, self.spread, severity, weight=weight, pull=pull)
