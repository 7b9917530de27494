"""Every rating beside its leave-one-out prediction, and how ratings scatter: infit and outfit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.levels.posterior.likelihood import intervals_of
from competency.ratings.ordinal import Sites, cavity, derivatives, probability

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints
    from competency.levels.diagnostics.cohort_posterior import CohortPosterior
    from competency.levels.posterior.likelihood import Sources

LEAST_VARIANCE = 1e-4
"""Smallest variance of a rating, in levels squared: that of one in 10,000 being a level off. Keeps
the square of a residual finite where a record had already fixed the level."""


@dataclass(frozen=True, eq=False)
class RatingRows:
    """Ratings, one element ``(n_ratings,)`` for each officer, competency, day and assessor.

    `block` is the source; `assessor` the row of the named ones, -1 = not named. `level` lies
    between two levels where the rating did, or where several ratings of one day differ; `count` is
    the number of ratings in the row, `age` is in years. `mean` and `variance` are those of the
    latent value behind the rating (level of the officer less severity and halo of the assessor)
    given all other ratings; `probs`, ``(n_ratings, n_levels)``, is the predictive distribution of
    the rating then.
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


def rating_rows(cohort: CohortPosterior) -> RatingRows:
    """Return the ratings of a cohort with their leave-one-out predictive distributions.

    Notes
    -----
    The severity of the assessor is estimated from the other officers, the halo from the other
    ratings of this officer, the level from all other ratings. A rating between two levels is two
    observations in the model and one row here; both are taken out. The parameters, and the normals
    that stand for the other ratings, were fitted with the rating included: predictions lie a little
    too far out (the residual falls by .03 to .06 for each level expected, in simulations). Cost is
    linear in ratings.
    """
    layout, network, sites = cohort.layout, cohort.network, cohort.sites
    each = layout.observations
    keys = (each.officer, each.competency, each.age, each.block, each.assessor, each.item)
    new = np.append(True, np.any([key[1:] != key[:-1] for key in keys], axis=0))
    first = np.flatnonzero(new[: len(each.officer)])
    parts = np.stack([each.weight, sites.natural, sites.precision, each.weight * each.level])
    parts = np.add.reduceat(parts, first, axis=1) if len(first) else np.zeros((4, 0))
    rated = each.item[first] < 0
    first, (count, natural, precision, level) = first[rated], parts[:, rated]
    mean, variance = cavity(
        Sites(precision, natural),
        cohort.joint.observation_mean[first],
        cohort.joint.observation_variance[first],
        weight=count,
    )
    mean = mean + network.base[first]
    block, competency = each.block[first], each.competency[first]
    probs = level_chances(
        cohort.sources, block, mean, variance + network.observations.spread[first],
        max_level=layout.max_level[competency], n_levels=cohort.index.n_levels,
    )  # fmt: skip
    return RatingRows(
        each.officer[first], competency, block, each.assessor[first],
        level=level / count, count=count, age=each.age[first], mean=mean, variance=variance,
        probs=probs,
    )  # fmt: skip


@dataclass(frozen=True, eq=False)
class FitStatistics:
    """Mean squares of residuals by group, shape ``(n_groups,)``; NaN where a group has no ratings.

    `infit` and `outfit` are near 1 where ratings scatter as expected, above for more and below for
    less; `infit_z` and `outfit_z` are the same as approximately standard normal deviates. `spread`
    and `expected_spread` are the variance of the ratings of the group, observed and expected by the
    model, in levels squared.
    """

    n: Ints
    infit: Floats
    outfit: Floats
    infit_z: Floats
    outfit_z: Floats
    spread: Floats
    expected_spread: Floats

    def columns(self) -> dict[str, Floats]:
        """Return the mean squares and their deviates by name, for a DataFrame."""
        names = ("infit", "outfit", "infit_z", "outfit_z")
        return {name: getattr(self, name) for name in names}


def fit_statistics(rows: RatingRows, group: Ints, n_groups: int) -> FitStatistics:
    """Return infit and outfit of groups of ratings, such as one group an assessor; -1 = in none.

    With residual e, variance V and fourth moment C of each rating under its leave-one-out
    predictive distribution: ``outfit = mean(e^2 / V)``, ``infit = sum(e^2) / sum(V)`` (Wright &
    Masters 1982). Deviates by the cube root of Wilson & Hilferty (1931),
    ``z = (m^(1/3) - 1) 3 / q + q / 3``, with ``q^2 = sum(C / V^2 - 1) / n^2`` for outfit and
    ``q^2 = sum(C - V^2) / sum(V)^2`` for infit.

    Notes
    -----
    Residuals come from predictions without the rating itself, so that mean squares need no
    correction for parameters. Under the model the standard deviation of the deviates is .9 to 1.1
    in simulations.
    """
    inside = group >= 0
    group, residual = group[inside], rows.residual[inside]
    spread, fourth = rows.spread[inside], rows.fourth[inside]
    level, expected = rows.level[inside], rows.expected[inside]

    def total(values: Floats) -> Floats:
        return np.bincount(group, weights=values, minlength=n_groups).astype(np.float64)

    n = np.bincount(group, minlength=n_groups)
    square = residual**2
    with np.errstate(invalid="ignore", divide="ignore"):
        outfit, infit = total(square / spread) / n, total(square) / total(spread)
        outfit_q = np.sqrt(total(fourth / spread**2 - 1)) / n
        infit_q = np.sqrt(total(fourth - spread**2)) / total(spread)
        own, means = total(level) / n, total(expected) / n
        variance = total((level - own[group]) ** 2) / n
        expected_variance = total((expected - means[group]) ** 2 + spread) / n
    z = (_deviate(infit, infit_q), _deviate(outfit, outfit_q))
    return FitStatistics(n, infit, outfit, *z, variance, expected_variance)


def _deviate(square: Floats, q: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (np.cbrt(square) - 1) * 3 / q + q / 3
    return np.where(q > 0, z, np.nan)


def level_chances(
    sources: Sources, block: Ints, mean: Floats, variance: Floats, *, max_level: Ints, n_levels: int
) -> Floats:
    """Return the chance of each rating, ``(n, n_levels)``, when the latent value is normal.

    `mean` and `variance` are in levels and levels squared, shape ``(n,)`` like `block` (the source)
    and `max_level`, the top of the scale of each competency; chances are 0 above it.

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

    ``sum_k P_k (d log P_k / d mean)^2``, in 1 / levels squared, shape ``(n,)``; arguments as in
    `level_chances`.

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
