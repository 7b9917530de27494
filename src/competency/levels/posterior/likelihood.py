"""Sources of observations: their parameters, and the interval that each observation states.

An observation (a rating, a certificate, an answer to an item, a record) is an interval on the
latent scale with logistic noise; :mod:`competency.ratings.ordinal` has its probability.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import Floats, Ints, frozen
from competency.config import LevelConfig
from competency.ratings.ordinal import OPEN, Intervals

if TYPE_CHECKING:
    from collections.abc import Sequence

CERTAIN = "record"
"""The source that states a level for certain: the level itself, not a noisy latent value."""

CERTIFICATE = "certificate"
"""Name of the block of certificates, beside the sources."""

ITEM = "item"
"""Name of the block of answers to items of tests, after the certificates."""

BESIDE = (CERTIFICATE, ITEM)
"""The blocks that are no sources of ratings: last in `Sources`, in this order."""

_SHARP = 1000.0
# Slope of a record, in logits per level: its error is less than a cell of any grid.


@dataclass(frozen=True, eq=False)
class ItemCurves:
    """Response curves of the items of tests.

    Parameters
    ----------
    slope : Floats, shape (n_items,)
        In logits per level.
    thresholds : Floats, shape (n_items, n_steps)
        Where one more point is as likely as not, in levels, rising; `OPEN` beyond the most points
        of an item.
    spread : Floats, shape (n_items,)
        Variance of the estimate of the place of the item, in levels squared.
    guess : Floats, shape (n_items,)
        Chance of the point for somebody who knows nothing.
    """

    slope: Floats
    thresholds: Floats
    spread: Floats
    guess: Floats

    @property
    def steps(self) -> Ints:
        """Most points of each item, int64 ``(n_items,)``."""
        return np.asarray((self.thresholds < OPEN).sum(1))


NO_ITEMS = ItemCurves(np.zeros(0), np.zeros((0, 1)), np.zeros(0), np.zeros(0))
"""The curves of no items."""


@dataclass(frozen=True, eq=False)
class Sources:
    """Parameters of the sources, then of `BESIDE`; arrays of shape ``(n_blocks,)``.

    Parameters
    ----------
    names : tuple of str
    slope : Floats
        Discrimination, in logits per level.
    severity, severity_sd, halo_sd : Floats
        Mean and spread of severity between assessors, and of halo, in levels.
    guess, span : Floats
        An observation has probability ``guess + span * P(latent in the interval)``.
    items : ItemCurves
        In place of all of this for answers to items.
    """

    names: tuple[str, ...]
    slope: Floats
    severity: Floats
    severity_sd: Floats
    halo_sd: Floats
    guess: Floats
    span: Floats
    items: ItemCurves = NO_ITEMS

    @property
    def rated(self) -> tuple[str, ...]:
        """Names of the sources of ratings."""
        return self.names[: -len(BESIDE)]

    def sd(self) -> Floats:
        """Spread of the effect of an unknown assessor on one officer, in levels."""
        return np.hypot(self.severity_sd, self.halo_sd)


def given_sources(config: LevelConfig) -> Sources:
    """Return the parameters that the settings give."""
    test = config.sources.get("test", LevelConfig().sources["test"])
    rows = list(config.sources.values())
    slope = [_SHARP if n == CERTAIN else s.discrimination for n, s in config.sources.items()]

    def column(values: Sequence[float]) -> Floats:
        return frozen(np.array(values, np.float64))

    return Sources(
        (*config.sources, *BESIDE),
        column([*slope, test.discrimination, config.item_discrimination]),
        column([*(row.severity for row in rows), 0.0, 0.0]),
        column([*(row.severity_sd for row in rows), 0.0, 0.0]),
        column([*(row.halo_sd for row in rows), 0.0, 0.0]),
        column([*(0.0 for _ in rows), config.guess, 0.0]),
        column([*(1.0 for _ in rows), 1 - config.slip - config.guess, 1.0]),
    )


def intervals_of(
    sources: Sources,
    block: Ints,
    level: Ints,
    max_level: Ints,
    *,
    spread: Floats,
    item: Ints | None = None,
) -> Intervals:
    """Return the interval that each observation states.

    A rating of level k states ``[k - 1/2, k + 1/2)``, open at the ends of the scale; a
    certificate of level k states ``[k - 1/2, inf)``; v points of an item state ``[b[v], b[v + 1])``
    with the thresholds b of the item, likewise open at the ends.

    Parameters
    ----------
    sources : Sources
    block, level, max_level : Ints, shape (n_observations,)
        Source, stated level (points of an item), and highest level of the competency.
    spread : Floats, shape (n_observations,)
        Further variance, in levels squared.
    item : Ints, shape (n_observations,), or None
        Number of the item; -1 = none.

    Examples
    --------
    >>> both = np.array([0, 5])
    >>> observation = intervals_of(given_sources(LevelConfig()), np.zeros(2, int), both,
    ...                      np.array([5, 5]), spread=np.zeros(2))
    >>> observation.lower.tolist(), observation.upper.tolist()
    ([-60.0, 4.5], [0.5, 60.0])
    """
    held = np.clip(level, 0, max_level)
    certificate = np.array([name == CERTIFICATE for name in sources.names])[block]
    lower = np.where(held > 0, held - 0.5, -OPEN)
    upper = np.where((held < max_level) & ~certificate, held + 0.5, OPEN)
    slope, guess, span = (v[block] for v in (sources.slope, sources.guess, sources.span))
    rated = Intervals(lower, upper, slope, spread, guess, span)
    return rated if item is None or (item < 0).all() else _with_items(rated, item, level, sources)


def _with_items(rated: Intervals, item: Ints, points: Ints, sources: Sources) -> Intervals:
    """Give the answers to items their own intervals, in place."""
    curves, row = sources.items, np.flatnonzero(item >= 0)
    number = item[row]
    got = np.minimum(points[row], curves.steps[number])
    borders = np.pad(curves.thresholds, ((0, 0), (1, 1)), constant_values=(-OPEN, OPEN))
    guessed = curves.guess[number]
    rated.lower[row], rated.upper[row] = borders[number, got], borders[number, got + 1]
    rated.slope[row], rated.span[row] = curves.slope[number], 1 - guessed
    rated.guess[row] = np.where(got > 0, guessed, 0.0)
    # NOTE: -1, no item, is the last.
    return replace(rated, spread=rated.spread + np.append(curves.spread, 0.0)[item])
