"""The score of a ranker as the kernel reads it: one number a training, and curves over officers.

What depends on the training alone is added up beforehand. What depends on one feature of an
officer and a training is a curve of steps; a pair with a feature of the training is, for each
training, a curve too, and curves of one feature add up to one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from competency.arrays import Bools, Floats, Ints
from competency.config import RankingConfig
from competency.ranking.additive.tables import FeatureTable, PairTable, steps_of
from competency.ranking.columns import PAIR_COLUMNS, training_shares
from competency.ranking.fused.curves import Curves, Lookup

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from competency.framework.model import Framework
    from competency.ranking.additive.tables import AdditiveModel
    from competency.ranking.ranker import FeatureRanker

BOUND_COLUMNS = (0, 3, 4)
"""Columns that are known before eligibility is: gap closed, largest gap, known."""


class Grids(NamedTuple):
    """Tables of pairs of two features of officers.

    Parameters
    ----------
    columns : Ints, shape (n_grids, 2)
        Of `PAIR_COLUMNS`.
    curves : Ints, shape (n_grids, 2)
        Their cuts, as curves of zeros.
    first, width : Ints, shape (n_grids,)
        Where each grid begins, and the length of its rows.
    adds : Floats
    """

    columns: Ints
    curves: Ints
    first: Ints
    width: Ints
    adds: Floats


class Score(NamedTuple):
    """A ranker's score.

    Parameters
    ----------
    fixed : Floats, shape (n_trainings,)
        What depends on the training alone.
    most : Floats, shape (n_trainings,)
        Exponential of the most that all but the gap closed can add up to.
    near : Floats, shape (n_trainings,)
        The same without the curve of the gap closed.
    rest : Floats, shape (n_trainings,)
        The same without the curves of `BOUND_COLUMNS`.
    order : Ints, shape (n_trainings,)
        Trainings, the most promising first.
    readiness, mandatory : float
        Weights of the prior.
    curve : Ints, shape (n_trainings, n_columns)
        Curve of each column of `PAIR_COLUMNS`; -1 = none.
    curves : Curves
    grids : Grids
    """

    fixed: Floats
    most: Floats
    near: Floats
    rest: Floats
    order: Ints
    readiness: float
    mandatory: float
    curve: Ints
    curves: Curves
    grids: Grids


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
    columns = {
        "hours": trainings.hours.astype(np.float64),
        "cost": trainings.cost.astype(np.float64),
        "popularity": training_shares(history, framework, as_of),
    }
    fixed = -np.log(trainings.hours + config.hour_offset)
    lookup = Lookup(len(fixed))
    learned, pairs = _laid_out(model, columns, lookup)
    fixed = fixed + learned
    curve, grids = lookup.curve(), _grids(pairs, lookup)
    curves = lookup.curves()
    best = _best(curve, curves, duty)
    others = fixed + np.where(duty, config.mandatory, 0.0)
    others += sum(float(pair.adds.max()) for pair in pairs)
    most = np.exp(others + best.sum(axis=1))
    near, rest = (
        np.exp(others + np.delete(best, columns, axis=1).sum(axis=1))
        for columns in (BOUND_COLUMNS[:1], BOUND_COLUMNS)
    )
    order = np.argsort(-most, kind="stable")
    return Score(
        fixed, most, near, rest, order, config.readiness, config.mandatory, curve, curves, grids
    )


def _laid_out(
    model: AdditiveModel, columns: Mapping[str, Floats], lookup: Lookup
) -> tuple[Floats, list[PairTable]]:
    """Put tables of one feature of officers in the lookup; return what trainings add, and pairs."""
    fixed, pairs = np.zeros(lookup.size), []
    for table in model.tables:
        of_officers = [name for name in table.features if name in PAIR_COLUMNS]
        if not of_officers:
            fixed = fixed + table.look_up(columns)
        elif isinstance(table, FeatureTable):
            steps = np.broadcast_to(table.adds[:-1], (lookup.size, len(table.cuts) + 1))
            lookup.add(table.feature, table.cuts, steps)
        elif len(of_officers) == 1:
            lookup.add(of_officers[0], *_by_training(table, of_officers[0], columns))
        else:
            pairs.append(table)
    return fixed, pairs


def _grids(pairs: Sequence[PairTable], lookup: Lookup) -> Grids:
    ends = [[lookup.lay(cuts, np.zeros(len(cuts) + 1)) for cuts in pair.cuts] for pair in pairs]
    columns = [[PAIR_COLUMNS.index(name) for name in pair.features] for pair in pairs]
    cells = [pair.adds.size for pair in pairs]
    return Grids(
        columns=np.array(columns, np.int64).reshape(-1, 2),
        curves=np.array(ends, np.int64).reshape(-1, 2),
        first=np.concatenate([[0], np.cumsum(cells)])[:-1].astype(np.int64),
        width=np.array([pair.adds.shape[1] for pair in pairs], np.int64),
        adds=np.concatenate([np.zeros(0), *[pair.adds.ravel() for pair in pairs]]),
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
    table: PairTable, officer: str, columns: Mapping[str, Floats]
) -> tuple[Floats, Floats]:
    """Cuts of the feature of officers, and its steps for each training."""
    side = table.features.index(officer)
    values = table.adds if side == 0 else table.adds.T
    other = steps_of(columns[table.features[1 - side]], table.cuts[1 - side])
    return table.cuts[side], values[:-1, other].T
