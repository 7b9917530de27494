"""What plans reach and what no plan can exceed, and what a seat is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.arrays import Bools, Floats, Ints, frozen
from competency.errors import Finding, InputError
from competency.planning.objectives import OBJECTIVES, PROVEN

if TYPE_CHECKING:
    from competency.planning.plan import Plan


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
        near = OBJECTIVES[self.objective].near if self.objective in OBJECTIVES else PROVEN
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


@dataclass(frozen=True, eq=False)
class Proof:
    """Bound and prices of a cohort plan.

    Parameters
    ----------
    bound : float
        No plan that does as well by mandatory trainings and by the floor of hours closes more than
        this, in weighted levels. It is the Lagrangian bound of the prices, less what mandatory
        trainings and floor earn in the plan; so a mandatory training that the plan misses and
        another might meet widens the gap.
    value : float
        What the plan closes.
    prices : float64, shape (n_sessions + n_trainings,)
        What one more seat would add, in weighted levels: of each session, and then of each
        training taken without dates.
    seats, taken : int64, same shape
        Seats there are, and those taken.
    exact : bool, shape (n_officers,)
        Whether the best bundle of an officer at these prices is known; otherwise the bound holds
        a bound of the officer's.
    """

    bound: float
    value: float
    prices: Floats
    seats: Ints
    taken: Ints
    exact: Bools

    @property
    def gap(self) -> float:
        """Share of the bound that the plan may fall short of the best plan, 0 to 1."""
        return max(self.bound - self.value, 0.0) / self.bound if self.bound > 0 else 0.0

    def __repr__(self) -> str:
        how = f"exact for {int(self.exact.sum())} of {len(self.exact)} officers"
        return f"Proof(bound {self.bound:.2f}, gap {self.gap:.2g}, {how})"


def seat_prices(plan: Plan) -> pd.DataFrame:
    """Return what one more seat of each class would add, the dearest first.

    Parameters
    ----------
    plan : Plan
        By :func:`plan_cohort` with prices.

    Returns
    -------
    DataFrame
        Columns training, session (empty: without dates), seats, taken, price (weighted levels
        per seat) and price_per_hour. Slots that anybody can have are left out. Prices hold for a
        few seats; :func:`what_if` plans a whole class anew.

    Raises
    ------
    InputError
        The plan has no prices (code ``no-proof``).
    """
    if not isinstance(plan.proof, Proof):
        raise InputError(
            "this plan has no seat prices",
            [Finding("no-proof", "only a cohort plan by prices has them", "error",
                     hint='use plan_cohort(ranking, method="prices")')],
        )  # fmt: skip
    index = plan.ranking.gaps.levels.framework.index
    proof = plan.proof
    slot = np.flatnonzero((proof.seats < len(plan.ranking)) & (proof.seats > 0))
    n_sessions = len(index.session_ids)
    training = np.concatenate([index.sessions.training, np.arange(len(index.training_ids))])[slot]
    names = np.concatenate([np.array(index.session_ids, object), [""] * len(index.training_ids)])
    hours = index.trainings.hours[training]
    frame = pd.DataFrame(
        {
            "training": np.array(index.training_ids, object)[training],
            "session": names[slot],
            "seats": proof.seats[slot],
            "taken": proof.taken[slot],
            "price": np.round(proof.prices[slot], 9),
            "price_per_hour": np.round(proof.prices[slot] / np.maximum(hours, 1.0), 9),
        }
    )
    frame = frame[(slot < n_sessions) | (frame["taken"].to_numpy() > 0)]
    order = ["price", "training", "session"]
    return frame.sort_values(order, ascending=[False, True, True], ignore_index=True)
