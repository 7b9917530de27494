"""Officers who were trained and officers who were not, in worlds whose truth is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
import pandas as pd
from scipy.special import expit, ndtri

from competency.errors import Finding, InputError, nearest_names

if TYPE_CHECKING:
    from competency.arrays import Floats

Way = Literal["random", "score", "cutoff", "level", "nomination"]

GROWTH = 0.1
"""What everyone gains between two measurements, in standard deviations of the level: a naive
gain must not be right by accident."""

_STEEP = 1.5
# Slope of the choice, in logits per standard deviation: strong, not deterministic.


def training_world(
    rng: int | np.random.Generator,
    way: Way,
    *,
    n: int = 300,
    effect: float = 0.0,
    reliability: float = 0.7,
    share: float = 0.4,
    class_size: int = 0,
    class_sd: float = 0.0,
) -> pd.DataFrame:
    """Return a table for :func:`evaluate_training` from a world whose effect is known.

    Levels are N(0, 1). Each of three measures adds an error that leaves this `reliability`, and
    everyone grows by `GROWTH` before the last.

    Parameters
    ----------
    rng : int or Generator
        Seed, or where to draw from.
    way : {"random", "score", "cutoff", "level", "nomination"}
        Who is trained: anyone; more likely who scored low; all who scored below the quantile
        `share`; who is low, whatever the score ("level", and "nomination", which is less steep).
    n : int
        Officers.
    effect : float
        Of the training on the outcome, in standard deviations of the level.
    reliability : float
        In (0, 1].
    share : float
        Trained, about, in (0, 1).
    class_size : int
        Officers in a class of the trained; 0 = no classes.
    class_sd : float
        Spread of classes, in standard deviations of the level.

    Returns
    -------
    DataFrame
        Columns treated, earlier, before, after, and class where there are classes (empty for
        the untrained).

    Raises
    ------
    InputError
        If the way is not known.

    Examples
    --------
    >>> world = training_world(0, "score", n=2000)
    >>> trained = world[world["treated"] == 1]
    >>> naive = (trained["after"] - trained["before"]).mean()
    >>> bool(naive > 0.25), round(float(world["before"].corr(world["earlier"])), 1)
    (True, 0.7)
    >>> training_world(0, "score", n=0)["after"].tolist()
    []
    """
    if way not in get_args(Way):
        near = nearest_names(way, get_args(Way))
        raise InputError("world", [Finding("unknown-way", f"no way {way!r}", nearest=near)])
    rng = np.random.default_rng(rng)
    level = rng.normal(size=n)
    earlier, before, after = level + np.sqrt(1 / reliability - 1) * rng.normal(size=(3, n))
    chance = _chance(way, level, before, share, spread=float(np.sqrt(1 / reliability)))
    treated = rng.random(n) < chance
    after = after + GROWTH + effect * treated
    table = pd.DataFrame(
        {"treated": treated * 1, "earlier": earlier, "before": before, "after": after}
    )
    if class_size:
        group = np.where(treated, (np.cumsum(treated) - 1) // class_size, -1)
        shift = rng.normal(0, class_sd, n // class_size + 1)
        table["after"] += np.where(treated, shift[group], 0.0)
        table["class"] = pd.Series(group.astype(str)).where(treated)
    return table


def _chance(way: Way, level: Floats, before: Floats, share: float, *, spread: float) -> Floats:
    """Return the chance that each officer is trained."""
    middle = float(ndtri(share))
    if way == "random":
        return np.full(len(level), share)
    if way == "cutoff":
        return (before < middle * spread) * 1.0
    if way == "score":
        return np.asarray(expit(-_STEEP * (before - middle * spread)))
    steep = _STEEP if way == "level" else 0.8 * _STEEP
    return np.asarray(expit(-steep * (level - middle)))
