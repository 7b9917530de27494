"""One officer without tables: what `predict` gives, to the last bit, and clear refusals."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

import competency as cp
from competency.errors import EvidenceError, NotFittedError

AS_OF = "2026-11-01"


@pytest.fixture(scope="module")
def model():
    framework = cp.load_framework(cp.pack_path())
    return cp.load_level_model(cp.model_path("pengantar-kerja"), framework)


@pytest.fixture(scope="module")
def cohort():
    framework = cp.load_framework(cp.pack_path())
    return cp.read_evidence(cp.pack_path() / "cohort", framework=framework)


def told(**changes):
    ratings = {
        "competency": ["M.01", "M.01", "T.01"],
        "source": ["supervisor", "self", "test"],
        "level": [2, 3, 2.5],
        "date": ["2025-01-29", date(2026, 1, 5), "2026-03-01"],
    }
    return ratings | changes


def test_officers_of_the_cohort_get_what_the_tables_give(model, cohort):
    whole = model.predict(cohort, as_of=AS_OF)
    with_certificates = set(cohort.certificates["officer"])
    chosen = [name for name in whole.roster.officer_ids if name not in with_certificates][:25]
    assert len(chosen) == 25
    people = cohort.officers.set_index("officer")
    for name in chosen:
        mine = cohort.assessments[cohort.assessments["officer"] == name]
        who = {"position": people["position"][name], "unit": people["unit"][name], "officer": name}
        got = model.predict_one(mine, as_of=AS_OF, **who)
        row = whole.take(whole.roster.rows_of([name]))
        np.testing.assert_array_equal(got.probs, row.probs)
        np.testing.assert_array_equal(got.mean, row.mean)
        np.testing.assert_array_equal(got.n_observations, row.n_observations)
        np.testing.assert_array_equal(got.last_date, row.last_date)
        assert got.roster.officer_ids.tolist() == [name]


def test_no_ratings_is_the_prior_of_the_position(model):
    nothing = {name: [] for name in told()}
    got = model.predict_one(nothing, as_of=AS_OF, position="PK.MUDA")
    row = got.framework.index.position_ids.index("PK.MUDA")
    np.testing.assert_allclose(got.mean[0], model.group_mean_[row], rtol=1e-6)
    assert (got.n_observations == 0).all()


def test_a_strong_unit_is_expected_higher_and_an_unknown_one_like_none(model):
    nothing = {name: [] for name in told()}
    own = model.units_[model.units_["used"]]
    strong, strength = own.loc[own["strength"].idxmax(), ["unit", "strength"]]
    none, known, unknown = (
        model.predict_one(nothing, as_of=AS_OF, position="PK.MUDA", unit=unit)
        for unit in ("", strong, "nowhere")
    )
    np.testing.assert_allclose(known.mean - none.mean, strength, rtol=1e-5)
    np.testing.assert_array_equal(unknown.probs, none.probs)
    assert (known.sd < none.sd).all()


def test_ratings_after_the_day_are_not_used(model):
    got = model.predict_one(told(), as_of="2026-01-31")
    assert got.n_observations.sum() == 2


def test_a_known_assessor_counts_otherwise_than_an_unknown_one(model):
    known = model.assessors_[model.assessors_["used"] & (model.assessors_["source"] == "peer")]
    severe = known.loc[known["severity"].idxmax(), "assessor"]
    columns = told(source=["peer"] * 3)
    plain = model.predict_one(columns, as_of=AS_OF)
    by_name = model.predict_one(columns | {"assessor": [severe] * 3}, as_of=AS_OF)
    competency = plain.framework.index.competency_ids.index("M.01")
    assert by_name.mean[0, competency] > plain.mean[0, competency]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"competency": ["M.01", "M.1", "T.01"]}, "unknown-competency"),
        ({"source": ["boss", "self", "test"]}, "unknown-source"),
        ({"level": [1, 2]}, "length"),
        ({"level": [1, float("nan"), -1]}, "not-a-level"),
        ({"date": ["2026-13-01", "2026-01-05", "2026-01-05"]}, "not-a-date"),
        ({"date": [None, "2026-01-05", "2026-01-05"]}, "not-a-date"),
    ],
)
def test_what_cannot_be_used_is_refused(model, changes, code):
    with pytest.raises(EvidenceError) as caught:
        model.predict_one(told(**changes), as_of=AS_OF)
    assert code in {finding.code for finding in caught.value.findings}
    assert all(finding.hint for finding in caught.value.findings)


def test_all_problems_are_told_at_once(model):
    wrong = told(competency=["X", "M.01", "T.01"], source=["boss", "self", "test"])
    with pytest.raises(EvidenceError) as caught:
        model.predict_one(wrong, as_of=AS_OF, position="PK.MUDAA")
    codes = [finding.code for finding in caught.value.findings]
    assert codes == ["unknown-competency", "unknown-source", "unknown-position"]
    assert caught.value.findings[2].nearest[0] == "PK.MUDA"


def test_a_missing_column_and_a_model_that_is_not_fitted(model):
    with pytest.raises(EvidenceError, match="there is no column 'date'"):
        model.predict_one({name: [] for name in ("competency", "source", "level")}, as_of=AS_OF)
    with pytest.raises(NotFittedError):
        cp.LevelModel().predict_one(told(), as_of=AS_OF)
