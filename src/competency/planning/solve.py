"""From the search's integers to a labelled plan, and the words for what did not fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import Bools, Ints, frozen, index_pointer
from competency.effects import catalogue_transitions
from competency.errors import Finding, Where
from competency.planning.plan import Plan
from competency.planning.problem import ANY_REGION, build_problem
from competency.planning.proof import Proof

if TYPE_CHECKING:
    from competency.config import PlanningConfig
    from competency.effects import Transitions
    from competency.planning.problem import Problem
    from competency.planning.search import Found
    from competency.ranking.table import Ranking

REASONS: Mapping[str, str] = {
    "hours": "it needs more hours than the budget",
    "dates": "it has no session within the horizon that this officer may attend",
    "entry": "entry levels, prerequisites or other steps stand in the way",
    "seats": "its seats are taken",
}


def solve(
    ranking: Ranking,
    config: PlanningConfig,
    *,
    shared_seats: bool,
    transitions: Transitions | None = None,
) -> Plan:
    """Plan every officer of a ranking in the order of officer ids.

    Parameters
    ----------
    ranking : Ranking
    config : PlanningConfig
    shared_seats : bool
        Whether a step takes a seat that later officers then miss.
    transitions : Transitions, optional
        What trainings change; default: the catalogue's claims.
    """
    from competency.planning.search import search_all

    transitions = transitions or catalogue_transitions(ranking.gaps.levels.framework)
    problem = build_problem(ranking, config, transitions)
    seats = problem.seats.copy()
    found = search_all(problem, seats, shared=shared_seats)
    plan = plan_from(
        ranking, config, transitions, problem=problem._replace(seats=seats), found=found
    )
    return replace(plan, method="first come", proof=None) if shared_seats else plan


def plan_from(
    ranking: Ranking,
    config: PlanningConfig,
    transitions: Transitions,
    *,
    problem: Problem,
    found: Found,
    objective: str | None = None,
) -> Plan:
    """Return what a search found as the plan of officers who were planned alone.

    Parameters
    ----------
    ranking : Ranking
    config : PlanningConfig
    transitions : Transitions
    problem : Problem
        With the seats that are left.
    found : Found
    objective : str, optional
        Name of the objective; default: that of `config`.
    """
    used = np.arange(found.steps.shape[1]) < found.length[:, None]
    taken = found.steps[used]
    today = np.datetime64(ranking.gaps.levels.as_of, "D")
    officer = np.nonzero(used)[0]
    return Plan(
        ranking=ranking,
        config=config,
        transitions=transitions,
        method="officer",
        pointer=index_pointer(officer, len(ranking)),
        training=frozen(taken["training"].astype(np.int32)),
        session=frozen(taken["session"].astype(np.int32)),
        start=frozen(today + taken["start"].astype("timedelta64[D]")),
        end=frozen(today + taken["end"].astype("timedelta64[D]")),
        gain=frozen(taken["gain"].copy()),
        findings=(
            *_unknown(ranking),
            *_left_out(ranking, problem, (officer, taken["training"]), problem.seats),
        ),
        proof=Proof(objective or config.objective, found.value, found.bound),
    )


def _unknown(ranking: Ranking) -> tuple[Finding, ...]:
    """Say how many officers have no assessed competency at all: their plan rests on the prior."""
    count = int((~ranking.gaps.known.any(1)).sum())
    if not count:
        return ()
    return (
        Finding(
            "no-known-level",
            f"{count} officers have no assessed competency: their plans rest on what is usual "
            "for their position",
            "note",
            hint="assess them before seats are given to them",
        ),
    )


def _left_out(
    ranking: Ranking, problem: Problem, taken: tuple[Ints, Ints], seats: Ints
) -> tuple[Finding, ...]:
    planned = np.zeros_like(ranking.passed)
    planned[taken] = True
    missing = ranking.mandatory & ~planned
    ids = ranking.gaps.levels.framework.index.training_ids
    return tuple(
        Finding(
            "mandatory-training-not-planned",
            f"mandatory training {ids[t]!r} is not in the plan of {count} officers: "
            f"{REASONS[reason]}",
            "note",
            where=Where("trainings", id=ids[t]),
            hint="raise the hours, add sessions or seats, or plan it in a later year",
        )
        for t in np.flatnonzero(missing.any(0))
        for reason, count in _reasons(int(t), missing[:, t], problem, seats).items()
    )


def _reasons(t: int, missing: Bools, problem: Problem, seats: Ints) -> dict[str, int]:
    training, officers = problem.catalogue.trainings[t], problem.officers
    sessions = problem.catalogue.sessions[training["first_session"] : training["last_session"]]
    attends = (sessions["region"] == ANY_REGION) | (sessions["region"] == officers.region[:, None])
    free = attends & (seats[sessions["number"]] > 0)
    cause = np.select(
        [
            training["hours"] > officers.budget[:, 0],
            training["dated"] & ~attends.any(1),
            ~free.any(1) if training["dated"] else seats[t - len(problem.catalogue.trainings)] <= 0,
        ],
        ["hours", "dates", "seats"],
        "entry",
    )
    names, counts = np.unique(cause[missing], return_counts=True)
    return {str(name): int(count) for name, count in zip(names, counts, strict=True)}
