"""Learning a cohort: group means, spread and correlation, sources and assessors, by EM.

Each round makes two sweeps of expectation propagation (observations -> normal sites -> officers ->
meetings -> assessors), then updates the parameters: means of positions and units by a Newton step,
the covariance of competencies and all spreads by EM, discriminations by a Newton step. The cuts
between levels and the severity of one source fix the scale, so that nothing needs rescaling.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from competency.levels.fitting.assessors import (
    Severities,
    effects_without_own,
    first_severities,
    update_assessors,
    updated_lone_severities,
    updated_slopes,
    updated_sources,
)
from competency.levels.fitting.given import Fixed
from competency.levels.fitting.items import SLOPE_SD as ITEM_SLOPE_SD, shifted_items, step_items
from competency.levels.fitting.officer_steps import (
    OfficerDerivatives,
    step_covariance,
    step_means,
    step_units,
)
from competency.levels.posterior.layout import make_network
from competency.levels.posterior.likelihood import BESIDE, CERTAIN
from competency.levels.posterior.network import joint_beliefs, updated_sites
from competency.levels.posterior.parameters import Parameters, Units
from competency.ratings.ordinal import Sites

if TYPE_CHECKING:
    from datetime import date

    from competency.arrays import Bools, Floats, Ints
    from competency.levels.posterior.layout import Layout
    from competency.levels.posterior.likelihood import Sources
    from competency.levels.posterior.network import AssessorEffects, Joint, Network
    from competency.levels.posterior.problem import LevelProblem

LEAST_RATINGS, LEAST_ASSESSORS = 200, 10
"""Ratings of a source below which its given values stay, and assessors below which its mean
severity and spreads stay (chosen by the project: below, the prior would decide anyway)."""

TOLERANCE = 0.02
"""Height of the log-likelihood still to be gained at which fitting has converged: parameters are
then within a fifth of their standard errors of the maximum."""

_SWEEPS = 2
_SLOWEST = 0.98
_EVERY = 4
# Rounds between two extrapolations along the direction in which EM is slow.


@dataclass(frozen=True, eq=False)
class Calibration:
    """Parameters, and how they were reached.

    Parameters
    ----------
    parameters : Parameters
    estimated : Bools, shape (n_blocks,)
        Sources whose values were learned.
    anchor : int
        The source whose mean severity stayed as given; -1 = none.
    slope_sd : Floats, shape (n_items,)
        Standard deviation of the logarithm of the slope of each item of a test.
    n_iter : int
    height : float
        Log-likelihood still to be gained, as estimated in the last round.
    """

    parameters: Parameters
    estimated: Bools
    anchor: int
    slope_sd: Floats
    n_iter: int
    height: float


@dataclass(frozen=True, eq=False)
class _State:
    parameters: Parameters
    severities: Severities
    sites: Sites
    slope_sd: Floats
    gain: float


def calibrate(problem: LevelProblem, day: date) -> tuple[Calibration, Layout]:
    """Return the parameters learned from the ratings until `day`, and the layout of these."""
    layout, fixed = problem.rating_layout(problem.sources, day), Fixed.of(problem)
    n_assessors, n_units = len(problem.observations.assessors), len(problem.units[1])
    assessor, block = _everyone(layout, n_assessors)
    free, anchor = _free(layout, fixed, assessor, block), _anchor_source(layout, fixed.sources)
    state = _first(layout, fixed, block, n_assessors, n_units)
    n_iter, height, extrapolated, path = 0, np.inf, False, [_vector(state)]
    while height > TOLERANCE and n_iter < fixed.iterations:
        gain, state = state.gain, _round(
            layout, fixed, state, assessor=assessor, block=block, free=free, anchor=anchor
        )  # fmt: skip
        path = [*path[-2:], _vector(state)]
        # NOTE: steps shrink by r a round, gains by r^2; what an EM step promises is 1 - r of
        # the height that is left, so that slow progress is never taken for convergence. After an
        # extrapolation the rate is not known.
        rate = min(max(np.sqrt(state.gain / gain) if gain > 0 else 0.0, 0.5), _SLOWEST)
        height = np.inf if extrapolated else state.gain / (1 - rate)
        n_iter, extrapolated = n_iter + 1, height > TOLERANCE and n_iter % _EVERY == _EVERY - 1
        state = _extrapolated(state, path) if extrapolated else state
    named = slice(0, n_assessors)
    last, severities = state.parameters, state.severities
    learned = replace(
        last, covariance=last.covariance + last.units.sd**2, severity=severities.mean[named],
        severity_variance=severities.variance[named],
    )  # fmt: skip
    return Calibration(learned, free, anchor, state.slope_sd, n_iter, float(height)), layout


def _anchor_source(layout: Layout, sources: Sources) -> int:
    """Return the source whose mean severity stays: the one of highest given slope that was used."""
    used = np.bincount(layout.observations.block, minlength=len(sources.names)) > 0
    used &= np.array([name not in (CERTAIN, *BESIDE) for name in sources.names])
    return int(np.argmax(np.where(used, sources.slope, -1))) if used.any() else -1


def _vector(state: _State) -> Floats:
    """Means, strengths, severities and thresholds: EM is slow where one can stand for another."""
    now = state.parameters
    return np.concatenate(
        [
            now.means.group.ravel(),
            now.units.strength,
            now.sources.severity,
            now.sources.items.thresholds.ravel(),
        ]
    )


def _extrapolated(state: _State, path: list[Floats]) -> _State:
    """Go on to where steps that shrink by a constant rate would end (Aitken's extrapolation)."""
    before, last = path[1] - path[0], path[2] - path[1]
    rate = float(before @ last) / max(float(before @ before), 1e-300)
    if not 0 < rate < 1:
        return state
    rate = min(rate, _SLOWEST)
    ahead = last * rate / (1 - rate)
    now = state.parameters
    sizes = [now.means.group.size, len(now.units.strength), len(now.sources.names)]
    group, strength, severity, places = np.split(ahead, np.cumsum(sizes))
    means = replace(now.means, group=now.means.group + group.reshape(now.means.group.shape))
    units = replace(now.units, strength=now.units.strength + strength)
    items = shifted_items(now.sources.items, places)
    sources = replace(now.sources, severity=now.sources.severity + severity, items=items)
    return replace(state, parameters=replace(now, means=means, units=units, sources=sources))


def _everyone(layout: Layout, n_assessors: int) -> tuple[Ints, Ints]:
    """Assessor of each meeting, nameless ones one a meeting; source of each assessor."""
    nameless = layout.assessor < 0
    assessor = layout.assessor.copy()
    assessor[nameless] = n_assessors + np.arange(int(nameless.sum()))
    block = np.zeros(n_assessors + int(nameless.sum()), np.int64)
    block[assessor] = layout.block
    return assessor, block


def _free(layout: Layout, fixed: Fixed, assessor: Ints, block: Ints) -> Bools:
    size = len(fixed.sources.names)
    ratings = np.bincount(
        layout.observations.block, weights=layout.observations.weight, minlength=size
    )
    rating = np.bincount(assessor, minlength=len(block)) > 0
    assessors = np.bincount(block[rating], minlength=size)
    known = np.array([name in (CERTAIN, *BESIDE) for name in fixed.sources.names])
    alone = fixed.sources.sd() == 0
    enough = (ratings >= LEAST_RATINGS) & ((assessors >= LEAST_ASSESSORS) | alone)
    return np.asarray(fixed.calibrate & enough & ~known)


def _first(layout: Layout, fixed: Fixed, block: Ints, n_assessors: int, n_units: int) -> _State:
    assessors, officers = np.zeros(n_assessors), np.zeros(len(layout.group))
    units = Units.unknown(n_units, fixed.unit_sd)
    parameters = Parameters(
        fixed.start, fixed.target, fixed.sources, units, assessors, assessors, officers, officers
    )
    network = _network(layout, parameters)
    severities = first_severities(block, fixed.sources, len(layout.owner))
    slope_sd = np.full(len(fixed.sources.items.slope), ITEM_SLOPE_SD)
    return _State(parameters, severities, Sites.flat(len(network.officer)), slope_sd, np.inf)


def _round(
    layout: Layout, fixed: Fixed, state: _State, *, assessor: Ints, block: Ints, free: Bools,
    anchor: int,
) -> _State:  # fmt: skip
    now, severities, sites = state.parameters, state.severities, state.sites
    network = _network(layout, now)
    precision = np.linalg.inv(now.covariance)
    halo = now.sources.halo_sd[layout.block] ** 2
    for _ in range(_SWEEPS):
        effects = effects_without_own(severities, assessor, halo)
        joint = joint_beliefs(network, sites, effects, precision)
        severities = update_assessors(
            joint, effects, assessor=assessor, block=block, sources=now.sources
        )
        sites, steepness = updated_sites(network, sites, joint)
    effects = effects_without_own(severities, assessor, halo)
    joint = joint_beliefs(network, sites, effects, precision)
    officers = OfficerDerivatives.of(network, sites, joint, effects, precision)
    means, gain = step_means(layout, fixed, now, officers)
    units, more = step_units(
        layout, fixed, now, officers, change=means.group - now.means.group, assessor=assessor,
        severity_variance=severities.variance,
    )  # fmt: skip
    gain += more
    covariance, sources, slope_sd = now.covariance, now.sources, state.slope_sd
    if fixed.calibrate:
        covariance, more = step_covariance(layout, fixed, now, joint, officers)
        gain += more
        sources, more = _step_sources(
            layout, fixed, now, severities, (network, sites, joint, effects),
            steepness=steepness, assessor=assessor, block=block, free=free, anchor=anchor,
        )  # fmt: skip
        gain += more
        if len(slope_sd):
            items, slope_sd, more = step_items(
                layout, network, sites, joint, curves=sources.items, given=fixed.sources.items
            )
            sources, gain = replace(sources, items=items), gain + more
    after = replace(now, means=means, covariance=covariance, sources=sources, units=units)
    return _State(after, severities, sites, slope_sd, gain)


def _step_sources(
    layout: Layout, fixed: Fixed, now: Parameters, severities: Severities,
    posterior: tuple[Network, Sites, Joint, AssessorEffects], *, steepness: Floats, assessor: Ints,
    block: Ints, free: Bools, anchor: int,
) -> tuple[Sources, float]:  # fmt: skip
    """Severities, spreads and discriminations after their steps, and what these promise."""
    given, observed = fixed.sources, layout.observations
    network, sites, joint, effects = posterior
    sources, gain = updated_sources(
        now.sources, given, severities, effects, layout=layout, block=block,
        assessor=assessor, free=free, anchor=anchor,
    )  # fmt: skip
    sources, more = updated_slopes(
        sources, given, block=observed.block, weight=network.weight, steepness=steepness, free=free
    )
    gain += more
    lone = layout.meeting == len(layout.owner)
    slope = sites.natural - sites.precision * joint.observation_mean
    sources, more = updated_lone_severities(
        sources, given, block=observed.block[lone], score=slope[lone],
        information=sites.precision[lone], free=free, anchor=anchor,
    )  # fmt: skip
    return sources, gain + more


def _network(layout: Layout, now: Parameters) -> Network:
    variance, shift = np.diag(now.covariance), now.units.of(layout.unit)[0]
    return make_network(layout, now.sources, now.means.group, variance, shift=shift)
