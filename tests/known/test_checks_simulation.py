"""Simulation-based calibration: of conjugate models that are known, and of the level model."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtr

from competency.config import LevelConfig, SourceConfig
from competency.errors import InputError
from competency.levels.checks import (
    check_levels,
    draw_model_world,
    interval_coverage,
    level_coverage,
    level_model_sbc,
    plot_pit,
    simulation_based_calibration,
)
from competency.levels.checks.model_world import latent_ranks, level_ranks

ONE_SOURCE = LevelConfig(
    sources={"test": SourceConfig(discrimination=2.0), "record": SourceConfig(discrimination=60)}
)


def draw(rng):
    """A mean with prior N(0, 1), observed three times with noise N(0, 1)."""
    truth = rng.normal()
    return truth, (truth + rng.normal(size=3), rng)


def posterior(data, *, widened=1.0, shifted=0.0):
    observed, rng = data
    mean, sd = observed.sum() / 4 + shifted, widened / 2
    return mean + sd * rng.normal(size=19)


def test_the_right_posterior_passes_at_the_nominal_rate():
    passed = sum(
        simulation_based_calibration(draw, posterior, n_draws=200, n_bins=8, rng=seed).passed
        for seed in range(100)
    )
    assert passed >= 93  # 98 expected, sd 1.4


@pytest.mark.parametrize("wrong", [{"widened": 0.6}, {"widened": 1.7}, {"shifted": 0.2}], ids=str)
def test_wrong_posteriors_are_found_out(wrong):
    passed = sum(
        simulation_based_calibration(
            draw, lambda data: posterior(data, **wrong), n_draws=400, n_bins=8, rng=seed
        ).passed
        for seed in range(20)
    )
    assert passed <= 1


def test_a_distribution_function_serves_as_well_as_draws():
    got = simulation_based_calibration(
        draw, lambda data: lambda truth: ndtr((truth - data[0].sum() / 4) * 2), n_draws=500
    )
    assert got.passed
    assert got.checks[0].n == 500


def test_a_posterior_that_ignores_the_data_is_calibrated_too():
    # Known limit of the method: the prior passes. Sharpness has to be judged by scores.
    assert simulation_based_calibration(
        draw, lambda data: data[1].normal(size=9), n_draws=500, n_bins=10
    ).passed


def test_ranks_of_a_discrete_truth_are_spread_over_ties():
    def coin(rng):
        return float(rng.integers(0, 2)), rng

    got = simulation_based_calibration(
        coin, lambda rng: rng.integers(0, 2, 30).astype(float), n_draws=800, n_bins=10
    )
    assert got.passed
    assert got.checks[0].ranks.min() < 0.05


def test_each_parameter_has_its_test():
    def pair(rng):
        truth = rng.normal(size=2)
        return truth, (truth, rng)

    def half_right(data):
        truth, rng = data
        draws = rng.normal(size=(19, 2))
        draws[:, 1] = truth[1] + 0.1 + draws[:, 1]
        return draws

    got = simulation_based_calibration(pair, half_right, n_draws=300, names=["prior", "peeking"])
    assert got.to_frame()["name"].tolist() == ["prior", "peeking"]
    assert [check.passed for check in got.checks] == [True, False]
    assert not got.passed
    assert repr(got).startswith("Simulation-based calibration failed\nprior: uniform")
    assert len(got.p_values) == 2


@pytest.mark.parametrize(
    ("answer", "settings", "text"),
    [
        (np.zeros((5, 2)), {}, "does not fit its truth"),
        (np.zeros(0), {}, "does not fit its truth"),
        (lambda truth: np.full(2, ndtr(truth)), {}, "does not fit its truth"),
        (np.zeros(5), {"names": ["a", "b"]}, "2 names for 1 parameters"),
        (np.zeros(5), {"n_draws": 0}, "n_draws is 0"),
    ],
)
def test_what_does_not_fit_is_said(answer, settings, text):
    with pytest.raises(InputError, match=text):
        simulation_based_calibration(draw, lambda _: answer, **{"n_draws": 20, **settings})


def test_truths_of_different_lengths_are_refused():
    def odd(rng):
        size = int(rng.integers(1, 3))
        return np.zeros(size), size

    with pytest.raises(InputError, match="different lengths"):
        simulation_based_calibration(odd, lambda size: np.zeros((3, size)), n_draws=30)


# --------------------------------------------------------------------------- the level model


@pytest.mark.parametrize("by", ["level", "latent"])
def test_the_level_model_is_calibrated_for_its_own_world(by):
    got = level_model_sbc(by=by, n_officers=2000, n_competencies=3, rng=11)
    assert got.passed, got
    assert got.to_frame()["n"].tolist() == [2000] * 3


def test_the_level_model_is_calibrated_when_it_learns_from_the_ratings():
    got = level_model_sbc(n_officers=3000, n_competencies=2, learn=True, rng=5)
    assert got.passed, got


@pytest.mark.parametrize(
    "wrong",
    [
        LevelConfig(prior_sd=0.6),
        LevelConfig(prior_sd=1.6),
        LevelConfig(sources={k: v.model_copy(update={"severity": v.severity + 0.5})
                             for k, v in LevelConfig().sources.items()}),
        LevelConfig(sources={k: v.model_copy(update={"discrimination": 3 * v.discrimination,
                                                     "severity_sd": 0.0})
                             for k, v in LevelConfig().sources.items()}),
    ],
    ids=["prior too narrow", "prior too wide", "sources thought kinder", "sources thought sharper"],
)  # fmt: skip
def test_a_level_model_with_wrong_settings_is_found_out(wrong):
    got = level_model_sbc(n_officers=2000, n_competencies=2, scored_with=wrong, rng=11)
    assert not any(check.passed for check in got.checks), got


def test_intervals_and_sets_of_the_level_model_cover_in_every_slice():
    world = draw_model_world(n_officers=2500, n_competencies=3, rng=2)
    beliefs = world.beliefs
    for count in (0, 1, 2, 3, 4):
        rows = beliefs.n_observations == count
        got = level_coverage(beliefs.probs[rows], world.level[rows])
        # About 1,500 cells; bounds are four standard errors.
        np.testing.assert_allclose(got.covered, got.nominal, atol=4 * 0.5 / np.sqrt(got.n))
        latent = interval_coverage(
            beliefs.mean[rows], beliefs.sd[rows], world.theta[rows], levels=[0.8, 0.9]
        )
        np.testing.assert_allclose(latent.covered, [0.8, 0.9], atol=4 * 0.4 / np.sqrt(latent.n))


def test_the_world_is_what_its_settings_say():
    world = draw_model_world(
        ONE_SOURCE.model_copy(update={"prior_sd": 0.7}), n_officers=4000, n_competencies=2, rng=0
    )
    assert world.theta.std() == pytest.approx(0.7, abs=0.03)
    assert np.corrcoef(world.theta.T)[0, 1] == pytest.approx(0.4, abs=0.06)
    counts = np.bincount(world.beliefs.n_observations.ravel()) / world.theta.size
    np.testing.assert_allclose(counts, 0.2, atol=0.02)
    np.testing.assert_array_equal(world.level, np.clip(np.floor(world.theta + 0.5), 0, 5))
    assert repr(world).startswith("ModelWorld(LevelBeliefs(4000 officers")


def test_ratings_of_the_world_follow_the_graded_response_model():
    # Officers with one rating of a source with a = 2: P(rating >= 3) = sigmoid(2 (theta - 2.5)),
    # seen through the beliefs: averaged over the prior N(2.5, 1) it is one half, and the beliefs
    # average back to the prior.
    world = draw_model_world(ONE_SOURCE, n_officers=6000, n_competencies=1, max_ratings=1, rng=4)
    rated = world.beliefs.n_observations[:, 0] == 1
    mean = world.beliefs.mean[rated, 0]
    assert mean.mean() == pytest.approx(2.5, abs=0.05)
    slope = np.polyfit(mean, world.theta[rated, 0], 1)[0]
    assert slope == pytest.approx(1.0, abs=0.05)
    assert len(np.unique(mean)) == 6


def test_ranks_have_the_shape_of_the_world_and_a_picture():
    world = draw_model_world(n_officers=60, n_competencies=2, rng=0)
    assert level_ranks(world, rng=1).shape == latent_ranks(world).shape == (60, 2)
    got = level_model_sbc(n_officers=200, n_competencies=1, n_bins=5)
    assert plot_pit(got.checks[0]).get_xlabel() == got.checks[0].name


def test_equal_seeds_make_equal_worlds():
    one, again = (draw_model_world(n_officers=30, rng=3) for _ in range(2))
    np.testing.assert_array_equal(one.beliefs.probs, again.beliefs.probs)
    assert not np.array_equal(one.theta, draw_model_world(n_officers=30, rng=4).theta)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: draw_model_world(n_officers=0), "n_officers is 0"),
        (lambda: draw_model_world(n_competencies=0), "n_competencies is 0"),
        (lambda: draw_model_world(max_ratings=-1), "max_ratings is -1"),
        (lambda: level_model_sbc(by="rank"), "by is 'rank'"),
        (
            lambda: draw_model_world(
                LevelConfig(sources={"record": SourceConfig(discrimination=60)})
            ),
            "no source to draw ratings from",
        ),
        (lambda: draw_model_world(LevelConfig(half_life_years={})), "no kind with a half-life"),
    ],
)
def test_worlds_that_cannot_be_drawn_are_refused(call, text):
    with pytest.raises(InputError, match=text):
        call()


def test_all_checks_agree_that_the_model_fits_its_own_world():
    apart = ["several ratings", "one rating", "never assessed"]
    inside = 0
    for seed in range(25):
        world = draw_model_world(n_officers=150, rng=seed)
        table = check_levels(world.beliefs, world.level, draws=100, rng=seed).set_index("slice")
        inside += (table.loc[apart, "ece_verdict"] == "inside").sum()
    assert 65 <= inside <= 74  # 71 of 75 expected, sd 1.9


def test_beliefs_of_a_larger_world_are_close_to_their_claims():
    world = draw_model_world(n_officers=3000, rng=8)
    table = check_levels(world.beliefs, world.level, draws=20).set_index("slice")
    assert (table["ece"] < 0.015).all()
    for name, nominal in (("coverage_50", 0.5), ("coverage_80", 0.8), ("coverage_90", 0.9)):
        np.testing.assert_allclose(table[name], nominal, atol=4 * 0.5 / np.sqrt(table["n"].min()))
