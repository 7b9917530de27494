"""The closed-form ranker, against answers worked by hand."""

from __future__ import annotations

import dataclasses
import math
import pickle

import numpy as np
import pytest
from sklearn.base import clone

from competency.config import RankingConfig
from competency.errors import ConfigError
from competency.ranking import PriorRanker, Ranking, rank_trainings
from competency.ranking.features import GAP_FLOOR, READINESS_FLOOR
from competency.testing import beliefs_of, gaps_of, small_framework, small_gaps, small_history

T1, T2, T3, T4, T5, T6 = range(6)


def _rank(a, b, c, **facts) -> Ranking:
    ranker = facts.pop("ranker", PriorRanker())
    return ranker.rank(gaps_of(beliefs_of(small_framework(), np.array([[a, b, c]]), **facts)))


def test_contributions_worked_by_hand():
    # A at 0 for certain: T1 closes .8 x 2 x (1 + .3) = 2.08 levels in 10 hours; no entry level,
    # accredited, not mandatory.
    ranking = _rank([1, 0, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0])
    parts = {name: part[0, T1] for name, part in ranking.contributions.items()}
    assert parts["gap_closed"] == pytest.approx(math.log(2.08 + 0.01), abs=1e-6)
    assert parts["hours"] == pytest.approx(-math.log(14))
    assert (parts["readiness"], parts["mandatory"]) == (0, 0)
    assert math.exp(ranking.score[0, T1]) == pytest.approx(2.09 / 14, rel=1e-6)


def test_duty_and_readiness_have_their_weights():
    config = RankingConfig(mandatory=0.7, readiness=2.0)
    ranking = _rank([1, 0, 0, 0], [0.4, 0.6, 0, 0], [1, 0, 0, 0], ranker=PriorRanker(config))
    parts = ranking.contributions
    assert parts["mandatory"][0].tolist() == [0, 0, 0.7, 0, 0, 0]
    assert parts["readiness"][0, T5] == pytest.approx(2 * math.log(0.6), rel=1e-6)
    assert parts["readiness"][0, T2] == pytest.approx(2 * math.log(READINESS_FLOOR))


def test_a_mandatory_training_that_closes_nothing_has_a_finite_score():
    ranking = _rank([0, 0, 0, 1], [0, 0, 0, 1], [0, 0, 0, 1])
    assert ranking.eligible[0].tolist() == [False, False, True, False, False, False]
    assert ranking.score[0, T3] == pytest.approx(math.log(GAP_FLOOR) - math.log(12) + 1)
    assert ranking.top(3)[0].tolist() == [T3, -1, -1]


def test_twins_go_by_id_and_accreditation_is_no_quiet_penalty():
    # T4 and T5 are twins but for T5's entry level (met for certain here) and T4's provider, whose
    # accreditation has ended: a hard filter of plans, and a line of the report.
    ranking = _rank([0, 0, 0, 1], [0, 0, 0, 1], [1, 0, 0, 0])
    assert ranking.score[0, T4] == ranking.score[0, T5]
    assert ranking.top(2)[0].tolist() == [T4, T5]


def test_contributions_sum_to_the_score_for_ten_thousand_officers():
    gaps = small_gaps(10_000, seed=4)
    ranking = rank_trainings(gaps, history=small_history(gaps))
    total = sum(ranking.contributions.values())
    off = np.abs(total - ranking.score)[ranking.eligible]
    assert len(off) > 20_000
    assert off.max() <= 1e-12


def test_rank_trainings_is_the_prior_with_its_settings():
    gaps, config = small_gaps(), RankingConfig(hour_offset=1.0)
    history = small_history(gaps)
    one = rank_trainings(gaps, history=history, config=config)
    other = PriorRanker(config).rank(gaps, history=history)
    assert np.array_equal(one.score, other.score)
    assert one.method == "prior"
    assert not np.array_equal(one.score, rank_trainings(gaps, history=history).score)
    assert repr(one).startswith("Ranking('prior', 12 officers x 6 trainings)")


def test_the_ranking_carries_what_the_planner_reads():
    gaps = small_gaps()
    ranking = rank_trainings(gaps, history=small_history(gaps))
    worth = gaps.worth({"held": 1.0, "next": 0.3}, unknown_weight=0.5)
    assert np.array_equal(ranking.worth, worth)
    assert ranking.passed.sum() == 9
    assert not (ranking.passed & ranking.mandatory).any()
    assert ranking.value.dtype == np.float32


def test_it_has_the_manners_of_an_estimator():
    ranker = PriorRanker(RankingConfig(top=3))
    assert clone(ranker).get_params() == ranker.get_params()
    assert clone(ranker) is not ranker
    assert ranker.set_params(entry_probability=0.8) is ranker
    assert ranker.entry_probability == 0.8
    assert pickle.loads(pickle.dumps(ranker)).get_params() == ranker.get_params()  # noqa: S301


def test_wrong_parameters_are_named_and_change_nothing():
    ranker = PriorRanker()
    with pytest.raises(ConfigError, match="Nearest: 'entry_probability'"):
        ranker.set_params(config=RankingConfig(top=1), entry_probabilty=0.9)
    with pytest.raises(ConfigError, match="above 0, at most 1"):
        ranker.set_params(config=RankingConfig(top=1), entry_probability=0.0)
    with pytest.raises(ConfigError, match="above 0, at most 1"):
        PriorRanker(entry_probability=1.1)
    assert ranker.get_params() == PriorRanker().get_params()


def test_nobody_to_rank():
    levels = beliefs_of(small_framework(), np.zeros((0, 3, 4)))
    ranking = rank_trainings(gaps_of(levels))
    assert ranking.score.shape == (0, 6)
    assert ranking.to_frame().empty
    assert ranking.top(2).shape == (0, 2)


def test_the_frame_holds_every_contribution():
    ranking = rank_trainings(small_gaps())
    frame = ranking.to_frame(100)
    parts = frame[[f"from_{name}" for name in ranking.contributions]]
    np.testing.assert_allclose(parts.sum(axis=1), frame["score"], atol=1e-12)
    assert len(frame) == ranking.eligible.sum()
    best = frame.groupby("officer")["score"].first()
    np.testing.assert_allclose(best, ranking.score.max(axis=1))


def test_the_top_is_filled_up_beyond_the_catalogue():
    ranking = rank_trainings(small_gaps(4))
    assert ranking.top(9).shape == (4, 9)
    assert (ranking.top(9)[:, 6:] == -1).all()
    assert np.array_equal(ranking.top(9)[:, :6], ranking.top(6))


def test_results_are_read_only():
    ranking = rank_trainings(small_gaps())
    arrays = [
        value
        for field in dataclasses.fields(ranking)
        if isinstance(value := getattr(ranking, field.name), np.ndarray)
    ]
    assert not any(array.flags.writeable for array in [*arrays, *ranking.contributions.values()])


def test_a_part_of_a_ranking_is_the_ranking_of_that_part():
    gaps, rows = small_gaps(), np.array([7, 2])
    history = small_history(gaps)
    part, alone = (
        rank_trainings(gaps, history=history).take(rows),
        rank_trainings(gaps.take(rows), history=history),
    )
    for field in dataclasses.fields(part):
        value = getattr(part, field.name)
        if isinstance(value, np.ndarray):
            assert np.array_equal(value, getattr(alone, field.name)), field.name
    assert all(
        np.array_equal(part.contributions[name], alone.contributions[name])
        for name in alone.contributions
    )
