"""One round of the beam, compiled: every training after a node is looked at, the best are kept."""

from __future__ import annotations

import numpy as np

from competency.compiled import compiled, vectorised
from competency.planning.objectives import POSITIONS
from competency.planning.officer.nodes import write_step
from competency.planning.officer.pool import TIE, keep, mixed
from competency.planning.officer.promise import promise_of
from competency.planning.officer.rules import find_dates, seat_of
from competency.planning.officer.value import come_nearer, count_positions

STATE_SHIFT, STATE_DIGITS = 1e3, 1e9
"""With `exact`, states are told apart to nine digits, after a shift that makes them positive."""
LARGE = 1e300
"""Beyond any value."""


@vectorised
def glance(look, profit, priced, hours, cost, loss, credit, left_hours, left_cost, hour_price,
           cost_price, floor, goal, hope):  # fmt: skip
    """Write into `look` which trainings after a node deserve a look (``>= 0``).

    `floor` and `goal` are the score and the value that a step must add to be kept or to make the
    best plan so far, `hope` the score of the best step after the node. Return the highest change
    of the bound among those that are dropped.
    """
    dropped = -LARGE
    for u in range(len(profit)):
        score = (
            profit[u] - hour_price * hours[u] - cost_price * cost[u] + max(credit[u] - hope, 0.0)
        )
        most = max(score - floor, profit[u] - goal)
        fits = profit[u] >= 0.0 and hours[u] <= left_hours and cost[u] <= left_cost
        look[u] = most if fits else -LARGE
        below = priced[u] - loss[u] if fits and most < 0.0 else -LARGE
        dropped = max(dropped, below)
    return dropped


@compiled
def look_after(now, node, depth, i, officers, limits, memory):
    """Find the trainings that deserve a look after a node, and note what is dropped."""
    best, parent, count = memory.best[0], memory.nodes[now, node], memory.best[0].usable
    last = depth + 1 == limits.max_steps
    hour_price, cost_price = memory.price[0, 0], memory.price[0, 1]
    base = parent.value - hour_price * parent.hours - cost_price * parent.cost
    floor = -LARGE if limits.objective == POSITIONS else LARGE if last else best.floor - base
    dropped = glance(
        memory.look, memory.profit[now, node, :count], memory.priced[now, node, :count],
        memory.hours, memory.cost, memory.loss, memory.credit,
        officers.budget[i, 0] - parent.hours, min(officers.budget[i, 1] - parent.cost, LARGE),
        hour_price, cost_price, floor, best.value - parent.value - TIE, parent.hope,
    )  # fmt: skip
    if not last:
        best.dropped = max(best.dropped, parent.bound + dropped)


@compiled
def fill_candidate(candidate, u, i, now, node, officers, memory):
    """Fill the totals after the usable training u."""
    parent, profit = memory.nodes[now, node], memory.profit[now, node, u]
    candidate.parent, candidate.training = node, memory.usable[u]
    candidate.hours, candidate.cost = parent.hours + memory.hours[u], parent.cost + memory.cost[u]
    candidate.duties = parent.duties + officers.mandatory[i, candidate.training]
    candidate.value, candidate.closed = parent.value + profit, parent.closed + profit
    candidate.state = parent.state + memory.mark[now, node, u]
    candidate.bound = parent.bound + memory.priced[now, node, u] - memory.loss[u]
    candidate.score = candidate.value - memory.price[0, 0] * candidate.hours
    candidate.score -= memory.price[0, 1] * candidate.cost
    candidate.score += promise_of(
        u, parent, officers.budget[i, 0] - candidate.hours, memory.profit[now, node],
        memory.taken[now, node], memory,
    )  # fmt: skip


@compiled
def count_for(candidate, u, depth, i, now, node, officers, limits, catalogue, memory):
    """Fill value, bound and score of a candidate where positions are counted."""
    best, trial = memory.best[0], memory.excess[0, -1]
    training = catalogue.trainings[memory.usable[u]]
    probs, missing = memory.probs[now, node], memory.excess[now, node]
    held = memory.held[now, node]
    come_nearer(
        training, probs, held, missing, trial, catalogue, memory.match, limits.entry_probability
    )
    steps = np.float32(limits.max_steps - depth - 1)
    hours = np.float32(officers.budget[i, 0] - candidate.hours + 1e-6)
    count, possible, potential = count_positions(trial, memory.reach, steps, hours)
    bonus = candidate.duties * best.bonus
    candidate.value = count + candidate.closed / (candidate.closed + 1.0) + bonus
    candidate.bound = possible + 1.0 + best.bonus * best.due
    candidate.score = potential + bonus


@compiled
def beats(value, hours, end, best):
    """Whether a plan is better than the best: more value, then fewer hours, then an earlier end."""
    if abs(value - best.value) > TIE:
        return value > best.value
    if abs(hours - best.hours) > TIE:
        return hours < best.hours
    return end < best.end


@compiled
def note_best(candidate, now, depth, i, memory, out):
    """Write the plan that a candidate completes to `out` if it is the best so far."""
    best = memory.best[0]
    if not beats(candidate.value, candidate.hours, candidate.end, best):
        return
    best.value, best.hours, best.end = candidate.value, candidate.hours, candidate.end
    best.duties, best.steps = candidate.duties, depth + 1
    for s in range(depth):
        out[i, s] = memory.steps[now, candidate.parent, s]
    write_step(candidate, out[i, depth])


@compiled
def state_key(state):
    """A hash of the beliefs that a node or candidate has come to."""
    return mixed(np.uint64((state + STATE_SHIFT) * STATE_DIGITS))


@compiled
def expand(i, now, node, count, depth, width, officers, limits, seats, catalogue, memory, out):
    """Look at every training after a node; return how many candidates there are then."""
    best, candidate = memory.best[0], memory.found[-1]
    region, day, key = officers.region[i], memory.nodes[now, node].end, memory.nodes[now, node].key
    last, n_trainings = depth + 1 == limits.max_steps, len(catalogue.trainings)
    look_after(now, node, depth, i, officers, limits, memory)
    for u in range(best.usable):
        if memory.look[u] < 0.0:
            continue
        fill_candidate(candidate, u, i, now, node, officers, memory)
        if limits.objective == POSITIONS:
            count_for(candidate, u, depth, i, now, node, officers, limits, catalogue, memory)
        if not beats(candidate.bound, candidate.hours, day, best):
            continue
        if (last or candidate.score < best.floor) and candidate.value < best.value - TIE:
            best.dropped = best.dropped if last else max(best.dropped, candidate.bound)
            continue
        t = candidate.training
        if not find_dates(
            candidate,
            catalogue.trainings[t],
            seats[seat_of(-1, t, n_trainings, seats)],
            day,
            region,
            seats,
            catalogue.sessions,
            limits.horizon,
        ):
            continue
        note_best(candidate, now, depth, i, memory, out)
        if last:
            continue
        candidate.key = key ^ mixed(np.uint64(t))
        if limits.exact:  # the key of the node holds its state: it goes, and the new one comes
            candidate.key ^= state_key(memory.nodes[now, node].state) ^ state_key(candidate.state)
        count = keep(candidate, count, width, memory.found, memory.table, memory.score, best)
    return count
