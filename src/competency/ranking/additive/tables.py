"""An additive score as tables: a few steps for each feature, a grid for each named pair.

The whole model is numbers: where the steps lie and what each is worth. Nothing else is needed to
score, so a saved model needs neither what trained it nor any code of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from competency.arrays import Floats, Ints, frozen


@dataclass(frozen=True, eq=False)
class FeatureTable:
    """What one feature adds to the score, as steps.

    `cuts` of shape (n_steps - 1,): increasing; step i holds ``cuts[i - 1] < x <= cuts[i]``. `adds`
    of shape (n_steps + 1,): added by each step; the last is added where the feature is missing
    (NaN).
    """

    feature: str
    cuts: Floats
    adds: Floats

    @property
    def features(self) -> tuple[str, ...]:
        """The feature, as for a pair."""
        return (self.feature,)

    @property
    def name(self) -> str:
        """What its contribution is called."""
        return self.feature

    def look_up(self, columns: Mapping[str, Floats]) -> Floats:
        """Return what the feature adds, float64 of its shape."""
        return self.adds[steps_of(columns[self.feature], self.cuts)]


@dataclass(frozen=True, eq=False)
class PairTable:
    """What two features add together, beyond what each adds alone.

    `cuts`: as in `FeatureTable`, for each of the two. `adds` of shape (n_steps of the first + 1,
    n_steps of the second + 1): the last row and column hold where that feature is missing.
    """

    features: tuple[str, str]
    cuts: tuple[Floats, Floats]
    adds: Floats

    @property
    def name(self) -> str:
        """What its contribution is called."""
        return " x ".join(self.features)

    def look_up(self, columns: Mapping[str, Floats]) -> Floats:
        """Return what the two add, float64 of their common shape."""
        first, second = (
            steps_of(columns[name], cuts)
            for name, cuts in zip(self.features, self.cuts, strict=True)
        )
        return self.adds[first, second]


Table = FeatureTable | PairTable


@dataclass(frozen=True, eq=False)
class AdditiveModel:
    """A score that is a sum of tables.

    `tables`: their order is the order in which they are added.

    Examples
    --------
    >>> step = FeatureTable("gap", np.array([1.0]), np.array([-1.0, 2.0, 0.0]))
    >>> AdditiveModel((step,)).score({"gap": np.array([1.0, 1.5, np.nan])}).tolist()
    [-1.0, 2.0, 0.0]
    >>> AdditiveModel(()).score({"gap": np.zeros(2)}).tolist()
    [0.0, 0.0]
    """

    tables: tuple[Table, ...]

    @cached_property
    def features(self) -> tuple[str, ...]:
        """Names of the features that are used, each once, in the order of their tables."""
        return tuple(dict.fromkeys(name for table in self.tables for name in table.features))

    def contributions(self, columns: Mapping[str, Floats]) -> dict[str, Floats]:
        """Return what each table adds, by its name.

        `columns`: values of the features, all of one shape (or of shapes that broadcast).
        """
        return {table.name: table.look_up(columns) for table in self.tables}

    def score(self, columns: Mapping[str, Floats]) -> Floats:
        """Return the sum of all contributions, added in the order of the tables."""
        shape = np.broadcast_shapes(*(np.shape(column) for column in columns.values()))
        total = np.zeros(shape)
        for part in self.contributions(columns).values():
            total += part
        return total


def steps_of(values: Floats, cuts: Floats) -> Ints:
    """Return the step of each value; the one after the last where it is NaN.

    `cuts` of shape (n_steps - 1,).

    Examples
    --------
    >>> steps_of(np.array([0.5, 1.0, 1.1, np.nan]), np.array([1.0])).tolist()
    [0, 0, 1, 2]
    >>> steps_of(np.array([]), np.array([])).tolist()
    []
    """
    step = np.searchsorted(cuts, values, side="left")
    return np.where(np.isnan(values), len(cuts) + 1, step)


def directed(values: Floats, direction: int, axis: int = 0) -> Floats:
    """Return values that never go against a direction along an axis, its last place left alone.

    Trees that were grown with a direction sum to values that follow it but for the last digits;
    this takes those away, so that the promise holds exactly.

    `direction`: 1 = never falls, -1 = never rises, 0 = free.

    Examples
    --------
    >>> directed(np.array([0.0, 1.0, 1.0 - 1e-16, -9.0]), 1).tolist()
    [0.0, 1.0, 1.0, -9.0]
    >>> directed(np.array([3.0]), -1).tolist()
    [3.0]
    """
    if not direction:
        return values
    moved = np.moveaxis(values.copy(), axis, 0)
    moved[:-1] = direction * np.maximum.accumulate(direction * moved[:-1], axis=0)
    return frozen(np.moveaxis(moved, 0, axis))
