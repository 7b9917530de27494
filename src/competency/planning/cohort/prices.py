"""Prices of seats at which officers, each choosing for itself, just fill them.

For any prices ``p`` the sum over officers of the best net value, plus ``p . seats``, is an upper
bound on every plan (Lagrange). The best prices are the duals of the programme over all bundles
(:mod:`competency.planning.cohort.prices`); bundles are added to it where officers ask for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from competency.arrays import Bools, Floats, Ints
from competency.planning.problem import Records

if TYPE_CHECKING:
    from competency.planning.cohort.bundle_memory import Terms
    from competency.planning.cohort.market import Market
    from competency.planning.cohort.pricing import Bundles, Pricer


class Columns(NamedTuple):
    """Bundles of many officers, one after another."""

    officer: Ints
    plans: Records
    steps: Ints
    value: Floats
    hours: Floats

    def take(self, rows: Ints | Bools) -> Columns:
        """Return some of them."""
        return Columns._make(part[rows] for part in self)

    def join(self, other: Columns) -> Columns:
        """Return these and then the others."""
        return Columns._make(np.concatenate(pair) for pair in zip(self, other, strict=True))


class Master(NamedTuple):
    """A solution of the programme: how much of each column, and the duals."""

    share: Floats
    value: float
    net: Floats
    prices: Floats
    region_pay: Floats


def columns_of(bundles: Bundles, rows: Ints, market: Market, better_than: Floats) -> Columns:
    """Return the bundles of officers `rows` whose net value exceeds `better_than`."""
    officer, which = np.nonzero(bundles.kept["net"] > better_than[:, None] + 1e-7)
    kept, plans = bundles.kept[officer, which], bundles.plans[officer, which]
    return Columns(
        officer, plans, kept["steps"], market.value_of(plans, kept, rows[officer]), kept["hours"]
    )


def solve_master(columns: Columns, rows: Ints, market: Market, seats: Floats) -> Master:
    """Return the optimum over the columns; `seats` are those of the market's limited slots."""
    import scipy.sparse as sp
    from scipy.optimize import linprog

    n_officers, n_columns = len(rows), len(columns.officer)
    upper: Any = market.usage(columns.plans, columns.steps, rows[columns.officer])
    place = (columns.officer, np.arange(n_columns))
    equal: Any = sp.csr_array((np.ones(n_columns), place), (n_officers, n_columns))
    value, limit, total = columns.value, seats, np.ones(n_officers)
    if market.region_floor:
        regions, mean = market.region_rows(columns, rows)
        upper = sp.block_array([[upper, None], [regions, mean]], format="csr")
        hours = sp.csr_array(columns.hours[None, :])
        all_officers = sp.csr_array([[-float(n_officers)]])
        equal = sp.block_array([[equal, None], [hours, all_officers]], format="csr")
        value, total = np.append(value, 0.0), np.append(total, 0.0)
        limit = np.append(seats, np.zeros(regions.shape[0]))
    found: Any = linprog(-value, A_ub=upper, b_ub=limit, A_eq=equal, b_eq=total, method="highs-ipm")
    duals = np.maximum(-found.ineqlin.marginals, 0.0)
    prices = np.zeros(len(market.seats))
    prices[market.limited] = duals[: len(seats)]
    net = -found.eqlin.marginals[:n_officers]
    return Master(found.x[:n_columns], -found.fun, net, prices, duals[len(seats) :])


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
    """Return the best prices for officers `rows`, some thousand at most, alone.

    `start` is where to begin: the nearer to the answer, the fewer rounds. `seats` are those of the
    market's limited slots that these officers share; fractions are fine. It stops where bound and
    programme differ relatively by at most `tolerance`.
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
