"""Intervals, p-values and the bootstrap against printed answers and against theory."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from competency.stats import (
    benjamini_hochberg,
    beyond,
    binomial_at_least,
    bootstrap_interval,
    bootstrap_means,
    critical_value,
    effective_size,
    holm,
    percentile_interval,
    standard_error,
    two_sided,
    wilson_interval,
)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17, table I, method 3.
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_intervals_of_newcombe(hits, n, low, high):
    got = wilson_interval(np.array(hits / n), np.array(float(n)))
    assert got == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_groups_that_agree_are_worth_their_number():
    hit = np.repeat([1.0, 0.0, 1.0, 0.0, 1.0], 4)
    assert effective_size(hit, np.repeat(np.arange(5), 4)) == pytest.approx(5)
    assert effective_size(hit, None) == 20
    # Groups that balance each other carry no less than independent outcomes are taken to.
    assert effective_size(np.array([1.0, 0.0, 1.0, 0.0]), np.array([0, 0, 1, 1])) == 4


def test_bootstrap_interval_is_as_wide_as_theory_says():
    rng = np.random.default_rng(3)
    values = rng.normal(size=2000)
    low, high = bootstrap_interval(values, draws=2000, rng=1)
    half = 1.96 * values.std() / np.sqrt(2000)
    assert (high - low) / 2 == pytest.approx(half, rel=0.08)
    # Copies of one value are one observation: four copies make it twice as wide as independence.
    copied, owner = np.repeat(values[:500], 4), np.repeat(np.arange(500), 4)
    naive = np.subtract(*bootstrap_interval(copied, draws=2000, rng=1)[::-1])
    grouped = np.subtract(*bootstrap_interval(copied, groups=owner, draws=2000, rng=1)[::-1])
    assert grouped / naive == pytest.approx(2, rel=0.1)


def test_bootstrap_interval_covers_the_mean_as_often_as_it_says():
    rng = np.random.default_rng(0)
    held = 0
    for _ in range(200):
        low, high = bootstrap_interval(rng.random(60) ** 2, draws=300, rng=rng)
        held += low <= 1 / 3 <= high
    assert 180 <= held <= 199  # binomial: 190 expected, sd 3.1


def test_the_benjamini_hochberg_example_of_1995():
    # Benjamini & Hochberg (1995), section 3.2: 15 p-values, 4 discoveries at .05.
    p = np.array([.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .3240, .4262,
                  .5719, .6528, .7590, 1.0])  # fmt: skip
    assert (benjamini_hochberg(p) <= 0.05).sum() == 4
    assert benjamini_hochberg(p)[3] == pytest.approx(0.0095 * 15 / 4)
    # Bonferroni, and so the first step of Holm, finds three there.
    assert (holm(p) <= 0.05).sum() == 3


def test_holm_by_hand():
    assert np.allclose(holm(np.array([0.04, 0.01, 0.03, 0.005])), [0.06, 0.03, 0.06, 0.02])
    assert np.allclose(holm(np.array([0.9, 0.8])), [1, 1])


def test_critical_values_are_those_of_the_tables():
    assert critical_value() == pytest.approx(1.959964, abs=1e-6)
    assert critical_value(0.9) == pytest.approx(1.644854, abs=1e-6)
    assert critical_value(dof=5) == pytest.approx(2.570582, abs=1e-6)


def test_p_values_are_those_of_scipy():
    z, dof = np.array([-3.0, 0.0, 0.7, 2.0]), np.array([1.0, 4.0, 30.0, np.inf])
    expected = [*2 * stats.t.sf(np.abs(z[:3]), dof[:3]), 2 * stats.norm.sf(2.0)]
    assert two_sided(2 * z, 2.0, dof=dof) == pytest.approx(expected)
    assert two_sided([0.0, 1.0, np.nan, 1.0], [0.0, 0.0, 1.0, np.nan]) == pytest.approx(
        [1.0, 0.0, np.nan, np.nan], nan_ok=True
    )
    assert beyond(np.array([1.0]), np.array([0.5]), 0.0).item() == pytest.approx(0.0455, abs=1e-4)
    count, n, share = np.array([0, 3, 10]), np.array([5, 10, 10]), np.array([0.2, 0.2, 0.5])
    assert binomial_at_least(count, n, share) == pytest.approx(stats.binom.sf(count - 1, n, share))


def test_the_error_of_a_mean():
    assert standard_error(np.array([1.0, 2.0, 3.0, 4.0])) == pytest.approx(np.sqrt(5 / 3 / 4))
    assert np.isnan(standard_error(np.array([])))


def test_columns_that_few_groups_know_have_the_draws_that_know_them():
    # Only one of two groups has a value in the second column: a quarter of the draws miss it.
    sums, counts = np.array([[1.0, 0.0], [3.0, 5.0]]), np.array([[1.0, 0.0], [1.0, 1.0]])
    drawn = bootstrap_means(sums, counts, draws=4000, rng=1)
    assert set(drawn[:, 0].tolist()) == {1.0, 2.0, 3.0}
    known = ~np.isnan(drawn[:, 1])
    assert (drawn[known, 1] == 5).all()
    assert known.mean() == pytest.approx(0.75, abs=0.03)
    low, high = percentile_interval(drawn)
    assert (low[1], high[1]) == (5, 5)
    nothing = percentile_interval(bootstrap_means(np.zeros((0, 2)), np.zeros((0, 2)), draws=3))
    assert np.isnan(nothing).all()
