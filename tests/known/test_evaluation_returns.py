"""Results of units and returns on what was spent, worked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import competency as cp
from competency.errors import InputError
from competency.evaluation.instruments import read_instruments, results_table, returns_table

UNITS = [("A", "trained", 10, 16), ("B", "trained", 12, 16), ("C", "comparison", 11, 12),
         ("D", "comparison", 9, 12)]  # fmt: skip


def table_of(units, *, indicator="placements", occasions=("before", "after"), training="F.DASAR"):
    return pd.DataFrame(
        {"training": training, "unit": unit, "group": group, "indicator": indicator,
         "measure": "a month", "occasion": when, "value": value, "date": "2026-02-06"}
        for unit, group, *values in units
        for when, value in zip(occasions, values, strict=True)
    )  # fmt: skip


def results_of(*tables, **how):
    framework = cp.load_framework(cp.pack_path())
    made = read_instruments(
        {"results": pd.concat(tables, ignore_index=True)}, framework=framework, strict=True
    )
    return results_table(made, **how)


def test_the_difference_of_changes_with_welch_by_hand():
    # Changes 6, 4 and 1, 3: 5 - 2 = 3, variances 2 / 2 + 2 / 2 = 2, two degrees of freedom.
    row = results_of(table_of(UNITS)).iloc[0]
    assert row[["n_units", "n_comparison", "before", "after"]].tolist() == [2, 2, 11, 16]
    assert (row["change"], row["change_comparison"], row["difference"]) == (5, 2, 3)
    assert row["se"] == pytest.approx(np.sqrt(2))
    reach = 4.302653 * np.sqrt(2)  # t(.975; 2)
    assert (row["low"], row["high"]) == pytest.approx((3 - reach, 3 + reach), rel=1e-6)


def test_without_units_to_compare_with_there_is_a_change_and_no_return():
    alone = results_of(table_of(UNITS[:2]))
    assert alone["change"].tolist() == [5]
    made = returns_table(alone, worth={"placements": 1e6}, spent={"F.DASAR": 1e6})
    assert made["n_indicators"].tolist() == [0]
    assert made[["benefit", "roi", "roi_low"]].isna().all(axis=None)
    assert made["cost"].tolist() == [1e6]


def test_returns_add_indicators_and_turn_round_where_less_is_better():
    fewer = [(unit, group, after, before) for unit, group, before, after in UNITS]
    results = results_of(table_of(UNITS), table_of(fewer, indicator="complaints"))
    assert results.set_index("indicator")["difference"].to_dict() == {
        "complaints": -3, "placements": 3,
    }  # fmt: skip
    made = returns_table(
        results, worth={"placements": 10.0, "complaints": -5.0}, spent={"F.DASAR": 60.0}
    ).iloc[0]
    # 3 x 2 units x 10 + 3 x 2 units x 5 = 90 for 60: half again.
    assert (made["n_indicators"], made["benefit"], made["roi"]) == (2, 90, 50)
    reach = 2 * 15 * 4.302653 * np.sqrt(2)
    ends = (90 - reach, 90 + reach)
    assert (made["benefit_low"], made["benefit_high"]) == pytest.approx(ends, rel=1e-6)
    assert made["roi_high"] == pytest.approx(100 * (ends[1] / 60 - 1))


def test_follow_up_counts_where_it_is_asked_for_and_units_without_both_values_do_not():
    later = table_of(UNITS, occasions=("before", "follow_up"))
    assert results_of(later).empty
    assert results_of(later, occasion="follow_up")["n_units"].tolist() == [2]
    gone = later.drop(index=[1])  # unit A has no later value
    assert results_of(gone, occasion="follow_up")[["n_units", "se"]].isna().sum(axis=None) == 1


def test_what_has_no_results_and_a_cost_of_nothing_are_refused():
    results = results_of(table_of(UNITS))
    with pytest.raises(InputError) as raised:
        returns_table(results, worth={"placement": 1.0}, spent={"F.DASR": 0.0})
    codes = {finding.code for finding in raised.value.findings}
    assert codes == {"unknown-indicator", "unknown-training", "illegal-number"}
    assert "placements" in str(raised.value)
