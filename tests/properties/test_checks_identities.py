"""What holds for any forecasts: splits that add up, bounds, and what changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st

from competency.levels.checks import (
    brier_score,
    calibration_error,
    interval_coverage,
    level_calibration_error,
    level_coverage,
    log_loss,
    pit,
    ranked_probability_score,
    reliability_table,
    simulation_based_calibration,
    uniformity,
)

PROBABILITY = st.floats(0, 1, allow_subnormal=False)
EVENTS = st.lists(st.tuples(PROBABILITY, st.booleans()), min_size=1, max_size=60)
SEED = st.integers(0, 10**6)


def level_rows(seed, n_levels=4, n=30):
    rng = np.random.default_rng(seed)
    probs = rng.dirichlet(np.full(n_levels, rng.choice([0.05, 0.5, 3.0])), n)
    return probs, rng.integers(0, n_levels, n)


@given(rows=EVENTS, bins=st.integers(1, 30))
def test_the_split_adds_up_to_the_brier_score_of_bin_means(rows, bins):
    p, y = np.array(rows, float).T
    got = brier_score(p, y, bins, draws=1)
    table = reliability_table(p, y, bins)
    which = np.minimum(np.floor(p * bins + 1e-6).astype(int), bins - 1)
    assert got.binned == pytest.approx(((table.stated[which] - y) ** 2).mean(), abs=1e-12)
    for part in (got.reliability, got.resolution, got.uncertainty):
        assert -1e-15 <= part <= 1
    assert got.resolution <= got.uncertainty + 1e-12


@given(rows=st.lists(st.tuples(st.integers(0, 10), st.booleans()), min_size=1, max_size=60))
def test_forecasts_in_tenths_lose_nothing_to_the_bins(rows):
    p, y = np.array(rows, float).T
    got = brier_score(p / 10, y, 11, draws=1)
    # With eleven bins every tenth has a bin for itself.
    assert got.binned == pytest.approx(got.score, abs=1e-12)


@given(rows=EVENTS, order=st.randoms(use_true_random=False))
def test_order_changes_no_score(rows, order):
    shuffled = list(rows)
    order.shuffle(shuffled)
    (p, y), (q, z) = np.array(rows, float).T, np.array(shuffled, float).T
    left, right = brier_score(p, y, draws=1), brier_score(q, z, draws=1)
    assert left.score == pytest.approx(right.score, abs=1e-12)
    assert reliability_table(p, y).error == pytest.approx(reliability_table(q, z).error, abs=1e-12)


@given(rows=EVENTS)
def test_the_complement_has_the_same_brier_score_and_parts(rows):
    p, y = np.array(rows, float).T
    assume(np.all(np.abs(p * 10 - np.round(p * 10)) > 1e-4))  # edges fall to one side
    one, other = brier_score(p, y, draws=1), brier_score(1 - p, 1 - y, draws=1)
    for name in ("score", "reliability", "resolution", "uncertainty"):
        assert getattr(one, name) == pytest.approx(getattr(other, name), abs=1e-12)


@given(rows=EVENTS)
def test_calibration_error_lies_between_its_bounds(rows):
    p, y = np.array(rows, float).T
    got = calibration_error(p, y, draws=20)
    one_bin = reliability_table(p, y, 1).error
    assert one_bin - 1e-12 <= got.error <= np.abs(p - y).mean() + 1e-12
    assert got.low <= got.high
    assert 1 / 21 <= got.p_value <= 1


@given(seed=SEED)
def test_ranked_probability_score_is_the_sum_of_the_steps(seed):
    probs, level = level_rows(seed)
    tail = np.cumsum(probs[:, ::-1], -1)[:, ::-1]
    steps = [brier_score(np.clip(tail[:, k], 0, 1), level >= k, draws=1).score for k in (1, 2, 3)]
    got = ranked_probability_score(probs, level, draws=1)
    assert got.value == pytest.approx(sum(steps), abs=1e-9)
    assert got.value == pytest.approx(
        ranked_probability_score(probs[:, ::-1], 3 - level, draws=1).value, abs=1e-9
    )


@given(seed=SEED)
def test_certain_forecasts_are_scored_by_distance(seed):
    rng = np.random.default_rng(seed)
    said, came = rng.integers(0, 6, (2, 25))
    got = ranked_probability_score(np.eye(6)[said], came, draws=1)
    assert got.value == pytest.approx(np.abs(said - came).mean())


@given(seed=SEED)
def test_proper_scores_prefer_the_truth(seed):
    # Expected score under the true probabilities q: the forecast q beats any other.
    rng = np.random.default_rng(seed)
    q, other = rng.dirichlet(np.ones(4), 2)
    for score in (ranked_probability_score, log_loss):

        def expected(said, score=score):
            values = [score([said], [level], draws=1).value for level in range(4)]
            return float(q @ np.array(values))

        assert expected(q) <= expected(other) + 1e-12


@given(seed=SEED)
def test_two_levels_are_an_event(seed):
    rng = np.random.default_rng(seed)
    p, y = rng.random(40), rng.integers(0, 2, 40)
    probs = np.stack([1 - p, p], -1)
    assert ranked_probability_score(probs, y, draws=1).value == pytest.approx(
        brier_score(p, y, draws=1).score
    )
    assert level_calibration_error(probs, y, draws=1).error == pytest.approx(
        calibration_error(p, y, draws=1).error
    )


@given(seed=SEED)
def test_wider_claims_cover_more(seed):
    rng = np.random.default_rng(seed)
    probs, level = level_rows(seed)
    nominal = np.sort(rng.uniform(0.01, 0.99, 5))
    for got in (
        level_coverage(probs, level, levels=nominal, rng=seed),
        interval_coverage(np.zeros(30), rng.random(30), rng.normal(size=30), levels=nominal),
    ):
        assert (np.diff(got.covered) >= 0).all()
        assert (np.diff(got.width) >= -1e-12).all()
    sets = level_coverage(probs, level, levels=nominal)
    assert (sets.width <= 4).all()
    # The smallest set is no larger than the share of all levels.
    assert (sets.width <= 4 * nominal + 1e-9).all()


@given(seed=SEED)
def test_pit_lies_in_the_jump_of_its_level(seed):
    probs, level = level_rows(seed)
    values = pit(probs, level, rng=seed).ranks
    upto = np.cumsum(probs, -1)
    row = np.arange(len(level))
    assert (values <= upto[row, level] + 1e-12).all()
    assert (values >= upto[row, level] - probs[row, level] - 1e-12).all()


@given(counts=st.lists(st.integers(0, 20), min_size=2, max_size=12))
def test_chi_square_depends_on_counts_only(counts):
    assume(sum(counts) > 0)
    bins = len(counts)
    values = (np.repeat(np.arange(bins), counts) + 0.5) / bins
    one, other = uniformity(values, bins=bins), uniformity(values[::-1], bins=bins)
    assert one.counts.tolist() == counts
    assert one.statistic == pytest.approx(other.statistic)
    mirrored = uniformity(1 - values, bins=bins)
    assert one.statistic == pytest.approx(mirrored.statistic)


@given(seed=SEED, size=st.integers(1, 30))
def test_ranks_lie_in_the_unit_interval_whatever_the_draws(seed, size):
    got = simulation_based_calibration(
        lambda rng: (float(rng.integers(0, 4)), rng),
        lambda rng: rng.integers(0, 4, size).astype(float),
        n_draws=10,
        n_bins=2,
        rng=seed,
    )
    values = got.checks[0].ranks
    assert ((values >= 0) & (values <= 1)).all()
