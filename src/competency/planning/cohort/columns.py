"""Bundles as columns of a linear programme: exact prices for some thousand officers.

    maximise    sum of value[b] x[b]
    subject to  sum over bundles of officer i of x[b]  = 1         (dual: the officer's net value)
                sum of the bundles that take seat s    <= seats[s] (dual: the price of the seat)
                hours of region r >= floor x its officers x mean hours    (dual: pay per hour)

Bundles are added where an officer has a better one at the prices of the last solution (column
generation), until the bound of the prices and the value of the programme meet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from competency.arrays import Bools, Floats, Ints
from competency.planning.problem import Records

if TYPE_CHECKING:
    from competency.planning.cohort.market import Market
    from competency.planning.cohort.pricing import Bundles


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
