"""How much of a learned correction is benefit: slopes that come back, and what plans multiply."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from competency.arrays import frozen
from competency.ranking import load_ranker, save_ranker
from competency.ranking.calibrate import LIMIT, calibrate_benefit, multipliers
from competency.ranking.examples import RankingExamples, benefit_examples
from competency.ranking.learned import LearnedRanker
from competency.ranking.train import learn_tables
from competency.testing import small_gaps


def _world(seed: int, *, slope: float, n: int = 800, noise: float = 0.5):
    """Officers with two trainings each, whose errors go together; beliefs move by half."""
    rng = np.random.default_rng(seed)
    officer = np.repeat(np.arange(n // 2), 2)
    expected, correction = rng.random(n), rng.normal(0, 0.5, n)
    error = rng.normal(size=n // 2)[officer] + rng.normal(size=n)
    measured = 0.5 * expected * np.exp(slope * correction) + noise * error / np.sqrt(2)
    return expected, correction, measured, officer


def test_the_slope_comes_back_and_its_interval_covers_it():
    """Two hundred worlds: 95 % intervals, between .92 and .98 of them hold the truth."""
    found = [calibrate_benefit(*_world(seed, slope=0.7)) for seed in range(200)]
    covered = np.mean([one.low <= 0.7 <= one.high for one in found])
    assert 0.91 <= covered <= 0.985
    error = np.array([one.slope - 0.7 for one in found])
    assert abs(error.mean()) < 3 * error.std() / np.sqrt(200) + 0.02
    assert error.std() == pytest.approx(np.mean([one.se for one in found]), rel=0.15)
    assert np.mean([one.scale for one in found]) == pytest.approx(0.5, abs=0.02)
    assert (found[0].n, found[0].n_officers) == (800, 400)


def test_a_correction_that_is_no_benefit_is_seldom_taken_for_some():
    found = [calibrate_benefit(*_world(seed, slope=0.0)) for seed in range(200)]
    assert np.mean([one.holds for one in found]) <= 0.05


def test_nothing_can_be_told_of_few_of_constant_or_of_no_benefit():
    expected, correction, measured, officer = _world(0, slope=1.0)
    few = slice(49)
    assert calibrate_benefit(expected[few], correction[few], measured[few], officer[few]) is None
    assert calibrate_benefit(expected, np.ones(800), measured, officer) is None
    assert calibrate_benefit(expected, correction, -np.abs(measured), officer) is None
    assert calibrate_benefit(np.zeros(800), correction, measured, officer) is None


def test_multipliers_by_hand():
    found = calibrate_benefit(*_world(1, slope=0.7, noise=0.0))
    assert found.slope == pytest.approx(0.7, abs=1e-6)
    told = multipliers(found, np.array([[-9.0, 0.0, np.log(2)]]))
    assert told == pytest.approx(np.array([[1 / LIMIT, 1.0, 2**0.7]]), abs=1e-6)
    steep = found.model_copy(update={"slope": 3.0})
    assert multipliers(steep, np.array([[np.log(2)]]))[0, 0] == pytest.approx(2)
    doubtful = found.model_copy(update={"low": -0.1})
    assert multipliers(doubtful, np.array([[5.0]])).tolist() == [[1.0]]


pytest.importorskip("lightgbm", reason="the extra 'train' is not installed")


@pytest.fixture(scope="module")
def examples() -> RankingExamples:
    """Where officers are ready, a training closes up to three times what beliefs expect."""
    from decision_world import small_decisions

    small = benefit_examples(small_decisions())
    rng = np.random.default_rng(0)
    rows = np.sort(rng.integers(0, len(small), 3000))
    columns = small.columns.iloc[rows].reset_index(drop=True)
    columns["readiness"] = rng.random(len(rows))
    day = np.datetime64("2024-01-01") + np.arange(len(rows)) // 300
    closed = columns["gap_closed"] * np.exp(1.1 * (2 * columns["readiness"] - 1))
    label = (closed + rng.normal(0, 0.05, len(rows))) / columns["hours"]
    return dataclasses.replace(
        small, columns=columns, label=frozen(label.to_numpy()), officer=small.officer[rows],
        training=small.training[rows], group=frozen(np.arange(len(rows)) // 20),
        day=frozen(day), known_on=frozen(day),
    )  # fmt: skip


def test_what_is_learned_is_calibrated_on_later_decisions(examples, tmp_path):
    ranker = learn_tables(examples, max_trees=60)[0]
    found = ranker.calibration
    assert found.holds
    assert found.n == 1200
    assert f"slope {found.slope:.2f} [{found.low:.2f}, {found.high:.2f}]" in ranker.scorer.card
    free = dataclasses.replace(ranker, framework_version="")
    gaps = small_gaps()
    ranking = free.rank(gaps)
    learned = sum(free.scorer.model.contributions(_columns(free, gaps)).values())
    want = multipliers(found, np.broadcast_to(learned, ranking.score.shape))
    assert np.array_equal(ranking.multiplier, want)
    assert want.max() > 1.2
    assert np.array_equal(ranking.take(np.array([1])).multiplier, want[[1]])
    again = load_ranker(save_ranker(free, tmp_path / "ranker"))
    assert again.calibration == found
    assert np.array_equal(again.rank(gaps).multiplier, want)


def _columns(ranker: LearnedRanker, gaps):
    from competency.ranking.columns import candidate_columns
    from competency.ranking.features import build_features

    features = build_features(gaps, config=ranker.config)
    return candidate_columns(gaps, features, None, config=ranker.config)


def test_without_calibration_nothing_is_multiplied(examples):
    one_day = dataclasses.replace(examples, day=frozen(np.full(3000, examples.day[0])))
    assert learn_tables(one_day, max_trees=10)[0].calibration is None
    assert LearnedRanker().rank(small_gaps()).multiplier is None
