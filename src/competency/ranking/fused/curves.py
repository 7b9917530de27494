"""The score of a ranker as the kernel reads it: one number a training, and curves over officers.

What depends on the training alone is added up beforehand. What depends on one feature of an
officer and a training is a curve of steps; a pair with a feature of the training is, for each
training, a curve too, and curves of one feature add up to one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from competency.arrays import Bools, Floats, Ints
from competency.config import RankingConfig
from competency.ranking.additive.tables import FeatureTable, PairTable, steps_of
from competency.ranking.columns import PAIR_COLUMNS, training_shares
from competency.ranking.features import accredited

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from competency.framework.model import Framework
    from competency.ranking.additive.tables import AdditiveModel
    from competency.ranking.ranker import FeatureRanker

_CELLS = 128
# Cells of the guide into a curve: with up to 255 cuts, two or three are compared.


BOUND_COLUMNS = (0, 3, 4)
"""Columns that are known before eligibility is: gap closed, largest gap, known."""


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


class Score(NamedTuple):
    """A ranker's score.

    Parameters
    ----------
    fixed : Floats, shape (n_trainings,)
        What depends on the training alone.
    most : Floats, shape (n_trainings,)
        Exponential of the most that all but the gap closed can add up to.
    rest : Floats, shape (n_trainings,)
        The same without the curves of `BOUND_COLUMNS`.
    order : Ints, shape (n_trainings,)
        Trainings, the most promising first.
    readiness, mandatory : float
        Weights of the prior.
    curve : Ints, shape (n_trainings, n_columns)
        Curve of each column of `PAIR_COLUMNS`; -1 = none.
    curves : Curves
    grid_columns : Ints, shape (n_grids, 2)
        Columns of pairs of two features of officers.
    grid_curves : Ints, shape (n_grids, 2)
        Their cuts, as curves whose values do not matter.
    grid_first, grid_width : Ints, shape (n_grids,)
    grid_values : Floats
    """

    fixed: Floats
    most: Floats
    rest: Floats
    order: Ints
    readiness: float
    mandatory: float
    curve: Ints
    curves: Curves
    grid_columns: Ints
    grid_curves: Ints
    grid_first: Ints
    grid_width: Ints
    grid_values: Floats


def score_of(
    ranker: FeatureRanker, model: AdditiveModel, framework: Framework, *, as_of: date,
    history: pd.DataFrame | None, duty: Bools,
) -> Score:  # fmt: skip
    """Return the score of the closed-form prior and of learned tables beside it.

    Parameters
    ----------
    ranker : FeatureRanker
        Whose prior it is.
    model : AdditiveModel
    framework : Framework
    as_of : date
    history : DataFrame or None
    duty : Bools, shape (n_trainings,)
        Whether any position asks for the training.

    Returns
    -------
    Score
    """
    config = ranker.config or RankingConfig()
    trainings = framework.index.trainings
    own = accredited(framework.index, as_of)
    columns = {
        "hours": trainings.hours.astype(np.float64),
        "cost": trainings.cost.astype(np.float64),
        "accreditation": own.astype(np.float64),
        "popularity": training_shares(history, framework, as_of),
    }
    fixed = -np.log(trainings.hours + config.hour_offset) - np.where(own, 0, config.unaccredited)
    shelf = _Shelf(len(fixed))
    grids: list[PairTable] = []
    for table in model.tables:
        of_officers = [name for name in table.features if name in PAIR_COLUMNS]
        if not of_officers:
            fixed = fixed + table.look_up(columns)
        elif isinstance(table, FeatureTable):
            steps = np.broadcast_to(table.adds[:-1], (len(fixed), len(table.cuts) + 1))
            shelf.add(table.feature, table.cuts, steps)
        elif len(of_officers) == 1:
            shelf.add(of_officers[0], *_by_training(table, of_officers[0], columns))
        else:
            grids.append(table)
    curve = shelf.curve()
    ends = [[shelf.lay(cuts, np.zeros(len(cuts) + 1)) for cuts in grid.cuts] for grid in grids]
    columns_of = [[PAIR_COLUMNS.index(name) for name in grid.features] for grid in grids]
    curves, cells = shelf.curves(), [grid.adds.size for grid in grids]
    best = _best(curve, curves, duty)
    others = fixed + np.where(duty, config.mandatory, 0.0)
    others += sum(float(grid.adds.max()) for grid in grids)
    most = np.exp(others + best.sum(axis=1))
    return Score(
        fixed=fixed,
        most=most,
        rest=np.exp(others + np.delete(best, BOUND_COLUMNS, axis=1).sum(axis=1)),
        order=np.argsort(-most, kind="stable"),
        readiness=config.readiness,
        mandatory=config.mandatory,
        curve=curve,
        curves=curves,
        grid_columns=np.array(columns_of, np.int64).reshape(-1, 2),
        grid_curves=np.array(ends, np.int64).reshape(-1, 2),
        grid_first=np.concatenate([[0], np.cumsum(cells)])[:-1].astype(np.int64),
        grid_width=np.array([grid.adds.shape[1] for grid in grids], np.int64),
        grid_values=np.concatenate([np.zeros(0), *[grid.adds.ravel() for grid in grids]]),
    )


def _best(curve: Ints, curves: Curves, duty: Bools) -> Floats:
    """The most that each curve of each training adds, shape of `curve`."""
    size = len(curves.origin)
    begin = curves.first[:-1] + np.arange(size)
    most = np.maximum.reduceat(curves.adds, begin) if size else np.zeros(0)
    best = np.where(curve >= 0, np.append(most, 0.0)[curve], 0.0)
    # What nobody must take is never mandatory: the first step of that curve.
    column = PAIR_COLUMNS.index("mandatory")
    free = (curve[:, column] >= 0) & ~duty
    best[free, column] = curves.adds[begin[curve[free, column]]]
    return best


def _by_training(
    table: PairTable, officer: str, columns: dict[str, Floats]
) -> tuple[Floats, Floats]:
    """Cuts of the feature of officers, and its steps for each training."""
    side = table.features.index(officer)
    values = table.adds if side == 0 else table.adds.T
    other = steps_of(columns[table.features[1 - side]], table.cuts[1 - side])
    return table.cuts[side], values[:-1, other].T


class _Shelf:
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
