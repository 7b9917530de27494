"""A nation in parts: the same beliefs as in one piece, whatever the parts and the workers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import competency as cp
from competency.cli.app import app
from competency.errors import EvidenceError, InputError

AS_OF = "2026-11-01"
PACK, MODEL = cp.pack_path(), cp.model_path("pengantar-kerja")


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """The reference cohort as three folders, by the last digit of the id."""
    folder = tmp_path_factory.mktemp("parts")
    for table in ("officers", "assessments", "certificates"):
        rows = pd.read_csv(PACK / "cohort" / f"{table}.csv", dtype=str, keep_default_na=False)
        which = rows["officer"].str[-1].astype(int) % 3
        for number in range(3):
            (folder / f"agency-{number}").mkdir(exist_ok=True)
            rows[which == number].to_csv(folder / f"agency-{number}" / f"{table}.csv", index=False)
    return sorted(folder.iterdir())


def score(parts, output, **options):
    return cp.score_parts(parts, framework=PACK, model=MODEL, output=output, as_of=AS_OF, **options)


@pytest.fixture(scope="module")
def scored(parts, tmp_path_factory):
    output = tmp_path_factory.mktemp("scored")
    return score(parts, output, workers=1), output


def test_parts_give_what_the_whole_gives(scored):
    told, output = scored
    framework = cp.load_framework(PACK)
    whole = cp.load_level_model(MODEL, framework).predict(
        cp.read_evidence(PACK / "cohort", framework=framework), as_of=AS_OF
    )
    wanted = whole.to_frame().set_index(["officer", "competency"]).sort_index()
    files = sorted((output / "levels").glob("*.parquet"))
    got = pd.concat([pd.read_parquet(file).astype({"officer": str, "competency": str})
                     for file in files])  # fmt: skip
    got = got.set_index(["officer", "competency"]).sort_index()
    assert told["officers"].sum() == len(whole)
    assert got.index.tolist() == wanted.index.tolist()
    for column in ("p_level_0", "p_level_3", "latent_mean", "latent_sd"):
        np.testing.assert_array_equal(got[column], wanted[column])
    np.testing.assert_array_equal(got["n_observations"], wanted["n_observations"])


def test_two_workers_write_the_same_bytes(parts, scored, tmp_path):
    told, output = scored
    again = score(parts[::-1], tmp_path, workers=2)
    pd.testing.assert_frame_equal(again, told)
    for file in output.rglob("*.parquet"):
        assert file.read_bytes() == (tmp_path / file.relative_to(output)).read_bytes()


def test_an_officer_in_two_parts_is_refused(parts, tmp_path):
    (tmp_path / "other.csv").write_text((parts[0] / "officers.csv").read_text())
    with pytest.raises(InputError, match="of this part are in an earlier one") as caught:
        score([parts[0], tmp_path / "other.csv"], tmp_path / "out", workers=1)
    assert caught.value.findings[0].where.file == "other"


def test_parts_that_cannot_be_read_are_told_together_and_the_others_are_written(parts, tmp_path):
    for name in ("first", "second"):
        (tmp_path / f"{name}.csv").write_text("nothing\nof use\n")
    bad = [tmp_path / "first.csv", tmp_path / "second.csv"]
    with pytest.raises(EvidenceError) as caught:
        score([*bad, parts[1]], tmp_path / "out", workers=1)
    assert len(caught.value.findings) == 2
    assert (tmp_path / "out" / "levels" / "agency-1.parquet").is_file()


def test_the_command_says_how_many_and_where(parts, scored, tmp_path):
    result = CliRunner().invoke(app, [
        "levels", str(PACK), *map(str, parts), "--as-of", AS_OF, "--model", str(MODEL),
        "--output", str(tmp_path / "out"), "--workers", "1",
    ])  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "1,162 officers in 3 parts" in result.output
    assert "Measurements: none" in result.output
    file = tmp_path / "out" / "levels" / "agency-2.parquet"
    assert file.read_bytes() == (scored[1] / "levels" / "agency-2.parquet").read_bytes()


def test_names_must_differ_and_there_must_be_one(parts, tmp_path):
    with pytest.raises(InputError, match="two parts are named 'agency-0'"):
        score([parts[0], parts[0]], tmp_path)
    with pytest.raises(InputError, match="no part to score"):
        score([], tmp_path)
