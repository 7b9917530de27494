"""What holds for every evaluation: units, origins, order, and the laws of shrinkage."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies as st

from competency.evaluation import evaluate_training, shrink_effects, training_world

WAYS = {"random": "random", "score": "by_score", "nomination": "by_nomination"}

worlds = st.builds(
    lambda seed, way, n, effect: (way, training_world(seed, way, n=n, effect=effect)),
    st.integers(0, 10_000), st.sampled_from(sorted(WAYS)), st.integers(30, 90), st.floats(-1, 1),
)  # fmt: skip


@given(worlds, st.floats(0.1, 100), st.floats(-50, 50))
def test_another_unit_or_origin_changes_the_number_and_not_the_verdict(world, unit, origin):
    way, table = world
    one = evaluate_training(table, assignment=WAYS[way])
    scaled = table.assign(**{c: unit * table[c] + origin for c in ("earlier", "before", "after")})
    other = evaluate_training(scaled, assignment=WAYS[way])
    assert other.value == pytest.approx(unit * one.value, rel=1e-6, abs=1e-8 * unit)
    assert other.se == pytest.approx(unit * one.se, rel=1e-6)
    assert other.verdict == one.verdict
    assert other.sensitivity.robustness == pytest.approx(one.sensitivity.robustness, rel=1e-5)


@given(worlds, st.floats(-3, 3))
def test_a_constant_given_to_the_trained_is_found_exactly(world, gift):
    way, table = world
    one = evaluate_training(table, assignment=WAYS[way])
    more = table.assign(after=table["after"] + gift * table["treated"])
    other = evaluate_training(more, assignment=WAYS[way])
    assert other.value == pytest.approx(one.value + gift, abs=1e-9)
    assert other.se == pytest.approx(one.se, rel=1e-9)


@given(worlds)
def test_swapping_trained_and_untrained_turns_the_sign(world):
    way, table = world
    one = evaluate_training(table, assignment=WAYS[way])
    other = evaluate_training(table.assign(treated=1 - table["treated"]), assignment=WAYS[way])
    assert other.value == pytest.approx(-one.value, abs=1e-9)
    assert other.se == pytest.approx(one.se, rel=1e-9)
    assert other.placebo_state == one.placebo_state


@given(worlds, st.integers(0, 100))
def test_the_order_of_rows_changes_no_bit(world, seed):
    way, table = world
    mixed = table.sample(frac=1, random_state=seed)
    one = evaluate_training(table, assignment=WAYS[way]).to_frame()
    other = evaluate_training(mixed, assignment=WAYS[way]).to_frame()
    pd.testing.assert_frame_equal(one, other, check_exact=True)


numbers = st.lists(
    st.tuples(st.floats(-5, 5), st.floats(0.05, 3), st.sampled_from("abc")), min_size=1, max_size=12
)


@given(numbers)
def test_shrinkage_stays_between_the_estimate_and_its_family(rows):
    table = pd.DataFrame(rows, columns=["estimate", "se", "family"])
    found = shrink_effects(table, family="family")
    low, high = table["estimate"].min() - 1e-9, table["estimate"].max() + 1e-9
    assert found["shrunk"].between(low, high).all()
    assert found["weight"].between(0, 1).all()
    assert (found["shrunk_sd"] > 0).all()
    assert (found["q"] >= found["p"] - 1e-12).all()
    for _, own in found.groupby("family"):
        # the larger the error, the smaller the weight of the own estimate
        order = own.sort_values("se")["weight"].to_numpy()
        assert (np.diff(order) <= 1e-12).all()
