"""Where an officer is expected before anything is seen, and how competencies go together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from competency.arrays import Bools, Floats, Ints
    from competency.framework.index import FrameworkIndex

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
class PriorMeans:
    """Means of the prior, in levels.

    Parameters
    ----------
    group : float64, shape (n_positions + 1, n_competencies)
        By position; the last row is for officers in no position.
    variance : float64, shape (n_positions + 1, n_competencies)
        What is not known of them, in levels squared.
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
class Groups:
    """What a framework says of positions, before anyone is rated.

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
        """Return the groups of a framework.

        Parameters
        ----------
        index : FrameworkIndex
        families : sequence of str
            Of each position, in the order of ``index.position_ids``; empty = none.

        Returns
        -------
        Groups
        """
        levels = index.required_levels(np.arange(len(index.position_ids))).astype(np.float64)
        required = levels > 0
        least = np.where(required, levels, np.inf).min(0, initial=np.inf)
        any_one = np.isfinite(least)
        asked = np.where(required, levels, np.where(any_one, least, 0)) - anchor_levels(index)
        nobody = np.zeros((1, len(any_one)))
        names = sorted({name for name in families if name})
        number = {name: row for row, name in enumerate(names)} if len(names) > 1 else {}
        return cls(
            np.vstack([np.where(any_one, asked, 0.0), nobody]),
            np.vstack([~required & any_one, nobody > 0]),
            np.array([*(number.get(name, -1) for name in families), -1], np.int64),
            len(number),
        )


def anchor_levels(index: FrameworkIndex) -> Floats:
    """Return, for each competency, the mean level that positions require.

    Half the highest level where no position requires it.

    Parameters
    ----------
    index : FrameworkIndex

    Returns
    -------
    float64, shape (n_competencies,)
    """
    asked = index.requirements
    size = len(index.competency_ids)
    count = np.bincount(asked.competency, minlength=size)
    total = np.bincount(asked.competency, weights=asked.level, minlength=size)
    return np.where(count > 0, total / np.maximum(count, 1), index.max_level / 2)


def cold_start(
    index: FrameworkIndex, groups: Groups, *, group_sd: float, family_sd: float
) -> PriorMeans:
    """Return the means before any evidence, from what positions require.

    Parameters
    ----------
    index : FrameworkIndex
    groups : Groups
    group_sd, family_sd : float
        In levels.

    Returns
    -------
    PriorMeans
        Taken for certain: fitting adds what is not known.
    """
    anchor = anchor_levels(index)
    group = anchor + SLOPE * groups.asked - LACK * groups.lacking
    family = np.zeros((groups.n_families, len(anchor)))
    return PriorMeans(
        group, np.zeros(group.shape), anchor, family, SLOPE, LACK, group_sd, family_sd
    )


@dataclass(frozen=True, eq=False)
class GroupPrecision:
    """How certain the levels of an officer are before anything is seen, by group.

    Parameters
    ----------
    matrix : float64, shape (n_groups, n_competencies, n_competencies)
        Inverse of the covariance of officers together with what is not known of the group.
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
        """Return what an officer's precision has more, as a factor of ``along along'``.

        Parameters
        ----------
        group : Ints, shape (n_officers,)
        variance : Floats, shape (n_officers,)
            Change of the variance that all levels of the officer have in common.

        Returns
        -------
        float64, shape (n_officers,)
        """
        # NOTE: Sherman and Morrison; no inverse for each officer.
        return np.asarray(-variance / (1 + variance * self.along.sum(1)[group]))

    def of_officers(self, group: Ints, variance: Floats) -> Floats:
        """Return the precision of each officer, shape (n_officers, n_competencies, n_competencies).

        Parameters
        ----------
        group : Ints, shape (n_officers,)
        variance : Floats, shape (n_officers,)
            See `tighter`.

        Returns
        -------
        float64, shape (n_officers, n_competencies, n_competencies)
        """
        along, factor = self.along[group], self.tighter(group, variance)
        more = along[:, :, None] * along[:, None, :]
        return np.asarray(self.matrix[group] + factor[:, None, None] * more)


def target_covariance(
    size: int, *, sd: float, correlation: float, edges: Ints, strength: float
) -> Floats:
    """Return what the covariance of competencies is shrunk toward.

    Equal spreads and equal correlations; a prerequisite adds ``strength (x_c - x_q)^2`` to the
    exponent, so that the two go together more closely.

    Parameters
    ----------
    size : int
    sd : float
        Of every competency, in levels.
    correlation : float
    edges : Ints, shape (n_edges, 2)
        Pairs of competencies.
    strength : float
        Precision of each edge, relative to ``1 / sd^2``; 0 leaves prerequisites out.

    Returns
    -------
    float64, shape (size, size)

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
