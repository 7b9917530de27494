"""Anderson acceleration of a slow fixed-point iteration, with the distance to the fixed point.

Rounds of EM shrink the distance to the fixed point by a constant factor that is near 1 where the
data hardly tell a parameter. With x the points of the last rounds and f the moves that a round made
from each, the move is nearly linear, so that the point where it vanishes solves ``f + dF dx = 0``
with the differences ``dF`` in place of the derivative (Anderson 1965; Walker and Ni 2011). It is a
quasi-Newton step, and its length says how far the end still is, which the move alone does not.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from competency.arrays import Floats

MEMORY = 6
"""Differences that are kept: about as many as models of ratings have slow directions (4 and 12
took more rounds on small tables, measured)."""

NOISE = 0.03
"""Relative size of a singular value below which differences say nothing new, but for the noise of
messages that have not quite settled (1e-8 to .1 tried on 60 small tables)."""

_FEWEST_DIFFERENCES = 3
# With fewer, no step is proposed.
_WORSE = 2.0
# Factor by which a move must have grown for the differences to be forgotten.


@dataclass
class AndersonAcceleration:
    """Points and moves of the last rounds.

    Parameters
    ----------
    noise : float
        As `NOISE`.
    """

    noise: float = NOISE
    points: deque[Floats] = field(default_factory=lambda: deque(maxlen=MEMORY + 1))
    moves: deque[Floats] = field(default_factory=lambda: deque(maxlen=MEMORY + 1))

    def step(self, point: Floats, move: Floats) -> Floats | None:
        """Return the step to the estimated fixed point; None while too little is known.

        Parameters
        ----------
        point : Floats, shape (n,)
        move : Floats, shape (n,)
            What a plain round would do there.

        Returns
        -------
        float64, shape (n,), or None

        Examples
        --------
        A round that goes a hundredth of the way to 5, and half of the way to -1:

        >>> memory, point = AndersonAcceleration(noise=1e-8), np.zeros(2)
        >>> for _ in range(4):
        ...     move = (np.array([5.0, -1.0]) - point) * [0.01, 0.5]
        ...     step = memory.step(point, move)
        ...     point = point + move
        >>> (point - move + step).round(6).tolist()
        [5.0, -1.0]
        """
        if self.moves and np.abs(move).max() > _WORSE * np.abs(self.moves[-1]).max():
            self.points.clear()
            self.moves.clear()
        self.points.append(point)
        self.moves.append(move)
        if len(self.points) <= _FEWEST_DIFFERENCES:
            return None
        ways, bends = (np.diff(np.stack(kept), axis=0).T for kept in (self.points, self.moves))
        shares = np.linalg.lstsq(bends, move, rcond=self.noise)[0]
        return np.asarray(move - (ways + bends) @ shares)
