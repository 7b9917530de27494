"""How much an old observation still says about today."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from competency.arrays import Dates, Floats, Ints

DAYS_PER_YEAR = 365.25
_RESOLUTION = 2.0**32


def age_in_years(dates: Dates, as_of: date) -> Floats:
    """Return the age at `as_of` of what was seen on `dates`, in years.

    Parameters
    ----------
    dates : datetime64[D], any shape
        Not after `as_of`.
    as_of : date

    Returns
    -------
    float64, shape of `dates`

    Examples
    --------
    >>> age_in_years(np.array(["2022-11-01"], "datetime64[D]"), date(2026, 11, 1)).tolist()
    [4.0]
    """
    days = (np.datetime64(as_of, "D") - dates.astype("datetime64[D]")).astype(np.float64)
    return days / DAYS_PER_YEAR


def kept_share(
    cell: Ints, age: Floats, information: Floats, *, half_life: Floats, variance: Floats
) -> tuple[Floats, Floats]:
    """Return how far each observation still tells about today.

    A level drifts around the mean of its group as an Ornstein-Uhlenbeck process: ``x(t - A)``
    given ``x(t)`` is ``N(u x, (1 - u^2) sigma^2)`` with ``u = 2^(-A / H)``. Knowledge of
    information L about the level then, carried over a gap, has left u^2 L / (1 + (1 - u^2)
    sigma^2 L) about the level after it. The observations of a cell are carried from the oldest to
    the newest and on to today, so that an older one passes through the level at the newer one.

    Parameters
    ----------
    cell : Ints, shape (n_observations,)
        Sorted; observations of one cell stand together, the oldest first.
    age : Floats, shape (n_observations,)
        In years.
    information : Floats, shape (n_observations,)
        Of each observation about the level on its day, in 1 / levels squared.
    half_life, variance : Floats, shape (n_observations,)
        H in years; sigma^2 in levels squared.

    Returns
    -------
    carried : float64, shape (n_observations,)
        u: what one level then is expected to be worth today.
    share : float64, shape (n_observations,)
        What is left of the information besides u^2, in (0, 1].

    Examples
    --------
    One observation of information 1, as old as the half-life: u = 1/2, share 1 / (1 + 3/4).

    >>> one = np.ones(1)
    >>> carried, share = kept_share(np.zeros(1, int), 5 * one, one, half_life=5 * one, variance=one)
    >>> carried.tolist(), share.round(4).tolist()
    ([0.5], [0.5714])
    """
    last = np.append(cell[1:] != cell[:-1], True)[: len(cell)]
    gap = np.where(last, age, age - np.append(age[1:], 0.0)[: len(age)])
    kept = np.exp2(-gap / half_life)
    lost = (1 - kept * kept) * variance
    start = np.flatnonzero(np.append(True, last[:-1])[: len(cell)])
    length = np.diff(np.append(start, len(cell)))
    factor, held = np.ones(len(cell)), np.zeros(len(start))
    for step in range(int(length.max(initial=0))):
        going = np.flatnonzero(length > step)
        row = start[going] + step
        now = held[going] + information[row]
        factor[row] = 1 / (1 + lost[row] * now)
        held[going] = kept[row] * kept[row] * now * factor[row]
    return np.exp2(-age / half_life), _product_of_rest(factor, start, length)


def _product_of_rest(factor: Floats, start: Ints, length: Ints) -> Floats:
    """Product of each element and the later ones of its run, each run by itself."""
    rest = factor.copy()
    for step in range(2, int(length.max(initial=0)) + 1):
        row = (start + length)[length >= step] - step
        rest[row] *= rest[row + 1]
    return rest


def exact_weights(weights: Floats) -> Floats:
    """Return `weights` in steps of 2^-32, whose sums are exact in any order.

    Parameters
    ----------
    weights : Floats
        In [0, 1].

    Returns
    -------
    float64

    Examples
    --------
    >>> exact_weights(np.array([0.25, 1 / 3])).sum() == exact_weights(np.array([1 / 3, 0.25])).sum()
    np.True_
    """
    return np.round(weights * _RESOLUTION) / _RESOLUTION
