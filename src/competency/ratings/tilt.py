"""One rating, seen from what is known without it: evidence, and moments of the tilted belief.

A rating is ``P(Y >= k) = sigmoid(a z + d[k])`` at the effective trait z = trait - severity -
halo. With F and G the two logistic functions on either side of the category seen, and gap the
distance of their predictors, ``P = F (1 - G) (1 - exp(-gap))``, so that every derivative is made
of F and G.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.polynomial.hermite_e import hermegauss

from competency.arrays import Floats, Ints, frozen

OPEN = 60.0
"""Predictor of the outer side of an outermost category: the logistic of 60 is 1 to 1e-26."""

_CHUNK = 16_384
# Ratings worked on at once: what is known of them stays in the cache.
_HERMITE, _EVEN = "Gauss-Hermite", "even"
_RULES = (
    (0.25, _HERMITE, 5), (0.5, _HERMITE, 7), (1.0, _HERMITE, 11), (2.0, _EVEN, 25),
    (4.0, _EVEN, 49), (8.0, _EVEN, 97), (np.inf, _EVEN, 193),
)  # fmt: skip
# Largest spread of a predictor (slope times standard deviation), rule, nodes: means and standard
# deviations come out within 2e-5 standard deviations where a rating had a chance of 1e-4 or more
# (measured against 8,001 nodes, to a spread of 4; within 1e-4 beyond it).
_REACH = {25: 7.0, 49: 8.0, 97: 8.0, 193: 8.0}
# Standard deviations that even rules reach: a steep rating moves the belief far.


@dataclass(frozen=True, eq=False)
class ItemParameters:
    """Graded items.

    Parameters
    ----------
    slopes : float64, shape (n_items,)
    steps : float64, shape (n_items, n_categories - 1)
        Falling; `-OPEN` for categories that an item does not have.
    """

    slopes: Floats
    steps: Floats

    @property
    def sides(self) -> Floats:
        """Predictors between categories with both outer sides, shape (n_items, K + 1)."""
        ends = np.full((len(self.steps), 1), OPEN)
        return np.concatenate([ends, self.steps, -ends], 1)

    def log_gap(self) -> Floats:
        """Logarithm of 1 - exp(-gap) of each category, shape (n_items, K)."""
        gap = -np.diff(self.sides, axis=1)
        return np.asarray(np.log(-np.expm1(-np.maximum(gap, 1e-12))))


@dataclass(frozen=True, eq=False)
class Tilted:
    """Moments of ``N(z; mean, variance) P(category | z)``, each of shape (n_ratings,).

    Parameters
    ----------
    log_mass : Floats
        Logarithm of its integral.
    mean, variance : Floats
        Of z.
    inner, outer : Floats
        Expected ``1 - F`` and ``G``: gradients of log P in the two predictors, but for the gap.
    inner_z, outer_z : Floats
        Expected ``z (1 - F)`` and ``z G``.
    """

    log_mass: Floats
    mean: Floats
    variance: Floats
    inner: Floats
    outer: Floats
    inner_z: Floats
    outer_z: Floats


def tilt(
    mean: Floats, variance: Floats, *, item: Ints, category: Ints, items: ItemParameters
) -> Tilted:
    """Return the tilted moments of every rating, each by itself.

    Parameters
    ----------
    mean, variance : Floats, shape (n_ratings,)
        Of z without the rating.
    item, category : Ints, shape (n_ratings,)
    items : ItemParameters

    Returns
    -------
    Tilted
        The bytes of a rating do not depend on the others.

    Examples
    --------
    >>> coin = ItemParameters(np.array([1.0]), np.array([[0.0]]))
    >>> out = tilt(np.zeros(2), np.ones(2), item=np.zeros(2, int), category=np.array([0, 1]),
    ...            items=coin)
    >>> np.exp(out.log_mass).round(4).tolist(), out.mean.round(3).tolist()
    ([0.5, 0.5], [-0.413, 0.413])
    """
    out = np.empty((7, len(mean)))
    sd, sides = np.sqrt(variance), items.sides
    middle, spread = items.slopes[item] * mean, items.slopes[item] * sd
    known = np.stack([spread, middle + sides[item, category], middle + sides[item, category + 1]])
    rule = np.searchsorted([bound for bound, *_ in _RULES[:-1]], spread)
    for number in range(len(_RULES)):
        rows = np.flatnonzero(rule == number)
        for start in range(0, len(rows), _CHUNK):
            part = rows[start : start + _CHUNK]
            out[:, part] = _moments(mean[part], sd[part], known[:, part], number)
    out[0] += items.log_gap()[item, category]
    return Tilted(*out)


@functools.cache
def rule_of(number: int) -> tuple[Floats, Floats]:
    """Return nodes and weights of a rule for expectations over a standard normal.

    Parameters
    ----------
    number : int
        From 0; -1 is the finest.

    Returns
    -------
    nodes, weights : float64, shape (n_nodes,)
    """
    _, kind, count = _RULES[number]
    if kind == _HERMITE:
        nodes, weights = hermegauss(count)
    else:
        nodes = np.linspace(-_REACH[count], _REACH[count], count)
        weights = np.exp(-(nodes**2) / 2)
    return frozen(nodes), frozen(weights / weights.sum())


def _moments(mean: Floats, sd: Floats, known: Floats, rule: int) -> Floats:
    """Rows of `Tilted`, but for the gap; `known` is the spread and the predictors at the mean."""
    # NOTE: sums go node by node, because those of matrix products depend on how many are asked for.
    grow, upper, lower = known.astype(np.float32)
    sums = np.zeros((7, len(mean)), np.float32)
    total, first, second, inner, outer, inner_u, outer_u = sums
    for node, weight in zip(*(part.astype(np.float32) for part in rule_of(rule)), strict=True):
        away = grow * node
        reached = logistic(away + upper)  # F
        short = logistic(-(away + lower))  # 1 - G
        mass = reached * short
        mass *= weight
        total += mass
        inner_mass, outer_mass = (1 - reached) * mass, (1 - short) * mass
        inner += inner_mass
        outer += outer_mass
        mass *= node
        first += mass
        mass *= node
        second += mass
        inner_mass *= node
        inner_u += inner_mass
        outer_mass *= node
        outer_u += outer_mass
    sums[1:] /= total
    inner_z, outer_z = mean * inner + sd * inner_u, mean * outer + sd * outer_u
    spread = sd**2 * (second - first**2)
    return np.stack([np.log(total), mean + sd * first, spread, inner, outer, inner_z, outer_z])


def logistic(x: Floats) -> Floats:
    """Return the logistic function of `x`, in single or double precision, in its place.

    Parameters
    ----------
    x : Floats
        Overwritten.

    Returns
    -------
    Floats
    """
    np.negative(x, out=x)
    np.minimum(x, 80, out=x)  # exp(80) still is a single-precision number
    np.exp(x, out=x)
    x += 1
    return np.reciprocal(x, out=x)
