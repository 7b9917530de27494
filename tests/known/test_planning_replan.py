"""Plans made anew: what stays, what goes, and what more would bring."""

from __future__ import annotations

import pytest
from cohort_world import random_cohort
from feasibility import infeasible
from planning_world import make_framework, make_ranking, make_session

from competency.config import PlanningConfig
from competency.errors import InputError
from competency.planning import plan_cohort
from competency.planning.changes.replan import replan
from competency.planning.changes.what_if import what_if

CONFIG = PlanningConfig(hours=28.0, cost=8.0)
COURSE = {"id": "T", "hours": 8.0, "form": "course", "develops": [("A", 0, 3, 1.0)]}


def world(seats, levels=(0, 1, 2)):
    sessions = tuple(make_session(f"S{n}", "T", 10 + n, seats=k) for n, k in enumerate(seats))
    framework = make_framework([COURSE], sessions=sessions)
    return make_ranking(framework, [(level, 3) for level in levels])


def told(changes):
    return changes[["officer", "session", "change", "reason"]].to_numpy().tolist()


def test_nothing_changed_changes_nothing():
    plan = plan_cohort(world([1, 1]))
    again = replan(plan)
    assert again.changes.empty
    assert again.plan.to_frame().equals(plan.to_frame())


def test_the_seat_of_an_officer_who_withdraws_goes_to_the_next():
    again = replan(plan_cohort(world([1])), withdrawn=["officer-000"])
    assert told(again.changes) == [
        ["officer-000", "S0", "dropped", "the officer has withdrawn"],
        ["officer-001", "S0", "added", "seats and hours were free"],
    ]


def test_a_cancelled_session_is_dropped_and_nobody_is_moved_for_it():
    plan = plan_cohort(world([1, 1]))
    gone = plan.to_frame().iloc[0]
    again = replan(plan, cancelled=[gone["session"]])
    assert told(again.changes) == [
        [gone["officer"], gone["session"], "dropped", "the session is cancelled"]
    ]
    assert len(again.plan) == 1


def test_new_seats_are_given_away_and_lost_ones_taken_from_the_last():
    plan = plan_cohort(world([1]))
    more = replan(plan, world([2]))
    assert more.changes["change"].tolist() == ["added"]
    fewer = replan(more.plan, world([1]))
    assert fewer.changes["reason"].tolist() == ["the session has fewer seats"]


@pytest.mark.parametrize("seed", range(6))
def test_what_is_not_hit_stays_and_no_rule_is_broken(seed):
    ranking, passed = random_cohort(seed, n_officers=20)
    plan = plan_cohort(ranking, config=CONFIG)
    frame = plan.to_frame()
    gone = sorted(set(frame.loc[frame["session"] != "", "session"]))[:1]
    out = frame["officer"].unique()[:1].tolist()
    again = replan(plan, cancelled=gone, withdrawn=out)
    assert infeasible(again.plan, passed=passed) == []
    assert not set(gone) & set(again.plan.to_frame()["session"])
    assert not set(out) & set(again.plan.to_frame()["officer"])
    hit = frame[frame["session"].isin(gone) | frame["officer"].isin(out)]["officer"]
    dropped = again.changes[again.changes["change"] == "dropped"]["officer"]
    assert set(dropped) <= set(hit)


def test_one_more_class_and_more_hours():
    table = what_if(plan_cohort(world([1]), hours=8.0), classes=1, hours=8.0)
    hours, first = table.to_dict("records")
    assert (first["training"], first["session"], first["seats"]) == ("T", "S0", 1)
    assert first["gained"] == 2.0  # the officer at level 1 comes in
    assert first["gained"] <= first["at_most"] + 1e-9
    assert (hours["change"], hours["gained"]) == ("8 more hours", 0.0)


def test_another_framework_and_what_is_not_planned_anew():
    table = what_if(plan_cohort(world([1])), classes=0, hours=0.0, ranking=world([3]))
    assert table["gained"].isna().tolist() == [False, True]
    assert table["gained"].iloc[0] == 3.0


def test_without_prices_there_is_no_answer():
    with pytest.raises(InputError, match="no seat prices"):
        what_if(plan_cohort(world([1]), method="first come"))
