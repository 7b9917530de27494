"""The nodes on which a latent trait with a standard normal distribution is integrated."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from competency.arrays import Floats, frozen

REACH = 6.0
"""Standard deviations that the nodes reach: the mass beyond is 2e-9."""

FEWEST, MOST = 73, 481
"""Fewest and most nodes. 73 are a sixth apart; 481 serve a posterior with an sd of .025."""


@dataclass(frozen=True, eq=False)
class Quadrature:
    """Equally spaced nodes with the weights of a standard normal.

    Equal spacing makes the sum converge exponentially once the spacing is no wider than the
    narrowest posterior (the error of a normal with sd s and spacing h is 2 exp(-2 (pi s/h)^2):
    5e-9 at h = s), which no fixed Gauss-Hermite rule does.

    Parameters
    ----------
    nodes : float64, shape (n_nodes,)
    log_weights : float64, shape (n_nodes,)
        Their exponentials sum to 1.
    """

    nodes: Floats
    log_weights: Floats

    @property
    def spacing(self) -> float:
        """Distance between neighbours, in standard deviations."""
        return float(self.nodes[1] - self.nodes[0])


def normal_quadrature(n_nodes: int) -> Quadrature:
    """Return `n_nodes` nodes on [-REACH, REACH].

    Parameters
    ----------
    n_nodes : int
        At least 2.

    Returns
    -------
    Quadrature

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

    Parameters
    ----------
    smallest_sd : float
        Smallest posterior standard deviation, above 0.
    fewest : int

    Returns
    -------
    int
        Odd, from `fewest` to `MOST`.

    Examples
    --------
    >>> nodes_for(0.5), nodes_for(0.1), nodes_for(1e-9)
    (73, 121, 481)
    """
    intervals = math.ceil(min(REACH / smallest_sd, MOST)) * 2
    return min(max(intervals + 1, fewest), MOST)
