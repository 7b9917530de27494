"""Scores and their intervals against answers worked by hand or printed in the literature."""

from __future__ import annotations

import numpy as np
import pytest

from competency.errors import InputError
from competency.levels.checks import brier_score, log_loss, ranked_probability_score


def test_brier_split_worked_by_hand():
    # Three bins. Stated .1 four times (1 event), .5 four times (1 event), .9 twice (2 events).
    # Squares: .1: 3 x .01 + .81 = .84; .5: 4 x .25 = 1; .9: 2 x .01 = .02. Sum 1.86, mean .186.
    # Overall frequency r = 4/10. Bin frequencies .25, .25, 1.
    # Reliability: .4 (.15)^2 + .4 (.25)^2 + .2 (.1)^2 = .009 + .025 + .002 = .036.
    # Resolution: .4 (.15)^2 + .4 (.15)^2 + .2 (.6)^2 = .009 + .009 + .072 = .09.
    # Uncertainty: .4 x .6 = .24. Then .036 - .09 + .24 = .186.
    stated = [0.1] * 4 + [0.5] * 4 + [0.9] * 2
    got = brier_score(stated, [1, 0, 0, 0, 1, 0, 0, 0, 1, 1])
    assert got.score == pytest.approx(0.186)
    assert got.reliability == pytest.approx(0.036)
    assert got.resolution == pytest.approx(0.09)
    assert got.uncertainty == pytest.approx(0.24)
    assert got.binned == pytest.approx(0.186)
    assert got.skill == pytest.approx(1 - 0.186 / 0.24)
    assert got.n == 10


def test_within_a_bin_the_split_knows_only_the_mean():
    # Stated .62 and .68 in one bin, events 0 and 1: score (.3844 + .1024) / 2 = .2434, but the
    # bin states .65: (.4225 + .1225) / 2 = .2725 = (.15)^2 - 0 + .25.
    got = brier_score([0.62, 0.68], [0, 1])
    assert got.score == pytest.approx(0.2434)
    assert got.binned == pytest.approx(0.2725)
    assert got.reliability == pytest.approx(0.0225)
    assert got.resolution == pytest.approx(0, abs=1e-15)


def test_ranked_probability_score_worked_by_hand():
    # (.2, .5, .3), level 2: steps P(L>=1) = .8, P(L>=2) = .3 against 1, 1: .04 + .49 = .53.
    # (.2, .3, .5), level 2: .8, .5 against 1, 1: .04 + .25 = .29: nearer mass scores better,
    # which the score of Brier over levels would reward as well; but see the next pair.
    got = ranked_probability_score([[0.2, 0.5, 0.3], [0.2, 0.3, 0.5]], [2, 2])
    assert got.value == pytest.approx((0.53 + 0.29) / 2)
    # Both give the truth .4; the first puts the rest next to it, the second far away.
    near = ranked_probability_score([[0.4, 0.6, 0.0, 0.0]], [0]).value
    far = ranked_probability_score([[0.4, 0.0, 0.0, 0.6]], [0]).value
    assert (near, far) == (pytest.approx(0.36), pytest.approx(3 * 0.36))


def test_log_loss_worked_by_hand():
    got = log_loss([[0.5, 0.5, 0.0], [0.25, 0.25, 0.5]], [0, 1])
    assert got.value == pytest.approx((np.log(2) + np.log(4)) / 2)
    assert got.unit == "nats"


def test_what_was_impossible_and_happened_is_infinite():
    got = log_loss([[1.0, 0.0]] * 30 + [[0.5, 0.5]] * 30, [1] + [0] * 29 + [1] * 30)
    assert got.value == np.inf
    # A third of the resamples miss the one impossible row; the upper end cannot.
    assert np.isfinite(got.low)
    assert got.high == np.inf


def test_groups_widen_a_score():
    p, y = np.full(400, 0.5), np.repeat(np.arange(40) % 2, 10)
    alone = brier_score(p * 1.2, y)
    together = brier_score(p * 1.2, y, groups=np.repeat(np.arange(40), 10))
    assert alone.score == together.score
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_results_print_and_make_frames():
    brier = brier_score([0.2, 0.8], [0, 1])
    assert repr(brier).startswith("Brier score 0.0400 (95% 0.0400 to 0.0400, n = 2); reliability")
    assert brier.to_frame().loc[0, ["score", "binned", "n"]].tolist() == pytest.approx(
        [0.04, 0.04, 2]
    )
    loss = log_loss([[0.5, 0.5]], [0])
    assert loss.to_frame()["name"].tolist() == ["Log loss"]
    with pytest.raises(AttributeError):
        brier.score = 0.0


def test_equal_seeds_give_equal_intervals_and_others_do_not():
    rng = np.random.default_rng(0)
    p = rng.random(50)
    y = rng.random(50) < p
    one, again, other = (brier_score(p, y, rng=seed) for seed in (7, 7, 8))
    assert (one.low, one.high) == (again.low, again.high)
    assert (one.low, one.high) != (other.low, other.high)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (([], []), "no forecasts"),
        (([0.5], [0, 1]), "shape"),
        (([1.5, -0.2], [0, 1]), "2 of 2 probabilities"),
        (([np.nan, 0.5], [0, 1]), "1 of 2 probabilities"),
        (([0.5, 0.5], [0, 2]), "1 of 2 events"),
    ],
)
def test_illegal_events_are_named(arguments, text):
    with pytest.raises(InputError, match=text):
        brier_score(*arguments)


def test_all_problems_are_said_at_once():
    with pytest.raises(InputError) as caught:
        brier_score([1.5, 0.5], [0, 3])
    assert len(caught.value.findings) == 2


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (([[0.5, 0.4]], [0]), "sum to 1"),
        (([[1.5, -0.5]], [0]), "negative"),
        (([[0.5, 0.5]], [2]), "not among the levels"),
        (([[0.5, 0.5]], [0.5]), "not among the levels"),
        (([[0.5, 0.5]], [0, 1]), "shape"),
        ((0.5, 0), "no axis of levels"),
        ((np.zeros((0, 3)), []), "no forecasts"),
    ],
)
def test_illegal_level_forecasts_are_named(arguments, text):
    with pytest.raises(InputError, match=text):
        ranked_probability_score(*arguments)


@pytest.mark.parametrize(
    "wrong", [{"groups": [1]}, {"draws": 0}, {"confidence": 1.0}, {"bins": 0}], ids=str
)
def test_illegal_settings_are_named(wrong):
    with pytest.raises(InputError, match=r"group labels|draws|confidence|bins"):
        brier_score([0.5, 0.5], [0, 1], **wrong)
