"""Cohort plans whose right answer is known, by hand or by trying everything."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from cohort_world import random_cohort
from feasibility import Person, Rules, infeasible, over
from planning_world import make_framework, make_ranking, make_session, random_world, violations

from competency.config import PlanningConfig
from competency.errors import InputError
from competency.planning import plan_cohort, plan_officers
from competency.planning.proof import seat_prices

COURSE = {"id": "T", "hours": 8.0, "form": "course", "develops": [("A", 0, 3, 1.0)]}


def cohort(seats, n_officers, **more):
    sessions = tuple(
        make_session(f"S{n}", "T", 10 + n, seats=count) for n, count in enumerate(seats)
    )
    framework = make_framework([COURSE | {"mandatory": True}], sessions=sessions)
    return plan_cohort(make_ranking(framework, [(0, 0)] * n_officers), hours=20.0, **more)


def contest(levels, *, seats=1, **more):
    """One session of one training, for officers at the given levels of A (3 is required)."""
    framework = make_framework([COURSE], sessions=(make_session("S", "T", 10, seats=seats),))
    ranking = make_ranking(
        framework, [(level, 3) for level in levels], regions=more.pop("at", None)
    )
    return plan_cohort(ranking, config=PlanningConfig(**more))


def test_first_come_the_first_officers_get_the_seats_and_the_rest_is_said():
    plan = cohort([2, 1], 5, method="first come")
    frame = plan.to_frame()
    assert frame["officer"].tolist() == ["officer-000", "officer-001", "officer-002"]
    assert frame["session"].tolist() == ["S0", "S0", "S1"]
    assert "of 2 officers: its seats are taken" in str(plan.findings[0])
    assert plan.proof is None


def test_by_prices_all_seats_are_given_and_the_rest_is_said():
    plan = cohort([2, 1], 5)
    assert sorted(plan.to_frame()["session"]) == ["S0", "S0", "S1"]
    assert "of 2 officers: its seats are taken" in str(plan.findings[0])
    assert plan.proof.gap == 0.0


@pytest.mark.parametrize("method", ["prices", "first come"])
def test_no_seats_at_all(method):
    plan = cohort([0], 3, method=method)
    assert len(plan) == 0
    assert len(plan.findings) == 1


def test_seats_without_a_limit():
    plan = cohort([None], 50)
    assert len(plan) == 50
    assert not plan.proof.prices.any()


def test_a_training_without_dates_has_the_seats_of_a_year():
    coaching = {"id": "T", "hours": 4.0, "yearly_seats": 2, "develops": [("A", 0, 3, 1.0)]}
    ranking = make_ranking(make_framework([coaching | {"mandatory": True}]), [(0, 0)] * 5)
    plan = plan_cohort(ranking, hours=20.0)
    assert len(plan) == 2
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


def test_the_seat_goes_to_the_largest_gap_at_a_price_between_the_two():
    plan = contest([2, 0, 1])
    assert plan.to_frame()["officer"].tolist() == ["officer-001"]
    assert plan.value == plan.proof.bound == 3.0
    prices = seat_prices(plan)
    assert prices["session"].tolist() == ["S"]
    assert 2.0 <= prices["price"][0] <= 3.0  # what the next officer would close, or the last


def test_a_duty_comes_before_a_gap():
    framework = make_framework(
        [COURSE | {"hours": 20.0}, {**COURSE, "id": "D", "hours": 20.0, "mandatory": True,
                                    "form": "e_learning", "develops": [("B", 0, 1, 0.5)]}],
        sessions=(make_session("S", "T", 10),),
    )  # fmt: skip
    plan = plan_cohort(make_ranking(framework, [(0, 0)]), hours=20.0)
    assert plan.to_frame()["training"].tolist() == ["D"]
    assert plan.proof.bound == pytest.approx(0.5)  # the duty's reward is not in it


def test_two_trainings_whose_order_is_set_by_their_dates():
    steps = [("BASIC", 0, 2), ("NEXT", 2, 3)]
    trainings = [
        {"id": t, "hours": 8.0, "form": "course", "develops": [("A", e, k, 1.0)],
         "asks": [("A", e)] if e else []}
        for t, e, k in steps
    ]  # fmt: skip
    late, early = make_session("B", "BASIC", 100, seats=1), make_session("N", "NEXT", 50, seats=1)
    again = make_session("N2", "NEXT", 150, seats=1)
    ranking = make_ranking(make_framework(trainings, sessions=(late, early, again)), [(0, 3)])
    assert plan_cohort(ranking, hours=20.0).to_frame()["session"].tolist() == ["B", "N2"]
    only = make_framework(trainings, sessions=(late, early))
    plan = plan_cohort(make_ranking(only, [(0, 3)]), hours=20.0)
    assert plan.to_frame()["session"].tolist() == ["B"]


def test_the_floor_of_hours_comes_before_gaps():
    # One seat. The first officer closes more, but has 4 hours without it, the other has none.
    more = {"id": "E", "hours": 4.0, "develops": [("B", 0, 1, 1.0)]}
    framework = make_framework([COURSE, more], sessions=(make_session("S", "T", 10, seats=1),))
    levels = [(0, 0), (1, 3)]
    plain = plan_cohort(make_ranking(framework, levels))
    floor = plan_cohort(make_ranking(framework, levels), config=PlanningConfig(floor_hours=8.0))
    assert plain.to_frame()["officer"].tolist() == ["officer-000"] * 2
    assert floor.to_frame()["officer"].tolist() == ["officer-000", "officer-001"]
    assert floor.findings[0].code == "hours-below-floor"
    assert floor.value <= floor.proof.bound


def test_no_region_is_left_behind():
    at = ["east", "east", "west", "west"]
    assert set(contest([0, 0, 1, 1], seats=2, at=at).officer) == {0, 1}
    assert len({0, 1} & set(contest([0, 0, 1, 1], seats=2, at=at, region_floor=1.0).officer)) == 1


def test_a_region_that_no_session_serves_is_said():
    framework = make_framework(
        [COURSE], sessions=(make_session("S", "T", 10, seats=4, region="east"),)
    )
    ranking = make_ranking(framework, [(0, 3)] * 2, regions=["east", "west"])
    plan = plan_cohort(ranking, config=PlanningConfig(region_floor=0.5))
    codes = [finding.code for finding in plan.findings]
    assert codes in ([], ["region-below-floor"])  # nobody gets hours, or it is said


def test_settled_steps_stay_and_hold_their_seats():
    free = contest([2, 0, 1])
    promised = free.to_frame().assign(officer="officer-000")
    plan = plan_cohort(free.ranking, hours=20.0, settled=promised)
    assert plan.to_frame()["officer"].tolist() == ["officer-000"]
    assert plan.value == 1.0
    assert plan.proof.taken[0] == 1


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"training": "X"}, "'X' is not in the framework"),
        ({"session": "X"}, "'X' is not in the framework"),
        ({"officer": "nobody"}, "1 officers are not in the ranking"),
        ({"start": pd.Timestamp("2026-10-01")}, "do not lie after as_of"),
    ],
)
def test_impossible_settled_steps_are_refused(change, text):
    plan = contest([0])
    with pytest.raises(InputError, match=text):
        plan_cohort(plan.ranking, settled=plan.to_frame().assign(**change))
    with pytest.raises(InputError, match="twice"):
        plan_cohort(plan.ranking, settled=pd.concat([plan.to_frame()] * 2))
    with pytest.raises(InputError, match="missing"):
        plan_cohort(plan.ranking, settled=plan.to_frame().drop(columns="end"))


def test_prices_are_refused_where_there_are_none():
    with pytest.raises(InputError, match="no seat prices"):
        seat_prices(cohort([1], 2, method="first come"))


def test_nobody():
    plan = contest([0])
    nobody = plan_cohort(plan.ranking.take(np.array([], int)))
    assert len(nobody) == 0
    assert nobody.proof.gap == 0.0


@pytest.mark.parametrize("shared", [True, False])
def test_no_rule_is_broken_in_generated_worlds(shared):
    planner = plan_cohort if shared else plan_officers
    planned = 0
    for seed in range(60):
        framework, levels, regions, passed = random_world(seed)
        ranking = make_ranking(framework, levels, regions=regions, passed=passed)
        plan = planner(ranking, config=PlanningConfig(hours=28.0, cost=8.0))
        frame = plan.to_frame()
        planned += len(frame)
        broken = violations(
            frame, framework, levels, regions, passed, hours=28.0, cost=8.0, shared=shared
        )
        assert not broken, (seed, broken)
    assert planned > 200


def every_plan(ranking, row, config):
    """Every sequence of one officer that breaks no rule: its sessions and what it closes."""
    levels = ranking.gaps.levels
    rules = Rules(levels.framework, config=config, as_of=levels.as_of)
    names = sorted(row.id for row in levels.framework.competencies)
    options = []
    for t in levels.framework.trainings:
        dates = [(s.id, s.start, s.end) for s in levels.framework.sessions if s.training == t.id]
        options += [(t.id, *when) for when in dates]

    def person():
        return Person(
            rules,
            {c: [float(x) for x in levels.probs[row, i]] for i, c in enumerate(names)},
            {c: [float(x) for x in ranking.worth[row, i]] for i, c in enumerate(names)},
            levels.roster.region[row],
            (),
        )

    def grow(steps):
        yield steps
        for option in options:
            taken = person()
            for step in [*steps, option]:
                gain_of(taken, step)
            if not taken.finish():
                yield from grow([*steps, option])

    for steps in grow([]):
        one = person()
        yield [step[1] for step in steps], sum(gain_of(one, step) for step in steps)


def gain_of(person, step):
    """Let a person take a step, and return what it closes."""
    name, session, *days = step
    start, end = (pd.Timestamp(day) for day in days)
    row = SimpleNamespace(training=name, session=session, start=start, end=end, gap_closed=0.0)
    before = list(person.said)
    person.take(row)
    closed = [text for text in person.said[len(before) :] if "closes" in text]
    person.said = [text for text in person.said if text not in closed]
    return float(closed[0].split("closes ")[1].split(",")[0]) if closed else 0.0


def best_by_trying_everything(ranking, config):
    seats = {s.id: s.seats for s in ranking.gaps.levels.framework.sessions}
    plans = [list(every_plan(ranking, row, config)) for row in range(len(ranking))]
    best = 0.0
    for choice in product(*plans):
        taken = [session for steps, _ in choice for session in steps]
        if not any(over(taken.count(s), seats[s]) for s in set(taken)):
            best = max(best, sum(gain for _, gain in choice))
    return best


@pytest.mark.parametrize("seed", range(8))
def test_the_best_of_all_plans_of_a_tiny_world(seed):
    rng = np.random.default_rng(seed)
    trainings, sessions = [], []
    for t in range(4):
        entry = int(rng.integers(0, 2))
        trainings.append(
            {
                "id": f"T{t}", "hours": float(rng.choice([4, 8])), "form": "course",
                "develops": [(str(rng.choice(["A", "B"])), entry, entry + int(rng.integers(1, 3)),
                              float(rng.choice([0.5, 1.0])))],
                "after": ["T0"] if t == 3 else [],
            }
        )  # fmt: skip
        for s in range(rng.integers(1, 3)):
            days = int(rng.integers(1, 30))
            sessions.append(make_session(f"T{t}-{s}", f"T{t}", days, days + 3, seats=1))
    framework = make_framework(trainings, sessions=tuple(sessions))
    ranking = make_ranking(framework, rng.integers(0, 3, (3, 2)), blur=0.2)
    config = PlanningConfig(hours=16.0, minimum_gain=0.0)
    best = best_by_trying_everything(ranking, config)
    plan = plan_cohort(ranking, config=config)
    assert not infeasible(plan)
    assert plan.value <= best + 1e-6 <= plan.proof.bound + 2e-6
    assert plan.value == pytest.approx(best, abs=1e-6) or plan.proof.gap > 1e-6


def test_the_workers_make_no_difference():
    ranking, _ = random_cohort(3, n_officers=300)
    one, two = (plan_cohort(ranking, workers=n) for n in (1, 2))
    assert one.to_frame().to_csv() == two.to_frame().to_csv()
    assert one.proof.prices.tobytes() == two.proof.prices.tobytes()
    assert replace(one.proof, exact=two.proof.exact).bound == two.proof.bound
