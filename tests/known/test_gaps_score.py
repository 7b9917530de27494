"""Gaps against hand-worked answers, and the aims they are scored for."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from competency.config import GapConfig
from competency.errors import ConfigError
from competency.evidence.table import Roster
from competency.framework.model import (
    About,
    Competency,
    Framework,
    LadderStep,
    Position,
    Requirement,
    ScaleLevel,
)
from competency.gaps import chance_to_meet, expected_gap, gap_variance, score_gaps
from competency.levels import LevelBeliefs

REQUIRED = (("P.1", "C.1", 1), ("P.2", "C.1", 2), ("P.2", "C.2", 1), ("P.3", "C.2", 2))


def framework(required=REQUIRED, ladder=(("P.1", "P.2"), ("P.2", "P.3")), competencies=2):
    return Framework(
        framework=(About(id="tiny", name="tiny"),),
        levels=tuple(ScaleLevel(level=k, name=str(k)) for k in (1, 2)),
        competencies=tuple(Competency(id=f"C.{k + 1}", name="c") for k in range(competencies)),
        positions=tuple(Position(id=f"P.{k}", name="p") for k in (1, 2, 3)),
        ladder=tuple(LadderStep(position=a, next_position=b) for a, b in ladder),
        requirements=tuple(
            Requirement(position=p, competency=c, level=level, weight=2.0)
            for p, c, level in required
        ),
    )


def levels(probs, position, next_position=None, observed=None, frame=None):
    probs = np.asarray(probs, np.float32)
    shape = probs.shape[:2]
    frame = frame or framework()
    nothing = np.full(shape[0], "", object)
    unstated = np.full(shape[0], -1) if next_position is None else np.array(next_position)
    names = np.array([f"{row}" for row in range(shape[0])], object)
    roster = Roster(names, np.array(position), unstated, nothing, nothing)
    return LevelBeliefs(
        frame,
        roster,
        date(2026, 11, 1),
        probs,
        np.zeros(shape, np.float32),
        np.ones(shape, np.float32),
        np.ones(shape, np.int32) if observed is None else np.array(observed, np.int32),
        np.full(shape, "NaT", "datetime64[D]"),
        np.eye(shape[1]),
    )


def test_the_worked_gap():
    # Levels 0, 1, 2 with chances .1, .5, .4 and level 2 required: gap = .1 x 2 + .5 x 1 = .7;
    # E[gap^2] = .1 x 4 + .5 x 1 = .9, variance .9 - .49 = .41.
    survival = np.array([[1, 0.9, 0.4]] * 3, np.float32)
    required = np.array([2, 1, 0])
    np.testing.assert_allclose(expected_gap(survival, required), [0.7, 0.1, np.nan], atol=1e-6)
    np.testing.assert_allclose(chance_to_meet(survival, required), [0.4, 0.9, np.nan], atol=1e-6)
    np.testing.assert_allclose(gap_variance(survival, required), [0.41, 0.09, np.nan], atol=1e-6)
    assert expected_gap(survival, required).dtype == np.float32


def test_certainty_leaves_a_plain_difference():
    survival = np.array([[1, 1, 0, 0]], np.float32)
    for required, gap in ((1, 0), (2, 1), (3, 2)):
        assert expected_gap(survival, np.array([required])) == gap
        assert gap_variance(survival, np.array([required])) == 0


def test_held_and_next_positions():
    chances = [[[0.1, 0.5, 0.4], [0.25, 0.25, 0.5]]] * 4
    gaps = score_gaps(levels(chances, position=[0, 2, -1, 0], next_position=[-1, -1, 1, 2]))
    assert gaps.aims == ("held", "next")
    # The usual next of P.1 is P.2; P.3 has none; the roster's own next stands first.
    assert gaps.position.tolist() == [[0, 2, -1, 0], [1, -1, 1, 2]]
    assert gaps.required.tolist() == [
        [[1, 0], [0, 2], [0, 0], [1, 0]],
        [[2, 1], [0, 0], [2, 1], [0, 2]],
    ]
    nan = np.nan
    np.testing.assert_allclose(
        gaps.expected_gap[0], [[0.1, nan], [nan, 0.75], [nan, nan], [0.1, nan]], atol=1e-6
    )
    np.testing.assert_allclose(gaps.meets[1, 0], [0.4, 0.75], atol=1e-6)
    np.testing.assert_array_equal(gaps.weight, 2.0 * (gaps.required > 0))


def test_an_aim_may_be_any_position():
    beliefs = levels([[[0.1, 0.5, 0.4], [1, 0, 0]]], position=[-1])
    gaps = score_gaps(beliefs, config=GapConfig(aims=("P.2", "held")))
    np.testing.assert_allclose(gaps.expected_gap[0, 0], [0.7, 1.0], atol=1e-6)
    assert np.isnan(gaps.expected_gap[1]).all()


def test_unknown_stays_flagged():
    gaps = score_gaps(levels([[[0.1, 0.5, 0.4]] * 2], position=[1], observed=[[0, 3]]))
    assert gaps.known.tolist() == [[False, True]]
    assert gaps.expected_gap[0, 0, 0] == pytest.approx(0.7)


def test_a_revised_standard_replaces_the_first():
    beliefs = levels([[[0.1, 0.5, 0.4]] * 2], position=[0])
    revised = framework(required=(("P.1", "C.1", 2),))
    gaps = score_gaps(beliefs, revised)
    assert gaps.levels.framework is revised
    assert gaps.required[0].tolist() == [[2, 0]]


def test_a_framework_of_other_competencies_is_refused():
    beliefs = levels([[[0.1, 0.5, 0.4]] * 2], position=[0])
    with pytest.raises(ConfigError, match="the competencies of the framework are not those"):
        score_gaps(beliefs, framework(competencies=3))


@pytest.mark.parametrize(
    ("aims", "message"),
    [
        (("hold", "P.4"), r"(?s)2 problems.*'hold' to aim at.*Nearest: .*'held'"),
        (("held", "held"), "named twice"),
        ((), "no aim is named"),
    ],
)
def test_aims_are_checked(aims, message):
    beliefs = levels([[[0.1, 0.5, 0.4]] * 2], position=[0])
    with pytest.raises(ConfigError, match=message):
        score_gaps(beliefs, config=GapConfig(aims=aims))


def test_no_officers():
    gaps = score_gaps(levels(np.zeros((0, 2, 3)), position=np.zeros(0, int)))
    assert gaps.expected_gap.shape == (2, 0, 2)
