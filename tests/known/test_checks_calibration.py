"""Calibration error, its band, reliability and PIT: worked answers, size and power."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from competency.errors import InputError
from competency.levels.checks import (
    calibration_error,
    level_calibration_error,
    pit,
    plot_pit,
    plot_reliability,
    reliability_table,
    uniformity,
)
from competency.levels.checks.calibration import bin_of

SEEDS = range(200)


def overconfident(p, factor=2.0):
    """Push probabilities away from one half: log-odds times `factor`."""
    return p**factor / (p**factor + (1 - p) ** factor)


def test_calibration_error_worked_by_hand():
    # Bin .2 (4 forecasts, 2 events): |.5 - .2| = .3; bin .7 (6, 3 events): |.5 - .7| = .2.
    # 4/10 x .3 + 6/10 x .2 = .24.
    got = calibration_error([0.2] * 4 + [0.7] * 6, [1, 1, 0, 0, 1, 1, 1, 0, 0, 0])
    assert got.error == pytest.approx(0.24)
    assert got.table.count.tolist() == [0, 0, 4, 0, 0, 0, 0, 6, 0, 0]


def test_the_null_band_is_the_binomial_one():
    # One bin, p = 1/2, n = 100: the error is |events / 100 - 1/2|, whose law is known.
    got = calibration_error([0.5] * 100, [1] * 50 + [0] * 50, draws=4000)
    miss = np.abs(np.arange(101) / 100 - 0.5)
    weight = stats.binom.pmf(np.arange(101), 100, 0.5)
    assert got.expected == pytest.approx((miss * weight).sum(), rel=0.04)
    assert got.high == pytest.approx(0.11, abs=0.011)  # P(|X - 50| >= 11) = .035, >= 12: .021
    assert got.low == pytest.approx(0.0, abs=1e-12)
    assert got.p_value == pytest.approx(1.0)
    shifted = calibration_error([0.5] * 100, [1] * 60 + [0] * 40, draws=4000)
    assert shifted.p_value == pytest.approx(stats.binomtest(60, 100).pvalue, abs=0.012)


def test_bins_take_the_forecasts_that_print_like_their_lower_edge():
    tenths = np.arange(11) / 10
    expected = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9]
    assert bin_of(tenths, 10).tolist() == expected
    assert bin_of(tenths.astype(np.float32).astype(float), 10).tolist() == expected


def test_a_perfect_forecaster_is_inside_at_the_nominal_rate():
    inside = 0
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        p = rng.random(150)
        inside += calibration_error(p, rng.random(150) < p, draws=200, rng=rng).inside
    # 95 % of 200 are 190, sd 3.1; the band of 200 redraws is itself off by a little.
    assert 179 <= inside <= 199


def test_an_overconfident_forecaster_is_flagged():
    above = 0
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        p = rng.random(300)
        above += (
            calibration_error(overconfident(p), rng.random(300) < p, draws=200, rng=rng).verdict
            == "above"
        )
    assert above >= 190


def test_events_that_were_seen_beforehand_are_below_the_band():
    p = np.repeat(np.arange(0.05, 1, 0.1), 200)
    copied = np.concatenate([np.arange(200) < round(200 * q) for q in p[::200]])
    assert calibration_error(p, copied).verdict == "below"


def levels_of(probs, rng):
    return (rng.random(len(probs))[:, None] > np.cumsum(probs, -1)[:, :-1]).sum(-1)


def test_pooled_steps_need_a_band_of_whole_levels():
    inside = naive = 0
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        probs = rng.dirichlet(np.full(6, 0.7), 80)
        level = levels_of(probs, rng)
        inside += level_calibration_error(probs, level, draws=200, rng=rng).inside
        tail = 1 - np.cumsum(probs, -1)[:, :-1]
        naive += calibration_error(tail, level[:, None] > np.arange(5), draws=200, rng=rng).inside
    assert 179 <= inside <= 199
    assert naive < inside


def test_pooled_error_worked_by_hand_and_cut_at_the_top():
    # One row, P(L>=1) = .75, P(L>=2) = .25; level 1: events 1, 0: both off by .25.
    got = level_calibration_error([[0.25, 0.5, 0.25]], [1])
    assert got.error == pytest.approx(0.25)
    assert got.n == 1
    # The second row ends at level 1: its step 2 is no event, and would have been a sure hit.
    probs = [[0.25, 0.5, 0.25], [0.35, 0.65, 0.0]]
    cut = level_calibration_error(probs, [1, 1], top=[2, 1])
    assert cut.table.n == 3
    assert cut.error == pytest.approx((0.25 + 0.25 + 0.35) / 3)
    assert level_calibration_error(probs, [1, 1]).table.n == 4


def test_dependent_rows_need_dependent_redraws():
    # Twenty rows share one number: the whole group is high or low together.
    rng = np.random.default_rng(4)
    group = np.repeat(np.arange(15), 20)
    probs = np.full((300, 2), 0.5)
    level = (rng.random(15) < 0.5)[group].astype(int)

    def shared(generator):
        return generator.random(15)[group]

    plain = level_calibration_error(probs, level)
    joint = level_calibration_error(probs, level, uniforms=shared)
    assert joint.high > 3 * plain.high
    assert joint.verdict == "inside"


def test_pit_worked_by_hand():
    # Level 0 of (.3, .7): u in [0, .3); level 1: u in [.3, 1).
    got = pit([[0.3, 0.7]] * 500, [0, 1] * 250, bins=2, rng=1)
    assert got.ranks[::2].max() < 0.3 < got.ranks[1::2].min() + 1e-3
    assert got.ranks[::2].mean() == pytest.approx(0.15, abs=0.02)
    assert got.ranks[1::2].mean() == pytest.approx(0.65, abs=0.05)


def test_chi_square_is_pearsons():
    values = np.random.default_rng(0).random(300) ** 1.1
    got = uniformity(values, bins=8)
    statistic, p = stats.chisquare(np.histogram(values, 8, (0, 1))[0])
    assert got.statistic == pytest.approx(statistic)
    assert got.p_value == pytest.approx(p)
    assert uniformity([1.0, 0.0], bins=2).counts.tolist() == [1, 1]
    assert uniformity(np.arange(1000) / 1000, bins=10).verdict == "too even"


def test_pit_of_calibrated_levels_passes_at_the_nominal_rate_and_of_narrow_ones_fails():
    passed = narrow = 0
    for seed in SEEDS:
        rng = np.random.default_rng(seed)
        probs = rng.dirichlet(np.ones(5), 600)
        level = levels_of(probs, rng)
        passed += pit(probs, level, rng=rng).passed
        sharp = probs**2 / (probs**2).sum(-1, keepdims=True)
        narrow += pit(sharp, level, rng=rng).passed
    assert passed >= 188  # 98 % of 200 are 196, sd 2
    assert narrow <= 10


def test_plots_return_the_axes_that_they_drew_on():
    from matplotlib.figure import Figure

    rng = np.random.default_rng(0)
    p = rng.random(300)
    check = calibration_error(p, rng.random(300) < p)
    ax = Figure().add_subplot()
    assert plot_reliability(check, ax=ax) is ax
    dots = ax.collections[-1].get_offsets()
    np.testing.assert_allclose(dots[:, 0], check.table.stated)
    np.testing.assert_allclose(dots[:, 1], check.table.observed)
    assert plot_reliability(check.table) is not ax
    test = pit([[0.5, 0.5]] * 40, [0, 1] * 20, bins=4)
    bars = plot_pit(test).containers[0]
    heights = [bar.get_height() for bar in bars]
    assert heights == pytest.approx((test.counts / 10).tolist())
    assert np.mean(heights) == pytest.approx(1)


def test_results_print_and_make_frames():
    check = calibration_error([0.9] * 100, [1] * 50 + [0] * 50)
    assert "above the 95% band" in repr(check)
    assert check.to_frame()["verdict"].tolist() == ["above"]
    table = reliability_table([0.5, 0.55, 1.0], [0, 1, 1])
    frame = table.to_frame()
    assert frame["n"].tolist() == [0, 0, 0, 0, 0, 2, 0, 0, 0, 1]
    assert frame.loc[5, ["stated", "observed"]].tolist() == pytest.approx([0.525, 0.5])
    assert frame["observed"].isna().sum() == 8
    with pytest.raises(ValueError, match="read-only"):
        table.count[0] = 1
    test = pit([[0.5, 0.5]] * 40, [0, 1] * 20)
    assert test.to_frame()["verdict"].tolist() == [test.verdict]
    assert repr(test).startswith(f"PIT: {test.verdict} (n = 40")


def test_illegal_settings_are_named():
    with pytest.raises(InputError, match="draws is 0"):
        calibration_error([0.5], [1], draws=0)
    with pytest.raises(InputError, match="confidence"):
        calibration_error([0.5], [1], confidence=0)
    with pytest.raises(InputError, match="bins is 1"):
        uniformity([0.5], bins=1)
    with pytest.raises(InputError, match="outside"):
        uniformity([1.5], bins=2)
