"""Known answers of other engines on outside data (R mirt 1.47 and TAM, as named)."""

from __future__ import annotations

import importlib
import sys

import numpy as np
import pandas as pd
import pytest

from competency.ratings import fit_facets, fit_ratings

LOG_LIKELIHOOD = [
    ("mirt_LSAT7.csv", "rasch", -2664.900891),
    ("mirt_LSAT7.csv", "2pl", -2658.805114),
    ("mirt_Science.csv", "grm", -1608.869414),
    ("mirt_Science.csv", "gpcm", -1612.681600),
    ("mirt_Science.csv", "pcm", -1619.274102),
    ("mirt_Science.csv", "rsm", -1636.908447),
]


@pytest.mark.parametrize(("file", "model", "expected"), LOG_LIKELIHOOD)
def test_log_likelihoods_of_mirt(outside_data, file, model, expected):
    table = pd.read_csv(outside_data("psychometrics") / file)
    frequency = "freq" if "freq" in table else None
    fit = fit_ratings(table, model, frequency=frequency)
    assert fit.converged
    assert fit.log_likelihood == pytest.approx(expected, abs=1e-4)


def test_graded_estimates_of_mirt(outside_data):
    table = pd.read_csv(outside_data("psychometrics") / "mirt_Science.csv")
    items = fit_ratings(table, "grm").items.set_index("item")
    slopes = [1.0406416, 1.2258327, 2.3005945, 1.0937996]
    assert items["a"].tolist() == pytest.approx(slopes, abs=2e-4)
    future = items.loc["Future", ["b_1", "b_2", "b_3"]].tolist()
    assert future == pytest.approx([-2.2799214, -0.9643779, 0.8552120], abs=2e-4)


MANY_FACETS = [
    ("rsm", -1286.628230, [1.003831, 0.508353, 0.412781, -0.751095, -0.087082, -0.764557]),
    ("pcm", -1263.115002, [1.022328, 0.516285, 0.417411, -0.762282, -0.089525, -0.778783]),
]


@pytest.mark.parametrize(("model", "reference", "raters"), MANY_FACETS)
def test_many_facet_models_of_tam(outside_data, model, reference, raters):
    # TAM integrates over other nodes; the maximum found here is a little above its own.
    path = outside_data("psychometrics") / "sirt_data_ratings1.csv"
    table = pd.read_csv(path, dtype={"idstud": str})
    fit = fit_ratings(table, model, person="idstud", assessor="rater")
    assert reference - 1e-4 <= fit.log_likelihood <= reference + 0.01
    assert fit.severities["severity"].tolist()[:6] == pytest.approx(raters, abs=2e-4)


def test_held_out_ratings_are_predicted_better_than_by_the_best_peer(outside_data):
    sys.path.insert(0, str(outside_data("psychometrics").parents[1] / "bench"))
    holdout = importlib.import_module("ratings_holdout")
    path = outside_data("psychometrics") / "sirt_data_ratings2.csv"
    table, person, assessor, criteria = holdout.load(path)
    scores = []
    for seed in range(5):
        hidden = holdout.held_out(table, person, assessor, seed)
        train = holdout.long(table[~hidden], person, assessor, criteria)
        test = holdout.long(table[hidden], person, assessor, criteria)
        chance = fit_facets(train).predict(test.drop(columns="rating"))
        scores.append(holdout.score(chance.to_numpy(), test["rating"].to_numpy()))
    assert np.mean([score["log_loss"] for score in scores]) <= 0.894  # TAM .954, clmm 1.029
    assert np.mean([score["ece"] for score in scores]) <= 0.035
