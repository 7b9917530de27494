"""Seats drawn by lot: who is near a tie by hand, exact chances by drawing ten thousand times."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from planning_world import make_framework, make_ranking, make_session

from competency.arrays import stable_seed
from competency.config import PlanningConfig
from competency.planning import plan_cohort
from competency.planning.cohort.lottery import draw

COURSE = {"id": "T", "hours": 8.0, "form": "course", "develops": [("A", 0, 3, 1.0)]}
OTHER = {"id": "U", "hours": 8.0, "form": "course", "develops": [("A", 0, 3, 0.98)]}


def contest(levels, *, seats=2, tolerance=0.05, seed=0, trainings=(COURSE,), **more):
    """A class of T for officers at the given levels of A (3 is required), who know all of B."""
    sessions = (make_session("S", "T", 10, seats=seats), *more.pop("sessions", ()))
    framework = make_framework(list(trainings), sessions=sessions)
    ranking = make_ranking(framework, [(level, 3) for level in levels])
    config = PlanningConfig(hours=8.0, lottery_tolerance=tolerance, lottery_seed=seed)
    return plan_cohort(ranking, config=config, **more)


def test_each_candidate_wins_as_often_as_its_propensity_says():
    group = np.array([0] * 5 + [1] * 3 + [2] * 2)
    holds = np.array([1, 1, 0, 0, 0, 1, 0, 0, 1, 1], bool)
    wins, both, turns = np.zeros(len(group)), 0, 10_000
    for seed in range(turns):
        key = np.array([stable_seed(seed, "class", n) for n in range(len(group))], np.uint64)
        drawn, propensity = draw(group, key, holds)
        assert np.bincount(group, drawn).tolist() == [2, 1, 2]
        wins += drawn
        both += drawn[0] & drawn[1]
    assert propensity == pytest.approx([0.4] * 5 + [1 / 3] * 3 + [1.0] * 2)
    error = np.sqrt(propensity * (1 - propensity) / turns)
    assert (np.abs(wins / turns - propensity) <= 4 * error).all()
    assert both / turns == pytest.approx(0.4 * 0.25, abs=4 * np.sqrt(0.1 * 0.9 / turns))


def test_the_draw_does_not_depend_on_the_order_of_rows():
    rng = np.random.default_rng(1)
    group, holds = rng.integers(0, 4, 60), rng.random(60) < 0.4
    key = np.array([stable_seed(3, n) for n in range(60)], np.uint64)
    turned = rng.permutation(60)
    drawn, again = draw(group, key, holds), draw(group[turned], key[turned], holds[turned])
    assert (drawn.drawn[turned] == again.drawn).all()
    assert (drawn.propensity[turned] == again.propensity).all()


def test_equal_officers_draw_for_the_seats():
    plan = contest([0, 0, 0, 0, 0])
    log = plan.lottery
    assert log["officer"].tolist() == [f"officer-{n:03d}" for n in range(5)]
    assert (log["propensity"] == 0.4).all()
    assert (log["seats"] == 2).all()
    assert (log["candidates"] == 5).all()
    assert set(plan.to_frame()["officer"]) == set(log.loc[log["drawn"], "officer"])
    assert len(plan) == 2


def test_over_seeds_each_of_them_wins_as_often_as_said():
    wins = np.array([contest([0] * 5, seed=seed).lottery["drawn"] for seed in range(100)]).mean(0)
    assert np.abs(wins - 0.4).max() <= 4 * np.sqrt(0.4 * 0.6 / 100)


def test_who_gains_clearly_more_keeps_the_seat():
    plan = contest([1, 1, 0, 1])
    assert plan.lottery["officer"].tolist() == ["officer-000", "officer-001", "officer-003"]
    assert (plan.lottery["propensity"] == 1 / 3).all()
    assert "officer-002" in set(plan.to_frame()["officer"])


def test_without_a_tie_nothing_is_drawn_and_the_table_says_so():
    plan = contest([0, 0, 1, 1, 2])
    assert len(plan.lottery) == 0
    assert list(plan.lottery) == [
        "officer", "training", "session", "seats", "candidates", "propensity", "drawn", "margin",
    ]  # fmt: skip


def test_enough_seats_are_not_drawn_for():
    assert len(contest([0, 0], seats=2).lottery) == 0


def test_without_a_tolerance_there_is_no_lottery():
    assert contest([0, 0, 0], tolerance=0.0).lottery is None


def test_promised_seats_are_not_drawn_for():
    promised = contest([0, 0, 0, 0], seats=1, tolerance=0.0).to_frame()
    plan = contest([0, 0, 0, 0], settled=promised)
    assert not set(plan.lottery["officer"]) & set(promised["officer"])
    assert (plan.lottery["propensity"] == 1 / 3).all()
    kept = plan.to_frame().merge(promised, on=["officer", "session"])
    assert len(kept) == 1


def test_the_other_bundle_may_need_a_free_seat_and_only_as_many_change_as_there_are():
    """U closes 2 % less than T and has one seat left for three officers near a tie."""
    more = {"trainings": (COURSE, OTHER), "sessions": (make_session("V", "U", 20, seats=4),)}
    plan = contest([0, 0, 0, 0, 0], tolerance=0.2, **more)
    frame = plan.to_frame()
    assert frame["session"].value_counts().to_dict() == {"V": 3, "S": 2}
    assert len(frame["officer"].unique()) == 5
    holders = plan.lottery.groupby("session")["drawn"].sum()
    assert (holders == plan.lottery.groupby("session")["seats"].first()).all()


def test_a_plan_with_a_lottery_is_the_same_again_and_another_with_another_seed():
    first, again = contest([0] * 8, seed=5), contest([0] * 8, seed=5)
    pd.testing.assert_frame_equal(first.lottery, again.lottery)
    drawn = {tuple(contest([0] * 8, seed=seed).lottery["drawn"]) for seed in range(6)}
    assert len(drawn) > 1
