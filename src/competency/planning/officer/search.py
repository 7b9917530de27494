"""One officer's best sequence: a beam search over beliefs, with prices and a bound.

A partial plan is a node of the beam: the beliefs after its steps, hours, cost and the last day
used. Each round appends one training, in its earliest open session after that day, to every node.
Prices on hours, money, steps and gaps (:mod:`competency.planning.officer.dual`) bound what can
follow from a node: what cannot beat the best plan found so far is left out with proof. Of the rest
the `width` candidates are kept that are best by value less the price of the hours and money used,
with what they open (:mod:`competency.planning.officer.nodes`), one for each set of trainings. The
highest bound of all that was dropped without proof is the bound of the plan; where nothing was, the
plan is the best there is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from competency.arrays import Floats, Ints
from competency.compiled import compiled, entry_point
from competency.planning.objectives import PROVEN
from competency.planning.officer.dual import set_prices
from competency.planning.officer.expand import LARGE, beats, expand, thin
from competency.planning.officer.nodes import advance, begin, fill_credit
from competency.planning.officer.records import STEP, make_buffers
from competency.planning.officer.rules import find_dates, may_enter, seat_of, take, training_gain
from competency.planning.officer.value import fill_objective, stated_bound, value_of
from competency.planning.problem import Problem, Records, part_of, rows_of
from competency.threads import in_parts

WIDER, WIDEST = 8, 32_768
"""With `exact`, how much wider each next beam is, and the widest one."""
CHUNK = 16
"""Officers in one piece of work; fixed, so that nothing depends on the number of threads."""
MEMORY = 1 << 29
"""Bytes that a beam may take: half a gigabyte, so that the widest fits an office computer."""


class Found(NamedTuple):
    """Plans of all officers as arrays.

    `steps` (records of dtype `STEP`, shape (n_officers, max_steps)) holds `length` steps of each
    officer, and then nothing that means anything; `value` is what each plan reaches of the
    objective and `bound` what no plan can exceed.
    """

    steps: Records
    length: Ints
    value: Floats
    bound: Floats


@compiled
def fill_usable(i, officers, limits, seats, catalogue, memory):
    """List the trainings that officer i could take at some time, budgets and dates alone."""
    best, candidate, region = memory.best[0], memory.found[-1], officers.region[i]
    best.usable = best.due = 0
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
            best.due += officers.mandatory[i, t]
            for e in range(training.first_entry, training.last_entry):
                entry = catalogue.entries[e]
                memory.sought[entry.competency] = max(memory.sought[entry.competency], entry.level)


@compiled
def prepare(i, officers, limits, seats, catalogue, memory):
    """Fill everything that stays the same during the search for officer i."""
    best = memory.best[0]
    best.steps = best.mandatory = best.end = 0
    best.value = best.hours = 0.0
    best.dropped = -np.inf
    fill_usable(i, officers, limits, seats, catalogue, memory)
    if not fill_objective(i, officers, limits, catalogue, memory):
        return
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
def run_beam(i, width, officers, limits, seats, catalogue, memory, out):
    """Search with a beam of some width; better plans than before go to row i of `out`."""
    begin(i, 0, officers, limits, catalogue, memory)
    fill_credit(i, officers, limits, catalogue, memory)
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
                i,
                now,
                node,
                count,
                depth,
                width,
                officers,
                limits,
                seats,
                catalogue,
                memory,
                out,
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


@entry_point
def _search_all(officers, limits, seats, catalogue, shared, memory, out, count, value, bound):
    for i in range(len(count)):
        search_officer(i, officers, limits, seats, catalogue, memory, out)
        steps = memory.best[0].steps
        replay(i, -1, steps, officers, limits, catalogue, memory, out)
        count[i] = without_idle_steps(i, steps, officers, limits, catalogue, memory, out)
        replay(i, -1, count[i], officers, limits, catalogue, memory, out)
        value[i] = value_of(i, count[i], officers, limits, memory, out)
        bound[i] = max(stated_bound(limits, memory), value[i])
        for s in range(count[i] if shared else 0):
            step = out[i, s]
            seats[seat_of(step.session, step.training, len(catalogue.trainings), seats)] -= 1


def search_all(problem: Problem, seats: Ints, *, shared: bool) -> Found:
    """Plan officers in their order.

    `seats` are the free ones of sessions and then of trainings without dates, ``(n_sessions +
    n_trainings,)``; with `shared`, each step takes one, in place.
    """
    found = _run(problem, seats, shared=shared)
    width, widest = problem.limits.width, _widest(problem)
    near = problem.limits.near
    while problem.limits.exact and not shared and width < widest:
        rows = np.flatnonzero(found.bound > found.value + near)
        if not len(rows):
            break
        width = min(width * WIDER, widest)
        limits = problem.limits._replace(width=width)
        part = part_of(problem, rows)._replace(limits=limits)
        again = _run(part, seats, shared=False, workers=1)  # a wide beam fills the memory
        found.bound[rows] = np.minimum(found.bound[rows], again.bound)
        better = again.value > found.value[rows] + PROVEN
        for kept, new in zip(found, again, strict=True):
            kept[rows[better]] = new[better]
    return found


def _run(problem: Problem, seats: Ints, *, shared: bool, workers: int | None = None) -> Found:
    """Plan officers with one width of the beam; who shares seats is planned in one part."""
    catalogue, officers, limits, _ = problem
    n_officers, n_competencies, n_levels = officers.probs.shape
    n_aims = officers.weight.shape[1]
    found = Found(
        np.zeros((n_officers, limits.max_steps), STEP),
        np.zeros(n_officers, np.int64),
        *np.zeros((2, n_officers)),
    )

    def work(part: slice) -> None:
        memory = make_buffers(limits, catalogue, (n_competencies, n_levels), n_aims=n_aims)
        out = [values[part] for values in found]
        _search_all(rows_of(officers, part), limits, seats, catalogue, shared, memory, *out)

    in_parts(work, n_officers, size=max(n_officers, 1) if shared else CHUNK, workers=workers)
    return found


def _widest(problem: Problem) -> int:
    """Return the width at which the beam fills `MEMORY`, at most `WIDEST`."""
    limits = problem.limits._replace(width=1)
    aims, shape = problem.officers.weight.shape[1], problem.officers.probs.shape[1:]
    one = make_buffers(limits, problem.catalogue, (shape[0], shape[1]), n_aims=aims)
    by_node = sum(x.nbytes for x in (one.nodes, one.probs, one.profit, one.steps, one.found))
    return int(min(WIDEST, MEMORY // (by_node + 2 * one.profit.nbytes)))


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
            gain = training_gain(training, probs, memory.gain, catalogue.develops)
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
