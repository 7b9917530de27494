"""The smallest set of limits that makes mandatory trainings impossible, and other bad input."""

from __future__ import annotations

import pytest
from planning_world import day, make_framework, make_ranking, make_session
from pydantic import ValidationError

from competency.config import PlanningConfig
from competency.errors import PlanInfeasible
from competency.framework.model import Provider, Training
from competency.planning import plan_cohort, plan_officers
from competency.planning.infeasible import find_clashes


def must(identifier, competency="A", *, hours=8.0, entry=0, **more):
    develops = [(competency, entry, 3, 1.0)]
    return {"id": identifier, "hours": hours, "develops": develops, "mandatory": True} | more


def clashes_of(trainings, *, levels=((0, 0),), regions=None, tables=None, **config):
    ranking = make_ranking(make_framework(trainings, **(tables or {})), levels, regions=regions)
    plan = plan_officers(ranking, config=PlanningConfig(**config))
    return [(clash.limits, clash.trainings) for clash in find_clashes(plan)]


def in_class(*sessions):
    return {"sessions": sessions}


BASE = {"id": "BASE", "hours": 8.0, "form": "course", "develops": [("B", 0, 1, 1.0)]}
LAPSED = (Provider(id="X", name="X", accreditation_valid_until=day(-5)),)


@pytest.mark.parametrize(
    ("trainings", "more", "limits", "wanted"),
    [
        ([must("D", hours=50.0)], {}, ("hours",), ("D",)),
        ([must("D", cost=9.0)], {"cost": 5.0}, ("cost",), ("D",)),
        ([must("D", form="course")], {"tables": in_class(make_session("S", "D", -5))},
         ("sessions",), ("D",)),
        ([must("D", form="course")], {"tables": in_class(make_session("S", "D", 400))},
         ("sessions",), ("D",)),
        ([must("D", form="course")], {"tables": in_class(make_session("S", "D", 10, seats=0))},
         ("seats",), ("D",)),
        ([must("D", yearly_seats=0)], {}, ("seats",), ("D",)),
        ([must("D", region="east")], {"regions": ["west"]}, ("region",), ("D",)),
        ([must("D", provider="X")], {"tables": {"providers": LAPSED}}, ("accreditation",), ("D",)),
        ([must("D", entry=2)], {}, ("entry levels",), ("D",)),
        ([must("D", after=["BASE"]), BASE], {"tables": in_class(make_session("S", "BASE", -5))},
         ("sessions", "prerequisites"), ("D",)),
        ([must("D", after=["BASE"]), BASE | {"form": "e_learning", "hours": 15.0}], {},
         ("hours", "prerequisites"), ("D",)),
    ],
)  # fmt: skip
def test_one_mandatory_training_and_what_stands_in_its_way(trainings, more, limits, wanted):
    assert clashes_of(trainings, hours=20.0, **more) == [(limits, wanted)]


def test_of_three_mandatory_trainings_the_two_that_exceed_the_hours():
    trainings = [
        must("D1", hours=15.0),
        must("D2", "B", hours=14.0),
        must("D3", hours=2.0),
    ]
    assert clashes_of(trainings, hours=20.0) == [(("hours",), ("D1", "D2"))]


def test_two_that_meet_on_the_same_days():
    trainings = [must("D1", form="course"), must("D2", "B", form="course")]
    tables = in_class(make_session("S1", "D1", 10, 12), make_session("S2", "D2", 12, 13))
    assert clashes_of(trainings, hours=20.0, tables=tables) == [(("sessions",), ("D1", "D2"))]


def test_steps_are_a_limit_too():
    trainings = [must("D1"), must("D2", "B")]
    assert clashes_of(trainings, hours=20.0, max_steps=1) == [(("steps",), ("D1", "D2"))]


def test_nothing_clashes_where_everything_fits():
    assert clashes_of([must("D1"), must("D2", "B")], hours=20.0) == []


def test_officers_are_named_and_the_others_are_planned():
    trainings = [must("D", hours=8.0, region="east")]
    ranking = make_ranking(
        make_framework(trainings), [(0, 0)] * 3, regions=["west", "east", "west"]
    )
    with pytest.raises(PlanInfeasible, match="cannot be planned for 2 officers") as raised:
        plan_officers(ranking, strict=True)
    (clash,) = raised.value.clashes
    assert clash.officers == ("officer-000", "officer-002")
    assert "officer-000" not in str(raised.value)
    assert raised.value.plan.to_frame()["officer"].tolist() == ["officer-001"]
    assert len(plan_officers(ranking)) == 1  # without strict it is a finding


def test_strict_returns_the_plan_where_nothing_clashes():
    ranking = make_ranking(make_framework([must("D")]), [(0, 0)])
    assert len(plan_officers(ranking, strict=True)) == 1


def test_a_seat_that_another_officer_took_is_no_clash():
    sessions = (make_session("S", "D", 10, seats=1),)
    framework = make_framework([must("D", form="course")], sessions=sessions)
    plan = plan_cohort(make_ranking(framework, [(0, 0)] * 2), hours=20.0)
    assert len(plan) == 1
    assert find_clashes(plan) == ()


def test_a_cohort_plan_is_refused_or_told_alike():
    trainings = [must("D", hours=8.0, region="east")]
    ranking = make_ranking(make_framework(trainings), [(0, 0)] * 2, regions=["west", "east"])
    with pytest.raises(PlanInfeasible) as raised:
        plan_cohort(ranking, strict=True)
    assert raised.value.clashes == find_clashes(plan_cohort(ranking))
    assert raised.value.plan.to_frame()["officer"].tolist() == ["officer-001"]


def test_an_officer_with_no_known_level_is_planned_and_said():
    ranking = make_ranking(make_framework([must("D")]), [(0, 0), (0, 0)])
    ranking.gaps.known.setflags(write=True)
    ranking.gaps.known[1] = False
    for plan in (plan_officers(ranking), plan_cohort(ranking)):
        assert [f.code for f in plan.findings] == ["no-known-level"]
        assert "1 officers" in str(plan.findings[0])


@pytest.mark.parametrize("wrong", [{"cost": -1.0}, {"hours": -8.0}])
def test_negative_cost_and_hours_do_not_get_into_a_framework(wrong):
    with pytest.raises(ValidationError):
        Training(**{"id": "T", "name": "T", "hours": 8.0} | wrong)


def test_trainings_of_no_hours_are_planned_without_end_of_the_world():
    ranking = make_ranking(make_framework([must("D", hours=0.0)]), [(0, 0)])
    plan = plan_officers(ranking, hours=0.0)
    assert plan.to_frame()["training"].tolist() == ["D"]
    assert plan.proof.exact[0]
