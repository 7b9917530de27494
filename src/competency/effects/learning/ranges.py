"""Rows of several owners laid one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from competency.arrays import Ints


def expanded(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Return the rows of all ranges ``[first, last)``, and the range that each belongs to.

    Parameters
    ----------
    first, last : Ints, shape (n_ranges,)

    Returns
    -------
    owner, row : int64, shape (n_rows,)

    Examples
    --------
    >>> owner, row = expanded(np.array([4, 0, 7]), np.array([6, 0, 8]))
    >>> owner.tolist(), row.tolist()
    ([0, 0, 2], [4, 5, 7])
    >>> expanded(np.array([], int), np.array([], int))[1].tolist()
    []
    """
    count = (last - first).astype(np.int64)
    owner = np.repeat(np.arange(len(count)), count)
    before = np.cumsum(count) - count
    return owner, np.arange(count.sum()) - before[owner] + first[owner]
