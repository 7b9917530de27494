"""A large cohort is ranked by the compiled pass: the same lists and the same bytes as in tables."""

from __future__ import annotations

import dataclasses
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from learned_rankers import hand_made_ranker, step_table

import competency as cp
from competency.arrays import frozen
from competency.config import GapConfig, RankingConfig
from competency.effects import Transitions, catalogue_transitions
from competency.errors import InputError, ModelFileError
from competency.gaps import score_gaps
from competency.ranking import LearnedRanker, PriorRanker, columns, explain_training
from competency.ranking.additive import ranker as home
from competency.ranking.additive.tables import AdditiveModel, PairTable
from competency.ranking.calibrate import BenefitCalibration
from competency.testing import beliefs_of, small_gaps, small_history


def both(ranker, gaps, monkeypatch, *, history=None):
    """The ranking in tables, and the one that treats the cohort as large."""
    monkeypatch.setattr(home, "LARGE", 10**12)
    plain = ranker.rank(gaps, history=history)
    monkeypatch.setattr(home, "LARGE", 0)
    large = ranker.rank(gaps, history=history)
    assert isinstance(large.scores, home.LargeScores)
    return plain, large


def agree(ranker, gaps, monkeypatch, *, history=None, count=8):
    plain, large = both(ranker, gaps, monkeypatch, history=history)
    assert np.array_equal(plain.top(count), large.top(count))
    pd.testing.assert_frame_equal(plain.to_frame(count), large.to_frame(count), check_exact=True)
    assert np.array_equal(plain.any_eligible, large.any_eligible)
    for name in ("worth", "passed", "mandatory"):
        assert np.array_equal(getattr(plain, name), getattr(large, name))
    assert "whole" not in vars(large.scores)  # lists need no table of all pairs
    return large


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seed=st.integers(0, 10_000),
    size=st.integers(0, 150),
    count=st.integers(1, 7),
    learned=st.booleans(),
    entry=st.sampled_from([0.2, 0.5, 1.0]),
    config=st.builds(
        RankingConfig,
        aim_weights=st.dictionaries(
            st.sampled_from(["held", "next", "Q"]), st.sampled_from([0.0, 0.4, 2.0])
        ),
        unknown_weight=st.sampled_from([0.0, 0.5, 1.0]),
        readiness=st.sampled_from([0.0, 1.0, 3.0]),
        mandatory=st.sampled_from([0.0, 1.0]),
    ),
)  # fmt: skip
def test_it_agrees_with_the_tables(monkeypatch, seed, size, count, learned, entry, config):
    gaps = small_gaps(size + 1, seed=seed)
    history = small_history(gaps)
    gaps = gaps.take(np.arange(size))
    parameters = {"config": config, "entry_probability": entry}
    ranker = hand_made_ranker(**parameters) if learned else PriorRanker(**parameters)
    agree(ranker, gaps, monkeypatch, history=history, count=count)
    toward = score_gaps(gaps.levels, config=GapConfig(aims=("Q", "held")))
    agree(ranker, toward, monkeypatch, count=count)


def test_it_agrees_on_the_reference_pack(monkeypatch):
    framework = cp.load_framework(cp.pack_path())
    evidence = cp.read_evidence(cp.pack_path() / "cohort", framework=framework)
    model = cp.load_level_model(cp.model_path(), framework)
    gaps = score_gaps(model.predict(evidence, as_of="2026-11-01"))
    for ranker in (PriorRanker(), hand_made_ranker(), cp.load_ranker(cp.model_path())):
        large = agree(ranker, gaps, monkeypatch, history=evidence.history)
        assert large.any_eligible.mean() > 0.9


def test_what_else_is_asked_for_is_made_then(monkeypatch):
    """Scores of all pairs, multipliers, and reasons: as in tables, to the last bit."""
    monkeypatch.setattr(home, "_PART", 7)
    gaps = small_gaps(40)
    history = small_history(gaps)
    sure = BenefitCalibration(slope=0.5, se=0.1, low=0.3, high=0.7, scale=1, n=99, n_officers=9)
    ranker = hand_made_ranker(calibration=sure)
    plain, large = both(ranker, gaps, monkeypatch, history=history)
    assert np.array_equal(plain.multiplier, large.multiplier)
    assert "whole" not in vars(large.scores)
    rows = np.array([30, 2])
    assert np.array_equal(plain.take(rows).score, large.take(rows).score)
    name = str(gaps.levels.roster.officer_ids[3])
    assert explain_training(plain, name, "T1") == explain_training(large, name, "T1")
    assert "whole" not in vars(large.scores)
    for name in ("score", "eligible", "value"):
        assert np.array_equal(getattr(plain, name), getattr(large, name))
    assert list(plain.contributions) == list(large.contributions)
    for name, part in plain.contributions.items():
        assert np.array_equal(part, large.contributions[name])


def test_features_may_be_reordered_and_added(monkeypatch):
    """Names address features, in tables and in the compiled pass: no kernel knows the list."""
    gaps = small_gaps(60)
    history = small_history(gaps)
    before = both(hand_made_ranker(), gaps, monkeypatch, history=history)
    share = columns.Feature(
        "share_known", 1,
        lambda gaps, features, _: np.repeat(
            gaps.known.mean(axis=1)[:, None], features.passed.shape[1], axis=1
        ),
    )  # fmt: skip
    money = columns.Feature(
        "cost_per_hour", -1,
        of_trainings=lambda framework, _, __: (
            framework.index.trainings.cost / (1 + framework.index.trainings.hours)
        ),
    )  # fmt: skip
    monkeypatch.setattr(columns, "FEATURES", (money, share, *columns.FEATURES[::-1]))
    for old, new in zip(
        before, both(hand_made_ranker(), gaps, monkeypatch, history=history), strict=True
    ):
        pd.testing.assert_frame_equal(old.to_frame(), new.to_frame(), check_exact=True)
    own = hand_made_ranker()
    grid = PairTable(
        ("share_known", "gap_closed"), (np.array([0.5]), np.array([0.2])), np.eye(3) / 4
    )
    tables = (
        *own.model.tables,
        step_table("share_known", 0.3, 0.6, rise=0.5),
        step_table("cost_per_hour", 1e5, rise=-0.1),
        grid,
    )
    scorer = dataclasses.replace(own.scorer, model=AdditiveModel(tables))
    large = agree(LearnedRanker(scorer=scorer), gaps, monkeypatch, history=history)
    assert {"from_share_known", "from_cost_per_hour"} <= set(large.to_frame())
    assert not np.array_equal(large.best().score, before[1].best().score)


def test_equal_scores_go_to_the_smaller_id(monkeypatch):
    """Twins: a certain level and no entry levels make T4 and T5 equal."""
    config = RankingConfig(readiness=0.0)
    large = agree(PriorRanker(config), small_gaps(80, seed=3), monkeypatch, count=6)
    rows = [row.tolist() for row in large.top(6) if {3, 4} <= set(row.tolist())]
    assert rows
    assert all(row.index(3) < row.index(4) for row in rows)


def test_other_transitions_are_used(monkeypatch):
    gaps = small_gaps(70)
    claims = catalogue_transitions(gaps.levels.framework)
    mixed = 0.5 * claims.matrix + 0.5 * np.eye(claims.matrix.shape[-1])
    slower = Transitions(claims.framework, frozen(mixed), origin="estimate")
    here = agree(PriorRanker().with_settings(transitions=slower), gaps, monkeypatch)
    assert here.transitions is slower
    assert not np.array_equal(here.best().score, PriorRanker().rank(gaps).best().score)


def test_a_training_outside_its_period_is_not_listed(monkeypatch):
    gaps = small_gaps(30)
    framework = gaps.levels.framework
    ended = tuple(
        row.model_copy(update={"valid_to": date(2026, 1, 1)}) if row.id == "T1" else row
        for row in framework.trainings
    )
    levels = dataclasses.replace(
        gaps.levels, framework=framework.model_copy(update={"trainings": ended})
    )
    assert 0 not in agree(PriorRanker(), score_gaps(levels), monkeypatch).top()
    assert 0 in agree(PriorRanker(), gaps, monkeypatch).top()


def test_threads_and_one_officer_alone_give_the_same_bytes(monkeypatch):
    gaps = small_gaps(5_000)
    _, large = both(hand_made_ranker(), gaps, monkeypatch, history=small_history(gaps))
    lists, levels = large.scores.lists, gaps.levels
    two, one = (lists.top(levels, passed=large.passed, count=8, threads=n) for n in (2, 1))
    assert np.array_equal(two.score, one.score)
    rows = np.array([4_321])
    alone = lists.top(levels.take(rows), passed=large.passed[rows], count=8)
    assert np.array_equal(alone.score[0], two.score[4_321])
    assert np.array_equal(alone.training[0], two.training[4_321])


def test_officers_in_no_position_have_nothing_to_gain(monkeypatch):
    gaps = small_gaps(10)
    nowhere = np.full(10, -1, np.int32)
    roster = dataclasses.replace(gaps.levels.roster, position=nowhere, next_position=nowhere)
    levels = dataclasses.replace(gaps.levels, roster=roster)
    large = agree(PriorRanker(), score_gaps(levels), monkeypatch)
    assert (large.top() == -1).all()
    assert len(large.to_frame()) == 0


def test_what_cannot_be_ranked_is_refused(monkeypatch):
    monkeypatch.setattr(home, "LARGE", 0)
    gaps = small_gaps(4)
    with pytest.raises(ModelFileError, match="learned on framework"):
        hand_made_ranker(framework_version="another").rank(gaps)
    broken = beliefs_of(gaps.levels.framework, np.full((2, 3, 4), np.nan))
    with pytest.raises(InputError, match="2 officers are not numbers"):
        PriorRanker().rank(score_gaps(broken))
