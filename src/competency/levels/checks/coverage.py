"""How often the truth lies where an interval or a set of levels says it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import ndtri

from competency.arrays import Bools, Floats, frozen
from competency.errors import Finding
from competency.levels.checks.arguments import groups_of, level_forecasts, open_shares, refuse
from competency.stats import CONFIDENCE, Rng, effective_size, wilson_interval

NOMINAL = (0.5, 0.8, 0.9)
"""Nominal coverages that are checked by default (convention)."""


@dataclass(frozen=True, eq=False, repr=False)
class Coverage:
    """Share of truths covered, for each nominal coverage.

    Parameters
    ----------
    kind : str
        What covers: central intervals, or sets of most probable levels.
    nominal, covered : float64, shape (n_nominal,)
        Coverage that is claimed, and share of truths that were covered.
    low, high : float64, shape (n_nominal,)
        Wilson interval of `covered`.
    width : float64, shape (n_nominal,)
        Mean size of what covers, in levels: of two calibrated beliefs the sharper is better.
    n : int
        Truths.
    confidence : float
        Of the Wilson intervals.
    """

    kind: str
    nominal: Floats
    covered: Floats
    low: Floats
    high: Floats
    width: Floats
    n: int
    confidence: float = CONFIDENCE

    @property
    def inside(self) -> Bools:
        """Whether the claim lies in the Wilson interval, bool ``(n_nominal,)``."""
        return np.asarray((self.low <= self.nominal) & (self.nominal <= self.high))

    def to_frame(self) -> pd.DataFrame:
        """One row per nominal coverage: share covered, interval, width, n, inside."""
        names = ("nominal", "covered", "low", "high", "width", "n", "inside")
        return pd.DataFrame({name: getattr(self, name) for name in names})

    def __repr__(self) -> str:
        rows = zip(self.nominal, self.covered, self.low, self.high, strict=True)
        said = "; ".join(f"{q:.0%}: {c:.3f} ({a:.3f} to {b:.3f})" for q, c, a, b in rows)
        return f"Coverage of {self.kind} (n = {self.n}): {said}"


def interval_coverage(
    mean: ArrayLike,
    sd: ArrayLike,
    truth: ArrayLike,
    *,
    levels: Sequence[float] = NOMINAL,
    groups: ArrayLike | None = None,
    confidence: float = CONFIDENCE,
) -> Coverage:
    """Return how often the truth lies within ``mean -+ z sd``, the central normal interval.

    Parameters
    ----------
    mean, sd : array_like, any shape
        Of the beliefs, on the latent scale, in levels; sd at least 0.
    truth : array_like, same shape
        Latent truth, in levels.
    levels : sequence of float
        Nominal coverages, in (0, 1).
    groups : array_like or None
        One label for each belief; what depends on each other has the same, and the Wilson
        interval is widened by its design effect. None = all independent.
    confidence : float
        Of the Wilson intervals, in (0, 1).

    Returns
    -------
    Coverage

    Raises
    ------
    InputError
        If there are no beliefs, shapes differ, or values are missing.

    Examples
    --------
    >>> interval_coverage([0, 0, 0, 0], [1, 1, 1, 1], [0.1, -0.5, 1.5, 3.0], levels=[0.5])
    Coverage of central intervals (n = 4): 50%: 0.500 (0.150 to 0.850)
    >>> interval_coverage([2.0], [0.0], [2.0]).covered.tolist()
    [1.0, 1.0, 1.0]
    """
    centre, spread, true = (np.asarray(x, np.float64) for x in (mean, sd, truth))
    _refuse_intervals(centre, spread, true)
    nominal = np.array(open_shares("levels", levels))
    half = ndtri((1 + nominal) / 2) * spread.reshape(-1, 1)
    hit = np.abs(true - centre).reshape(-1, 1) <= half
    width = 2 * half.mean(0)
    return _coverage(
        "central intervals", nominal, hit, width=width, groups=groups, confidence=confidence
    )


def level_coverage(
    probabilities: ArrayLike,
    level: ArrayLike,
    *,
    levels: Sequence[float] = NOMINAL,
    groups: ArrayLike | None = None,
    confidence: float = CONFIDENCE,
    rng: Rng = 0,
) -> Coverage:
    """Return how often the level lies in the smallest set of levels with the nominal mass.

    Levels enter the set from the most probable on. The one that would carry it beyond the
    nominal coverage enters with the probability that makes the mass exact, so that calibrated
    beliefs are covered as often as claimed, however coarse the levels.

    Parameters
    ----------
    probabilities : array_like, shape (..., n_levels)
        Probability of each level; sums to 1 along the last axis.
    level : array_like, shape (...)
        The level that came true.
    levels, groups, confidence
        As in `interval_coverage`.
    rng : int, Generator or None

    Returns
    -------
    Coverage
        Its width is the mean number of levels in a set.

    Raises
    ------
    InputError
        If there are no beliefs, shapes differ, or values are illegal.

    Examples
    --------
    A certain belief needs nine tenths of a level for a coverage of nine tenths:

    >>> sure = level_coverage([[0.0, 1.0]] * 1000, [1] * 1000, levels=[0.9])
    >>> sure.width.round(4).tolist(), bool(sure.inside[0])
    ([0.9], True)
    >>> level_coverage([[0.0, 1.0]], [0], levels=[0.9]).covered.tolist()
    [0.0]
    """
    stated, observed = level_forecasts(probabilities, level)
    nominal = np.array(open_shares("levels", levels))
    order = np.argsort(-stated, axis=-1, kind="stable")
    mass = np.take_along_axis(stated, order, -1)
    before = np.cumsum(mass, -1) - mass
    place = (order == observed[:, None]).argmax(-1)
    row = np.arange(len(observed))
    # The mass that a set needs before it holds the level; uniform when beliefs are calibrated.
    needed = (
        before[row, place] + np.random.default_rng(rng).random(len(observed)) * mass[row, place]
    )
    possible = mass[row, place] > 0
    hit = (needed[:, None] < nominal) & possible[:, None]
    width = np.array([_set_size(mass, before, share) for share in nominal])
    return _coverage(
        "most probable levels", nominal, hit, width=width, groups=groups, confidence=confidence
    )


def _set_size(mass: Floats, before: Floats, share: float) -> float:
    part = np.clip(share - before, 0.0, mass)
    held = np.divide(part, mass, out=np.zeros_like(mass), where=mass > 0)
    return float(held.sum(-1).mean())


def _coverage(
    kind: str,
    nominal: Floats,
    hit: Bools,
    *,
    width: Floats,
    groups: ArrayLike | None,
    confidence: float,
) -> Coverage:
    open_shares("confidence", [confidence])
    label = groups_of(groups, len(hit))
    covered = hit.mean(0)
    size = np.array([effective_size(column.astype(np.float64), label) for column in hit.T])
    low, high = wilson_interval(covered, size, confidence)
    return Coverage(
        kind,
        frozen(nominal),
        frozen(covered),
        frozen(low),
        frozen(high),
        frozen(width),
        len(hit),
        confidence,
    )


def _refuse_intervals(mean: Floats, sd: Floats, truth: Floats) -> None:
    shapes = {array.shape for array in (mean, sd, truth)}
    if len(shapes) > 1:
        text = f"mean, sd and truth have shapes {mean.shape}, {sd.shape} and {truth.shape}"
        refuse([Finding("other-shape", text, hint="give one truth for each belief")])
    if mean.size == 0:
        hint = "a check needs at least one belief with its truth"
        refuse([Finding("nothing-to-check", "there are no beliefs", hint=hint)])
    known = np.isfinite(mean) & np.isfinite(truth) & np.isfinite(sd) & (sd >= 0)
    if not known.all():
        text = f"{int((~known).sum())} of {known.size} beliefs are missing or have a negative sd"
        hint = "leave out what is not known, then check again"
        refuse([Finding("illegal-value", text, hint=hint)])
