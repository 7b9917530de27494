"""The curvature of the log-likelihood, from nothing but the counts of an E-step.

Had the trait been observed, the information would be I_c = sum_q n_q F(x_q), with n_q persons at
node x_q and F the information of one of them there. That it is hidden takes most of what lies in
the direction t = F a, in which the trait itself moves the predictors (a: the slopes). What is left
of a person's score is orthogonal to that direction, plus the pull of the prior on the person's
place: u = x v t - (v t)', with v = 1 / (1 + a'Fa) the posterior variance and ' the derivative in x
(by Stein's lemma u has mean 0). So

    I = I_c - sum_q n_q t t' / (a'Fa) + sum_q n_q u u'.

It takes no further pass over the data. In every direction it is within a third of the observed
information when a person has 20 ratings, and within a factor of two with 8; I_c, the matrix of
EM, is 14 times too large there and 25 times with 40 ratings, in the spread of the trait
(measured). Both are positive definite, so both lead upward.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from competency.arrays import Floats

_RIDGE = 1e-9
# Share of its diagonal that is added to an information matrix: keeps it invertible where a
# parameter has left no trace in the data.
_FLOOR = 1e-300
_GROUPS = 25
# Nodes are taken together into about so many: half a standard deviation apart, on which
# the sums above hardly change.


@dataclass(frozen=True, eq=False)
class Curvature:
    """Information about the parameters, and what multiplies by its inverse.

    `information` is the expected information if the trait had been observed: at least the observed
    information, which is nearly ``information - lost.T @ lost + kept.T @ kept``, where `lost` and
    `kept` have shape ``(n_groups, n_parameters)``.
    """

    information: Any
    lost: Floats
    kept: Floats

    def approximate(self) -> Floats:
        """Return the whole matrix: nearly the observed information."""
        whole = self.information.toarray() - self.lost.T @ self.lost + self.kept.T @ self.kept
        return np.asarray(whole)

    @cached_property
    def _factor(self) -> Any:
        ridge = _RIDGE * (self.information.diagonal() + 1)
        # NOTE: a sparse factor, because items do not touch in most models; a dense one of this
        # size loses more to starting threads than it takes.
        return splu((self.information + sparse.diags_array(ridge)).tocsc())

    @cached_property
    def _correction(self) -> tuple[Floats, Floats]:
        """Parts of Woodbury's identity: the rows solved for, and the small inverse."""
        rows = np.concatenate([self.lost, self.kept])
        sign = np.repeat([1.0, -1.0], len(self.lost))
        solved = np.asarray(self._factor.solve(np.ascontiguousarray(rows.T)))
        return solved, np.linalg.inv(np.diag(sign) - rows @ solved)

    def em_step(self, score: Floats) -> Floats:
        """Return the change of the parameters in a step of EM."""
        return np.asarray(self._factor.solve(score))

    def newton_step(self, score: Floats) -> Floats:
        """Return the change of the parameters in nearly a step of Newton."""
        step = self.em_step(score)
        solved, small = self._correction
        further = np.asarray(step + solved @ (small @ (score @ solved)))
        # NOTE: rounding can spoil the small inverse when a parameter runs off to infinity.
        return further if score @ further > 0 else step


def observed_and_lost(
    lost: Floats, trait_information: Floats, node_mass: Floats, nodes: Floats
) -> tuple[Floats, Floats]:
    """Return the rows `lost` and `kept` of a :class:`Curvature`.

    At each of the equally spaced `nodes`: `lost` is n_q t, information about the parameters in the
    direction of the trait, ``(n_parameters, n_nodes)``; `trait_information` is n_q a'Fa;
    `node_mass` is n_q.
    """
    pulled = lost / np.maximum(node_mass + trait_information, _FLOOR)
    back = node_mass * (pulled * nodes - np.gradient(pulled, nodes[1] - nodes[0], axis=1))
    first = np.arange(0, len(nodes), -(-len(nodes) // _GROUPS))
    total, mass = np.add.reduceat(trait_information, first), np.add.reduceat(node_mass, first)
    return (
        (np.add.reduceat(lost, first, axis=1) / np.sqrt(np.maximum(total, _FLOOR))).T,
        (np.add.reduceat(back, first, axis=1) / np.sqrt(np.maximum(mass, _FLOOR))).T,
    )
