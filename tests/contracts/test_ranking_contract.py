"""Every ranker keeps the contract of rankers."""

from __future__ import annotations

import pytest

from competency.config import RankingConfig
from competency.ranking import (
    CatalogueRanker,
    FeatureRanker,
    LargestGapRanker,
    PopularityRanker,
    PriorRanker,
    RandomRanker,
    Ranker,
)
from competency.testing import RankerContract, small_gaps


class TestPrior(RankerContract):
    def make_ranker(self) -> Ranker:
        return PriorRanker()


class TestPriorWithOtherWeights(RankerContract):
    def make_ranker(self) -> Ranker:
        config = RankingConfig(aim_weights={"next": 2.0}, readiness=3.0, hour_offset=0.5)
        return PriorRanker(config, entry_probability=0.9)


class TestRandom(RankerContract):
    def make_ranker(self) -> Ranker:
        return RandomRanker(seed=5)


class TestPopularity(RankerContract):
    def make_ranker(self) -> Ranker:
        return PopularityRanker()


class TestRecentPopularity(RankerContract):
    def make_ranker(self) -> Ranker:
        return PopularityRanker(window_days=400)


class TestUnitPopularity(RankerContract):
    def make_ranker(self) -> Ranker:
        return PopularityRanker(within="unit")


class TestCatalogue(RankerContract):
    def make_ranker(self) -> Ranker:
        return CatalogueRanker()


class TestLargestGap(RankerContract):
    def make_ranker(self) -> Ranker:
        return LargestGapRanker()


class Forgetful(FeatureRanker):
    """Ranks by how often it was asked: hidden state, which the contract must notice."""

    method = "forgetful"
    calls = 0

    def contributions(self, gaps, features, history):  # noqa: ARG002
        self.calls += 1
        return {"calls": features.gap_closed * float(self.calls)}


class Crowded(FeatureRanker):
    """Ranks against the average of the batch, which the contract must notice."""

    method = "crowded"

    def contributions(self, gaps, features, history):  # noqa: ARG002
        return {"relative": features.gap_closed.astype(float) - features.gap_closed.mean()}


def _contract_of(kind: type[FeatureRanker]) -> RankerContract:
    contract = RankerContract()
    contract.make_ranker = kind  # type: ignore[method-assign, assignment]
    return contract


def test_the_contract_notices_hidden_state():
    with pytest.raises(AssertionError, match="second answer differs"):
        _contract_of(Forgetful).test_ranking_twice_gives_the_same_answer()


def test_the_contract_notices_a_score_that_depends_on_the_batch():
    with pytest.raises(AssertionError, match="differs alone"):
        _contract_of(Crowded).test_one_officer_alone_is_ranked_as_in_the_batch()


def test_the_contract_asks_for_a_ranker():
    with pytest.raises(TypeError, match="RankerContract must say how"):
        RankerContract().make_ranker()


def test_the_small_inputs_are_worth_ranking():
    gaps = small_gaps()
    ranking = PriorRanker().rank(gaps)
    assert ranking.eligible.any(axis=1).all()
    assert not ranking.eligible.all(axis=1).any()
    assert len({tuple(row) for row in ranking.top(6).tolist()}) >= 6
    assert 0.5 < gaps.known.mean() < 1
