"""Facet calibrations end where they say; a person's answer is the one given alone."""

from __future__ import annotations

import numpy as np
import pytest
from facets_world import CRITERIA, world
from ratings_world import rated
from scipy.special import expit

from competency.ratings import fit_facets
from competency.ratings.categories import calibration_ratings
from competency.ratings.many_facet.calibrate import AndersonAcceleration
from competency.ratings.many_facet.meetings import GradedItems, MeetingRatings, starting_items
from competency.ratings.many_facet.state import packed, starting_state, unpacked
from competency.ratings.ordinal import derivatives, probability
from competency.ratings.table import Columns, resolved


def small_tables():
    yield "rated", rated(30, 6)
    for seed, n_persons, correlation in ((0, 30, 0.99), (0, 80, 0.99), (1, 30, 0.99), (2, 30, 0.9)):
        made = world(seed, n_persons=n_persons, n_assessors=5, correlation=correlation, halo=0.3)
        yield f"{seed} {n_persons} {correlation}", made[0]


@pytest.mark.parametrize(("name", "table"), list(small_tables()))
def test_traits_that_are_nearly_one_are_calibrated_to_the_end(name, table):
    # Plain rounds stop at 500 on most of these, correlations at 1 and evidence at nonsense.
    fit = fit_facets(table)
    assert fit.converged
    assert fit.n_iter < 100
    end = fit_facets(table, tolerance=2e-6, max_iter=2000)
    assert end.converged
    for part in ("items", "severities", "correlation"):
        found, far = (getattr(f, part).select_dtypes("number").to_numpy() for f in (fit, end))
        np.testing.assert_allclose(found, far, atol=2e-3)
    assert fit.halo_sd == pytest.approx(end.halo_sd, abs=2e-3)
    assert fit.log_likelihood == pytest.approx(end.log_likelihood, abs=0.05)
    assert end.correlation.to_numpy()[np.triu_indices(len(end.correlation), 1)].max() < 0.99


def test_rounds_that_were_cut_off_are_not_called_converged():
    table = rated(30, 6)
    for rounds in (1, 4, 10):
        fit = fit_facets(table, max_iter=rounds)
        assert (fit.converged, fit.n_iter) == (False, rounds)


@pytest.mark.parametrize("options", [{}, {"one_trait": True}, {"one_trait": True, "halo": False}])
def test_a_person_scored_alone_has_the_bytes_of_the_batch(options):
    fit = fit_facets(world(n_persons=60, n_assessors=6)[0], **options)
    table = world(5, n_persons=60, n_assessors=8)[0].astype(dict.fromkeys(CRITERIA, float))
    rng = np.random.default_rng(1)
    for name in CRITERIA:
        table.loc[rng.random(len(table)) < 0.3, name] = np.nan
    together = fit.score(table.sample(frac=1, random_state=1)).set_index(["person", "item"])
    for _, rows in list(table.groupby("person"))[:25]:
        alone = fit.score(rows).set_index(["person", "item"])
        assert alone.equals(together.loc[alone.index])


@pytest.mark.parametrize("spread", [0.1, 0.4, 0.9, 1.6, 3.5])
def test_moments_after_a_rating_agree_with_a_dense_integral(spread):
    steps = spread * np.array([[1.5, 0.2, -2.0]]) / 0.7
    items = GradedItems(np.array([spread / 0.7]), steps)
    mean, category = np.repeat([-1.0, 0.0, 1.2], 4), np.tile(np.arange(4), 3)
    ratings, variance = items.observations(np.zeros(12, int), category), np.full(12, 0.49)
    found = derivatives(ratings, mean, variance)
    z = mean[:, None] + 0.7 * np.linspace(-10, 10, 8001)
    sides = np.concatenate([[60.0], steps[0], [-60.0]])
    above = expit(items.slopes[0] * z[..., None] + sides)
    chance = (above[..., :-1] - above[..., 1:])[np.arange(12), :, category]
    weight = np.exp(-(np.linspace(-10, 10, 8001) ** 2) / 2)
    weight /= weight.sum()
    mass = chance * weight
    total = mass.sum(1)
    first = (mass * z).sum(1) / total
    second = (mass * (z - first[:, None]) ** 2).sum(1) / total
    # The likelihood is a mixture of normals: tails are within .4 % of those of the logistic, and
    # categories as narrow as a fifth of a logit, differences of two tails, within 1 %.
    np.testing.assert_allclose(mean + variance * found.mean, first, atol=5e-3 * 0.7)
    np.testing.assert_allclose(variance - variance**2 * found.curvature, second, rtol=1e-2)
    np.testing.assert_allclose(
        np.log(probability(ratings, mean, variance)), np.log(total), atol=1e-2
    )


def test_parameters_go_into_a_vector_and_back():
    table = rated(30, 6)
    found = (
        calibration_ratings(table, resolved(table, Columns()), common_scale=False, two_only=False)
        .nameless()
        .rated()
    )
    data = MeetingRatings.of(found, np.arange(2))
    state = starting_state(data, starting_items(found), severity=True, halo=True)
    vector = packed(state)
    again = unpacked(vector, state)
    np.testing.assert_allclose(packed(again), vector, atol=1e-12)
    n_steps = int((state.items.steps > -60).sum())
    for place, value in ((2, -9.0), (2 + n_steps, 1.0), (-2, -0.1)):
        broken = vector.copy()
        broken[place] = value
        assert unpacked(broken, state) is None


def test_anderson_acceleration_finds_the_end_of_a_slow_linear_iteration_and_forgets_when_it_turns():
    rng = np.random.default_rng(0)
    turn = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    slow = turn @ np.diag([0.99, 0.9, 0.5, 0.2, 0.0]) @ turn.T
    end, memory, point = rng.normal(size=5), AndersonAcceleration(noise=1e-8), np.zeros(5)
    for _ in range(12):
        move = (slow - np.eye(5)) @ (point - end)
        step = memory.step(point, move)
        point = point + (move if step is None else step)
    assert np.abs(point - end).max() < 1e-6
    assert memory.step(point, np.ones(5)) is None
    assert len(memory.points) == 1
