"""The best sequence for one officer, or for each officer as if seats were no one else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from competency.config import PlanningConfig, validated
from competency.planning.infeasible import raise_if_infeasible
from competency.planning.officer.solve import solve

if TYPE_CHECKING:
    from collections.abc import Callable

    from competency.arrays import Floats
    from competency.effects import Transitions
    from competency.planning.plan import Plan
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
        What trainings change; default: the catalogue's claims.
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
        What trainings change; default: the catalogue's claims.
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
