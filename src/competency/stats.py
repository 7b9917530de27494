"""Statistics that several rooms use: intervals, p-values, many tests at once, the bootstrap."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtrc, ndtr, ndtri, stdtr, stdtrit

from competency.arrays import Floats, Ints

Rng: TypeAlias = int | np.random.Generator | None
"""A seed, a generator to draw from, or None for fresh randomness."""

CONFIDENCE = 0.95
"""Confidence of an interval by default (convention)."""

BOOTSTRAP_DRAWS = 1_000
"""Resamples of a bootstrap by default: the ends of a 95 % interval rest on 25 of them each (usual:
500 to 5,000)."""

FALSE_DISCOVERIES = 0.05
"""Expected share of false findings among those that are flagged (convention)."""

_AT_ONCE = 2_000_000
# Weights of groups held in memory at once; it does not change the answer.


def critical_value(confidence: float = CONFIDENCE, dof: float = np.inf) -> float:
    """Return the half width of a two-sided interval in standard errors.

    The quantile ``(1 + confidence) / 2`` of the normal distribution, or of Student's t with `dof`
    degrees of freedom.

    Examples
    --------
    >>> round(critical_value(), 4), round(critical_value(0.9), 4), round(critical_value(dof=10), 4)
    (1.96, 1.6449, 2.2281)
    """
    upper = (1 + confidence) / 2
    return float(ndtri(upper) if np.isinf(dof) else stdtrit(dof, upper))


def standard_error(values: Floats) -> float:
    """Return the standard error of the mean of independent values; NaN of fewer than two.

    Examples
    --------
    >>> standard_error(np.array([1.0, 3.0])), standard_error(np.array([1.0]))
    (1.0, nan)
    """
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else float("nan")


def wilson_interval(
    share: Floats, n: Floats, confidence: float = CONFIDENCE
) -> tuple[Floats, Floats]:
    """Return the Wilson score interval of shares, in [0, 1], of `n` outcomes each (above 0).

    ``(p + z^2/2n -+ z sqrt(p (1 - p)/n + z^2/4n^2)) / (1 + z^2/n)`` (Wilson 1927): unlike
    ``p -+ z sd`` it stays within [0, 1] and is not empty at 0 and 1.

    Examples
    --------
    Newcombe (1998), 81 of 263, and none of 20:

    >>> low, high = wilson_interval(np.array([81 / 263, 0.0]), np.array([263.0, 20.0]))
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.2553, 0.0], [0.3662, 0.1611])
    """
    z2 = critical_value(confidence) ** 2
    share, n = np.asarray(share, np.float64), np.asarray(n, np.float64)
    middle = share + z2 / (2 * n)
    reach = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n)))
    low, high = (middle - reach) / (1 + z2 / n), (middle + reach) / (1 + z2 / n)
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)


def effective_size(hit: Floats, groups: Ints | None) -> float:
    """Return how many independent outcomes `hit` (0 or 1) is worth, by the design effect of groups.

    ``n p (1 - p) n / sum_g (sum_{i in g} (hit_i - p))^2``, at most n (Kish 1965); `groups` holds
    the group number of each outcome, None when all are independent.

    Examples
    --------
    Four outcomes in two groups that always agree are worth two:

    >>> effective_size(np.array([1.0, 1.0, 0.0, 0.0]), np.array([0, 0, 1, 1]))
    2.0
    >>> effective_size(np.ones(4), np.array([0, 0, 1, 1]))
    4.0
    """
    n, share = len(hit), float(hit.mean())
    alone = n * share * (1 - share)
    if groups is None or alone == 0:
        return float(n)
    together = float((np.bincount(groups, weights=hit - share) ** 2).sum())
    return n / max(1.0, together / alone)


def bootstrap_means(
    sums: Floats, counts: Floats, *, draws: int = BOOTSTRAP_DRAWS, rng: Rng = 0
) -> Floats:
    """Return means of resampled groups of values, shape ``(draws, n_columns)``.

    A draw takes as many groups as there are, with replacement, and all values of each (the cluster
    bootstrap; Davison & Hinkley 1997, section 3.8). `sums` and `counts` have shape
    ``(n_groups, n_columns)``: sum and number of the values of each group; a sum may be positive
    infinity. A mean is NaN where a draw holds no value of the column.

    Notes
    -----
    Time grows with draws times groups times columns; memory does not grow with draws.

    Examples
    --------
    >>> drawn = bootstrap_means(np.array([[1.0], [3.0]]), np.ones((2, 1)), draws=200)
    >>> drawn.shape, sorted(set(drawn[:, 0].tolist()))
    ((200, 1), [1.0, 2.0, 3.0])
    """
    size, generator = len(sums), np.random.default_rng(rng)
    means = np.full((draws, sums.shape[1]), np.nan)
    infinite = np.isinf(sums)
    finite, endless = np.where(infinite, 0.0, sums), infinite.any()
    step = max(1, _AT_ONCE // max(size, 1))
    for start in range(0, draws if size else 0, step):
        rows = min(step, draws - start)
        weight = generator.multinomial(size, np.full(size, 1 / size), size=rows)
        weight = weight.astype(np.float64)
        part, whole = weight @ finite, weight @ counts
        if endless:  # NOTE: a group that is not drawn weighs 0, and 0 x infinity is not a number.
            part[weight @ infinite > 0] = np.inf
        np.divide(part, whole, out=means[start : start + rows], where=whole > 0)
    return means


def percentile_interval(drawn: Floats, confidence: float = CONFIDENCE) -> tuple[Floats, Floats]:
    """Return the percentile interval of each column of bootstrap draws, shape ``(n_columns,)``.

    Draws that are NaN are left out; a column without any others has NaN ends. Ends lie between two
    draws by linear interpolation, or at a draw where some are infinite.

    Examples
    --------
    >>> percentile_interval(np.arange(101.0)[:, None], 0.9)
    (array([5.]), array([95.]))
    >>> percentile_interval(np.array([[np.nan], [1.0], [np.inf]]), 0.9)
    (array([1.]), array([inf]))
    """
    tail = (1 - confidence) / 2
    ends = np.full((2, drawn.shape[1]), np.nan)
    for number, column in enumerate(drawn.T):
        known = column[~np.isnan(column)]
        if len(known):
            # NOTE: between infinite draws there is no number to interpolate to.
            finite = np.isfinite(known).all()
            method: Literal["linear", "inverted_cdf"] = "linear" if finite else "inverted_cdf"
            ends[:, number] = np.quantile(known, (tail, 1 - tail), method=method)
    return ends[0], ends[1]


def bootstrap_interval(
    values: Floats,
    *,
    groups: Ints | None = None,
    draws: int = BOOTSTRAP_DRAWS,
    confidence: float = CONFIDENCE,
    rng: Rng = 0,
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of a mean.

    `values`, at least one, may hold positive infinity; `groups` holds the group number of each:
    whole groups are resampled. None = every value for itself.

    Examples
    --------
    >>> low, high = bootstrap_interval(np.array([0.0, 1.0] * 50), rng=1)
    >>> 0.38 < low < 0.42 and 0.58 < high < 0.62
    True
    >>> bootstrap_interval(np.array([2.0]))
    (2.0, 2.0)
    """
    groups = np.arange(len(values)) if groups is None else groups
    total = np.asarray(np.bincount(groups, weights=values), np.float64)[:, None]
    size = np.asarray(np.bincount(groups), np.float64)[:, None]
    low, high = percentile_interval(bootstrap_means(total, size, draws=draws, rng=rng), confidence)
    return float(low[0]), float(high[0])


def two_sided(
    estimate: Floats | float, se: Floats | float = 1.0, *, dof: Floats | float = np.inf
) -> Floats:
    """Return two-sided p-values of a value of 0, from estimates and their standard errors.

    By the normal distribution, or by Student's t with `dof` degrees of freedom. NaN where the
    estimate or its error is; with an error of 0, 1 for an estimate of 0 and else 0.

    Examples
    --------
    >>> two_sided(np.array([0.0, -1.959964, np.nan])).round(4).tolist()
    [1.0, 0.05, nan]
    >>> round(float(two_sided(2.2281, dof=10)), 4), float(two_sided(0.0, 0.0))
    (0.05, 1.0)
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(np.equal(estimate, 0) & np.equal(se, 0), 0.0, np.divide(estimate, se))
    far = -np.abs(z)
    free = np.where(np.isfinite(dof), dof, 1.0)
    return np.asarray(2 * np.where(np.isfinite(dof), stdtr(free, far), ndtr(far)))


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


def binomial_at_least(count: ArrayLike, n: ArrayLike, share: ArrayLike) -> Floats:
    """Return P(X >= count) of a binomial X of `n` outcomes: the p-value of "no more than `share`".

    Examples
    --------
    >>> binomial_at_least(np.array([0, 2]), np.array([3, 2]), np.array([0.5, 0.5])).tolist()
    [1.0, 0.25]
    """
    below = np.asarray(count, np.float64) - 1
    tail = bdtrc(np.maximum(below, 0), np.asarray(n, np.int64), np.asarray(share, np.float64))
    return np.where(below < 0, 1.0, tail)


def benjamini_hochberg(p: Floats) -> Floats:
    """Return p-values adjusted for the false discovery rate; NaN = not tested, and stays NaN.

    ``q_(i) = min over j >= i of p_(j) m / j`` for the m p-values in ascending order: flagging all
    with q <= .05 keeps the expected share of false flags below .05 (Benjamini & Hochberg 1995), if
    the tests are independent or positively dependent.

    Examples
    --------
    >>> benjamini_hochberg(np.array([0.04, 0.01, np.nan, 0.02])).round(4).tolist()
    [0.04, 0.03, nan, 0.03]
    >>> benjamini_hochberg(np.array([])).tolist()
    []
    """
    adjusted, order = np.full(len(p), np.nan), _ascending(p)
    scaled = p[order] * (len(order) / np.arange(1, len(order) + 1))
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted


def holm(p: Floats) -> Floats:
    """Return p-values that hold together; NaN = not tested, and stays NaN.

    ``max over j <= i of p_(j) (m - j + 1)``: the chance of any false claim is at most alpha where
    claims are those at most alpha (Holm 1979).

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03, np.nan])).round(3).tolist()
    [0.03, 0.06, 0.06, nan]
    >>> holm(np.array([]))
    array([], dtype=float64)
    """
    adjusted, order = np.full(len(p), np.nan), _ascending(p)
    steps = p[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def _ascending(p: Floats) -> Ints:
    """Return the places of the p-values that are not NaN, smallest first."""
    tested = np.flatnonzero(~np.isnan(p))
    return tested[np.argsort(p[tested], kind="stable")]
