"""Coverage of intervals and of sets of levels: worked answers, exactness, power."""

from __future__ import annotations

import numpy as np
import pytest

from competency.errors import InputError
from competency.levels.checks import interval_coverage, level_coverage


def test_central_intervals_worked_by_hand():
    # z of .5, .8, .9: .6745, 1.2816, 1.6449. Distances in sd: .5, 1, 1.5, 2.
    got = interval_coverage([1, 1, 1, 1], [2, 2, 2, 2], [2, 3, -2, 5])
    assert got.covered.tolist() == [0.25, 0.5, 0.75]
    assert got.width.tolist() == pytest.approx([2.6980, 5.1262, 6.5794], abs=1e-4)
    assert got.n == 4


def test_sets_of_levels_worked_by_hand():
    # (.1, .6, .3): for .8 the set is level 1, and level 2 with probability (.8 - .6) / .3 = 2/3.
    n = 30_000
    probs = np.tile([0.1, 0.6, 0.3], (n, 1))
    for level, expected in ((0, 0.0), (1, 1.0), (2, 2 / 3)):
        got = level_coverage(probs, np.full(n, level), levels=[0.8])
        assert got.covered[0] == pytest.approx(expected, abs=0.012)
    assert got.width[0] == pytest.approx(1 + 2 / 3)
    # Below the mass of the first level the set is that level with probability .5 / .6.
    first = level_coverage(probs, np.full(n, 1), levels=[0.5])
    assert first.covered[0] == pytest.approx(5 / 6, abs=0.01)


def test_coverage_of_calibrated_levels_is_nominal_however_coarse():
    rng = np.random.default_rng(1)
    for concentration in (0.1, 1.0, 20.0):
        probs = rng.dirichlet(np.full(4, concentration), 40_000)
        level = (rng.random(40_000)[:, None] > np.cumsum(probs, -1)[:, :-1]).sum(-1)
        got = level_coverage(probs, level, levels=(0.3, 0.5, 0.8, 0.9))
        np.testing.assert_allclose(got.covered, got.nominal, atol=0.01)  # 4 standard errors


def test_ties_are_covered_as_often_as_claimed_on_average():
    probs = np.full((40_000, 4), 0.25)
    level = np.arange(40_000) % 4
    got = level_coverage(probs, level, levels=[0.6])
    assert got.covered[0] == pytest.approx(0.6, abs=0.01)
    assert got.width[0] == pytest.approx(2.4)


def test_claims_are_inside_at_the_nominal_rate_and_narrow_ones_outside():
    right = narrow = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        truth = rng.normal(size=300)
        right += interval_coverage(np.zeros(300), np.ones(300), truth, levels=[0.8]).inside[0]
        narrow += interval_coverage(np.zeros(300), np.full(300, 0.7), truth, levels=[0.8]).inside[0]
    assert 180 <= right <= 199
    assert narrow <= 5


def test_groups_widen_the_interval():
    truth = np.repeat(np.random.default_rng(0).normal(size=50), 8)
    zeros, ones = np.zeros(400), np.ones(400)
    alone = interval_coverage(zeros, ones, truth, levels=[0.8])
    together = interval_coverage(zeros, ones, truth, levels=[0.8], groups=np.arange(400) // 8)
    ratio = (together.high - together.low) / (alone.high - alone.low)
    assert ratio[0] == pytest.approx(np.sqrt(8), rel=0.08)
    assert together.covered.tolist() == alone.covered.tolist()


def test_a_certain_belief_covers_its_truth_and_nothing_else():
    assert interval_coverage([2.0], [0.0], [2.0]).covered.tolist() == [1, 1, 1]
    assert interval_coverage([2.0], [0.0], [2.1]).covered.tolist() == [0, 0, 0]
    assert level_coverage([[0, 1, 0]], [2]).covered.tolist() == [0, 0, 0]


def test_results_print_and_make_frames():
    got = level_coverage([[0.5, 0.5]] * 10, [0, 1] * 5)
    assert repr(got).startswith("Coverage of most probable levels (n = 10): 50%: ")
    frame = got.to_frame()
    assert frame["nominal"].tolist() == [0.5, 0.8, 0.9]
    assert frame["n"].tolist() == [10, 10, 10]
    assert (frame["low"] <= frame["covered"]).all()
    assert (frame["covered"] <= frame["high"]).all()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (([1.0], [1.0], [1.0, 2.0]), "shapes"),
        (([], [], []), "no beliefs"),
        (([1.0], [-1.0], [1.0]), "negative sd"),
        (([np.nan], [1.0], [1.0]), "missing"),
    ],
)
def test_illegal_beliefs_are_named(arguments, text):
    with pytest.raises(InputError, match=text):
        interval_coverage(*arguments)


@pytest.mark.parametrize("levels", [[], [0.0], [0.5, 1.0]], ids=str)
def test_illegal_coverages_are_named(levels):
    with pytest.raises(InputError, match="strictly between 0 and 1"):
        level_coverage([[0.5, 0.5]], [1], levels=levels)
