"""The rules of a step, compiled: who may take which training when, and what it then changes.

Everything here is inlined into the kernel of :mod:`competency.planning.officer.search`. Nothing is
created in it: array creation and slice assignment triple the compile time, and since nothing is
created references need not be counted (`_nrt`), which took three fifths of the time.
"""

from __future__ import annotations

from competency.compiled import compiled, pass_by_reference
from competency.planning.problem import ANY_REGION, Catalogue, Limits, Officers

pass_by_reference(Catalogue, Officers, Limits)


@compiled
def level_held(probs, probability):
    """Highest level whose probability of being reached is at least `probability`."""
    tail = 0.0
    for level in range(len(probs) - 1, 0, -1):
        tail += probs[level]
        if tail >= probability:
            return level
    return 0


@compiled
def mean_of(values, probs):
    """Mean over levels."""
    total = 0.0
    for j in range(len(probs)):
        total += probs[j] * values[j]
    return total


@compiled
def fill_gain(i, officers, catalogue, gain):
    """Fill ``gain[d, j]``: value of row d of develops for officer i at level j for certain."""
    worth, n_levels = officers.worth[i], gain.shape[1]
    for t in range(len(catalogue.trainings)):
        training = catalogue.trainings[t]
        for d in range(training.first_develop, training.last_develop):
            c = catalogue.develops[d]
            for j in range(n_levels):
                total = 0.0
                for k in range(1, n_levels):
                    total += catalogue.rise[d, j, k] * worth[c, k]
                gain[d, j] = officers.multiplier[i, t] * total


@compiled
def training_gain(training, probs, gain, develops):
    """Expected value of a training under the beliefs `probs`."""
    total = 0.0
    for d in range(training.first_develop, training.last_develop):
        total += mean_of(gain[d], probs[develops[d]])
    return total


@compiled
def move(probs, matrix, after):
    """Write the beliefs after a transition into `after`."""
    for j in range(len(probs)):
        after[j] = 0.0
        for i in range(j + 1):  # the matrix is upper triangular: no training takes away
            after[j] += probs[i] * matrix[i, j]


@compiled
def take(training, probs, held, catalogue, probability, after):
    """Let a training move the beliefs `probs` and the levels `held`, in place."""
    for d in range(training.first_develop, training.last_develop):
        c = catalogue.develops[d]
        move(probs[c], catalogue.matrix[d], after)
        for k in range(len(after)):
            probs[c, k] = after[k]
        held[c] = level_held(after, probability)


@compiled
def lifted(d, probs, held, rise, probability):
    """The level held after row d of develops, for beliefs `probs` in its competency."""
    for level in range(len(probs) - 1, held, -1):
        tail = 0.0
        for k in range(level, len(probs)):
            tail += probs[k]
        for k in range(level):
            tail += probs[k] * rise[d, k, level]
        if tail >= probability:
            return level
    return held


@compiled
def opens_entry(training, probs, held, sought, catalogue, probability):
    """Whether a training lifts a level that counts as held where others ask for more than that.

    ``sought[c]`` is the highest level of competency c that a training asks for.
    """
    for d in range(training.first_develop, training.last_develop):
        c = catalogue.develops[d]
        sees_more = held[c] < sought[c]
        if sees_more and lifted(d, probs[c], held[c], catalogue.rise, probability) > held[c]:
            return True
    return False


@compiled
def may_enter(training, held, taken, passed, catalogue):
    """Whether prerequisites are behind the officer and enough entry levels are held."""
    for p in range(training.first_prerequisite, training.last_prerequisite):
        other = catalogue.prerequisites[p]
        if not (taken[other] or passed[other]):
            return False
    asked = training.last_entry - training.first_entry
    if training.entry_match >= 1.0:  # nearly every one: no divisions
        for e in range(training.first_entry, training.last_entry):
            if held[catalogue.entries[e].competency] < catalogue.entries[e].level:
                return False
        return True
    match = 0.0
    for e in range(training.first_entry, training.last_entry):
        entry = catalogue.entries[e]
        match += min(held[entry.competency], entry.level) / entry.level
    return asked == 0 or match / asked >= training.entry_match - 1e-9


@compiled
def open_to(asked, region):
    """Whether an officer of `region` may come where `asked` is admitted."""
    return asked in (ANY_REGION, region)


@compiled
def seat_of(session, t, n_trainings, seats):
    """Where the seats of a session, or of training t without one, are counted."""
    return session if session >= 0 else len(seats) - n_trainings + t


@compiled
def find_dates(candidate, training, free, day, region, seats, sessions, horizon):
    """Write the earliest way to take a training after `day`; return whether there is one.

    `free` is the number of its seats without a session.
    """
    if not training.offered or not open_to(training.region, region):
        return False
    if not training.dated:
        candidate.session = -1
        candidate.start, candidate.end = day + 1, day + training.days
        return free > 0 and candidate.end <= horizon
    for s in range(training.first_session, training.last_session):
        session = sessions[s]
        if session.start > day and seats[session.number] > 0 and open_to(session.region, region):
            candidate.session = session.number
            candidate.start, candidate.end = session.start, session.end
            return True
    return False
