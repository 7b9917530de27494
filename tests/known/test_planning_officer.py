"""Plans of one officer whose right answer is known by construction."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from planning_world import (
    _match,
    _moved,
    _point,
    day,
    make_framework,
    make_ranking,
    make_session,
    random_world,
)

from competency.config import PlanningConfig
from competency.errors import ConfigError, InputError
from competency.framework.model import Prerequisite, Provider
from competency.planning import plan_officer, plan_officers


def steps(plan):
    return plan.to_frame()["training"].tolist()


def one(identifier, competency="A", *, entry=0, target=3, success=1.0, hours=8.0, **more):
    develops = [(competency, entry, target, success)]
    return {"id": identifier, "hours": hours, "develops": develops, **more}


def plan_of(
    trainings, levels=((0, 0),), *, hours=100.0, passed=(), regions=None, tables=None, **config
):
    framework = make_framework(trainings, **(tables or {}))
    ranking = make_ranking(framework, levels, passed=passed, regions=regions)
    return plan_officers(ranking, config=PlanningConfig(hours=hours, **config))


def test_one_training_closes_the_gap_and_says_by_how_much():
    plan = plan_of([one("T")])
    assert steps(plan) == ["T"]
    assert plan.gain.tolist() == [3.0]
    assert plan.value == 3.0


def test_gain_is_success_times_the_levels_closed():
    assert plan_of([one("T", success=0.5)]).value == pytest.approx(1.5)


def test_levels_above_the_requirement_are_worth_nothing():
    assert plan_of([one("T", target=4)]).value == pytest.approx(3.0)


def test_the_second_training_gains_only_what_the_first_left_over():
    plan = plan_of([one("T1", success=0.5), one("T2", success=0.5)])
    assert plan.gain.tolist() == pytest.approx([1.5, 0.75])


def test_hours_choose_two_short_trainings_over_one_long():
    trainings = [
        one("LONG", hours=20.0),
        one("S1", target=2, hours=10.0),
        one("S2", "B", hours=10.0),
    ]
    assert sorted(steps(plan_of(trainings, hours=20.0))) == ["S1", "S2"]


def test_no_hours_no_steps_but_trainings_of_no_hours_are_free():
    assert steps(plan_of([one("T"), one("FREE", "B", hours=0.0)], hours=0.0)) == ["FREE"]


def test_money_limits_like_hours():
    trainings = [one("DEAR", cost=9.0), one("CHEAP", target=2, cost=1.0)]
    assert steps(plan_of(trainings, cost=5.0)) == ["CHEAP"]


def test_entry_levels_put_the_ladder_in_order():
    trainings = [one("STEP3", entry=2), one("STEP1", target=1), one("STEP2", entry=1, target=2)]
    assert steps(plan_of(trainings)) == ["STEP1", "STEP2", "STEP3"]


def test_an_unlikely_first_step_does_not_open_the_second():
    trainings = [one("STEP1", target=2, success=0.4), one("STEP2", entry=2)]
    assert steps(plan_of(trainings)) == ["STEP1"]


def test_prerequisite_trainings_come_first_even_when_they_close_nothing():
    trainings = [one("MAIN", after=["BASE"]), {"id": "BASE", "hours": 4.0}]
    assert steps(plan_of(trainings)) == ["BASE", "MAIN"]


def test_a_step_that_leads_nowhere_is_left_out():
    trainings = [one("MAIN", hours=90.0, after=["BASE"]), {"id": "BASE", "hours": 4.0}]
    assert steps(plan_of(trainings, hours=20.0)) == []


def test_competency_prerequisites_are_climbed_first():
    needs = (Prerequisite(competency="A", level=2, requires_competency="B", requires_level=1),)
    trainings = [one("TA"), one("TB", "B", target=1)]
    assert steps(plan_of(trainings, tables={"prerequisites": needs})) == ["TB", "TA"]
    alone = [one("TA")]
    assert steps(plan_of(alone, tables={"prerequisites": needs})) == []


def test_part_of_the_entry_levels_is_enough_where_the_training_says_so():
    half = one("T", asks=[("A", 2), ("B", 2)], entry_match=0.5)
    assert steps(plan_of([half], levels=[(0, 2)])) == ["T"]
    assert steps(plan_of([half | {"entry_match": 0.6}], levels=[(0, 2)])) == []


def test_passed_trainings_are_not_repeated_and_open_the_next():
    trainings = [one("BASE", target=1), one("NEXT", after=["BASE"])]
    assert steps(plan_of(trainings, passed=[(0, "BASE")])) == ["NEXT"]


def test_mandatory_comes_before_better():
    trainings = [one("BEST"), one("DUTY", "B", target=1, mandatory=True)]
    assert steps(plan_of(trainings, hours=8.0)) == ["DUTY"]


def test_a_mandatory_training_that_does_not_fit_is_said():
    plan = plan_of([one("DUTY", hours=50.0, mandatory=True)], hours=20.0)
    assert [f.code for f in plan.findings] == ["mandatory-training-not-planned"]
    assert "more hours than the budget" in str(plan.findings[0])


def test_sessions_are_taken_in_order_of_dates_without_overlap():
    trainings = [one("A1", target=2, form="course"), one("B1", "B", form="course")]
    sessions = (
        make_session("A1-1", "A1", 10, 12),
        make_session("B1-1", "B1", 12, 14),
        make_session("B1-2", "B1", 13, 15),
    )
    frame = plan_of(trainings, tables={"sessions": sessions}).to_frame()
    assert frame["session"].tolist() == ["A1-1", "B1-2"]


def test_an_order_that_only_works_late_first_is_found():
    trainings = [one("A1", target=2, form="course"), one("B1", "B", form="course")]
    sessions = (make_session("A1-1", "A1", 50), make_session("B1-1", "B1", 10))
    assert steps(plan_of(trainings, tables={"sessions": sessions})) == ["B1", "A1"]


@pytest.mark.parametrize(
    ("session", "why"),
    [
        ({"start": 0}, "begins today"),
        ({"start": 360, "end": 366}, "ends after the horizon"),
        ({"start": 10, "seats": 0}, "no seats"),
        ({"start": 10, "region": "east"}, "another region"),
    ],
)
def test_sessions_that_cannot_be_attended(session, why):
    tables = {"sessions": (make_session("S", "T", **session),)}
    plan = plan_of([one("T", form="course")], regions=["west"], tables=tables)
    assert steps(plan) == [], why


def test_classical_trainings_need_a_session_once_there_are_sessions():
    trainings = [one("CLASS", form="course"), one("SELF", "B", form="self_study")]
    tables = {"sessions": (make_session("S", "OTHER", 10),)}
    assert steps(plan_of([*trainings, one("OTHER", target=1, form="course")], tables=tables)) == [
        "SELF",
        "OTHER",
    ]
    assert sorted(steps(plan_of(trainings))) == ["CLASS", "SELF"]


def test_lapsed_accreditation_is_a_hard_filter_that_can_be_lifted():
    tables = {
        "providers": (Provider(id="X", name="X", accreditation_valid_until=day(20)),),
        "sessions": (make_session("S1", "T", 10, 21),),
    }
    trainings = [one("T", provider="X", form="course")]
    assert steps(plan_of(trainings, tables=tables)) == []
    assert steps(plan_of(trainings, tables=tables, accredited_only=False)) == ["T"]


def test_undated_trainings_take_days_one_after_another():
    frame = plan_of([one("A1", hours=16.0), one("B1", "B", hours=8.0)]).to_frame()
    length = (frame["end"] - frame["start"]).dt.days + 1
    assert sorted(length) == [1, 2]
    assert frame["start"].iloc[1] > frame["end"].iloc[0]


def test_nothing_is_planned_for_an_officer_without_gaps():
    plan = plan_of([one("T")], levels=[(4, 4)])
    assert len(plan) == 0
    assert plan.to_frame().empty


def test_one_officer_alone_equals_the_same_officer_among_others():
    framework, levels, regions, passed = random_world(7, n_officers=6)
    ranking = make_ranking(framework, levels, regions=regions, passed=passed)
    everyone = plan_officers(ranking, hours=30.0).to_frame()
    for name in ranking.gaps.levels.roster.officer_ids:
        alone = plan_officer(ranking, name, hours=30.0).to_frame()
        same = everyone[everyone["officer"] == name].reset_index(drop=True)
        assert alone.to_dict("records") == same.to_dict("records")


def test_an_unknown_officer_and_an_illegal_budget_are_refused():
    ranking = make_ranking(make_framework([one("T")]), [(0, 0)])
    with pytest.raises(InputError, match="not in the evidence"):
        plan_officer(ranking, "nobody")
    with pytest.raises(ConfigError, match="hours"):
        plan_officers(ranking, hours=-1.0)


def best_value(framework, levels, passed, hours):
    """The optimum by trying every order (undated worlds, certain beliefs)."""
    trainings = {row.id: row for row in framework.trainings}
    required = {row.competency: row.level for row in framework.requirements}
    column = {c.id: i for i, c in enumerate(framework.competencies)}
    needs = {}
    for row in framework.training_prerequisites:
        needs.setdefault(row.training, set()).add(row.requires_training)

    def closed(chances):
        return sum(
            sum(chances[c][k] * min(k, r) for k in range(len(chances[c])))
            for c, r in required.items()
        )

    best = 0.0
    start = {c: _point(levels[i]) for c, i in column.items()}
    usable = [t for t in trainings if t not in passed and trainings[t].hours <= hours]
    for length in range(1, 5):
        for order in permutations(usable, length):
            if sum(trainings[t].hours for t in order) > hours:
                continue
            chances, done, feasible = dict(start), set(passed), True
            for t in order:
                row = trainings[t]
                feasible &= needs.get(t, set()) <= done
                feasible &= _match(framework, row, chances) >= row.entry_match - 1e-9
                feasible &= row.region == ""
                for d in framework.develops:
                    if d.training == t:
                        chances[d.competency] = _moved(chances[d.competency], d)
                done.add(t)
            if feasible:
                best = max(best, closed(chances) - closed(start))
    return best


def test_beam_search_against_every_order():
    shares = []
    for seed in range(12):
        framework, levels, _, _ = random_world(seed, n_trainings=6, n_officers=1, dated=False)
        framework = framework.model_copy(update={"mandatory_trainings": ()})
        ranking = make_ranking(framework, levels)
        config = PlanningConfig(hours=32.0, max_steps=4, minimum_gain=0.0)
        found = plan_officers(ranking, config=config).value
        optimum = best_value(framework, levels[0], set(), 32.0)
        assert found <= optimum + 1e-6
        shares.append(found / optimum if optimum else 1.0)
    assert np.mean(shares) >= 0.99
