"""What must hold for the plan of every officer in every generated world."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings, strategies as st
from planning_force import best_by_force
from planning_world import make_ranking, random_world, violations

from competency.config import PlanningConfig
from competency.planning import plan_officer, plan_officers

SEEDS = st.integers(0, 10_000)
OBJECTIVES = st.sampled_from(["gap", "positions", "requirements"])


def ranked(seed, **more):
    framework, levels, regions, passed = random_world(seed, **more)
    ranking = make_ranking(framework, levels, regions=regions, passed=passed)
    return framework, levels, regions, passed, ranking


@given(SEEDS, OBJECTIVES)
@settings(max_examples=40, deadline=None)
def test_no_objective_breaks_a_rule(seed, objective):
    framework, levels, regions, passed, ranking = ranked(seed)
    config = PlanningConfig(hours=28.0, cost=8.0, objective=objective)
    plan = plan_officers(ranking, config=config)
    assert not violations(
        plan.to_frame(), framework, levels, regions, passed, hours=28.0, cost=8.0, shared=False
    )
    assert (plan.proof.bound >= plan.proof.value).all()


@given(SEEDS, OBJECTIVES, st.integers(1, 4))
@settings(max_examples=40, deadline=None)
def test_the_bound_holds_for_every_beam(seed, objective, width):
    framework, levels, _, _ = random_world(seed, n_trainings=5, n_officers=1)
    framework = framework.model_copy(update={"mandatory_trainings": ()})
    plan = plan_officers(
        make_ranking(framework, levels),
        config=PlanningConfig(
            hours=24.0, max_steps=3, beam_width=width, minimum_gain=0.0, accredited_only=False,
            objective=objective,
        ),
    )  # fmt: skip
    best = best_by_force(framework, levels[0], hours=24.0, steps=3, objective=objective)
    assert plan.proof.value[0] <= best + 1e-5 <= plan.proof.bound[0] + 2e-5
    if plan.proof.exact[0]:
        near = 1.1e-3 if objective == "requirements" else 1e-5  # smaller chances are not told apart
        assert plan.proof.value[0] >= best - near


@given(SEEDS, OBJECTIVES)
@settings(max_examples=20, deadline=None)
def test_an_officer_alone_has_the_plan_that_all_together_give(seed, objective):
    *_, ranking = ranked(seed, n_officers=3)
    config = PlanningConfig(hours=30.0, objective=objective)
    everyone = plan_officers(ranking, config=config)
    for row, name in enumerate(ranking.gaps.levels.roster.officer_ids):
        alone, part = plan_officer(ranking, name, config=config), everyone.take(np.array([row]))
        assert alone.to_frame().to_csv() == part.to_frame().to_csv()
        assert alone.proof.value.tobytes() == part.proof.value.tobytes()
        assert alone.proof.bound.tobytes() == part.proof.bound.tobytes()


@given(SEEDS)
@settings(max_examples=20, deadline=None)
def test_exact_search_is_never_worse_and_its_bound_never_higher(seed):
    *_, ranking = ranked(seed, n_officers=2)
    config = PlanningConfig(hours=40.0, beam_width=2)
    quick = plan_officers(ranking, config=config).proof
    exact = plan_officers(ranking, config=config.model_copy(update={"exact": True})).proof
    assert (exact.bound <= quick.bound + 1e-9).all()
    assert (exact.value <= quick.bound + 1e-9).all()
