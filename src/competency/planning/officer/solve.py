"""From the search's integers to a labelled plan, and the words for what did not fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import Bools, Ints, frozen, index_pointer
from competency.errors import Finding, Where
from competency.planning.officer.proof import OfficerProof
from competency.planning.plan import Plan
from competency.planning.problem import ANY_REGION, build_problem

if TYPE_CHECKING:
    from competency.config import PlanningConfig
    from competency.effects import Transitions
    from competency.planning.officer.search import Found
    from competency.planning.problem import Problem, Records
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
    from competency.planning.officer.search import search_all

    transitions = transitions or ranking.transitions
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
    taken = np.nonzero(used)[0], found.steps[used]
    findings = remarks(ranking, problem, taken, problem.seats)
    plan = label(ranking, config, transitions, method="officer", taken=taken, findings=findings)
    proof = OfficerProof(objective or config.objective, found.value, found.bound)
    return replace(plan, proof=proof)


def label(
    ranking: Ranking,
    config: PlanningConfig,
    transitions: Transitions,
    *,
    method: str,
    taken: tuple[Ints, Records],
    findings: tuple[Finding, ...],
) -> Plan:
    """Return the plan of steps: the officer row of each, and its record of dtype `STEP`."""
    officer, step = taken
    today = np.datetime64(ranking.gaps.levels.as_of, "D")
    return Plan(
        ranking=ranking,
        config=config,
        transitions=transitions,
        method=method,
        pointer=index_pointer(officer, len(ranking)),
        training=frozen(step["training"].astype(np.int32)),
        session=frozen(step["session"].astype(np.int32)),
        start=frozen(today + step["start"].astype("timedelta64[D]")),
        end=frozen(today + step["end"].astype("timedelta64[D]")),
        gain=frozen(step["gain"].copy()),
        findings=findings,
    )


def remarks(
    ranking: Ranking, problem: Problem, taken: tuple[Ints, Records], seats: Ints
) -> tuple[Finding, ...]:
    """Return what to say of a plan: what counted, who has no level, and duties left out."""
    return _currency(problem) + _unknown(ranking) + _left_out(ranking, problem, taken, seats)


def _currency(problem: Problem) -> tuple[Finding, ...]:
    """Say that gaps closed were multiplied by what was learned of benefit, where they were."""
    multiplier = problem.officers.multiplier
    if (multiplier == 1.0).all():
        return ()
    low, high = multiplier.min(), multiplier.max()
    message = f"gaps closed count {low:.2f} to {high:.2f} times: the ranker learned their benefit"
    hint = "set learned_benefit = false to count expected gaps alone"
    return (Finding("learned-benefit", message, "note", hint=hint),)


def _left_out(
    ranking: Ranking, problem: Problem, taken: tuple[Ints, Records], seats: Ints
) -> tuple[Finding, ...]:
    planned = np.zeros_like(ranking.passed)
    planned[taken[0], taken[1]["training"]] = True
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
