"""Nodes of the beam, compiled: an officer before the first step, and after one more.

A node keeps what every usable training is worth after it. A step changes that only for the
trainings that develop or ask for what it moved, or that waited for it; all others are copied.
"""

from __future__ import annotations

import numpy as np

from competency.compiled import compiled
from competency.planning.objectives import POSITIONS
from competency.planning.officer.pool import TIE
from competency.planning.officer.promise import best_step
from competency.planning.officer.rules import (
    level_held,
    may_enter,
    mean_of,
    opens_entry,
    take,
)
from competency.planning.officer.value import come_nearer, row_profit


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
    node.end = node.duties = 0
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
        duty = officers.mandatory[i, t]
        if (
            duty
            or training.enables
            or profit >= least
            or opens_entry(
                training, probs, held, memory.sought, catalogue, limits.entry_probability
            )
        ):
            bonus = memory.best[0].bonus if duty else 0.0
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
        node.end, node.duties = one.end, one.duties
        memory.taken[then, q, t] = True
        probs, held = memory.probs[then, q], memory.held[then, q]
        if limits.objective == POSITIONS:
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
