"""Beliefs on the synthetic cohort against its truth, beside plain means of ratings."""

from __future__ import annotations

import numpy as np
import pandas as pd

import competency as cp


def test_beliefs_are_nearer_to_the_truth_than_means_of_ratings(cohort):
    levels = cp.LevelModel().fit(cohort, as_of="2026-11-01").predict(as_of="2026-11-01")
    path = cp.pack_path() / "truth" / "levels.csv"
    truth = pd.read_csv(path, dtype={"officer": str}).set_index(["officer", "competency"])["theta"]
    means = cohort.assessments.groupby(["officer", "competency"])["level"].mean()
    beliefs = levels.to_frame().set_index(["officer", "competency"])["latent_mean"]
    both = pd.DataFrame({"truth": truth, "mean": means, "belief": beliefs}).dropna()
    error = both[["mean", "belief"]].sub(both["truth"], axis=0).pow(2).mean().pow(0.5)
    assert len(both) > 15_000
    assert error["belief"] <= 0.75 * error["mean"], error.round(3).to_dict()
    assert np.isfinite(error).all()


def test_a_setting_that_an_earlier_version_wrote_is_left_out():
    import json

    import competency as cp
    from competency.levels.store import LevelParameters

    path = cp.model_path() / "levels" / "parameters.json"
    written = json.loads(path.read_text(encoding="utf-8"))
    known = LevelParameters.model_validate(written)
    written["config"]["chunk_size"] = 4_000
    assert LevelParameters.model_validate(written) == known
