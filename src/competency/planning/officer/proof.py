"""How good the plan of each officer alone is, and what no plan can exceed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from competency.arrays import Bools, Floats, Ints, frozen

PROVEN = 1e-9
"""Difference of bound and value from which a plan is proven to be the best."""
PROVEN_CHANCE = 1e-3
"""The same for a chance: smaller ones are not told apart (`FLOOR` of the search)."""


@dataclass(frozen=True, eq=False)
class OfficerProof:
    """What the plan of each officer reaches of the objective, and a bound on every plan.

    Parameters
    ----------
    objective : str
        ``"gap"`` (weighted levels closed), ``"positions"`` (how many are reached),
        ``"requirements"`` (the chance that all are met) or ``"callable"``.
    value : float64, shape (n_officers,)
        In the unit of the objective.
    bound : float64, shape (n_officers,)
        No plan within the limits has a higher value; inf where nothing is known.

    Examples
    --------
    >>> proof = OfficerProof("gap", np.array([1.5, 2.0]), np.array([1.5, 2.5]))
    >>> proof.exact.tolist(), proof.gap.tolist()
    ([True, False], [0.0, 0.2])
    >>> OfficerProof("gap", np.zeros(0), np.zeros(0)).exact.tolist()
    []
    """

    objective: str
    value: Floats
    bound: Floats

    @property
    def exact(self) -> Bools:
        """Whether the plan is proven to be the best, bool ``(n_officers,)``."""
        near = PROVEN_CHANCE if self.objective == "requirements" else PROVEN
        proven: Bools = self.bound <= self.value + near
        return proven

    @property
    def gap(self) -> Floats:
        """The most by which a better plan could exceed this one, as a share of the bound."""
        missing = np.maximum(self.bound - self.value, 0.0)
        above = np.where(missing > PROVEN, self.bound, 1.0)
        return np.where(np.isinf(missing), 1.0, missing / np.where(np.isinf(above), 1.0, above))

    def take(self, rows: Ints) -> OfficerProof:
        """Return the proof of the officers at `rows`."""
        return OfficerProof(self.objective, frozen(self.value[rows]), frozen(self.bound[rows]))
