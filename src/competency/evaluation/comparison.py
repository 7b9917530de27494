"""Trained and untrained officers side by side, as arrays: what every estimator reads."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import Bools, Floats, Ints, frozen

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, eq=False)
class Columns:
    """Numbers that are adjusted for together: `cells` of shape (n, n_names) without gaps."""

    names: tuple[str, ...]
    cells: Floats

    def take(self, rows: Ints | Bools) -> Columns:
        """Return the columns of the officers at `rows`."""
        return Columns(self.names, frozen(self.cells[rows]))

    def without(self, names: Sequence[str]) -> Columns:
        """Return the columns not named."""
        kept = [i for i, name in enumerate(self.names) if name not in names]
        return Columns(tuple(self.names[i] for i in kept), frozen(self.cells[:, kept]))


@dataclass(frozen=True, eq=False)
class Comparison:
    """Officers who took a training and officers who did not, in an order that rows do not change.

    Every array has shape (n,); NaN = not measured, or not known.
    """

    treated: Bools
    outcome: Floats
    """After the training."""
    before: Floats
    earlier: Floats
    """The same measure before the training, and one period earlier."""
    with_before: Columns
    with_earlier: Columns
    covariates: Columns
    """What is adjusted for: of the time of `before`, of `earlier`, and of any time before both."""
    score: Floats
    """What officers were selected on; `before` where there is no other."""
    noise: Floats
    """Variance of the measurement error of `before`."""
    others: Floats
    """Other trainings on the same competency between the two measurements."""
    cluster: Ints | None = None
    """Numbers from 0."""
    assessor_before: Ints | None = None
    assessor_after: Ints | None = None
    """Numbers from 0; -1 = not given."""
    has_score: bool = field(default=False)
    """Whether `score` is a column of its own."""

    def __len__(self) -> int:
        return len(self.treated)

    @property
    def counts(self) -> tuple[int, int]:
        """Trained and untrained officers."""
        n = int(self.treated.sum())
        return n, len(self) - n

    @property
    def clusters(self) -> tuple[int, int]:
        """Clusters with trained and with untrained officers; officers where there are none."""
        if self.cluster is None:
            return self.counts
        sides = (self.cluster[self.treated], self.cluster[~self.treated])
        return len(np.unique(sides[0])), len(np.unique(sides[1]))

    @property
    def is_bare(self) -> bool:
        """Whether a group has fewer than two officers, or lies in fewer than two clusters.

        From one cluster nobody can tell how much clusters differ, and so how sure a mean is.
        """
        return min(*self.counts, *self.clusters) < 2

    def take(self, rows: Ints | Bools) -> Comparison:
        """Return the officers at `rows`."""
        arrays = ("treated", "outcome", "before", "earlier", "score", "noise", "others")
        changed: dict[str, object] = {name: frozen(getattr(self, name)[rows]) for name in arrays}
        for name in ("with_before", "with_earlier", "covariates"):
            changed[name] = getattr(self, name).take(rows)
        for name in ("assessor_before", "assessor_after"):
            given = getattr(self, name)
            changed[name] = None if given is None else given[rows]
        if self.cluster is not None:
            changed["cluster"] = np.unique(self.cluster[rows], return_inverse=True)[1]
        return replace(self, **changed)  # type: ignore[arg-type]

    def complete(self, *names: str) -> Comparison:
        """Return the officers for whom none of the arrays `names` is missing."""
        rows = np.ones(len(self), bool)
        for name in names:
            rows &= np.isfinite(getattr(self, name))
        return self if rows.all() else self.take(rows)

    def measured(self, name: str) -> bool:
        """Return whether the array `name` varies among at least two trained and two untrained."""
        values = getattr(self, name)
        known = np.isfinite(values)
        enough = min((known & self.treated).sum(), (known & ~self.treated).sum()) >= 2
        return bool(enough and np.ptp(values[known]) > 0)

    def numbers(self, name: str) -> Columns:
        """Return the array `name` as columns, gaps filled by the mean and marked.

        No columns where it is not measured.
        """
        values = getattr(self, name)
        if not self.measured(name):
            return Columns((), np.zeros((len(self), 0)))
        return filled(name, values)


def filled(name: str, values: Floats) -> Columns:
    """Return numbers as columns: gaps filled by the mean, and a column that marks them.

    Examples
    --------
    >>> filled("age", np.array([1.0, 3.0, np.nan])).cells.tolist()
    [[1.0, 0.0], [3.0, 0.0], [2.0, 1.0]]
    >>> filled("age", np.array([np.nan])).names
    ('age', 'age missing')
    """
    known = np.isfinite(values)
    if known.all():
        return Columns((name,), values[:, None])
    mean = values[known].mean() if known.any() else 0.0
    both = np.column_stack([np.where(known, values, mean), ~known])
    return Columns((name, f"{name} missing"), both)


def joined(blocks: Sequence[Columns], n: int) -> Columns:
    """Return several blocks of columns as one, also where there are none."""
    names = tuple(name for block in blocks for name in block.names)
    return Columns(names, np.column_stack([np.zeros((n, 0)), *(b.cells for b in blocks)]))
