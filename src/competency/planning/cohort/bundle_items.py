"""The trainings that one officer could take, what each could close at the most, and its seats.

The first step of the search for bundles (:mod:`competency.planning.cohort.bundles`), compiled into
it.
"""

from __future__ import annotations

import numpy as np

from competency.compiled import compiled
from competency.planning.officer.records import TIE
from competency.planning.officer.rules import (
    fill_gain,
    level_held,
    may_enter,
    open_to,
    seat_of,
    training_gain,
)


@compiled
def begin_officer(i, case, memory):
    """Write the officer's beliefs, the gap open at each level, and what each row closes."""
    probs, worth = case.officers.probs[i], case.officers.worth[i]
    held = memory.held[0]
    for c in range(len(held)):
        tail = 0.0
        for k in range(probs.shape[1] - 1, -1, -1):
            memory.probs[0, c, k] = probs[c, k]
            tail += probs[c, k]
            open_gap = worth[c, k] * max(1.0 - tail, 0.0) if k > 0 else 0.0
            memory.missing[0, c, k] = case.officers.most[i, c] * open_gap
        held[c] = level_held(probs[c], case.limits.entry_probability)
    fill_gain(i, case.officers, case.catalogue, memory.gain)
    for t in range(len(memory.item_of)):
        memory.item_of[t] = -1


@compiled
def list_frozen(i, case, memory):
    """Make the settled steps items, the first of them; return the hours and cost that are left."""
    found = memory.found[0]
    found.items = found.count = 0
    hours, cost = case.officers.budget[i, 0], case.officers.budget[i, 1]
    for s in range(case.frozen.first[i], case.frozen.first[i + 1]):
        step = case.frozen.steps[s]
        training = case.catalogue.trainings[step.training]
        option = memory.options[found.count]
        option.session, option.slot, option.price = step.session, -1, 0.0
        option.start, option.end = step.start, step.end
        found.count += 1
        add_item(i, step.training, found.count - 1, case, memory)
        memory.items[found.items - 1].frozen = True
        hours -= training.hours
        cost -= training.cost
    found.frozen = found.items
    return hours, cost


@compiled
def add_item(i, t, first_option, case, memory):
    """Make training t, whose options begin at `first_option`, the last item."""
    found = memory.found[0]
    training, item = case.catalogue.trainings[t], memory.items[found.items]
    item.training, item.hours, item.cost, item.days = (
        t,
        training.hours,
        training.cost,
        training.days,
    )
    item.first_option, item.last_option = first_option, found.count
    item.extra = case.terms.per_hour[i] * training.hours
    if case.officers.mandatory[i, t]:
        item.extra += case.terms.mandatory
    item.frozen = item.useful = False
    item.gain = item.most = training_gain(
        training, memory.probs[0], memory.gain, case.catalogue.develops
    )
    item.ready = may_enter(
        training, memory.held[0], memory.taken, case.officers.passed[i], case.catalogue
    )
    item.price = np.inf
    for option in range(first_option, found.count):
        item.price = min(item.price, memory.options[option].price)
    memory.item_of[t] = found.items
    found.items += 1


@compiled
def list_options(i, t, case, memory):
    """List the open ways to take training t; return whether there is one."""
    found, terms, catalogue = memory.found[0], case.terms, case.catalogue
    training, region = catalogue.trainings[t], case.officers.region[i]
    before, n_trainings = found.count, len(catalogue.trainings)
    if not training.offered or not open_to(training.region, region):
        return False
    if not training.dated:
        slot = seat_of(-1, t, n_trainings, terms.seats)
        if terms.seats[slot] > 0 and training.days <= case.limits.horizon:
            option = memory.options[found.count]
            option.session, option.slot, option.start, option.end = -1, slot, -1, -1
            option.price = terms.prices[slot]
            found.count += 1
    else:
        for s in range(training.first_session, training.last_session):
            session = catalogue.sessions[s]
            if terms.seats[session.number] > 0 and open_to(session.region, region):
                option = memory.options[found.count]
                option.session = option.slot = session.number
                option.start, option.end = session.start, session.end
                option.price = terms.prices[session.number]
                found.count += 1
    return found.count > before


@compiled
def list_items(i, hours, cost, case, memory):
    """Make an item of every training that the officer might take."""
    for t in range(len(case.catalogue.trainings)):
        training = case.catalogue.trainings[t]
        if memory.item_of[t] >= 0 or case.officers.passed[i, t]:
            continue
        if training.hours > hours or training.cost > cost:
            continue
        first = memory.found[0].count
        if list_options(i, t, case, memory):
            add_item(i, t, first, case, memory)


@compiled
def bound_items(i, hours, case, memory):
    """Bound what each item can close in any set that fits the hours."""
    relations = case.relations
    for k in range(memory.found[0].items):
        item = memory.items[k]
        training, lifted = case.catalogue.trainings[item.training], False
        for x in range(relations.first[item.training], relations.first[item.training + 1]):
            other = memory.item_of[relations.influences[x]]
            if other >= 0 and fit_together(item, memory.items[other], hours):
                memory.items[other].useful = lifted = True
        if lifted:
            item.most = reachable(training, memory.missing[0], case)
        if not (item.ready or item.frozen or can_be_entered(i, k, hours, case, memory)):
            item.most = -np.inf
        item.bound = item.most + item.extra - item.price


@compiled
def fit_together(one, other, hours):
    """Whether two items can be in one set."""
    return one.frozen or other.frozen or one.hours + other.hours <= hours


@compiled
def can_be_entered(i, k, hours, case, memory):
    """Whether the prerequisites of an item fit beside it, and its entry levels may be reached."""
    item, catalogue = memory.items[k], case.catalogue
    training, match = catalogue.trainings[item.training], 0.0
    for p in range(training.first_prerequisite, training.last_prerequisite):
        before = catalogue.prerequisites[p]
        other = memory.item_of[before]
        if not case.officers.passed[i, before] and (
            other < 0 or not fit_together(item, memory.items[other], hours)
        ):
            return False
    asked = training.last_entry - training.first_entry
    for e in range(training.first_entry, training.last_entry):
        entry = catalogue.entries[e]
        held = min(memory.held[0, entry.competency], entry.level)
        if held < entry.level and can_rise(k, entry.competency, hours, case, memory):
            held = entry.level
        match += held / entry.level
    return asked == 0 or match / asked >= training.entry_match - TIE


@compiled
def can_rise(k, competency, hours, case, memory):
    """Whether an item that fits beside item k develops a competency."""
    relations, item, catalogue = case.relations, memory.items[k], case.catalogue
    for x in range(relations.first[item.training], relations.first[item.training + 1]):
        t = relations.influences[x]
        other = memory.item_of[t]
        if other >= 0 and fit_together(item, memory.items[other], hours):
            training = catalogue.trainings[t]
            for d in range(training.first_develop, training.last_develop):
                if catalogue.develops[d] == competency:
                    return True
    return False


@compiled
def reachable(training, missing, case):
    """Most that a training can close of what is missing."""
    total = 0.0
    for d in range(training.first_develop, training.last_develop):
        c = case.catalogue.develops[d]
        for k in range(1, missing.shape[1]):
            total += missing[c, k] * case.relations.reach[d, k]
    return total


@compiled
def sort_items(case, memory):
    """Leave out items that bring nothing, and sort the others by value per hour."""
    found, items = memory.found[0], memory.items
    spare = len(items) - 1
    last = found.frozen
    for k in range(found.frozen, found.items):
        least = -np.inf if items[k].useful else TIE - floor_reward(items[k].hours, case.terms)
        if items[k].bound <= least:
            continue
        items[spare] = items[k]
        place = last
        while place > found.frozen and worse(items[place - 1], items[spare]):
            items[place] = items[place - 1]
            place -= 1
        items[place] = items[spare]
        last += 1
    found.items = last


@compiled
def worse(one, other):
    """Whether an item brings less for its hours than another; at a tie the order stays."""
    return one.bound * max(other.hours, TIE) < other.bound * max(one.hours, TIE)


@compiled
def floor_reward(hours, terms):
    """What is paid for hours up to the floor."""
    return terms.floor_reward * min(hours, terms.floor)
