"""Learned transitions in the whole sentence: by hand, in a job, and from the command line."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import competency as cp
from competency.batch import run_job
from competency.cli.app import app
from competency.effects import EffectModel, load_effect_model
from competency.errors import ModelFileError
from competency.packs import model_path
from competency.settings_file import load_job


@pytest.fixture(scope="module")
def learned(cohort):
    return load_effect_model(model_path() / "effects", cohort.framework)


def test_the_model_of_the_pack_is_what_the_cohort_tells(cohort, learned):
    again = EffectModel().fit(cohort.history, cp.LevelModel().fit(cohort))
    assert np.allclose(again.rows_["success"], learned.rows_["success"], atol=1e-6)
    assert again.rows_["n_used"].tolist() == learned.rows_["n_used"].tolist()
    # The cohort was drawn with the catalogue's chances.
    known = learned.rows_[learned.rows_["n_used"] > 0]
    inside = (known["low"] <= known["claimed"]) & (known["claimed"] <= known["high"])
    assert inside.mean() > 0.85
    true_gain = (known["claimed"] * known["reach"]).mean()
    assert abs(known["gain"].mean() - true_gain) < 0.05
    assert known["naive_gain"].mean() > true_gain + 0.1


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """The first 40 officers of the cohort, as files."""
    folder = tmp_path_factory.mktemp("inputs")
    home = cp.pack_path() / "cohort"
    officers = pd.read_csv(home / "officers.csv", dtype=str).head(40)
    for name in ("officers", "assessments", "certificates", "history"):
        table = pd.read_csv(home / f"{name}.csv", dtype=str, keep_default_na=False)
        few = table[table["officer"].isin(officers["officer"])]
        few.to_csv(folder / f"{name}.csv", index=False)
    return folder


def test_the_plan_follows_what_was_learned(learned, inputs):
    framework = learned.framework_
    few = cp.read_evidence(inputs, framework=framework)
    plain = cp.recommend(framework, few, as_of="2026-11-01")
    found = cp.recommend(framework, few, as_of="2026-11-01", effects=learned)
    assert plain.plan.transitions.origin == "catalogue"
    assert found.plan.transitions.origin == "estimated"
    assert np.array_equal(found.plan.transitions.matrix, learned.transitions_.matrix)
    assert not np.array_equal(found.ranking.value, plain.ranking.value)


def test_a_job_names_the_model_and_says_so(learned, inputs, tmp_path):
    folder = learned.save(tmp_path / "effects")
    (tmp_path / "job.toml").write_text(
        f'framework = "{cp.pack_path().as_posix()}"\ninputs = "{inputs.as_posix()}"\n'
        'as_of = 2026-11-01\noutput = "run"\neffects = "effects"\nlocale = "en"\n',
        encoding="utf-8",
    )
    result = run_job(load_job(tmp_path / "job.toml"))
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text("utf-8"))
    assert set(manifest["effects"]) == {path.name for path in folder.iterdir()}
    assert str(tmp_path) not in json.dumps(manifest)
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    assert "Chances of success are learned" in page
    assert "Chances of success are assumed" not in page
    assert result.case.plan.transitions.origin == "estimated"
    (folder / "tables.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelFileError):
        run_job(load_job(tmp_path / "job.toml"))


def test_the_command_tells_writes_and_reads(inputs, tmp_path):
    asked = ["effects", str(cp.pack_path()), str(inputs), "--as-of", "2026-11-01"]
    runner, page = CliRunner(), tmp_path / "effects.html"
    first = runner.invoke(app, [*asked, "--save", str(tmp_path / "m"), "-o", str(page)])
    assert first.exit_code == 0, first.output
    assert "<html" in page.read_text("utf-8")
    told = runner.invoke(app, [*asked, "--effects", str(model_path())])
    assert "F.DASAR" in told.output
    assert "was not rated both before and after" in told.output
    table = runner.invoke(
        app, [*asked, "--effects", str(tmp_path / "m"), "-o", str(tmp_path / "t.csv")]
    )
    assert "rows" in table.output
    assert (tmp_path / "t.csv").read_text("utf-8").startswith("training,type,provider,gain")
    wrong = runner.invoke(app, [*asked, "--effects", str(tmp_path)])
    assert wrong.exit_code == 2
