"""Beliefs of assessed cells in closed form: prior times likelihood, summed over the grid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.levels.grid import LevelGrid, level_mass, normal_mass

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints
    from competency.levels.cells import CellCounts
    from competency.levels.likelihood import LikelihoodTable

_TINY = 1e-300
# Mass of a cell of the prior that is too small for a float64, so that its logarithm is finite.


@dataclass(frozen=True, eq=False)
class Scorer:
    """All that scoring needs besides prior means.

    Parameters
    ----------
    grid : LevelGrid
    table : LikelihoodTable
    prior_sd : float
        In levels.
    chunk_size : int
        Cells scored at once: memory, never the answer.
    """

    grid: LevelGrid
    table: LikelihoodTable
    prior_sd: float
    chunk_size: int

    def moments(self, seen: CellCounts, group: Ints, prior: Floats) -> tuple[Floats, Floats]:
        """Return mean and variance of each assessed cell.

        Parameters
        ----------
        seen : CellCounts
        group : Ints, shape (n_assessed,)
            Element of `prior` of each assessed cell.
        prior : Floats, shape (n_groups,)
            Prior means, in levels.

        Returns
        -------
        mean, variance : float64, shape (n_assessed,)
        """
        mean, variance = np.zeros(len(group)), np.zeros(len(group))
        for part, mass in self._chunks(seen, group, prior):
            mean[part], variance[part] = self._moments(mass)
        return mean, variance

    def levels(self, seen: CellCounts, group: Ints, prior: Floats) -> tuple[Floats, Floats, Floats]:
        """Return level probabilities, mean and variance of each assessed cell.

        Parameters
        ----------
        seen : CellCounts
        group : Ints, shape (n_assessed,)
            Element of `prior` of each assessed cell.
        prior : Floats, shape (n_groups,)
            Prior means, in levels.

        Returns
        -------
        probs : float64, shape (n_assessed, n_levels)
        mean, variance : float64, shape (n_assessed,)
        """
        probs = np.zeros((len(group), len(self.grid.starts)))
        mean, variance = np.zeros(len(group)), np.zeros(len(group))
        for part, mass in self._chunks(seen, group, prior):
            probs[part] = level_mass(mass, self.grid)
            mean[part], variance[part] = self._moments(mass)
        return probs / probs.sum(-1, keepdims=True), mean, variance

    def _chunks(
        self, seen: CellCounts, group: Ints, prior: Floats
    ) -> Iterator[tuple[slice, Floats]]:
        log_prior = self._log_prior(prior)
        for start in range(0, len(group), self.chunk_size):
            part = slice(start, start + self.chunk_size)
            # NOTE: a sparse product adds up each row by itself, in the order of its columns; a
            # dense one may add in another order when the number of rows changes.
            mass = seen.counts[part] @ self.table.log
            mass += log_prior[group[part]]
            mass -= mass.max(-1, keepdims=True)
            yield part, np.exp(mass, out=mass)

    def _log_prior(self, prior: Floats) -> Floats:
        mass = normal_mass(prior, self.prior_sd, self.grid)
        return np.log(np.maximum(mass, _TINY)).astype(np.float32)

    def _moments(self, mass: Floats) -> tuple[Floats, Floats]:
        middle = self.grid.nodes.mean()
        offset = (self.grid.nodes - middle).astype(np.float32)
        total = mass.sum(-1, dtype=np.float64)
        first = np.einsum("cq,q->c", mass, offset) / total
        second = np.einsum("cq,q->c", mass, offset * offset) / total
        return middle + first, np.maximum(second - first * first, 0.0)
