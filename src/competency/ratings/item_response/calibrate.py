"""One-trait models without random effects but the trait: calibrated and scored exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.polynomial.hermite_e import hermegauss

from competency.arrays import Floats, Ints
from competency.ratings.categories import Ratings
from competency.ratings.item_response.likelihood import (
    FEWEST,
    MarginalProblem,
    nodes_for,
    normal_quadrature,
)
from competency.ratings.item_response.maximise import Maximum, maximise, observed_information
from competency.ratings.item_response.models import Layout, Model, design, starting_values
from competency.ratings.item_response.patterns import Patterns, make_patterns

MOST_SEVERITIES = 2_000
"""Assessors with a free severity each that are calibrated exactly."""

_FINE, _FINE_RATINGS = 121, 20_000
# Nodes where they cost nothing, and the number of ratings up to which they do.
_PILOT = 20_000
# People above which a pilot on a part of them gives start and nodes.
PILOT_PEOPLE = 4_000
"""People of that part; with more, but no pilot, they still give the start."""
_MOST_STANDARD_ERRORS = 400
# Parameters up to which severities get standard errors from the observed information.
_SEVERITY_NODES = 5


@dataclass(frozen=True, eq=False)
class ExactModel:
    """A calibrated one-trait model.

    `severity_cov` is the sampling covariance of severities, ``(n_assessors, n_assessors)``.
    """

    layout: Layout
    parameters: Floats
    severity_cov: Floats
    n_nodes: int

    @cached_property
    def blocks(self) -> Floats:
        """Slope and steps of each item without severity, shape (n_items, widest)."""
        items = np.arange(len(self.layout.n_categories))
        matrix, offset = design(replace(self.layout, n_assessors=0), items, items)
        own = self.parameters[: self.layout.severity]
        blocks = (matrix @ own + offset).reshape(len(items), -1)
        return np.where(blocks < -500, np.nan, blocks)

    @property
    def severity(self) -> Floats:
        """Severity of each assessor in logits, shape (n_assessors,); sums to 0."""
        if self.layout.n_assessors < 2:
            return np.zeros(self.layout.n_assessors)
        free = self.parameters[self.layout.severity :]
        return np.append(free, -free.sum())

    def moments(self, ratings: Ratings) -> tuple[Floats, Floats]:
        """Return posterior mean and standard deviation of the trait of each person."""
        problem = problem_of(self.layout, ratings, self.n_nodes)
        table = problem.log_table(problem.probability(self.parameters))
        rule = problem.quadrature
        mean, sd = problem.patterns.moments(table, rule.log_weights, rule.nodes)
        return mean[problem.patterns.of_person], sd[problem.patterns.of_person]

    def predict(self, ratings: Ratings, person: Ints, assessor: Ints, item: Ints) -> Floats:
        """Return the probability of each category, ``(n, widest)``.

        `person` and `assessor` are numbers in `ratings`, which say what is known about the people;
        -1 is unknown: the prior, and an assessor of severity 0. What is not known is integrated
        out.
        """
        problem = problem_of(self.layout, ratings, self.n_nodes)
        rule = problem.quadrature
        table = problem.log_table(problem.probability(self.parameters))
        known = problem.patterns.posterior(table, rule.log_weights)
        prior = np.exp(rule.log_weights)
        belief = np.concatenate([known[problem.patterns.of_person], prior[None]])[person]
        key = item.astype(np.int64) * (self.layout.n_assessors + 1) + assessor + 1
        cells, cell = np.unique(key, return_inverse=True)
        cell_item, cell_assessor = np.divmod(cells, self.layout.n_assessors + 1)
        chance = self._probability(cell_item, cell_assessor - 1)
        return np.asarray(np.einsum("nq,nkq->nk", belief, chance[cell]))

    def _probability(self, item: Ints, assessor: Ints) -> Floats:
        """Probabilities at the nodes, averaged over the sampling error of the severity."""
        rule = normal_quadrature(self.n_nodes)
        free = replace(self.layout, n_assessors=0)
        matrix, offset = design(free, item, item)
        problem = MarginalProblem(free, matrix, offset, _nobody(), rule)
        own = self.parameters[: self.layout.severity]
        if self.layout.n_assessors < 2:
            return problem.probability(own)
        severity = np.append(self.severity, 0.0)[assessor]
        error = np.append(np.sqrt(np.diag(self.severity_cov)), 0.0)[assessor]
        nodes, weights = hermegauss(_SEVERITY_NODES)
        total: Floats = np.zeros((len(item), self.layout.widest, self.n_nodes))
        shift = np.tile(np.arange(self.layout.widest) > 0, len(item))
        for node, weight in zip(nodes, weights / weights.sum(), strict=True):
            moved = np.repeat(severity + node * error, self.layout.widest) * shift
            total += weight * replace(problem, offset=offset - moved).probability(own)
        return total


def calibrate_exactly(
    ratings: Ratings, model: Model, *, severity: bool, tolerance: float, max_iter: int
) -> tuple[ExactModel, Maximum]:
    """Return the calibrated model, and the maximum; `severity` gives each assessor a free one."""
    n_assessors = len(ratings.assessor_ids) if severity else 0
    layout = Layout(model, ratings.scale.n_categories, n_assessors)
    n_nodes = _FINE if len(ratings.category) < _FINE_RATINGS else FEWEST
    with_pilot = len(ratings.people) > _PILOT and not severity
    first = ratings if severity else ratings.part(PILOT_PEOPLE)
    start = starting_values(layout, first.counts(), _starting_slopes(first, layout))
    if with_pilot:
        maximum, n_nodes = _fitted(layout, first, start, n_nodes, tolerance=0.01, max_iter=50)
        start = maximum.parameters
    maximum, n_nodes = _fitted(
        layout, ratings, start, n_nodes, tolerance=tolerance, max_iter=max_iter
    )
    parameters = maximum.parameters.copy()
    if parameters[: layout.n_slopes].sum() < 0:
        parameters[: layout.n_slopes] *= -1  # the trait counts upward
    error: Floats = np.zeros((n_assessors, n_assessors))
    if n_assessors > 1:
        error = _severity_covariance(problem_of(layout, ratings, n_nodes), maximum)
    return ExactModel(layout, parameters, error, n_nodes), maximum


def problem_of(layout: Layout, ratings: Ratings, n_nodes: int) -> MarginalProblem:
    """Return data and model, ready to be evaluated."""
    items, assessors, cell = cells_of(layout, ratings)
    matrix, offset = design(layout, items, assessors)
    column = cell.astype(np.int32)  # worked on in place: millions of them are a large part of all
    column *= layout.widest
    column += ratings.category
    patterns = make_patterns(
        ratings.person,
        column,
        ratings.frequency,
        n_columns=len(items) * layout.widest,
        code=_pattern_code(layout, len(ratings.people)),
    )
    return MarginalProblem(layout, matrix, offset, patterns, normal_quadrature(n_nodes))


def cells_of(layout: Layout, ratings: Ratings) -> tuple[Ints, Ints, Ints]:
    """Return item and assessor of the cells that occur, and the cell of each rating.

    The assessor means nothing where there are no severities.
    """
    if layout.n_assessors < 2:
        items = np.arange(len(layout.n_categories))
        return items, np.zeros_like(items), ratings.item
    key = ratings.item.astype(np.int64) * layout.n_assessors + ratings.assessor
    cells, cell = np.unique(key, return_inverse=True)
    return *np.divmod(cells, layout.n_assessors), cell


def _pattern_code(layout: Layout, n_people: int) -> Floats | None:
    """Numbers of a pattern's columns, when there are not many more patterns than people."""
    base = layout.n_categories + 1.0
    if layout.n_assessors > 1 or base.prod() > 4 * n_people:
        return None
    place = np.cumprod(base) / base
    return np.asarray(np.outer(place, np.arange(1, layout.widest + 1)).ravel())


def _fitted(
    layout: Layout,
    ratings: Ratings,
    start: Floats,
    n_nodes: int,
    *,
    tolerance: float,
    max_iter: int,
) -> tuple[Maximum, int]:
    """Search, with more nodes when some posterior turned out narrower than their spacing."""
    problem = problem_of(layout, ratings, n_nodes)
    while True:
        maximum = maximise(problem, start, tolerance=tolerance, max_iter=max_iter)
        rule = problem.quadrature
        table = problem.log_table(problem.probability(maximum.parameters))
        _, sd = problem.patterns.moments(table, rule.log_weights, rule.nodes)
        needed = nodes_for(float(max(sd.min(), 1e-6)), fewest=n_nodes)
        if needed <= n_nodes:
            return maximum, n_nodes
        n_nodes, start = needed, maximum.parameters
        problem = replace(problem, quadrature=normal_quadrature(n_nodes))


def _starting_slopes(ratings: Ratings, layout: Layout) -> Floats:
    """Slopes from the correlation of each item with the mean of a person's other items."""
    if layout.n_slopes == 1:
        return np.ones(1)
    n_items, n_people = layout.n_slopes, len(ratings.people)
    weight = ratings.frequency[ratings.person]
    size = np.maximum(np.bincount(ratings.item, weights=weight, minlength=n_items), 1)
    value = ratings.category.astype(np.float64)
    for power in (1, 2):  # first take out the mean, then the standard deviation
        level = np.bincount(ratings.item, weights=weight * value**power, minlength=n_items) / size
        value = value - level[ratings.item] if power == 1 else value / np.sqrt(level)[ratings.item]
    total = np.bincount(ratings.person, weights=value, minlength=n_people)
    count = np.bincount(ratings.person, minlength=n_people)
    rest = (total[ratings.person] - value) / np.maximum(count[ratings.person] - 1, 1)
    cross = np.bincount(ratings.item, weights=weight * value * rest, minlength=n_items)
    square = np.bincount(ratings.item, weights=weight * rest**2, minlength=n_items)
    loading = np.clip(1.1 * cross / np.sqrt(np.maximum(square * size, 1e-12)), -0.8, 0.8)
    slope = 1.702 * loading / np.sqrt(1 - loading**2)
    return np.where(np.abs(slope) < 0.4, np.where(slope < -0.1, -0.4, 0.4), slope)


def _severity_covariance(problem: MarginalProblem, maximum: Maximum) -> Floats:
    layout = problem.layout
    if layout.size <= _MOST_STANDARD_ERRORS:
        information = observed_information(problem, maximum.parameters, maximum.at)
    else:
        information = maximum.at.curvature.approximate()
    covariance = np.linalg.pinv(information, hermitian=True)[layout.severity :, layout.severity :]
    widen = np.concatenate([np.eye(len(covariance)), -np.ones((1, len(covariance)))])
    return np.asarray(widen @ covariance @ widen.T)


def _nobody() -> Patterns:
    nothing: Ints = np.zeros(0, np.int64)
    return make_patterns(nothing, nothing, np.zeros(0), n_columns=1)
