"""Prices of one officer's hours, money, steps and gaps, compiled: a bound on every plan.

Let training t close at most ``top[t, c]`` of competency c in any state that can be reached, and
let ``room[c]`` be open. Every plan of value V satisfies, for prices not negative and ``cap`` in
[0, 1],

    V <= price . budget + sum over c of cap[c] room[c]
           + sum over t of max(0, sum over c of (1 - cap[c]) top[t, c] - price . needs[t])

(Lagrangian duality of a knapsack in which no gap is closed twice). Subgradient steps make the
right side small; within .2 % of the linear program on generated officers. The same sum, kept up
to date step by step, bounds all that can follow from a partial plan.
"""

from __future__ import annotations

import numpy as np

from competency.planning.records import LOSS
from competency.planning.rules import compiled

ROUNDS = 40
"""Subgradient steps: 40 leave the bound 1 % above the linear program, 80 leave .2 %."""
AIM = 0.97
"""Steps are as long as if this share of the lowest bound so far could be reached (Polyak)."""
PATIENCE, SHORTER = 3, 0.7
"""Rounds without a lower bound before steps become shorter, and by how much."""
CAP_PACE = 0.2
"""Pace of the prices on gaps relative to those on budgets (best of .1, .2, .4, measured)."""


@compiled
def need(training, r):
    """What a training takes of budget r: hours, money, or one step."""
    if r == 0:
        return training.hours
    return training.cost if r == 1 else 1.0


@compiled
def beyond_price(t, i, officers, catalogue, memory):
    """Value of training t beyond the price of what it needs, at the most."""
    training = catalogue.trainings[t]
    worth = memory.best[0].bonus if officers.mandatory[i, t] else 0.0
    for d in range(training.first_develop, training.last_develop):
        worth += (1.0 - memory.cells[catalogue.develops[d]].cap) * memory.top[d]
    for r in range(len(memory.prices)):
        worth -= memory.prices[r].price * need(training, r)
    return worth


@compiled
def weigh(i, officers, catalogue, memory):
    """Return the bound at the present prices; write what it leaves free of budgets and gaps."""
    total = 0.0
    for r in range(len(memory.prices)):
        memory.prices[r].free = memory.prices[r].whole
        total += (
            memory.prices[r].price * memory.prices[r].whole if memory.prices[r].price > 0.0 else 0.0
        )
    for c in range(len(memory.cells)):
        memory.cells[c].slack = memory.cells[c].room
        total += memory.cells[c].cap * memory.cells[c].room
    for u in range(memory.best[0].usable):
        t = memory.usable[u]
        profit = beyond_price(t, i, officers, catalogue, memory)
        if profit > 0.0:
            total += profit
            training = catalogue.trainings[t]
            for r in range(len(memory.prices)):
                memory.prices[r].free -= need(training, r)
            for d in range(training.first_develop, training.last_develop):
                memory.cells[catalogue.develops[d]].slack -= memory.top[d]
    return total


@compiled
def slope_of(free, whole, price, highest):
    """Slope of the bound in a price, as a share of its budget; 0 where the price cannot follow."""
    if not 0.0 < whole < np.inf or (price <= 0.0 < free) or (price >= highest and free < 0.0):
        return 0.0
    return free / whole


@compiled
def descend(length, memory):
    """Move all prices down the slope by `length`; with length 0, return its squared size."""
    size = 0.0
    for r in range(len(memory.prices)):
        slope = slope_of(
            memory.prices[r].free, memory.prices[r].whole, memory.prices[r].price, np.inf
        )
        size += slope * slope
        if length > 0.0 and slope != 0.0:
            price = memory.prices[r].price - length * slope / memory.prices[r].whole
            memory.prices[r].price = max(price, 0.0)
    for c in range(len(memory.cells)):
        slope = CAP_PACE * slope_of(
            memory.cells[c].slack, memory.cells[c].room, memory.cells[c].cap, 1.0
        )
        size += slope * slope
        if length > 0.0 and slope != 0.0:
            cap = memory.cells[c].cap - length * CAP_PACE * slope / memory.cells[c].room
            memory.cells[c].cap = min(max(cap, 0.0), 1.0)
    return size


@compiled
def keep_prices(memory):
    """Note the present prices as the best ones."""
    for r in range(len(memory.prices)):
        memory.prices[r].best = memory.prices[r].price
    for c in range(len(memory.cells)):
        memory.cells[c].best_cap = memory.cells[c].cap


@compiled
def take_best_prices(memory):
    """Go back to the best prices."""
    for r in range(len(memory.prices)):
        memory.prices[r].price = memory.prices[r].best
    for c in range(len(memory.cells)):
        memory.cells[c].cap = memory.cells[c].best_cap


@compiled
def set_prices(i, officers, catalogue, memory):
    """Choose the prices of officer i, and write the bound, and what each training loses of it."""
    best, pace, idle = memory.best[0], 1.0, 0
    best.bound = np.inf
    for _ in range(ROUNDS):
        total = weigh(i, officers, catalogue, memory)
        idle += 1
        if total < best.bound:
            best.bound, idle = total, 0
            keep_prices(memory)
        if idle >= PATIENCE:
            pace, idle = pace * SHORTER, 0
        size = descend(0.0, memory)
        if size < 1e-12:
            break
        descend(pace * (total - AIM * best.bound) / size, memory)
    take_best_prices(memory)
    for u in range(best.usable):
        t = memory.usable[u]
        memory.menu[LOSS, u] = max(beyond_price(t, i, officers, catalogue, memory), 0.0)
        for r in range(len(memory.prices)):
            memory.menu[LOSS, u] += memory.prices[r].price * need(catalogue.trainings[t], r)
