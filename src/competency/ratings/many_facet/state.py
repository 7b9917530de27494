"""Where a calibration by message passing stands: parameters, sites, messages, evidence.

A normal stands for every rating, with the right first two moments given all other ratings
(expectation propagation, Minka 2001); belief propagation joins these normals.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from competency.arrays import Floats
from competency.ratings.many_facet.meetings import GradedItems, MeetingRatings
from competency.ratings.many_facet.messages import Beliefs, Met, Spread, diagonal, propagate
from competency.ratings.ordinal import (
    OPEN,
    ItemGradients,
    Sites,
    cavity,
    matched_sites,
    probability,
)
from competency.threads import in_parts

SPREAD_PRIOR = np.exp(-1.0)
"""Where the weak priors of the spreads lie, in trait standard deviations (chosen by the project;
a third of a standard deviation is a usual severity)."""

_AT_ONCE = 16_384
# Ratings worked on at once, so that their numbers stay in the cache.
_NO_BASE, _ONCE = np.zeros(1), np.ones(1)
_LEAST_GAP = 1e-4
# Distance of neighbouring steps of an item, in logits: less is no order.


@dataclass(frozen=True, eq=False)
class FacetState:
    """Parameters, the normals that stand for the ratings, and the messages to assessors."""

    items: GradedItems
    spread: Spread
    sites: Sites
    to_assessor: tuple[Floats, Floats]


@dataclass(frozen=True, eq=False)
class RatedTraits:
    """Mean and variance of z after each rating, and gradients in its item, ``(n_ratings,)``."""

    mean: Floats
    variance: Floats
    gradients: ItemGradients


def starting_state(
    data: MeetingRatings, items: GradedItems, *, severity: bool, halo: bool
) -> FacetState:
    """Return the state before the first round, with or without severities and halo."""
    eye, size = np.eye(data.n_traits), (len(data.meetings.person), data.n_traits)
    tiny = 1e-12
    spread = Spread(
        eye,
        eye * (SPREAD_PRIOR**2 if severity else tiny),
        SPREAD_PRIOR if halo else 0.0,
    )
    silent = np.zeros(size), np.zeros(size)
    return FacetState(items, spread, Sites.flat(len(data.item)), silent)


def passed(data: MeetingRatings, state: FacetState) -> tuple[FacetState, Beliefs, RatedTraits]:
    """Return state and beliefs after one round of messages, with the same parameters."""
    beliefs = propagate(
        data.meetings,
        state.spread,
        weight=data.summed(state.sites.precision),
        pull=data.summed(state.sites.natural),
        to_assessor=state.to_assessor,
    )
    after, rated = matched(data, state, beliefs.met)
    return replace(after, to_assessor=beliefs.to_assessor), beliefs, rated


def matched(data: MeetingRatings, state: FacetState, met: Met) -> tuple[FacetState, RatedTraits]:
    """Return the state with the site of each rating made to fit, and what that rests on."""
    mean, variance = _cavities(data, state, met)
    found = np.empty((7, len(mean)))

    def work(part: slice) -> None:
        sites, at = matched_sites(
            state.items.observations(data.item[part], data.category[part]),
            mean[part],
            variance[part],
            base=_NO_BASE,
            weight=_ONCE,
        )
        after = (
            mean[part] + variance[part] * at.mean,
            variance[part] * (1 - variance[part] * at.curvature),
        )
        columns = (sites.precision, sites.natural, *after, *vars(at.items).values())
        for row, column in zip(found, columns, strict=True):
            row[part] = column

    in_parts(work, len(mean), size=_AT_ONCE)
    rated = RatedTraits(found[2], found[3], ItemGradients(*found[4:]))
    return replace(state, sites=Sites(*found[:2])), rated


def _cavities(data: MeetingRatings, state: FacetState, met: Met) -> tuple[Floats, Floats]:
    """Mean and variance of z without the rating itself, each of shape (n_ratings,)."""
    variance = diagonal(met.meeting.covariance).ravel()[data.place]
    return cavity(state.sites, met.meeting.mean.ravel()[data.place], variance, weight=_ONCE)


def log_evidence(data: MeetingRatings, state: FacetState, beliefs: Beliefs) -> float:
    """Return the log-likelihood as expectation propagation approximates it."""
    mean, variance = _cavities(data, state, beliefs.met)
    ratings = state.items.observations(data.item, data.category)
    trait = data.trait[data.item]
    held = beliefs.met.meeting
    whole = 1 / held.covariance[data.meeting, trait, trait]
    at = held.mean[data.meeting, trait]
    sites = (at**2 * whole - np.log(whole) - mean**2 / variance - np.log(variance)) / 2
    meetings = data.meetings
    messages = (
        beliefs.met.persons.log_partition()[meetings.person]
        - beliefs.met.person_cavity.log_partition()
    )
    total = np.log(probability(ratings, mean, variance)).sum() - sites.sum() - messages.sum()
    total += (held.log_partition() - beliefs.met.before.log_partition()).sum()
    prior = len(beliefs.met.persons.mean) * np.linalg.slogdet(state.spread.correlation)[1] / 2
    total += beliefs.met.persons.log_partition().sum() - prior
    if state.spread.severity_cov[0, 0] > 1e-9:
        known = beliefs.assessors.log_partition()
        total -= (known[meetings.assessor] - beliefs.assessor_cavity.log_partition()).sum()
        prior = len(known) * np.linalg.slogdet(state.spread.severity_cov)[1] / 2
        total += known.sum() - prior
    return float(total)


def packed(state: FacetState) -> Floats:
    """Return the parameters of a state as a vector, in trait standard deviations.

    Logarithms of slopes, steps on the trait, factor of the correlation below its diagonal, factor
    of the covariance of severities, logarithm of the halo.
    """
    items, spread = state.items, state.spread
    below = np.tril_indices(len(spread.correlation), -1)
    whole = np.tril_indices(len(spread.correlation))
    return np.concatenate(
        [
            np.log(items.slopes),
            -items.thresholds[items.steps > -OPEN],
            np.linalg.cholesky(spread.correlation)[below],
            np.linalg.cholesky(spread.severity_cov)[whole],
            [np.log(spread.halo)] if spread.halo > 0 else [],
        ]
    )


def unpacked(vector: Floats, state: FacetState) -> FacetState | None:
    """Return `state`, with its messages, at the parameters of a vector as `packed` makes it.

    None where they are no parameters: steps out of order, no correlation or no covariance.
    """
    size, there = len(state.spread.correlation), state.items.steps > -OPEN
    below, whole = np.tril_indices(size, -1), np.tril_indices(size)
    ends = np.cumsum([len(there), there.sum(), len(below[0]), len(whole[0])])
    log_slopes, places, lower, severe, log_halo = np.split(vector, ends)
    slopes, steps = np.exp(log_slopes), state.items.steps.copy()
    steps[there] = places * np.broadcast_to(slopes[:, None], there.shape)[there]
    factor, severity = np.zeros((size, size)), np.zeros((size, size))
    factor[below], severity[whole] = lower, severe
    rest = 1 - (factor**2).sum(1)
    disordered = (np.diff(steps, axis=1) > -_LEAST_GAP) & there[:, 1:]
    if disordered.any() or rest.min() <= 0 or np.diag(severity).min() <= 0:
        return None
    np.fill_diagonal(factor, np.sqrt(rest))
    spread = Spread(factor @ factor.T, severity @ severity.T, float(np.exp(log_halo).sum()))
    return replace(state, items=GradedItems(slopes, steps), spread=spread)
