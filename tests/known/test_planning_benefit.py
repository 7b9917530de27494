"""Learned benefit in plans: gaps closed count as often as the ranker learned, unless refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from planning_force import best_by_force
from planning_world import make_framework, make_ranking, random_world

from competency.config import PlanningConfig
from competency.planning import plan_cohort, plan_officer, plan_officers
from competency.planning.outlook import plan_outlook

PLANNERS = (plan_officers, plan_cohort)
TRAININGS = [
    {"id": "TA", "hours": 8.0, "develops": [("A", 0, 3, 0.8)]},
    {"id": "TB", "hours": 8.0, "develops": [("B", 0, 3, 0.7)]},
]


def with_multiplier(ranking, multiplier):
    shape = ranking.passed.shape
    own = np.broadcast_to(multiplier, shape).astype(float).copy()
    return replace(ranking, scores=replace(ranking.scores, multiplier=own))


@pytest.mark.parametrize("planner", PLANNERS)
def test_the_training_of_less_gap_and_more_benefit_is_taken(planner):
    plain = make_ranking(make_framework(TRAININGS), [(0, 0)])
    learned = with_multiplier(plain, [1.0, 1.5])
    config = PlanningConfig(hours=8.0)
    assert planner(plain, config=config).to_frame()["training"].tolist() == ["TA"]
    plan = planner(learned, config=config)
    assert plan.to_frame()["training"].tolist() == ["TB"]
    assert plan.value == pytest.approx(1.5 * 3 * 0.7)
    assert [f.code for f in plan.findings] == ["learned-benefit"]
    step = plan_outlook(plan).steps.iloc[0]  # gaps as they are, and counted one and a half times
    assert step["gap_before"] - step["gap_after"] == pytest.approx(3 * 0.7)
    assert step["gap_closed"] == pytest.approx(1.5 * 3 * 0.7)
    off = planner(learned, config=config.model_copy(update={"learned_benefit": False}))
    assert off.to_frame().to_csv() == planner(plain, config=config).to_frame().to_csv()
    assert off.findings == ()


@pytest.mark.parametrize("planner", PLANNERS)
@pytest.mark.parametrize("dated", [False, True])
def test_plans_are_proven_against_every_order_tried(planner, dated):
    proven = 0
    for seed in range(10):
        framework, levels, *_ = random_world(seed, n_trainings=6, n_officers=1, dated=dated)
        framework = framework.model_copy(update={"mandatory_trainings": ()})
        drawn = np.random.default_rng(seed).uniform(0.25, 4.0, len(framework.trainings))
        ranking = with_multiplier(make_ranking(framework, levels), drawn)
        config = PlanningConfig(
            hours=32.0, max_steps=4, minimum_gain=0.0, accredited_only=False, exact=True
        )
        plan = planner(ranking, config=config)
        ids = framework.index.training_ids
        best = best_by_force(
            framework, levels[0], hours=32.0, multiplier=dict(zip(ids, drawn, strict=True))
        )
        assert float(np.sum(plan.proof.bound)) >= best - 1e-5
        assert plan.value == pytest.approx(best, abs=1e-5)
        proven += bool(np.all(plan.proof.exact))
    assert proven >= 8


@pytest.mark.parametrize(
    "planned",
    [
        plan_officers,
        plan_cohort,
        lambda ranking, **more: plan_officer(
            ranking, ranking.gaps.levels.roster.officer_ids[0], **more
        ),
        lambda ranking, **more: plan_cohort(ranking, method="first come", **more),
        lambda ranking, **more: plan_officers(
            ranking, objective=lambda probs, _: -probs[:, 0, 0], **more
        ),
    ],
)
def test_plans_take_what_the_ranking_took_trainings_to_change(planned):
    framework = make_framework(TRAININGS)
    ranking = make_ranking(framework, [(0, 0)])
    claimed = planned(ranking, hours=8.0)
    assert len(claimed) == 1
    idle = replace(
        claimed.transitions, matrix=np.broadcast_to(np.eye(5), (2, 5, 5)).copy(), origin="none"
    )
    plan = planned(replace(ranking, transitions=idle), hours=8.0)
    assert plan.transitions is idle
    assert len(plan) == 0
    again = planned(replace(ranking, transitions=idle), hours=8.0, transitions=claimed.transitions)
    assert len(again) == 1
