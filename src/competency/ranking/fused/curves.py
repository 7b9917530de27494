"""Curves of steps over a feature of officers, as the kernel looks them up."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from competency.arrays import Floats, Ints
from competency.ranking.columns import PAIR_COLUMNS

_CELLS = 128
# Cells of the guide into a curve: with up to 255 cuts, two or three are compared.


class Curves(NamedTuple):
    """Curves of steps, one after the other, each with a guide to where a value may lie.

    Parameters
    ----------
    first : Ints, shape (n_curves + 1,)
        Where the cuts of each curve begin; its values begin `number of the curve` later.
    cuts : Floats, shape (n_cuts,)
    adds : Floats, shape (n_cuts + n_curves,)
    origin, rate : Floats, shape (n_curves,)
        Place of a value in the guide: ``(value - origin) * rate``.
    guide : Ints, shape (n_curves, _CELLS)
        A step that is not beyond the one of any value there.
    peak : Floats, shape (n_curves, _CELLS)
        Exponential of the most that any value there adds.
    """

    first: Ints
    cuts: Floats
    adds: Floats
    origin: Floats
    rate: Floats
    guide: Ints
    peak: Floats


class Lookup:
    """Curves as they are laid down; what several trainings share lies there once."""

    def __init__(self, n_trainings: int) -> None:
        self.size = n_trainings
        self.parts: dict[str, list[tuple[Floats, Floats]]] = {}
        self.laid: dict[bytes, int] = {}
        self.cuts: list[Floats] = []
        self.values: list[Floats] = []

    def add(self, column: str, cuts: Floats, values: Floats) -> None:
        """Add steps of a column, shape ``(n_trainings, n_steps)``."""
        self.parts.setdefault(column, []).append((cuts, values))

    def curve(self) -> Ints:
        """Lay the sum of all steps of each column down, and return the number of each curve."""
        number = np.full((self.size, len(PAIR_COLUMNS)), -1, np.int64)
        for column, parts in self.parts.items():
            cuts = np.unique(np.concatenate([part[0] for part in parts]))
            ends = np.append(cuts, np.inf)
            total = sum(values[:, np.searchsorted(own, ends)] for own, values in parts)
            for training in range(self.size):
                place = training, PAIR_COLUMNS.index(column)
                number[place] = self.lay(cuts, np.asarray(total)[training])
        return number

    def lay(self, cuts: Floats, values: Floats) -> int:
        """Lay one curve down, if it is not there yet, and return its number."""
        key = cuts.tobytes() + b"|" + values.tobytes()
        if key not in self.laid:
            self.laid[key] = len(self.cuts)
            self.cuts.append(cuts)
            self.values.append(values)
        return self.laid[key]

    def curves(self) -> Curves:
        """Return all that was laid down."""
        low = np.array([cuts[0] if len(cuts) else 0.0 for cuts in self.cuts])
        high = np.array([cuts[-1] if len(cuts) else 0.0 for cuts in self.cuts])
        rate = np.where(high > low, _CELLS / np.where(high > low, high - low, 1), 0.0)
        guide = np.zeros((len(self.cuts), _CELLS), np.int64)
        peak = np.zeros(guide.shape)
        for k, (cuts, values) in enumerate(zip(self.cuts, self.values, strict=True)):
            guide[k], last = _guide(cuts, low[k], rate[k])
            peak[k] = [values[i : j + 1].max() for i, j in zip(guide[k], last, strict=True)]
        return Curves(
            first=np.concatenate([[0], np.cumsum([len(c) for c in self.cuts])]).astype(np.int64),
            cuts=np.concatenate([np.zeros(0), *self.cuts]),
            adds=np.concatenate([np.zeros(0), *self.values]),
            origin=low,
            rate=rate,
            guide=guide,
            peak=np.exp(peak),
        )


def _guide(cuts: Floats, low: float, rate: float) -> tuple[Ints, Ints]:
    """The first and the last step that a value in each cell may have."""
    if not rate:
        return np.zeros(_CELLS, np.int64), np.full(_CELLS, len(cuts))
    # NOTE: a cell more on either side, so that rounding never points beyond the right step.
    cell = np.arange(_CELLS)
    first = np.searchsorted(cuts, low + (cell - 1) / rate)
    last = np.searchsorted(cuts, low + (cell + 2) / rate)
    first[0], last[-1] = 0, len(cuts)
    return first, last
