"""One round of the beam, compiled: trainings after a node become candidates, the best stay."""

from __future__ import annotations

import numpy as np

from competency.compiled import compiled, vectorised
from competency.planning.officer.nodes import credit_of, write_step
from competency.planning.officer.records import TIE
from competency.planning.officer.rules import find_dates, seat_of
from competency.planning.officer.value import count_for, is_counted

STATE_SHIFT, STATE_DIGITS = 1e3, 1e9
"""With `exact`, states are distinguished to nine digits, after a shift that makes them positive."""
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
    floor = -LARGE if is_counted(limits) else LARGE if last else best.floor - base
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
    candidate.mandatory = parent.mandatory + officers.mandatory[i, candidate.training]
    candidate.value, candidate.closed = parent.value + profit, parent.closed + profit
    candidate.state = parent.state + memory.mark[now, node, u]
    candidate.bound = parent.bound + memory.priced[now, node, u] - memory.loss[u]
    candidate.score = candidate.value - memory.price[0, 0] * candidate.hours
    candidate.score -= memory.price[0, 1] * candidate.cost
    candidate.score += credit_of(
        u, parent, officers.budget[i, 0] - candidate.hours, memory.profit[now, node],
        memory.taken[now, node], memory,
    )  # fmt: skip


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
    best.mandatory, best.steps = candidate.mandatory, depth + 1
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
        if is_counted(limits):
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


@compiled
def mixed(number):
    """A 64-bit hash of an unsigned number (the finaliser of splitmix64)."""
    z = (number + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@compiled
def keep(candidate, count, width, found, table, score, best):
    """Put a candidate among the `count` found; return how many there are then.

    Of two with one key (a set of trainings) one stays: where they lead to the same beliefs and
    value, the earlier; else the one of higher value, and what is lost with the other is noted.
    """
    home = home_of(candidate.key, table)
    q = table[home]
    if q < count and found[q].key == candidate.key:
        if replaces(candidate, found[q], best):
            found[q] = candidate
        return count
    if candidate.score >= best.floor and count == len(found) - 1:
        count = thin(count, width, found, table, score, best)
    if candidate.score < best.floor:
        best.dropped = max(best.dropped, candidate.bound)
        return count
    found[count] = candidate
    table[home] = count
    return count + 1


@compiled
def home_of(key, table):
    """Where the last candidate with such a key is noted; others may have displaced it."""
    return np.int64(key & np.uint64(len(table) - 1))


@compiled
def replaces(candidate, other, best):
    """Whether a candidate is better than another with the same key."""
    same = abs(candidate.state - other.state) <= TIE
    same = same and abs(candidate.value - other.value) <= TIE
    better = candidate.end < other.end if same else candidate.value > other.value + TIE
    if not same:
        best.dropped = max(best.dropped, other.bound if better else candidate.bound)
    return better


@compiled
def thin(count, width, found, table, score, best):
    """Keep the `width` candidates with the highest scores, in their order; return how many."""
    if count <= width:
        return count
    best.floor = nth_highest(score, found, count, width)
    ties = width
    for q in range(count):
        ties -= found[q].score > best.floor
    kept = 0
    for q in range(count):
        one = found[q]
        if one.score > best.floor or (one.score == best.floor and ties > 0):
            ties -= one.score == best.floor
            found[kept] = one
            table[home_of(one.key, table)] = kept
            kept += 1
        else:
            best.dropped = max(best.dropped, one.bound)
    return kept


@compiled
def nth_highest(score, found, count, n):
    """Return the n-th highest score of the first `count` candidates (Hoare's selection)."""
    for q in range(count):
        score[q] = found[q].score
    low, high, wanted = 0, count - 1, n - 1
    while low < high:
        pivot = score[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while score[i] > pivot:
                i += 1
            while score[j] < pivot:
                j -= 1
            if i <= j:
                score[i], score[j] = score[j], score[i]
                i, j = i + 1, j - 1
        if wanted <= j:
            high = j
        elif wanted >= i:
            low = i
        else:
            return score[wanted]
    return score[wanted]
