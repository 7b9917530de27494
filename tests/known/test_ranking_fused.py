"""The compiled pass gives what the plain form gives, for every officer, setting and ranker."""

from __future__ import annotations

import dataclasses
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from learned_rankers import hand_made_ranker
from top_reference import plain_top

import competency as cp
from competency.arrays import frozen
from competency.config import RankingConfig
from competency.effects import Transitions, catalogue_transitions
from competency.errors import ConfigError, InputError, ModelFileError
from competency.evidence.history import passed_trainings
from competency.ranking import LargestGapRanker, PriorRanker
from competency.ranking.fused import TopWorkspace, rank_top
from competency.testing import beliefs_of, small_gaps, small_history


def _agree(ranker, levels, **given_):
    best = rank_top(ranker, levels, **given_)
    training, score = plain_top(ranker, levels, **given_)
    assert np.array_equal(best.training, training)
    assert np.array_equal(np.isinf(best.score), np.isinf(score))
    assert np.allclose(best.score[training >= 0], score[training >= 0], rtol=0, atol=1e-12)
    return best


@settings(max_examples=25, deadline=None)
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
def test_it_agrees_with_the_plain_form(seed, size, count, learned, entry, config):
    gaps = small_gaps(size + 1, seed=seed)
    levels, history = gaps.levels.take(np.arange(size)), small_history(gaps)
    parameters = {"config": config, "entry_probability": entry}
    ranker = hand_made_ranker(**parameters) if learned else PriorRanker(**parameters)
    _agree(ranker, levels, history=history, count=count)
    _agree(ranker, levels, aims=("Q", "held"), count=count)


def test_it_agrees_on_the_reference_pack():
    framework = cp.load_framework(cp.pack_path())
    evidence = cp.read_evidence(cp.pack_path() / "cohort", framework=framework)
    model = cp.load_level_model(cp.model_path(), framework)
    levels = model.predict(evidence, as_of="2026-11-01")
    for ranker in (PriorRanker(), hand_made_ranker()):
        best = _agree(ranker, levels, history=evidence.history)
        assert (best.training[:, 0] >= 0).mean() > 0.9


def test_equal_scores_go_to_the_smaller_id():
    """Twins: a certain level and no entry levels make T4 and T5 equal."""
    gaps = small_gaps(80, seed=3)
    config = RankingConfig(readiness=0.0)
    best = _agree(PriorRanker(config), gaps.levels, count=6)
    rows = [row.tolist() for row in best.training if {3, 4} <= set(row.tolist())]
    assert rows
    assert all(row.index(3) < row.index(4) for row in rows)


def test_other_transitions_are_used():
    gaps = small_gaps(70)
    moves = catalogue_transitions(gaps.levels.framework)
    mixed = 0.5 * moves.matrix + 0.5 * np.eye(moves.matrix.shape[-1])
    slower = Transitions(moves.framework, frozen(mixed), origin="estimate")
    here = _agree(PriorRanker(transitions=slower), gaps.levels)
    assert not np.array_equal(here.score, rank_top(PriorRanker(), gaps.levels).score)


def test_a_training_outside_its_period_is_not_listed():
    gaps = small_gaps(30)
    framework = gaps.levels.framework
    ended = tuple(
        row.model_copy(update={"valid_to": date(2026, 1, 1)}) if row.id == "T1" else row
        for row in framework.trainings
    )
    levels = dataclasses.replace(
        gaps.levels, framework=framework.model_copy(update={"trainings": ended})
    )
    best = _agree(PriorRanker(), levels)
    assert 0 not in best.training
    assert 0 in rank_top(PriorRanker(), gaps.levels).training


def test_parts_threads_and_one_officer_alone_give_the_same_bytes():
    gaps = small_gaps(5_000)
    history = small_history(gaps)
    levels = gaps.levels
    workspace = TopWorkspace.of(
        hand_made_ranker(), levels.framework, as_of=levels.as_of, history=history
    )
    passed = passed_trainings(history, levels.roster, levels.framework, levels.as_of)
    whole = workspace.top(levels, passed=passed, threads=2)
    alone = workspace.top(levels, passed=passed, threads=1)
    assert np.array_equal(whole.score, alone.score)
    rows = np.array([4_321])
    one = workspace.top(levels.take(rows), passed=passed[rows])
    assert np.array_equal(one.score[0], whole.score[4_321])
    assert np.array_equal(one.training[0], whole.training[4_321])


def test_officers_in_no_position_have_nothing_to_gain():
    gaps = small_gaps(10)
    nowhere = np.full(10, -1, np.int32)
    roster = dataclasses.replace(gaps.levels.roster, position=nowhere, next_position=nowhere)
    best = _agree(PriorRanker(), dataclasses.replace(gaps.levels, roster=roster))
    assert (best.training == -1).all()
    assert len(best.to_frame()) == 0


def test_the_frame_has_a_row_for_each_training_listed():
    gaps = small_gaps(5)
    best = rank_top(PriorRanker(), gaps.levels, count=2)
    frame = best.to_frame()
    assert list(frame) == ["officer", "rank", "training", "score"]
    assert len(frame) == (best.training >= 0).sum()
    first = frame[frame["rank"] == 1].set_index("officer")["training"]
    names = np.array(gaps.levels.framework.index.training_ids, object)
    assert (first == names[best.training[:, 0]]).all()


def test_what_cannot_be_ranked_here_is_refused():
    gaps = small_gaps(4)
    with pytest.raises(ConfigError, match="LargestGapRanker ranks tables"):
        rank_top(LargestGapRanker(), gaps.levels)
    with pytest.raises(ModelFileError, match="learned on framework"):
        rank_top(hand_made_ranker(framework_version="another"), gaps.levels)
    broken = beliefs_of(gaps.levels.framework, np.full((2, 3, 4), np.nan))
    with pytest.raises(InputError, match="2 officers are not numbers"):
        rank_top(PriorRanker(), broken)


@pytest.mark.parametrize(
    ("given_", "code"),
    [
        ({"passed": np.zeros((4, 5), bool)}, "different-shapes"),
        ({"count": 0}, "illegal-setting"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(given_, code):
    levels = small_gaps(4).levels
    workspace = TopWorkspace.of(PriorRanker(), levels.framework, as_of=levels.as_of)
    with pytest.raises(InputError) as caught:
        workspace.top(levels, **given_)
    assert [finding.code for finding in caught.value.findings] == [code]


def test_beliefs_of_another_framework_or_day_are_refused():
    levels, wider = small_gaps(4).levels, small_gaps(4, extra_training=True).levels
    workspace = TopWorkspace.of(PriorRanker(), levels.framework, as_of="2020-01-01")
    with pytest.raises(InputError) as caught:
        workspace.top(wider)
    assert {finding.code for finding in caught.value.findings} == {"other-framework", "other-day"}
