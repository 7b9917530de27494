"""Many tests at once: how many of those that stand out may be chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

if TYPE_CHECKING:
    from competency.arrays import Floats

FALSE_DISCOVERIES = 0.05
"""Share of the flagged that may be flagged by chance (convention)."""


def adjusted(p: Floats) -> Floats:
    """Return p-values adjusted for the false discovery rate.

    ``q_(i) = min over j >= i of p_(j) m / j`` for the m p-values in ascending order: flagging all
    with q <= .05 keeps the expected share of false flags below .05 (Benjamini & Hochberg 1995), if
    the tests are independent or positively dependent.

    Parameters
    ----------
    p : Floats, shape (n,)
        In [0, 1]; NaN = not tested, which counts as no test.

    Returns
    -------
    float64, shape (n,)
        NaN where `p` is.

    Examples
    --------
    >>> adjusted(np.array([0.04, 0.01, np.nan, 0.02])).round(4).tolist()
    [0.04, 0.03, nan, 0.03]
    >>> adjusted(np.array([])).tolist()
    []
    """
    q = np.full(len(p), np.nan)
    tested = np.flatnonzero(np.isfinite(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    scaled = p[order] * (len(order) / np.arange(1, len(order) + 1))
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return q


def two_sided(z: Floats) -> Floats:
    """Return the two-sided p-value of standard normal deviates; NaN stays NaN.

    Examples
    --------
    >>> two_sided(np.array([0.0, -1.959964])).round(4).tolist()
    [1.0, 0.05]
    """
    return np.asarray(2 * ndtr(-np.abs(z)))


def beyond(estimate: Floats, se: Floats, limit: float) -> Floats:
    """Return the p-value of the claim that a value lies within `limit` of 0.

    ``Phi((limit - |x|) / se) + Phi((-limit - |x|) / se)``: the two-sided normal test at the edge of
    the claim; with a limit of 0 it is `two_sided`.

    Examples
    --------
    >>> beyond(np.array([0.0, 1.0]), np.array([0.5, 0.2]), 0.5).round(4).tolist()
    [1.0, 0.0062]
    """
    far = np.abs(estimate)
    return np.asarray(ndtr((limit - far) / se) + ndtr((-limit - far) / se))
