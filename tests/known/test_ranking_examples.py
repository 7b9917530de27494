"""Examples from history: what was known before, what came of it after, and never the two mixed."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from decision_world import fitted_model, small_decisions, small_service

from competency.arrays import frozen
from competency.effects import Transitions, catalogue_transitions
from competency.errors import InputError, LeakageError
from competency.gaps import score_gaps
from competency.ranking.decisions import (
    Comparison,
    DatedColumn,
    DecisionReader,
    refuse_later_knowledge,
)
from competency.ranking.examples import benefit_examples, measured_benefit, uptake_examples
from competency.ranking.lists import RankedLists, ndcg
from competency.testing import beliefs_of, gaps_of, small_framework


def test_everything_known_is_from_before_the_day():
    for day in small_decisions():
        first = np.datetime64(day.day, "D")
        assert day.gaps.levels.as_of == day.day - timedelta(days=1)
        assert not (day.gaps.levels.last_date >= first).any()
        assert (day.history["end"] < pd.Timestamp(day.day)).all()
        if day.later is not None:
            assert (day.later.last_date >= first).any()


def test_decisions_are_the_officers_who_began_a_training_in_the_period():
    history = small_service().history
    quarter = history["start"].dt.to_period("Q").dt.start_time
    days = small_decisions()
    assert [pd.Timestamp(day.day) for day in days] == sorted(quarter.unique())
    for day in days:
        began = history[(quarter == pd.Timestamp(day.day)).to_numpy()]
        assert set(day.gaps.levels.roster.officer_ids) == set(began["officer"])
        assert day.taken.sum() == len(began[["officer", "training"]].drop_duplicates())


def test_uptake_labels_what_was_taken_among_all_candidates():
    days, examples = small_decisions(), uptake_examples(small_decisions())
    assert examples.target == "uptake"
    assert set(np.unique(examples.label)) == {0.0, 1.0}
    taken = sum(int((day.taken & day.features.eligible).sum()) for day in days)
    assert examples.label.sum() == taken
    assert len(examples) == sum(int(day.features.eligible.sum()) for day in days)
    assert examples.n_outside == sum(
        int((day.taken & ~day.features.eligible).sum()) for day in days
    )
    one_list = examples.group == examples.group[0]
    assert len(set(examples.officer[one_list])) == 1
    assert len(set(examples.day[one_list])) == 1


def test_benefit_labels_only_what_was_completed_and_measured():
    examples = benefit_examples(small_decisions())
    assert examples.target == "benefit"
    assert (examples.known_on > examples.day).all()
    assert not np.isnan(examples.label).any()
    history = small_service().history
    completed = history[(history["status"] == "completed").to_numpy()]
    pairs = set(zip(completed["officer"], completed["training"], strict=True))
    assert set(zip(examples.officer, examples.training, strict=True)) <= pairs
    late = [day for day in small_decisions() if day.later is None]
    assert late
    assert not {np.datetime64(day.day, "D") for day in late} & set(examples.day)


def test_benefit_by_hand():
    """One competency; twenty officers untrained lose .1 each, and the trained one wins .5."""
    framework = small_framework()
    levels = beliefs_of(framework, np.full((2, 3, 4), 0.25))
    gaps = gaps_of(levels)
    cells = np.full((22, 3), np.nan)
    before, change = cells.copy(), cells.copy()
    before[:, 0] = 1.0
    change[:20, 0], change[20, 0], change[21, 0] = -0.1, 0.5, 0.3
    trained = np.zeros((22, 3), int)
    trained[20, 0], trained[21, 0] = 1, 2
    done = np.zeros((2, 6), bool)
    done[0, 0] = done[1, 0] = done[1, 1] = True  # T1 (10 hours) lifts A; T2 (20 hours) too
    done[0, 2] = True  # T3 lifts B, of which nothing was measured
    day = dataclasses.replace(
        small_decisions()[0], gaps=gaps, taken=done, completed=done,
        comparison=Comparison(before, change, trained, np.array([20, 21])),
    )  # fmt: skip
    benefit = measured_benefit(day)
    assert benefit[0, 0] == pytest.approx((0.5 + 0.1) / 10)
    assert benefit[1, 0] == pytest.approx((0.3 + 0.1) / 2 / 10)
    assert benefit[1, 1] == pytest.approx((0.3 + 0.1) / 2 / 20)
    assert np.isnan(benefit[0, 2])
    assert np.isnan(benefit).sum() == benefit.size - 3


def test_officers_with_larger_gaps_are_compared_with_their_like():
    """Untrained officers close half of any gap: a trained one who does so has no benefit."""
    rng = np.random.default_rng(0)
    before = np.full((41, 3), np.nan)
    before[:, 0] = rng.random(41) * 2
    change = before / 2
    trained = np.zeros((41, 3), int)
    trained[40, 0] = 1
    done = np.eye(1, 6, dtype=bool)
    gaps = gaps_of(beliefs_of(small_framework(), np.full((1, 3, 4), 0.25)))
    day = dataclasses.replace(
        small_decisions()[0], gaps=gaps, taken=done, completed=done,
        comparison=Comparison(before, change, trained, np.array([40])),
    )  # fmt: skip
    assert measured_benefit(day)[0, 0] == pytest.approx(0, abs=1e-12)


def _future_need(gaps) -> dict[str, DatedColumn]:
    """What was taken in the coming quarter: known to nobody on the day."""
    history = small_service().history
    eve = pd.Timestamp(gaps.levels.as_of)
    coming = history[(history["start"] > eve) & (history["start"] <= eve + pd.Timedelta(days=92))]
    ids = gaps.levels.framework.index.training_ids
    values = np.zeros((len(gaps), len(ids)))
    row_of = gaps.levels.roster.row_of
    for officer, training in zip(coming["officer"], coming["training"], strict=True):
        if officer in row_of:
            values[row_of[officer], ids.index(training)] = 1.0
    seen = np.full(values.shape, (eve + pd.Timedelta(days=92)).to_datetime64().astype("M8[D]"))
    return {"future": DatedColumn(values, seen)}


def test_v6_a_planted_future_feature_is_refused():
    reader = DecisionReader(small_service(), fitted_model(), own_columns=_future_need)
    with pytest.raises(LeakageError, match="'future' was not known before") as caught:
        reader.read()
    assert caught.value.findings[0].code == "leakage"


def test_v6_what_the_leak_would_have_done():
    """With the guard off nDCG jumps: the guard guards against something."""
    reader = DecisionReader(
        small_service(), fitted_model(), own_columns=_future_need, refuse_leaks=False
    )
    examples = uptake_examples(reader.read())
    leaked, honest = (
        np.nanmean(ndcg(RankedLists.of(examples.label, score, examples.group), 5))
        for score in (
            examples.columns["prior"] + 10 * examples.columns["future"],
            examples.columns["prior"],
        )
    )
    assert leaked > honest + 0.2


def test_a_column_known_before_is_kept():
    def tenure(gaps):
        eve = np.datetime64(gaps.levels.as_of, "D")
        return {"tenure": DatedColumn(np.full((len(gaps), 1), 2.5), np.array(eve))}

    days = DecisionReader(small_service(), fitted_model(), own_columns=tenure).read()
    examples = uptake_examples(days)
    assert (examples.columns["tenure"] == 2.5).all()


def test_beliefs_and_history_from_later_are_refused():
    day = small_decisions()[1]
    levels, first = day.gaps.levels, date(2020, 1, 1)
    with pytest.raises(LeakageError) as caught:
        refuse_later_knowledge(first, levels, day.history)
    assert len(caught.value.findings) == 3
    late = levels.last_date.copy()
    late[0, 0] = np.datetime64(day.day, "D")
    planted = dataclasses.replace(levels, last_date=frozen(late))
    with pytest.raises(LeakageError, match="beliefs rest on assessments"):
        refuse_later_knowledge(day.day, planted, day.history)


def test_the_framework_of_the_time_is_used():
    service = small_service()
    later = service.framework.model_copy(
        update={
            "requirements": tuple(
                row.model_copy(update={"level": 1}) for row in service.framework.requirements
            )
        }
    )
    days = DecisionReader(service, fitted_model(), snapshots={date(2025, 1, 1): later}).read()
    for day in days:
        assert (day.gaps.required.max() == 1) == (day.day > date(2025, 1, 1))
    assert score_gaps(days[-1].gaps.levels, later).required.max() == 1


def test_effects_known_by_the_day_are_used():
    asked = []

    def none_then_some(eve):
        asked.append(eve)
        moves = catalogue_transitions(small_service().framework)
        share = 0.0 if eve.year < 2025 else 1.0
        mixed = share * moves.matrix + (1 - share) * np.eye(moves.matrix.shape[-1])
        return Transitions(moves.framework, frozen(mixed), origin="estimate")

    days = DecisionReader(small_service(), fitted_model(), transitions=none_then_some).read()
    assert asked == [day.day - timedelta(days=1) for day in days]
    for day in days:
        assert (day.columns["gap_closed"].max() > 0) == (day.day.year > 2024)


def test_no_history_is_told_with_what_to_do():
    service = small_service()
    nothing = dataclasses.replace(service, history=service.history.iloc[:0])
    with pytest.raises(InputError, match="nothing to learn from") as caught:
        DecisionReader(nothing, fitted_model()).read()
    assert "PriorRanker" in caught.value.findings[0].hint


def test_decisions_that_were_never_measured_have_no_benefit():
    late = [day for day in small_decisions() if day.later is None]
    with pytest.raises(InputError, match="has an example of benefit"):
        benefit_examples(late)
