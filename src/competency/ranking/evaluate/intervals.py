"""How sure a mean over lists is, when lists of one officer resemble each other."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from competency.arrays import Floats, Ints, frozen

DRAWS = 1_000
"""Bootstrap draws: the ends of a 95 % interval are then good to a few per cent of its width."""

_AT_ONCE = 2_000_000
# Weights of clusters held in memory at once.


@dataclass(frozen=True, eq=False)
class Estimates:
    """Means over lists with intervals over clusters; one element for each column.

    `mean`, `se`, `lower`, `upper` of shape (n_columns,): mean, its standard error and its interval;
    NaN where it is not known. `n_lists`, `n_clusters` of shape (n_columns,): lists that count, and
    clusters that they belong to.
    """

    mean: Floats
    se: Floats
    lower: Floats
    upper: Floats
    n_lists: Ints
    n_clusters: Ints

    @property
    def p_value(self) -> Floats:
        """Two-sided, of a mean of 0, from the standard error; NaN where there is none."""
        return np.array([two_sided(m, s) for m, s in zip(self.mean, self.se, strict=True)])


def cluster_means(
    values: Floats,
    clusters: Ints | Sequence[str],
    *,
    draws: int = DRAWS,
    level: float = 0.95,
    rng: np.random.Generator | int = 0,
) -> Estimates:
    """Return the mean of each column, with an interval from a bootstrap of whole clusters.

    A draw takes as many clusters as there are, with replacement, and all of their lists; the mean
    of a draw is the sum over its lists by their number.

    `values` of shape (n_lists,) or (n_lists, n_columns): A metric of each list, or a paired
    difference of two; NaN = undefined, left out and counted. `clusters` of shape (n_lists,):
    officer of each list. `draws`: at least 2; usually 1,000. `level`: in (0, 1). Interval and
    standard error are NaN with fewer than two clusters.

    Examples
    --------
    >>> found = cluster_means(np.array([1.0, 0.0, np.nan, 1.0]), np.array([1, 1, 2, 3]))
    >>> found.mean.round(3).tolist(), found.n_lists.tolist(), found.n_clusters.tolist()
    ([0.667], [3], [2])
    >>> cluster_means(np.array([1.0]), np.array([7])).lower
    array([nan])
    """
    table = np.asarray(values, np.float64)
    table = table[:, None] if table.ndim == 1 else table
    owner = np.unique(np.asarray(clusters), return_inverse=True)[1]
    there = ~np.isnan(table)
    size = int(owner.max(initial=-1)) + 1
    sums, counts = np.zeros((2, size, table.shape[1]))
    np.add.at(sums, owner, np.where(there, table, 0.0))
    np.add.at(counts, owner, there)
    n_clusters = (counts > 0).sum(axis=0)
    drawn = _drawn_means(sums, counts, draws, np.random.default_rng(rng))
    enough = n_clusters >= 2
    tail = (1 - level) / 2
    lower, upper = (_where(enough, _quantile(drawn, q)) for q in (tail, 1 - tail))
    return Estimates(
        frozen(_ratio(sums.sum(axis=0), counts.sum(axis=0))),
        frozen(_where(enough, np.sqrt(_variance(drawn)))),
        frozen(lower),
        frozen(upper),
        frozen(counts.sum(axis=0).astype(np.int64)),
        frozen(n_clusters),
    )


def holm(p_values: Floats) -> Floats:
    """Return p-values that hold together, by Holm's step-down method (1979).

    `p_values` of shape (n_tests,): NaN = no test; it stays NaN and does not count. Returns float64
    (n_tests,): the chance of any false claim is at most alpha where claims are those at most alpha.

    Examples
    --------
    >>> holm(np.array([0.01, 0.04, 0.03, np.nan])).round(3).tolist()
    [0.03, 0.06, 0.06, nan]
    >>> holm(np.array([]))
    array([], dtype=float64)
    """
    adjusted = np.full(len(p_values), np.nan)
    tested = np.flatnonzero(~np.isnan(p_values))
    order = tested[np.argsort(p_values[tested], kind="stable")]
    steps = p_values[order] * np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted


def _drawn_means(sums: Floats, counts: Floats, draws: int, rng: np.random.Generator) -> Floats:
    size = len(sums)
    if not size:
        return np.full((draws, sums.shape[1]), np.nan)
    step = max(1, _AT_ONCE // size)
    means = []
    for start in range(0, draws, step):
        rows = min(step, draws - start)
        weight = rng.multinomial(size, np.full(size, 1 / size), size=rows).astype(np.float64)
        means.append(_ratio(weight @ sums, weight @ counts))
    return np.concatenate(means)


def _ratio(part: Floats, whole: Floats) -> Floats:
    ratio: Floats = np.full(part.shape, np.nan)
    return np.divide(part, whole, out=ratio, where=whole > 0)


def _quantile(drawn: Floats, q: float) -> Floats:
    columns = [column[~np.isnan(column)] for column in drawn.T]
    return np.array([np.quantile(c, q) if len(c) else np.nan for c in columns])


def _variance(drawn: Floats) -> Floats:
    columns = [column[~np.isnan(column)] for column in drawn.T]
    return np.array([c.var(ddof=1) if len(c) > 1 else np.nan for c in columns])


def _where(enough: Ints, values: Floats) -> Floats:
    return np.where(enough, values, np.nan)


def two_sided(mean: float, se: float) -> float:
    """Return the two-sided p-value of a mean of 0; NaN where the standard error is not known.

    Examples
    --------
    >>> round(two_sided(1.96, 1.0), 3), two_sided(0.0, 0.0)
    (0.05, 1.0)
    """
    if not se > 0:
        return np.nan if np.isnan(se) or np.isnan(mean) else float(mean == 0)
    return math.erfc(abs(mean) / se / math.sqrt(2))
