"""What makes it impossible to plan a mandatory training: the smallest set of limits that clash.

A limit is active or relaxed. A set of limits clashes for an officer when the mandatory trainings
cannot all be planned although everything else is relaxed; sets are tried by size, so the first
that clashes is a smallest one. The same is then done with the mandatory trainings themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from competency.arrays import Bools, Ints
from competency.errors import Finding, PlanInfeasible, Where
from competency.planning.problem import ANY_REGION, Problem, build_problem, part_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from competency.planning.plan import Plan

LIMITS = (
    "hours", "cost", "steps", "sessions", "seats", "region", "accreditation", "prerequisites",
    "entry levels",
)  # fmt: skip
"""Limits that can be relaxed. ``"sessions"``: dates, overlap and the horizon."""
LARGEST = 3
"""Largest set of limits that is tried; beyond it the clash is reported as of all."""
FREE = 2**31
"""Seats, days and hours without a limit."""
MOST_STEPS = 32
"""Steps where their number is relaxed: the most that the settings allow."""

_Thing = TypeVar("_Thing")


@dataclass(frozen=True)
class Clash:
    """Limits and mandatory trainings that cannot be met together.

    Parameters
    ----------
    limits : tuple of str
        Of :data:`LIMITS`; without any one of them the trainings could be planned.
    trainings : tuple of str
        Ids of the mandatory trainings that clash.
    officers : tuple of str
        Ids of the officers concerned.
    """

    limits: tuple[str, ...]
    trainings: tuple[str, ...]
    officers: tuple[str, ...]

    def to_finding(self) -> Finding:
        """Return it in words, without the officers' names."""
        wanted = " and ".join(repr(name) for name in self.trainings)
        return Finding(
            "plan-infeasible",
            f"mandatory {wanted} cannot be planned for {len(self.officers)} officers within "
            f"the limits on {', '.join(self.limits)}",
            "warning",
            where=Where("mandatory_trainings", id=self.trainings[0]),
            hint="loosen one of these limits, or take the training off the mandatory ones",
        )


def find_clashes(plan: Plan) -> tuple[Clash, ...]:
    """Return why mandatory trainings are not in a plan, clash by clash.

    Parameters
    ----------
    plan : Plan
        Of any planner. Seats count as they are before anyone takes one.

    Returns
    -------
    tuple of Clash
        Sorted by training; empty where every mandatory training is planned, or could be.

    Notes
    -----
    One search for each set of limits tried, of the officers concerned and of their mandatory
    trainings and what these wait for; of the whole catalogue where entry levels are active.
    """
    wanted = plan.ranking.mandatory.copy()
    planned = np.zeros_like(wanted)
    planned[plan.officer, plan.training] = True
    rows = np.flatnonzero((wanted & ~planned).any(1))
    if not len(rows):
        return ()
    rooms = _Rooms(plan, rows)
    found: dict[tuple[tuple[str, ...], tuple[int, ...]], list[int]] = {}
    for row in range(len(rows)):
        limits = rooms.smallest_limits(row)
        if limits:
            key = limits, rooms.smallest_trainings(row, limits)
            found.setdefault(key, []).append(int(rows[row]))
    ids = plan.ranking.gaps.levels.framework.index.training_ids
    officers = plan.ranking.gaps.levels.roster.officer_ids
    clashes = [
        Clash(limits, tuple(ids[t] for t in wanted), tuple(map(str, officers[who])))
        for (limits, wanted), who in found.items()
    ]
    return tuple(sorted(clashes, key=lambda clash: (clash.trainings, clash.limits)))


def raise_if_infeasible(plan: Plan) -> Plan:
    """Return a plan in which nothing clashes.

    Raises `PlanInfeasible` otherwise, with a finding for each clash, the clashes, and the plan of
    what can be planned.
    """
    clashes = find_clashes(plan)
    if clashes:
        findings = [clash.to_finding() for clash in clashes]
        raise PlanInfeasible("planning", findings, clashes=clashes, plan=plan)
    return plan


class _Rooms:
    """Problems in which only some limits are active, for the officers of some rows."""

    def __init__(self, plan: Plan, rows: Ints) -> None:
        ranking = plan.ranking.take(rows)
        config = plan.config.model_copy(
            update={"objective": "gap", "minimum_gain": 0.0, "exact": False}
        )
        self.max_steps = len(ranking.gaps.levels.framework.trainings)
        self.strict = build_problem(ranking, config, plan.transitions)
        loose = config.model_copy(update={"accredited_only": False})
        self.loose = build_problem(ranking, loose, plan.transitions)
        self.mandatory = [np.flatnonzero(row) for row in ranking.mandatory]
        self.known: dict[tuple[object, ...], bool] = {}

    def smallest_limits(self, row: int) -> tuple[str, ...]:
        """Return the smallest set of limits that clashes with what is mandatory for an officer."""
        if self.possible(row, LIMITS, self.mandatory[row]):
            return ()
        for limits in _subsets(LIMITS, LARGEST):
            if not self.possible(row, limits, self.mandatory[row]):
                return limits
        return LIMITS

    def smallest_trainings(self, row: int, limits: tuple[str, ...]) -> tuple[int, ...]:
        """Return the smallest set of mandatory trainings that clashes with these limits."""
        wanted = tuple(int(t) for t in self.mandatory[row])
        for some in _subsets(wanted, len(wanted) - 1):
            if not self.possible(row, limits, np.array(some)):
                return some
        return wanted

    def possible(self, row: int, limits: tuple[str, ...], wanted: Ints) -> bool:
        """Whether an officer can take all the wanted trainings within these limits alone."""
        from competency.planning.officer.search import search_all

        problem = self.strict if "accreditation" in limits else self.loose
        problem = relaxed(part_of(problem, np.array([row])), limits)
        key = (limits, wanted.tobytes(), *(values.tobytes() for values in problem.officers))
        if key not in self.known:
            problem = _only(problem, wanted, limits, self.max_steps)
            found = search_all(problem, problem.seats.copy(), shared=False)
            taken = found.steps["training"][0, : found.length[0]]
            self.known[key] = bool(np.isin(wanted, taken).all())
        return self.known[key]


def relaxed(problem: Problem, limits: tuple[str, ...]) -> Problem:
    """Return a problem in which only the named limits (of :data:`LIMITS`) are active.

    Accreditation is not changed here.
    """
    catalogue, officers, scalars, seats = problem
    trainings, sessions = catalogue.trainings.copy(), catalogue.sessions.copy()
    budget = officers.budget.copy()
    if "hours" not in limits:
        budget[:, 0] = FREE
    if "cost" not in limits:
        budget[:, 1] = np.inf
    if "region" not in limits:
        trainings["region"] = sessions["region"] = ANY_REGION
    if "sessions" not in limits:
        seats = _seats_of_trainings(problem)
        trainings["dated"] = False
        scalars = scalars._replace(horizon=FREE)
    if "seats" not in limits:
        seats = np.full_like(seats, FREE)
    if "prerequisites" not in limits:
        trainings["last_prerequisite"] = trainings["first_prerequisite"]
    if "entry levels" not in limits:
        trainings["entry_match"] = 0.0
    return Problem(
        catalogue._replace(trainings=trainings, sessions=sessions),
        officers._replace(budget=budget),
        scalars,
        seats,
    )


def _seats_of_trainings(problem: Problem) -> Ints:
    """Return seats in which a training without dates has those of its open sessions together."""
    trainings, sessions = problem.catalogue.trainings, problem.catalogue.sessions
    seats = problem.seats.copy()
    free = np.concatenate([[0], np.cumsum(seats[sessions["number"]])])
    total = free[trainings["last_session"]] - free[trainings["first_session"]]
    here = trainings["last_session"] > trainings["first_session"]
    seats[len(seats) - len(trainings) :][here] = total[here]
    return seats


def _only(problem: Problem, wanted: Ints, limits: tuple[str, ...], max_steps: int) -> Problem:
    """Return a problem whose only aim is to take the wanted trainings."""
    catalogue, officers, scalars, _ = problem
    trainings = catalogue.trainings.copy()
    mandatory = np.zeros_like(officers.mandatory)
    mandatory[:, wanted] = True
    if "entry levels" not in limits:
        trainings["offered"] &= _closure(problem, wanted)
    if "steps" not in limits:
        scalars = scalars._replace(max_steps=min(max_steps, MOST_STEPS))
    return problem._replace(
        catalogue=catalogue._replace(trainings=trainings),
        officers=officers._replace(mandatory=mandatory, worth=np.zeros_like(officers.worth)),
        limits=scalars,
    )


def _closure(problem: Problem, wanted: Ints) -> Bools:
    """Return the wanted trainings and all that they wait for, directly or not."""
    trainings = problem.catalogue.trainings
    needed = np.zeros(len(trainings), bool)
    waiting = list(wanted)
    while waiting:
        t = waiting.pop()
        if not needed[t]:
            needed[t] = True
            first, last = trainings["first_prerequisite"][t], trainings["last_prerequisite"][t]
            waiting.extend(problem.catalogue.prerequisites[first:last])
    return needed


def _subsets(things: tuple[_Thing, ...], largest: int) -> Iterator[tuple[_Thing, ...]]:
    for size in range(1, largest + 1):
        yield from combinations(things, size)
