"""Calibration with random severities, halo and correlated traits: EM around message passing.

A round passes messages, and takes one Newton step for items and one EM step for the spreads.
Traits and severities are then moved and rescaled to mean 0 and variance 1 (parameter expansion,
Liu, Rubin and Wu 1998), without which hundreds of rounds are needed. Near the end, where the
traits are nearly one and every round does little, Anderson acceleration extrapolates the last
rounds to the fixed point.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from scipy.special import expit

from competency.arrays import Floats, Ints
from competency.ratings.many_facet.meetings import GradedItems, MeetingRatings
from competency.ratings.many_facet.messages import Beliefs, Normals, Spread
from competency.ratings.many_facet.state import (
    SPREAD_PRIOR,
    FacetState,
    RatedTraits,
    log_evidence,
    packed,
    passed,
    unpacked,
)
from competency.ratings.ordinal import OPEN, Sites

SLOPE_SD = 0.7
"""Standard deviation of the weak normal prior on the logarithm of a slope (chosen by the
project): it decides only where an item has some tens of ratings."""

MEMORY = 6
"""Differences that are kept: about as many as models of ratings have slow directions (4 and 12
took more rounds on small tables, measured)."""

NOISE = 0.03
"""Relative size of a singular value below which differences say nothing new, but for the noise of
messages that have not quite converged (1e-8 to .1 tried on 60 small tables)."""

_FEWEST_DIFFERENCES = 3
# With fewer, no step is proposed.
_WORSE = 2.0
# Factor by which a change must have grown for the differences to be forgotten.
_PRIOR_WEIGHT = 1.0
# Assessors, or meetings, that the weak prior of a spread counts as.
_PRIOR_PERSONS = 0.1
# Persons, with traits that do not go together, that the prior of the correlation counts as: it
# decides only between correlations above .95 or so. Without it two traits that nothing
# separates run into correlation 1, where rounds have no end and precisions none either.
_NEAR = 0.1
# Largest change in a round, in trait standard deviations, from which the end is extrapolated.
_FAR = 0.5
# Longest step of an extrapolation that is taken.
_SHARE, _STILL, _MOST_PASSES = 0.2, 1e-5, 10
# Messages are passed until beliefs change by no more than this share of the last change of the
# parameters, or so many standard deviations; and how often at most.
_ROUNDS_ALIKE, _SAFETY = 3, 5.0
# Rounds in a row that must predict an end this near, and a factor for what differences leave out:
# on 14 small tables of nearly one trait the distance was then below the tolerance of .001 on 13,
# and .0014 on one (measured; with one round and no factor up to .026).
_WIDEST = 0.7
# Largest change of a parameter of an item in one step.
_LEAST_SLOPE, _LEAST_GAP = 0.05, 1e-4
_FLATTENED = np.float32(np.pi / 8)
# Of MacKay's approximation of a logistic function averaged over a normal.


@dataclass(frozen=True, eq=False)
class FacetFit:
    """A calibrated facet model.

    The log-likelihood is the approximation of expectation propagation. `remaining` is the distance
    to the fixed point, in trait standard deviations, as the last rounds predict it; `converged`
    says that it is below the tolerance.
    """

    state: FacetState
    beliefs: Beliefs
    log_likelihood: float
    n_iter: int
    remaining: float
    converged: bool


@dataclass
class AndersonAcceleration:
    """Points and changes of the last rounds of a slow fixed-point iteration.

    Rounds of EM shrink the distance to the fixed point by a constant factor that is near 1 where
    the data hardly determine a parameter. With x the points of the last rounds and f the change
    that a round made at each, f is nearly linear, so that the point where it vanishes solves
    ``f + dF dx = 0`` with the differences ``dF`` in place of the derivative (Anderson 1965; Walker
    and Ni 2011). The length of the step says how far the end still is, which f alone does not.
    """

    noise: float = NOISE
    points: deque[Floats] = field(default_factory=lambda: deque(maxlen=MEMORY + 1))
    changes: deque[Floats] = field(default_factory=lambda: deque(maxlen=MEMORY + 1))

    def step(self, point: Floats, change: Floats) -> Floats | None:
        """Return the step to the estimated fixed point; None while too little is known.

        `change` is what a plain round would do at `point`.

        Examples
        --------
        A round that goes a hundredth of the way to 5, and half of the way to -1:

        >>> memory, point = AndersonAcceleration(noise=1e-8), np.zeros(2)
        >>> for _ in range(4):
        ...     change = (np.array([5.0, -1.0]) - point) * [0.01, 0.5]
        ...     step = memory.step(point, change)
        ...     point = point + change
        >>> (point - change + step).round(6).tolist()
        [5.0, -1.0]
        """
        if self.changes and np.abs(change).max() > _WORSE * np.abs(self.changes[-1]).max():
            self.points.clear()
            self.changes.clear()
        self.points.append(point)
        self.changes.append(change)
        if len(self.points) <= _FEWEST_DIFFERENCES:
            return None
        moves, bends = (np.diff(np.stack(kept), axis=0).T for kept in (self.points, self.changes))
        shares = np.linalg.lstsq(bends, change, rcond=self.noise)[0]
        return np.asarray(change - (moves + bends) @ shares)


def calibrate(
    data: MeetingRatings, start: FacetState, *, tolerance: float, max_iter: int
) -> FacetFit:
    """Return the calibrated model.

    Rounds end when the parameter farthest from the fixed point is within `tolerance` of it, in
    trait standard deviations, or after `max_iter` of them.
    """
    state, n_iter = _approached(data, start, max_iter)
    memory, distances, change = AndersonAcceleration(), [np.inf], _NEAR
    while _remaining(distances) > tolerance and n_iter < max_iter:
        state, beliefs, rated = _converged(data, state, max(_SHARE * change, _STILL))
        point, after = packed(state), _maximised(data, state, beliefs, rated)[0]
        changes = packed(after) - point
        step, change = memory.step(point, changes), float(np.abs(changes).max())
        distances.append(np.inf if step is None else float(np.abs(step).max()))
        far = step is None or distances[-1] > _FAR
        ahead = None if step is None or far else unpacked(point + step, state)
        state, n_iter = ahead or after, n_iter + 1
    state, *_ = _converged(data, state, _STILL)
    _, beliefs, _ = passed(data, state)
    evidence, left = log_evidence(data, state, beliefs), _remaining(distances)
    return FacetFit(state, beliefs, evidence, n_iter, left, left <= tolerance)


def _remaining(distances: list[float]) -> float:
    """Distance to the fixed point, as all of the last rounds predict it."""
    return _SAFETY * max(distances[-_ROUNDS_ALIKE:])


def _approached(data: MeetingRatings, state: FacetState, max_iter: int) -> tuple[FacetState, int]:
    """Go on until a round changes little; messages, not yet converged, move with the scale."""
    for n_iter in range(max_iter):
        state, beliefs, rated = passed(data, state)
        before = packed(state)
        after, units = _maximised(data, state, beliefs, rated)
        state = units.messages(data, after)
        if np.abs(packed(state) - before).max() <= _NEAR:
            return state, n_iter + 1
    return state, max_iter


def _converged(
    data: MeetingRatings, state: FacetState, still: float
) -> tuple[FacetState, Beliefs, RatedTraits]:
    """Pass messages until beliefs about persons change by no more than `still`, on average."""
    state, beliefs, rated = passed(data, state)
    for _ in range(_MOST_PASSES):
        before = beliefs.met.persons.mean
        state, beliefs, rated = passed(data, state)
        if np.sqrt(np.mean((beliefs.met.persons.mean - before) ** 2)) <= still:
            break
    return state, beliefs, rated


@dataclass(frozen=True, eq=False)
class _Units:
    """Mean of traits, mean of severities and sd of traits after a round, in the units before it."""

    centre: Floats
    severe: Floats
    sd: Floats

    def messages(self, data: MeetingRatings, state: FacetState) -> FacetState:
        """Return the state with its messages moved into these units."""
        moved = (self.centre - self.severe)[data.trait][data.item]
        scale = self.sd[data.trait][data.item]
        weight, pull = state.to_assessor
        precision, natural = state.sites.precision, state.sites.natural
        return replace(
            state,
            sites=Sites(precision * scale**2, scale * (natural - precision * moved)),
            to_assessor=(weight * self.sd**2, self.sd * (pull - weight * self.severe)),
        )


def _maximised(
    data: MeetingRatings, state: FacetState, beliefs: Beliefs, rated: RatedTraits
) -> tuple[FacetState, _Units]:
    """Return the state with better parameters and its old messages, and the units of these."""
    items = improved_items(state.items, rated, data)
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
    data: MeetingRatings, state: FacetState, centre: Floats, severe: Floats
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
        items=GradedItems(items.slopes * unit, steps),
        spread=Spread(spread.correlation / units, spread.severity_cov / units, halo),
    )
    return after, _Units(centre, severe, sd)


def improved_items(items: GradedItems, rated: RatedTraits, data: MeetingRatings) -> GradedItems:
    """Return the items after one Newton step, with the weak prior of the slopes."""
    slope, width = items.slopes, items.steps.shape[1] + 1
    code = data.item * width + data.category

    def summed(values: Floats | None) -> Floats:
        sums = np.bincount(code, weights=values, minlength=len(slope) * width)
        return sums.reshape(-1, width).astype(np.float64)

    at = rated.gradients
    by_threshold = summed(at.lower)[:, 1:] + summed(at.upper)[:, :-1]
    # By the slope and the steps: thresholds are -step / slope.
    score = np.zeros((len(slope), width))
    score[:, 1:] = -by_threshold / slope[:, None]
    by_slope = summed(at.log_slope).sum(1) - (items.thresholds * by_threshold).sum(1)
    score[:, 0] = by_slope / slope - np.log(slope) / SLOPE_SD**2 / slope
    information = _information(items, rated, data.item, code, summed)
    information[:, 0, 0] += 1 / SLOPE_SD**2 / slope**2
    missing = np.pad(items.steps <= -OPEN, ((0, 0), (1, 0)))
    information[:, np.arange(width), np.arange(width)] += 1e-9 + missing
    step = np.linalg.solve(information, score[..., None])[..., 0]
    return _legal(items, np.clip(step, -_WIDEST, _WIDEST))


def _information(
    items: GradedItems,
    rated: RatedTraits,
    item: Ints,
    code: Ints,
    summed: Callable[[Floats | None], Floats],
) -> Floats:
    """Expected information about slope and steps of each item if z had been observed."""
    ends = np.full((len(items.steps), 1), OPEN)
    sides = np.concatenate([ends, items.steps, -ends], 1)
    width = sides.shape[1] - 1
    # NOTE: the curvature only steers the step, so that single precision serves, and the logistic
    # at the mean, flattened as a normal of this variance flattens it (MacKay 1992).
    z, slopes = rated.mean.astype(np.float32), items.slopes.astype(np.float32)[item]
    flat = 1 / np.sqrt(1 + _FLATTENED * slopes**2 * rated.variance.astype(np.float32))
    curves = []
    for side in (0, 1):
        borders = sides.astype(np.float32)[:, side : side + width].ravel()[code]
        reached = expit(flat * (slopes * z + borders))
        curve = flat * reached * (1 - reached)
        curves.append([summed(curve), summed(curve * z), summed(curve * z * z)])
    (first, first_z, first_zz), (second, second_z, second_zz) = curves
    near = 1 / np.expm1(np.maximum(-np.diff(sides, axis=1), 1e-12))  # exp(-gap) / (1 - ..)
    bend = summed(None) * near * (1 + near)
    information = np.zeros((len(sides), width, width))
    place = np.arange(1, width)
    information[:, place, place] = (first + bend)[:, 1:] + (second + bend)[:, :-1]
    information[:, place[1:], place[:-1]] = -bend[:, 1:-1]
    information[:, place[:-1], place[1:]] = -bend[:, 1:-1]
    information[:, 0, 1:] = information[:, 1:, 0] = first_z[:, 1:] + second_z[:, :-1]
    information[:, 0, 0] = (first_zz + second_zz).sum(1)
    return information


def _legal(items: GradedItems, step: Floats) -> GradedItems:
    """Go along the step as far as slopes stay positive and thresholds in order."""
    share = np.ones(len(step))
    for _ in range(30):
        slopes = items.slopes + share * step[:, 0]
        steps = items.steps + share[:, None] * step[:, 1:]
        bad = (slopes < _LEAST_SLOPE) | (np.diff(steps, axis=1) > -_LEAST_GAP).any(1)
        if not bad.any():
            break
        share[bad] /= 2
    else:
        return items
    return GradedItems(slopes, steps)
