"""What holds for every cohort plan: no rule is broken, and the bound is one."""

from __future__ import annotations

from cohort_world import random_cohort
from feasibility import infeasible, oversold
from hypothesis import given, settings, strategies as st

from competency.config import PlanningConfig
from competency.planning import plan_cohort
from competency.planning.cohort.assign import share_out

CONFIG = PlanningConfig(hours=28.0, cost=8.0)


def mandatory_steps(plan):
    return int(plan.ranking.mandatory[plan.officer, plan.training].sum())


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    floor=st.sampled_from([0.0, 12.0]),
    region=st.sampled_from([0.0, 0.5, 1.0]),
)
def test_no_rule_is_broken_and_no_bound_is_passed(seed, floor, region):
    ranking, passed = random_cohort(seed)
    config = CONFIG.model_copy(update={"floor_hours": floor, "region_floor": region})
    plan = plan_cohort(ranking, config=config)
    assert infeasible(plan, passed=passed) == []
    assert plan.value <= plan.proof.bound + 1e-6
    assert plan.proof.exact.all()
    assert (plan.proof.taken <= plan.proof.seats).all()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_never_worse_than_first_come(seed):
    ranking, passed = random_cohort(seed, n_officers=20)
    plan = plan_cohort(ranking, config=CONFIG)
    first = plan_cohort(ranking, config=CONFIG, method="first come")
    assert infeasible(first, passed=passed) == []
    reward = 100.0  # a mandatory training before every gap
    assert (
        plan.value + reward * mandatory_steps(plan)
        >= first.value + reward * mandatory_steps(first) - 1e-6
    )


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_what_is_settled_stays(seed):
    ranking, _ = random_cohort(seed)
    plan = plan_cohort(ranking, config=CONFIG)
    promised = plan.to_frame().iloc[::3]
    again = plan_cohort(ranking, config=CONFIG, settled=promised)
    key = ["officer", "training", "session", "start"]
    kept = again.to_frame()[key].merge(promised[key])
    assert len(kept) == len(promised)
    assert oversold(again.to_frame(), ranking.gaps.levels.framework) == []


def test_many_officers_in_blocks_break_no_rule(monkeypatch):
    worlds = [random_cohort(seed, n_officers=100) for seed in range(4)]
    whole = [plan_cohort(ranking, config=CONFIG) for ranking, _ in worlds]
    for name, value in (("SAMPLE", 30), ("FIRST_SAMPLE", 20), ("LAST", 25), ("BLOCKS", 5)):
        monkeypatch.setitem(share_out.__globals__, name, value)
    for (ranking, passed), best in zip(worlds, whole, strict=True):
        plan = plan_cohort(ranking, config=CONFIG)
        assert infeasible(plan, passed=passed) == []
        assert plan.value <= plan.proof.bound + 1e-6
        assert mandatory_steps(plan) >= 0.7 * mandatory_steps(best)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), tolerance=st.sampled_from([0.05, 0.3, 1.0]))
def test_a_lottery_keeps_every_rule_and_costs_the_tolerance_at_the_most(seed, tolerance):
    ranking, passed = random_cohort(seed, n_officers=20)
    plan = plan_cohort(ranking, config=CONFIG)
    drawn = plan_cohort(ranking, config=CONFIG.model_copy(update={"lottery_tolerance": tolerance}))
    assert infeasible(drawn, passed=passed) == []
    assert (drawn.proof.taken <= drawn.proof.seats).all()
    log = drawn.lottery
    assert not log["officer"].duplicated().any()
    assert log["propensity"].between(0, 1, inclusive="neither").all()
    reward = 100.0
    lost = (
        plan.value + reward * mandatory_steps(plan) - drawn.value - reward * mandatory_steps(drawn)
    )
    assert lost <= tolerance * len(log) + 1e-6
