"""How sure one can be of a share or a mean that was seen n times."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from competency.arrays import Floats, Ints
from competency.levels.checks.arguments import Rng

CONFIDENCE = 0.95
"""Of every interval, unless told (convention)."""

BOOTSTRAP_DRAWS = 1000
"""Resamples of a bootstrap interval: its 2.5 % ends rest on 25 of them (usual: 500 to 5,000)."""

_AT_ONCE = 1_000_000
# Numbers drawn at once: memory, never the answer.


def wilson_interval(
    share: Floats, n: Floats, confidence: float = CONFIDENCE
) -> tuple[Floats, Floats]:
    """Return the Wilson score interval of shares.

    ``(p + z^2/2n -+ z sqrt(p (1 - p)/n + z^2/4n^2)) / (1 + z^2/n)`` (Wilson 1927): unlike
    ``p -+ z sd`` it stays within [0, 1] and is not empty at 0 and 1.

    Parameters
    ----------
    share : Floats, any shape
        Share seen, in [0, 1].
    n : Floats, broadcast against `share`
        How often it was looked, above 0.
    confidence : float
        In (0, 1).

    Returns
    -------
    low, high : float64, shape of `share`

    Examples
    --------
    Newcombe (1998), 81 of 263, and none of 20:

    >>> low, high = wilson_interval(np.array([81 / 263, 0.0]), np.array([263.0, 20.0]))
    >>> low.round(4).tolist(), high.round(4).tolist()
    ([0.2553, 0.0], [0.3662, 0.1611])
    """
    z2 = float(ndtri((1 + confidence) / 2)) ** 2
    share, n = np.asarray(share, np.float64), np.asarray(n, np.float64)
    middle = share + z2 / (2 * n)
    reach = np.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n)))
    low, high = (middle - reach) / (1 + z2 / n), (middle + reach) / (1 + z2 / n)
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)


def effective_size(hit: Floats, groups: Ints | None) -> float:
    """Return how many independent outcomes `hit` is worth, by the design effect of its groups.

    ``n p (1 - p) n / sum_g (sum_{i in g} (hit_i - p))^2``, at most n (Kish 1965).

    Parameters
    ----------
    hit : Floats, shape (n,)
        0 or 1.
    groups : Ints, shape (n,), or None
        Group number of each; None = all independent.

    Returns
    -------
    float
        In (0, n].

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


def bootstrap_interval(
    values: Floats,
    *,
    groups: Ints | None = None,
    draws: int = BOOTSTRAP_DRAWS,
    confidence: float = CONFIDENCE,
    rng: Rng = 0,
) -> tuple[float, float]:
    """Return the percentile bootstrap interval of a mean.

    Parameters
    ----------
    values : Floats, shape (n,)
        At least one; may hold infinity.
    groups : Ints, shape (n,), or None
        Group number of each: whole groups are resampled. None = every value for itself.
    draws : int
        Resamples.
    confidence : float
        In (0, 1).
    rng : int, Generator or None

    Returns
    -------
    low, high : float

    Notes
    -----
    Time grows with draws times groups; memory does not grow with draws.

    Examples
    --------
    >>> low, high = bootstrap_interval(np.array([0.0, 1.0] * 50), rng=1)
    >>> 0.38 < low < 0.42 and 0.58 < high < 0.62
    True
    >>> bootstrap_interval(np.array([2.0]))
    (2.0, 2.0)
    """
    groups = np.arange(len(values)) if groups is None else groups
    total = np.bincount(groups, weights=np.asarray(values, np.float64))
    size = np.bincount(groups)
    generator, n = np.random.default_rng(rng), len(total)
    means, step = np.empty(draws), max(1, _AT_ONCE // n)
    for start in range(0, draws, step):
        rows = generator.integers(0, n, (min(step, draws - start), n))
        means[start : start + step] = total[rows].sum(1) / size[rows].sum(1)
    tail = (1 - confidence) / 2
    # NOTE: order statistics, because interpolation between infinite means is not a number.
    low, high = np.quantile(means, (tail, 1 - tail), method="inverted_cdf")
    return float(low), float(high)
