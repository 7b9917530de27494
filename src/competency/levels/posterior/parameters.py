"""What beliefs are computed from: means, covariance, sources, assessors, units and items.

Fitting learns these parameters from a cohort; here they are looked up for the officers, assessors
and items of any evidence.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.levels.posterior.likelihood import ItemCurves
from competency.levels.posterior.network import AssessorEffects
from competency.ratings.ordinal import OPEN

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints, Texts
    from competency.levels.posterior.likelihood import Sources

PLACE_SD, AIMED_SD = 2.0, 1.0
"""Spread of the place of an item around what its competency asks, and around the level that it was
written for, in levels (chosen by the project)."""


@dataclass(frozen=True, eq=False)
class PriorMeans:
    """Means of the prior, in levels.

    Parameters
    ----------
    group : float64, shape (n_positions + 1, n_competencies)
        By position; the last row is for officers in no position.
    variance : float64, shape (n_positions + 1, n_competencies)
        Of the estimates of these means, in levels squared.
    competency : float64, shape (n_competencies,)
        The mean of a position that requires what positions require on average.
    family : float64, shape (n_families, n_competencies)
        What positions of a family lie above that.
    slope, lack : float
        Levels that a group mean rises for each level that the position requires more, and that
        it lies lower where the competency is not required.
    group_sd, family_sd : float
        Spread of positions around their parent, and of families.
    """

    group: Floats
    variance: Floats
    competency: Floats
    family: Floats
    slope: float
    lack: float
    group_sd: float
    family_sd: float


@dataclass(frozen=True, eq=False)
class GroupPrecision:
    """Prior precision of the levels of an officer, by group.

    Parameters
    ----------
    matrix : float64, shape (n_groups, n_competencies, n_competencies)
        Inverse of the covariance of officers plus the variance of the mean of the group.
    along : float64, shape (n_groups, n_competencies)
        The sums of its rows.
    """

    matrix: Floats
    along: Floats

    @classmethod
    def of(cls, means: PriorMeans, covariance: Floats) -> GroupPrecision:
        """Return the precision of every group."""
        matrix = np.linalg.inv(covariance + means.variance[:, :, None] * np.eye(len(covariance)))
        return cls(matrix, matrix.sum(2))

    def tighter(self, group: Ints, variance: Floats) -> Floats:
        """Return the factor of ``along along'`` by which officers' precisions exceed their groups'.

        `variance`, shape ``(n_officers,)``, is the change of the variance that all levels of an
        officer have in common.
        """
        # NOTE: Sherman and Morrison; no inverse for each officer.
        return np.asarray(-variance / (1 + variance * self.along.sum(1)[group]))

    def of_officers(self, group: Ints, variance: Floats) -> Floats:
        """Return the precision of each officer, ``(n_officers, n_competencies, n_competencies)``.

        `variance` is that of `tighter`.
        """
        along, factor = self.along[group], self.tighter(group, variance)
        more = along[:, :, None] * along[:, None, :]
        return np.asarray(self.matrix[group] + factor[:, None, None] * more)


@dataclass(frozen=True, eq=False)
class Units:
    """Beliefs about the units of a cohort: how far their officers lie above the position's mean.

    Parameters
    ----------
    strength, variance : Floats, shape (n_units,)
        In levels, and levels squared.
    expected, expected_variance : Floats, shape (n_units,)
        By the amount of assessment alone.
    sd : float
        Spread of units around what is expected of them, in levels; 0 = units are left out.
    slope : float
        Levels for each step of the amount of assessment (see `fitting.units`).
    """

    strength: Floats
    variance: Floats
    expected: Floats
    expected_variance: Floats
    sd: float
    slope: float

    @classmethod
    def unknown(cls, size: int, sd: float) -> Units:
        """Return the prior beliefs about `size` units."""
        nothing, spread = np.zeros(size), np.full(size, sd**2)
        return cls(nothing, spread, nothing, spread, sd if size else 0.0, 0.0)

    def of(self, unit: Ints) -> tuple[Floats, Floats]:
        """Return strength and variance of officers by the row of their unit; -1 = not known."""
        known = np.append(self.strength, 0.0), np.append(self.variance, self.sd**2)
        return known[0][unit], known[1][unit]


@dataclass(frozen=True, eq=False)
class Parameters:
    """All parameters of the model, with those of the assessors, units and items of one evidence.

    Parameters
    ----------
    means : PriorMeans
    covariance : Floats, shape (n_competencies, n_competencies)
        Of officers of one position, whatever their unit, in levels squared.
    sources : Sources
        With the curves of the items of the evidence.
    units : Units
    severity, severity_variance : Floats, shape (n_assessors,)
        Of the named assessors; a variance of NaN stands for an assessor without an estimate.
    strength, strength_variance : Floats, shape (n_officers,)
        Of the unit of each officer.
    precision : GroupPrecision or None
        Of the levels of officers by group, where it was computed before.
    """

    means: PriorMeans
    covariance: Floats
    sources: Sources
    units: Units
    severity: Floats
    severity_variance: Floats
    strength: Floats
    strength_variance: Floats
    precision: GroupPrecision | None = None

    @property
    def group_precision(self) -> GroupPrecision:
        """The precision by group; computed where it was not before."""
        return self.precision or GroupPrecision.of(self.means, self.covariance)

    def prepared(self) -> Parameters:
        """Return the same parameters with the precision by group computed."""
        return replace(self, precision=self.group_precision)

    @property
    def unit_variance(self) -> Floats:
        """How the variance of each officer's unit differs from that of an unknown unit."""
        return self.strength_variance - self.units.sd**2

    def assessor_effects(self, block: Ints, assessor: Ints) -> AssessorEffects:
        """Return the prior of severity plus halo of assessors (-1 = not named) of sources."""
        sources = self.sources
        mean, variance = sources.severity[block].copy(), sources.severity_sd[block] ** 2
        named = np.flatnonzero(assessor >= 0)
        named = named[np.isfinite(self.severity_variance[assessor[named]])]
        mean[named] = self.severity[assessor[named]]
        variance[named] = self.severity_variance[assessor[named]]
        return AssessorEffects(mean, variance + sources.halo_sd[block] ** 2)


def known_severities(table: pd.DataFrame, wanted: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return severity and variance, ``(n_wanted,)``; NaN variance for assessors not in `table`.

    Parameters
    ----------
    table : DataFrame
        See `LevelModel.assessors_`.
    wanted : DataFrame
        Columns source and assessor.
    """
    used = table[table["used"]]
    keys = pd.MultiIndex.from_frame(used[["source", "assessor"]])
    row = keys.get_indexer(pd.MultiIndex.from_frame(wanted[["source", "assessor"]]))
    severity = np.append(used["severity"].to_numpy(dtype=np.float64), 0.0)[row]
    return severity, np.append(used["se"].to_numpy(dtype=np.float64) ** 2, np.nan)[row]


def known_units(table: pd.DataFrame, names: Texts, sd: float) -> tuple[Floats, Floats]:
    """Return strength and variance of the units of some officers, each ``(n_officers,)``.

    Parameters
    ----------
    table : DataFrame
        See `LevelModel.units_`.
    names : Texts, shape (n_officers,)
    sd : float
        Spread of units that are not in the table.
    """
    row = pd.Index(table["unit"]).get_indexer(pd.Index(names))
    strength = np.append(table["strength"].to_numpy(dtype=np.float64), 0.0)
    variance = np.append(table["se"].to_numpy(dtype=np.float64) ** 2, sd**2)
    return strength[row], variance[row]


def given_items(
    steps: Ints, place: Floats, aimed: Floats, *, slope: float, guess: float
) -> ItemCurves:
    """Return the curves of items before any answer.

    Parameters
    ----------
    steps : Ints, shape (n_items,)
        Most points of each item.
    place : Floats, shape (n_items,)
        What is asked of the competency of each item, in levels.
    aimed : Floats, shape (n_items,)
        The level that the item was written for; NaN = not stated.
    slope : float
        In logits per level.
    guess : float
        Chance of the point of an item of one point for somebody who knows nothing.

    Examples
    --------
    >>> curves = given_items(np.array([1, 2]), np.array([3.0, 3.0]), np.array([2.0, np.nan]),
    ...                      slope=1.0, guess=0.0)
    >>> curves.thresholds.tolist(), curves.spread.tolist()
    ([[1.5, 60.0], [2.5, 3.5]], [1.0, 4.0])
    """
    stated = np.isfinite(aimed)
    middle = np.where(stated, aimed - 0.5, place)
    number = np.arange(1, int(steps.max(initial=0)) + 1)
    thresholds = middle[:, None] + number - (steps[:, None] + 1) / 2
    return ItemCurves(
        np.full(len(steps), slope),
        np.where(number <= steps[:, None], thresholds, OPEN),
        np.where(stated, AIMED_SD**2, PLACE_SD**2),
        np.where(steps == 1, guess, 0.0),
    )


def known_items(table: pd.DataFrame, wanted: pd.DataFrame, given: ItemCurves) -> ItemCurves:
    """Return the curves of some items: from the table, or as given where it has no such item.

    Parameters
    ----------
    table : DataFrame
        See `LevelModel.items_`.
    wanted : DataFrame
        Columns competency and item.
    given : ItemCurves
        Of `wanted`, before any answer.
    """
    if not len(table) or not len(wanted):
        return given
    row_of = {pair: row for row, pair in enumerate(_pairs(table))}
    row = np.array([row_of.get(pair, -1) for pair in _pairs(wanted)])
    learned = curves_of(table)
    width = max(learned.thresholds.shape[1], given.thresholds.shape[1])

    def one_of(left: Floats, right: Floats) -> Floats:
        return np.where(row >= 0, left[row].T, right.T).T

    return ItemCurves(
        one_of(learned.slope, given.slope),
        one_of(_wide(learned.thresholds, width), _wide(given.thresholds, width)),
        one_of(learned.spread, given.spread),
        one_of(learned.guess, given.guess),
    )


def curves_of(table: pd.DataFrame) -> ItemCurves:
    """Return the curves of the items of a table; see `LevelModel.items_`."""
    names = [name for name in table.columns if str(name).startswith("threshold_")]
    thresholds = table[names].to_numpy(dtype=np.float64)
    return ItemCurves(
        table["discrimination"].to_numpy(dtype=np.float64),
        np.where(np.isnan(thresholds), OPEN, thresholds),
        table["difficulty_se"].to_numpy(dtype=np.float64) ** 2,
        table["guess"].to_numpy(dtype=np.float64),
    )


def _pairs(table: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(table["competency"], table["item"], strict=True))


def _wide(thresholds: Floats, width: int) -> Floats:
    return np.pad(thresholds, ((0, 0), (0, width - thresholds.shape[1])), constant_values=OPEN)
