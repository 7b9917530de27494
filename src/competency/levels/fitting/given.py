"""What fitting takes as given: groups of officers, means before any evidence, and settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.levels.posterior.parameters import Parameters, PriorMeans, Units
from competency.levels.posterior.problem import anchor_levels

if TYPE_CHECKING:
    from collections.abc import Sequence

    from competency.arrays import Bools, Floats, Ints
    from competency.framework.index import FrameworkIndex
    from competency.levels.posterior.likelihood import Sources
    from competency.levels.posterior.problem import LevelProblem

ANCHOR_SD = 1.0
"""Spread of competency means around the middle of what is required, in levels: what is left of
the mean where hardly anyone was rated (chosen by the project)."""

SLOPE, SLOPE_SD = 0.5, 0.5
"""Levels that a group mean rises for each level that the position requires more, and the spread
of that (chosen by the project: within one spread lie "not at all" and "as much")."""

LACK, LACK_SD = 0.5, 0.5
"""Levels that a position which does not require a competency is expected below the one that
requires least of it, and the spread of that (chosen by the project: within one spread lie "the
same" and "a level less"). Learned where such positions are rated."""


@dataclass(frozen=True, eq=False)
class Groups:
    """What positions require by the framework, before anyone is rated.

    Parameters
    ----------
    asked : float64, shape (n_positions + 1, n_competencies)
        How much more than others each position requires, in levels: around the mean of the
        positions that require the competency. Where it is not required, the least that any
        position requires. 0 in the last row (no position), and where no position requires it.
    lacking : bool, shape (n_positions + 1, n_competencies)
        Whether other positions require the competency, and this one does not.
    family : Ints, shape (n_positions + 1,)
        Number of the family; -1 for none.
    n_families : int
        0 where there are fewer than two: one family is everybody.
    """

    asked: Floats
    lacking: Bools
    family: Ints
    n_families: int

    @classmethod
    def of(cls, index: FrameworkIndex, families: Sequence[str]) -> Groups:
        """Return the groups of a framework; `families` has that of each position, empty = none."""
        levels = index.required_levels(np.arange(len(index.position_ids))).astype(np.float64)
        required = levels > 0
        least = np.where(required, levels, np.inf).min(0, initial=np.inf)
        any_one = np.isfinite(least)
        asked = np.where(required, levels, np.where(any_one, least, 0)) - anchor_levels(index)
        no_position = np.zeros((1, len(any_one)))
        names = sorted({name for name in families if name})
        number = {name: row for row, name in enumerate(names)} if len(names) > 1 else {}
        return cls(
            np.vstack([np.where(any_one, asked, 0.0), no_position]),
            np.vstack([~required & any_one, no_position > 0]),
            np.array([*(number.get(name, -1) for name in families), -1], np.int64),
            len(number),
        )


def cold_start(
    index: FrameworkIndex, groups: Groups, *, group_sd: float, family_sd: float
) -> PriorMeans:
    """Return the means before any evidence, from what positions require; spreads in levels.

    Their variance is 0: fitting adds it.
    """
    anchor = anchor_levels(index)
    group = anchor + SLOPE * groups.asked - LACK * groups.lacking
    family = np.zeros((groups.n_families, len(anchor)))
    return PriorMeans(
        group, np.zeros(group.shape), anchor, family, SLOPE, LACK, group_sd, family_sd
    )


def target_covariance(
    size: int, *, sd: float, correlation: float, edges: Ints, strength: float
) -> Floats:
    """Return what the covariance of competencies is shrunk toward, ``(size, size)``.

    Equal spreads `sd` (in levels) and equal correlations; a prerequisite, a row of `edges`, adds
    ``strength (x_c - x_q)^2 / sd^2`` to the exponent, so that the two correlate more.

    Examples
    --------
    >>> target_covariance(2, sd=1.0, correlation=0.4, edges=np.array([[0, 1]]),
    ...                   strength=1.0).round(4).tolist()
    [[1.0, 0.6739], [0.6739, 1.0]]
    """
    matrix = np.full((size, size), correlation)
    np.fill_diagonal(matrix, 1.0)
    if strength > 0 and len(edges):
        precision = np.linalg.inv(matrix)
        for left, right in edges:
            precision[[left, right], [left, right]] += strength
            precision[[left, right], [right, left]] -= strength
        matrix = np.linalg.inv(precision)
        scale = np.sqrt(np.diag(matrix))
        matrix = matrix / scale / scale[:, None]
    return np.asarray(matrix * sd**2)


@dataclass(frozen=True, eq=False)
class Fixed:
    """What fitting takes as given: settings as numbers.

    Parameters
    ----------
    sources : Sources
    start : PriorMeans
    groups : Groups
    target : Floats, shape (n_competencies, n_competencies)
        Covariance within units that the estimate is shrunk toward.
    target_weight : float
        Officers that it counts as.
    unit_sd, unit_slope_sd : float
        Spread of units, and of their slope on how much they were assessed.
    calibrate : bool
        Whether sources, spread and correlation are learned as well.
    iterations : int
    """

    sources: Sources
    start: PriorMeans
    groups: Groups
    target: Floats
    target_weight: float
    unit_sd: float
    unit_slope_sd: float
    calibrate: bool
    iterations: int

    @classmethod
    def of(cls, problem: LevelProblem) -> Fixed:
        """Return the settings of a problem."""
        framework, config = problem.framework, problem.config
        index, families = framework.index, {row.id: row.family for row in framework.positions}
        positions = index.position_ids
        by_position = [families[name] if config.family_sd > 0 else "" for name in positions]
        groups = Groups.of(index, by_position)
        start = cold_start(index, groups, group_sd=config.group_sd, family_sd=config.family_sd)
        before = index.prerequisites
        edges = np.unique(np.stack([before.competency, before.requires_competency], 1), axis=0)
        target = target_covariance(
            len(index.competency_ids), sd=config.prior_sd, correlation=config.correlation,
            edges=edges[edges[:, 0] != edges[:, 1]], strength=config.prerequisite_strength,
        )  # fmt: skip
        return cls(
            problem.sources, start, groups, target, config.correlation_weight, config.unit_sd,
            config.unit_slope_sd, config.calibrate, config.iterations,
        )  # fmt: skip


def given_parameters(problem: LevelProblem) -> Parameters:
    """Return the parameters before any fitting."""
    size, officers = len(problem.observations.assessors), np.zeros(len(problem.roster))
    fixed = Fixed.of(problem)
    return Parameters(
        fixed.start, fixed.target, fixed.sources, Units.unknown(0, 0.0), np.zeros(size),
        np.full(size, np.nan), officers, officers,
    )  # fmt: skip
