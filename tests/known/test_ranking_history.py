"""A ranker from an agency's own history: whole, thin, one-sided or missing."""

from __future__ import annotations

import dataclasses
from datetime import date

import numpy as np
import pandas as pd
import pytest
from decision_world import fitted_model, small_decisions, small_service

from competency.arrays import frozen
from competency.config import PipelineConfig, RankingConfig
from competency.evidence.until import evidence_until
from competency.ranking import PriorRanker, load_ranker, save_ranker
from competency.ranking.learn import learn_from_days, learn_ranker, read_decisions, weights_for

pytest.importorskip("lightgbm", reason="the extra 'train' is not installed")

DAY = date(2025, 6, 30)


def settings(**learning):
    return PipelineConfig.model_validate({"learning": {"max_trees": 30, **learning}})


def _codes(found):
    return [finding.code for finding in found.findings]


def test_evidence_until_a_day_has_nothing_later():
    whole, cut = small_service(), evidence_until(small_service(), DAY)
    assert cut.latest_date() <= DAY < whole.latest_date()
    assert (cut.history["start"] <= pd.Timestamp(DAY)).all()
    begun = whole.history[whole.history["start"] <= pd.Timestamp(DAY)]
    running = begun[begun["end"] > pd.Timestamp(DAY)]
    assert len(cut.history) == len(begun)
    assert set(cut.history.loc[running.index, "status"]) <= {"enrolled"}
    assert cut.history.loc[running.index, "end"].isna().all()


def test_an_outcome_that_is_later_is_not_known():
    """One training runs over the day: its completion is not seen."""
    history = pd.DataFrame(
        {"officer": ["1"], "training": ["a"], "session": [""], "status": ["completed"],
         "start": pd.to_datetime(["2025-06-29"]), "end": pd.to_datetime(["2025-07-02"])}
    )  # fmt: skip
    cut = evidence_until(dataclasses.replace(small_service(), history=history), DAY).history
    assert cut["status"].tolist() == ["enrolled"]
    assert cut["end"].isna().all()


def test_decisions_are_those_until_the_day():
    days = read_decisions(small_service(), as_of=DAY, model=fitted_model(), config=settings())
    every = [day.day for day in small_decisions() if day.day <= DAY]
    assert [day.day for day in days] == every
    assert all(day.later is None or day.later.as_of <= DAY for day in days)


@pytest.mark.parametrize("target", ["uptake", "benefit"])
def test_what_was_learned_is_told(target):
    found = learn_from_days(small_decisions(), settings(target=target))
    assert found.target == found.ranker.target == target
    assert len(found.tuned) == 2
    assert found.n_trees == sum(stage.count for stage in found.tuned)
    assert f"{found.n_trees} trees" in repr(found)
    if not found.n_trees:
        assert _codes(found) == ["nothing-learned"]
        assert found.findings[0].severity == "note"


def test_uptake_of_this_service_can_be_learned():
    found = learn_from_days(small_decisions(), settings(target="uptake", max_trees=60))
    assert found.n_trees > 0
    assert found.findings == ()


def test_no_history_leaves_the_prior_and_says_so(tmp_path):
    bare = dataclasses.replace(small_service(), history=small_service().history.iloc[:0])
    found = learn_ranker(bare, as_of=DAY, config=settings())
    assert _codes(found) == ["no-history"]
    assert found.findings[0].severity == "warning"
    assert "the closed-form prior stands" in found.findings[0].message
    assert found.examples is None
    assert isinstance(load_ranker(save_ranker(found.ranker, tmp_path / "r")), PriorRanker)
    assert "no examples" in repr(found)


def test_a_history_without_dates_is_no_history():
    history = small_service().history.assign(start=pd.NaT, end=pd.NaT)
    found = learn_ranker(
        dataclasses.replace(small_service(), history=history), as_of=DAY, config=settings()
    )
    assert _codes(found) == ["no-history"]


def test_history_without_anything_measured_leaves_the_prior():
    days = [dataclasses.replace(day, later=None, comparison=None) for day in small_decisions()]
    found = learn_from_days(days, settings(target="benefit"))
    assert _codes(found) == ["no-examples"]
    assert found.ranker.method == "prior"
    assert learn_from_days([], settings(target="uptake")).ranker.method == "prior"


def test_one_class_of_labels_is_told():
    """Everybody took everything: no candidate differs from another."""
    days = [
        dataclasses.replace(day, taken=frozen(np.ones(day.taken.shape, bool)))
        for day in small_decisions()
    ]
    found = learn_from_days(days, settings(target="uptake"))
    assert _codes(found) == ["one-class"]
    assert found.n_trees == 0
    day = small_decisions()[0]
    start = PriorRanker(weights_for("uptake", RankingConfig()))
    assert np.array_equal(found.ranker.rank(day.gaps).score, start.rank(day.gaps).score)


def test_assessments_that_begin_after_the_history_are_no_obstacle():
    """Nobody was assessed before the first decision: beliefs are those of the positions."""
    late = small_service().assessments
    late = late[late["date"] > pd.Timestamp(2024, 7, 1)]
    bare = dataclasses.replace(small_service(), assessments=late)
    found = learn_ranker(
        bare, as_of=date(2026, 11, 1), config=settings(target="uptake", max_trees=5)
    )
    assert found.examples is not None
    assert found.examples.day.min() < np.datetime64("2024-07-01")


def test_an_officer_without_a_position_and_a_position_never_seen_are_ranked():
    found = learn_from_days(small_decisions(), settings(target="uptake", max_trees=5))
    day = small_decisions()[-1]
    held = day.gaps.levels.roster.position
    other = np.where(np.arange(len(held)) % 2, -1, held).astype(held.dtype)
    roster = dataclasses.replace(day.gaps.levels.roster, position=frozen(other))
    levels = dataclasses.replace(day.gaps.levels, roster=roster)
    ranking = found.ranker.rank(dataclasses.replace(day.gaps, levels=levels))
    assert np.isfinite(ranking.score[ranking.eligible]).all()
    assert not np.isnan(ranking.score).any()
