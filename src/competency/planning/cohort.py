"""A year for all officers: seats are shared, and the first to come is served first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from competency.planning.officer import limits
from competency.planning.solve import solve

if TYPE_CHECKING:
    from competency.config import PlanningConfig
    from competency.effects import Transitions
    from competency.planning.plan import Plan
    from competency.ranking.table import Ranking


def plan_cohort(
    ranking: Ranking,
    *,
    hours: float | None = None,
    config: PlanningConfig | None = None,
    transitions: Transitions | None = None,
) -> Plan:
    """Return a plan for all officers in which no session has more officers than seats.

    Officers are planned one after another in the order of their ids, each with the best
    sequence that the seats left allow: what most offices do today, and the baseline that a
    planner with prices on seats has to beat.

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

    Returns
    -------
    Plan

    Notes
    -----
    Linear in officers; they cannot be split over processes because seats are shared.
    """
    return solve(ranking, limits(config, hours), shared_seats=True, transitions=transitions)
