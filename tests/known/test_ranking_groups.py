"""Groups of officers beside all others, and slices: by hand, and never so few that one is seen."""

from __future__ import annotations

import dataclasses
from datetime import date

import numpy as np
import pandas as pd
import pytest
from decision_world import small_decisions, small_service

from competency.arrays import frozen
from competency.config import PipelineConfig
from competency.ranking import PriorRanker
from competency.ranking.evaluate import TemporalBacktest, differences_table, slices_of
from competency.ranking.evaluate.groups import groups_table, officer_groups
from competency.ranking.evaluate.protocol import evaluate_days
from competency.stats import holm

CUTOFFS = (date(2025, 1, 1), date(2025, 7, 1), date(2026, 1, 1))


@pytest.fixture(scope="module")
def backtest():
    return TemporalBacktest(CUTOFFS).run(small_decisions(), {"mine": lambda _: PriorRanker()})


@pytest.fixture(scope="module")
def officers(backtest):
    return sorted(backtest.lists["officer"].unique())


def _shown(backtest, officers, few):
    """The groups shown where the first `few` officers are one group."""
    sex = np.where(np.arange(len(officers)) < few, "f", "m")
    table = groups_table(backtest, "mine", pd.DataFrame({"officer": officers, "sex": sex}), draws=5)
    return set(table["value"])


def test_a_group_is_its_mean_beside_that_of_the_others(backtest, officers):
    half = pd.DataFrame({"officer": officers, "band": np.arange(len(officers)) % 3 == 0})
    half["band"] = np.where(half["band"], "young", "old")
    table = groups_table(backtest, "mine", half, draws=200).set_index(["value", "measure"])
    lists = backtest.lists[backtest.lists["ranker"] == "mine"]
    young = lists["officer"].isin(half.loc[half["band"] == "young", "officer"])
    row = table.loc[("young", "epc")]
    assert row["mean"] == pytest.approx(lists.loc[young, "epc"].mean())
    assert row["others"] == pytest.approx(lists.loc[~young, "epc"].mean())
    assert row["difference"] == pytest.approx(row["mean"] - row["others"])
    assert row["lower"] < row["difference"] < row["upper"]
    assert row["n_officers"] == lists.loc[young, "officer"].nunique()
    other = table.loc[("old", "epc")]
    assert other["difference"] == pytest.approx(-row["difference"])


def test_groups_made_to_differ_are_seen_and_others_are_not(backtest, officers):
    """The group of those whose lists close most; and one by lot."""
    lists = backtest.lists[backtest.lists["ranker"] == "mine"]
    closed = lists.groupby("officer")["closed"].mean().reindex(officers)
    lot = np.random.default_rng(1).permutation(len(officers)) % 2
    groups = pd.DataFrame(
        {"officer": officers, "need": np.where(closed > closed.median(), "much", "little"),
         "lot": np.where(lot, "a", "b")}
    )  # fmt: skip
    table = groups_table(backtest, "mine", groups, draws=200)
    own = table[table["measure"] == "closed_per_20_hours"].set_index("value")
    assert own.loc["much", "difference"] > 0
    assert own.loc["much", "p_holm"] < 0.01
    assert own.loc["a", "p_holm"] > 0.05
    assert (table["p_holm"] >= table["p"]).all()


def test_nobody_can_be_worked_out_from_a_small_group(backtest, officers):
    assert _shown(backtest, officers, 4) == set()  # four, and all but four
    assert _shown(backtest, officers, 5) == {"f", "m"}
    assert _shown(backtest, officers, 0) == set()  # one group of all is beside nobody
    slices = slices_of(
        backtest,
        pd.DataFrame({"officer": officers, "sex": ["f"] * 4 + ["m"] * (len(officers) - 4)}),
    )
    table = differences_table(backtest, "mine", against=["random"], draws=5, slices=slices)
    assert "sex" not in set(table["slice"])


def test_the_table_of_officers_gives_region_position_and_size_of_unit():
    own = officer_groups(small_service())
    assert list(own.columns) == ["officer", "region", "position", "unit size"]
    size = small_service().officers["unit"].value_counts()
    first = small_service().officers["unit"].iloc[0]
    expected = "small" if size[first] < 10 else "middling" if size[first] < 50 else "large"
    assert own["unit size"].iloc[0] == expected
    given = pd.DataFrame({"officer": own["officer"][:3], "sex": ["f", "m", None], "region": "x"})
    both = officer_groups(small_service(), given)
    assert both["region"].dropna().tolist() == ["x"] * 3
    assert both["sex"].dropna().tolist() == ["f", "m"]
    assert len(both) == len(own)


def test_claims_hold_together_beside_each_opponent(backtest):
    table = differences_table(backtest, "mine", draws=30, slices=slices_of(backtest))
    for _, rows in table.groupby("against"):
        assert np.allclose(rows["p_holm"], holm(rows["p"].to_numpy()), equal_nan=True)


def test_a_training_for_a_competency_nobody_was_assessed_in_is_a_cold_start(backtest):
    name, _ = next(iter(backtest.days.items()))
    day, measures = backtest.days[name][0]
    new = int(day.gaps.levels.framework.index.develops.competency[0])
    known = day.gaps.known.copy()
    known[:, new] = False
    blind = dataclasses.replace(day, gaps=dataclasses.replace(day.gaps, known=frozen(known)))
    changed = dataclasses.replace(backtest, days={name: [(blind, measures)]})
    slices = slices_of(changed)
    own = slices[slices["slice"] == "new competency"].set_index("officer")["value"]
    develops = day.gaps.levels.framework.index.develops
    takes = day.taken[:, develops.training[develops.competency == new]].any(axis=1)
    assert (own == "yes").to_numpy().tolist() == takes.tolist()


def test_what_was_hardly_over_is_not_learned_from_within_the_gap():
    def seen(gap_days):
        ends = []

        def spy(before):
            ends.append(max(day.last_day for day in before))
            return PriorRanker()

        TemporalBacktest(CUTOFFS[1:2], gap_days=gap_days).run(small_decisions(), {"spy": spy})
        return ends[0]

    assert seen(0) == date(2025, 6, 30)
    assert seen(1) == date(2024, 9, 30)


def test_the_rounds_say_what_was_known_and_what_was_tested(backtest):
    days = small_decisions()
    assert backtest.rounds["cutoff"].tolist() == list(CUTOFFS)
    first = backtest.rounds.iloc[0]
    assert first["n_before"] == sum(len(d.gaps) for d in days if d.last_day < CUTOFFS[0])
    assert backtest.rounds["n_after"].sum() == sum(len(d.gaps) for d in days if d.day >= CUTOFFS[0])


def test_both_targets_are_learned_anew_at_each_cutoff():
    pytest.importorskip("lightgbm", reason="the extra 'train' is not installed")
    config = PipelineConfig.model_validate({"learning": {"max_trees": 30, "cutoffs": CUTOFFS}})
    found = evaluate_days(small_decisions(), config)
    assert found.ranker == "learned"
    assert {"learned", "imitation", "largest gap", "prior"} <= set(found.means["ranker"])
    rounds = found.rounds
    assert rounds["imitation_examples"].is_monotonic_increasing
    assert rounds["learned_examples"].iloc[0] == 0  # nothing was measured by then
    assert rounds["imitation_trees"].max() > 0
    assert found.groups.empty
    assert set(found.tables()) == {
        "means", "differences", "spread", "calibration", "groups", "rounds",
    }  # fmt: skip
