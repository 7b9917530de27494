"""The protocol: later decisions only, rankers side by side, and words that claim no more."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from decision_world import small_decisions, small_service

from competency.arrays import frozen
from competency.errors import ConfigError, LeakageError
from competency.ranking import LargestGapRanker, PriorRanker, RandomRanker
from competency.ranking.evaluate import (
    TemporalBacktest,
    differences_table,
    evaluate_rankers,
    means_table,
    slices_of,
    verdict,
)
from competency.ranking.evaluate.backtest import BASELINES, known_before, refuse_later_days
from competency.ranking.evaluate.measures import closed_once, day_measures, shaken_gaps
from competency.ranking.evaluate.report import spread_table

CUTOFFS = (date(2025, 1, 1), date(2025, 7, 1), date(2026, 1, 1))


@pytest.fixture(scope="module")
def backtest():
    return TemporalBacktest(CUTOFFS).run(small_decisions(), {"again": lambda _: PriorRanker()})


def _row(table: pd.DataFrame, **keys: object) -> pd.Series:
    rows = table[np.logical_and.reduce([table[name] == value for name, value in keys.items()])]
    assert len(rows) == 1
    return rows.iloc[0]


def test_rankers_are_made_from_what_was_over_and_known():
    seen: list[tuple[list[date], list[bool]]] = []

    def spy(before):
        seen.append(([day.day for day in before], [day.later is not None for day in before]))
        assert all(day.last_day < CUTOFFS[len(seen) - 1] for day in before)
        return PriorRanker()

    TemporalBacktest(CUTOFFS).run(small_decisions(), {"spy": spy})
    assert [len(days) for days, _ in seen] == sorted(len(days) for days, _ in seen)
    # Measured a year after the decision: at the first cut-off nothing of 2024 is known yet.
    assert not any(seen[0][1])
    assert any(seen[2][1])


def test_what_is_not_from_before_is_refused():
    day = small_decisions()[0]
    with pytest.raises(LeakageError, match="were not over before"):
        refuse_later_days([day], day.day + timedelta(days=1))
    with pytest.raises(LeakageError, match="were measured on"):
        refuse_later_days([day], day.last_day + timedelta(days=1))
    assert known_before([day], day.last_day + timedelta(days=1))[0].later is None


def test_every_decision_after_a_cutoff_is_tested_once(backtest):
    own = backtest.lists[backtest.lists["ranker"] == "again"]
    tested = [day for day in small_decisions() if day.day >= CUTOFFS[0]]
    assert len(own) == sum(len(day.gaps) for day in tested)
    assert not own.duplicated(["day", "officer"]).any()
    assert set(backtest.lists["ranker"]) == {*BASELINES, "again"}


def test_the_same_ranker_is_not_better_than_itself(backtest):
    table = differences_table(backtest, "again", against=["prior"], draws=50)
    assert (table["mean"].dropna() == 0).all()
    line = verdict(table, "closed_per_20_hours", against="prior", locale="en")
    assert line == "no evidence of beating prior on gap closed per 20 hours: difference 0 [0, 0]"


def test_differences_are_differences_of_means(backtest):
    means = means_table(backtest, draws=50)
    table = differences_table(backtest, "prior", against=["random"], draws=50)
    for measure in ("uptake_ndcg@5", "uptake_mrr"):
        ours, theirs = (
            _row(means, ranker=name, measure=measure)["mean"] for name in ("prior", "random")
        )
        row = _row(table, measure=measure)
        assert row["mean"] == pytest.approx(ours - theirs)
        assert row["lower"] < row["mean"] < row["upper"]
        assert row["p_holm"] >= row["p"]


def test_largest_gap_wins_where_it_is_the_truth():
    """V8: practice that followed the largest gap; the prior is then beaten, and told so."""
    ranker, days = LargestGapRanker(), []
    for day in small_decisions():
        best = ranker.rank(day.gaps, history=day.history).top(1)
        taken = np.zeros(day.taken.shape, bool)
        rows = np.flatnonzero(best[:, 0] >= 0)
        taken[rows, best[rows, 0]] = True
        days.append(dataclasses.replace(day, taken=frozen(taken)))
    found = TemporalBacktest(CUTOFFS).run(days, {"mine": lambda _: PriorRanker()})
    table = differences_table(found, "mine", draws=100)
    assert verdict(table, "uptake_ndcg@5", locale="en").startswith("is beaten by largest-gap-first")
    assert verdict(table, "uptake_ndcg@5", locale="id").startswith(
        "kalah dari kesenjangan-terbesar"
    )
    honest = differences_table(found, "largest gap", against=["random"], draws=100)
    line = verdict(honest, "uptake_ndcg@5", against="random", locale="en")
    assert line.startswith("beats random on imitation of practice (uptake_ndcg@5) by 0.")


def test_chance_beside_chance_is_no_evidence():
    found = TemporalBacktest(CUTOFFS).run(
        small_decisions(), {"lot": lambda _: RandomRanker(seed=9)}
    )
    table = differences_table(found, "lot", against=["random"], draws=100)
    assert (table["p_holm"].dropna() > 0.05).all()
    assert verdict(table, "closed_per_20_hours", against="random", locale="id").startswith(
        "tidak ada bukti mengungguli random"
    )


def test_prerequisites_are_never_violated_and_a_violation_is_counted(backtest):
    assert (spread_table(backtest)["violations"] == 0).all()
    day = small_decisions()[-1]
    ranking = PriorRanker().rank(day.gaps, history=day.history)
    assert ranking.passed.any()
    scores = dataclasses.replace(
        ranking.scores, eligible=frozen(np.ones(ranking.eligible.shape, bool)),
        score=frozen(np.where(ranking.passed, 9.0, 0.0)),
    )  # fmt: skip
    careless = dataclasses.replace(ranking, scores=scores)
    broken = day_measures(day, careless).violations
    assert broken >= np.minimum(ranking.passed.sum(axis=1), 10).sum()


def test_spread_of_rankers(backtest):
    spread = spread_table(backtest).set_index("ranker")
    assert spread.loc["popularity", "popularity_overlap"] == 1
    assert spread.loc["random", "coverage"] >= spread.loc["catalogue", "coverage"]
    assert spread.loc["random", "exposure_gini"] < spread.loc["popularity", "exposure_gini"]
    assert spread["over_seats"].between(0, 1).all()


def test_a_competency_counts_once_in_what_a_list_closes():
    day = small_decisions()[0]
    ranking = PriorRanker().rank(day.gaps)
    every = np.ones(ranking.eligible.shape, bool)
    alone = np.zeros(ranking.eligible.shape, bool)
    alone[:, 3] = True
    assert np.allclose(closed_once(day.gaps, ranking.worth, alone), ranking.value[:, 3], atol=1e-5)
    together = closed_once(day.gaps, ranking.worth, every)
    assert (together <= ranking.value.sum(axis=1) + 1e-5).all()
    assert (together >= ranking.value.max(axis=1) - 1e-5).all()


def test_shaken_beliefs_are_beliefs_near_the_old_ones(backtest):
    day = small_decisions()[0]
    shaken = shaken_gaps(day.gaps, np.random.default_rng(0)).levels
    assert np.allclose(shaken.probs.sum(axis=-1), 1, atol=1e-6)
    sd = day.gaps.levels.sd
    moved = np.abs(shaken.expected - day.gaps.levels.expected) / sd
    assert 0.2 < moved.mean() < 0.8  # a uniform share of one standard error
    stability = backtest.lists.groupby("ranker")["stability"].mean()
    assert stability["popularity"] > stability["largest gap"]


def test_slices_hold_cold_starts_and_groups_given(backtest):
    officers = small_service().officers["officer"]
    groups = pd.DataFrame(
        {"officer": officers, "sex": np.where(np.arange(len(officers)) % 2, "f", "m")}
    )
    slices = slices_of(backtest, groups)
    assert set(slices["slice"]) == {
        "history",
        "assessed",
        "unit",
        "new training",
        "new competency",
        "sex",
    }
    table = differences_table(backtest, "prior", against=["largest gap"], draws=20, slices=slices)
    by_sex = table[(table["slice"] == "sex") & (table["measure"] == "closed_per_20_hours")]
    assert set(by_sex["value"]) == {"f", "m"}
    assert (
        by_sex["n_lists"].sum()
        == _row(table, slice="all", measure="closed_per_20_hours")["n_lists"]
    )


def test_slices_of_fewer_than_five_officers_are_not_shown(backtest):
    few = backtest.lists["officer"].unique()[:4]
    slices = slices_of(backtest, pd.DataFrame({"officer": few, "rank": "rare"}))
    assert (slices["value"] == "rare").any()
    table = differences_table(backtest, "prior", against=["random"], draws=20, slices=slices)
    assert "rare" not in set(table["value"])


def test_the_whole_protocol_in_one_call():
    found = evaluate_rankers(
        small_decisions(), {"mine": lambda _: PriorRanker()}, draws=50,
        backtest=TemporalBacktest(CUTOFFS),
    )  # fmt: skip
    assert [line.partition(":")[0] for line in found.verdicts("en")] == ["mine"] * 3
    assert found.verdicts("id") != found.verdicts("en")
    assert found.calibration.n.sum() > 0
    assert "mine: " in repr(found)


def test_without_a_later_decision_there_is_no_test():
    with pytest.raises(ConfigError, match="no decision follows"):
        TemporalBacktest((date(2030, 1, 1),)).run(small_decisions(), {})


def test_too_few_decisions_are_called_unknown(backtest):
    table = differences_table(backtest, "prior", draws=20)
    assert verdict(table, "no such measure", locale="en").startswith("no evidence of beating")
