"""A plan that has met reality: what changed is planned anew, everything else stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.planning.cohort.plans import plan_problem
from competency.planning.cohort.settled import settled_steps
from competency.planning.problem import build_problem

if TYPE_CHECKING:
    from competency.planning.plan import Plan
    from competency.planning.problem import Problem
    from competency.ranking.table import Ranking

KEY = ["officer", "training", "session", "start"]


@dataclass(frozen=True, eq=False)
class Replanned:
    """A new plan and what is different in it.

    Parameters
    ----------
    plan : Plan
    changes : DataFrame
        One row for each step that went or came: officer, training, session, start, change
        (``"dropped"`` or ``"added"``) and reason.
    """

    plan: Plan
    changes: pd.DataFrame

    def __repr__(self) -> str:
        counts = self.changes["change"].value_counts().to_dict()
        return f"Replanned({self.plan!r}, changes {counts})"


def replan(
    plan: Plan,
    ranking: Ranking | None = None,
    *,
    cancelled: Sequence[str] = (),
    withdrawn: Sequence[str] = (),
) -> Replanned:
    """Return a plan after changes that keeps every step that is still possible.

    Steps in cancelled sessions, of officers who withdraw, and those that break a rule of the
    framework of now (seats taken away, a session gone or moved) are dropped; with a dropped step
    go the later steps of its officer. All other steps are settled. Seats and hours that are free,
    new ones included, are then given to where they close the most.

    Parameters
    ----------
    plan : Plan
        The plan so far.
    ranking : Ranking, optional
        Made anew from a framework with other sessions or seats, same officers and `as_of`;
        default: that of the plan.
    cancelled : sequence of str
        Session ids that do not take place.
    withdrawn : sequence of str
        Officer ids who take nothing any more.

    Returns
    -------
    Replanned

    Raises
    ------
    InputError
        An officer of the plan is not in `ranking`.

    Notes
    -----
    No step is moved to make room for another: the fewest steps change, not the best plan. For
    that, plan anew and compare the values.
    """
    ranking = ranking or plan.ranking
    before = plan.to_frame()
    before["reason"] = _reasons(before, ranking, set(cancelled), set(withdrawn))
    hit = before["reason"] != ""
    after_hit = hit.groupby(before["officer"]).cummax() & ~hit
    before.loc[after_hit, "reason"] = "an earlier step of the officer was dropped"
    settled = settled_steps(ranking, before[before["reason"] == ""])
    same = ranking is plan.ranking
    transitions = plan.transitions if same else ranking.transitions
    problem = _without(
        build_problem(ranking, plan.config, transitions), ranking, cancelled, withdrawn
    )
    new = plan_problem(ranking, plan.config, transitions, problem=problem, kept=settled)
    return Replanned(new, _changes(before, new.to_frame()))


def _without(
    problem: Problem, ranking: Ranking, cancelled: Sequence[str], withdrawn: Sequence[str]
) -> Problem:
    """Return the problem with no seats in some sessions and nothing to take for some officers."""
    sessions = ranking.gaps.levels.framework.index.session_ids
    seats, passed = problem.seats.copy(), problem.officers.passed.copy()
    seats[np.flatnonzero(np.isin(sessions, list(cancelled)))] = 0
    passed[ranking.gaps.levels.roster.rows_of(list(withdrawn))] = True
    officers = problem.officers._replace(
        passed=passed, mandatory=problem.officers.mandatory & ~passed
    )
    return problem._replace(seats=seats, officers=officers)


def _reasons(
    steps: pd.DataFrame, ranking: Ranking, cancelled: set[str], withdrawn: set[str]
) -> pd.Series:
    """Return why each step cannot stay; empty where it can."""
    known = ranking.gaps.levels.framework.sessions
    dates = pd.DataFrame(
        {
            "session": [row.id for row in known],
            "now": pd.to_datetime([row.start for row in known]),
            "seats": [float("inf") if row.seats is None else row.seats for row in known],
        }
    )
    found = steps[["officer", "session", "start"]].merge(
        dates, how="left", on="session", validate="m:1"
    )
    dated = found["session"] != ""
    turn = found.groupby("session").cumcount()
    reason = pd.Series("", index=steps.index)
    reason[(dated & (turn >= found["seats"])).to_numpy()] = "the session has fewer seats"
    reason[(dated & (found["now"] != found["start"])).to_numpy()] = "the session is gone or moved"
    reason[steps["session"].isin(cancelled)] = "the session is cancelled"
    reason[steps["officer"].isin(withdrawn)] = "the officer has withdrawn"
    return reason


def _changes(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    both = before.merge(after[KEY], how="outer", on=KEY, indicator=True, validate="1:1")
    dropped = both[both["_merge"] == "left_only"].assign(change="dropped")
    added = both[both["_merge"] == "right_only"].assign(
        change="added", reason="seats and hours were free"
    )
    changes = pd.concat([dropped, added])[[*KEY, "change", "reason"]]
    order = ["officer", "change", "start"]
    return changes.sort_values(order, ascending=[True, False, True], ignore_index=True)
