"""How sure a mean over lists is, when lists of one officer resemble each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from competency.arrays import Bools, Floats, Ints, frozen
from competency.stats import CONFIDENCE, bootstrap_means, percentile_interval, two_sided

DRAWS = 1_000
"""Bootstrap draws: the ends of a 95 % interval are then good to a few per cent of its width."""


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
        return two_sided(self.mean, self.se)


def cluster_means(
    values: Floats,
    clusters: Ints | Sequence[str],
    *,
    draws: int = DRAWS,
    confidence: float = CONFIDENCE,
    rng: np.random.Generator | int = 0,
) -> Estimates:
    """Return the mean of each column, with an interval from a bootstrap of whole clusters.

    A draw takes as many clusters as there are, with replacement, and all of their lists; the mean
    of a draw is the sum over its lists by their number.

    `values` of shape (n_lists,) or (n_lists, n_columns): A metric of each list, or a paired
    difference of two; NaN = undefined, left out and counted. `clusters` of shape (n_lists,):
    officer of each list. `draws`: at least 2; usually 1,000. `confidence`: in (0, 1). Interval and
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
    drawn = bootstrap_means(sums, counts, draws=draws, rng=rng)
    enough = n_clusters >= 2
    lower, upper = (_where(enough, end) for end in percentile_interval(drawn, confidence))
    total, number = sums.sum(axis=0), counts.sum(axis=0)
    mean: Floats = np.full(len(total), np.nan)
    np.divide(total, number, out=mean, where=number > 0)
    return Estimates(
        frozen(mean),
        frozen(_where(enough, _spread(drawn))),
        frozen(lower),
        frozen(upper),
        frozen(number.astype(np.int64)),
        frozen(n_clusters),
    )


def _where(enough: Bools, values: Floats) -> Floats:
    return np.where(enough, values, np.nan)


def _spread(drawn: Floats) -> Floats:
    """Standard deviation of the draws of each column; NaN for fewer than two."""
    columns = [column[~np.isnan(column)] for column in drawn.T]
    return np.array([np.sqrt(c.var(ddof=1)) if len(c) > 1 else np.nan for c in columns])
