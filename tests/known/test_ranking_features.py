"""Features and eligibility, against answers worked by hand."""

from __future__ import annotations

import dataclasses
from datetime import date

import numpy as np
import pandas as pd
import pytest

from competency.config import RankingConfig
from competency.effects import catalogue_transitions
from competency.errors import ModelFileError
from competency.framework.model import Training
from competency.ranking import Features, PriorRanker, build_features
from competency.ranking.eligibility import entry_match, find_barriers, readiness
from competency.testing import beliefs_of, gaps_of, small_framework, small_gaps, small_history

T1, T2, T3, T4, T5, T6 = range(6)


def _officer(a: list[float], b: list[float], c: list[float], **facts):
    """Gaps of one officer of position P with the probabilities of levels 0..3 given."""
    framework = facts.pop("framework", None) or small_framework()
    return gaps_of(beliefs_of(framework, np.array([[a, b, c]]), **facts))


def _history(*rows: tuple[str, str, str]) -> pd.DataFrame:
    columns = {
        "officer": ["0000" for _ in rows],
        "training": [row[0] for row in rows],
        "session": ["" for _ in rows],
        "status": [row[1] for row in rows],
    }
    frame = pd.DataFrame(columns).astype("str")
    frame["start"] = pd.Series([pd.Timestamp("2020-01-01")] * len(rows), dtype="datetime64[s]")
    frame["end"] = pd.Series([pd.Timestamp(row[2]) for row in rows], dtype="datetime64[s]")
    return frame


NOVICE = [1.0, 0, 0, 0]
MIDDLE = [0, 0, 1.0, 0]


def test_readiness_is_the_expected_share_of_entry_levels():
    # T2 asks A at 2: E[min(L, 2)] / 2 = (P(L>=1) + P(L>=2)) / 2 = (.75 + .5) / 2 = .625.
    # T5 asks B at 1: P(L>=1) = .4. The others ask for nothing.
    gaps = _officer([0.25, 0.25, 0.25, 0.25], [0.6, 0.4, 0, 0], NOVICE)
    ready = build_features(gaps).readiness
    np.testing.assert_allclose(ready, [[1, 0.625, 1, 1, 0.4, 1]], rtol=1e-6)


def test_readiness_is_the_mean_over_entry_rows():
    framework = small_framework(extra_training=True)
    index = framework.index
    entries = dataclasses.replace(
        index.entries,
        pointer=np.array([0, 2, 2, 2, 2, 2, 2, 2]),
        training=np.array([0, 0]),
        competency=np.array([0, 1]),
        level=np.array([3, 1]),
    )
    index = dataclasses.replace(index, entries=entries)
    survival = np.array([[[1, 1, 0.5, 0], [1, 0.2, 0, 0], [1, 0, 0, 0]]])
    # (1 + .5 + 0) / 3 = .5 and .2 / 1 = .2: mean .35.
    np.testing.assert_allclose(readiness(survival, index)[0, :2], [0.35, 1.0])
    # Levels 1 of 3 and 0 of 1: mean of 1/3 and 0; a surplus does not make up for a lack.
    match = entry_match(np.array([[1, 0, 3], [3, 3, 0]]), index)
    np.testing.assert_allclose(match[:, 0], [1 / 6, 1])


def test_gap_closed_counts_aims_and_what_is_unknown():
    # T1 takes A from 0 to 2 with .8; held asks level 2, next asks level 3: worth of levels 1
    # and 2 is 1 + .3 each, so .8 x 2 x 1.3 = 2.08; half of it when A was never assessed.
    known = _officer(NOVICE, NOVICE, NOVICE)
    unknown = _officer(NOVICE, NOVICE, NOVICE, known=False)
    assert build_features(known).gap_closed[0, T1] == pytest.approx(2.08)
    assert build_features(unknown).gap_closed[0, T1] == pytest.approx(1.04)
    alone = RankingConfig(aim_weights={"held": 1.0})
    assert build_features(known, config=alone).gap_closed[0, T1] == pytest.approx(1.6)


def test_hours_and_duty():
    features = build_features(_officer(NOVICE, NOVICE, NOVICE))
    assert features.hours[0].tolist() == [10, 20, 8, 16, 16, 4]
    assert features.mandatory[0].tolist() == [False, False, True, False, False, False]
    assert not features.passed.any()


def test_a_training_waits_for_its_prerequisite_and_entry_level():
    before = _officer(MIDDLE, MIDDLE, NOVICE)
    assert not build_features(before).eligible[0, T2]
    passed = _history(("T1", "completed", "2026-10-31"))
    assert build_features(before, history=passed).eligible[0, T2]
    too_low = _officer(NOVICE, MIDDLE, NOVICE)
    assert not build_features(too_low, history=passed).eligible[0, T2]


@pytest.mark.parametrize(
    ("status", "end"),
    [("failed", "2026-01-01"), ("withdrawn", "2026-01-01"), ("completed", "2026-11-02")],
)
def test_only_what_was_completed_by_the_day_is_passed(status, end):
    gaps = _officer(MIDDLE, MIDDLE, NOVICE)
    features = build_features(gaps, history=_history(("T1", status, end)))
    assert not features.passed.any()
    assert not features.eligible[0, T2]


def test_a_passed_mandatory_training_is_done():
    gaps = _officer(NOVICE, NOVICE, NOVICE)
    features = build_features(gaps, history=_history(("T3", "completed", "2026-01-01")))
    assert features.passed[0, T3]
    assert not features.mandatory[0, T3]
    assert not features.eligible[0, T3]


def test_the_entry_rule_uses_the_probability_asked_for():
    # T5 asks B at 1, and P(B >= 1) = .6.
    gaps = _officer(NOVICE, [0.4, 0.6, 0, 0], NOVICE)
    assert build_features(gaps, entry_probability=0.6).eligible[0, T5]
    assert not build_features(gaps, entry_probability=0.61).eligible[0, T5]


@pytest.mark.parametrize(("share", "enough"), [(0.5, True), (0.51, False), (0.0, True)])
def test_the_entry_rule_accepts_a_share_of_entry_levels(share, enough):
    framework = small_framework()
    trainings = tuple(
        row.model_copy(update={"entry_match": share}) if row.id == "T2" else row
        for row in framework.trainings
    )
    framework = framework.model_copy(update={"trainings": trainings})
    gaps = _officer([0, 1.0, 0, 0], NOVICE, NOVICE, framework=framework)
    barriers = _barriers(gaps)
    assert barriers["entry"][0, T2] != enough


def test_a_region_admits_its_own_officers_only():
    for region, admitted in (("Timur", True), ("Barat", False), ("", False)):
        gaps = _officer(NOVICE, NOVICE, NOVICE, regions=(region,))
        assert build_features(gaps).eligible[0, T6] == admitted


def test_without_a_gap_only_duty_remains():
    features = build_features(_officer([0, 0, 0, 1.0], [0, 0, 0, 1.0], [0, 0, 0, 1.0]))
    assert features.eligible[0].tolist() == [False, False, True, False, False, False]
    assert features.gap_closed[0, T3] == 0


def test_a_training_outside_its_period_is_not_offered():
    framework = small_framework()
    changes = {
        "T1": {"valid_from": date(2026, 11, 2)},
        "T4": {"valid_to": date(2026, 10, 31)},
        "T5": {"valid_from": date(2026, 11, 1), "valid_to": date(2026, 11, 1)},
    }
    trainings = tuple(row.model_copy(update=changes.get(row.id, {})) for row in framework.trainings)
    framework = framework.model_copy(update={"trainings": trainings})
    barriers = _barriers(_officer(NOVICE, NOVICE, NOVICE, framework=framework))
    assert barriers["not_offered"][0].tolist() == [True, False, False, True, False, False]


def test_an_officer_without_a_position_has_no_duty():
    gaps = _officer(NOVICE, NOVICE, NOVICE)
    roster = dataclasses.replace(gaps.levels.roster, position=np.array([-1], np.int32))
    gaps = dataclasses.replace(gaps, levels=dataclasses.replace(gaps.levels, roster=roster))
    assert not build_features(gaps).mandatory.any()


def test_ids_and_names_of_officers_do_not_matter():
    gaps = small_gaps(10)
    history = small_history(gaps).assign(name=[f"Nama {i}" for i in range(7)])
    ids = gaps.levels.roster.officer_ids
    # An id of a civil servant spells a birth date, a sex and a month of appointment.
    other = [f"1985{i:02d}122010122{i:03d}" for i in range(10)][::-1]
    renamed = dict(zip(ids, other, strict=True))
    roster = dataclasses.replace(gaps.levels.roster, officer_ids=np.array(other, object))
    gaps_renamed = dataclasses.replace(gaps, levels=dataclasses.replace(gaps.levels, roster=roster))
    history_renamed = history.assign(
        officer=history["officer"].map(renamed), name=history["name"].to_numpy()[::-1]
    )
    before = build_features(gaps, history=history)
    after = build_features(gaps_renamed, history=history_renamed)
    for field in dataclasses.fields(Features):
        assert np.array_equal(getattr(before, field.name), getattr(after, field.name)), field.name
    assert before.passed.any()


def test_features_are_named_and_hold_nothing_about_the_person():
    names = {field.name for field in dataclasses.fields(Features)}
    assert names == {
        "gap_closed", "hours", "readiness", "mandatory", "passed", "eligible", "worth",
    }  # fmt: skip


def test_transitions_of_another_framework_are_refused():
    framework = small_framework()
    other = framework.model_copy(
        update={"trainings": (*framework.trainings, Training(id="T7", name="x", hours=1.0))}
    )
    ranker = PriorRanker(transitions=catalogue_transitions(other))
    with pytest.raises(ModelFileError, match="estimate the transitions again"):
        ranker.rank(_officer(NOVICE, NOVICE, NOVICE))


def test_transitions_of_an_equal_framework_are_accepted():
    moves = catalogue_transitions(small_framework())
    gaps = _officer(NOVICE, NOVICE, NOVICE)
    assert build_features(gaps, transitions=moves).gap_closed[0, T1] == pytest.approx(2.08)


def _barriers(gaps):
    shape = 1, 6
    return find_barriers(
        gaps.levels,
        passed=np.zeros(shape, bool),
        mandatory=np.zeros(shape, bool),
        gap_closed=np.ones(shape, np.float32),
    )
