"""The exact marginal log-likelihood of a one-trait model, its gradient and its curvature.

With one linear predictor ``eta[k]`` for each step k = 1..K-1, the two families of models are

- graded (graded response, two-parameter logistic): ``P(Y >= k) = sigmoid(eta[k])``;
- adjacent (partial credit and its kin): ``P(Y = k)`` proportional to ``exp(eta[1] + .. + eta[k])``.

A step of `CLOSED` shuts its category, so that items with fewer categories share one array. The
trait, standard normal, is integrated on equally spaced nodes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.special import expit

from competency.arrays import Floats, frozen
from competency.ratings.item_response.curvature import Curvature, observed_and_lost
from competency.ratings.item_response.models import FAMILY, Family, Layout, rescaled
from competency.ratings.item_response.patterns import Patterns

REACH = 6.0
"""Standard deviations that the nodes reach: the mass beyond is 2e-9."""

FEWEST, MOST = 73, 481
"""Fewest and most nodes. 73 are a sixth apart; 481 serve a posterior with an sd of .025."""


@dataclass(frozen=True, eq=False)
class Quadrature:
    """Equally spaced nodes with the logarithms of the weights of a standard normal, which sum to 1.

    Equal spacing makes the sum converge exponentially once the spacing is no wider than the
    narrowest posterior (the error of a normal with sd s and spacing h is 2 exp(-2 (pi s/h)^2):
    5e-9 at h = s), which no fixed Gauss-Hermite rule does.
    """

    nodes: Floats
    log_weights: Floats

    @property
    def spacing(self) -> float:
        """Distance between neighbours, in standard deviations."""
        return float(self.nodes[1] - self.nodes[0])


def normal_quadrature(n_nodes: int) -> Quadrature:
    """Return `n_nodes` nodes, at least 2, on [-REACH, REACH].

    Examples
    --------
    >>> rule = normal_quadrature(73)
    >>> round(rule.spacing, 6), round(float(np.exp(rule.log_weights) @ rule.nodes**2), 6)
    (0.166667, 1.0)
    """
    nodes = np.linspace(-REACH, REACH, n_nodes)
    log_weights = -(nodes**2) / 2
    log_weights -= np.log(np.exp(log_weights).sum())
    return Quadrature(frozen(nodes), frozen(log_weights))


def nodes_for(smallest_sd: float, *, fewest: int = FEWEST) -> int:
    """Return how many nodes lie no wider apart than the narrowest posterior.

    `smallest_sd` is above 0; the number is odd, and from `fewest` to `MOST`.

    Examples
    --------
    >>> nodes_for(0.5), nodes_for(0.1), nodes_for(1e-9)
    (73, 121, 481)
    """
    intervals = math.ceil(min(REACH / smallest_sd, MOST)) * 2
    return min(max(intervals + 1, fewest), MOST)


_FLOOR = 1e-300
# Smallest probability that is divided by: keeps 0/0 of closed categories at 0.


def category_probability(eta: Floats, family: Family) -> Floats:
    """Return the probability of each category, ``(n_cells, n_categories, n_nodes)``.

    `eta` holds the linear predictors, ``(n_cells, n_categories - 1, n_nodes)``. In the graded
    family they fall with k; where they do not, a category has a negative probability.

    Examples
    --------
    >>> eta = np.log([[[2.0], [0.5]]])
    >>> category_probability(eta, "graded").ravel().round(4).tolist()
    [0.3333, 0.3333, 0.3333]
    >>> category_probability(eta, "adjacent").ravel().round(4).tolist()
    [0.25, 0.5, 0.25]
    """
    ends = np.zeros_like(eta[:, :1])
    if family == "graded":
        tail = np.concatenate([ends + 1, expit(eta), ends], 1)
        return np.asarray(tail[:, :-1] - tail[:, 1:])
    weight = np.concatenate([ends, np.cumsum(eta, 1)], 1)
    weight = np.exp(weight - weight.max(1, keepdims=True))
    return np.asarray(weight / weight.sum(1, keepdims=True))


def step_derivatives(probability: Floats, counts: Floats, family: Family) -> tuple[Floats, Floats]:
    """Return gradient and Fisher information of ``sum counts log P`` in the predictors.

    `counts` are expected numbers of ratings in each category at each node, in the shape of
    `probability`; the gradient has one element for each step, the information a matrix.

    Examples
    --------
    One rating in the upper of two categories, each of probability one half:

    >>> score, information = step_derivatives(
    ...     np.full((1, 2, 1), 0.5), np.array([[[0.0], [1.0]]]), "graded")
    >>> score.ravel().tolist(), information.ravel().tolist()
    ([0.5], [0.25])
    """
    tail = np.cumsum(probability[:, ::-1], 1)[:, -2::-1]  # P(Y >= k), k = 1..K-1
    total = counts.sum(1)
    if family == "adjacent":
        reached = np.cumsum(counts[:, ::-1], 1)[:, -2::-1]
        both = tail[:, np.maximum.outer(np.arange(tail.shape[1]), np.arange(tail.shape[1]))]
        information = both - tail[:, :, None] * tail[:, None]
        return reached - tail * total[:, None], information * total[:, None, None]
    slope = tail * (1 - tail)
    inverse = 1 / np.maximum(probability, _FLOOR)
    ratio = counts * inverse
    score = (ratio[:, 1:] - ratio[:, :-1]) * slope
    information = np.zeros((*tail.shape[:2], *tail.shape[1:]))
    step = np.arange(tail.shape[1])
    information[:, step, step] = slope**2 * (inverse[:, 1:] + inverse[:, :-1])
    beside = -slope[:, 1:] * slope[:, :-1] * inverse[:, 1:-1]
    information[:, step[1:], step[:-1]] = information[:, step[:-1], step[1:]] = beside
    return score, information * total[:, None, None]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A log-likelihood with its gradient, its curvature, and the moments of the trait.

    It is minus infinity where the parameters are no model (categories of negative probability).
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

    `matrix` and `offset` are those of :func:`competency.ratings.item_response.models.design`;
    columns of `patterns` are cells by categories.
    """

    layout: Layout
    matrix: sparse.csr_array
    offset: Floats
    patterns: Patterns
    quadrature: Quadrature

    @property
    def noise(self) -> float:
        """Rounding error of the log-likelihood that must not stop a search."""
        size = float(self.patterns.weight.sum())
        return (2e-6 if self.patterns.single else 1e-12) * size

    def probability(self, parameters: Floats) -> Floats:
        """Return the probability of each category of each cell at each node."""
        blocks = (self.matrix @ parameters + self.offset).reshape(-1, self.layout.widest)
        eta = blocks[:, :1, None] * self.quadrature.nodes + blocks[:, 1:, None]
        return category_probability(eta, FAMILY[self.layout.model])

    def log_table(self, probability: Floats) -> Floats:
        """Return the logarithms, one row for each column of the patterns."""
        flat = probability.reshape(-1, len(self.quadrature.nodes))
        return np.asarray(np.log(np.maximum(flat, _FLOOR)))

    def evaluate(self, parameters: Floats, *, exact: bool = False) -> Evaluation:
        """Return log-likelihood, gradient, information and moments of the trait.

        With `exact` in double precision, even where the patterns ask for single.
        """
        probability = self.probability(parameters)
        if not np.isfinite(probability).all() or (probability < 0).any():
            return IMPOSSIBLE
        rule = self.quadrature
        patterns = replace(self.patterns, single=False) if exact else self.patterns
        found = patterns.expectation(self.log_table(probability), rule.log_weights)
        counts = found.counts.reshape(probability.shape)
        score, information = step_derivatives(probability, counts, FAMILY[self.layout.model])
        share = found.node_mass / found.node_mass.sum()
        mean = float(share @ rule.nodes)
        return Evaluation(
            found.log_likelihood,
            self.matrix.T @ _block_score(score, rule.nodes).ravel(),
            self._curvature(parameters, information, found.node_mass),
            mean,
            float(np.sqrt(share @ rule.nodes**2 - mean**2)),
        )

    def _curvature(self, parameters: Floats, information: Floats, node_mass: Floats) -> Curvature:
        nodes = self.quadrature.nodes
        complete = _block_diagonal(_block_information(information, nodes))
        slope = (self.matrix @ parameters).reshape(-1, self.layout.widest)[:, :1, None]
        step = information.sum(2) * slope
        moved = np.concatenate([step.sum(1, keepdims=True) * nodes, step], 1)
        lost, kept = observed_and_lost(
            self.matrix.T @ moved.reshape(-1, len(nodes)),
            (step * slope).sum((0, 1)),
            node_mass,
            nodes,
        )
        return Curvature(self.matrix.T @ complete @ self.matrix, lost, kept)

    def rescale(self, parameters: Floats, at: Evaluation) -> Floats:
        """Return the parameters after the rescaling step of PX-EM, by the moments of the trait."""
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
