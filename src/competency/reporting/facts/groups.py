"""Which cells of a table are too small to be shown."""

from __future__ import annotations

import numpy as np

from competency.arrays import Bools, Ints


def hidden_cells(counts: Ints, minimum: int, also: Bools | None = None) -> Bools:
    """Return which cells must be hidden so that no small group can be read or worked out.

    A cell of 1 to ``minimum - 1`` officers is hidden. Since column totals are shown, the hidden
    cells of a column must also be two at least and hold `minimum` officers together: the next
    smallest cells of the column are hidden until they do.

    Parameters
    ----------
    counts : Ints, shape (n_groups, n_columns)
        Officers behind each cell.
    minimum : int
        Smallest group that is shown.
    also : Bools, shape of `counts`, optional
        Cells that are hidden for another reason.

    Returns
    -------
    bool, shape of `counts`

    Examples
    --------
    >>> hidden_cells(np.array([[3], [9], [30]]), 5).ravel().tolist()
    [True, True, False]
    >>> hidden_cells(np.array([[0], [9], [30]]), 5).any()
    np.False_
    """
    hidden = (counts > 0) & (counts < minimum)
    if also is not None:
        hidden |= also & (counts > 0)
    for column in np.flatnonzero(hidden.any(axis=0)):
        for row in np.argsort(counts[:, column], kind="stable"):
            inside = hidden[:, column]
            if inside.sum() >= 2 and counts[inside, column].sum() >= minimum:
                break
            hidden[row, column] |= counts[row, column] > 0
    return hidden


def optional(value: float, digits: int = 6) -> float | None:
    """Return a rounded float, or None for NaN.

    Examples
    --------
    >>> optional(float("nan")) is None
    True
    """
    return None if np.isnan(value) else round(float(value), digits)
