"""The best plan of one officer by trying every order; shares no code with the planner."""

from __future__ import annotations

from itertools import permutations
from math import prod

from planning_world import TOP, _match, _moved, _point


def best_by_force(framework, levels, *, hours, steps=4, objective="gap", region="", horizon=365):
    """The highest value of any order of up to `steps` trainings that keeps the rules.

    Beliefs are certain at the start. Trainings are taken as early as they can be.
    """
    column = sorted(c.id for c in framework.competencies)
    start = {c: _point(levels[i]) for i, c in enumerate(column)}
    names = [t.id for t in framework.trainings if t.hours <= hours]
    orders = [order for n in range(steps + 1) for order in permutations(names, n)]
    reached = (_after(framework, start, order, hours, region, horizon) for order in orders)
    return max(_value(framework, start, after, objective) for after in reached if after)


def _after(framework, start, order, hours, region, horizon):
    """Beliefs after an order of trainings, None where a rule forbids it."""
    trainings = {t.id: t for t in framework.trainings}
    needs = {}
    for row in framework.training_prerequisites:
        needs.setdefault(row.training, set()).add(row.requires_training)
    chances, done, day = dict(start), set(), 0
    if sum(trainings[t].hours for t in order) > hours:
        return None
    for t in order:
        row = trainings[t]
        day = _end(framework, row, day, region)
        if day is None or day > horizon or row.region not in ("", region):
            return None
        if needs.get(t, set()) - done or _match(framework, row, chances) < row.entry_match - 1e-9:
            return None
        for d in framework.develops:
            if d.training == t:
                chances[d.competency] = _moved(chances[d.competency], d)
        done.add(t)
    return chances


def _end(framework, training, day, region):
    """Last day of the earliest way to take a training after `day`."""
    from planning_world import AS_OF

    own = [s for s in framework.sessions if s.training == training.id]
    if not own:
        return day + max(-(-int(training.hours) // 8), 1)
    ways = [
        ((s.start - AS_OF).days, (s.end - AS_OF).days)
        for s in own
        if s.region in ("", region) and s.seats != 0
    ]
    open_ways = sorted((start, end) for start, end in ways if start > day and end <= 365)
    return open_ways[0][1] if open_ways else None


def _value(framework, start, after, objective):
    required = {r.competency: r.level for r in framework.requirements}
    if objective == "gap":
        return sum(_closed(after[c], r) - _closed(start[c], r) for c, r in required.items())
    if objective == "requirements":
        return prod(sum(after[c][r:]) for c, r in required.items())
    held = {c: max(k for k in range(TOP + 1) if sum(after[c][k:]) >= 0.5 - 1e-6) for c in required}
    match = sum(min(held[c], r) for c, r in required.items()) / sum(required.values())
    return float(match >= 0.8 - 1e-9)


def _closed(chances, required):
    return sum(p * min(k, required) for k, p in enumerate(chances))
