"""What a step is worth under each objective, compiled, and the most that can follow from it.

- ``gap``: the expected weighted gap closed, a sum over competencies.
- ``requirements``: the chance that every requirement is met, as the sum of the logarithms of the
  chances of each; a chance below `FLOOR` counts as `FLOOR`, so that the first of several missing
  ones already counts.
- ``positions``: how many positions are reached with the levels that count as held. Steps toward
  a position not yet reached change nothing in that number; the beam is therefore ordered by a
  potential in which a near miss counts by the share of what can still be closed that it needs
  (:func:`count_positions`).

For the first two the bound on what follows is the one of :mod:`competency.planning.officer.dual`;
for positions it is the number of those that are not out of reach.
"""

from __future__ import annotations

import math

import numpy as np

from competency.compiled import compiled, vectorised
from competency.planning.objectives import GAP, POSITIONS, PROVEN_CHANCE, REQUIREMENTS
from competency.planning.officer.records import TIE
from competency.planning.officer.rules import fill_gain, level_held, lifted, mean_of

FLOOR = PROVEN_CHANCE
"""Least chance to meet a requirement; smaller ones count as this."""
NEAR = 1e-5
"""Match below the threshold that still reaches it: what sums of float32 can be off."""
NEVER = 1e6
"""What is missing to a position that asks for nothing."""


@compiled
def reached(probs, level):
    """P(level >= `level`)."""
    total = 0.0
    for k in range(level, len(probs)):
        total += probs[k]
    return total


@compiled
def highest(values, probs):
    """The most that the mean of `values` can become when beliefs move up."""
    total = top = 0.0
    for i in range(len(values) - 1, -1, -1):
        top = max(top, values[i])
        total += probs[i] * top
    return total


@compiled
def fill_gaps(i, officers, catalogue, memory):
    """Fill the gap that each row of develops closes by level and at the most, and what is open."""
    worth, probs, n_levels = officers.worth[i], officers.probs[i], memory.gain.shape[1]
    for c in range(len(memory.room)):
        memory.room[c] = 0.0
        for k in range(1, n_levels):
            memory.room[c] += worth[c, k] * max(1.0 - reached(probs[c], k), 0.0)
        memory.room[c] *= officers.most[i, c]
    fill_gain(i, officers, catalogue, memory.gain)
    for d in range(len(memory.top)):
        memory.top[d] = highest(memory.gain[d], probs[catalogue.develops[d]])


@compiled
def fill_requirements(probs, catalogue, memory):
    """Fill the chance that each row lifts to the level asked for, and what it adds at most."""
    for c in range(len(memory.room)):
        memory.room[c] = -math.log(chance(probs[c], memory.asked[c]))
    for d in range(len(memory.top)):
        c = catalogue.develops[d]
        for j in range(memory.lift.shape[1]):
            memory.lift[d, j] = catalogue.rise[d, j, memory.asked[c]]
        before = chance(probs[c], memory.asked[c])
        memory.top[d] = math.log(1.0 + highest(memory.lift[d], probs[c]) / before)


@compiled
def chance(probs, required):
    """Chance to meet a requirement, at least `FLOOR`; 1 where nothing is required."""
    return min(max(reached(probs, required), FLOOR), 1.0)


@compiled
def fill_positions(i, officers, limits, catalogue, memory):
    """Fill the match that each level brings, what is missing, and what one training can bring."""
    required, weight, match = officers.required[i], officers.weight[i], memory.match
    missing = memory.excess[0, 0]
    for a in range(len(missing)):
        whole = 0.0
        for c in range(len(match)):
            whole += weight[a, c] * required[a, c]
        missing[a] = limits.match if whole > 0.0 else NEVER
        memory.reach[0, a] = memory.reach[1, a] = 0.0
        for c in range(len(match)):
            for k in range(match.shape[1]):
                share = weight[a, c] * min(k, required[a, c])
                match[c, k, a] = share / whole if whole > 0.0 else 0.0
            missing[a] -= match[c, level_held(officers.probs[i, c], limits.entry_probability), a]
    for u in range(memory.best[0].usable):
        fill_reach(memory.usable[u], i, officers, limits, catalogue, memory)


@compiled
def fill_reach(t, i, officers, limits, catalogue, memory):
    """Note how much nearer training t, or an hour of it, can bring to each position at most."""
    training, trial, reach = catalogue.trainings[t], memory.excess[0, -1], memory.reach
    for a in range(len(trial)):
        trial[a] = 0.0
    for d in range(training.first_develop, training.last_develop):
        c = catalogue.develops[d]
        old = level_held(officers.probs[i, c], limits.entry_probability)
        new = old
        for k in range(old + 1, memory.match.shape[1]):
            new = k if highest(catalogue.rise[d, :, k], officers.probs[i, c]) > 0.0 else new
        for a in range(len(trial)):
            trial[a] += memory.match[c, new, a] - memory.match[c, old, a]
    hours = np.float32(max(training.hours, 1e-6))
    for a in range(len(trial)):
        reach[0, a] = max(reach[0, a], trial[a])
        reach[1, a] = max(reach[1, a], trial[a] / hours)


@compiled
def come_nearer(training, probs, held, missing, trial, catalogue, match, probability):
    """Write what is missing to each position after a training into `trial`."""
    for a in range(len(trial)):
        trial[a] = missing[a]
    for d in range(training.first_develop, training.last_develop):
        c = catalogue.develops[d]
        new = lifted(d, probs[c], held[c], catalogue.rise, probability)
        if new > held[c]:
            before, after = match[c, held[c]], match[c, new]
            for a in range(len(trial)):
                trial[a] -= after[a] - before[a]


@vectorised
def count_positions(missing, reach, steps, hours):
    """Return positions reached, those still in reach, and the potential, all as sums.

    With `steps` and `hours` left at most ``min(steps x reach[0], hours x reach[1])`` can be
    closed. A position that misses the share s of it adds (1 - s) squared to the potential.
    """
    one, none, near = np.float32(1.0), np.float32(0.0), np.float32(NEAR)
    count = possible = potential = none
    for a in range(len(missing)):
        can = max(min(steps * reach[0, a], hours * reach[1, a]), near)
        share = max(one - max(missing[a] - near, none) / can, none)
        count += one if missing[a] <= near else none
        possible += one if share > none else none
        potential += share * share
    return count, possible, potential


@compiled
def row_profit(d, c, probs, objective, memory):
    """Return what row d of develops adds to the objective; for positions, the gap it closes."""
    if objective != REQUIREMENTS:
        return mean_of(memory.gain[d], probs)
    lift = mean_of(memory.lift[d], probs)
    if lift <= 0.0:
        return 0.0
    after = min(max(reached(probs, memory.asked[c]) + lift, FLOOR), 1.0)
    return math.log(after / chance(probs, memory.asked[c]))


@compiled
def fill_objective(i, officers, limits, catalogue, memory):
    """Fill what steps are worth; return whether prices of hours, money and steps bound plans."""
    best = memory.best[0]
    fill_gaps(i, officers, catalogue, memory)
    if limits.objective == POSITIONS:
        fill_positions(i, officers, limits, catalogue, memory)
        best.bonus = memory.excess.shape[2] + 2.0
        best.bound = memory.excess.shape[2] + 1.0 + best.bonus * best.due
        return False
    if limits.objective == REQUIREMENTS:
        for c in range(len(memory.asked)):
            memory.asked[c] = officers.required[i, 0, c]
        fill_requirements(officers.probs[i], catalogue, memory)
    best.bonus = 1.0  # above the value of any plan without
    for c in range(len(memory.room)):
        best.bonus += memory.room[c]
    return True


@compiled
def is_counted(limits):
    """Whether the value is a count, which `count_for` finds, rather than the sum of profits."""
    return limits.objective == POSITIONS


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
    bonus = candidate.mandatory * best.bonus
    candidate.value = count + candidate.closed / (candidate.closed + 1.0) + bonus
    candidate.bound = possible + 1.0 + best.bonus * best.due
    candidate.score = potential + bonus


@compiled
def value_of(i, steps, officers, limits, memory, out):
    """What the plan in row i of `out` reaches of the objective; node 0 of the beam is its end."""
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
    bound = max(best.dropped, best.value) - best.bonus * best.mandatory
    if limits.objective == POSITIONS:
        return min(math.floor(bound + TIE) - 1.0, memory.excess.shape[2])
    bound = min(bound, open_gap)
    return math.exp(bound - open_gap) if limits.objective == REQUIREMENTS else bound
