"""One officer's best sequence: a beam search over beliefs, with prices and a bound.

A partial plan is a node of the beam: the beliefs after its steps, hours, cost and the last day
used. Each round appends one training, in its earliest open session after that day, to every node.
Prices on hours, money, steps and gaps (:mod:`competency.planning.dual`) bound what can follow
from a node: what cannot beat the best plan found so far is left out with proof, and of the rest
the `width` candidates of highest bound are kept, one for each set of trainings. The highest bound
of all that was dropped without proof is the bound of the plan; where nothing was, the plan is
the best there is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from competency.arrays import Floats, Ints
from competency.planning.dual import set_prices
from competency.planning.objective import GAP, POSITIONS, REQUIREMENTS
from competency.planning.pool import TIE, keep, mixed, thin
from competency.planning.problem import Problem, Records
from competency.planning.records import STEP, make_buffers
from competency.planning.rules import (
    compiled,
    find_dates,
    level_held,
    may_enter,
    opens_entry,
    seat_of,
    take,
    vectorised,
)
from competency.planning.value import (
    NEAR,
    come_nearer,
    count_positions,
    fill_gaps,
    fill_positions,
    fill_requirements,
    mean_of,
    reached,
    row_profit,
)

STATE_SHIFT, STATE_DIGITS = 1e3, 1e9
"""With `exact`, states are told apart to nine digits, after a shift that makes them positive."""
LARGE = 1e300
"""Beyond any value."""
WIDER, WIDEST = 8, 32_768
"""With `exact`, how much wider each next beam is, and the widest: a gigabyte at most."""


class Found(NamedTuple):
    """Plans of all officers as arrays.

    `steps` (records of dtype `STEP`, shape (n_officers, max_steps)) holds `count` steps of each
    officer, and then nothing that means anything; `value` is what each plan reaches of the
    objective and `bound` what no plan can exceed.
    """

    steps: Records
    count: Ints
    value: Floats
    bound: Floats


@compiled
def fill_usable(i, officers, limits, seats, catalogue, memory):
    """List the trainings that officer i could take at some time, budgets and dates alone."""
    best, candidate, region = memory.best[0], memory.found[-1], officers.region[i]
    best.usable = 0
    for c in range(len(memory.sought)):
        memory.sought[c] = 0
    for t in range(len(catalogue.trainings)):
        training, memory.place[t] = catalogue.trainings[t], -1
        if officers.passed[i, t] or training.hours > officers.budget[i, 0]:
            continue
        if training.cost > officers.budget[i, 1]:
            continue
        free = seats[seat_of(-1, t, len(catalogue.trainings), seats)]
        if find_dates(
            candidate, training, free, 0, region, seats, catalogue.sessions, limits.horizon
        ):
            memory.usable[best.usable], memory.place[t] = t, best.usable
            memory.hours[best.usable] = training.hours
            memory.cost[best.usable] = training.cost
            best.usable += 1
            for e in range(training.first_entry, training.last_entry):
                entry = catalogue.entries[e]
                memory.sought[entry.competency] = max(memory.sought[entry.competency], entry.level)


@compiled
def prepare(i, officers, limits, seats, catalogue, memory):
    """Fill everything that stays the same during the search for officer i."""
    best = memory.best[0]
    best.steps = best.duties = best.end = 0
    best.value = best.hours = 0.0
    best.dropped = -np.inf
    fill_usable(i, officers, limits, seats, catalogue, memory)
    fill_gaps(i, officers, catalogue, memory)
    if limits.objective == POSITIONS:
        fill_positions(i, officers, limits, catalogue, memory)
        best.bonus = len(memory.excess[0, 0]) + 2.0
        best.bound = np.inf
        return
    if limits.objective == REQUIREMENTS:
        for c in range(len(memory.asked)):
            memory.asked[c] = officers.required[i, 0, c]
        fill_requirements(officers.probs[i], catalogue, memory)
    best.bonus = 1.0  # above the value of any plan without
    for c in range(len(memory.room)):
        best.bonus += memory.room[c]
    memory.budget[0], memory.budget[1] = officers.budget[i, 0], officers.budget[i, 1]
    memory.budget[2] = limits.max_steps
    for r in range(len(memory.budget)):
        memory.price[0, r] = 0.0
    if memory.budget[0] > 0.0:
        memory.price[0, 0] = (best.bonus - 1.0) / memory.budget[0]
    for c in range(len(memory.room)):
        memory.cap[0, c] = 0.0
    set_prices(i, officers, catalogue, memory)


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
        if duty or training.enables or profit >= least or opens_entry(
            training, probs, held, memory.sought, catalogue, limits.entry_probability
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


@vectorised
def glance(profit, priced, memory, left_hours, left_cost, floor, goal):
    """Write which trainings after a node deserve a look (``>= 0``) into `memory.look`.

    `floor` and `goal` are the score and the value that a step must add to be kept or to make the
    best plan so far. Return the highest change of the bound among those that are dropped.
    """
    hour_price, cost_price, dropped = memory.price[0, 0], memory.price[0, 1], -LARGE
    for u in range(memory.best[0].usable):
        score = profit[u] - hour_price * memory.hours[u] - cost_price * memory.cost[u]
        look = max(score - floor, profit[u] - goal)
        fits = (
            profit[u] >= 0.0 and memory.hours[u] <= left_hours and memory.cost[u] <= left_cost
        )
        memory.look[u] = look if fits else -LARGE
        below = priced[u] - memory.loss[u] if fits and look < 0.0 else -LARGE
        dropped = max(dropped, below)
    return dropped


@compiled
def look_after(now, node, depth, i, officers, limits, memory):
    """Find the trainings that deserve a look after a node, and note what is dropped."""
    best, parent = memory.best[0], memory.nodes[now, node]
    last = depth + 1 == limits.max_steps
    base = parent.value - memory.price[0, 0] * parent.hours - memory.price[0, 1] * parent.cost
    floor = -LARGE if limits.objective == POSITIONS else LARGE if last else best.floor - base
    dropped = glance(
        memory.profit[now, node], memory.priced[now, node], memory,
        officers.budget[i, 0] - parent.hours, min(officers.budget[i, 1] - parent.cost, LARGE),
        floor, best.value - parent.value - TIE,
    )
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


@compiled
def count_for(candidate, u, depth, i, now, node, officers, limits, catalogue, memory):
    """Fill value, bound and score of a candidate where positions are counted."""
    best, trial = memory.best[0], memory.excess[0, -1]
    training = catalogue.trainings[memory.usable[u]]
    probs, missing = memory.probs[now, node], memory.excess[now, node]
    come_nearer(training, probs, missing, trial, catalogue, memory.slope)
    steps = np.float32(limits.max_steps - depth - 1)
    hours = np.float32(officers.budget[i, 0] - candidate.hours + 1e-6)
    count, possible, potential = count_positions(trial, memory.reach, steps, hours)
    bonus = candidate.duties * best.bonus
    candidate.value = count + candidate.closed / (candidate.closed + 1.0) + bonus
    candidate.bound = possible + 1.0 + bonus
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
def write_step(candidate, step):
    """Copy what a candidate adds to a plan."""
    step.training, step.session = candidate.training, candidate.session
    step.start, step.end = candidate.start, candidate.end


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
                training, probs, memory.excess[now, one.parent], memory.excess[then, q],
                catalogue, memory.slope,
            )
        take(training, probs, held, catalogue, limits.entry_probability, memory.after)
        memory.profit[then, q, memory.place[t]] = -1.0
        listed = list_again(t, catalogue, memory)
        weigh_listed(listed, i, then, q, officers, limits, catalogue, memory)


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
            candidate, catalogue.trainings[t], seats[seat_of(-1, t, n_trainings, seats)], day,
            region, seats, catalogue.sessions, limits.horizon,
        ):
            continue
        note_best(candidate, now, depth, i, memory, out)
        if last:
            continue
        candidate.key = key ^ mixed(np.uint64(t))
        if limits.exact:
            candidate.key ^= mixed(np.uint64((candidate.state + STATE_SHIFT) * STATE_DIGITS))
        count = keep(
            candidate, count, width, memory.found, memory.table, memory.score, best
        )
    return count


@compiled
def run_beam(i, width, officers, limits, seats, catalogue, memory, out):
    """Search with a beam of some width; better plans than before go to row i of `out`."""
    begin(i, 0, officers, limits, catalogue, memory)
    best = memory.best[0]
    best.dropped = -np.inf
    now, size = 0, 1
    for depth in range(limits.max_steps):
        count, best.floor = 0, -LARGE
        for node in range(size):
            one = memory.nodes[now, node]
            if depth > 0 and not beats(one.bound, one.hours, one.end, best):
                continue
            count = expand(
                i, now, node, count, depth, width, officers, limits, seats,
                catalogue, memory, out,
            )
        count = thin(count, width, memory.found, memory.table, memory.score, best)
        if count == 0:
            return
        advance(i, now, count, depth, officers, limits, catalogue, memory)
        now, size = 1 - now, count


@compiled
def search_officer(i, officers, limits, seats, catalogue, memory, out):
    """Write officer i's best plan into row i of `out`."""
    prepare(i, officers, limits, seats, catalogue, memory)
    run_beam(i, limits.width, officers, limits, seats, catalogue, memory, out)


@compiled
def replay(i, skipped, steps, officers, limits, catalogue, memory, out):
    """Recompute the gains of officer i's plan without step `skipped`.

    Return whether every other step may still be entered in its turn; only then are the gains in
    `out` changed. The state after it is left in node 0 of the beam.
    """
    begin(i, 0, officers, limits, catalogue, memory)
    probs, held, taken = memory.probs[0, 0], memory.held[0, 0], memory.taken[0, 0]
    for s in range(steps):
        t = out[i, s].training
        training = catalogue.trainings[t]
        if s != skipped:
            if not may_enter(training, held, taken, officers.passed[i], catalogue):
                return False
            gain = 0.0
            for d in range(training.first_develop, training.last_develop):
                gain += mean_of(memory.gain[d], probs[catalogue.develops[d]])
            memory.steps[0, 0, s].gain = gain
            taken[t] = True
            take(training, probs, held, catalogue, limits.entry_probability, memory.after)
    for s in range(steps):
        out[i, s].gain = memory.steps[0, 0, s].gain
    return True


@compiled
def without_idle_steps(i, steps, officers, limits, catalogue, memory, out):
    """Drop, last first, each step that closes too little and that no later step needs."""
    for s in range(steps - 1, -1, -1):
        idle = out[i, s].gain < limits.minimum_gain
        idle = idle and not officers.mandatory[i, out[i, s].training]
        if idle and replay(i, s, steps, officers, limits, catalogue, memory, out):
            for later in range(s + 1, steps):
                out[i, later - 1] = out[i, later]
            steps -= 1
    return steps


@compiled
def value_of(i, steps, officers, limits, catalogue, memory, out):
    """What the plan in row i of `out` reaches of the objective."""
    replay(i, -1, steps, officers, limits, catalogue, memory, out)
    total, probs = 0.0, memory.probs[0, 0]
    if limits.objective == GAP:
        for s in range(steps):
            total += out[i, s].gain
        return total
    if limits.objective == REQUIREMENTS:
        total = 1.0
        for c in range(len(probs)):
            total *= reached(probs[c], memory.asked[c])
        return total
    for a in range(officers.required.shape[1]):
        have = whole = 0.0
        for c in range(len(probs)):
            weight = officers.weight[i, a, c]
            whole += weight * officers.required[i, a, c]
            for k in range(1, officers.required[i, a, c] + 1):
                have += weight * reached(probs[c], k)
        total += whole > 0.0 and have >= (limits.match - NEAR) * whole
    return total


@njit(cache=True, nogil=True, _nrt=False, error_model="numpy")  # type: ignore[call-overload]
def _search_all(officers, limits, seats, catalogue, shared, memory, out, count, value, bound):
    for i in range(len(count)):
        search_officer(i, officers, limits, seats, catalogue, memory, out)
        best = memory.best[0]
        bound[i] = max(best.dropped, best.value) - best.bonus * best.duties
        steps = best.steps
        replay(i, -1, steps, officers, limits, catalogue, memory, out)
        count[i] = without_idle_steps(i, steps, officers, limits, catalogue, memory, out)
        value[i] = value_of(i, count[i], officers, limits, catalogue, memory, out)
        for s in range(count[i] if shared else 0):
            step = out[i, s]
            seats[seat_of(step.session, step.training, len(catalogue.trainings), seats)] -= 1


def search_all(problem: Problem, seats: Ints, *, shared: bool) -> Found:
    """Plan officers in their order.

    Parameters
    ----------
    problem : Problem
    seats : Ints, shape (n_sessions + n_trainings,)
        Free seats of sessions, and of trainings without dates; with `shared`, each step takes
        one, in place.
    shared : bool

    Returns
    -------
    Found
    """
    catalogue, officers, limits, _ = problem
    n_officers, *shape = officers.probs.shape
    memory = make_buffers(limits, catalogue, (shape[0], shape[1]), n_aims=officers.weight.shape[1] if limits.objective == POSITIONS else 0)
    steps = np.zeros((n_officers, limits.max_steps), STEP)
    count = np.zeros(n_officers, np.int64)
    value, bound = np.zeros(n_officers), np.zeros(n_officers)
    _search_all(officers, limits, seats, catalogue, shared, memory, steps, count, value, bound)
    return Found(steps, count, value, bound)
