"""Checks by slice, and all checks of a cohort whose truth is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import competency as cp
from competency.arrays import frozen
from competency.errors import InputError
from competency.levels.checks import (
    assessment_slices,
    brier_score,
    by_slice,
    calibration_error,
    check_levels,
    draw_model_world,
    ranked_probability_score,
)

SLICES = ["overall", "assessed", "several ratings", "one rating", "never assessed"]


@pytest.fixture(scope="module")
def world():
    return draw_model_world(n_officers=120, n_competencies=3, rng=6)


def long_table(world):
    levels = world.beliefs
    names = levels.framework.index.competency_ids
    officer, competency = np.indices(world.level.shape)
    return pd.DataFrame(
        {
            "officer": levels.roster.officer_ids[officer.ravel()],
            "competency": np.array(names, object)[competency.ravel()],
            "level": world.level.ravel(),
        }
    )


def test_slices_are_parts_of_each_other():
    slices = assessment_slices(np.array([[0, 1], [2, 7]]))
    assert list(slices) == SLICES
    assert slices["one rating"].tolist() == [[False, True], [False, False]]
    assert (slices["assessed"] == (slices["one rating"] | slices["several ratings"])).all()
    assert (slices["overall"] == (slices["assessed"] | slices["never assessed"])).all()


def test_by_slice_shows_what_the_overall_figure_hides():
    # 900 calibrated forecasts about the assessed, 100 overconfident ones about the others.
    rng = np.random.default_rng(2)
    p = np.concatenate([rng.random(900), np.full(100, 0.95)])
    y = rng.random(1000) < np.concatenate([p[:900], np.full(100, 0.5)])
    slices = assessment_slices(np.repeat([3, 0], [900, 100]))
    table = by_slice(lambda rows: calibration_error(p[rows], y[rows]), slices).set_index("slice")
    assert table.loc["assessed", "verdict"] == "inside"
    assert table.loc["never assessed", "verdict"] == "above"
    assert table.loc["never assessed", "error"] > 8 * table.loc["assessed", "error"]
    assert table.loc["one rating", "n"] == 0
    assert table.loc["one rating"].isna().sum() == table.shape[1] - 1


def test_empty_slices_alone_are_refused():
    with pytest.raises(InputError, match="every slice is empty"):
        by_slice(lambda _: brier_score([0.5], [1]), {"none": np.zeros(3, bool)})


def test_the_table_holds_what_the_single_checks_say(world):
    table = check_levels(world.beliefs, world.level, draws=50).set_index("slice")
    assert list(table.index) == SLICES
    survival = world.beliefs.survival[..., 1:].astype(float)
    event = world.level[..., None] >= np.arange(1, 6)
    for name, rows in assessment_slices(world.beliefs.n_observations).items():
        assert table.loc[name, "n"] == rows.sum()
        assert table.loc[name, "n_officers"] == rows.any(1).sum()
        squared = ((survival - event) ** 2)[rows]
        assert table.loc[name, "brier"] == pytest.approx(squared.mean(), abs=1e-6)
        rps = ranked_probability_score(world.beliefs.probs[rows], world.level[rows]).value
        assert table.loc[name, "rps"] == pytest.approx(rps)
        assert table.loc[name, "rps"] == pytest.approx(5 * table.loc[name, "brier"], abs=1e-6)
    assert (table["brier_low"] <= table["brier"]).all()
    assert (table["brier"] <= table["brier_high"]).all()


def test_steps_above_a_shorter_scale_are_no_events(pack, cohort):
    levels = cp.LevelModel().fit(cohort).predict(as_of="2026-11-01")
    truth = pd.read_csv(cp.pack_path() / "truth" / "levels.csv", dtype={"officer": str})
    table = check_levels(levels, truth, draws=20).set_index("slice")
    assert table.loc["overall", "n"] == len(truth)
    assert table.loc["assessed", "n"] == (levels.n_observations > 0).sum()
    assert table.loc["assessed", "brier"] < table.loc["never assessed", "brier"]
    assert table.loc["overall", "ece_low"] < table.loc["overall", "ece_high"]


def test_a_table_of_truths_in_any_order_is_as_good_as_an_array(world):
    frame = long_table(world).sample(frac=1, random_state=1)
    left = check_levels(world.beliefs, world.level, draws=20)
    right = check_levels(world.beliefs, frame, draws=20)
    pd.testing.assert_frame_equal(left, right)


def test_cells_whose_truth_is_not_known_are_left_out(world):
    truth = world.level.copy()
    truth[:, 1:] = -1
    some = check_levels(world.beliefs, truth, draws=20)
    assert some.loc[0, "n"] == 120
    frame = long_table(world).query("competency == 'C1'")
    pd.testing.assert_frame_equal(some, check_levels(world.beliefs, frame, draws=20))


def test_the_band_knows_that_competencies_hang_together():
    # Beliefs that are prior only, with correlation .8 in the truth: the joint band is wider, and
    # holds the error more often than a band of independent cells would.
    config = cp.LevelConfig(correlation=0.8)
    inside = alone = 0
    for seed in range(25):
        world = draw_model_world(config, n_officers=40, n_competencies=8, max_ratings=0, rng=seed)
        apart = replace(world.beliefs, correlation=frozen(np.eye(8)))
        inside += (
            check_levels(world.beliefs, world.level, draws=50).loc[0, "ece_verdict"] == "inside"
        )
        alone += check_levels(apart, world.level, draws=50).loc[0, "ece_verdict"] == "inside"
    assert inside >= 20  # 24 expected, less the noise of 50 redraws
    assert alone <= inside - 8


def test_wrong_truths_are_refused(world):
    frame = long_table(world)
    wrong = {
        "shape": world.level[:, :2],
        "not on the scale": world.level + 5,
        "officers that the beliefs do not have": frame.assign(officer="nobody"),
        "competencies that the framework does not have": frame.assign(competency="C9"),
        "named before": pd.concat([frame, frame.iloc[:1]]),
        "1 true levels are not on": frame.assign(level=[2.5, *frame["level"][1:]]),
        "every slice is empty": np.full(world.level.shape, -1),
    }
    for text, truth in wrong.items():
        with pytest.raises(InputError, match=text):
            check_levels(world.beliefs, truth, draws=20)


def test_officers_are_not_named_in_messages(world):
    with pytest.raises(InputError) as caught:
        check_levels(world.beliefs, long_table(world).assign(officer="SECRET-7"))
    assert "SECRET-7" not in str(caught.value)
