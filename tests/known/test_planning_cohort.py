"""Cohort plans: seats are shared and the first to come is served first."""

from __future__ import annotations

import pytest
from planning_world import make_framework, make_ranking, make_session, random_world, violations

from competency.config import PlanningConfig
from competency.planning import plan_cohort, plan_officers

COURSE = {"id": "T", "hours": 8.0, "form": "course", "develops": [("A", 0, 3, 1.0)]}


def cohort(seats, n_officers):
    sessions = tuple(
        make_session(f"S{n}", "T", 10 + n, seats=count) for n, count in enumerate(seats)
    )
    framework = make_framework([COURSE | {"mandatory": True}], sessions=sessions)
    return plan_cohort(make_ranking(framework, [(0, 0)] * n_officers), hours=20.0)


def test_the_first_officers_get_the_seats_and_the_rest_is_said():
    plan = cohort([2, 1], 5)
    frame = plan.to_frame()
    assert frame["officer"].tolist() == ["officer-000", "officer-001", "officer-002"]
    assert frame["session"].tolist() == ["S0", "S0", "S1"]
    assert "of 2 officers: its seats are taken" in str(plan.findings[0])


def test_no_seats_at_all():
    plan = cohort([0], 3)
    assert len(plan) == 0
    assert len(plan.findings) == 1


def test_seats_without_a_limit():
    assert len(cohort([None], 50)) == 50


def test_a_training_without_dates_has_the_seats_of_a_year():
    coaching = {"id": "T", "hours": 4.0, "yearly_seats": 2, "develops": [("A", 0, 3, 1.0)]}
    ranking = make_ranking(make_framework([coaching | {"mandatory": True}]), [(0, 0)] * 5)
    plan = plan_cohort(ranking, hours=20.0)
    assert plan.to_frame()["officer"].tolist() == ["officer-000", "officer-001"]
    assert "of 3 officers: its seats are taken" in str(plan.findings[0])
    assert len(plan_officers(ranking, hours=20.0)) == 5


def test_part_of_a_plan_is_the_plan_of_that_part():
    plan = cohort([None], 4)
    assert plan.take([2, 0]).to_frame()["officer"].tolist() == ["officer-002", "officer-000"]


def test_alone_officers_do_not_take_each_others_seats():
    framework = make_framework([COURSE], sessions=(make_session("S", "T", 10, seats=1),))
    ranking = make_ranking(framework, [(0, 0)] * 4)
    assert len(plan_officers(ranking, hours=20.0)) == 4
    assert len(plan_cohort(ranking, hours=20.0)) == 1


@pytest.mark.parametrize("shared", [True, False])
def test_no_rule_is_broken_in_generated_worlds(shared):
    planner = plan_cohort if shared else plan_officers
    planned = 0
    for seed in range(150):
        framework, levels, regions, passed = random_world(seed)
        ranking = make_ranking(framework, levels, regions=regions, passed=passed)
        plan = planner(ranking, config=PlanningConfig(hours=28.0, cost=8.0))
        frame = plan.to_frame()
        planned += len(frame)
        broken = violations(
            frame, framework, levels, regions, passed, hours=28.0, cost=8.0, shared=shared
        )
        assert not broken, (seed, broken)
    assert planned > 500
