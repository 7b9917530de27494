"""Objectives, bounds and proofs of one officer's plan, against every order tried."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest
from planning_force import best_by_force
from planning_world import make_framework, make_ranking, make_session, random_world

from competency.config import GapConfig, PlanningConfig, RankingConfig
from competency.errors import ConfigError
from competency.framework.model import Position, Requirement
from competency.gaps import score_gaps
from competency.planning import plan_cohort, plan_officer, plan_officers, seat_prices
from competency.planning.objectives import OBJECTIVES
from competency.ranking import PriorRanker


def small_world(seed, *, dated):
    framework, levels, _, _ = random_world(seed, n_trainings=6, n_officers=1, dated=dated)
    return framework.model_copy(update={"mandatory_trainings": ()}), levels


def plan_of(framework, levels, **config):
    limits = {"hours": 32.0, "max_steps": 4, "minimum_gain": 0.0, "accredited_only": False}
    settings = PlanningConfig(**limits, **config)
    return plan_officers(make_ranking(framework, levels), config=settings)


@pytest.mark.parametrize("dated", [False, True])
@pytest.mark.parametrize("objective", OBJECTIVES)
def test_exact_search_finds_and_proves_the_best_of_all_orders(objective, dated):
    proven = 0
    for seed in range(20):
        framework, levels = small_world(seed, dated=dated)
        plan = plan_of(framework, levels, objective=objective, exact=True)
        best = best_by_force(framework, levels[0], hours=32.0, objective=objective)
        assert plan.proof.value[0] == pytest.approx(best, abs=1e-5)
        assert plan.proof.bound[0] >= best - 1e-5
        proven += int(plan.proof.exact[0])
    assert proven >= 19


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_a_narrow_beam_states_a_bound_that_holds(objective):
    loose = 0
    for seed in range(20):
        framework, levels = small_world(seed, dated=False)
        plan = plan_of(framework, levels, objective=objective, beam_width=1)
        best = best_by_force(framework, levels[0], hours=32.0, objective=objective)
        assert plan.proof.value[0] <= best + 1e-5
        assert best <= plan.proof.bound[0] + 1e-5
        loose += plan.proof.value[0] < best - 1e-5
    assert loose == 0 or objective != "positions"


def test_chance_to_meet_all_is_the_product_of_the_chances():
    trainings = [
        {"id": "TA", "hours": 8.0, "develops": [("A", 0, 3, 0.8)]},
        {"id": "TB", "hours": 8.0, "develops": [("B", 0, 3, 0.5)]},
    ]
    plan = plan_of(make_framework(trainings), [(0, 0)], objective="requirements")
    assert plan.proof.value[0] == pytest.approx(0.4)
    assert plan.proof.exact[0]
    assert sorted(plan.to_frame()["training"]) == ["TA", "TB"]


def test_only_requirements_marked_mandatory_count():
    trainings = [
        {"id": "TA", "hours": 20.0, "develops": [("A", 0, 3, 0.6)]},
        {"id": "TB", "hours": 20.0, "develops": [("B", 0, 3, 1.0)]},
    ]
    framework = make_framework(trainings)
    marked = tuple(
        row.model_copy(update={"mandatory": row.competency == "A"})
        for row in framework.requirements
    )
    framework = framework.model_copy(update={"requirements": marked})
    plan = plan_of(framework, [(0, 0)], objective="requirements")
    assert plan.to_frame()["training"].tolist() == ["TA"]
    assert plan.proof.value[0] == pytest.approx(0.6)
    assert plan_of(framework, [(0, 0)]).to_frame()["training"].tolist() == ["TB"]


def many_positions(trainings, wanted):
    """Position P0, P1, ... asks for the levels in `wanted`; all of them are aims."""
    competencies = ("A", "B", "C")
    framework = make_framework(trainings, competencies=competencies).model_copy(
        update={
            "positions": tuple(Position(id=f"P{n}", name="P") for n in range(len(wanted))),
            "requirements": tuple(
                Requirement(position=f"P{n}", competency=c, level=level)
                for n, row in enumerate(wanted)
                for c, level in zip(competencies, row, strict=True)
                if level
            ),
        }
    )
    beliefs = make_ranking(framework, [(0, 0, 0)]).gaps.levels
    aims = tuple(f"P{n}" for n in range(len(wanted)))
    gaps = score_gaps(beliefs, config=GapConfig(aims=aims))
    return PriorRanker(RankingConfig()).rank(gaps)


def test_positions_are_counted_where_the_gap_would_choose_otherwise():
    trainings = [
        {"id": "BIG", "hours": 8.0, "develops": [("A", 0, 3, 1.0)]},
        {"id": "SMALL", "hours": 8.0, "develops": [("B", 0, 1, 1.0)]},
    ]
    # BIG closes 3 of 4 levels of P0 and does not reach it; SMALL reaches P1 and P2
    ranking = many_positions(trainings, [(4, 0, 0), (0, 1, 0), (0, 1, 0)])
    config = PlanningConfig(hours=8.0)
    plan = plan_officers(ranking, config=config, objective="positions")
    assert plan.to_frame()["training"].tolist() == ["SMALL"]
    assert (plan.proof.value[0], plan.proof.bound[0]) == (2.0, 2.0)
    assert plan_officers(ranking, config=config).to_frame()["training"].tolist() == ["BIG"]


def test_a_near_miss_is_followed_up_by_a_beam_of_one():
    trainings = [
        {"id": "X1", "hours": 8.0, "develops": [("A", 0, 2, 1.0)]},
        {"id": "X2", "hours": 8.0, "develops": [("B", 0, 2, 1.0)]},
        {"id": "Y", "hours": 8.0, "develops": [("C", 0, 4, 1.0)]},
    ]
    # Y closes more of P1, which stays out of reach; X1 and X2 together reach P0
    ranking = many_positions(trainings, [(2, 2, 0), (4, 4, 4)])
    plan = plan_officers(
        ranking, config=PlanningConfig(hours=16.0, beam_width=1), objective="positions"
    )
    assert sorted(plan.to_frame()["training"]) == ["X1", "X2"]
    assert plan.proof.value[0] == 1.0


def test_where_no_position_can_be_reached_the_gap_is_closed():
    trainings = [{"id": "T", "hours": 8.0, "develops": [("A", 0, 1, 1.0)]}]
    plan = plan_officers(
        many_positions(trainings, [(4, 0, 0)]), config=PlanningConfig(objective="positions")
    )
    assert plan.to_frame()["training"].tolist() == ["T"]
    assert (plan.proof.value[0], plan.proof.bound[0]) == (0.0, 0.0)


def test_a_function_that_sums_the_levels_equals_the_gap():
    for seed in range(8):
        framework, levels = small_world(seed, dated=True)
        required = {r.competency: r.level for r in framework.requirements}
        top = np.array([required[c] for c in sorted(required)])
        counts = np.minimum(np.arange(5), top[:, None])

        def closed(probs, officer, counts=counts):
            assert officer == "officer-000"
            return (probs * counts).sum((1, 2))

        ranking = make_ranking(framework, levels)
        config = PlanningConfig(hours=32.0, max_steps=4, minimum_gain=0.0)
        own = plan_officer(ranking, "officer-000", config=config, objective=closed)
        gap = plan_officer(ranking, "officer-000", config=config)
        assert own.value == pytest.approx(gap.value, abs=1e-6)
        assert own.proof.objective == "callable"
        assert np.isinf(own.proof.bound[0])


def test_a_function_may_want_what_closes_no_gap():
    trainings = [{"id": "T", "hours": 8.0, "develops": [("B", 0, 4, 1.0)]}]
    ranking = make_ranking(make_framework(trainings, required={"A": 3}), [(0, 0)])
    plan = plan_officers(ranking, objective=lambda probs, _: probs[:, 1, 4])
    assert plan.to_frame()["training"].tolist() == ["T"]
    assert (plan.gain.tolist(), plan.proof.value.tolist()) == ([0.0], [1.0])
    assert len(plan_officers(ranking)) == 0


@pytest.mark.parametrize("answer", [lambda *_: 1.0, lambda probs, _: np.full(len(probs), np.nan)])
def test_a_function_without_a_number_for_each_state_is_refused(answer):
    ranking = make_ranking(make_framework([]), [(0, 0)])
    with pytest.raises(ConfigError, match="finite numbers"):
        plan_officers(ranking, objective=answer)


def test_an_unknown_objective_is_refused():
    ranking = make_ranking(make_framework([]), [(0, 0)])
    with pytest.raises(ConfigError, match="objective"):
        plan_officers(ranking, objective="money")


def test_of_two_orders_the_one_that_ends_earlier_is_kept():
    trainings = [
        {"id": "CLASS", "hours": 8.0, "form": "course", "develops": [("A", 0, 2, 1.0)]},
        {"id": "SELF", "hours": 8.0, "develops": [("B", 0, 2, 1.0)]},
    ]
    framework = make_framework(trainings, sessions=(make_session("S", "CLASS", 10),))
    frame = plan_of(framework, [(0, 0)]).to_frame()
    assert frame["training"].tolist() == ["SELF", "CLASS"]


def test_part_of_a_plan_keeps_its_proof():
    framework, levels, _, _ = random_world(3, n_officers=4)
    plan = plan_of(framework, levels)
    part = plan.take(np.array([2, 0]))
    assert part.proof.value.tolist() == plan.proof.value[[2, 0]].tolist()
    assert (plan.proof.gap >= 0).all()


def test_the_table_of_objectives_has_the_names_of_the_settings():
    names = get_args(PlanningConfig.model_fields["objective"].annotation)
    assert set(names) == set(OBJECTIVES)


def test_an_objective_that_weighs_levels_is_one_row_of_the_table(monkeypatch):
    """Only B counts: officers and cohorts leave out what closes A, and seats have prices."""

    def only_b(ranking):
        worth = ranking.worth.copy()
        worth[:, ranking.gaps.levels.framework.index.competency_ids.index("A")] = 0.0
        return worth

    trainings = [
        {"id": "X", "hours": 8, "develops": [("A", 0, 3, 1.0)]},
        {"id": "Y", "hours": 8, "develops": [("B", 0, 3, 1.0)], "yearly_seats": 1},
    ]
    framework = make_framework(trainings, competencies=("A", "B"), required={"A": 3, "B": 3})
    ranking = make_ranking(framework, [[0, 0], [0, 2]])
    monkeypatch.setitem(OBJECTIVES, "gap", OBJECTIVES["gap"]._replace(worth=only_b))
    assert plan_officers(ranking, hours=16).to_frame()["training"].tolist() == ["Y", "Y"]
    cohort = plan_cohort(ranking, hours=16)
    assert cohort.to_frame()[["officer", "training"]].to_numpy().tolist() == [["officer-000", "Y"]]
    assert seat_prices(cohort)["price"].max() > 0
