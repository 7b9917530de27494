"""A score as the kernel reads it: one number a training, and curves over features of officers.

What depends on the training alone is added up beforehand. What depends on one feature of an
officer and a training is a curve of steps; a pair with a feature of the training is, for each
training, a curve too, and curves of one feature add up to one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from competency.arrays import Bools, Floats, Ints
from competency.ranking import columns
from competency.ranking.additive.tables import FeatureTable, PairTable, steps_of

if TYPE_CHECKING:
    from competency.config import RankingConfig
    from competency.ranking.additive.tables import AdditiveModel

_CELLS = 128
# Cells of the guide into a curve: with up to 255 cuts, two or three are compared.


class Curves(NamedTuple):
    """Curves of steps, one after the other, each with a guide to where a value may lie."""

    first: Ints
    """Where the cuts of each curve begin, shape (n_curves + 1,); its values begin as many places
    later as there are curves before it."""
    cuts: Floats
    adds: Floats
    """What each step adds, shape (n_cuts + n_curves,)."""
    origin: Floats
    rate: Floats
    """Place of a value in the guide: ``(value - origin) * rate``."""
    guide: Ints
    """A step that is not beyond the one of any value there, shape (n_curves, _CELLS)."""
    peak: Floats
    """Exponential of the most that any value there adds, same shape."""


class Lookup:
    """Curves as they are laid down; what several trainings share lies there once."""

    def __init__(self, names: tuple[str, ...], n_trainings: int) -> None:
        self.names, self.size = names, n_trainings
        self.parts: dict[str, list[tuple[Floats, Floats]]] = {}
        self.laid: dict[bytes, int] = {}
        self.cuts: list[Floats] = []
        self.values: list[Floats] = []

    def add(self, column: str, cuts: Floats, values: Floats) -> None:
        """Add steps of a column, shape ``(n_trainings, n_steps)``."""
        self.parts.setdefault(column, []).append((cuts, values))

    def curve(self) -> Ints:
        """Lay the sum of all steps of each column down, and return the number of each curve."""
        number = np.full((self.size, len(self.names)), -1, np.int64)
        for column, parts in self.parts.items():
            cuts = np.unique(np.concatenate([part[0] for part in parts]))
            ends = np.append(cuts, np.inf)
            total = sum(values[:, np.searchsorted(own, ends)] for own, values in parts)
            for training in range(self.size):
                place = training, self.names.index(column)
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


class Grids(NamedTuple):
    """Tables of pairs of two features of officers."""

    columns: Ints
    """Numbers of the two features, shape (n_grids, 2)."""
    curves: Ints
    """Their cuts, as curves of zeros, same shape."""
    first: Ints
    width: Ints
    """Where each grid begins in `adds`, and the length of its rows."""
    adds: Floats


class Score(NamedTuple):
    """A score as the kernel adds it up."""

    fixed: Floats
    """What depends on the training alone, shape (n_trainings,)."""
    most: Floats
    """Exponential of the most that all but the prior's gap closed can add up to."""
    near: Floats
    """The same without the curve of the gap closed."""
    rest: Floats
    """The same without the curves of the features in `early`."""
    order: Ints
    """Trainings, the most promising first."""
    readiness: float
    mandatory: float
    """Weights of the prior."""
    early: Ints
    """Numbers of the features that are known before eligibility is."""
    curve: Ints
    """Curve of each feature, shape (n_trainings, n_features); -1 = none."""
    curves: Curves
    grids: Grids


KERNEL_FEATURES = ("gap_closed", "largest_gap", "known", "readiness", "mandatory")
"""Features that the kernel makes itself, in the order in which it holds them. It is given all other
features of pairs, as arrays: a new feature needs no change there."""


def features_of(model: AdditiveModel) -> tuple[str, ...]:
    """Return the features of pairs by their number: the kernel's own, then those it is given."""
    of_pairs = {feature.name for feature in columns.FEATURES if feature.of_pairs is not None}
    given = [name for name in model.features if name in of_pairs]
    return tuple(dict.fromkeys((*KERNEL_FEATURES, *given)))


def score_of(
    model: AdditiveModel, names: tuple[str, ...], trainings: Mapping[str, Floats],
    config: RankingConfig, mandatory_for_any: Bools,
) -> Score:  # fmt: skip
    """Return the score of the closed-form prior and of learned tables beside it.

    `names` are the features of pairs (:func:`features_of`); `trainings` those that are the same for
    every officer, each of shape (n_trainings,).
    """
    fixed = -np.log(trainings["hours"] + config.hour_offset)
    lookup = Lookup(names, len(fixed))
    learned, pairs = _laid_out(model, trainings, lookup)
    fixed = fixed + learned
    curve, grids = lookup.curve(), _grids(pairs, lookup)
    curves = lookup.curves()
    best = _best(curve, curves, names.index("mandatory"), mandatory_for_any)
    others = fixed + np.where(mandatory_for_any, config.mandatory, 0.0)
    others += sum(float(pair.adds.max()) for pair in pairs)
    late = [names.index("readiness"), names.index("mandatory")]
    gap, early = names.index("gap_closed"), np.delete(np.arange(len(names)), late)
    most = np.exp(others + best.sum(axis=1))
    near, rest = (
        np.exp(others + np.delete(best, known, axis=1).sum(axis=1)) for known in (gap, early)
    )
    order = np.argsort(-most, kind="stable")
    return Score(
        fixed, most, near, rest, order, config.readiness, config.mandatory, early, curve, curves,
        grids,
    )  # fmt: skip


def _laid_out(
    model: AdditiveModel, trainings: Mapping[str, Floats], lookup: Lookup
) -> tuple[Floats, list[PairTable]]:
    """Put tables of one feature of officers in the lookup; return what trainings add, and pairs."""
    fixed, pairs = np.zeros(lookup.size), []
    for table in model.tables:
        of_officers = [name for name in table.features if name in lookup.names]
        if not of_officers:
            fixed = fixed + table.look_up(trainings)
        elif isinstance(table, FeatureTable):
            steps = np.broadcast_to(table.adds[:-1], (lookup.size, len(table.cuts) + 1))
            lookup.add(table.feature, table.cuts, steps)
        elif len(of_officers) == 1:
            lookup.add(of_officers[0], *_by_training(table, of_officers[0], trainings))
        else:
            pairs.append(table)
    return fixed, pairs


def _grids(pairs: Sequence[PairTable], lookup: Lookup) -> Grids:
    ends = [[lookup.lay(cuts, np.zeros(len(cuts) + 1)) for cuts in pair.cuts] for pair in pairs]
    columns = [[lookup.names.index(name) for name in pair.features] for pair in pairs]
    cells = [pair.adds.size for pair in pairs]
    return Grids(
        columns=np.array(columns, np.int64).reshape(-1, 2),
        curves=np.array(ends, np.int64).reshape(-1, 2),
        first=np.concatenate([[0], np.cumsum(cells)])[:-1].astype(np.int64),
        width=np.array([pair.adds.shape[1] for pair in pairs], np.int64),
        adds=np.concatenate([np.zeros(0), *[pair.adds.ravel() for pair in pairs]]),
    )


def _best(curve: Ints, curves: Curves, mandatory: int, mandatory_for_any: Bools) -> Floats:
    """The most that each curve of each training adds, shape of `curve`."""
    size = len(curves.origin)
    begin = curves.first[:-1] + np.arange(size)
    most = np.maximum.reduceat(curves.adds, begin) if size else np.zeros(0)
    best = np.where(curve >= 0, np.append(most, 0.0)[curve], 0.0)
    # What nobody must take is never mandatory: the first step of that curve.
    free = (curve[:, mandatory] >= 0) & ~mandatory_for_any
    best[free, mandatory] = curves.adds[begin[curve[free, mandatory]]]
    return best


def _by_training(
    table: PairTable, officer: str, trainings: Mapping[str, Floats]
) -> tuple[Floats, Floats]:
    """Cuts of the feature of officers, and its steps for each training."""
    side = table.features.index(officer)
    values = table.adds if side == 0 else table.adds.T
    other = steps_of(trainings[table.features[1 - side]], table.cuts[1 - side])
    return table.cuts[side], values[:-1, other].T
