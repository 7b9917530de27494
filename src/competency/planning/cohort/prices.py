"""Prices of seats at which officers, each choosing for itself, just fill them.

For any prices ``p`` the sum over officers of the best net value, plus ``p . seats``, is an upper
bound on every plan (Lagrange). The best prices are the duals of the programme over all bundles
(:mod:`competency.planning.cohort.columns`); bundles are added to it where officers ask for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from competency.arrays import Floats, Ints
from competency.planning.cohort.columns import Columns, Master, columns_of, solve_master

if TYPE_CHECKING:
    from competency.planning.cohort.bundle_memory import Terms
    from competency.planning.cohort.market import Market
    from competency.planning.cohort.pricing import Pricer

MOST_TURNS = 60
"""Rounds of column generation; 3 to 12 are needed on the reference pack at 20 to 40 hours."""
FIRST_KEPT, FIRST_SLACK = 4, 0.2
"""Bundles kept of each officer in the first round, and how far (levels) below the best: fewer
rounds are then needed, while the programme stays small (measured on the reference pack)."""


class Prices(NamedTuple):
    """Prices of slots, and what an hour in each region earns."""

    slots: Floats
    region_pay: Floats

    def terms(self, pricer: Pricer, market: Market) -> Terms:
        """Return the terms of a search at these prices."""
        pay = market.pay_per_hour(self.region_pay)
        return pricer.terms(self.slots)._replace(per_hour=pay)


class Solved(NamedTuple):
    """Prices for some officers, and the programme that they come from."""

    prices: Prices
    bound: float
    columns: Columns
    master: Master


def no_prices(market: Market) -> Prices:
    """Return prices of nothing."""
    return Prices(np.zeros(len(market.seats)), np.zeros(len(market.region_part)))


def solve_prices(
    pricer: Pricer, market: Market, rows: Ints, start: Prices, *, seats: Floats, tolerance: float
) -> Solved:
    """Return the best prices for officers `rows` alone.

    Parameters
    ----------
    pricer : Pricer
    market : Market
    rows : Ints
        Officers, some thousand at most.
    start : Prices
        Where to begin; the nearer to the answer, the fewer rounds.
    seats : Floats
        Seats of the market's limited slots that these officers share; fractions are fine.
    tolerance : float
        Relative difference of bound and programme at which to stop.
    """
    closed = start.terms(pricer, market)._replace(seats=np.zeros_like(market.seats))
    none = np.full(len(rows), -np.inf)
    settled = columns_of(pricer(closed, rows), rows, market, none)
    solved = Solved(start, np.inf, settled, solve_master(settled, rows, market, seats))
    prices, net = start, none
    for turn in range(MOST_TURNS):
        slack = 0.0 if turn else FIRST_SLACK
        terms = prices.terms(pricer, market)._replace(slack=slack)
        bundles = pricer(terms, rows, keep=1 if turn else FIRST_KEPT)
        bound = float(bundles.upper.sum() + prices.slots[market.limited] @ seats)
        if bound < solved.bound:
            solved = solved._replace(bound=bound, prices=prices)
        new = columns_of(bundles, rows, market, net)
        short = solved.bound - solved.master.value
        if turn and (short <= tolerance * abs(solved.bound) or not len(new.officer)):
            break
        columns = solved.columns.join(new)
        master = solve_master(columns, rows, market, seats)
        solved = solved._replace(columns=columns, master=master)
        prices, net = Prices(master.prices, master.region_pay), master.net
    return solved
