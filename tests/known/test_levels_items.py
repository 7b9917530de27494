"""Answers to items of tests in the level model: known truth, peers, and what is said of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import competency as cp
from competency.config import LevelConfig
from competency.errors import EvidenceError
from competency.evidence.table import RESPONSE_COLUMNS
from competency.levels.posterior.likelihood import (
    NO_ITEMS,
    ItemCurves,
    given_sources,
    intervals_of,
)
from competency.levels.posterior.parameters import given_items, known_items
from competency.ratings.ordinal import OPEN, derivatives, probability
from tests.support.items_world import draw_world, make_framework

DAY = "2026-06-01"


@pytest.fixture(scope="module")
def world():
    return draw_world(0)


@pytest.fixture(scope="module")
def model(world):
    return cp.LevelModel().fit(world.evidence)


def curves():
    slope, guess = np.array([1.0, 2.0]), np.array([0.2, 0.0])
    return ItemCurves(slope, np.array([[2.0, OPEN], [1.0, 3.0]]), np.zeros(2), guess)


def chances(theta):
    """Chance of each number of points of both items, from the library."""
    item, points = np.array([0, 0, 1, 1, 1]), np.array([0, 1, 0, 1, 2])
    sources = replace(given_sources(LevelConfig()), items=curves())
    block = np.full(5, len(sources.names) - 1)
    observations = intervals_of(
        sources, block, points, np.full(5, 5), spread=np.zeros(5), item=item
    )
    return observations, probability(observations, np.full(5, theta), np.zeros(5))


@pytest.mark.parametrize("theta", [-1.0, 2.0, 2.7, 6.0])
def test_points_have_the_chances_of_the_two_models(theta):
    def above(a, b):
        return 1 / (1 + np.exp(-a * (theta - b)))

    right = 0.2 + 0.8 * above(1.0, 2.0)
    graded = [1 - above(2, 1), above(2, 1) - above(2, 3), above(2, 3)]
    expected = [1 - right, right, *graded]
    # the mixture that stands for the logistic is good to .004
    assert np.allclose(chances(theta)[1], expected, atol=0.004)
    assert np.isclose(chances(theta)[1][:2].sum(), 1)
    assert np.isclose(chances(theta)[1][2:].sum(), 1)


def test_derivatives_of_borders_are_those_of_differences():
    observations, step = chances(2.4)[0], 1e-5
    mean, variance = np.full(5, 2.4), np.full(5, 0.3)
    found = derivatives(observations, mean, variance).items
    for name, told in (("lower", found.lower), ("upper", found.upper)):
        moved = [
            np.log(
                probability(
                    replace(observations, **{name: getattr(observations, name) + by}),
                    mean,
                    variance,
                )
            )
            for by in (-step, step)
        ]
        assert np.allclose((moved[1] - moved[0]) / (2 * step), told, atol=1e-6)


def test_slopes_and_thresholds_are_found_again(world, model):
    table = model.items_
    assert model.converged_
    error = table[["threshold_1", "threshold_2"]].to_numpy() - world.thresholds
    assert np.isnan(error).sum() == np.isnan(world.thresholds).sum()
    shift = np.nanmean(error)  # a mean of 40 severities is all that ties the scale to levels
    assert abs(shift) < 3 * 0.5 / np.sqrt(40)
    assert np.sqrt(np.nanmean((error - shift) ** 2)) < 0.15
    away = np.log(table["discrimination"] / world.slope)
    assert abs(away.mean()) < 0.1
    assert np.sqrt((away**2).mean()) < 0.15
    spread = away * table["discrimination"] / table["discrimination_se"]
    assert 0.7 < spread.std() < 1.4


def test_answers_settle_the_competency_and_teach_of_the_others(world, model):
    bare = cp.LevelModel().fit(replace(world.evidence, responses=world.evidence.responses[:0]))
    error = {
        name: np.sqrt(((fitted.predict(as_of=DAY).mean - world.theta) ** 2).mean(0))
        for name, fitted in (("with", model), ("without", bare))
    }
    assert error["with"][0] < 0.6 * error["without"][0]
    assert error["with"][1:].max() < error["without"][1:].max()
    beliefs = model.predict(as_of=DAY)
    inside = np.abs(beliefs.mean - world.theta) < 1.645 * beliefs.sd
    assert inside.mean() > 0.86


def test_the_slopes_are_those_of_the_two_parameter_model(world, model):
    single = [f"i{k:02d}" for k in range(24) if k % 3 < 2]
    answers = world.evidence.responses.rename(columns={"officer": "person", "value": "rating"})
    answers = answers[answers["item"].isin(single)]
    peer = cp.fit_ratings(answers[["person", "item", "rating"]], model="2pl").items
    spread = np.sqrt(model.covariance_[0, 0])
    here = model.items_.set_index("item").loc[single, "discrimination"] * spread
    slopes = peer.set_index("item").loc[single, "a"]
    assert np.abs(np.log(here / slopes)).max() < 0.2
    assert np.corrcoef(here, slopes)[0, 1] > 0.96


def test_saved_and_loaded_it_says_the_same(world, model, tmp_path):
    model.save(tmp_path / "m")
    again = cp.load_level_model(tmp_path / "m", world.evidence.framework)
    pd.testing.assert_frame_equal(again.items_, model.items_)
    left, right = (m.predict(world.evidence, as_of=DAY) for m in (model, again))
    assert np.array_equal(left.probs, right.probs)


def test_one_officer_is_scored_as_in_the_cohort(world, model):
    evidence = world.evidence
    ratings, answers = (
        table[table["officer"] == "00007"] for table in (evidence.assessments, evidence.responses)
    )
    one = model.predict_one(ratings, responses=answers, position="P", as_of=DAY)
    row = model.predict(as_of=DAY)
    assert np.array_equal(one.probs[0], row.probs[7])
    assert np.array_equal(one.n_observations[0], row.n_observations[7])


def test_a_sitting_counts_as_one_observation(model):
    counts = model.predict(as_of=DAY).n_observations
    assert counts[:, 0].tolist() == [2] * 800
    assert counts[:, 1].tolist() == [1] * 800


def test_order_of_rows_does_not_matter(world, model):
    evidence = world.evidence
    other = replace(evidence, responses=evidence.responses.sample(frac=1, random_state=1))
    again = cp.LevelModel().fit(other)
    assert again.items_.equals(model.items_)
    assert np.array_equal(again.predict(as_of=DAY).probs, model.predict(as_of=DAY).probs)


def test_an_unknown_item_says_little_and_more_points_are_the_most(world, model):
    ask = {"competency": ["A"], "date": [DAY]}
    nothing = {"competency": [], "source": [], "level": [], "date": []}

    def spread(item, value):
        answers = {**ask, "item": [item], "value": [value]}
        beliefs = model.predict_one(nothing, responses=answers, position="P", as_of=DAY)
        return float(beliefs.sd[0, 0]), float(beliefs.mean[0, 0])

    unseen = model.predict_one(nothing, position="P", as_of=DAY)
    sharp = model.items_.loc[model.items_["discrimination"].idxmax(), "item"]
    assert spread(sharp, 1)[0] < spread("new", 1)[0] < unseen.sd[0, 0]
    assert spread("i00", 1) == spread("i00", 3)


def test_wrong_answers_are_told_all_at_once(model):
    answers = {"competency": ["A", "Z"], "item": ["x", "y"], "value": [0.5, 1], "date": ["?", DAY]}
    nothing = {"competency": [], "source": [], "level": [], "date": []}
    with pytest.raises(EvidenceError) as error:
        model.predict_one(nothing, responses=answers, as_of=DAY)
    codes = {finding.code for finding in error.value.findings}
    assert codes == {"unknown-competency", "not-a-value", "not-a-date"}


def test_tests_without_ratings_are_said_to_be_loose():
    world = draw_world(3, officers=200, items=6, rated=0.0)
    loose = cp.LevelModel().fit(world.evidence)
    assert [finding.code for finding in loose.findings_] == ["loose-items"]
    assert "A" in loose.findings_[0].message


def test_items_written_for_a_level_begin_there():
    told = given_items(
        np.array([1, 3]), np.array([3.0, 3.0]), np.array([4.0, np.nan]), slope=1.2, guess=0.25
    )
    assert told.thresholds.tolist() == [[3.5, OPEN, OPEN], [2.0, 3.0, 4.0]]
    assert told.guess.tolist() == [0.25, 0.0]
    assert told.steps.tolist() == [1, 3]


def test_nothing_known_leaves_what_is_given():
    items = pd.DataFrame({"competency": ["A"], "item": ["x"]})
    given = given_items(np.array([1]), np.array([3.0]), np.array([np.nan]), slope=1.0, guess=0.0)
    assert known_items(items[:0], items, given) is given
    assert known_items(items[:0], items[:0], NO_ITEMS) is NO_ITEMS


def test_responses_are_read_with_reasons():
    rows = pd.DataFrame(
        {
            "nip": ["007"] * 6,
            "kompetensi": ["A"] * 6,
            "butir": ["1", "2", "3", "4", "5", "5"],
            "nilai_butir": [1, 0.5, 2, 30, 1, 0],
            "nilai_tertinggi": [1, 1, 1, None, 1, 1],
            "tingkat": [3, None, None, None, 9, None],
            "tanggal": [DAY] * 6,
        }
    )
    evidence = cp.evidence_from_tables({"jawaban butir": rows}, framework=make_framework())
    assert evidence.responses[["item", "value", "level"]].to_numpy().tolist() == [
        ["1", 1.0, 3.0], ["5", 0.0, pytest.approx(np.nan, nan_ok=True)],
    ]  # fmt: skip
    codes = evidence.rejected.sort_values("row")["code"].tolist()
    assert codes == ["not-item-points", "value-above-highest", "not-item-points",
                     "level-out-of-range"]  # fmt: skip
    assert tuple(evidence.responses.columns) == RESPONSE_COLUMNS


def test_an_item_answered_twice_on_a_day_is_refused():
    rows = pd.DataFrame(
        {"officer": ["007"] * 2, "competency": ["A"] * 2, "item": ["1"] * 2, "value": [1, 0],
         "date": [DAY] * 2}
    )  # fmt: skip
    evidence = cp.evidence_from_tables({"responses": rows}, framework=make_framework())
    assert len(evidence.responses) == 0
    assert set(evidence.rejected["code"]) == {"duplicate"}
