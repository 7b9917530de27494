"""Every rating beside what the model expected of it without it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.levels.posterior.likelihood import intervals_of
from competency.ratings.ordinal import Sites, cavity, derivatives, probability

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints
    from competency.levels.diagnostics.settled_cohort import SettledCohort
    from competency.levels.posterior.likelihood import Sources

LEAST_VARIANCE = 1e-4
"""Smallest variance of a rating, in levels squared: that of one in 10,000 being a level off. Keeps
the square of a residual finite where a record had already settled the level."""


@dataclass(frozen=True, eq=False)
class RatingRows:
    """Ratings, one element for each officer, competency, day and assessor.

    Parameters
    ----------
    officer, competency, block, assessor : Ints, shape (n_ratings,)
        Block is the source; assessor is the row of the named ones, -1 = not named.
    level : Floats, shape (n_ratings,)
        What was rated; between two levels where the rating was, or where several agree to differ.
    count : Floats, shape (n_ratings,)
        Times it was said on that day by that assessor: 1 but for doubles.
    age : Floats, shape (n_ratings,)
        In years.
    mean, variance : Floats, shape (n_ratings,)
        Of the latent value that the rating speaks of, when the rating itself is taken out: level of
        the officer less severity and halo of the assessor, in levels and levels squared.
    probs : Floats, shape (n_ratings, n_levels)
        Chance of each rating then: the leave-one-out predictive distribution.
    """

    officer: Ints
    competency: Ints
    block: Ints
    assessor: Ints
    level: Floats
    count: Floats
    age: Floats
    mean: Floats
    variance: Floats
    probs: Floats

    @property
    def expected(self) -> Floats:
        """Expected rating, float64 ``(n_ratings,)``, in levels."""
        return np.asarray(self.probs @ np.arange(self.probs.shape[1]))

    @property
    def residual(self) -> Floats:
        """Rating less expected rating, float64 ``(n_ratings,)``, in levels."""
        return np.asarray(self.level - self.expected)

    @property
    def spread(self) -> Floats:
        """Variance of the rating, float64 ``(n_ratings,)``, at least `LEAST_VARIANCE`."""
        return np.maximum(self._moment(2), LEAST_VARIANCE)

    @property
    def fourth(self) -> Floats:
        """Fourth central moment of the rating, float64 ``(n_ratings,)``."""
        return np.maximum(self._moment(4), self.spread**2)

    def _moment(self, power: int) -> Floats:
        away = np.arange(self.probs.shape[1]) - self.expected[:, None]
        return np.asarray((self.probs * away**power).sum(-1))


def rating_rows(cohort: SettledCohort) -> RatingRows:
    """Return the ratings of a cohort with their leave-one-out predictive distributions.

    Parameters
    ----------
    cohort : SettledCohort

    Returns
    -------
    RatingRows

    Notes
    -----
    The severity of the assessor is what the other officers told, the halo what the other ratings
    of this officer told, the level what all other ratings told. A rating between two levels is
    two observations in the model and one row here; both are taken out. Parameters, and the normals
    that stand for the other ratings, have seen the rating: predictions lie a little too far out
    (the residual falls by .03 to .06 for each level expected, in simulations). Cost is linear in
    ratings.
    """
    layout, network, sites = cohort.layout, cohort.network, cohort.sites
    seen = layout.observations
    keys = (seen.officer, seen.competency, seen.age, seen.block, seen.assessor, seen.item)
    new = np.append(True, np.any([key[1:] != key[:-1] for key in keys], axis=0))[
        : len(seen.officer)
    ]
    first = np.flatnonzero(new)
    count, natural, precision, level = (
        np.add.reduceat(values, first) if len(first) else np.zeros(0)
        for values in (seen.weight, sites.natural, sites.precision, seen.weight * seen.level)
    )
    rated = seen.item[first] < 0
    count, natural, precision, level = (
        values[rated] for values in (count, natural, precision, level)
    )
    first = first[rated]
    mean, variance = cavity(
        Sites(precision, natural),
        cohort.joint.observation_mean[first],
        cohort.joint.observation_variance[first],
        weight=count,
    )
    mean = mean + network.base[first]
    block, competency = seen.block[first], seen.competency[first]
    return RatingRows(
        seen.officer[first],
        competency,
        block,
        seen.assessor[first],
        level / count,
        count,
        seen.age[first],
        mean,
        variance,
        level_chances(
            cohort.sources,
            block,
            mean,
            variance + network.observations.spread[first],
            max_level=layout.max_level[competency],
            n_levels=cohort.index.n_levels,
        ),
    )


def level_chances(
    sources: Sources,
    block: Ints,
    mean: Floats,
    variance: Floats,
    *,
    max_level: Ints,
    n_levels: int,
) -> Floats:
    """Return the chance of each rating by sources when the latent value is normal.

    Parameters
    ----------
    sources : Sources
    block : Ints, shape (n,)
    mean, variance : Floats, shape (n,)
        In levels, and levels squared.
    max_level : Ints, shape (n,)
        Highest level of each competency.
    n_levels : int

    Returns
    -------
    float64, shape (n, n_levels)
        Sums to 1 along the last axis; 0 above `max_level`.

    Examples
    --------
    >>> from competency.config import LevelConfig
    >>> from competency.levels.posterior.likelihood import given_sources
    >>> one = np.zeros(1, int)
    >>> level_chances(given_sources(LevelConfig()), one, np.array([0.5]), np.zeros(1),
    ...               max_level=one + 1, n_levels=3).round(4).tolist()
    [[0.5, 0.5, 0.0]]
    """
    chances = np.zeros((len(mean), n_levels))
    for level in range(n_levels):
        stated = np.full(len(mean), level)
        observations = intervals_of(sources, block, stated, max_level, spread=np.zeros(len(mean)))
        chances[:, level] = probability(observations, mean, variance) * (level <= max_level)
    return np.asarray(chances / chances.sum(-1, keepdims=True))


def level_information(
    sources: Sources, block: Ints, mean: Floats, variance: Floats, *, max_level: Ints
) -> Floats:
    """Return Fisher's information of a rating about the mean of its latent value.

    ``sum_k P_k (d log P_k / d mean)^2``.

    Parameters
    ----------
    sources : Sources
    block : Ints, shape (n,)
    mean, variance : Floats, shape (n,)
        In levels, and levels squared.
    max_level : Ints, shape (n,)

    Returns
    -------
    float64, shape (n,)
        In 1 / levels squared.

    Examples
    --------
    A scale of one step is a logistic regression: a^2 p (1 - p) at the cut, 1 with a = 2. (The
    mixture of normals that stands for the logistic is 1 % flatter there.)

    >>> from competency.config import LevelConfig, SourceConfig
    >>> from competency.levels.posterior.likelihood import given_sources
    >>> config = LevelConfig(sources={"test": SourceConfig(discrimination=2.0)})
    >>> one = np.zeros(1, int)
    >>> level_information(given_sources(config), one, np.array([0.5]), np.zeros(1),
    ...                   max_level=one + 1).round(2).tolist()
    [0.98]
    """
    total = np.zeros(len(mean))
    for level in range(int(max_level.max(initial=0)) + 1):
        stated = np.full(len(mean), level)
        observations = intervals_of(sources, block, stated, max_level, spread=np.zeros(len(mean)))
        slope = derivatives(observations, mean, variance).mean
        total += probability(observations, mean, variance) * slope**2 * (level <= max_level)
    return total
