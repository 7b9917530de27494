"""The best bundle of every officer at given prices, exactly: the pricing step of a cohort plan.

Sets of trainings are searched depth first in the order of value per hour, with three bounds:

- what a set closes: a training d cannot lift more than ``reach[d, k]`` of those still below
  level k, so a set leaves open at least ``(1 - reach)`` multiplied over its trainings, whatever
  the order;
- what the hours left can add: an exact knapsack over the trainings not yet looked at;
- a training that commutes with all others of the set closes what it closes alone.

Sets above the best so far go to :func:`competency.planning.sequence.best_sequence`. An officer
whose search stops early has the largest bound of what was not looked at as `upper`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from competency.planning.bundle_memory import (
    ALONE,
    MOST_UNITS,
    PASS,
    TIE,
    Frozen,
    Relations,
    Terms,
)
from competency.planning.problem import Catalogue, Limits, Officers
from competency.planning.search import (
    _compiled as compiled,
    fill_gain,
    level_held,
    may_enter,
    open_to,
    seat_of,
    training_gain,
)
from competency.planning.sequence import best_sequence


class Case(NamedTuple):
    """Everything a search reads."""

    catalogue: Catalogue
    officers: Officers
    limits: Limits
    relations: Relations
    frozen: Frozen
    terms: Terms


@compiled
def begin_officer(i, case, memory):
    """Write the officer's beliefs, the gap open at each level, and what each row closes."""
    probs, worth = case.officers.probs[i], case.officers.worth[i]
    held = memory.held[0]
    for c in range(len(held)):
        tail = 0.0
        for k in range(probs.shape[1] - 1, -1, -1):
            memory.probs[0, c, k] = probs[c, k]
            tail += probs[c, k]
            memory.missing[0, c, k] = worth[c, k] * max(1.0 - tail, 0.0) if k > 0 else 0.0
        held[c] = level_held(probs[c], case.limits.entry_probability)
    fill_gain(worth, case.catalogue, memory.gain)
    for t in range(len(memory.item_of)):
        memory.item_of[t] = -1


@compiled
def list_frozen(i, case, memory):
    """Make the settled steps items, the first of them; return the hours and cost that are left."""
    found = memory.found[0]
    found.items = found.count = 0
    hours, cost = case.officers.budget[i, 0], case.officers.budget[i, 1]
    for s in range(case.frozen.first[i], case.frozen.first[i + 1]):
        step = case.frozen.steps[s]
        training = case.catalogue.trainings[step.training]
        option = memory.options[found.count]
        option.session, option.slot, option.price = step.session, -1, 0.0
        option.start, option.end = step.start, step.end
        found.count += 1
        add_item(i, step.training, found.count - 1, case, memory)
        memory.items[found.items - 1].frozen = True
        hours -= training.hours
        cost -= training.cost
    found.frozen = found.items
    return hours, cost


@compiled
def add_item(i, t, first_option, case, memory):
    """Make training t, whose options begin at `first_option`, the last item."""
    found = memory.found[0]
    training, item = case.catalogue.trainings[t], memory.items[found.items]
    item.training, item.hours, item.cost, item.days = (
        t,
        training.hours,
        training.cost,
        training.days,
    )
    item.first_option, item.last_option = first_option, found.count
    item.extra = case.terms.per_hour[i] * training.hours
    if case.officers.mandatory[i, t]:
        item.extra += case.terms.duty
    item.frozen = item.useful = False
    item.gain = item.most = training_gain(
        training, memory.probs[0], memory.gain, case.catalogue.develops
    )
    item.ready = may_enter(
        training, memory.held[0], memory.taken, case.officers.passed[i], case.catalogue
    )
    item.price = np.inf
    for option in range(first_option, found.count):
        item.price = min(item.price, memory.options[option].price)
    memory.item_of[t] = found.items
    found.items += 1


@compiled
def list_options(i, t, case, memory):
    """List the open ways to take training t; return whether there is one."""
    found, terms, catalogue = memory.found[0], case.terms, case.catalogue
    training, region = catalogue.trainings[t], case.officers.region[i]
    before, n_trainings = found.count, len(catalogue.trainings)
    if not training.offered or not open_to(training.region, region):
        return False
    if not training.dated:
        slot = seat_of(-1, t, n_trainings, terms.seats)
        if terms.seats[slot] > 0 and training.days <= case.limits.horizon:
            option = memory.options[found.count]
            option.session, option.slot, option.start, option.end = -1, slot, -1, -1
            option.price = terms.prices[slot]
            found.count += 1
    else:
        for s in range(training.first_session, training.last_session):
            session = catalogue.sessions[s]
            if terms.seats[session.number] > 0 and open_to(session.region, region):
                option = memory.options[found.count]
                option.session = option.slot = session.number
                option.start, option.end = session.start, session.end
                option.price = terms.prices[session.number]
                found.count += 1
    return found.count > before


@compiled
def list_items(i, hours, cost, case, memory):
    """Make an item of every training that the officer might take."""
    for t in range(len(case.catalogue.trainings)):
        training = case.catalogue.trainings[t]
        if memory.item_of[t] >= 0 or case.officers.passed[i, t]:
            continue
        if training.hours > hours or training.cost > cost:
            continue
        first = memory.found[0].count
        if list_options(i, t, case, memory):
            add_item(i, t, first, case, memory)


@compiled
def bound_items(i, hours, case, memory):
    """Bound what each item can close in any set that fits the hours."""
    relations = case.relations
    for k in range(memory.found[0].items):
        item = memory.items[k]
        training, lifted = case.catalogue.trainings[item.training], False
        for x in range(relations.first[item.training], relations.first[item.training + 1]):
            other = memory.item_of[relations.influences[x]]
            if other >= 0 and fit_together(item, memory.items[other], hours):
                memory.items[other].useful = lifted = True
        if lifted:
            item.most = reachable(training, memory.missing[0], case)
        if not (item.ready or item.frozen or can_be_entered(i, k, hours, case, memory)):
            item.most = -np.inf
        item.bound = item.most + item.extra - item.price


@compiled
def fit_together(one, other, hours):
    """Whether two items can be in one set."""
    return one.frozen or other.frozen or one.hours + other.hours <= hours


@compiled
def can_be_entered(i, k, hours, case, memory):
    """Whether the prerequisites of an item fit beside it, and its entry levels may be reached."""
    item, catalogue = memory.items[k], case.catalogue
    training, match = catalogue.trainings[item.training], 0.0
    for p in range(training.first_prerequisite, training.last_prerequisite):
        before = catalogue.prerequisites[p]
        other = memory.item_of[before]
        if not case.officers.passed[i, before] and (
            other < 0 or not fit_together(item, memory.items[other], hours)
        ):
            return False
    asked = training.last_entry - training.first_entry
    for e in range(training.first_entry, training.last_entry):
        entry = catalogue.entries[e]
        held = min(memory.held[0, entry.competency], entry.level)
        if held < entry.level and can_rise(k, entry.competency, hours, case, memory):
            held = entry.level
        match += held / entry.level
    return asked == 0 or match / asked >= training.entry_match - TIE


@compiled
def can_rise(k, competency, hours, case, memory):
    """Whether an item that fits beside item k develops a competency."""
    relations, item, catalogue = case.relations, memory.items[k], case.catalogue
    for x in range(relations.first[item.training], relations.first[item.training + 1]):
        t = relations.influences[x]
        other = memory.item_of[t]
        if other >= 0 and fit_together(item, memory.items[other], hours):
            training = catalogue.trainings[t]
            for d in range(training.first_develop, training.last_develop):
                if catalogue.develops[d] == competency:
                    return True
    return False


@compiled
def reachable(training, missing, case):
    """Most that a training can close of what is missing."""
    total = 0.0
    for d in range(training.first_develop, training.last_develop):
        c = case.catalogue.develops[d]
        for k in range(1, missing.shape[1]):
            total += missing[c, k] * case.relations.reach[d, k]
    return total


@compiled
def sort_items(case, memory):
    """Leave out items that bring nothing, and sort the others by value per hour."""
    found, items = memory.found[0], memory.items
    spare = len(items) - 1
    last = found.frozen
    for k in range(found.frozen, found.items):
        least = -np.inf if items[k].useful else TIE - floor_reward(items[k].hours, case.terms)
        if items[k].bound <= least:
            continue
        items[spare] = items[k]
        place = last
        while place > found.frozen and worse(items[place - 1], items[spare]):
            items[place] = items[place - 1]
            place -= 1
        items[place] = items[spare]
        last += 1
    found.items = last


@compiled
def worse(one, other):
    """Whether an item brings less for its hours than another; at a tie the order stays."""
    return one.bound * max(other.hours, TIE) < other.bound * max(one.hours, TIE)


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
def floor_reward(hours, terms):
    """What is paid for hours up to the floor."""
    return terms.floor_reward * min(hours, terms.floor)


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
    found, depth, k, is_new = memory.found[0], 0, 0, True
    node = memory.nodes[0]
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
        net += terms.duty if case.officers.mandatory[i, t] else 0.0
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


@njit(cache=True, nogil=True, _nrt=False, error_model="numpy")  # type: ignore[call-overload]
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
