"""Examples from optimal plans, and a ranker that learned from them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import competency as cp
from competency.errors import InputError
from competency.planning import plan_officers
from competency.ranking import plan_examples
from competency.testing import small_gaps


@pytest.fixture(scope="module")
def gaps():
    return small_gaps()


@pytest.fixture(scope="module")
def plan(gaps):
    return plan_officers(cp.PriorRanker().rank(gaps), hours=20)


def test_what_a_plan_takes_and_can_be_taken_now_is_labelled(gaps, plan):
    examples = plan_examples(gaps, plan.to_frame())
    eligible = cp.PriorRanker().rank(gaps).eligible
    officers, trainings = gaps.levels.roster.officer_ids, gaps.levels.framework.index.training_ids
    taken = set(zip(plan.to_frame()["officer"], plan.to_frame()["training"], strict=True))
    pairs = list(zip(examples.officer, examples.training, strict=True))
    assert [label > 0 for label in examples.label] == [pair in taken for pair in pairs]
    for officer, training in pairs:
        assert eligible[list(officers).index(officer), trainings.index(training)]
    beginners = {officer for officer, _ in taken & set(pairs)}
    assert set(examples.officer) == beginners
    assert examples.n_outside == len(taken - set(pairs))


def test_without_plans_there_is_nothing_to_learn(gaps, plan):
    with pytest.raises(InputError) as error:
        plan_examples(gaps, plan.to_frame()[:0])
    assert error.value.findings[0].code == "no-examples"


def test_unknown_officers_are_left_out(gaps, plan):
    steps = plan.to_frame()
    other = pd.concat([steps, steps.assign(officer="nobody")], ignore_index=True)
    assert np.array_equal(plan_examples(gaps, other).label, plan_examples(gaps, steps).label)


def test_a_ranker_learns_from_plans(gaps, plan):
    pytest.importorskip("lightgbm", reason="the extra 'train' is not installed")
    from competency.ranking.train import learn_tables

    ranker = learn_tables(plan_examples(gaps, plan.to_frame()), max_trees=20)[0]
    assert ranker.target == "plan"
    assert "**Plan**" in ranker.scorer.card
    assert len(ranker.rank(gaps)) == len(cp.PriorRanker().rank(gaps))
