"""The models of one trait as linear predictors: which parameter enters which step of which cell.

A cell is an item, or an item as rated by one assessor. Its predictors are
``eta[k] = a x + c[k]`` at the trait x, which is standard normal. All models below are linear in
their parameters: the block ``(a, c[1], .., c[K-1])`` of every cell is ``design @ parameters``.

==========  ========  ======================  =========================================
model       family    slope                   steps
==========  ========  ======================  =========================================
rasch       adjacent  common                  free for each item (two categories)
2pl         adjacent  for each item           free for each item (two categories)
grm         graded    for each item           free for each item
pcm         adjacent  common                  free for each item
gpcm        adjacent  for each item           free for each item
rsm         adjacent  common                  location of the item + steps common to all
==========  ========  ======================  =========================================

A free severity s[r], summing to 0 over assessors, is subtracted from every step (many-facet
Rasch models: ``rsm`` is item + assessor + step, ``pcm`` is item by step + assessor).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import sparse

from competency.arrays import Floats, Ints

Family = Literal["graded", "adjacent"]

CLOSED = -1e3
"""Linear predictor of a step that is never taken: exp(-1000) is 0 in double precision."""


Model = Literal["rasch", "2pl", "grm", "pcm", "gpcm", "rsm"]

FAMILY: dict[str, Family] = {
    "rasch": "adjacent",
    "2pl": "adjacent",
    "grm": "graded",
    "pcm": "adjacent",
    "gpcm": "adjacent",
    "rsm": "adjacent",
}
"""The family of each model."""

COMMON_SLOPE = frozenset({"rasch", "pcm", "rsm"})
"""Models in which one slope serves all items: the standard deviation of the trait in logits."""

TWO_CATEGORIES = frozenset({"rasch", "2pl"})
"""Models of right and wrong."""


@dataclass(frozen=True, eq=False)
class Layout:
    """Where each parameter lies in the vector.

    `n_assessors` counts those with a free severity; 0 or 1 = no severity.
    """

    model: Model
    n_categories: Ints
    n_assessors: int

    @property
    def n_slopes(self) -> int:
        """Number of slopes; they come first."""
        return 1 if self.model in COMMON_SLOPE else len(self.n_categories)

    @property
    def widest(self) -> int:
        """Number of categories of the item that has most."""
        return int(self.n_categories.max())

    @property
    def first_step(self) -> Ints:
        """Place of the first step (of the location, in rsm) of each item."""
        width = np.ones_like(self.n_categories) if self.model == "rsm" else self.n_categories - 1
        return np.asarray(self.n_slopes + np.cumsum(width) - width)

    @property
    def common_steps(self) -> int:
        """Place of the common steps; the last of them is minus the sum of the others."""
        width = 1 if self.model == "rsm" else int(self.n_categories[-1]) - 1
        return int(self.first_step[-1]) + width

    @property
    def severity(self) -> int:
        """Place of the severities; the last of them is minus the sum of the others."""
        return self.common_steps + (self.widest - 2 if self.model == "rsm" else 0)

    @property
    def size(self) -> int:
        """Number of parameters."""
        return self.severity + max(self.n_assessors - 1, 0)


def design(layout: Layout, item: Ints, assessor: Ints) -> tuple[sparse.csr_array, Floats]:
    """Return the matrix and the offset that turn parameters into the blocks of cells.

    A cell is an item and, where there are severities, an assessor. The offset, as the rows of the
    matrix of length n_cells * n_categories, is `CLOSED` for steps that an item does not have, else
    0.
    """
    n_cells, width = len(item), layout.widest
    base = np.arange(n_cells) * width
    slope = np.zeros_like(item) if layout.n_slopes == 1 else item
    parts = [_entries(base, slope, 1.0)]
    has = np.arange(1, width) < layout.n_categories[item][:, None]
    cell, step = np.nonzero(has)
    row = base[cell] + step + 1
    first = layout.first_step[item[cell]]
    if layout.model == "rsm":
        parts += [_entries(row, first, 1.0)]
        parts += _zero_sum(row, step, layout.common_steps, width - 1, sign=1.0)
    else:
        parts += [_entries(row, first + step, 1.0)]
    if layout.n_assessors > 1:
        who = assessor[cell]
        parts += _zero_sum(row, who, layout.severity, layout.n_assessors, sign=-1.0)
    offset = np.zeros((n_cells, width))
    offset[:, 1:][~has] = CLOSED
    rows, columns, values = (np.concatenate(part) for part in zip(*parts, strict=True))
    shape = (n_cells * width, layout.size)
    return sparse.csr_array((values, (rows, columns)), shape=shape), offset.ravel()


def rescaled(layout: Layout, parameters: Floats, mean: float, sd: float) -> Floats:
    """Return the parameters with which a trait N(0, 1) acts as N(mean, sd^2) did.

    The step that turns EM into parameter-expanded EM.
    """
    after = parameters.copy()
    slopes = parameters[: layout.n_slopes]
    steps = slice(layout.n_slopes, layout.common_steps)
    repeat = 1 if layout.model == "rsm" else layout.n_categories - 1
    after[steps] += np.repeat(np.broadcast_to(slopes, layout.n_categories.shape), repeat) * mean
    after[: layout.n_slopes] = slopes * sd
    return after


def starting_values(layout: Layout, counts: Floats, slopes: Floats) -> Floats:
    """Return parameters that match the share of each category.

    `counts` are the ratings of each item in each category.
    """
    start = np.zeros(layout.size)
    start[: layout.n_slopes] = slopes
    share = counts + 0.5
    widen = np.sqrt(1 + np.broadcast_to(slopes, len(counts)) ** 2 / 2.9)  # (16 sqrt 3 / 15 pi)^-2
    steps = np.full((len(counts), layout.widest - 1), np.nan)
    for item, n_categories in enumerate(layout.n_categories):
        shares = share[item, :n_categories]
        upper = np.cumsum(shares[::-1])[-2::-1] if FAMILY[layout.model] == "graded" else shares[1:]
        lower = shares.sum() - upper if FAMILY[layout.model] == "graded" else shares[:-1]
        steps[item, : n_categories - 1] = np.log(upper / lower) * widen[item]
    own = slice(layout.n_slopes, layout.common_steps)
    if layout.model == "rsm":
        start[own] = steps.mean(1)
        common = (steps - steps.mean(1, keepdims=True)).mean(0)
        start[layout.common_steps : layout.severity] = common[:-1]
    else:
        start[own] = steps[np.isfinite(steps)]
    return start


def _entries(rows: Ints, columns: Ints, value: float) -> tuple[Ints, Ints, Floats]:
    return rows, columns, np.full(len(rows), value)


def _zero_sum(
    rows: Ints, which: Ints, place: int, size: int, *, sign: float
) -> list[tuple[Ints, Ints, Floats]]:
    """Entries of effects that sum to 0: the last is minus the sum of the others."""
    last = which == size - 1
    others = np.arange(size - 1)
    tail = np.repeat(rows[last], size - 1), np.tile(others, int(last.sum()))
    return [
        _entries(rows[~last], place + which[~last], sign),
        _entries(tail[0], place + tail[1], -sign),
    ]
