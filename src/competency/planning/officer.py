"""The best sequence for one officer, or for each officer as if seats were no one else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from competency.config import PlanningConfig
from competency.planning.solve import solve

if TYPE_CHECKING:
    from competency.effects import Transitions
    from competency.planning.plan import Plan
    from competency.ranking.table import Ranking


def plan_officer(
    ranking: Ranking,
    officer: str,
    *,
    hours: float | None = None,
    config: PlanningConfig | None = None,
    transitions: Transitions | None = None,
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

    Returns
    -------
    Plan
        Of this one officer.

    Raises
    ------
    InputError
        If the officer is not in the ranking.

    Notes
    -----
    A beam search (see :mod:`competency.planning.search`); cost grows with beam width, steps and
    trainings. The first call of a process compiles or loads the kernel.
    """
    rows = ranking.gaps.levels.roster.rows_of([officer])
    return plan_officers(ranking.take(rows), hours=hours, config=config, transitions=transitions)


def plan_officers(
    ranking: Ranking,
    *,
    hours: float | None = None,
    config: PlanningConfig | None = None,
    transitions: Transitions | None = None,
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

    Returns
    -------
    Plan
    """
    return solve(ranking, limits(config, hours), shared_seats=False, transitions=transitions)


def limits(config: PlanningConfig | None, hours: float | None) -> PlanningConfig:
    """Return `config` (or the default) with the budget replaced where one is given."""
    from competency.config import validated

    config = config or PlanningConfig()
    if hours is None:
        return config
    return validated(PlanningConfig, config.model_dump() | {"hours": hours})
