"""What a step promises beyond its own worth, compiled: a better next step that it opens.

A training of little worth may open one of much. A beam that looks at worth alone drops it before
the other is seen; so the score of a candidate counts by how much it opens a better step than there
is without it, at the prices of the search. This orders candidates only; values and bounds do not
change.
"""

from __future__ import annotations

from competency.compiled import compiled, vectorised
from competency.planning.officer.rules import lifted


@compiled
def fill_credit(i, officers, limits, catalogue, memory):
    """Note, for each usable training, the best of those that it would help to open.

    A training that asks for a share of its entry levels only is opened by no one step.
    """
    best, probs, held = memory.best[0], memory.probs[0, 0], memory.held[0, 0]
    for u in range(best.usable):
        memory.credit[u], memory.opens[u] = 0.0, -1
    for u in range(best.usable):
        t = memory.usable[u]
        training = catalogue.trainings[t]
        worth = -memory.price[0, 0] * training.hours - memory.price[0, 1] * training.cost
        for d in range(training.first_develop, training.last_develop):
            worth += memory.top[d]
        if memory.profit[0, 0, u] >= 0.0 or worth <= 0.0 or training.entry_match < 1.0:
            continue
        for p in range(training.first_prerequisite, training.last_prerequisite):
            other = catalogue.prerequisites[p]
            if not officers.passed[i, other]:
                note_opener(memory.place[other], u, worth, memory.credit, memory.opens)
        for e in range(training.first_entry, training.last_entry):
            c, level = catalogue.entries[e].competency, catalogue.entries[e].level
            if held[c] >= level:
                continue
            for w in range(catalogue.first_touching[c], catalogue.first_touching[c + 1]):
                opener = memory.place[catalogue.touching[w]]
                if opener < 0 or opener == u or memory.profit[0, 0, opener] < 0.0:
                    continue
                row = catalogue.trainings[memory.usable[opener]]
                for d in range(row.first_develop, row.last_develop):
                    if catalogue.develops[d] == c and level <= lifted(
                        d, probs[c], held[c], catalogue.rise, limits.entry_probability
                    ):
                        note_opener(opener, u, worth, memory.credit, memory.opens)


@compiled
def note_opener(opener, u, worth, credit, opens):
    """Note that a training opens u, if it opens nothing better."""
    if opener >= 0 and worth > credit[opener]:
        credit[opener], opens[opener] = worth, u


@vectorised
def best_step(profit, hours, cost, left_hours, hour_price, cost_price):
    """Return the score of the best next step, 0 at least."""
    best = 0.0
    for u in range(len(profit)):
        score = profit[u] - hour_price * hours[u] - cost_price * cost[u]
        fits = profit[u] >= 0.0 and hours[u] <= left_hours
        best = max(best, score if fits else 0.0)
    return best


@compiled
def promise_of(u, node, left_hours, profit, taken, memory):
    """By how much training u opens a better next step than the node leaves without it."""
    opened = memory.opens[u]
    if opened < 0 or memory.credit[u] <= node.hope or memory.hours[opened] > left_hours:
        return 0.0
    if profit[opened] >= 0.0 or taken[memory.usable[opened]]:
        return 0.0
    return memory.credit[u] - node.hope
