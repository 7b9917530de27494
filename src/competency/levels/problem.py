"""One evidence, numbered and ready to be scored on any day: fitting and beliefs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import Floats, Ints, frozen
from competency.levels.beliefs import LevelBeliefs
from competency.levels.cells import count_sights, half_lives, number_sights
from competency.levels.grid import level_grid, level_mass, normal_mass
from competency.levels.likelihood import likelihood_table
from competency.levels.posterior import Scorer
from competency.levels.prior import anchor_levels, cold_start, group_summary, updated_means

if TYPE_CHECKING:
    from datetime import date

    from competency.config import LevelConfig
    from competency.evidence.table import Evidence
    from competency.levels.cells import Sights
    from competency.levels.prior import PriorMeans

TOLERANCE = 1e-3
"""Largest move of a prior mean, in levels, at which fitting stops (a thousandth of a level)."""


@dataclass(frozen=True, eq=False)
class FittedMeans:
    """Prior means, and how they were reached.

    Parameters
    ----------
    means : PriorMeans
    n_iter : int
        Steps taken.
    converged : bool
        Whether the last step moved no mean by `TOLERANCE` or more.
    """

    means: PriorMeans
    n_iter: int
    converged: bool


@dataclass(frozen=True, eq=False)
class LevelProblem:
    """Evidence, settings and the tables made from them.

    Parameters
    ----------
    evidence : Evidence
    config : LevelConfig
    scorer : Scorer
    sights : Sights
    half_life : float64, shape (n_competencies,)
        In years.
    """

    evidence: Evidence
    config: LevelConfig
    scorer: Scorer
    sights: Sights
    half_life: Floats

    @classmethod
    def of(cls, evidence: Evidence, config: LevelConfig) -> LevelProblem:
        """Return the numbered evidence with the tables for its framework and settings.

        Parameters
        ----------
        evidence : Evidence
        config : LevelConfig

        Returns
        -------
        LevelProblem
        """
        index = evidence.framework.index
        grid = level_grid(index.n_levels, config.grid_step)
        table = likelihood_table(grid, index.max_level, config)
        return cls(
            evidence,
            config,
            Scorer(grid, table, config.prior_sd, config.chunk_size),
            number_sights(evidence, table.blocks),
            half_lives(evidence.framework, config),
        )

    def fit(self, day: date) -> FittedMeans:
        """Return the prior means learned from what was seen until `day`.

        Parameters
        ----------
        day : date

        Returns
        -------
        FittedMeans
        """
        index, config = self.evidence.framework.index, self.config
        seen = count_sights(self.sights, self.scorer.table, self.half_life, as_of=day)
        group = self._groups(seen.cell)
        anchor, means = anchor_levels(index), cold_start(index)
        n_iter, moved = 0, np.inf
        while moved >= TOLERANCE and n_iter < config.iterations:
            mean, variance = self.scorer.moments(seen, group, means.group.ravel())
            surprise, information = group_summary(
                group, mean, variance, means, prior_sd=config.prior_sd
            )
            after = updated_means(
                means,
                anchor,
                surprise=surprise,
                information=information,
                group_sd=config.group_sd,
                max_level=index.max_level,
            )
            moved = float(np.abs(after.group - means.group).max(initial=0.0))
            n_iter, means = n_iter + 1, after
        return FittedMeans(means, n_iter, moved < TOLERANCE)

    def beliefs(self, group_mean: Floats, day: date) -> LevelBeliefs:
        """Return the beliefs about every officer of the roster on `day`.

        Parameters
        ----------
        group_mean : Floats, shape (n_positions + 1, n_competencies)
            Prior means, in levels; the last row is for officers in no position.
        day : date

        Returns
        -------
        LevelBeliefs
        """
        seen = count_sights(self.sights, self.scorer.table, self.half_life, as_of=day)
        shape = seen.n_observations.shape
        everyone, prior = self._groups(np.arange(shape[0] * shape[1])), group_mean.ravel()
        probs = self._prior_levels(prior)[everyone]
        mean = prior[everyone].astype(np.float32)
        sd = np.full(len(everyone), self.config.prior_sd, np.float32)
        held, centre, variance = self.scorer.levels(seen, everyone[seen.cell], prior)
        probs[seen.cell], mean[seen.cell], sd[seen.cell] = held, centre, np.sqrt(variance)
        index = self.evidence.framework.index
        probs = _within_scale(probs.reshape(*shape, index.n_levels), index.max_level)
        return LevelBeliefs(
            self.evidence.framework,
            self.evidence.roster,
            day,
            frozen(probs),
            frozen(mean.reshape(shape)),
            frozen(sd.reshape(shape)),
            frozen(seen.n_observations),
            frozen(seen.last_date),
            frozen(_equal_correlation(shape[1], self.config.correlation)),
        )

    def _groups(self, cells: Ints) -> Ints:
        # Element of the raveled group means of each cell; the last group is "no position".
        index = self.evidence.framework.index
        officer, competency = np.divmod(cells, len(index.competency_ids))
        group = self.evidence.roster.position[officer].astype(np.int64)
        group[group < 0] = len(index.position_ids)
        return group * len(index.competency_ids) + competency

    def _prior_levels(self, prior: Floats) -> Floats:
        grid = self.scorer.grid
        levels = level_mass(normal_mass(prior, self.config.prior_sd, grid), grid)
        return np.asarray(levels / levels.sum(-1, keepdims=True), np.float32)


def _within_scale(probs: Floats, max_level: Ints) -> Floats:
    """Give what lies above a competency's highest level to that level, in place."""
    for competency in np.flatnonzero(max_level < probs.shape[-1] - 1):
        top = max_level[competency]
        probs[:, competency, top] = probs[:, competency, top:].sum(-1)
        probs[:, competency, top + 1 :] = 0
    return probs


def _equal_correlation(size: int, value: float) -> Floats:
    matrix: Floats = np.full((size, size), value)
    np.fill_diagonal(matrix, 1.0)
    return matrix
