"""The steps of fitting that concern assessors and sources: severities, spreads, halo, slopes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from competency.levels.posterior.network import AssessorEffects, Joint

if TYPE_CHECKING:
    from competency.arrays import Bools, Floats, Ints
    from competency.levels.posterior.layout import Layout
    from competency.levels.posterior.likelihood import Sources

PRIOR_ASSESSORS = 10.0
"""Assessors that the given spreads of severity and of halo count as (chosen by the project)."""

SEVERITY_SD = 0.1
"""Spread of the mean severity of a source around the given one, in levels (by the project)."""

SLOPE_SD = 0.3
"""Spread of the logarithm of a discrimination around the given one (chosen by the project)."""

_LEAST_VARIANCE = 1e-4


@dataclass(frozen=True, eq=False)
class Severities:
    """Beliefs about assessors, and the message of each meeting about them.

    Parameters
    ----------
    mean, variance : Floats, shape (n_assessors,)
        Of the severity, in levels.
    precision, natural : Floats, shape (n_meetings,)
        Precision of the message of a meeting about its assessor, and precision times mean.
    effect_precision, effect_natural : Floats, shape (n_meetings,)
        The same about severity plus halo.
    """

    mean: Floats
    variance: Floats
    precision: Floats
    natural: Floats
    effect_precision: Floats
    effect_natural: Floats


def first_severities(block: Ints, sources: Sources, n_meetings: int) -> Severities:
    """Return the beliefs before any rating; `block` is the source of each assessor."""
    none = np.zeros(n_meetings)
    variance = np.maximum(sources.severity_sd[block] ** 2, _LEAST_VARIANCE)
    return Severities(sources.severity[block].astype(float), variance, none, none, none, none)


def effects_without_own(
    severities: Severities, assessor: Ints, halo_variance: Floats
) -> AssessorEffects:
    """Return the effect of each meeting by all other meetings of its assessor (the cavity).

    `assessor` and `halo_variance` are by meeting.
    """
    held = 1 / severities.variance[assessor] - severities.precision
    mean = severities.mean[assessor] / severities.variance[assessor] - severities.natural
    return AssessorEffects(mean / held, 1 / held + halo_variance)


def update_assessors(
    joint: Joint, effects: AssessorEffects, *, assessor: Ints, block: Ints, sources: Sources
) -> Severities:
    """Return the beliefs about assessors after their meetings.

    Parameters
    ----------
    joint : Joint
    effects : AssessorEffects
        Prior of each meeting.
    assessor : Ints, shape (n_meetings,)
    block : Ints, shape (n_assessors,)
        Source of each assessor.
    sources : Sources
    """
    precision = np.maximum(1 / joint.effect_variance - 1 / effects.variance, 0.0)
    natural = joint.effect_mean / joint.effect_variance - effects.mean / effects.variance
    left = 1 / (1 + sources.halo_sd[block[assessor]] ** 2 * precision)
    prior = 1 / np.maximum(sources.severity_sd[block] ** 2, _LEAST_VARIANCE)
    held = prior + np.bincount(assessor, weights=precision * left, minlength=len(block))
    pull = np.bincount(assessor, weights=natural * left, minlength=len(block))
    mean = (prior * sources.severity[block] + pull) / held
    return Severities(mean, 1 / held, precision * left, natural * left, precision, natural)


def updated_sources(
    sources: Sources,
    given: Sources,
    severities: Severities,
    effects: AssessorEffects,
    *,
    layout: Layout,
    block: Ints,
    assessor: Ints,
    free: Bools,
    anchor: int,
) -> tuple[Sources, float]:
    """Return severities, their spreads and halos after an EM step, and the gain it promises.

    Parameters
    ----------
    sources, given : Sources
        Present values, and those of the settings.
    severities : Severities
    effects : AssessorEffects
    layout : Layout
    block : Ints, shape (n_assessors,)
    assessor : Ints, shape (n_meetings,)
    free : Bools, shape (n_blocks,)
        Sources with enough ratings and assessors.
    anchor : int
        The source whose mean severity stays as given; -1 for none.
    """
    size = len(sources.names)
    count = np.bincount(block, minlength=size).astype(float)
    total = np.bincount(block, weights=severities.mean, minlength=size)
    spread = np.maximum(sources.severity_sd**2, _LEAST_VARIANCE)
    weak = 1 / SEVERITY_SD**2
    mean = (total / spread + given.severity * weak) / (count / spread + weak)
    placed = free & (given.sd() > 0)
    placed[[anchor] if anchor >= 0 else []] = False
    mean = np.where(placed, mean, sources.severity)
    gain = 0.5 * ((mean - sources.severity) ** 2 * count / spread).sum()
    away = (severities.mean - mean[block]) ** 2 + severities.variance
    tau = _shrunk(np.bincount(block, weights=away, minlength=size), count, given.severity_sd)
    halo, enough = _halo(sources, given, severities, effects, layout, assessor)
    tau, halo = np.where(free, tau, spread), np.where(free & enough, halo, sources.halo_sd**2)
    gain += 0.25 * (count * np.log(np.maximum(tau, _LEAST_VARIANCE) / spread) ** 2)[free].sum()
    severity_sd = np.where(free, np.sqrt(tau), sources.severity_sd)
    return replace(sources, severity=mean, severity_sd=severity_sd, halo_sd=np.sqrt(halo)), gain


def updated_lone_severities(
    sources: Sources,
    given: Sources,
    *,
    block: Ints,
    score: Floats,
    information: Floats,
    free: Bools,
    anchor: int,
) -> tuple[Sources, float]:
    """Return mean severities of sources whose observations meet no assessor, and the promised gain.

    Parameters
    ----------
    sources, given : Sources
    block : Ints, shape (n_lone_observations,)
    score, information : Floats, shape (n_lone_observations,)
        Of the latent value of each observation.
    free : Bools, shape (n_blocks,)
    anchor : int
    """
    size, weak = len(sources.names), 1 / SEVERITY_SD**2
    placed = free & (given.sd() == 0) & (np.arange(size) != anchor)
    away = sources.severity - given.severity
    slope = -np.bincount(block, weights=score, minlength=size) - weak * away
    held = np.bincount(block, weights=information, minlength=size) + weak
    step = np.where(placed, slope / held, 0.0)
    gain = float(0.5 * (step**2 * held).sum())
    return replace(sources, severity=sources.severity + step), gain


def _halo(
    sources: Sources,
    given: Sources,
    severities: Severities,
    effects: AssessorEffects,
    layout: Layout,
    assessor: Ints,
) -> tuple[Floats, Bools]:
    """Halo variances, and which sources have assessors who rated several officers."""
    size, kind = len(sources.names), layout.block
    own = np.maximum(sources.halo_sd[kind] ** 2, _LEAST_VARIANCE)
    severity = np.maximum(effects.variance - sources.halo_sd[kind] ** 2, 0.0)
    held = severities.effect_precision
    damping = 1 + held * severity
    natural = (severities.effect_natural - held * effects.mean) / damping
    variance = 1 / (1 / own + held / damping)
    squared = (variance * natural) ** 2 + variance
    several = np.bincount(assessor, minlength=len(severities.mean))[assessor] > 1
    count = np.bincount(kind, weights=several, minlength=size)
    total = np.bincount(kind, weights=squared * several, minlength=size)
    return _shrunk(total, count, given.halo_sd), count >= 2 * PRIOR_ASSESSORS


def _shrunk(total: Floats | Ints, count: Floats | Ints, given_sd: Floats) -> Floats:
    return np.asarray((total + PRIOR_ASSESSORS * given_sd**2) / (count + PRIOR_ASSESSORS))


def updated_slopes(
    sources: Sources,
    given: Sources,
    *,
    block: Ints,
    weight: Floats,
    steepness: Floats,
    free: Bools,
) -> tuple[Sources, float]:
    """Return discriminations after a scoring step of their logarithms, and the gain it promises.

    Parameters
    ----------
    sources, given : Sources
    block : Ints, shape (n_observations,)
    weight, steepness : Floats, shape (n_observations,)
        How many equal observations it stands for, and derivative of the log-probability of one.
    free : Bools, shape (n_blocks,)
    """
    size, weak = len(sources.names), 1 / SLOPE_SD**2
    total = np.bincount(block, weights=weight * steepness, minlength=size)
    held = np.bincount(block, weights=weight * steepness**2, minlength=size) + weak
    score = total - weak * np.log(sources.slope / given.slope)
    step = np.where(free, np.clip(score / held, -0.3, 0.3), 0.0)
    gain = float(0.5 * (step**2 * held).sum())
    return replace(sources, slope=sources.slope * np.exp(step)), gain
