"""Where a calibration by message passing stands: parameters, messages, beliefs, evidence.

Every rating is stood for by the normal that has the right first two moments given all other
ratings (expectation propagation, Minka 2001).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from competency.arrays import Floats
from competency.ratings.facet_data import FacetData
from competency.ratings.messages import Beliefs, Met, Spread, diagonal, propagate
from competency.ratings.tilt import ItemParameters, Tilted, tilt

SPREAD_PRIOR = np.exp(-1.0)
"""Where the weak priors of the spreads lie, in trait standard deviations (chosen by the project;
a third of a standard deviation is a usual severity)."""


@dataclass(frozen=True, eq=False)
class FacetState:
    """Parameters, and the normals that stand for the ratings.

    Parameters
    ----------
    items : ItemParameters
    spread : Spread
    weight, pull : float64, shape (n_ratings,)
        Precision and natural mean of the normal of each rating.
    to_assessor : tuple of arrays, shape (n_meetings, n_traits)
        Messages to assessors.
    """

    items: ItemParameters
    spread: Spread
    weight: Floats
    pull: Floats
    to_assessor: tuple[Floats, Floats]


def starting_state(
    data: FacetData, items: ItemParameters, *, severity: bool, halo: bool
) -> FacetState:
    """Return the state before the first round.

    Parameters
    ----------
    data : FacetData
    items : ItemParameters
    severity, halo : bool
        Whether there are severities and halo at all.

    Returns
    -------
    FacetState
    """
    eye, size = np.eye(data.n_traits), (len(data.meetings.person), data.n_traits)
    tiny = 1e-12
    spread = Spread(
        eye,
        eye * (SPREAD_PRIOR**2 if severity else tiny),
        SPREAD_PRIOR if halo else 0.0,
    )
    nothing = np.zeros(len(data.item))
    return FacetState(items, spread, nothing, nothing, (np.zeros(size), np.zeros(size)))


def informed(data: FacetData, state: FacetState) -> tuple[FacetState, Beliefs, Tilted]:
    """Return state, beliefs and tilted moments after one round, with the same parameters.

    Parameters
    ----------
    data : FacetData
    state : FacetState

    Returns
    -------
    tuple of FacetState, Beliefs, Tilted
    """
    beliefs = propagate(
        data.meetings,
        state.spread,
        weight=data.summed(state.weight),
        pull=data.summed(state.pull),
        to_assessor=state.to_assessor,
    )
    after, tilted = matched(data, state, beliefs.met)
    return replace(after, to_assessor=beliefs.to_assessor), beliefs, tilted


def matched(data: FacetData, state: FacetState, met: Met) -> tuple[FacetState, Tilted]:
    """Return the state with each rating's normal made to fit its moments, and those moments.

    Parameters
    ----------
    data : FacetData
    state : FacetState
    met : Met

    Returns
    -------
    tuple of FacetState, Tilted
    """
    precision, natural = cavities(data, state, met)
    tilted = tilt(
        natural / precision,
        1 / precision,
        item=data.item,
        category=data.category,
        items=state.items,
    )
    weight = np.maximum(1 / tilted.variance - precision, 1e-8)
    pull = tilted.mean * (weight + precision) - natural
    return replace(state, weight=weight, pull=pull), tilted


def cavities(data: FacetData, state: FacetState, met: Met) -> tuple[Floats, Floats]:
    """Return precision and natural mean of z without the rating itself.

    Parameters
    ----------
    data : FacetData
    state : FacetState
    met : Met

    Returns
    -------
    precision, natural : float64, shape (n_ratings,)
    """
    precision = 1 / diagonal(met.meeting.covariance).ravel()[data.place]
    mean = met.meeting.mean.ravel()[data.place]
    left = np.maximum(precision - state.weight, 1e-6)
    return left, mean * precision - state.pull


def log_evidence(data: FacetData, state: FacetState, beliefs: Beliefs, tilted: Tilted) -> float:
    """Return the log-likelihood as expectation propagation approximates it.

    Parameters
    ----------
    data : FacetData
    state : FacetState
    beliefs : Beliefs
    tilted : Tilted

    Returns
    -------
    float
    """
    precision, natural = cavities(data, state, beliefs.met)
    trait = data.trait[data.item]
    held = beliefs.met.meeting
    whole = 1 / held.covariance[data.meeting, trait, trait]
    at = held.mean[data.meeting, trait]
    sites = (at**2 * whole - np.log(whole) - natural**2 / precision + np.log(precision)) / 2
    meetings = data.meetings
    messages = (
        beliefs.met.persons.log_partition()[meetings.person]
        - beliefs.met.person_cavity.log_partition()
    )
    total = tilted.log_mass.sum() - sites.sum() - messages.sum()
    total += (held.log_partition() - beliefs.met.before.log_partition()).sum()
    prior = len(beliefs.met.persons.mean) * np.linalg.slogdet(state.spread.correlation)[1] / 2
    total += beliefs.met.persons.log_partition().sum() - prior
    if state.spread.severity_cov[0, 0] > 1e-9:
        told = beliefs.assessors.log_partition()
        total -= (told[meetings.assessor] - beliefs.assessor_cavity.log_partition()).sum()
        prior = len(told) * np.linalg.slogdet(state.spread.severity_cov)[1] / 2
        total += told.sum() - prior
    return float(total)
