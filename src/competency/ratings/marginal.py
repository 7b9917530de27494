"""The exact marginal log-likelihood of a one-trait model, its gradient and its curvature."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from competency.arrays import Floats
from competency.ratings.curvature import Curvature, seen_and_lost
from competency.ratings.forms import FAMILY, Layout, rescaled
from competency.ratings.kernels import category_probability, step_derivatives
from competency.ratings.patterns import Patterns
from competency.ratings.quadrature import Quadrature

_FLOOR = 1e-300


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A log-likelihood with what is needed to climb from there.

    Parameters
    ----------
    log_likelihood : float
        Minus infinity where the parameters are no model (categories of negative probability).
    score : float64, shape (n_parameters,)
        Its gradient.
    curvature : Curvature
    mean, sd : float
        Of the trait over all persons.
    """

    log_likelihood: float
    score: Floats
    curvature: Curvature
    mean: float
    sd: float


IMPOSSIBLE = Evaluation(
    -np.inf, np.zeros(0), Curvature(None, np.zeros((0, 0)), np.zeros((0, 0))), 0.0, 1.0
)
"""The evaluation of parameters that are no model."""


@dataclass(frozen=True, eq=False)
class MarginalProblem:
    """Data and model, ready to be evaluated at any parameters.

    Parameters
    ----------
    layout : Layout
    matrix : sparse, shape (n_cells * n_categories, n_parameters)
    offset : float64, shape (n_cells * n_categories,)
        See :func:`competency.ratings.forms.design`.
    patterns : Patterns
        Columns are cells by categories.
    quadrature : Quadrature
    """

    layout: Layout
    matrix: sparse.csr_array
    offset: Floats
    patterns: Patterns
    quadrature: Quadrature

    @property
    def noise(self) -> float:
        """Rounding error of the log-likelihood that must not stop a climb."""
        size = float(self.patterns.weight.sum())
        return (2e-6 if self.patterns.single else 1e-12) * size

    def probability(self, parameters: Floats) -> Floats:
        """Return the probability of each category of each cell at each node.

        Parameters
        ----------
        parameters : Floats, shape (n_parameters,)

        Returns
        -------
        float64, shape (n_cells, n_categories, n_nodes)
        """
        blocks = (self.matrix @ parameters + self.offset).reshape(-1, self.layout.widest)
        eta = blocks[:, :1, None] * self.quadrature.nodes + blocks[:, 1:, None]
        return category_probability(eta, FAMILY[self.layout.model])

    def log_table(self, probability: Floats) -> Floats:
        """Return the logarithms, one row for each column of the patterns."""
        flat = probability.reshape(-1, len(self.quadrature.nodes))
        return np.asarray(np.log(np.maximum(flat, _FLOOR)))

    def evaluate(self, parameters: Floats, *, exact: bool = False) -> Evaluation:
        """Return log-likelihood, gradient, information and moments of the trait.

        Parameters
        ----------
        parameters : Floats, shape (n_parameters,)
        exact : bool
            Whether to use double precision where the patterns ask for single.

        Returns
        -------
        Evaluation
        """
        probability = self.probability(parameters)
        if not np.isfinite(probability).all() or (probability < 0).any():
            return IMPOSSIBLE
        rule = self.quadrature
        patterns = replace(self.patterns, single=False) if exact else self.patterns
        seen = patterns.expectation(self.log_table(probability), rule.log_weights)
        counts = seen.counts.reshape(probability.shape)
        score, information = step_derivatives(probability, counts, FAMILY[self.layout.model])
        share = seen.node_mass / seen.node_mass.sum()
        mean = float(share @ rule.nodes)
        return Evaluation(
            seen.log_likelihood,
            self.matrix.T @ _block_score(score, rule.nodes).ravel(),
            self._curvature(parameters, information, seen.node_mass),
            mean,
            float(np.sqrt(share @ rule.nodes**2 - mean**2)),
        )

    def _curvature(self, parameters: Floats, information: Floats, node_mass: Floats) -> Curvature:
        nodes = self.quadrature.nodes
        complete = _block_diagonal(_block_information(information, nodes))
        slope = (self.matrix @ parameters).reshape(-1, self.layout.widest)[:, :1, None]
        step = information.sum(2) * slope
        moved = np.concatenate([step.sum(1, keepdims=True) * nodes, step], 1)
        lost, kept = seen_and_lost(
            self.matrix.T @ moved.reshape(-1, len(nodes)),
            (step * slope).sum((0, 1)),
            node_mass,
            nodes,
        )
        return Curvature(self.matrix.T @ complete @ self.matrix, lost, kept)

    def rescale(self, parameters: Floats, at: Evaluation) -> Floats:
        """Return the parameters after the rescaling step of PX-EM.

        Parameters
        ----------
        parameters : Floats, shape (n_parameters,)
        at : Evaluation
            Gives mean and sd of the trait.

        Returns
        -------
        float64, shape (n_parameters,)
        """
        return rescaled(self.layout, parameters, at.mean, at.sd)


def _block_score(score: Floats, nodes: Floats) -> Floats:
    steps = score.sum(2)
    slope = score.sum(1) @ nodes
    return np.concatenate([slope[:, None], steps], 1)


def _block_information(information: Floats, nodes: Floats) -> Floats:
    rows = information.sum(2)
    blocks = np.zeros((len(rows), rows.shape[1] + 1, rows.shape[1] + 1))
    blocks[:, 1:, 1:] = information.sum(3)
    blocks[:, 0, 1:] = blocks[:, 1:, 0] = rows @ nodes
    blocks[:, 0, 0] = rows.sum(1) @ nodes**2
    return blocks


def _block_diagonal(blocks: Floats) -> sparse.bsr_array:
    count, width = blocks.shape[:2]
    place = np.arange(count), np.arange(count + 1)
    return sparse.bsr_array((blocks, *place), shape=(count * width, count * width))
