"""The ordinal likelihood: how likely a rating is, in closed form under normal uncertainty.

An observation (a rating, a certificate, points on an item) says in which interval between two
thresholds a latent value lies, through logistic noise. The logistic is written as a mixture of four
normals, so that its average over any further normal uncertainty (of the trait, severity, halo, age)
has a closed form, and so have its derivatives: no quadrature is needed to take in an observation.
The level model and the many-facet models share this likelihood, and the step of expectation
propagation (Minka 2001) that puts a normal in place of each observation.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np
from scipy.special import ndtr

from competency.arrays import Bools, Floats, Ints

LOGISTIC_WEIGHTS = (
    0.44018323453416924, 0.44357866617723224, 0.10937730763610094, 0.006860791652497447,
)  # fmt: skip
LOGISTIC_SDS = (1.2543073683742945, 1.9371894991012677, 2.764521065974352, 3.7959219569988094)
"""The logistic distribution as a mixture of normals (fit by the project to the logarithm of the
tail: its relative error is below .4 % from the middle to a probability of 2e-6)."""

OPEN = 60.0
"""A border that is never passed: in levels from any mean, or in logits."""

_FLOOR = 1e-12
# The smallest probability of any observation: keeps logarithms finite where records contradict, and
# is far above the rounding of a difference of two probabilities.
_ROOT = float(np.sqrt(2 * np.pi))
_MOST = 0.999
# Largest share of the cavity variance that one observation may take away.

_Rows = TypeVar("_Rows", bound="Intervals")


@dataclass(frozen=True, eq=False)
class Intervals:
    """Observations as noisy intervals, arrays of shape ``(n_observations,)``.

    Borders are in units of the latent scale (levels), slopes in logits per unit, and `spread` is
    further normal variance, in units squared. An observation has probability
    ``guess + span * P(latent in the interval)``.
    """

    lower: Floats
    upper: Floats
    slope: Floats
    spread: Floats
    guess: Floats
    span: Floats

    def take(self: _Rows, rows: Ints | slice | Bools) -> _Rows:
        """Return the observations at `rows`."""
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))


def probability(observations: Intervals, mean: Floats, variance: Floats) -> Floats:
    """Return the probability of each observation when the latent value is N(mean, variance).

    Both have shape ``(n_observations,)`` or ``(n_points, n_observations)``, and so has the result.

    Examples
    --------
    >>> zero, one = np.zeros(1), np.ones(1)
    >>> even = Intervals(zero, one * OPEN, one, spread=zero, guess=zero, span=one)
    >>> probability(even, zero, zero).round(4).tolist()
    [0.5]
    """
    inside = np.zeros(np.shape(mean))
    for weight, scale in zip(LOGISTIC_WEIGHTS, LOGISTIC_SDS, strict=True):
        rate = 1 / np.sqrt((scale / observations.slope) ** 2 + observations.spread + variance)
        place = mean * rate
        part = ndtr(observations.upper * rate - place)
        part -= ndtr(observations.lower * rate - place)
        part *= weight
        inside += part
    return np.asarray(np.maximum(observations.guess + observations.span * inside, _FLOOR))


@dataclass(frozen=True, eq=False)
class ItemGradients:
    """``d log P`` of each observation by what its item is, arrays of shape ``(n_observations,)``.

    Parameters
    ----------
    log_slope : Floats
        By the logarithm of the slope, with the borders where they are.
    lower, upper : Floats
        By the borders: never positive and never negative; their sum is minus the derivative by the
        mean of the latent value.
    """

    log_slope: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True, eq=False)
class Derivatives:
    """Of the log-probability P of each observation; arrays of shape ``(n_observations,)``.

    All are 0 where P is at its floor.

    Parameters
    ----------
    mean, curvature : Floats
        ``d log P / d mean`` and ``-d^2 log P / d mean^2``.
    items : ItemGradients
    """

    mean: Floats
    curvature: Floats
    items: ItemGradients


def derivatives(observations: Intervals, mean: Floats, variance: Floats) -> Derivatives:
    """Return the derivatives when the latent value is N(mean, variance), one for each."""
    inside, first, second, third, lower, upper = np.zeros((6, len(mean)))
    for weight, scale in zip(LOGISTIC_WEIGHTS, LOGISTIC_SDS, strict=True):
        noise = (scale / observations.slope) ** 2
        square = noise + observations.spread + variance
        sd = np.sqrt(square)
        low, high = (observations.lower - mean) / sd, (observations.upper - mean) / sd
        inside += weight * (ndtr(high) - ndtr(low))
        at_low, at_high = (weight / _ROOT * np.exp(-0.5 * z * z) for z in (low, high))
        first += (at_low - at_high) / sd
        lower += at_low / sd
        upper += at_high / sd
        bend = (low * at_low - high * at_high) / square
        second += bend
        third -= bend * noise
    whole = observations.guess + observations.span * inside
    share = np.where(whole > _FLOOR, observations.span / np.maximum(whole, _FLOOR), 0.0)
    slope = share * first
    items = ItemGradients(share * third, -share * lower, share * upper)
    return Derivatives(slope, slope * slope - share * second, items)


@dataclass(frozen=True, eq=False)
class Sites:
    """A normal in place of each observation: its precision, and precision times mean."""

    precision: Floats
    natural: Floats

    def take(self, rows: Ints) -> Sites:
        """Return the sites at `rows`."""
        return Sites(self.precision[rows], self.natural[rows])

    @classmethod
    def flat(cls, n_observations: int) -> Sites:
        """Return sites that say nothing."""
        return cls(np.zeros(n_observations), np.zeros(n_observations))


def cavity(
    sites: Sites, mean: Floats, variance: Floats, *, weight: Floats
) -> tuple[Floats, Floats]:
    """Return mean and variance of the latent value when the observation is taken out once.

    `mean` and `variance`, of shape ``(..., n_observations)``, are those with all observations;
    `weight` says how often each counts.
    """
    once = 1 / np.maximum(weight, 1)
    left = np.maximum(1 - variance * sites.precision * once, 1e-3)
    return (mean - variance * sites.natural * once) / left, variance / left


def matched_sites(
    observations: Intervals, mean: Floats, variance: Floats, *, base: Floats, weight: Floats
) -> tuple[Sites, Derivatives]:
    """Return the normals that act on cavities as the observations do, and the derivatives there.

    The latent value is `base` plus what has `mean` and `variance` without the observation (its
    cavity); the sites are about the latter. The product of cavity and site has the first two
    moments of the cavity times the probability of the observation.
    """
    found = derivatives(observations, base + mean, variance)
    curvature = np.clip(found.curvature, 0, _MOST / variance)
    left = 1 - variance * curvature
    # NOTE: an observation made twice has two equal sites, one made in part a part of a site.
    precision = weight * curvature / left
    return Sites(precision, weight * (found.mean + curvature * mean) / left), found
