"""Calibration with random severities, halo and correlated traits: EM around message passing.

Each round replaces every rating by the normal that has the right first two moments given all
other ratings (expectation propagation), passes messages, and takes one Newton step for items
and one EM step for the spreads. Traits and severities are then moved and rescaled to mean 0 and
variance 1 (parameter expansion), without which hundreds of rounds are needed.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import numpy as np

from competency.arrays import Floats
from competency.levels.facets.facet_data import FacetData
from competency.levels.facets.messages import (
    Beliefs,
    Met,
    Normals,
    Spread,
    diagonal,
    propagate,
)
from competency.levels.facets.steps import improved_items
from competency.levels.facets.tilt import ItemParameters, Tilted, tilt

SPREAD_PRIOR = np.exp(-1.0)
"""Where the weak priors of the spreads lie, in trait standard deviations (chosen by the project;
a third of a standard deviation is a usual severity)."""

_PRIOR_WEIGHT = 1.0
# Assessors, or meetings, that the weak prior of a spread counts as.
_LEAST_EIGENVALUE = 1e-6
# Of the correlation of traits: two that nothing tells apart still are a proper normal.
_RATE_ROUNDS = 3
# Rounds over which the rate of convergence is taken.


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


@dataclass(frozen=True, eq=False)
class FacetFit:
    """A calibrated facet model.

    Parameters
    ----------
    state : FacetState
    beliefs : Beliefs
    log_likelihood : float
        The approximation of expectation propagation.
    n_iter : int
    remaining : float
        Way to the end, in trait standard deviations, if steps go on shrinking as they do.
    converged : bool
        Whether `remaining` is below the tolerance.
    """

    state: FacetState
    beliefs: Beliefs
    log_likelihood: float
    n_iter: int
    remaining: float
    converged: bool


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


def calibrate(data: FacetData, start: FacetState, *, tolerance: float, max_iter: int) -> FacetFit:
    """Return the calibrated model.

    Parameters
    ----------
    data : FacetData
    start : FacetState
    tolerance : float
        Way that the parameter farthest from its end has left, in trait standard deviations.
    max_iter : int

    Returns
    -------
    FacetFit
    """
    state, n_iter, left = start, 0, np.inf
    moves: deque[float] = deque(maxlen=_RATE_ROUNDS + 1)
    while left > tolerance and n_iter < max_iter:
        state, beliefs, tilted = informed(data, state)
        before = _parameters(state)
        state = _maximised(data, state, beliefs, tilted)
        moves.append(float(np.abs(_parameters(state) - before).max()))
        left, n_iter = _way_left(moves), n_iter + 1
    for _ in range(2):
        state, beliefs, tilted = informed(data, state)
    evidence = log_evidence(data, state, beliefs, tilted)
    return FacetFit(state, beliefs, evidence, n_iter, left, left <= tolerance)


def _way_left(moves: deque[float]) -> float:
    """What is left of a way whose steps shrink at the rate of the last of them."""
    if len(moves) <= _RATE_ROUNDS:
        return float("inf")
    rate = (moves[-1] / max(moves[0], 1e-300)) ** (1 / _RATE_ROUNDS)
    return moves[-1] * rate / (1 - rate) if rate < 1 else float("inf")


def _maximised(data: FacetData, state: FacetState, beliefs: Beliefs, tilted: Tilted) -> FacetState:
    items, _ = improved_items(state.items, tilted, item=data.item, category=data.category)
    persons, assessors = beliefs.met.persons, beliefs.assessors
    centre = persons.mean.mean(0)
    covariance = _second_moment(persons, centre) / len(persons.mean)
    severe = assessors.mean.mean(0)
    halo, severity = state.spread.halo, state.spread.severity_cov
    if severity[0, 0] > 1e-9:
        severity = _shrunk(_second_moment(assessors, severe), len(assessors.mean))
    else:
        severe = np.zeros_like(severe)
    if halo > 0:
        square = float((beliefs.halo_mean**2 + beliefs.halo_variance).sum())
        size = len(beliefs.halo_mean)
        halo = np.sqrt((square + _PRIOR_WEIGHT * SPREAD_PRIOR**2) / (size + _PRIOR_WEIGHT))
    spread = Spread(covariance, severity, float(halo))
    return _rescaled(data, replace(state, items=items, spread=spread), centre, severe)


def _second_moment(normals: Normals, centre: Floats) -> Floats:
    away = normals.mean - centre
    return np.asarray(away.T @ away + normals.covariance.sum(0))


def _shrunk(total: Floats, size: int) -> Floats:
    """Covariance of severities with a weak prior that knows no correlation."""
    prior = np.eye(len(total)) * SPREAD_PRIOR**2
    weight = _PRIOR_WEIGHT + len(total) - 1
    return np.asarray((total + weight * prior) / (size + weight))


def _rescaled(data: FacetData, state: FacetState, centre: Floats, severe: Floats) -> FacetState:
    """Return the state in units in which traits have mean 0 and variance 1, severities mean 0."""
    spread, items = state.spread, state.items
    sd = np.sqrt(np.diag(spread.correlation))
    shift, unit = (centre - severe)[data.trait], sd[data.trait]
    slopes = items.slopes * unit
    steps = items.steps + np.where(items.steps > -60, (items.slopes * shift)[:, None], 0)
    moved, scale = shift[data.item], unit[data.item]
    weight, pull = state.to_assessor
    return FacetState(
        ItemParameters(slopes, steps),
        Spread(
            _proper(spread.correlation / np.outer(sd, sd)),
            spread.severity_cov / np.outer(sd, sd),
            spread.halo / float(np.exp(np.log(sd).mean())),
        ),
        state.weight * scale**2,
        scale * (state.pull - state.weight * moved),
        (weight * sd**2, sd * (pull - weight * severe)),
    )


def _proper(correlation: Floats) -> Floats:
    """Return the correlation, drawn toward none as far as keeps it invertible."""
    least = float(np.linalg.eigvalsh(correlation)[0])
    if least >= _LEAST_EIGENVALUE:
        return correlation
    share = (_LEAST_EIGENVALUE - least) / (1 - least)
    return np.asarray((1 - share) * correlation + share * np.eye(len(correlation)))


def _parameters(state: FacetState) -> Floats:
    spread, items = state.spread, state.items
    return np.concatenate(
        [
            np.log(items.slopes),
            (items.steps / items.slopes[:, None])[items.steps > -60],
            spread.correlation.ravel(),
            np.sqrt(np.diag(spread.severity_cov)),
            [spread.halo],
        ]
    )


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
