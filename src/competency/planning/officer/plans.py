"""The best sequence for each officer: from the search to a labelled plan, and what did not fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import Bools, Ints, frozen, index_pointer
from competency.config import PlanningConfig, validated
from competency.errors import Finding, Where
from competency.planning.infeasible import raise_if_infeasible
from competency.planning.plan import Plan
from competency.planning.problem import ANY_REGION, build_problem
from competency.planning.proof import OfficerProof

if TYPE_CHECKING:
    from collections.abc import Callable

    from competency.arrays import Floats
    from competency.effects import Transitions
    from competency.planning.officer.search import Found
    from competency.planning.problem import Problem, Records
    from competency.ranking.table import Ranking

    Objective = str | Callable[[Floats, str], Floats]


def plan_officer(
    ranking: Ranking,
    officer: str,
    *,
    hours: float | None = None,
    config: PlanningConfig | None = None,
    transitions: Transitions | None = None,
    objective: Objective | None = None,
    strict: bool = False,
) -> Plan:
    """Return the best sequence of trainings for one officer.

    Parameters
    ----------
    ranking : Ranking
        Gives beliefs, worth, passed and mandatory trainings.
    officer : str
        An officer id of the ranking.
    hours : float, optional
        Budget of hours (JP); default: that of `config`.
    config : PlanningConfig, optional
        The other limits.
    transitions : Transitions, optional
        What trainings change; default: what the ranking took them to change.
    objective : str or callable, optional
        What the plan is for, instead of ``config.objective``: its name, or a function
        ``objective(probs, officer)`` that gives the values, shape ``(n,)``, of beliefs of shape
        ``(n, n_competencies, n_levels)`` for the officer with that id; higher is better.
    strict : bool
        Raise where mandatory trainings cannot all be planned; by default they are findings.

    Returns
    -------
    Plan
        Of this one officer.

    Raises
    ------
    InputError
        If the officer is not in the ranking.
    PlanInfeasible
        With `strict`, where mandatory trainings cannot all be planned; it names the smallest set
        of limits that clash.

    Notes
    -----
    A beam search (see :mod:`competency.planning.officer.search`); cost grows with beam width, steps
    and trainings. ``plan.proof`` says what the plan reaches, what no plan can exceed, and whether
    it is proven to be the best. The first call of a process compiles or loads the kernel. A
    function as objective is called about once for each step of the plan and 64 nodes of the beam,
    and is not bounded.
    """
    rows = ranking.gaps.levels.roster.rows_of([officer])
    return plan_officers(
        ranking.take(rows),
        hours=hours,
        config=config,
        transitions=transitions,
        objective=objective,
        strict=strict,
    )


def plan_officers(
    ranking: Ranking,
    *,
    hours: float | None = None,
    config: PlanningConfig | None = None,
    transitions: Transitions | None = None,
    objective: Objective | None = None,
    strict: bool = False,
) -> Plan:
    """Return the best sequence for each officer alone; a full session stays open to all others.

    Parameters
    ----------
    ranking : Ranking
        Gives beliefs, worth, passed and mandatory trainings of all officers.
    hours : float, optional
        Budget of hours (JP) for each officer; default: that of `config`.
    config : PlanningConfig, optional
        The other limits.
    transitions : Transitions, optional
        What trainings change; default: what the ranking took them to change.
    objective : str or callable, optional
        What the plan is for, instead of ``config.objective``: its name, or a function
        ``objective(probs, officer)`` that gives the values, shape ``(n,)``, of beliefs of shape
        ``(n, n_competencies, n_levels)`` for the officer with that id; higher is better.
    strict : bool
        Raise where mandatory trainings cannot all be planned; by default they are findings.

    Returns
    -------
    Plan

    Raises
    ------
    PlanInfeasible
        With `strict`, where mandatory trainings cannot all be planned. It names the smallest sets
        of limits that clash and the officers concerned, and holds the plan of all that can be.
    """
    settings = limits(config, hours)
    if callable(objective):
        from competency.planning.officer.custom import solve_custom

        plan = solve_custom(ranking, settings, objective, transitions=transitions)
    else:
        if objective is not None:
            changed = settings.model_dump() | {"objective": objective}
            settings = validated(PlanningConfig, changed)
        plan = solve(ranking, settings, shared_seats=False, transitions=transitions)
    return raise_if_infeasible(plan) if strict else plan


def limits(config: PlanningConfig | None, hours: float | None) -> PlanningConfig:
    """Return `config` (or the default) with the budget replaced where one is given."""
    config = config or PlanningConfig()
    if hours is None:
        return config
    return validated(PlanningConfig, config.model_dump() | {"hours": hours})


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

    With `shared_seats` a step takes a seat that later officers then miss. `transitions` default to
    those of the ranking.
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

    `problem` has the seats that are left; `objective` is its name, by default that of `config`.
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
    """Return findings on a plan: what counted, who has no level, mandatory trainings left out."""
    return _currency(problem) + _unknown(ranking) + _left_out(ranking, problem, taken, seats)


def _currency(problem: Problem) -> tuple[Finding, ...]:
    """Report that gaps closed were multiplied by what was learned of benefit, where they were."""
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
    """Report how many officers have no assessed competency: their plans rest on the prior."""
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
