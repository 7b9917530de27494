"""What holds of diagnostics for every cohort and every belief."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from assessors_world import TODAY, world
from hypothesis import given, settings, strategies as st

from competency.config import LevelConfig, SourceConfig
from competency.levels import LevelModel
from competency.levels.diagnostics import (
    assessor_drift,
    assessor_report,
    information,
    next_assessments,
    reliability,
)
from competency.levels.diagnostics.next_assessments import belief_mass, preposterior
from competency.levels.posterior.grid import level_grid

SEEDS = st.integers(0, 10**6)


@given(seed=SEEDS, ratings=st.integers(1, 6))
def test_one_more_rating_never_hurts_and_one_that_says_nothing_is_worth_nothing(seed, ratings):
    rng = np.random.default_rng(seed)
    grid = level_grid(6, 0.5)
    mean, sd = rng.normal(2.5, 2, 20), rng.uniform(0.05, 2, 20)
    probs = rng.dirichlet(np.full(6, 0.3), 20)
    mass = belief_mass(mean, sd, probs, grid)
    np.testing.assert_allclose(np.add.reduceat(mass, grid.starts, axis=1), probs, atol=1e-12)
    likelihood = rng.dirichlet(np.full(ratings, 0.5), len(grid.nodes)).T
    meets = grid.level >= rng.integers(0, 7, 20)[:, None]
    after = preposterior(mass, grid.nodes, meets, likelihood)
    assert (after.expected <= after.now).all()
    assert (after.expected >= 0).all()
    assert (after.wrong_expected <= after.wrong_now).all()
    # Coarser ratings, the sums of finer ones, cannot be more informative.
    coarse = preposterior(mass, grid.nodes, meets, np.add.reduceat(likelihood, [0], axis=0))
    assert (coarse.expected >= after.expected - 1e-12).all()
    assert (coarse.wrong_expected >= after.wrong_expected - 1e-12).all()
    np.testing.assert_allclose(coarse.expected, coarse.now)
    np.testing.assert_allclose(coarse.wrong_expected, coarse.wrong_now)


@settings(max_examples=8)
@given(seed=SEEDS)
def test_gains_are_not_negative_and_vanish_without_information(seed):
    made = world(seed, n_officers=20)
    model = LevelModel(made.config).fit(made.evidence)
    for requirements in (True, False):
        table = next_assessments(model, as_of=TODAY, requirements=requirements, each_source=True)
        assert (table["gain"] >= 0).all()
        assert (table["expected_sd"] <= table["now_sd"]).all()
    deaf = LevelConfig(sources={"peer": SourceConfig(discrimination=1e-4)})
    empty = replace(made.evidence, assessments=made.evidence.assessments[:0])
    quiet = LevelModel(deaf).fit(empty)
    table = next_assessments(quiet, as_of=TODAY, requirements=False)
    np.testing.assert_allclose(table["gain"], 0, atol=1e-6)
    after = information(quiet).query("source == 'peer'")["information"]
    assert (after >= 0).all()
    assert after.max() < 1e-6


@settings(max_examples=6)
@given(seed=SEEDS)
def test_no_table_depends_on_the_order_of_rows(seed):
    made = world(seed, n_officers=30, years=3, n_competencies=2)
    rows = made.evidence.assessments.sample(frac=1, random_state=seed).reset_index(drop=True)
    here = LevelModel(made.config).fit(made.evidence)
    there = LevelModel(made.config).fit(replace(made.evidence, assessments=rows))
    for ask in (assessor_report, assessor_drift):
        pd.testing.assert_frame_equal(ask(here), ask(there), check_exact=True)
    for ask in (next_assessments, reliability):
        left, right = ask(here, as_of=TODAY), ask(there, as_of=TODAY)
        pd.testing.assert_frame_equal(left, right, check_exact=True)


@settings(max_examples=6)
@given(seed=SEEDS, shift=st.floats(0.2, 1.0))
def test_a_stricter_assessor_is_called_stricter(seed, shift):
    made = world(seed, n_officers=60, assessors={"assessment_centre": 6, "supervisor": 6})
    rows = made.evidence.assessments.copy()
    mine = (rows["source"] == "supervisor") & (rows["assessor"] == "A000")
    rows.loc[mine, "level"] = np.maximum(rows.loc[mine, "level"] - 2 * shift, 0)
    before = assessor_report(LevelModel(made.config).fit(made.evidence))
    after = assessor_report(LevelModel(made.config).fit(replace(made.evidence, assessments=rows)))
    at = (before["source"] == "supervisor") & (before["assessor"] == "A000")
    assert after.loc[at, "severity"].item() > before.loc[at, "severity"].item()
