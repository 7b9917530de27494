"""The best order and dates of a given set of trainings, exactly.

Orders are searched depth first, the next training at each depth with each session still ahead of
the officer. Three facts keep this short, and none of them loses the optimum:

- what is left cannot bring more than the sum of the bounds of its trainings;
- as the next step, a later session of a training is only worth a look if it is cheaper;
- a training without dates that commutes with the step before it, and fitted before that step,
  need not come after it.

Compiled like :mod:`competency.planning.officer.rules`: nothing is created, references are not
counted.
"""

from __future__ import annotations

import numpy as np

from competency.compiled import compiled
from competency.planning.officer.records import TIE
from competency.planning.officer.rules import may_enter, take, training_gain


@compiled
def best_sequence(i, size, upper, threshold, case, memory):
    """Search the orders of the first `size` members; keep the best above `threshold`.

    The steps go to ``memory.best``. Returns the net value, or `threshold` when no order is
    better. `upper` is what no order exceeds: reaching it ends the search.
    """
    best, n_lines = threshold, lay_lines(size, memory)
    begin_sequence(size, memory)
    depth = np.int64(0)  # NOTE: a plain 0 would be a type of its own, compiled for itself
    while depth >= 0:
        frame = memory.frames[depth]
        if frame.line == n_lines:
            depth -= 1
            if depth >= 0:
                release(memory.frames[depth], memory)
            continue
        line = frame.line
        frame.line += 1
        memory.found[0].visits += 1
        if not place(i, depth, line, size, best, case, memory):
            continue
        if depth + 1 < size:
            depth += 1
            continue
        value = memory.frames[size].value
        if value > best + TIE and without_idle(i, size, case, memory):
            best = value
            for s in range(size):
                memory.best[s] = memory.steps[s]
        release(frame, memory)
        if best >= upper - TIE:
            for s in range(depth):
                release(memory.frames[s], memory)
            break
    return best


@compiled
def lay_lines(size, memory):
    """List the options of the members as (item, option), each item's options together."""
    n_lines = 0
    for m in range(size):
        item = memory.items[memory.members[m]]
        for option in range(item.first_option, item.last_option):
            memory.lines[n_lines, 0] = memory.members[m]
            memory.lines[n_lines, 1] = option
            n_lines += 1
    return n_lines


@compiled
def begin_sequence(size, memory):
    """Make depth 0 the officer before any step; its beliefs are there already."""
    frame = memory.frames[0]
    frame.value, frame.day, frame.line, frame.tried = 0.0, 0, 0, -1
    rest = 0.0
    for m in range(size):
        rest += memory.items[memory.members[m]].bound
    frame.rest = rest


@compiled
def release(frame, memory):
    """Take back the step that was placed from a depth."""
    memory.placed[frame.item] = False
    memory.taken[memory.items[frame.item].training] = False


@compiled
def place(i, depth, line, size, best, case, memory):
    """Make one line the step at a depth, if it may be and can still lead above `best`."""
    frame, after = memory.frames[depth], memory.frames[depth + 1]
    k = memory.lines[line, 0]
    item, option = memory.items[k], memory.options[memory.lines[line, 1]]
    if memory.placed[k] or not find_days(depth, k, option, case, memory):
        return False
    if option.start >= 0:
        if frame.tried == k and option.price >= frame.cheapest:
            return False
        frame.tried, frame.cheapest = k, option.price
    rest = frame.rest - item.bound
    fixed = frame.value + item.extra - option.price
    if fixed + item.most + rest <= best + TIE:
        return False
    training = case.catalogue.trainings[item.training]
    probs, held = memory.probs[depth], memory.held[depth]
    if not item.frozen and not may_enter(
        training, held, memory.taken, case.officers.passed[i], case.catalogue
    ):
        return False
    gain = training_gain(training, probs, memory.gain, case.catalogue.develops)
    if fixed + gain + rest <= best + TIE:
        return False
    memory.placed[k] = memory.taken[item.training] = True
    frame.item, after.day = k, memory.steps[depth].end
    after.value, after.rest, after.line, after.tried = fixed + gain, rest, 0, -1
    step = memory.steps[depth]
    step.training, step.session, step.gain = item.training, option.session, gain
    if depth + 1 < size:
        follow(training, depth, case, memory)
    return True


@compiled
def find_days(depth, k, option, case, memory):
    """Write the days of an option as the next step; return whether they are in reach."""
    frame, step = memory.frames[depth], memory.steps[depth]
    step.start, step.end = option.start, option.end
    if option.start >= 0:
        return option.start > frame.day
    item = memory.items[k]
    step.start, step.end = frame.day + 1, frame.day + item.days
    if step.end > case.limits.horizon:
        return False
    if depth == 0:
        return True
    before, earlier = memory.steps[depth - 1], memory.frames[depth - 1]
    if not case.relations.commute[item.training, before.training]:
        return True
    if floats(earlier.item, memory):
        return earlier.item < k
    return earlier.day + item.days >= before.start


@compiled
def floats(k, memory):
    """Whether an item has no dates of its own."""
    return memory.options[memory.items[k].first_option].start < 0


@compiled
def follow(training, depth, case, memory):
    """Write the beliefs after a step at `depth` to the next depth."""
    probs, held = memory.probs[depth + 1], memory.held[depth + 1]
    for c in range(len(held)):
        held[c] = memory.held[depth, c]
        for k in range(probs.shape[1]):
            probs[c, k] = memory.probs[depth, c, k]
    take(training, probs, held, case.catalogue, case.limits.entry_probability, memory.after)


@compiled
def without_idle(i, size, case, memory):
    """Whether no step of a complete order is idle.

    A step is idle if it closes too little, is neither mandatory nor settled, and the others can be
    entered and close as much without it.
    """
    least = max(case.limits.minimum_gain, TIE)
    for s in range(size):
        step = memory.steps[s]
        if step.gain >= least or case.officers.mandatory[i, step.training]:
            continue
        if not memory.items[memory.frames[s].item].frozen and is_idle(
            i, s, size, least, case, memory
        ):
            return False
    return True


@compiled
def is_idle(i, skipped, size, least, case, memory):
    """Whether the other steps may be entered in their turn and close as much without one."""
    probs, held = memory.probs[size], memory.held[size]
    passed = case.officers.passed[i]
    for c in range(len(held)):
        for k in range(probs.shape[1]):
            probs[c, k] = memory.probs[skipped, c, k]
        held[c] = memory.held[skipped, c]
    lost = memory.steps[skipped].gain
    for s in range(skipped, size):
        memory.taken[memory.steps[s].training] = False
    idle = True
    for s in range(skipped + 1, size):
        t = memory.steps[s].training
        training = case.catalogue.trainings[t]
        frozen = memory.items[memory.frames[s].item].frozen
        idle = idle and (frozen or may_enter(training, held, memory.taken, passed, case.catalogue))
        lost += memory.steps[s].gain
        lost -= training_gain(training, probs, memory.gain, case.catalogue.develops)
        memory.taken[t] = True
        take(training, probs, held, case.catalogue, case.limits.entry_probability, memory.after)
    for s in range(size):
        memory.taken[memory.steps[s].training] = True
    return idle and lost < least
