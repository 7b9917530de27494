"""Labels as LambdaMART asks for them: whole grades, and the worth of each."""

from __future__ import annotations

from typing import Literal

import numpy as np

from competency.arrays import Floats, Ints

Gain = Literal["linear", "exponential"]

MOST_GRADES = 255
"""Grades that are told apart; more distinct labels than this are merged by their ranks."""

_HIGHEST_EXPONENT = 30
# 2 ** 30 is worth a billion times grade 1: a label beyond that is no grade (LightGBM's own limit).


def graded(labels: Floats, gain: Gain | None) -> tuple[Ints, Floats]:
    """Return the grade of each label, and the worth of each grade.

    Parameters
    ----------
    labels : Floats, shape (n_rows,)
        Finite; higher is better. A negative label is worth less than 0 is, never "bad": the worth
        of the lowest label is 0.
    gain : {"linear", "exponential"} or None
        Worth as a function of the label: the label itself, or ``2 ** label - 1``. None: the latter
        where all labels are whole and 0 to 30, as graded relevance is; else the former.

    Returns
    -------
    grade : int32, shape (n_rows,)
    worth : float64, shape (n_grades,)
        Increasing, from 0.

    Examples
    --------
    >>> graded(np.array([0.0, 2, 2]), None)
    (array([0, 1, 1], dtype=int32), array([0., 3.]))
    >>> graded(np.array([-0.5, 0.25]), None)[1]
    array([0.  , 0.75])
    >>> graded(np.array([]), None)
    (array([], dtype=int32), array([], dtype=float64))
    """
    distinct, number = np.unique(labels, return_inverse=True)
    if not len(distinct):
        return number.astype(np.int32), distinct.astype(np.float64)
    whole = bool((distinct == np.round(distinct)).all())
    if gain is None:
        grades = whole and distinct[0] >= 0 and distinct[-1] <= _HIGHEST_EXPONENT
        gain = "exponential" if grades else "linear"
    worth = np.exp2(distinct) if gain == "exponential" else distinct.astype(np.float64)
    merged = np.arange(len(distinct)) * min(MOST_GRADES, len(distinct)) // len(distinct)
    counts = np.bincount(number)
    mean = np.bincount(merged, weights=counts * worth) / np.bincount(merged, weights=counts)
    return merged[number].astype(np.int32), mean - mean[0]
