"""One function for every model: what goes in, what comes out, and what is said of bad tables."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import ratings_world
from ratings_world import digest_of_fits, rated

from competency.errors import ConfigError, EvidenceError
from competency.ratings import MODELS, FacetRatingFit, RatingFit, fit_facets, fit_ratings
from competency.ratings.categories import Ratings, Scale
from competency.ratings.item_response.calibrate import MOST_SEVERITIES, ExactModel
from competency.ratings.item_response.fit import exact_frames, known_variances
from competency.ratings.item_response.models import Layout

BASIC = "model items severities log_likelihood converged n_iter findings score predict save"


TABLE = rated()
WIDE = TABLE.pivot_table(index=["person", "assessor"], columns="criterion", values="rating")
WIDE = WIDE.reset_index().rename_axis(columns=None)
FAR = TABLE.assign(person="q" + TABLE["person"], assessor="q" + TABLE["assessor"])
SILENT = TABLE.head(1).assign(person="z", assessor="r9", rating=np.nan)
USELESS = TABLE.head(1).assign(criterion="Z", assessor="r9")


def with_first(rating):
    return TABLE.assign(rating=[rating, *TABLE["rating"].tolist()[1:]])


BOTH = {
    # name: table, what both kinds of models say of it; an "error" is raised
    "clean": (TABLE, []),
    "wide": (WIDE, []),
    "text": (TABLE.assign(rating=TABLE["rating"].astype(int).astype(str)), []),
    "one row each": (TABLE.drop_duplicates("person"), ["disconnected-design"]),
    "one assessor": (TABLE[TABLE["assessor"] == "r0"], ["one-assessor"]),
    "two parts": (pd.concat([TABLE, FAR]), ["disconnected-design"]),
    "item of one category": (WIDE.assign(C=2), ["one-category"]),
    "item without ratings": (WIDE.assign(C=np.nan), ["one-category"]),
    "person without ratings": (pd.concat([TABLE, SILENT]), ["never-rated"]),
    "assessor of no use": (pd.concat([TABLE, USELESS]), ["one-category", "no-use"]),
    "frequencies of 1": (TABLE.assign(frequency=1), []),
    "duplicates": (pd.concat([TABLE, TABLE.head(2)]), ["error", "duplicate-rating"]),
    "constant": (TABLE.assign(rating=1), ["error", "constant-ratings"]),
    "fraction": (with_first(1.5), ["error", "fractional-rating"]),
    "negative": (with_first(-1), ["error", "negative-rating"]),
    "huge": (with_first(5000), ["error", "rating-too-large"]),
    "infinite": (with_first(np.inf), ["error", "not-a-number"]),
    "words": (TABLE.assign(rating="baik"), ["error", "not-a-number"]),
    "no rows": (TABLE.head(0), ["error", "no-ratings"]),
    "no cells": (TABLE.assign(rating=np.nan), ["error", "no-ratings"]),
    "no columns": (pd.DataFrame(), ["error", "no-ratings"]),
    "no ids": (TABLE.assign(person=None), ["error", "no-id"]),
    "no item": (TABLE.drop(columns="criterion"), ["error", "no-column"]),
    "a column twice": (pd.concat([WIDE, WIDE[["A"]]], axis=1), ["error", "repeated-column"]),
    "negative frequency": (TABLE.assign(frequency=-1), ["error", "bad-frequency"]),
    "text as frequency": (TABLE.assign(frequency="often"), ["error", "bad-frequency"]),
    "frequencies differ": (TABLE.assign(frequency=range(len(TABLE))), ["error", "bad-frequency"]),
}  # fmt: skip


@pytest.mark.parametrize("model", ["rsm", "facets"])
@pytest.mark.parametrize("name", BOTH)
def test_every_table_has_one_outcome_with_both_kinds_of_models(name, model):
    table, expected = BOTH[name]
    if expected[:1] == ["error"]:
        with pytest.raises(EvidenceError) as caught:
            fit_ratings(table, model)
        assert [finding.code for finding in caught.value.findings] == expected[1:]
        assert all(finding.hint or finding.nearest for finding in caught.value.findings)
        return
    fit = fit_ratings(table, model, max_iter=60)
    unsure = {
        "no-standard-error"
    }  # sparse tables may determine no severity, which is a finding too
    assert [f.code for f in fit.findings if f.code not in unsure] == expected
    assert np.isfinite(fit.log_likelihood)
    assert np.isfinite(fit.score()[["eap", "se"]].to_numpy()).all()
    assert np.isfinite(fit.severities["severity"]).all()


@pytest.mark.parametrize("model", MODELS)
def test_all_models_answer_alike(model):
    table = TABLE.assign(rating=(TABLE["rating"] > 1).astype(int))
    fit = fit_ratings(table, model.upper())
    assert fit.model == model
    assert all(hasattr(fit, name) for name in BASIC.split())
    assert isinstance(fit, FacetRatingFit if model == "facets" else RatingFit)
    assert fit.predict(table.head(3)).sum(axis=1).tolist() == pytest.approx([1, 1, 1])
    assert fit.items.columns.tolist() == ["item", "a", "b_1"]
    assert {"assessor", "severity", "se", "part"} <= set(fit.severities)


def test_facets_are_the_default_of_the_explicit_function():
    general, direct = fit_ratings(TABLE, "facets"), fit_facets(TABLE)
    assert general.log_likelihood == direct.log_likelihood
    assert general.severities.equals(direct.severities)


def test_usual_spellings_are_understood_and_others_are_named():
    binary = TABLE.assign(rating=(TABLE["rating"] > 1).astype(int))
    assert fit_ratings(binary, " Rasch ").model == "rasch"
    assert fit_ratings(binary, "1PL").model == "rasch"
    many = fit_ratings(TABLE, "MFRM")
    assert (many.model, many.log_likelihood) == ("rsm", fit_ratings(TABLE, "rsm").log_likelihood)
    with pytest.raises(ConfigError, match=r"'facet' is not a model\. Nearest: 'facets'"):
        fit_ratings(TABLE, "facet")
    with pytest.raises(ConfigError, match="one of rasch, 2pl, grm"):
        fit_ratings(TABLE, "")
    with pytest.raises(ConfigError, match="not above 0") as caught:
        fit_ratings(TABLE, tolerance=-1.0, max_iter=0)
    assert len(caught.value.findings) == 2


def test_frequencies_count_whole_persons_where_they_can_be_counted():
    # Two persons with the same ratings by the same assessors are one with frequency 2.
    counted = fit_ratings(TABLE.assign(frequency=2), "rsm")
    twice = fit_ratings(pd.concat([TABLE, TABLE.assign(person="q" + TABLE["person"])]), "rsm")
    assert counted.log_likelihood == pytest.approx(twice.log_likelihood, abs=1e-6)
    assert np.allclose(counted.severities["se"], twice.severities["se"], rtol=1e-3)
    with pytest.raises(EvidenceError, match="counts every person once"):
        fit_ratings(TABLE.assign(frequency=2), "facets")
    with pytest.raises(EvidenceError, match="counts every person once"):
        fit_ratings(TABLE.assign(often=2), "facets", frequency="often")


def test_too_many_free_severities_are_sent_to_the_model_that_bears_them():
    size = MOST_SEVERITIES + 1
    table = pd.DataFrame(
        {
            "person": np.repeat([f"p{k}" for k in range(size)], 2),
            "item": "A",
            "assessor": [f"r{k % size}" for k in np.arange(size).repeat(2) + np.tile([0, 1], size)],
            "rating": np.tile([0, 1, 1, 2], size)[: 2 * size],
        }
    )
    with pytest.raises(EvidenceError, match="model='facets'") as caught:
        fit_ratings(table, "rsm")
    assert [finding.code for finding in caught.value.findings] == ["too-many-severities"]
    assert len(fit_ratings(table, "facets", max_iter=2).severities) == size


def test_traits_that_do_not_fit_into_memory_are_refused():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.integers(0, 2, (1001, 320)))
    with pytest.raises(EvidenceError, match="one_trait=True"):
        fit_ratings(table, "facets")


def test_ratings_that_separate_persons_perfectly_have_an_outcome():
    table = TABLE.assign(rating=(TABLE["person"] > "p11").astype(int))
    both = fit_ratings(table, "facets")  # the two traits are one
    assert both.converged
    assert both.correlation.to_numpy()[0, 1] > 0.95
    assert np.isfinite(both.score()["eap"]).all()
    exact = fit_ratings(table, "rsm")
    assert np.isfinite(exact.predict(table).to_numpy()).all()
    assert np.isfinite(exact.severities["severity"]).all()


def test_a_severity_that_nothing_tells_has_no_standard_error():
    layout = Layout("rsm", np.array([2]), 3)
    known = ExactModel(layout, np.ones(layout.size), np.diag([0.04, -1.0, 0.09]), 73)
    legal, findings = known_variances(known)
    assert [finding.code for finding in findings] == ["no-standard-error"]
    scale = Scale(("A",), (np.array([0, 1]),))
    ratings = Ratings.nobody(scale, np.array(["x", "y", "z"], object))
    severities = exact_frames(legal, ratings, np.zeros(3, int))[1]
    assert np.allclose(severities["se"], [0.2, np.nan, 0.3], equal_nan=True)


# --------------------------------------------------------------------- scoring other persons


@pytest.fixture(scope="module")
def fit():
    return fit_facets(rated(150, 6))


def test_the_calibration_table_scores_as_without_a_table(fit):
    before, again = fit.score(), fit.score(rated(150, 6))
    assert again["person"].equals(before["person"])
    # 50 persons an assessor: their own severities count twice, which is all that differs.
    assert np.abs(again["eap"] - before["eap"]).max() < 0.02
    assert np.abs(again["se"] / before["se"] - 1).max() < 0.02
    assert np.sqrt(np.mean((again["eap"] - before["eap"]) ** 2)) < 0.006


def test_a_person_is_scored_alone(fit):
    table = rated(150, 6)
    everybody = fit.score(table)
    one = fit.score(table[table["person"] == "p07"])
    assert np.abs(one["eap"].to_numpy() - everybody.query("person == 'p07'")["eap"]).max() < 1e-3


def test_strangers_rate_with_more_uncertainty_and_severity_moves_the_score(fit):
    table = rated(150, 6)
    known = fit.score(table)
    strange = fit.score(table.assign(assessor="x" + table["assessor"]))
    assert (strange["se"] > known["se"]).all()
    assert (strange["se"] < 1).all()
    same = TABLE.head(2).assign(rating=2)
    scores = [fit.score(same.assign(assessor=name))["eap"].mean() for name in ("r0", "r3", "r5")]
    assert scores == sorted(scores)  # r5 is strictest: the same ratings from them mean more
    assert scores[2] > scores[0] + 0.3


def test_who_has_no_ratings_has_the_prior(fit):
    exact = fit_ratings(rated(40), "rsm")
    for model in (fit, exact):
        out = model.score(pd.concat([TABLE, SILENT])).set_index("person").loc[["z"]]
        assert out["eap"].tolist() == pytest.approx([0] * len(out), abs=1e-9)
        assert out["se"].tolist() == pytest.approx([1] * len(out), abs=1e-7)
        assert len(model.score(SILENT)) == len(out)


def test_a_further_table_may_lack_items_assessors_and_frequencies(fit):
    part = fit.score(TABLE.drop(columns="assessor").drop_duplicates(["person", "criterion"]))
    assert np.isfinite(part["eap"]).all()
    one = fit.score(TABLE[TABLE["criterion"] == "A"])
    assert one["item"].unique().tolist() == ["A", "B"]
    answers = pd.DataFrame({"q1": [0, 1, 1], "q2": [0, 0, 1], "often": [5, 6, 7]})
    test = fit_ratings(answers, "rasch", frequency="often")
    other = answers.drop(columns=["often", "q2"]).assign(name="whoever")
    assert test.score(other)["se"].between(0, 1).all()
    with pytest.raises(EvidenceError, match="no item of the table was calibrated"):
        fit.score(TABLE.assign(criterion="C" + TABLE["criterion"]))
    with pytest.raises(EvidenceError, match="did not occur in calibration"):
        fit.score(TABLE.assign(rating=4))


# ------------------------------------------------------------------------------------ threads


def test_the_number_of_threads_changes_no_bit():
    folder = str(Path(ratings_world.__file__).parent)
    program = f"import sys; sys.path.insert(0, {folder!r})\nfrom ratings_world import *\n"
    program += "print(digest_of_fits())"
    found = {
        subprocess.run(  # noqa: S603
            [sys.executable, "-c", program],
            env={**os.environ, "OMP_NUM_THREADS": n, "OPENBLAS_NUM_THREADS": n},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for n in ("1", "2")
    }
    assert found == {digest_of_fits() + "\n"}


def test_fits_run_with_one_thread_and_give_the_others_back():
    threadpoolctl = pytest.importorskip("threadpoolctl")
    from competency.threads import one_thread

    def numbers():
        return [pool["num_threads"] for pool in threadpoolctl.threadpool_info()]

    before = numbers()
    with one_thread():
        inside = [p for p in threadpoolctl.threadpool_info() if p["user_api"] == "blas"]
        assert inside
        assert {pool["num_threads"] for pool in inside} == {1}
    assert numbers() == before
