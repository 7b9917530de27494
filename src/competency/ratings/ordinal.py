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


def derivatives(
    observations: Intervals, mean: Floats, variance: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return derivatives of the log-probability of each observation in its mean and slope.

    Parameters
    ----------
    observations : Intervals, n_observations
    mean, variance : Floats, shape (n_observations,)
        Of the latent value, in levels.

    Returns
    -------
    slope, curvature, steepness : float64, shape (n_observations,)
        ``d log P / d mean``, ``-d^2 log P / d mean^2`` and ``d log P / d log a``; all 0 where P is
        at its floor.
    """
    inside, first, second, third = (np.zeros(len(mean)) for _ in range(4))
    for weight, scale in zip(LOGISTIC_WEIGHTS, LOGISTIC_SDS, strict=True):
        noise = (scale / observations.slope) ** 2
        square = noise + observations.spread + variance
        sd = np.sqrt(square)
        low, high = (observations.lower - mean) / sd, (observations.upper - mean) / sd
        inside += weight * (ndtr(high) - ndtr(low))
        at_low, at_high = (weight / _ROOT * np.exp(-0.5 * z * z) for z in (low, high))
        first += (at_low - at_high) / sd
        bend = (low * at_low - high * at_high) / square
        second += bend
        third -= bend * noise
    share = _share(observations, inside)
    slope = share * first
    return slope, slope * slope - share * second, share * third


def border_derivatives(
    observations: Intervals, mean: Floats, variance: Floats
) -> tuple[Floats, Floats]:
    """Return what the log-probability of each observation gains from higher borders.

    Parameters
    ----------
    observations : Intervals, n_observations
    mean, variance : Floats, shape (n_observations,)
        Of the latent value, in levels.

    Returns
    -------
    lower, upper : float64, shape (n_observations,)
        ``d log P / d lower``, never positive, and ``d log P / d upper``, never negative; 0 where
        P is at its floor. Their sum is minus ``d log P / d mean``.
    """
    inside, at_lower, at_upper = (np.zeros(len(mean)) for _ in range(3))
    for weight, scale in zip(LOGISTIC_WEIGHTS, LOGISTIC_SDS, strict=True):
        sd = np.sqrt((scale / observations.slope) ** 2 + observations.spread + variance)
        low, high = (observations.lower - mean) / sd, (observations.upper - mean) / sd
        inside += weight * (ndtr(high) - ndtr(low))
        at_lower += weight / _ROOT * np.exp(-0.5 * low * low) / sd
        at_upper += weight / _ROOT * np.exp(-0.5 * high * high) / sd
    share = _share(observations, inside)
    return -share * at_lower, share * at_upper


def _share(observations: Intervals, inside: Floats) -> Floats:
    """``d log P / d P(latent in the interval)``; 0 where P is at its floor."""
    whole = observations.guess + observations.span * inside
    return np.where(whole > _FLOOR, observations.span / np.maximum(whole, _FLOOR), 0.0)


def item_scores(
    observations: Intervals, mean: Floats, variance: Floats, *, weight: Floats, item: Ints,
    points: Ints, shape: tuple[int, int],
) -> tuple[Floats, Floats]:  # fmt: skip
    """Return score and information of the log-slope and thresholds of each item.

    Column 0 is the logarithm of the slope, column k the threshold below k points. The information
    is the sum of squares and products of the scores of single observations.

    Parameters
    ----------
    observations : Intervals, n_observations
    mean, variance, weight : Floats, shape (n_observations,)
        Of the latent value without the observation; and how often each counts.
    item, points : Ints, shape (n_observations,)
    shape : tuple of int
        Number of items, and 1 more than the most thresholds of any.

    Returns
    -------
    score : float64, shape (n_items, 1 + n_thresholds)
    information : float64, shape (n_items, 1 + n_thresholds, 1 + n_thresholds)
    """
    n_items, size = shape
    steepness = derivatives(observations, mean, variance)[2]
    scores = (steepness, *border_derivatives(observations, mean, variance))
    # NOTE: the outer borders of a scale are no parameters: their derivatives are 0.
    at = (np.zeros(len(item), np.int64), points, np.minimum(points + 1, size - 1))
    score, information = np.zeros(n_items * size), np.zeros(n_items * size * size)
    for first, left in zip(at, scores, strict=True):
        here = item * size + first
        score += np.bincount(here, weight * left, n_items * size)
        for second, right in zip(at, scores, strict=True):
            information += np.bincount(
                here * size + second, weight * left * right, len(information)
            )
    return score.reshape(shape), information.reshape(n_items, size, size)


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
) -> tuple[Sites, Floats]:
    """Return normals that act on the cavities as the observations do, and ``d log P / d log a``.

    The latent value is `base` plus what has `mean` and `variance` without the observation (its
    cavity); the sites are about the latter. Their product has the first two moments of the cavity
    times the probability of the observation.
    """
    slope, curvature, steepness = derivatives(observations, base + mean, variance)
    curvature = np.clip(curvature, 0, _MOST / variance)
    left = 1 - variance * curvature
    # NOTE: an observation made twice has two equal sites, one made in part a part of a site.
    precision = weight * curvature / left
    return Sites(precision, weight * (slope + curvature * mean) / left), steepness
