"""The search for the maximum of a log-likelihood, which says whether it was reached.

EM steps with rescaling first (they never fall), then limited-memory BFGS that starts from nearly
the observed information (`curvature`), then a Newton step by conjugate gradients. The last gives
what no small change of the log-likelihood gives: how much of it is still to be gained, ``g' H^-1 g
/ 2`` with the exact gradient g and the observed information H. `converged` means that this is below
the tolerance.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from competency.arrays import Floats
    from competency.ratings.item_response.likelihood import Evaluation, MarginalProblem

TOLERANCE = 1e-8
"""Log-likelihood still to be gained at which a search ends: parameters are then within 1.4e-4 of
their standard errors of the maximum."""

_EM_STEPS = 15
_EM_GAIN = 0.3
# Rescaled EM steps go on while one promises more than this; quasi-Newton is faster below.
_MEMORY = 20
# Pairs that limited-memory BFGS keeps.
_WIDEST = 1.0
# Largest change of a parameter in one EM step; in a quasi-Newton step relative to its size, if
# that is above 1: a slope that has no maximum must neither leap away nor crawl.
_HALVINGS = 30
_CONJUGATE = 25
# Products of the observed information with a vector in one Newton step.
_ROUGH, _ROUGH_GAIN, _ROUGH_TOLERANCE = 1e-3, 1e-5, 1e-6
# Noise from which the products of a problem are in single precision; the promised gain below
# which quasi-Newton steps on such a surface are left to the Newton step; and its tolerance.
_ENOUGH = 0.1
# A Newton step is good enough when what it leaves promises less than this share of its gain.


@dataclass(frozen=True, eq=False)
class Maximum:
    """Where a search ended, after `n_iter` evaluations of the log-likelihood.

    `remaining` is the log-likelihood still to be gained, by a Newton step; infinity where the
    surface is not concave. `converged` says that it is below the tolerance.
    """

    parameters: Floats
    at: Evaluation
    n_iter: int
    remaining: float
    converged: bool


class _Counter:
    """A problem that counts its evaluations."""

    def __init__(self, problem: MarginalProblem) -> None:
        self.problem, self.count = problem, 0

    def evaluate(self, parameters: Floats) -> Evaluation:
        self.count += 1
        return self.problem.evaluate(parameters)

    def exact(self, parameters: Floats, at: Evaluation) -> Evaluation:
        if self.problem.noise < _ROUGH:
            return at
        self.count += 1
        return self.problem.evaluate(parameters, exact=True)


def maximise(
    problem: MarginalProblem, start: Floats, *, tolerance: float = TOLERANCE, max_iter: int = 2000
) -> Maximum:
    """Return the maximum that is reached from `start`.

    The tolerance is in units of log-likelihood, above 0. After `max_iter` evaluations the search is
    given up, unconverged.
    """
    counter = _Counter(problem)
    point, at = _expectation_maximisation(counter, start)
    remaining, exact, n_rounds = np.inf, at, 0
    near = tolerance / 4
    if problem.noise >= _ROUGH:
        tolerance, near = max(tolerance, _ROUGH_TOLERANCE), max(near, _ROUGH_GAIN)
    while n_rounds == 0 or counter.count < max_iter:
        point, at = _quasi_newton(counter, point, at, tolerance=near, max_iter=max_iter)
        exact, n_rounds = counter.exact(point, at), n_rounds + 1
        step, remaining = _newton(counter, point, at, score=exact.score)
        if remaining <= tolerance:
            break
        ahead, there = _along(counter, point, at, step)
        if there is at:
            break
        point, at = ahead, there
        exact = at
    return Maximum(point, exact, counter.count, float(remaining), bool(remaining <= tolerance))


def observed_information(problem: MarginalProblem, point: Floats, at: Evaluation) -> Floats:
    """Return minus the second derivatives, by differences of the exact gradient."""
    counter = _Counter(problem)
    product = _product(counter, point, at)
    matrix = np.stack([product(direction) for direction in np.eye(len(point))])
    return (matrix + matrix.T) / 2


def _expectation_maximisation(counter: _Counter, point: Floats) -> tuple[Floats, Evaluation]:
    at = counter.evaluate(point)
    for _ in range(_EM_STEPS):
        step = at.curvature.em_step(at.score)
        if at.score @ step / 2 < _EM_GAIN:
            break
        step *= min(1.0, _WIDEST / float(np.abs(step).max()))
        ahead = counter.problem.rescale(point + step, at)
        there = counter.evaluate(ahead)
        if there.log_likelihood < at.log_likelihood:
            ahead, there = _along(counter, point, at, step)
        if there is at:
            break
        point, at = ahead, there
    return point, at


def _quasi_newton(
    counter: _Counter, point: Floats, at: Evaluation, *, tolerance: float, max_iter: int
) -> tuple[Floats, Evaluation]:
    pairs: deque[tuple[Floats, Floats]] = deque(maxlen=_MEMORY)
    while counter.count < max_iter:
        step = _two_loops(at, pairs)
        step *= min(1.0, _WIDEST / float((np.abs(step) / np.maximum(np.abs(point), 1)).max()))
        gain = float(at.score @ step) / 2
        if gain <= tolerance:
            break
        ahead, there = _along(counter, point, at, step)
        if there is at:
            break
        moved, bent = ahead - point, at.score - there.score
        if moved @ bent > 0:
            pairs.append((moved, bent))
        point, at = ahead, there
    return point, at


def _two_loops(at: Evaluation, pairs: deque[tuple[Floats, Floats]]) -> Floats:
    """Inverse curvature times the score, by the two-loop recursion."""
    vector, shares = at.score.copy(), []
    for moved, bent in reversed(pairs):
        share = (moved @ vector) / (moved @ bent)
        shares.append(share)
        vector -= share * bent
    vector = at.curvature.newton_step(vector)
    for (moved, bent), share in zip(pairs, reversed(shares), strict=True):
        vector += (share - (bent @ vector) / (moved @ bent)) * moved
    return vector


def _along(
    counter: _Counter, point: Floats, at: Evaluation, step: Floats
) -> tuple[Floats, Evaluation]:
    """Go as far along `step` as the log-likelihood rises; stay (same `at`) when it never does."""
    slope, share, noise = float(at.score @ step), 1.0, counter.problem.noise
    for _ in range(_HALVINGS):
        ahead = point + share * step
        there = counter.evaluate(ahead)
        wanted = at.log_likelihood + 1e-4 * share * slope
        # NOTE: where rounding hides the rise, a slope that has not turned steeply shows it.
        hidden = there.log_likelihood >= wanted - noise and there.score @ step >= -slope / 2
        if there.log_likelihood >= wanted or hidden:
            return ahead, there
        share /= 2
    return point, at


def _newton(
    counter: _Counter, point: Floats, at: Evaluation, *, score: Floats
) -> tuple[Floats, float]:
    """Newton step by preconditioned conjugate gradients, and the gain that it promises."""
    product = _product(counter, point, at)
    step, rest = np.zeros_like(point), score.copy()
    solved = at.curvature.newton_step(rest)
    direction, size = solved.copy(), float(rest @ solved)
    gain = 0.0
    for _ in range(_CONJUGATE):
        bent = product(direction)
        curvature = float(direction @ bent)
        if curvature <= 0:
            return (step if gain else direction), np.inf
        length = size / curvature
        step += length * direction
        rest -= length * bent
        gain += length * size / 2
        solved = at.curvature.newton_step(rest)
        before, size = size, float(rest @ solved)
        if size / 2 < _ENOUGH * gain:
            break
        direction = solved + (size / before) * direction
    return step, gain


def _product(counter: _Counter, point: Floats, at: Evaluation) -> Callable[[Floats], Floats]:
    """Observed information times a vector: the gradient's change on a short step along it."""
    length = 0.3 if counter.problem.noise >= _ROUGH else 1e-3

    def product(direction: Floats) -> Floats:
        size = float(np.sqrt(direction @ (at.curvature.information @ direction)))
        short = length / max(size, 1e-30)
        for _ in range(_HALVINGS):
            there = counter.evaluate(point + short * direction)
            if there.log_likelihood > -np.inf:
                break
            short /= 2
        return np.asarray((at.score - there.score) / short)

    return product
