"""Levels and gap after each step, worked by hand, and against what the planner reports."""

from __future__ import annotations

import numpy as np
import pytest
from planning_world import make_framework, make_ranking, make_session, random_world

from competency.config import PlanningConfig
from competency.planning import plan_cohort, plan_officers
from competency.planning.outlook import plan_outlook


def chain(**more):
    """A must reach 3: X lifts it 0 to 1, then Y (asks for A 1, after X) 1 to 3, half the time."""
    trainings = [
        {"id": "X", "hours": 4, "develops": [("A", 0, 1, 0.8)]},
        {"id": "Y", "hours": 8, "develops": [("A", 1, 3, 0.5)]} | more,
        {"id": "Z", "hours": 8, "develops": [("B", 0, 3, 1.0)]},
    ]
    return make_framework(trainings, competencies=("A", "B"), required={"A": 3, "B": 3})


def plan_of(framework, levels, **more):
    return plan_officers(make_ranking(framework, levels), config=PlanningConfig(**more))


def test_gap_and_spread_by_hand():
    steps = plan_outlook(plan_of(chain(), [[0, 3]])).steps
    worth = steps["gap_before"].iloc[0] / 3  # a level, all three missing for certain
    assert list(steps["training"]) == ["X", "Y"]
    # after X: 1 with .8, else 0. After Y: 3 with .4, 1 with .4, 0 with .2; missing 0, 2 and 3
    assert steps["gap_after"].tolist() == pytest.approx([2.2 * worth, 1.4 * worth])
    second = 0.4 * 4 + 0.2 * 9 - 1.4**2
    assert steps["gap_after_sd"].tolist() == pytest.approx(
        [0.4 * worth, np.sqrt(second) * worth], rel=1e-5
    )


def test_levels_by_hand():
    levels = plan_outlook(plan_of(chain(), [[0, 3]])).levels
    assert levels["level_before"].tolist() == pytest.approx([0.0, 0.8])
    assert levels["level_after"].tolist() == pytest.approx([0.8, 1.6])
    assert levels["level_after_sd"].tolist() == pytest.approx([0.4, np.sqrt(0.4 * 10 - 1.6**2)])
    assert levels["n_observations"].tolist() == [1, 1]


def test_a_step_waits_for_the_one_that_gives_its_entry_level():
    steps = plan_outlook(plan_of(chain(), [[0, 0]], hours=20)).steps.set_index("training")
    order = steps.loc["X", "order"]
    assert steps.loc["Y", ["waits_for", "waits_why"]].tolist() == [str(order), "entry"]
    assert set(steps.loc[["X", "Z"], "waits_for"]) == {""}


def test_who_holds_the_entry_level_waits_for_nothing():
    steps = plan_outlook(plan_of(chain(), [[1, 3]])).steps
    assert steps[["training", "waits_for", "waits_why"]].to_numpy().tolist() == [["Y", "", ""]]


def test_a_prerequisite_is_named_as_one():
    steps = plan_outlook(plan_of(chain(after=["X"]), [[0, 3]])).steps
    assert steps["waits_for"].tolist() == ["", "1"]
    assert steps["waits_why"].tolist() == ["", "prerequisite"]


def test_a_session_is_waited_for():
    framework = make_framework(
        [{"id": "X", "hours": 4, "develops": [("A", 0, 1, 0.8)]}],
        sessions=(make_session("X-1", "X", 30),),
    )
    steps = plan_outlook(plan_of(framework, [[0, 3]])).steps
    assert steps["waits_why"].tolist() == ["date"]


def test_an_empty_plan_has_empty_tables_of_the_same_columns():
    full, none = plan_outlook(plan_of(chain(), [[0, 0]])), plan_outlook(plan_of(chain(), [[3, 3]]))
    for ours, theirs in ((none.steps, full.steps), (none.levels, full.levels)):
        assert len(ours) == 0
        assert list(ours) == list(theirs)


@pytest.mark.parametrize("seed", range(12))
def test_the_gap_falls_by_what_the_planner_reports(seed):
    framework, levels, regions, passed = random_world(seed, n_officers=12)
    ranking = make_ranking(framework, levels, passed=passed, regions=regions, blur=0.2)
    for plan in (plan_officers(ranking, hours=40), plan_cohort(ranking, hours=40)):
        steps = plan_outlook(plan).steps
        assert len(steps) > 5
        fall = steps["gap_before"] - steps["gap_after"]
        assert np.abs(fall - plan.gain).max() < 1e-7
        # a step that waits for another would not be open without it, so that one comes first
        waiting = steps[steps["waits_for"] != ""]
        last = waiting["waits_for"].str.split(", ").str[-1].astype(int)
        assert (last < waiting["order"]).all()
