"""Nodes of the beam, compiled: an officer before the first step, and after one more.

A node keeps what every usable training is worth after it. A step changes that only for the
trainings that develop or ask for what it changed, or that waited for it; all others are copied.

A training of little worth may open one of much. A beam ordered by worth alone drops it before the
other is reached; so the score of a candidate counts by how much it opens a better step than there
is without it, at the prices of the search. This orders candidates only; values and bounds do not
change.
"""

from __future__ import annotations

import numpy as np

from competency.compiled import compiled, vectorised
from competency.planning.officer.records import TIE
from competency.planning.officer.rules import (
    level_held,
    lifted,
    may_enter,
    mean_of,
    opens_entry,
    take,
)
from competency.planning.officer.value import come_nearer, is_counted, row_profit


@compiled
def begin(i, half, officers, limits, catalogue, memory):
    """Make node 0 of a half of the beam officer i, who has taken nothing yet."""
    start = officers.probs[i]
    for c in range(len(start)):
        for k in range(start.shape[1]):
            memory.probs[half, 0, c, k] = start[c, k]
        memory.held[half, 0, c] = level_held(start[c], limits.entry_probability)
    for t in range(memory.taken.shape[2]):
        memory.taken[half, 0, t] = False
    node = memory.nodes[half, 0]
    node.key = np.uint64(0)
    node.end = node.mandatory = 0
    node.value = node.closed = node.hours = node.cost = node.state = 0.0
    node.bound = memory.best[0].bound
    for u in range(memory.best[0].usable):
        memory.listed[u] = u
    weigh_listed(memory.best[0].usable, i, half, 0, officers, limits, catalogue, memory)
    fill_hope(node, memory.profit[half, 0, : memory.best[0].usable], i, officers, memory)


@compiled
def weigh_listed(count, i, half, q, officers, limits, catalogue, memory):
    """Write what each of the trainings listed is worth after node q, -1 where it cannot be taken.

    A loop over a list, with one place that calls what it calls: the compiler inlines that, and
    the large tuples are not handed on for each training.
    """
    taken, passed = memory.taken[half, q], officers.passed[i]
    probs, held = memory.probs[half, q], memory.held[half, q]
    least = max(limits.minimum_gain, TIE)
    for n in range(count):
        u = memory.listed[n]
        t = memory.usable[u]
        training = catalogue.trainings[t]
        memory.profit[half, q, u] = -1.0
        if taken[t] or not may_enter(training, held, taken, passed, catalogue):
            continue
        profit = priced = mark = 0.0
        for d in range(training.first_develop, training.last_develop):
            c = catalogue.develops[d]
            part = row_profit(d, c, probs[c], limits.objective, memory)
            mark += mean_of(catalogue.mark[d], probs[c])
            profit += part
            priced += (1.0 - memory.cap[0, c]) * part
        mandatory = officers.mandatory[i, t]
        if (
            mandatory
            or training.enables
            or profit >= least
            or opens_entry(
                training, probs, held, memory.sought, catalogue, limits.entry_probability
            )
        ):
            bonus = memory.best[0].bonus if mandatory else 0.0
            memory.profit[half, q, u], memory.priced[half, q, u] = profit + bonus, priced + bonus
            memory.mark[half, q, u] = mark


@compiled
def list_again(t, catalogue, memory):
    """List the trainings for which it matters that t was taken; return how many."""
    count = 0
    for w in range(catalogue.first_waiting[t], catalogue.first_waiting[t + 1]):
        memory.listed[count] = memory.place[catalogue.waiting[w]]
        count += memory.listed[count] >= 0
    training = catalogue.trainings[t]
    for d in range(training.first_develop, training.last_develop):
        c = catalogue.develops[d]
        for w in range(catalogue.first_touching[c], catalogue.first_touching[c + 1]):
            memory.listed[count] = memory.place[catalogue.touching[w]]
            count += memory.listed[count] >= 0
    return count


@compiled
def advance(i, now, count, depth, officers, limits, catalogue, memory):
    """Write the nodes that follow from the candidates into the other half of the beam."""
    then = 1 - now
    for q in range(count):
        one = memory.found[q]
        t, node = one.training, memory.nodes[then, q]
        training = catalogue.trainings[t]
        copy_state(now, one.parent, then, q, memory)
        for s in range(depth):
            memory.steps[then, q, s] = memory.steps[now, one.parent, s]
        write_step(one, memory.steps[then, q, depth])
        node.key, node.state, node.value, node.bound = one.key, one.state, one.value, one.bound
        node.closed, node.hours, node.cost = one.closed, one.hours, one.cost
        node.end, node.mandatory = one.end, one.mandatory
        memory.taken[then, q, t] = True
        probs, held = memory.probs[then, q], memory.held[then, q]
        if is_counted(limits):
            come_nearer(
                training,
                probs,
                held,
                memory.excess[now, one.parent],
                memory.excess[then, q],
                catalogue,
                memory.match,
                limits.entry_probability,
            )
        take(training, probs, held, catalogue, limits.entry_probability, memory.after)
        memory.profit[then, q, memory.place[t]] = -1.0
        listed = list_again(t, catalogue, memory)
        weigh_listed(listed, i, then, q, officers, limits, catalogue, memory)
        fill_hope(node, memory.profit[then, q, : memory.best[0].usable], i, officers, memory)


@compiled
def fill_hope(node, profit, i, officers, memory):
    """Note the score of the best next step after a node."""
    node.hope = best_step(
        profit, memory.hours, memory.cost, officers.budget[i, 0] - node.hours,
        memory.price[0, 0], memory.price[0, 1],
    )  # fmt: skip


@compiled
def write_step(candidate, step):
    """Copy what a candidate adds to a plan."""
    step.training, step.session = candidate.training, candidate.session
    step.start, step.end = candidate.start, candidate.end


@compiled
def copy_state(now, node, then, q, memory):
    """Copy beliefs, levels and trainings taken from one node to another."""
    for c in range(memory.held.shape[2]):
        memory.held[then, q, c] = memory.held[now, node, c]
    for k in range(memory.flat.shape[2]):
        memory.flat[then, q, k] = memory.flat[now, node, k]
    for t in range(memory.taken.shape[2]):
        memory.taken[then, q, t] = memory.taken[now, node, t]
    for u in range(memory.best[0].usable):
        memory.profit[then, q, u] = memory.profit[now, node, u]
        memory.priced[then, q, u] = memory.priced[now, node, u]
        memory.mark[then, q, u] = memory.mark[now, node, u]


@compiled
def fill_credit(i, officers, limits, catalogue, memory):
    """Note, for each usable training, the best of those that it would help to open.

    A training that asks for a share of its entry levels only is opened by no one step.
    """
    best, probs, held = memory.best[0], memory.probs[0, 0], memory.held[0, 0]
    for u in range(best.usable):
        memory.credit[u], memory.opens[u] = 0.0, -1
    for u in range(best.usable):
        t = memory.usable[u]
        training = catalogue.trainings[t]
        worth = -memory.price[0, 0] * training.hours - memory.price[0, 1] * training.cost
        for d in range(training.first_develop, training.last_develop):
            worth += memory.top[d]
        if memory.profit[0, 0, u] >= 0.0 or worth <= 0.0 or training.entry_match < 1.0:
            continue
        for p in range(training.first_prerequisite, training.last_prerequisite):
            other = catalogue.prerequisites[p]
            if not officers.passed[i, other]:
                note_opener(memory.place[other], u, worth, memory.credit, memory.opens)
        for e in range(training.first_entry, training.last_entry):
            c, level = catalogue.entries[e].competency, catalogue.entries[e].level
            if held[c] >= level:
                continue
            for w in range(catalogue.first_touching[c], catalogue.first_touching[c + 1]):
                opener = memory.place[catalogue.touching[w]]
                if opener < 0 or opener == u or memory.profit[0, 0, opener] < 0.0:
                    continue
                row = catalogue.trainings[memory.usable[opener]]
                for d in range(row.first_develop, row.last_develop):
                    if catalogue.develops[d] == c and level <= lifted(
                        d, probs[c], held[c], catalogue.rise, limits.entry_probability
                    ):
                        note_opener(opener, u, worth, memory.credit, memory.opens)


@compiled
def note_opener(opener, u, worth, credit, opens):
    """Note that a training opens u, if it opens nothing better."""
    if opener >= 0 and worth > credit[opener]:
        credit[opener], opens[opener] = worth, u


@vectorised
def best_step(profit, hours, cost, left_hours, hour_price, cost_price):
    """Return the score of the best next step, 0 at least."""
    best = 0.0
    for u in range(len(profit)):
        score = profit[u] - hour_price * hours[u] - cost_price * cost[u]
        fits = profit[u] >= 0.0 and hours[u] <= left_hours
        best = max(best, score if fits else 0.0)
    return best


@compiled
def credit_of(u, node, left_hours, profit, taken, memory):
    """By how much training u opens a better next step than the node leaves without it."""
    opened = memory.opens[u]
    if opened < 0 or memory.credit[u] <= node.hope or memory.hours[opened] > left_hours:
        return 0.0
    if profit[opened] >= 0.0 or taken[memory.usable[opened]]:
        return 0.0
    return memory.credit[u] - node.hope
