"""Calibration with random severities, halo and correlated traits: EM around message passing.

A round passes messages, and takes one Newton step for items and one EM step for the spreads.
Traits and severities are then moved and rescaled to mean 0 and variance 1 (parameter expansion,
Liu, Rubin and Wu 1998), without which hundreds of rounds are needed. Near the end, where the
traits are nearly one and every round does little, differences of the last rounds foretell where the
rounds lead (`anderson`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from competency.arrays import Floats
from competency.ratings.anderson import AndersonAcceleration
from competency.ratings.facet_data import FacetData
from competency.ratings.facet_state import (
    SPREAD_PRIOR,
    FacetState,
    informed,
    log_evidence,
)
from competency.ratings.facet_vector import packed, unpacked
from competency.ratings.messages import Beliefs, Normals, Spread
from competency.ratings.steps import improved_items
from competency.ratings.tilt import OPEN, ItemParameters, Tilted

_PRIOR_WEIGHT = 1.0
# Assessors, or meetings, that the weak prior of a spread counts as.
_PRIOR_PERSONS = 0.1
# Persons, with traits that do not go together, that the prior of the correlation counts as: it
# decides only between correlations above .95 or so. Without it two traits that nothing tells
# apart run into correlation 1, where rounds have no end and precisions none either.
_NEAR = 0.1
# Largest move of a round, in trait standard deviations, from which the end is foretold.
_FAR = 0.5
# Longest step that differences are believed.
_SHARE, _STILL, _MOST_PASSES = 0.2, 1e-5, 10
# Messages are passed until beliefs move by no more than this share of the last move of the
# parameters, or so many standard deviations; and how often at most.
_ROUNDS_ALIKE, _SAFETY = 3, 5.0
# Rounds in a row that must foretell an end this near, and a factor for what differences leave out:
# on 14 small tables of nearly one trait the way left was then below the tolerance of .001 on 13,
# and .0014 on one (measured; with one round and no factor up to .026).


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
        Way to the end, in trait standard deviations, as the differences of the last rounds
        foretell.
    converged : bool
        Whether `remaining` is below the tolerance.
    """

    state: FacetState
    beliefs: Beliefs
    log_likelihood: float
    n_iter: int
    remaining: float
    converged: bool


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
    state, n_iter = _approached(data, start, max_iter)
    memory, ways, move = AndersonAcceleration(), [np.inf], _NEAR
    while _left(ways) > tolerance and n_iter < max_iter:
        state, beliefs, tilted = _settled(data, state, max(_SHARE * move, _STILL))
        point, after = packed(state), _maximised(data, state, beliefs, tilted)[0]
        moved = packed(after) - point
        step, move = memory.step(point, moved), float(np.abs(moved).max())
        ways.append(np.inf if step is None else float(np.abs(step).max()))
        foretold = None if step is None or ways[-1] > _FAR else unpacked(point + step, state)
        state, n_iter = foretold or after, n_iter + 1
    state, *_ = _settled(data, state, _STILL)
    _, beliefs, tilted = informed(data, state)
    evidence, left = log_evidence(data, state, beliefs, tilted), _left(ways)
    return FacetFit(state, beliefs, evidence, n_iter, left, left <= tolerance)


def _left(ways: list[float]) -> float:
    """What is left of the way, as all of the last rounds foretold it."""
    return _SAFETY * max(ways[-_ROUNDS_ALIKE:])


def _approached(data: FacetData, state: FacetState, max_iter: int) -> tuple[FacetState, int]:
    """Go on until a round moves little; the messages, far from settled, move with the scale."""
    for n_iter in range(max_iter):
        state, beliefs, tilted = informed(data, state)
        before = packed(state)
        after, units = _maximised(data, state, beliefs, tilted)
        state = units.messages(data, after)
        if np.abs(packed(state) - before).max() <= _NEAR:
            return state, n_iter + 1
    return state, max_iter


def _settled(
    data: FacetData, state: FacetState, still: float
) -> tuple[FacetState, Beliefs, Tilted]:
    """Pass messages until beliefs about persons move by no more than `still`, on average."""
    state, beliefs, tilted = informed(data, state)
    for _ in range(_MOST_PASSES):
        before = beliefs.met.persons.mean
        state, beliefs, tilted = informed(data, state)
        if np.sqrt(np.mean((beliefs.met.persons.mean - before) ** 2)) <= still:
            break
    return state, beliefs, tilted


@dataclass(frozen=True, eq=False)
class _Units:
    """Where the traits and severities of a round lie, in the units before it."""

    centre: Floats
    severe: Floats
    sd: Floats

    def messages(self, data: FacetData, state: FacetState) -> FacetState:
        """Return the state with its messages moved into these units."""
        moved = (self.centre - self.severe)[data.trait][data.item]
        scale = self.sd[data.trait][data.item]
        weight, pull = state.to_assessor
        return replace(
            state,
            weight=state.weight * scale**2,
            pull=scale * (state.pull - state.weight * moved),
            to_assessor=(weight * self.sd**2, self.sd * (pull - weight * self.severe)),
        )


def _maximised(
    data: FacetData, state: FacetState, beliefs: Beliefs, tilted: Tilted
) -> tuple[FacetState, _Units]:
    """Return the state with better parameters and its old messages, and what they are told in."""
    items = improved_items(state.items, tilted, item=data.item, category=data.category)
    persons, assessors = beliefs.met.persons, beliefs.assessors
    centre = persons.mean.mean(0)
    total = _second_moment(persons, centre) + _PRIOR_PERSONS * np.eye(len(centre))
    severe = assessors.mean.mean(0)
    halo, severity = state.spread.halo, state.spread.severity_cov
    if severity[0, 0] > 1e-9:
        severity = _shrunk(_second_moment(assessors, severe), len(assessors.mean))
    else:
        severe = np.zeros_like(severe)
    if halo > 0:
        square = float((beliefs.halo_mean**2 + beliefs.halo_variance).sum())
        size = len(beliefs.halo_mean)
        halo = float(np.sqrt((square + _PRIOR_WEIGHT * SPREAD_PRIOR**2) / (size + _PRIOR_WEIGHT)))
    spread = Spread(total / (len(persons.mean) + _PRIOR_PERSONS), severity, halo)
    return _rescaled(data, replace(state, items=items, spread=spread), centre, severe)


def _second_moment(normals: Normals, centre: Floats) -> Floats:
    away = normals.mean - centre
    return np.asarray(away.T @ away + normals.covariance.sum(0))


def _shrunk(total: Floats, size: int) -> Floats:
    """Covariance of severities with a weak prior that knows no correlation."""
    prior = np.eye(len(total)) * SPREAD_PRIOR**2
    weight = _PRIOR_WEIGHT + len(total) - 1
    return np.asarray((total + weight * prior) / (size + weight))


def _rescaled(
    data: FacetData, state: FacetState, centre: Floats, severe: Floats
) -> tuple[FacetState, _Units]:
    """Return the state in units in which traits have mean 0 and variance 1, severities mean 0."""
    spread, items = state.spread, state.items
    sd = np.sqrt(np.diag(spread.correlation))
    shift, unit = (centre - severe)[data.trait], sd[data.trait]
    steps = items.steps + np.where(items.steps > -OPEN, (items.slopes * shift)[:, None], 0)
    units = np.outer(sd, sd)
    halo = spread.halo / float(np.exp(np.log(sd).mean()))
    after = replace(
        state,
        items=ItemParameters(items.slopes * unit, steps),
        spread=Spread(spread.correlation / units, spread.severity_cov / units, halo),
    )
    return after, _Units(centre, severe, sd)
