"""The plan that a search found, compiled: idle steps go, gains and value are computed anew."""

from __future__ import annotations

import math

from competency.compiled import compiled
from competency.planning.objectives import GAP, POSITIONS, REQUIREMENTS
from competency.planning.officer.nodes import begin
from competency.planning.officer.pool import TIE
from competency.planning.officer.rules import may_enter, take, training_gain
from competency.planning.officer.value import NEAR, reached


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
            required, weight = officers.required[i, a, c], officers.weight[i, a, c]
            whole += weight * required
            have += weight * min(memory.held[0, 0, c], required)
        total += whole > 0.0 and have >= (limits.match - NEAR) * whole
    return total


@compiled
def stated_bound(limits, memory):
    """What no plan of an officer can exceed, in the unit of the objective."""
    best, open_gap = memory.best[0], 0.0
    for c in range(len(memory.room)):
        open_gap += memory.room[c]
    bound = max(best.dropped, best.value) - best.bonus * best.duties
    if limits.objective == POSITIONS:
        return min(math.floor(bound + TIE) - 1.0, memory.excess.shape[2])
    bound = min(bound, open_gap)
    return math.exp(bound - open_gap) if limits.objective == REQUIREMENTS else bound
