"""What holds of intervals and p-values whatever the numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st

from competency.stats import (
    FALSE_DISCOVERIES,
    benjamini_hochberg,
    beyond,
    effective_size,
    holm,
    two_sided,
    wilson_interval,
)

SEED = st.integers(0, 10**6)
P_VALUES = st.lists(st.floats(0, 1) | st.just(float("nan")), max_size=30)


@given(p=P_VALUES)
def test_adjusted_p_values_are_larger_in_the_same_order_and_flag_what_the_steps_flag(p):
    p = np.array(p, np.float64)
    q, tested = benjamini_hochberg(p), np.isfinite(p)
    assert (np.isfinite(q) == tested).all()
    assert ((q >= p) & (q <= 1))[tested].all()
    order = np.argsort(p[tested])
    assert (np.diff(q[tested][order]) >= 0).all()
    assert (holm(p) >= q)[tested].all()
    # The step-up rule as it was published: the largest i with p_(i) <= i / m * alpha.
    ranked = np.sort(p[tested])
    steps = np.arange(1, len(ranked) + 1) / max(len(ranked), 1) * FALSE_DISCOVERIES
    passed = np.flatnonzero(ranked <= steps)
    expected = passed[-1] + 1 if len(passed) else 0
    assert abs(int((q <= FALSE_DISCOVERIES).sum()) - expected) <= np.isclose(ranked, steps).sum()


@given(estimate=st.floats(-5, 5), se=st.floats(0.01, 3), limit=st.floats(0, 2))
def test_a_wider_claim_is_harder_to_refute(estimate, se, limit):
    at = beyond(np.array([estimate]), np.array([se]), limit).item()
    assert 0 <= at <= 1 + 1e-12
    assert at >= two_sided(np.array([estimate / se])).item() - 1e-12


@given(hits=st.integers(0, 50), misses=st.integers(0, 50))
def test_wilson_intervals_hold_the_share_and_mirror(hits, misses):
    assume(hits + misses > 0)
    n = float(hits + misses)
    low, high = wilson_interval(np.array(hits / n), np.array(n))
    assert 0 <= low <= hits / n + 1e-12
    assert hits / n - 1e-12 <= high <= 1
    mirrored = wilson_interval(np.array(misses / n), np.array(n))
    assert (1 - high, 1 - low) == pytest.approx(mirrored, abs=1e-12)


@given(seed=SEED)
def test_dependence_never_adds_information(seed):
    rng = np.random.default_rng(seed)
    hit, groups = rng.integers(0, 2, 40).astype(float), rng.integers(0, 12, 40)
    assert 0 < effective_size(hit, groups) <= 40
