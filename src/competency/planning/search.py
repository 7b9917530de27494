"""One officer's best sequence: a beam search over beliefs, with a price on hours.

A partial plan is a node of the beam: the beliefs after its steps, hours, cost and the last day
used. Each round appends one training, in its earliest open session after that day, to every node
and keeps the `width` best by ``value - price x hours``, one node for each set of trainings. The
price is the value per hour of the last training that still fits when trainings are taken by
value per hour (the dual of the fractional knapsack), so that short trainings are not crowded out.

The kernel is compiled with numba. Its buffers are made outside and its copies are loops, because
array creation and slice assignment triple the compile time; and since nothing is created,
references need not be counted (`_nrt`), which took three fifths of the time.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from competency.arrays import Bools, Floats, Ints
from competency.planning.problem import ANY_REGION, Limits, Problem, Records

MANDATORY = 1e6
"""Added to the value of a mandatory step: larger than any gap, so that these come first."""
TIE = 1e-9
"""Values closer than this are equal; then fewer hours, then the earlier end decide."""

STEP = np.dtype(
    [("training", "i8"), ("session", "i8"), ("start", "i8"), ("end", "i8"), ("gain", "f8")]
)
"""One step of a plan; session -1 is a training without dates, days count from `as_of`."""
NODE = np.dtype([("key", "u8"), ("value", "f8"), ("hours", "f8"), ("cost", "f8"), ("day", "i8")])
"""Totals of a partial plan; `key` identifies its set of trainings."""
CANDIDATE = np.dtype(
    [
        ("score", "f8"),
        ("key", "u8"),
        ("value", "f8"),
        ("parent", "i8"),
        ("training", "i8"),
        ("session", "i8"),
        ("start", "i8"),
        ("end", "i8"),
        ("gain", "f8"),
    ]
)
"""An extension of a node by one training."""

_compiled = njit(  # type: ignore[call-overload]
    nogil=True, _nrt=False, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True
)


class Buffers(NamedTuple):
    """Memory of one search. The beam lies twice, this round and the next: axis 0."""

    nodes: Records
    probs: Floats
    held: Ints
    taken: Bools
    steps: Records
    found: Records
    gain: Floats
    rate: Floats
    after: Floats


def make_buffers(limits: Limits, n_trainings: int, n_develops: int, shape: list[int]) -> Buffers:
    """Return unfilled memory for officers with beliefs of `shape` (competencies, levels)."""
    width, max_steps = limits.width, limits.max_steps
    return Buffers(
        nodes=np.zeros((2, width), NODE),
        probs=np.zeros((2, width, *shape)),
        held=np.zeros((2, width, shape[0]), np.int64),
        taken=np.zeros((2, width, n_trainings), bool),
        steps=np.zeros((2, width, max_steps), STEP),
        found=np.zeros(width + 1, CANDIDATE),  # the last one is being filled
        gain=np.zeros((n_develops, shape[1])),
        rate=np.zeros(n_trainings),
        after=np.zeros(shape[1]),
    )


@_compiled
def level_held(probs, probability):
    """Highest level whose probability of being reached is at least `probability`."""
    tail = 0.0
    for level in range(len(probs) - 1, 0, -1):
        tail += probs[level]
        if tail >= probability:
            return level
    return 0


@_compiled
def fill_gain(worth, catalogue, gain):
    """Fill ``gain[d, i]``: value of row d of develops for an officer at level i for certain."""
    n_develops, n_levels = gain.shape
    for d in range(n_develops):
        c = catalogue.develops[d]
        for i in range(n_levels):
            gain[d, i] = 0.0
            for k in range(1, n_levels):
                gain[d, i] += catalogue.rise[d, i, k] * worth[c, k]


@_compiled
def training_gain(training, probs, gain, develops):
    """Expected value of a training under the beliefs `probs`."""
    total = 0.0
    for d in range(training.first_develop, training.last_develop):
        for i in range(gain.shape[1]):
            total += probs[develops[d], i] * gain[d, i]
    return total


@_compiled
def move(probs, matrix, after):
    """Write the beliefs after a transition into `after`."""
    for j in range(len(probs)):
        after[j] = 0.0
        for i in range(j + 1):  # the matrix is upper triangular: no training takes away
            after[j] += probs[i] * matrix[i, j]


@_compiled
def take(training, probs, held, catalogue, probability, after):
    """Let a training move the beliefs `probs` and the levels `held`, in place."""
    for d in range(training.first_develop, training.last_develop):
        c = catalogue.develops[d]
        move(probs[c], catalogue.matrix[d], after)
        for k in range(len(after)):
            probs[c, k] = after[k]
        held[c] = level_held(after, probability)


@_compiled
def lifts_a_level(training, probs, held, catalogue, probability, after):
    """Whether a training lifts a level that counts as held, and so may open another's entry."""
    for d in range(training.first_develop, training.last_develop):
        c = catalogue.develops[d]
        move(probs[c], catalogue.matrix[d], after)
        if level_held(after, probability) > held[c]:
            return True
    return False


@_compiled
def may_enter(training, held, taken, passed, catalogue):
    """Whether prerequisites are behind the officer and enough entry levels are held."""
    for p in range(training.first_prerequisite, training.last_prerequisite):
        other = catalogue.prerequisites[p]
        if not (taken[other] or passed[other]):
            return False
    asked = training.last_entry - training.first_entry
    match = 0.0
    for e in range(training.first_entry, training.last_entry):
        entry = catalogue.entries[e]
        match += min(held[entry.competency], entry.level) / entry.level
    return asked == 0 or match / asked >= training.entry_match - 1e-9


@_compiled
def open_to(asked, region):
    """Whether an officer of `region` may come where `asked` is admitted."""
    return asked in (ANY_REGION, region)


@_compiled
def seat_of(session, t, n_trainings, seats):
    """Where the seats of a session, or of training t without one, are counted."""
    return session if session >= 0 else len(seats) - n_trainings + t


@_compiled
def find_dates(candidate, t, day, region, seats, catalogue, horizon):
    """Write the earliest way to take training t after `day`; return whether there is one."""
    training = catalogue.trainings[t]
    if not training.offered or not open_to(training.region, region):
        return False
    if not training.dated:
        candidate.session = -1
        candidate.start, candidate.end = day + 1, day + training.days
        free = seats[seat_of(-1, t, len(catalogue.trainings), seats)] > 0
        return free and candidate.end <= horizon
    for s in range(training.first_session, training.last_session):
        session = catalogue.sessions[s]
        if session.start > day and seats[session.number] > 0 and open_to(session.region, region):
            candidate.session = session.number
            candidate.start, candidate.end = session.start, session.end
            return True
    return False


@_compiled
def hour_price(probs, passed, budget, gain, catalogue, rate):
    """Value per hour of the last training that fits when the best rates are taken first."""
    for t in range(len(rate)):
        training = catalogue.trainings[t]
        rate[t] = 0.0
        if training.hours > 0 and training.offered and not passed[t]:
            rate[t] = training_gain(training, probs, gain, catalogue.develops) / training.hours
    while True:
        best = 0
        for t in range(1, len(rate)):
            if rate[t] > rate[best]:
                best = t
        price = rate[best]
        budget -= catalogue.trainings[best].hours
        if price <= 0.0 or budget <= 0.0:
            return price
        rate[best] = 0.0


@_compiled
def mixed(number):
    """A 64-bit hash of a training's number (the finaliser of splitmix64)."""
    z = np.uint64(number + 1) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@_compiled
def place_for(candidate, found, count):
    """Return where to keep a candidate among those found (-1: nowhere).

    A set of trainings is kept once, with its highest value or, at a tie, its earliest end.
    """
    for q in range(count):
        other = found[q]
        if other.key == candidate.key:
            tie = abs(candidate.value - other.value) <= TIE
            better = candidate.end < other.end if tie else candidate.value > other.value
            return q if better else -1
    if count < len(found):
        return count
    q = lowest(found)
    return q if candidate.score > found[q].score else -1


@_compiled
def lowest(found):
    """Index of the candidate with the lowest score."""
    worst = 0
    for q in range(1, len(found)):
        if found[q].score < found[worst].score:
            worst = q
    return worst


@_compiled
def fill_candidate(candidate, t, i, now, node, officers, limits, seats, catalogue, memory, price):
    """Fill a candidate for training t after a node; return whether it may and should be taken."""
    training = catalogue.trainings[t]
    parent, probs, held = memory.nodes[now, node], memory.probs[now, node], memory.held[now, node]
    hours = parent.hours + training.hours
    if memory.taken[now, node, t] or officers.passed[i, t] or hours > officers.budget[i, 0]:
        return False
    if parent.cost + training.cost > officers.budget[i, 1]:
        return False
    if not may_enter(training, held, memory.taken[now, node], officers.passed[i], catalogue):
        return False
    gain = training_gain(training, probs, memory.gain, catalogue.develops)
    mandatory = officers.mandatory[i, t]
    worthwhile = mandatory or training.enables or gain >= max(limits.minimum_gain, TIE)
    if not worthwhile and not lifts_a_level(
        training, probs, held, catalogue, limits.entry_probability, memory.after
    ):
        return False
    region = officers.region[i]
    if not find_dates(candidate, t, parent.day, region, seats, catalogue, limits.horizon):
        return False
    candidate.value = parent.value + gain + (MANDATORY if mandatory else 0.0)
    candidate.score = candidate.value - price * hours
    candidate.key = parent.key ^ mixed(t)
    candidate.parent, candidate.training, candidate.gain = node, t, gain
    return True


@_compiled
def advance(now, count, depth, limits, catalogue, memory):
    """Write the nodes that follow from the candidates into the other half of the beam."""
    then = 1 - now
    for q in range(count):
        one = memory.found[q]
        parent, training = memory.nodes[now, one.parent], catalogue.trainings[one.training]
        copy_state(now, one.parent, then, q, memory)
        for s in range(depth):
            memory.steps[then, q, s] = memory.steps[now, one.parent, s]
        node, step = memory.nodes[then, q], memory.steps[then, q, depth]
        node.key, node.value, node.day = one.key, one.value, one.end
        node.hours, node.cost = parent.hours + training.hours, parent.cost + training.cost
        step.training, step.session, step.gain = one.training, one.session, one.gain
        step.start, step.end = one.start, one.end
        memory.taken[then, q, one.training] = True
        probs, held = memory.probs[then, q], memory.held[then, q]
        take(training, probs, held, catalogue, limits.entry_probability, memory.after)


@_compiled
def copy_state(now, node, then, q, memory):
    """Copy beliefs, levels and trainings taken from one node to another."""
    for c in range(memory.held.shape[2]):
        memory.held[then, q, c] = memory.held[now, node, c]
        for k in range(memory.probs.shape[3]):
            memory.probs[then, q, c, k] = memory.probs[now, node, c, k]
    for t in range(memory.taken.shape[2]):
        memory.taken[then, q, t] = memory.taken[now, node, t]


@_compiled
def begin(start, half, memory, probability):
    """Make node 0 of a half of the beam an officer who has taken nothing yet."""
    for c in range(len(start)):
        for k in range(start.shape[1]):
            memory.probs[half, 0, c, k] = start[c, k]
        memory.held[half, 0, c] = level_held(start[c], probability)
    for t in range(memory.taken.shape[2]):
        memory.taken[half, 0, t] = False
    node = memory.nodes[half, 0]
    node.key, node.day = np.uint64(0), 0
    node.value = node.hours = node.cost = 0.0


@_compiled
def search_officer(i, officers, limits, seats, catalogue, memory, out):
    """Write officer i's best plan into row i of `out`; return its number of steps."""
    fill_gain(officers.worth[i], catalogue, memory.gain)
    price = hour_price(
        officers.probs[i], officers.passed[i], officers.budget[i, 0], memory.gain, catalogue,
        memory.rate,
    )  # fmt: skip
    begin(officers.probs[i], 0, memory, limits.entry_probability)
    candidate, found = memory.found[limits.width], memory.found[: limits.width]
    now, size, steps, value, hours = 0, 1, 0, 0.0, 0.0
    for depth in range(limits.max_steps):
        count, floor = 0, -np.inf  # below the floor nothing is kept once the beam is full
        for node in range(size):
            for t in range(len(catalogue.trainings)):
                if not fill_candidate(
                    candidate, t, i, now, node, officers, limits, seats, catalogue, memory, price
                ):
                    continue
                q = place_for(candidate, found, count) if candidate.score >= floor - TIE else -1
                if q >= 0:
                    found[q] = candidate
                    count = max(count, q + 1)
                    floor = found[lowest(found)].score if count == limits.width else floor
        if count == 0:
            break
        advance(now, count, depth, limits, catalogue, memory)
        now, size = 1 - now, count
        for q in range(size):
            node = memory.nodes[now, q]
            tie = abs(node.value - value) <= TIE
            if node.hours < hours if tie else node.value > value:
                steps, value, hours = depth + 1, node.value, node.hours
                for s in range(steps):
                    out[i, s] = memory.steps[now, q, s]
    return without_idle_steps(i, steps, officers, limits, catalogue, memory, out)


@_compiled
def replay(i, skipped, steps, officers, limits, catalogue, memory, out):
    """Recompute the gains of officer i's plan without step `skipped`.

    Return whether every other step may still be entered in its turn; only then are the gains in
    `out` changed.
    """
    begin(officers.probs[i], 0, memory, limits.entry_probability)
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


@_compiled
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


@njit(cache=True, nogil=True, _nrt=False, error_model="numpy")  # type: ignore[call-overload]
def _search_all(officers, limits, seats, catalogue, shared, memory, out, count):
    for i in range(len(count)):
        count[i] = search_officer(i, officers, limits, seats, catalogue, memory, out)
        for s in range(count[i] if shared else 0):
            step = out[i, s]
            seats[seat_of(step.session, step.training, len(catalogue.trainings), seats)] -= 1


def search_all(problem: Problem, seats: Ints, *, shared: bool) -> tuple[Records, Ints]:
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
    steps : records of dtype `STEP`, shape (n_officers, max_steps)
    count : int64, shape (n_officers,)
        Steps of each officer; the rest of a row means nothing.
    """
    catalogue, officers, limits, _ = problem
    n_officers, *shape = officers.probs.shape
    memory = make_buffers(limits, len(catalogue.trainings), len(catalogue.develops), shape)
    steps = np.zeros((n_officers, limits.max_steps), STEP)
    count = np.zeros(n_officers, np.int64)
    _search_all(officers, limits, seats, catalogue, shared, memory, steps, count)
    return steps, count
