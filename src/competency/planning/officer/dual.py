"""Prices of one officer's hours, money, steps and gaps, compiled: a bound on every plan.

Let training t close at most ``top[t, c]`` of competency c in any state that can be reached, and
let ``room[c]`` be open. Every plan of value V satisfies, for prices not negative and ``cap`` in
[0, 1],

    V <= price . budget + sum over c of cap[c] room[c]
           + sum over t of max(0, sum over c of (1 - cap[c]) top[t, c] - price . needs[t])

(Lagrangian duality of a knapsack in which no gap is closed twice). Subgradient steps make the
right side small, to a percent of the linear program. The same sum, kept up
to date step by step, bounds all that can follow from a partial plan.
"""

from __future__ import annotations

import numpy as np

from competency.compiled import compiled

ROUNDS = 60
"""Subgradient steps: 40 leave the bound 1 % above the linear program, 80 leave .2 %. With 30 the
prices are so rough that plans lose half a percent; more than 60 gain nothing (measured)."""
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
        worth += (1.0 - memory.cap[0, catalogue.develops[d]]) * memory.top[d]
    for r in range(memory.price.shape[1]):
        worth -= memory.price[0, r] * need(training, r)
    return worth


@compiled
def weigh(i, officers, catalogue, memory):
    """Return the bound at the present prices; write what it leaves free of budgets and gaps."""
    total = 0.0
    for r in range(memory.price.shape[1]):
        memory.free[r] = memory.budget[r]
        total += memory.price[0, r] * memory.budget[r] if memory.price[0, r] > 0.0 else 0.0
    for c in range(len(memory.room)):
        memory.slack[c] = memory.room[c]
        total += memory.cap[0, c] * memory.room[c]
    for u in range(memory.best[0].usable):
        t = memory.usable[u]
        profit = beyond_price(t, i, officers, catalogue, memory)
        if profit > 0.0:
            total += profit
            training = catalogue.trainings[t]
            for r in range(len(memory.free)):
                memory.free[r] -= need(training, r)
            for d in range(training.first_develop, training.last_develop):
                memory.slack[catalogue.develops[d]] -= memory.top[d]
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
    for r in range(len(memory.free)):
        slope = slope_of(memory.free[r], memory.budget[r], memory.price[0, r], np.inf)
        size += slope * slope
        if length > 0.0 and slope != 0.0:
            price = memory.price[0, r] - length * slope / memory.budget[r]
            memory.price[0, r] = max(price, 0.0)
    for c in range(len(memory.room)):
        slope = CAP_PACE * slope_of(memory.slack[c], memory.room[c], memory.cap[0, c], 1.0)
        size += slope * slope
        if length > 0.0 and slope != 0.0:
            cap = memory.cap[0, c] - length * CAP_PACE * slope / memory.room[c]
            memory.cap[0, c] = min(max(cap, 0.0), 1.0)
    return size


@compiled
def copy_prices(source, target, memory):
    """Copy the prices of one row to the other: row 1 keeps the best ones."""
    for r in range(memory.price.shape[1]):
        memory.price[target, r] = memory.price[source, r]
    for c in range(len(memory.room)):
        memory.cap[target, c] = memory.cap[source, c]


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
            copy_prices(0, 1, memory)
        if idle >= PATIENCE:
            pace, idle = pace * SHORTER, 0
        size = descend(0.0, memory)
        if size < 1e-12:
            break
        descend(pace * (total - AIM * best.bound) / size, memory)
    copy_prices(1, 0, memory)
    for u in range(best.usable):
        t = memory.usable[u]
        memory.loss[u] = max(beyond_price(t, i, officers, catalogue, memory), 0.0)
        for r in range(memory.price.shape[1]):
            memory.loss[u] += memory.price[0, r] * need(catalogue.trainings[t], r)
