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
# Ratings worked on at once: their nodes stay in the cache.
_RULES = ((0.5, 5), (1.0, 7), (2.0, 11), (4.0, 21), (np.inf, 41))
# Nodes by the widest spread of a predictor in a chunk: a person scored alone, with a shorter rule,
# has a mean within 3e-4 of the one in company (measured).


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
    """Return the tilted moments of every rating.

    Parameters
    ----------
    mean, variance : Floats, shape (n_ratings,)
        Of z without the rating.
    item, category : Ints, shape (n_ratings,)
    items : ItemParameters

    Returns
    -------
    Tilted

    Examples
    --------
    >>> coin = ItemParameters(np.array([1.0]), np.array([[0.0]]))
    >>> out = tilt(np.zeros(2), np.ones(2), item=np.zeros(2, int), category=np.array([0, 1]),
    ...            items=coin)
    >>> np.exp(out.log_mass).round(4).tolist(), out.mean.round(3).tolist()
    ([0.5, 0.5], [-0.413, 0.413])
    """
    out = np.empty((7, len(mean)))
    slope, sides, gap = items.slopes, items.sides, items.log_gap()
    for start in range(0, len(mean), _CHUNK):
        part = slice(start, start + _CHUNK)
        which, seen = item[part], category[part]
        predictors = slope[which], sides[which, seen], sides[which, seen + 1]
        out[:, part] = _moments(mean[part], np.sqrt(variance[part]), *predictors)
        out[0, part] += gap[which, seen]
    return Tilted(*out)


def rule_for(spread: float) -> tuple[Floats, Floats]:
    """Return nodes and weights for the widest spread of a predictor.

    Parameters
    ----------
    spread : float
        Slope times standard deviation.

    Returns
    -------
    nodes, weights : float64, shape (n_nodes,)
    """
    return _rule(next(count for bound, count in _RULES if spread <= bound))


@functools.cache
def _rule(n_nodes: int) -> tuple[Floats, Floats]:
    nodes, weights = hermegauss(n_nodes)
    return frozen(nodes), frozen(weights / weights.sum())


def _moments(mean: Floats, sd: Floats, slope: Floats, upper: Floats, lower: Floats) -> Floats:
    u, weights = rule_for(float((slope * sd).max(initial=0.0)))
    kind = np.float32
    grow = (slope * sd).astype(kind) * u[:, None].astype(kind)
    miss = logistic(-(grow + (upper + slope * mean).astype(kind)))  # 1 - F
    beyond = logistic(grow + (lower + slope * mean).astype(kind))  # G
    mass = (1 - miss) * (1 - beyond)
    mass *= weights[:, None].astype(kind)
    total = mass.sum(0)
    mass /= total
    nodes = u.astype(kind)
    first, second = nodes @ mass, nodes**2 @ mass
    miss *= mass
    beyond *= mass
    inner, outer = miss.sum(0), beyond.sum(0)
    inner_z = mean * inner + sd * (nodes @ miss)
    outer_z = mean * outer + sd * (nodes @ beyond)
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
