"""Units: how strong the officers of one unit are together, and whether weak units assess less.

An officer of position g in unit u is expected at ``mu[g] + strength[u]``, in every competency::

    strength[u] ~ N(slope amount[u], unit_sd^2),   slope ~ N(0, slope_sd^2)

`amount` is how much the unit was assessed, around the average officer: without it, units never
assessed would be taken to be like those that were. A unit with few assessed officers is scored with
that expectation and its spread, as an assessor with few officers is: its own ratings are in the
likelihood of its officers already, and must not count twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.levels.posterior.parameters import Units

if TYPE_CHECKING:
    from competency.arrays import Bools, Floats, Ints, Texts
    from competency.levels.posterior.layout import Layout

LEAST_OFFICERS = 5
"""Assessed officers of a unit from which its strength is its own (chosen by the project)."""

PRIOR_UNITS = 10.0
"""Units that the given spread counts as (chosen by the project)."""

_SHRINK = 0.25
# Least part of the variance between units that one step may leave.


def assessed_amount(layout: Layout, n_units: int) -> Floats:
    """Return how much each unit was assessed, around the average of assessed officers.

    The logarithm of 1 + ratings of a competency of an officer, so that the fifth rating counts
    less than the first.
    """
    unit, size, observed = layout.unit, len(layout.max_level), layout.observations
    owner = unit[observed.officer] + 1
    ratings = np.bincount(owner, weights=observed.weight, minlength=n_units + 1)[1:]
    officers = np.bincount(unit + 1, minlength=n_units + 1)[1:]
    amount = np.log1p(ratings / np.maximum(officers, 1) / max(size, 1))
    assessed = assessed_officers(layout, n_units)
    return np.asarray(amount - (assessed @ amount) / max(assessed.sum(), 1))


def assessed_officers(layout: Layout, n_units: int) -> Ints:
    """Return how many officers of each unit were rated at least once."""
    unit = layout.unit[np.unique(layout.observations.officer)]
    return np.bincount(unit + 1, minlength=n_units + 1)[1:]


def unit_derivatives(
    layout: Layout,
    n_units: int,
    *,
    gradient: Floats,
    information: Floats,
    shared: Floats,
    assessor: Ints,
    severity_variance: Floats,
) -> tuple[Floats, Floats]:
    """Return gradient and information about the strength of each unit.

    What the severities of those who assessed there could explain as well is taken out: the ratings
    of an assessor who rates one unit only hold little information about it.

    Parameters
    ----------
    layout : Layout
    n_units : int
    gradient, information : Floats, shape (n_officers,)
        About a shift of all levels of an officer.
    shared : Floats, shape (n_meetings,)
        Information that the severity of the meeting could explain.
    assessor : Ints, shape (n_meetings,)
    severity_variance : Floats, shape (n_assessors,)
    """
    unit = layout.unit + 1

    def total(values: Floats) -> Floats:
        return np.bincount(unit, weights=values, minlength=n_units + 1)[1:].astype(np.float64)

    pair = unit[layout.owner] * len(severity_variance) + assessor
    pairs, place = np.unique(pair, return_inverse=True)
    both = np.bincount(place, weights=shared, minlength=len(pairs))
    owner, who = np.divmod(pairs, max(len(severity_variance), 1))
    lost = np.bincount(owner, weights=both**2 * severity_variance[who], minlength=n_units + 1)
    return total(gradient), np.maximum(total(information) - lost[1:], 0.0)


def updated_units(
    units: Units,
    amount: Floats,
    *,
    gradient: Floats,
    information: Floats,
    given_sd: float,
    slope_sd: float,
    learn: bool,
) -> tuple[Units, float]:
    """Return the units after one step of empirical Bayes, and the gain it promises.

    Strengths are solved under a normal likelihood; the spread takes a scoring step of its
    marginal likelihood, with `PRIOR_UNITS` units at the given value.

    Parameters
    ----------
    units : Units
    amount : Floats, shape (n_units,)
    gradient, information : Floats, shape (n_units,)
        Of the log-likelihood of the strengths, at their present values.
    given_sd, slope_sd : float
        In levels.
    learn : bool
        Whether the spread is learned.

    Examples
    --------
    A unit observed with the variance of its prior lies half way to what was observed:

    >>> units, gain = updated_units(Units.unknown(1, 1.0), np.zeros(1), gradient=np.ones(1),
    ...     information=np.ones(1), given_sd=1.0, slope_sd=0.0, learn=False)
    >>> units.strength.tolist(), units.variance.tolist(), gain
    ([0.5], [0.5], 0.25)
    """
    square, at_zero = units.sd**2, gradient + information * units.strength
    left = 1 + square * information
    held = (amount**2 * information / left).sum() + 1 / max(slope_sd, 1e-9) ** 2
    slope = float((amount * at_zero / left).sum() / held)
    expected = slope * amount
    strength = (square * at_zero + expected) / left
    variance = square / left + (amount / left) ** 2 / held
    gain = 0.5 * ((strength - units.strength) ** 2 * (information + 1 / max(square, 1e-9))).sum()
    if learn and given_sd > 0:
        away, weight = (at_zero - information * expected) / left, information / left
        strong = 0.5 * (weight**2).sum() + PRIOR_UNITS / 2 / square**2
        push = 0.5 * (away**2 - weight).sum() + PRIOR_UNITS / 2 * (given_sd**2 - square) / square**2
        after = max(square + push / strong, _SHRINK * square)
        gain, square = gain + 0.5 * strong * (after - square) ** 2, after
    expected_variance = square + amount**2 / held
    after_units = Units(
        strength, variance, expected, expected_variance, float(np.sqrt(square)), slope
    )
    return after_units, float(gain)


def unit_table(units: Units, names: Texts, layout: Layout) -> pd.DataFrame:
    """Return one row per unit of a cohort.

    Columns unit, strength and se (in levels), n_officers (assessed) and used (whether the strength
    is the unit's own; otherwise what is expected of one assessed as much).
    """
    officers = assessed_officers(layout, len(names))
    used: Bools = officers >= LEAST_OFFICERS
    variance = np.where(used, units.variance, units.expected_variance)
    return pd.DataFrame(
        {
            "unit": pd.Series(names, dtype="str"),
            "strength": np.where(used, units.strength, units.expected),
            "se": np.sqrt(variance),
            "n_officers": officers,
            "used": used,
        }
    )
