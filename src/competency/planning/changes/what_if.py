"""What more would bring: one more class of a training, more hours, another framework."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from competency.config import PlanningConfig, validated
from competency.planning.cohort.bundle_memory import nothing_frozen
from competency.planning.cohort.plans import plan_cohort, plan_problem
from competency.planning.problem import build_problem
from competency.planning.proof import seat_prices

if TYPE_CHECKING:
    from competency.planning.plan import Plan
    from competency.ranking.table import Ranking


def what_if(
    plan: Plan, *, classes: int = 5, hours: float = 10.0, ranking: Ranking | None = None
) -> pd.DataFrame:
    """Return what changes to the year would add to a cohort plan, in weighted levels.

    Parameters
    ----------
    plan : Plan
        By :func:`plan_cohort` with prices.
    classes : int
        Trainings for which one more class is planned anew: those that promise most. A class has
        the dates, the region and the seats of the dearest one that there is.
    hours : float
        More hours (JP) for each officer; 0 = not asked.
    ranking : Ranking, optional
        Made from another framework: what the plan would close with it.

    Returns
    -------
    DataFrame
        Columns change, training, session, seats, at_most, gained and duties. `at_most` (NaN where
        not known) is the price times the seats, more than which no class can bring.
        `gained` is the difference of the value planned anew, `duties` that of mandatory trainings
        planned; NaN for classes that were not planned anew.

    Raises
    ------
    InputError
        The plan has no prices.

    Notes
    -----
    One cohort plan for each row with a value in `gained`.

    Examples
    --------
    >>> import competency as cp
    >>> from competency.testing import small_gaps
    >>> plan = cp.plan_cohort(cp.rank_trainings(small_gaps(n_officers=3)))
    >>> what_if(plan, classes=0, hours=10)["change"].tolist()
    ['10 more hours']
    """
    rows: list[dict[str, object]] = []
    if hours:
        more = plan.config.model_dump() | {"hours": plan.config.hours + hours}
        config = validated(PlanningConfig, more)
        new = plan_cohort(plan.ranking, config=config, transitions=plan.transitions)
        rows.append({"change": f"{hours:g} more hours", **_gained(plan, new)})
    if ranking is not None:
        new = plan_cohort(ranking, config=plan.config)
        rows.append({"change": "other framework", **_gained(plan, new)})
    rows += _classes(plan, classes)
    columns = ["change", "training", "session", "seats", "at_most", "gained", "duties"]
    return pd.DataFrame([{"training": "", "session": "", **row} for row in rows], columns=columns)


def _classes(plan: Plan, count: int) -> list[dict[str, object]]:
    """Return a row for one more class of each training that has a price, the best first."""
    prices = seat_prices(plan)
    prices = prices[prices["price"] > 0].assign(at_most=prices["price"] * prices["seats"])
    best = prices.sort_values(["at_most", "training", "session"], ascending=[False, True, True])
    rows = best.drop_duplicates("training").to_dict("records")
    return [
        {
            "change": "one more class",
            **{name: row[name] for name in ("training", "session", "seats", "at_most")},
            **(_gained(plan, _with_class(plan, row)) if number < count else {}),
        }
        for number, row in enumerate(rows)
    ]


def _with_class(plan: Plan, row: Mapping[Any, Any]) -> Plan:
    """Return the plan with the seats of one class more."""
    index = plan.ranking.gaps.levels.framework.index
    problem = build_problem(plan.ranking, plan.config, plan.transitions)
    slots = [*index.session_ids, *("" for _ in index.training_ids)]
    slot = (
        slots.index(str(row["session"]))
        if row["session"]
        else (len(index.session_ids) + index.training_ids.index(str(row["training"])))
    )
    seats = problem.seats.copy()
    seats[slot] *= 2
    return plan_problem(
        plan.ranking,
        plan.config,
        plan.transitions,
        problem=problem._replace(seats=seats),
        kept=nothing_frozen(len(plan.ranking)),
    )


def _gained(plan: Plan, new: Plan) -> dict[str, object]:
    mandatory = [int(np.sum(p.ranking.mandatory[p.officer, p.training])) for p in (plan, new)]
    return {"gained": new.value - plan.value, "duties": mandatory[1] - mandatory[0]}
