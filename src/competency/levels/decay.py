"""How much an old sight still says about today."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from competency.arrays import Dates, Floats

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


def tempering(age: Floats, half_life: Floats) -> Floats:
    """Return the share of a log-likelihood that is left at `age`: ``u^2, u = 2^(-age / H)``.

    Parameters
    ----------
    age : Floats
        In years, at least 0.
    half_life : Floats
        H in years, above 0, broadcast against `age`: the age at which the correlation of the
        level seen with the level now, u, is one half.

    Returns
    -------
    float64
        In (0, 1].

    Notes
    -----
    A level that drifts as an Ornstein-Uhlenbeck process keeps the correlation u with its past.
    Raising the likelihood to the power u^2 keeps the share of information u^2 that a weak
    sight would keep; it is cheap and needs nothing but counts. It is not the exact
    convolution: no claim of calibration is made for old evidence, and a sharp sight, such as a
    record, stays sharp for longer than the process itself would allow.

    Examples
    --------
    >>> tempering(np.array([0.0, 5.0, 10.0]), np.array(5.0)).tolist()
    [1.0, 0.25, 0.0625]
    """
    return np.asarray(np.exp2(-2.0 * age / half_life))


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
