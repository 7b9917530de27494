"""The same check on parts of the beliefs: good figures overall can hide bad ones for a few."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from competency.arrays import Bools
from competency.errors import Finding
from competency.levels.checks.arguments import refuse


class Reported(Protocol):
    """Any result that can be shown as a table."""

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        ...


def assessment_slices(n_observations: ArrayLike) -> dict[str, Bools]:
    """Return which beliefs rest on how much: masks by name.

    Parameters
    ----------
    n_observations : array_like of int, any shape
        Ratings and certificates behind each belief, as ``LevelBeliefs.n_observations``.

    Returns
    -------
    dict of bool arrays, of that shape
        ``"overall"``, and parts of it: ``"assessed"`` (at least one), of these ``"several
        ratings"`` and ``"one rating"``, and ``"never assessed"`` (the belief is the prior).

    Examples
    --------
    >>> {name: mask.tolist() for name, mask in assessment_slices([0, 1, 3]).items()}
    {'overall': [True, True, True], 'assessed': [False, True, True],
     'several ratings': [False, False, True], 'one rating': [False, True, False],
     'never assessed': [True, False, False]}
    """
    seen = np.asarray(n_observations)
    return {
        "overall": np.ones(seen.shape, bool),
        "assessed": seen > 0,
        "several ratings": seen > 1,
        "one rating": seen == 1,
        "never assessed": seen == 0,
    }


def by_slice(check: Callable[[Bools], Reported], slices: Mapping[str, Bools]) -> pd.DataFrame:
    """Return the tables of one check on every slice, under each other.

    Parameters
    ----------
    check : callable
        Given a mask, the result for that part.
    slices : mapping of str to bool array
        Name and mask of each part, such as `assessment_slices` returns.

    Returns
    -------
    DataFrame
        Column ``slice`` first, then those of the check. An empty slice has one row with n = 0
        and nothing else.

    Raises
    ------
    InputError
        If there are no slices, or all are empty.

    Examples
    --------
    >>> from competency.levels.checks import calibration_error
    >>> p, y = np.array([0.1, 0.9, 0.5]), np.array([0, 1, 0])
    >>> slices = assessment_slices([2, 1, 1])
    >>> table = by_slice(lambda rows: calibration_error(p[rows], y[rows]), slices)
    >>> table[["slice", "n"]].values.tolist()
    [['overall', 3], ['assessed', 3], ['several ratings', 1], ['one rating', 2],
     ['never assessed', 0]]
    """
    filled = {name: mask for name, mask in slices.items() if np.any(mask)}
    if not filled:
        hint = "give at least one mask that is somewhere true"
        refuse([Finding("nothing-to-check", "every slice is empty", hint=hint)])
    tables = {name: check(mask).to_frame() for name, mask in filled.items()}
    columns = next(iter(tables.values())).columns
    for name in slices:
        if name not in tables:
            tables[name] = pd.DataFrame({"n": [0]}).reindex(columns=columns)
    rows = [tables[name].assign(slice=name) for name in slices]
    result = pd.concat(rows, ignore_index=True)
    return result[["slice", *columns]]
