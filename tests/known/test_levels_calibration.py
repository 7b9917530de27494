"""What fitting learns about sources, assessors and correlations of simulated cohorts."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import competency as cp
from competency.config import LevelConfig, SourceConfig
from competency.errors import ConfigError, ModelFileError, NotFittedError
from competency.evidence.table import Evidence
from competency.framework.model import About, Competency, Framework, Position, ScaleLevel
from competency.levels import LevelModel, load_level_model
from competency.levels.fitting import calibrate

TODAY = "2026-11-01"
TRUTH = {
    "supervisor": SourceConfig(discrimination=2.6, severity=0.15, severity_sd=0.7, halo_sd=0.4),
    "assessment_centre": SourceConfig(discrimination=3.6, severity_sd=0.3, halo_sd=0.2),
}
GIVEN = {
    "supervisor": SourceConfig(discrimination=2.0, severity=0.0, severity_sd=0.4, halo_sd=0.2),
    "assessment_centre": SourceConfig(discrimination=3.0, severity_sd=0.3, halo_sd=0.2),
}


def framework(n_competencies):
    return Framework(
        framework=(About(id="tiny", name="tiny"),),
        levels=tuple(ScaleLevel(level=k, name=str(k)) for k in range(1, 6)),
        competencies=tuple(
            Competency(id=f"C.{k}", name="c", kind="managerial") for k in range(n_competencies)
        ),
        positions=(Position(id="P.1", name="P.1"),),
    )


def evidence(frame, names, ratings):
    people = pd.DataFrame({"officer": names}, dtype="str").assign(
        position="P.1", name="", next_position="", unit="", region=""
    )
    rating = ratings.assign(date=np.datetime64(TODAY, "s"), value=ratings["level"], scale="main")
    paper = pd.DataFrame(
        {"officer": [], "competency": [], "level": [], "issued": [], "expires": []}
    ).astype({"level": "int64", "issued": "datetime64[s]", "expires": "datetime64[s]"})
    history = pd.DataFrame({"start": [], "end": []}, dtype="datetime64[s]")
    return Evidence(frame, people, rating, paper, history, pd.DataFrame(), pd.DataFrame())


def cohort(seed, *, n_officers=600, n_competencies=4, correlation=0.6):
    """Every officer is rated by two of 60 supervisors and one of 30 assessors of the centre."""
    rng = np.random.default_rng(seed)
    shape = (n_officers, n_competencies)
    common, rest = rng.standard_normal((n_officers, 1)), rng.standard_normal(shape)
    theta = 2.5 + 0.8 * (np.sqrt(correlation) * common + np.sqrt(1 - correlation) * rest)
    frames, severities = [], {}
    for source, count in (("supervisor", 60), ("supervisor", 60), ("assessment_centre", 30)):
        told = TRUTH[source]
        if source not in severities:
            severities[source] = rng.normal(told.severity, told.severity_sd, count)
        who = rng.integers(0, count, n_officers)
        effect = severities[source][who] + rng.normal(0, told.halo_sd, n_officers)
        noise = rng.logistic(size=shape) / told.discrimination
        level = np.clip(np.floor(theta - effect[:, None] + noise + 0.5), 0, 5)
        officer, competency = np.divmod(np.arange(theta.size), n_competencies)
        frames.append(
            pd.DataFrame(
                {
                    "officer": np.char.add("O", np.char.zfill(officer.astype(str), 4)),
                    "competency": np.char.add("C.", competency.astype(str)),
                    "source": source,
                    "assessor": np.char.add("A", np.char.zfill(who[officer].astype(str), 2)),
                    "level": level.ravel(),
                }
            )
        )
    ratings = pd.concat(frames, ignore_index=True)
    ratings = ratings.drop_duplicates(["officer", "competency", "source", "assessor"])
    names = [f"O{row:04d}" for row in range(n_officers)]
    return evidence(framework(n_competencies), names, ratings), theta, severities


@pytest.fixture(scope="module")
def fitted():
    seen, theta, severities = cohort(3)
    return LevelModel(LevelConfig(sources=GIVEN)).fit(seen), theta, severities


def test_sources_are_recovered_from_values_that_were_given_wrong(fitted):
    table = fitted[0].sources_.set_index("source")
    got = table.loc["supervisor", ["discrimination", "severity", "severity_sd", "halo_sd"]]
    # Standard errors: about .1, .1 (the centre's mean of 30 counts as well), .07 and .04.
    np.testing.assert_allclose(got.astype(float), [2.6, 0.15, 0.7, 0.4], atol=0.2)
    assert abs(got["discrimination"] - 2.6) < abs(2.0 - 2.6)
    assert table.loc["assessment_centre", "severity"] == 0.0  # the anchor
    assert table["estimated"].tolist() == [True, True]
    assert table["n_assessors"].tolist() == [60, 30]


def test_severities_of_assessors_are_found_with_their_errors(fitted):
    model, _, severities = fitted
    table = model.assessors_.query("source == 'supervisor'")
    row = table["assessor"].str[1:].astype(int)
    away = table["severity"] - severities["supervisor"][row]
    assert away.std() < 0.25 < severities["supervisor"].std()
    assert (away.sub(away.mean()).abs() < 1.6449 * table["se"]).mean() > 0.75
    assert table["used"].all()
    assert table["n_ratings"].sum() == (model.evidence_.assessments["source"] == "supervisor").sum()


def test_halo_is_not_read_as_correlation(fitted):
    model = fitted[0]
    correlation = model.predict(as_of=TODAY).correlation
    off = correlation[np.triu_indices(4, 1)]
    assert off.mean() == pytest.approx(0.6, abs=0.08)
    np.testing.assert_allclose(np.sqrt(np.diag(model.covariance_)), 0.8, atol=0.1)
    assert np.linalg.eigvalsh(model.covariance_).min() > 0


def test_intervals_cover_and_beat_the_mean_of_raters(fitted):
    model, theta, _ = fitted
    levels = model.predict(as_of=TODAY)
    inside = np.abs(theta - levels.mean) < 1.6449 * levels.sd
    assert inside.mean() == pytest.approx(0.9, abs=0.03)
    ratings = model.evidence_.assessments.groupby(["officer", "competency"])["level"].mean()
    of_raters = np.sqrt(np.mean((ratings.to_numpy().reshape(theta.shape) - theta) ** 2))
    assert np.sqrt(np.mean((levels.mean - theta) ** 2)) < 0.75 * of_raters


def test_convergence_means_that_the_maximum_is_near(fitted, monkeypatch):
    model = fitted[0]
    assert model.converged_
    monkeypatch.setattr(calibrate, "TOLERANCE", -1.0)
    far = LevelModel(LevelConfig(sources=GIVEN, iterations=150)).fit(model.evidence_)
    np.testing.assert_allclose(model.group_mean_, far.group_mean_, atol=0.03)
    for name in ("discrimination", "severity", "severity_sd", "halo_sd"):
        np.testing.assert_allclose(model.sources_[name], far.sources_[name], atol=0.05)
    hasty = LevelModel(LevelConfig(sources=GIVEN, iterations=3)).fit(model.evidence_)
    assert not hasty.converged_


def test_given_values_stay_when_there_is_little_to_learn_from():
    seen, _, _ = cohort(1, n_officers=12)
    for config in (LevelConfig(sources=GIVEN), LevelConfig(sources=GIVEN, calibrate=False)):
        table = LevelModel(config).fit(seen).sources_
        assert not table["estimated"].any()
        assert table["discrimination"].tolist() == [2.0, 3.0]
        assert table["severity_sd"].tolist() == [0.4, 0.3]


def test_a_small_cohort_keeps_the_given_correlation():
    seen, _, _ = cohort(2, n_officers=5)
    model = LevelModel(LevelConfig(sources=GIVEN, correlation=0.3)).fit(seen)
    off = model.predict(as_of=TODAY).correlation[np.triu_indices(4, 1)]
    np.testing.assert_allclose(off, 0.3, atol=0.1)


def test_prerequisites_bring_competencies_together_when_asked():
    framework_ = cp.load_framework(cp.pack_path())
    empty = cp.read_evidence(cp.pack_path() / "cohort", framework=framework_)
    loose, tight = (
        LevelModel(LevelConfig(prerequisite_strength=strength)).fit(empty, as_of="2000-01-01")
        for strength in (0.0, 1.0)
    )
    first = framework_.prerequisites[0]
    ids = framework_.index.competency_ids
    pair = ids.index(first.competency), ids.index(first.requires_competency)
    assert tight.covariance_[pair] > loose.covariance_[pair] + 0.05
    # Within units 1, and what units differ by.
    np.testing.assert_allclose(np.diag(tight.covariance_), 1 + LevelConfig().unit_sd ** 2)


def test_parts_that_nobody_links_are_said():
    seen, _, _ = cohort(1, n_officers=150)
    assert LevelModel().fit(seen).findings_ == ()
    row = seen.assessments["officer"].str[1:].astype(int)
    alone = seen.assessments["assessor"].where(row > 0, "LONELY")
    alone = alone.where(row != 1, "ISLAND")
    split = evidence(
        seen.framework, seen.officers["officer"].tolist(), seen.assessments.assign(assessor=alone)
    )
    (finding,) = LevelModel().fit(split).findings_
    assert finding.code == "disconnected-assessors"
    assert "3 parts" in finding.message
    assert "O0000" not in str(finding)


def test_one_assessor_only_has_a_severity_near_the_given_one():
    seen, _, _ = cohort(1, n_officers=40)
    everyone = seen.assessments.query("source == 'supervisor'").drop_duplicates(
        ["officer", "competency"]
    )
    one = evidence(seen.framework, seen.officers["officer"].tolist(), everyone.assign(assessor="U"))
    model = LevelModel().fit(one)
    assert len(model.assessors_) == 1
    # Nothing tells a strict assessor from a weak cohort: the severity stays in its spread.
    assert abs(model.assessors_["severity"].item()) < 0.5
    assert np.isfinite(model.predict(as_of=TODAY).probs).all()


def test_a_saved_model_scores_as_the_fitted_one_and_twice_gives_the_same_bytes(fitted, tmp_path):
    model = fitted[0]
    folder = model.save(tmp_path / "levels")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    loaded = load_level_model(tmp_path, model.evidence_.framework)
    np.testing.assert_array_equal(
        loaded.predict(model.evidence_, as_of=TODAY).probs, model.predict(as_of=TODAY).probs
    )
    loaded.save(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert loaded.converged_ == model.converged_
    with pytest.raises(ConfigError, match="holds no evidence"):
        loaded.predict(as_of=TODAY)


def test_a_model_of_another_framework_or_a_changed_one_is_refused(fitted, tmp_path):
    model = fitted[0]
    folder = model.save(tmp_path / "levels")
    with pytest.raises(ModelFileError, match="the competencies are not those"):
        load_level_model(folder, framework(5))
    content = bytearray((folder / "covariance.npy").read_bytes())
    content[-1] ^= 1
    (folder / "covariance.npy").write_bytes(bytes(content))
    with pytest.raises(ModelFileError, match="SHA-256"):
        load_level_model(folder, model.evidence_.framework)
    with pytest.raises(ModelFileError, match="no such folder"):
        load_level_model(tmp_path / "nowhere", model.evidence_.framework)
    with pytest.raises(NotFittedError):
        LevelModel().save(tmp_path / "none")
