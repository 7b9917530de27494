"""Identities of gaps and matches over random beliefs."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings, strategies as st

from competency.gaps import (
    capped_job_person_match,
    chance_to_meet,
    expected_gap,
    gap_variance,
    job_person_match,
)
from competency.gaps.positions import drawn_all_met, drawn_sums, shared_draws


def beliefs(seed, n_levels=6, shape=(7, 4)):
    probs = np.random.default_rng(seed).dirichlet(np.full(n_levels, 0.5), shape)
    return probs, np.cumsum(probs[..., ::-1], -1)[..., ::-1]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), n_levels=st.integers(2, 8))
def test_gap_and_variance_equal_their_definitions(seed, n_levels):
    probs, survival = beliefs(seed, n_levels)
    required = np.random.default_rng(seed + 1).integers(0, n_levels, probs.shape[:2])
    missing = np.maximum(required[..., None] - np.arange(n_levels), 0)
    mean = (probs * missing).sum(-1)
    spread = (probs * (missing - mean[..., None]) ** 2).sum(-1)
    relevant = required > 0
    gap, variance = expected_gap(survival, required), gap_variance(survival, required)
    np.testing.assert_allclose(gap[relevant], mean[relevant], atol=1e-6)
    np.testing.assert_allclose(variance[relevant], spread[relevant], atol=1e-5)
    for values in (gap, variance, chance_to_meet(survival, required)):
        np.testing.assert_array_equal(np.isnan(values), ~relevant)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_asking_one_level_more_adds_the_chance_to_be_below_it(seed):
    _, survival = beliefs(seed)
    for level in range(2, 6):
        asked = np.full(survival.shape[:2], level)
        added = expected_gap(survival, asked) - expected_gap(survival, asked - 1)
        np.testing.assert_allclose(added, 1 - chance_to_meet(survival, asked), atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_better_beliefs_never_widen_a_gap(seed):
    _, survival = beliefs(seed)
    better = np.maximum(survival, survival[::-1])
    required = np.random.default_rng(seed + 1).integers(1, 6, survival.shape[:2])
    assert (expected_gap(better, required) <= expected_gap(survival, required) + 1e-6).all()
    assert (chance_to_meet(better, required) >= chance_to_meet(survival, required)).all()


@settings(max_examples=60, deadline=None)
@given(
    cells=st.lists(st.tuples(st.integers(-1, 5), st.integers(0, 5)), min_size=1, max_size=9),
    which=st.integers(0, 8),
)
def test_match_is_capped_bounded_and_monotone(cells, which):
    achieved, required = np.array(cells).T
    match, capped = (
        job_person_match(achieved, required),
        capped_job_person_match(achieved, required),
    )
    if np.isnan(match):
        assert np.isnan(capped)
        assert not ((achieved >= 0) & (required > 0)).any()
        return
    assert 0 <= capped <= min(match, 100)
    raised = achieved.copy()
    which %= len(cells)
    if raised[which] >= 0:
        raised[which] += 1
        assert job_person_match(raised, required) >= match
        assert capped_job_person_match(raised, required) >= capped


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_draws_have_the_marginals_of_the_beliefs(seed):
    _, survival = beliefs(seed, shape=(5, 3))
    survival = survival.astype(np.float32)
    uniforms = shared_draws(np.full((3, 3), 0.4) + 0.6 * np.eye(3), 4000)
    for competency in range(3):
        counted = np.zeros((5, 3))
        counted[:, competency] = 1
        drawn = drawn_sums(survival, uniforms, counted)
        for level in range(1, 6):
            share = (drawn >= level).mean(-1)
            # Antithetic draws: at most the spread of 2,000 independent ones, five times.
            np.testing.assert_allclose(share, survival[:, competency, level], atol=0.06)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_meeting_all_is_no_likelier_than_meeting_the_hardest(seed):
    _, survival = beliefs(seed, shape=(5, 3))
    survival = survival.astype(np.float32)
    required = np.random.default_rng(seed + 1).integers(1, 6, (5, 3))
    uniforms = shared_draws(np.full((3, 3), 0.4) + 0.6 * np.eye(3), 4000)
    alone = np.stack(
        [
            drawn_all_met(survival, uniforms, np.where(np.arange(3) == c, required, 0))
            for c in range(3)
        ]
    )
    together = drawn_all_met(survival, uniforms, required)
    assert (together <= alone.min(0)).all()
    # Positive correlation: at least the product of the chances, up to the noise of the draws.
    assert (together >= alone.prod(0) - 0.06).all()
