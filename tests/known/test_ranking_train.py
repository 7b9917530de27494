"""A ranker learned from history: what it found, what it says of itself, and odd histories."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from decision_world import small_decisions, small_service

from competency.arrays import frozen
from competency.ranking import PriorRanker, load_ranker, save_ranker
from competency.ranking.examples import benefit_examples, uptake_examples
from competency.ranking.lists import RankedLists, ndcg
from competency.ranking.prior import BENEFIT_CONFIG
from competency.ranking.train import learn_tables
from competency.testing import small_gaps

pytest.importorskip("lightgbm", reason="the extra 'train' is not installed")


@pytest.fixture(scope="module")
def uptake():
    return uptake_examples(small_decisions())


@pytest.fixture(scope="module")
def imitator(uptake):
    return learn_tables(uptake, max_trees=150)[0]


def _quality(score, examples) -> float:
    return float(np.nanmean(ndcg(RankedLists.of(examples.label, score, examples.group), 5)))


def test_past_practice_is_imitated_better_than_by_the_prior(imitator, uptake):
    """The made-up service sends people to what is well known and mandatory."""
    score = imitator.scorer.predict(uptake.columns)
    assert _quality(score, uptake) > _quality(uptake.columns["prior"], uptake) + 0.02
    assert imitator.target == "uptake"


def test_the_card_says_what_it_is(imitator, uptake):
    card = imitator.scorer.card
    assert "imitates past practice" in card
    assert f"{len(uptake)} candidates" in card
    assert "more never lowers the score" in card
    assert uptake.framework_version in card
    assert "standard error" in card


def test_scores_of_examples_are_scores_of_the_ranking(imitator, uptake):
    """What was learned on flat rows is what ranks an officer on the day."""
    day = small_decisions()[0]
    ranking = imitator.rank(day.gaps, history=day.history)
    first = uptake.day == np.datetime64(day.day, "D")
    flat = imitator.scorer.predict(uptake.columns[first])
    assert np.abs(ranking.score[ranking.eligible] - flat).max() < 1e-9


def test_more_gap_never_lowers_the_score(imitator, uptake):
    """V10: 10,000 pairs; longer hours and higher cost never raise it."""
    rows = uptake.columns.iloc[np.random.default_rng(0).integers(0, len(uptake), 10_000)]
    score = imitator.scorer.predict(rows)
    more = rows.assign(gap_closed=rows["gap_closed"] * 1.3, largest_gap=rows["largest_gap"] * 1.3)
    assert (imitator.scorer.predict(more) >= score).all()
    dear = rows.assign(hours=rows["hours"] * 1.5, cost=rows["cost"] * 1.5)
    assert (imitator.scorer.predict(dear) <= score).all()


def test_it_is_saved_and_loaded_and_ranks_as_a_large_cohort(imitator, tmp_path, monkeypatch):
    again = load_ranker(save_ranker(imitator, tmp_path / "ranker"))
    day = small_decisions()[-1]
    ranking = imitator.rank(day.gaps, history=day.history)
    monkeypatch.setattr("competency.ranking.additive.ranker.LARGE", 0)
    large = again.rank(day.gaps, history=day.history)
    pd.testing.assert_frame_equal(large.to_frame(), ranking.to_frame(), check_exact=True)


def test_a_framework_with_a_training_not_learned_on_is_ranked_when_allowed(imitator):
    """An id that history never saw is a training like any other."""
    gaps = small_gaps(extra_training=True)
    free = dataclasses.replace(imitator, framework_version="")
    ranking = free.rank(gaps)
    assert np.isfinite(ranking.score[ranking.eligible]).all()


def test_where_benefit_is_noise_the_prior_stands():
    examples = benefit_examples(small_decisions())
    rng = np.random.default_rng(1)
    noise = dataclasses.replace(examples, label=frozen(rng.permutation(examples.label)))
    ranker = learn_tables(noise, max_trees=60)[0]
    day = small_decisions()[0]
    here, there = ranker.rank(day.gaps), PriorRanker(BENEFIT_CONFIG).rank(day.gaps)
    assert np.array_equal(here.score, there.score)
    assert "nothing, no evidence" in ranker.scorer.card or "too few lists" in ranker.scorer.card


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_one_class_of_labels_leaves_the_prior(uptake, label):
    one = dataclasses.replace(uptake, label=frozen(np.full(len(uptake), label)))
    assert learn_tables(one, max_trees=10)[0].scorer.model.tables == ()


def test_a_training_never_taken_is_still_ranked(imitator):
    day = small_decisions()[-1]
    taken = set(small_service().history["training"])
    ids = day.gaps.levels.framework.index.training_ids
    never = np.array([name not in taken for name in ids])
    ranking = imitator.rank(day.gaps, history=day.history)
    if never.any():
        assert np.isfinite(ranking.score[:, never][ranking.eligible[:, never]]).all()
    unknown = day.history.assign(training="no longer offered")
    assert np.isfinite(imitator.rank(day.gaps, history=unknown).score).any()
