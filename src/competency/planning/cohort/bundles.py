"""The best bundle of every officer at given prices, exactly: the pricing step of a cohort plan.

Sets of trainings are searched depth first in the order of value per hour, with three bounds:

- what a set closes: a training d cannot lift more than ``reach[d, k]`` of those still below
  level k, so a set leaves open at least ``(1 - reach)`` multiplied over its trainings, whatever
  the order;
- what the hours left can add: an exact knapsack over the trainings not yet looked at;
- a training that commutes with all others of the set closes what it closes alone.

Sets above the best so far go to :func:`competency.planning.cohort.sequence.best_sequence`. An
officer whose search stops early has the largest bound of what was not looked at as `upper`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from competency.compiled import compiled, entry_point, pass_by_reference
from competency.planning.cohort.bundle_items import (
    begin_officer,
    bound_items,
    floor_reward,
    list_frozen,
    list_items,
    reachable,
    sort_items,
)
from competency.planning.cohort.bundle_memory import (
    ALONE,
    MOST_UNITS,
    PASS,
    Frozen,
    Memory,
    Relations,
    Terms,
)
from competency.planning.cohort.sequence import best_sequence
from competency.planning.officer.records import TIE
from competency.planning.officer.rules import seat_of
from competency.planning.problem import Catalogue, Limits, Officers


class Case(NamedTuple):
    """Everything a search reads."""

    catalogue: Catalogue
    officers: Officers
    limits: Limits
    relations: Relations
    frozen: Frozen
    terms: Terms


pass_by_reference(Case, Relations, Frozen, Terms, Memory)


@compiled
def fill_table(hours, memory):
    """Fill ``table[k, u]``: most that items k and later can bring in u units of hours."""
    found, items, table = memory.found[0], memory.items, memory.table
    found.room = max(1.0, np.ceil(hours / MOST_UNITS))
    width = int(max(hours, 0.0) / found.room) + 1
    for u in range(width):
        table[found.items, u] = 0.0
    for k in range(found.items - 1, found.frozen - 1, -1):
        bound, units = max(items[k].bound, 0.0), int(items[k].hours / found.room)
        for u in range(min(units, width)):
            table[k, u] = table[k + 1, u]
        for u in range(units, width):
            table[k, u] = max(table[k + 1, u], table[k + 1, u - units] + bound)


@compiled
def extend(depth, k, case, memory):
    """Add item k to the set at a depth: totals, bound and what is still missing."""
    before, node, item = memory.nodes[depth], memory.nodes[depth + 1], memory.items[k]
    training = case.catalogue.trainings[item.training]
    missing, open_before = memory.missing[depth + 1], memory.missing[depth]
    for c in range(missing.shape[0]):
        for level in range(missing.shape[1]):
            missing[c, level] = open_before[c, level]
    node.marginal = min(item.most, reachable(training, missing, case))
    for d in range(training.first_develop, training.last_develop):
        c = case.catalogue.develops[d]
        for level in range(missing.shape[1]):
            missing[c, level] *= 1.0 - case.relations.reach[d, level]
    node.item = k
    node.hours, node.cost = before.hours + item.hours, before.cost + item.cost
    node.bound = before.bound + node.marginal + item.extra - item.price
    memory.members[depth] = k


@compiled
def set_bound(size, case, memory):
    """What the set of the first members cannot exceed in any order; -inf if none is possible."""
    total = 0.0
    for m in range(size):
        item = memory.items[memory.members[m]]
        alone = True
        for other in range(size):
            t = memory.items[memory.members[other]].training
            alone = alone and (other == m or case.relations.commute[item.training, t])
        if alone and not item.ready and not item.frozen:
            return -np.inf
        total += item.extra - item.price
        total += item.gain if alone else memory.nodes[m + 1].marginal
    return total


@compiled
def search_sets(i, case, memory, kept, plans):
    """Search the sets of items; keep the best bundles in `kept` and `plans`.

    Items come in their order; settled ones are in every set.
    """
    # NOTE: a plain 0 would be a type of its own, and all that takes it be compiled twice.
    depth = k = np.int64(0)
    found, node, is_new = memory.found[0], memory.nodes[0], True
    node.item, node.hours, node.cost, node.bound = -1, 0.0, 0.0, 0.0
    while found.visits <= case.terms.most_visits:
        forced = depth < found.frozen
        if is_new and not forced:
            consider(i, depth, case, memory, kept, plans)
        is_new = False
        if k < found.items and (forced or is_promising(i, depth, k, case, memory, kept)):
            if forced or fits(i, depth, k, case, memory):
                extend(depth, k, case, memory)
                depth, is_new = depth + 1, True
            k += 1
            found.visits += 1
        elif depth > found.frozen:
            k = memory.nodes[depth].item + 1
            depth -= 1
        else:
            return
    for d in range(found.frozen, depth + 1):  # stopped early: what was not looked at
        after = k if d == depth else memory.nodes[d + 1].item + 1
        found.upper = max(found.upper, reach_of(i, d, after, case, memory))


@compiled
def is_promising(i, depth, k, case, memory, kept):
    """Whether the set at a depth can become good enough to be kept with items k and later."""
    if depth == len(memory.best):
        return False
    return reach_of(i, depth, k, case, memory) > least(kept, case, memory) + TIE


@compiled
def fits(i, depth, k, case, memory):
    """Whether item k is within what is left of hours and cost."""
    node, item, budget = memory.nodes[depth], memory.items[k], case.officers.budget
    return node.hours + item.hours <= budget[i, 0] and node.cost + item.cost <= budget[i, 1]


@compiled
def reach_of(i, depth, k, case, memory):
    """Most that the set at a depth can reach with items k and later."""
    found, node = memory.found[0], memory.nodes[depth]
    left = max(case.officers.budget[i, 0] - node.hours, 0.0)
    further = memory.table[min(k, found.items), int(left / found.room)]
    return node.bound + further + floor_reward(node.hours + left, case.terms)


@compiled
def least(kept, case, memory):
    """Net value that a bundle has to exceed to be kept."""
    level = memory.found[0].best - case.terms.slack
    lowest = kept[0].net
    for b in range(1, len(kept)):
        lowest = min(lowest, kept[b].net)
    return max(level, lowest)


@compiled
def consider(i, size, case, memory, kept, plans):
    """Find the best order of the set of the first members, and keep it if it is good enough."""
    found, reward = memory.found[0], floor_reward(memory.nodes[size].hours, case.terms)
    floor = least(kept, case, memory)
    upper = set_bound(size, case, memory)
    if upper + reward <= floor + TIE:
        return
    net = reward
    if size > 0:
        net += best_sequence(i, size, upper, floor - reward, case, memory)
    if net > floor + TIE:
        keep(size, net, memory, kept, plans)
        found.best = max(found.best, net)


@compiled
def keep(size, net, memory, kept, plans):
    """Write a bundle over the worst of those kept."""
    worst = 0
    for b in range(1, len(kept)):
        if kept[b].net < kept[worst].net:
            worst = b
    kept[worst].net, kept[worst].hours = net, memory.nodes[size].hours
    kept[worst].steps = size
    for s in range(size):
        plans[worst, s] = memory.best[s]


@compiled
def reprice(i, case, kept, steps):
    """Make a bundle found before the first to beat, at the prices of now; drop it if closed."""
    catalogue, terms = case.catalogue, case.terms
    net = floor_reward(kept.hours, terms) if kept.steps >= 0 else -np.inf
    for s in range(kept.steps):
        t = steps[s].training
        net += steps[s].gain + terms.per_hour[i] * catalogue.trainings[t].hours
        net += terms.mandatory if case.officers.mandatory[i, t] else 0.0
        if not is_frozen(i, steps[s], case.frozen):
            slot = seat_of(steps[s].session, t, len(catalogue.trainings), terms.seats)
            net -= terms.prices[slot]
            if terms.seats[slot] <= 0:
                net = -np.inf
    kept.net = net


@compiled
def is_frozen(i, step, frozen):
    """Whether a step is one of the settled steps of officer i."""
    for s in range(frozen.first[i], frozen.first[i + 1]):
        if frozen.steps[s].training == step.training:
            return True
    return False


@compiled
def begin_search(i, case, memory, kept, plans):
    """Begin with the bundles of before, at the prices of now."""
    found = memory.found[0]
    found.visits, found.upper, found.best = 0, -np.inf, -np.inf
    for b in range(len(kept)):
        reprice(i, case, kept[b], plans[b])
        found.best = max(found.best, kept[b].net)


@compiled
def leave_unready(memory):
    """After a search that stopped early, leave out items whose entry others must open.

    What is left is a small search that finds a good bundle soon. Returns whether to do it.
    """
    found, items, last = memory.found[0], memory.items, memory.found[0].frozen
    if found.upper == -np.inf:
        return False
    for k in range(found.frozen, found.items):
        if items[k].ready:
            items[last] = items[k]
            last += 1
    found.items, found.visits = last, 0
    return True


@compiled
def move_seats(i, number, case, kept, plans):
    """Add `number` to the seats left of each step of the bundles that officer i keeps."""
    for b in range(len(kept)):
        for s in range(kept[b].steps):
            step = plans[b, s]
            if not is_frozen(i, step, case.frozen):
                seats = case.terms.seats
                seats[
                    seat_of(step.session, step.training, len(case.catalogue.trainings), seats)
                ] += number
        kept[b].seated = number < 0


@entry_point
def search_rows(case, rows, memory, kept, plans, upper):
    """Search officers `rows`; `kept`, `plans` and `upper` are in their order."""
    for r in range(len(rows)):
        i, found, shared = rows[r], memory.found[0], case.terms.way != ALONE
        if shared and kept[r, 0].seated:
            move_seats(i, 1, case, kept[r], plans[r])
        begin_search(i, case, memory, kept[r], plans[r])
        if case.terms.way != PASS or found.best == -np.inf:
            begin_officer(i, case, memory)
            hours, cost = list_frozen(i, case, memory)
            list_items(i, hours, cost, case, memory)
            bound_items(i, hours, case, memory)
            sort_items(case, memory)
            for turn in range(2):
                if turn == 1 and not leave_unready(memory):
                    break
                fill_table(hours, memory)
                search_sets(i, case, memory, kept[r], plans[r])
            upper[r] = max(found.upper, found.best)
        if shared:
            move_seats(i, -1, case, kept[r], plans[r])
