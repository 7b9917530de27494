"""What a step is worth under each objective, compiled, and the most that can follow from it.

- ``gap``: the expected weighted gap closed, a sum over competencies.
- ``requirements``: the chance that every requirement is met, as the sum of the logarithms of the
  chances of each; a chance below `FLOOR` counts as `FLOOR`, so that the first of several missing
  ones already counts.
- ``positions``: how many positions are reached. Steps toward a position not yet reached change
  nothing in that number; the beam is therefore ordered by a potential in which a near miss counts
  by the share of what can still be closed that it needs (`count_positions`).

For the first two the bound on what follows is the one of :mod:`competency.planning.dual`; for
positions it is the number of those that are not out of reach.
"""

from __future__ import annotations

import math

import numpy as np

from competency.planning.objective import POSITIONS, REQUIREMENTS
from competency.planning.rules import compiled, vectorised

FLOOR = 1e-3
"""Least chance to meet a requirement that is told from none (chosen by the project)."""
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
    for d in range(len(memory.top)):
        c = catalogue.develops[d]
        for j in range(n_levels):
            memory.gain[d, j] = 0.0
            for k in range(1, n_levels):
                memory.gain[d, j] += catalogue.rise[d, j, k] * worth[c, k]
        memory.top[d] = highest(memory.gain[d], probs[c])


@compiled
def fill_requirements(probs, catalogue, memory):
    """Fill the chance that each row lifts to the level asked for, and logarithms of what it adds."""
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
    """Fill what is missing to each position, and how much of it one training can bring at most."""
    required, weight, probs = officers.required[i], officers.weight[i], officers.probs[i]
    n_levels, missing, reach = probs.shape[1], memory.excess[0, 0], memory.reach
    for a in range(len(missing)):
        whole = 0.0
        for c in range(len(probs)):
            whole += weight[a, c] * required[a, c]
        missing[a] = limits.match if whole > 0.0 else NEVER
        reach[0, a] = reach[1, a] = 0.0
        for c in range(len(probs)):
            for k in range(1, n_levels):
                counts = whole > 0.0 and k <= required[a, c]
                memory.slope[c, k, a] = weight[a, c] / whole if counts else 0.0
                missing[a] -= memory.slope[c, k, a] * reached(probs[c], k)
    trial = memory.excess[0, -1]
    for u in range(memory.best[0].usable):
        training = catalogue.trainings[memory.usable[u]]
        for a in range(len(trial)):
            trial[a] = 0.0
        for d in range(training.first_develop, training.last_develop):
            c = catalogue.develops[d]
            for k in range(1, n_levels):
                most = highest(catalogue.rise[d, :, k], probs[c])
                if most > 0.0:
                    for a in range(len(trial)):
                        trial[a] += np.float32(most) * memory.slope[c, k, a]
        hours = np.float32(max(training.hours, 1e-6))
        for a in range(len(trial)):
            reach[0, a] = max(reach[0, a], trial[a])
            reach[1, a] = max(reach[1, a], trial[a] / hours)


@compiled
def come_nearer(training, probs, missing, trial, catalogue, slope):
    """Write what is missing to each position after a training into `trial`."""
    for a in range(len(trial)):
        trial[a] = missing[a]
    for d in range(training.first_develop, training.last_develop):
        c = catalogue.develops[d]
        for k in range(1, probs.shape[1]):
            rise = 0.0
            for j in range(k):
                rise += probs[c, j] * catalogue.rise[d, j, k]
            if rise > 0.0:
                step = np.float32(rise)
                for a in range(len(trial)):
                    trial[a] -= step * slope[c, k, a]


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
def mean_of(values, probs):
    """Mean over levels."""
    total = 0.0
    for j in range(len(probs)):
        total += probs[j] * values[j]
    return total


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
