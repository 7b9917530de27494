"""What must never change a calibration of ratings, and what must hold of every one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings, strategies as st

from competency.ratings import fit_ratings

seeds = st.integers(0, 10**6)
few = settings(max_examples=4, deadline=None)
kinds = pytest.mark.parametrize("model", ["rsm", "grm", "facets"])
exact = pytest.mark.parametrize("model", ["rsm", "pcm", "grm"])
CLOSE = {"facets": {"tolerance": 1e-4}}


def drawn(seed, n_persons=30, n_items=3, n_assessors=4):
    """A long table: each person rated by two assessors, some ratings missing."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(n_persons), 2)
    first = rng.integers(0, n_assessors, n_persons)
    apart = rng.integers(1, n_assessors, n_persons)
    assessor = np.stack([first, (first + apart) % n_assessors], 1).ravel()
    placed = (
        rng.normal(0, 1.2, n_persons)[person] - 0.4 * assessor + rng.normal(0, 0.6, len(person))
    )
    level = placed[:, None] + 0.4 * np.arange(n_items) + rng.normal(0, 0.7, (len(person), n_items))
    table = pd.DataFrame(np.clip(np.round(level + 1.5), 0, 3).astype(int))
    table = table.rename(columns=lambda k: f"i{k}")
    table.insert(0, "person", [f"p{k:03d}" for k in person])
    table.insert(1, "assessor", [f"r{k}" for k in assessor])
    long = table.melt(["person", "assessor"], var_name="item", value_name="rating")
    return long[rng.random(len(long)) > 0.1].reset_index(drop=True)


def fitted(table, model, **changed):
    fit = fit_ratings(table, model, **{**CLOSE.get(model, {}), **changed})
    assert fit.converged or changed
    return fit


def estimates(fit):
    """All numbers of a fit but those about persons."""
    frames = fit.items, fit.severities
    numbers = [frame.select_dtypes("number").to_numpy(float).ravel() for frame in frames]
    return np.concatenate([*numbers, [fit.log_likelihood]])


@kinds
@few
@given(seed=seeds)
def test_the_order_of_rows_changes_no_bit(model, seed):
    table = drawn(seed)
    fit, again = fitted(table, model), fitted(table.sample(frac=1, random_state=seed), model)
    assert np.array_equal(estimates(again), estimates(fit), equal_nan=True)
    assert again.score().equals(fit.score())
    wide = table.pivot_table(index=["person", "assessor"], columns="item", values="rating")
    wide = wide.reset_index().sample(frac=1, random_state=seed)
    assert np.array_equal(estimates(fitted(wide, model)), estimates(fit), equal_nan=True)


@kinds
@few
@given(seed=seeds, ordered=st.booleans())
def test_the_names_of_persons_are_names_only(model, seed, ordered):
    table = drawn(seed)
    names = pd.unique(table["person"])
    rng = np.random.default_rng(seed)
    numbers = np.sort(rng.permutation(len(names))) if ordered else rng.permutation(len(names))
    other = dict(zip(sorted(names), [f"x{k:05d}" for k in numbers], strict=True))
    fit, again = (
        fitted(table, model),
        fitted(table.assign(person=table["person"].map(other)), model),
    )
    atol = 0 if model == "facets" else 1e-8
    assert np.allclose(estimates(again), estimates(fit), rtol=0, atol=atol, equal_nan=True)
    before = fit.score().assign(person=lambda frame: frame["person"].map(other))
    key = [name for name in ("person", "item") if name in before]
    before = before.sort_values(key)
    assert np.allclose(again.score()["eap"], before["eap"], rtol=0, atol=1e-6)


@kinds
@few
@given(seed=seeds, turn=st.integers(1, 2))
def test_the_order_of_items_orders_the_estimates(model, seed, turn):
    table = drawn(seed)
    rename = {f"i{k}": f"i{(k + turn) % 3}" for k in range(3)}
    fit, again = fitted(table, model), fitted(table.assign(item=table["item"].map(rename)), model)
    before = fit.items.assign(item=fit.items["item"].map(rename)).sort_values("item")
    numbers = before.select_dtypes("number").to_numpy()
    # Both are at the maximum, to a thousandth of their standard errors.
    found = again.items.select_dtypes("number").to_numpy()
    assert np.allclose(found, numbers, atol=2e-3, equal_nan=True)
    assert again.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-3)


@kinds
@few
@given(seed=seeds, name=st.sampled_from(["a", "p015x", "zzz"]))
def test_a_person_without_ratings_changes_nothing_but_a_finding(model, seed, name):
    table = drawn(seed)
    silent = table.head(1).assign(person=name, rating=np.nan)
    fit, more = fitted(table, model), fitted(pd.concat([silent, table]), model)
    assert np.array_equal(estimates(more), estimates(fit), equal_nan=True)
    added = {f.code for f in more.findings} - {f.code for f in fit.findings}
    assert added == {"never-rated"}
    score = more.score()
    assert np.allclose(score[score["person"] == name]["se"], 1, atol=1e-6)
    others = score[score["person"] != name]
    assert others["person"].tolist() == fit.score()["person"].tolist()
    assert np.allclose(others["eap"], fit.score()["eap"], atol=1e-9)


@kinds
@few
@given(seed=seeds)
def test_predictions_are_probabilities(model, seed):
    table = drawn(seed)
    fit = fitted(table, model)
    rows = table.assign(person=np.where(table.index % 2, table["person"], "nobody"))
    rows = rows.assign(assessor=np.where(table.index % 3, table["assessor"], "nobody"))
    chance = fit.predict(rows).to_numpy()
    assert (chance >= 0).all()
    assert np.allclose(chance.sum(1), 1, atol=1e-12)
    score = fit.score(table)
    assert (score["se"] > 0).all()
    assert (score["se"] <= 1 + 1e-6).all()


@exact
@few
@given(seed=seeds)
def test_more_evaluations_never_lower_the_log_likelihood(model, seed):
    table = drawn(seed)
    heights = [fitted(table, model, max_iter=n).log_likelihood for n in (1, 3, 8, 20, 2000)]
    assert (np.diff(heights) >= -1e-9).all()
    assert heights[-1] > heights[0]


@exact
@few
@given(seed=seeds)
def test_free_severities_sum_to_zero(model, seed):
    fit = fitted(drawn(seed), model)
    assert abs(fit.severities["severity"].sum()) < 1e-9
    # r0 is the most lenient by a distance, r3 the strictest.
    severity = fit.severities.set_index("assessor")["severity"]
    assert severity["r3"] > severity["r0"]
