"""Whether ratings scatter as much as the model expects: infit and outfit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints
    from competency.levels.diagnostics.rating_rows import RatingRows


@dataclass(frozen=True, eq=False)
class FitStatistics:
    """Mean squares of residuals by group; NaN where a group has no ratings.

    Parameters
    ----------
    n : Ints, shape (n_groups,)
        Ratings.
    infit, outfit : Floats, shape (n_groups,)
        Near 1 where ratings scatter as expected; above: more, below: less.
    infit_z, outfit_z : Floats, shape (n_groups,)
        The same as approximately standard normal deviates.
    spread, expected_spread : Floats, shape (n_groups,)
        Variance of the ratings of the group, and what the model expected it to be, in levels
        squared.
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
    """Return infit and outfit of groups of ratings, for instance one group an assessor.

    With residual e, variance V and fourth moment C of each rating under its leave-one-out
    predictive distribution: ``outfit = mean(e^2 / V)``, ``infit = sum(e^2) / sum(V)`` (Wright &
    Masters 1982). Deviates by the cube root of Wilson & Hilferty (1931),
    ``z = (m^(1/3) - 1) 3 / q + q / 3``, with ``q^2 = sum(C / V^2 - 1) / n^2`` for outfit and
    ``q^2 = sum(C - V^2) / sum(V)^2`` for infit.

    Parameters
    ----------
    rows : RatingRows
    group : Ints, shape (n_ratings,)
        -1 = in no group.
    n_groups : int

    Returns
    -------
    FitStatistics

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
        seen = total((level - own[group]) ** 2) / n
        told = total((expected - means[group]) ** 2 + spread) / n
    return FitStatistics(
        n, infit, outfit, _deviate(infit, infit_q), _deviate(outfit, outfit_q), seen, told
    )


def _deviate(square: Floats, q: Floats) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        z = (np.cbrt(square) - 1) * 3 / q + q / 3
    return np.where(q > 0, z, np.nan)
