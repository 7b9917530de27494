"""The job-person match against the official worked example and its boundaries."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from competency.errors import ConfigError
from competency.framework.model import About, Competency, Framework, JpmCutoff, ScaleLevel
from competency.gaps import (
    capped_job_person_match,
    count_unknown,
    job_person_match,
    jpm_category,
)

CUTOFFS = {
    ("filling", "*"): {"MS": 80, "MMS": 68, "KMS": 0},
    ("mapping", "*"): {"O": 90, "CO": 78, "KO": 0},
    ("kkp", "top"): {"very good": 91, "good": 85, "poor": 0},
    ("kkp", "*"): {"very good": 85, "good": 75, "poor": 0},
    ("narrow", "top"): {"pass": 58},
}
FRAMEWORK = Framework(
    framework=(About(id="tiny", name="tiny"),),
    levels=(ScaleLevel(level=1, name="1"),),
    competencies=(Competency(id="C.1", name="c"),),
    jpm_cutoffs=tuple(
        JpmCutoff(purpose=purpose, tier=tier, category=name, name=name, minimum=float(minimum))
        for (purpose, tier), rows in CUTOFFS.items()
        for name, minimum in rows.items()
    ),
)
ACHIEVED = [3, 3, 2, 3, 3, 2, 3, 2, 3]


def category(match, purpose="filling", tier="*"):
    return jpm_category(match, FRAMEWORK, purpose=purpose, tier=tier)


def test_the_official_worked_example():
    match = job_person_match(ACHIEVED, [3] * 9)
    assert match == pytest.approx(2400 / 27)
    assert float(match.round(1)) == 88.9
    assert category(float(match)) == "MS"
    assert category(float(match), "mapping") == "CO"


def test_surplus_counts_officially_and_not_when_capped():
    assert job_person_match([5, 1], [3, 3]) == 100
    assert capped_job_person_match([5, 1], [3, 3]) == pytest.approx(400 / 6)
    assert job_person_match([5, 5], [3, 3]) == pytest.approx(1000 / 6)
    assert capped_job_person_match([5, 5], [3, 3]) == 100


def test_unknown_leaves_both_sums_and_is_counted():
    achieved, required = [3, np.nan, -1, 0, -1], [3, 3, 3, 3, 0]
    assert job_person_match(achieved, required) == 50
    assert capped_job_person_match(achieved, required) == 50
    assert count_unknown(achieved, required) == 2


def test_nothing_to_match_is_nan():
    assert np.isnan(job_person_match([3, 3], [0, 0]))
    assert np.isnan(job_person_match([-1, np.nan], [3, 3]))
    assert np.isnan(capped_job_person_match([], []))
    assert category(float("nan")) == ""


def test_weights_count_in_both_sums():
    # (12 x 3 + 11 x 1) / (12 x 3 + 11 x 3) = 47 / 69.
    assert job_person_match([3, 1], [3, 3], [12, 11]) == pytest.approx(4700 / 69)


def test_arrays_broadcast():
    match = job_person_match(np.array([[3, 3], [1, 2]]), np.array([3, 3]))
    np.testing.assert_allclose(match, [100, 50])
    assert category(match).tolist() == ["MS", "KMS"]


@pytest.mark.parametrize(
    ("match", "purpose", "tier", "expected"),
    [
        (80.0, "filling", "*", "MS"),
        (79.999, "filling", "*", "MMS"),
        (79.999999, "filling", "*", "MMS"),
        (68.0, "filling", "*", "MMS"),
        (67.99, "filling", "*", "KMS"),
        (0.0, "filling", "*", "KMS"),
        (138.89, "filling", "*", "MS"),
        (78.0, "mapping", "*", "CO"),
        (90.0, "mapping", "*", "O"),
        (88.0, "kkp", "top", "good"),
        (88.0, "kkp", "staff", "very good"),
        (57.9, "narrow", "top", ""),
        (68 / 85 * 100, "filling", "*", "MS"),
        (29 / 50 * 100, "narrow", "top", "pass"),  # 57.99999999999999 in binary
    ],
)
def test_boundaries(match, purpose, tier, expected):
    assert category(match, purpose, tier) == expected


def test_every_ratio_of_levels_falls_on_its_side_of_every_boundary():
    # Twenty competencies at level 5 ask 100 in all: compare with exact fractions.
    minima = sorted(CUTOFFS["filling", "*"].items(), key=lambda pair: pair[1])
    for need in range(1, 101):
        have = np.arange(0, 2 * need + 1)
        match = job_person_match(have[:, None], np.full((len(have), 1), need))
        exact = [
            [name for name, minimum in minima if Fraction(100 * int(h), need) >= minimum][-1]
            for h in have
        ]
        assert category(match).tolist() == exact
        assert category(have / need * 100).tolist() == exact


def test_unknown_purpose_and_tier():
    with pytest.raises(ConfigError, match=r"no cut-offs for purpose 'filing'.*Nearest: 'filling'"):
        category(80.0, "filing")
    with pytest.raises(ConfigError, match="no cut-offs for tier 'staff'"):
        category(80.0, "narrow", "staff")
