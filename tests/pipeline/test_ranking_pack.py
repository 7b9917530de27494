"""A learned ranker in the whole sentence: the pack's own, a job's, and from the command line."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from decision_world import small_service
from typer.testing import CliRunner

import competency as cp
from competency.batch import run_job
from competency.cli.app import app
from competency.errors import ModelFileError
from competency.packs import model_path
from competency.ranking import LearnedRanker, PriorRanker, load_ranker, save_ranker
from competency.ranking.__main__ import learned, regrets
from competency.ranking.evaluate.protocol import JUDGED
from competency.ranking.store import ranker_for
from competency.settings_file import load_job

PACK = cp.pack_path()
DAY = ("--as-of", "2026-11-01")


def run(*arguments):
    runner = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"})
    result = runner.invoke(app, [str(one) for one in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert "Traceback" not in result.output
    return result.exit_code, result.output


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    """A small made-up service as files."""
    folder = tmp_path_factory.mktemp("service")
    world = small_service()
    world.officers.to_csv(folder / "officers.csv", index=False)
    world.history.to_csv(folder / "history.csv", index=False)
    seen = ["officer", "competency", "source", "assessor", "value", "date"]
    world.assessments[seen].to_csv(folder / "assessments.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    """Settings that learn fast."""
    path = tmp_path_factory.mktemp("settings") / "quick.toml"
    path.write_text(
        "[learning]\nmax_trees = 20\ncutoffs = [2025-01-01, 2025-07-01, 2026-01-01]\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def alone(service, tmp_path):
    """The service, to be spoiled."""
    return shutil.copytree(service, tmp_path / "service")


# ------------------------------------------------------------------------- the pack's ranker


def test_the_ranker_of_the_pack_belongs_to_its_framework(pack):
    ranker = load_ranker(model_path())
    assert isinstance(ranker, LearnedRanker)
    assert (ranker.target, ranker.framework_version) == ("benefit", pack.version)
    assert "**Benefit**" in ranker.scorer.card
    assert ranker.framework_version in ranker.scorer.card


def test_the_ranker_of_the_pack_is_what_its_history_teaches(cohort):
    """What `make models` does, and what it says of the truth, in part."""
    pytest.importorskip("lightgbm", reason="the extra 'train' is not installed")
    stored = load_ranker(model_path())
    again = learned(cohort, "benefit")
    assert again.get_params().keys() == stored.get_params().keys()
    assert again.framework_version == stored.framework_version
    ours, theirs = (one.scorer.model.tables for one in (again, stored))
    assert [table.adds.tolist() for table in ours] == [table.adds.tolist() for table in theirs]
    assert again.scorer.card.splitlines()[:12] == stored.scorer.card.splitlines()[:12]
    told = pd.read_csv(model_path() / "ranker-evaluation" / "truth.csv")
    found = regrets(cohort, PACK / "truth" / "levels.csv", {JUDGED: stored})
    both = told.merge(found, on=["ranker", "measure"], suffixes=("_told", ""), validate="1:1")
    assert len(both) == len(found)
    np.testing.assert_allclose(both["regret_told"], both["regret"], rtol=5e-3, atol=1e-6)


def test_the_ranker_of_the_pack_is_nearer_to_the_truth_than_largest_gap_first():
    told = pd.read_csv(model_path() / "ranker-evaluation" / "truth.csv")
    own = told[told["ranker"] == JUDGED].set_index("measure")
    assert (own["saved_lower"] > 0).all()
    opponent = told[told["ranker"] == "largest gap"].set_index("measure")
    assert own.loc["first", "regret"] < 0.5 * opponent.loc["first", "regret"]
    assert own.loc["list", "regret"] < 0.7 * opponent.loc["list", "regret"]
    words = (model_path() / "ranker-evaluation" / "verdict.txt").read_text("utf-8")
    assert "no evidence of beating largest-gap-first on order of measured benefit" in words
    assert "tidak ada bukti" in words


# ------------------------------------------------------------------------- train


def test_train_tells_what_it_learned_and_saves_it(service, quick, tmp_path):
    pytest.importorskip("lightgbm", reason="the extra 'train' is not installed")
    target = tmp_path / "ranker"
    code, told = run(
        "train", PACK, service, *DAY, "--target", "uptake", "--settings", quick, "--save", target
    )
    assert code == 0, told
    assert "imitates past practice" in told
    assert "candidates in" in told
    assert "What was learned beside the prior" in told
    ranker = load_ranker(target)
    assert ranker.target == "uptake"
    assert ranker.scorer.model.tables
    code, told = run("rank", PACK, service, *DAY, "--ranker", target)
    assert code == 0, told
    plain = run("rank", PACK, service, *DAY)[1]
    assert told != plain


def test_train_without_history_saves_the_prior_and_says_so(alone, tmp_path):
    (alone / "history.csv").unlink()
    code, told = run("train", PACK, alone, *DAY, "--save", tmp_path / "r")
    assert code == 1
    assert "no history of trainings" in told
    assert "The closed formula ranks" in told
    assert isinstance(load_ranker(tmp_path / "r"), PriorRanker)
    code, told = run("evaluate", PACK, alone, *DAY)
    assert code == 2
    assert "no history of trainings" in told


def test_train_where_nothing_was_assessed_again_saves_the_prior(alone, tmp_path):
    table = pd.read_csv(alone / "assessments.csv", dtype=str)
    table[table["date"] < "2024-03-01"].to_csv(alone / "assessments.csv", index=False)
    code, told = run("train", PACK, alone, *DAY, "--save", tmp_path / "r")
    assert code == 1
    assert "no decision of the past has an example of benefit" in told
    assert load_ranker(tmp_path / "r").method == "prior"


def test_train_never_replaces_a_folder_that_holds_something_else(service, quick, tmp_path):
    (tmp_path / "letters.txt").write_text("keep me")
    code, _ = run("train", PACK, service, *DAY, "--settings", quick, "--save", tmp_path)
    assert code == 2
    assert (tmp_path / "letters.txt").read_text() == "keep me"


def test_an_unknown_setting_of_learning_is_named(service, tmp_path):
    path = tmp_path / "s.toml"
    path.write_text("[learning]\nmax_tree = 3\n", encoding="utf-8")
    code, told = run("train", PACK, service, *DAY, "--settings", path, "--save", tmp_path / "r")
    assert code == 2
    assert "max_trees" in told


# ------------------------------------------------------------------------- evaluate


def test_evaluate_writes_tables_and_a_page(service, quick, tmp_path):
    pytest.importorskip("lightgbm", reason="the extra 'train' is not installed")
    groups = tmp_path / "groups.csv"
    ids = small_service().officers["officer"]
    pd.DataFrame({"nip": ids, "sex": ["f", "m"] * (len(ids) // 2)}).to_csv(groups, index=False)
    code, told = run(
        "evaluate", PACK, service, *DAY, "--settings", quick, "--groups", groups,
        "-o", tmp_path / "judged", "--locale", "en",
    )  # fmt: skip
    assert code == 0, told
    assert "learned: " in told
    assert "imitation of practice" in told
    rounds = pd.read_csv(tmp_path / "judged" / "rounds.csv")
    assert ("'learned' is the closed formula" in told) == (not rounds["learned_trees"].any())
    assert {path.name for path in (tmp_path / "judged").iterdir()} == {
        "means.csv", "differences.csv", "spread.csv", "calibration.csv", "groups.csv",
        "rounds.csv", "evaluation.html",
    }  # fmt: skip
    table = pd.read_csv(tmp_path / "judged" / "groups.csv")
    assert {"f", "m"} <= set(table["value"])
    assert not set(table.columns) & {"officer", "name"}
    assert "no evidence" in (tmp_path / "judged" / "evaluation.html").read_text("utf-8").lower()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("sex\nf\n", "head it with officer or nip"),
        ("officer\n1\n", "no grouping"),
        ("officer,sex\n1,f\n1,m\n", "1 rows repeat an officer"),
        ("", "nothing in it"),
    ],
)
def test_groups_that_cannot_be_used_are_told(service, quick, tmp_path, content, said):
    groups = tmp_path / "groups.csv"
    groups.write_text(content, encoding="utf-8")
    code, told = run("evaluate", PACK, service, *DAY, "--settings", quick, "--groups", groups)
    assert code == 2
    assert said in told


def test_a_cutoff_after_everything_is_no_test(service, quick):
    code, told = run("evaluate", PACK, service, *DAY, "--settings", quick, "--cutoff", "2030-01-01")
    assert code == 2
    assert "no decision follows" in told


# ------------------------------------------------------------------------- a ranker in a job


@pytest.fixture(scope="module")
def job(service, tmp_path_factory):
    home = tmp_path_factory.mktemp("job")
    shutil.copytree(model_path() / "ranker", home / "ranker")
    (home / "few").mkdir()
    few = set(small_service().officers["officer"][:30])
    for path in service.glob("*.csv"):
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        table[table["officer"].isin(few)].to_csv(home / "few" / path.name, index=False)
    (home / "job.toml").write_text(
        f'framework = "{PACK.as_posix()}"\ninputs = "few"\n'
        'as_of = 2026-11-01\noutput = "run"\nranker = "ranker"\n',
        encoding="utf-8",
    )
    return home / "job.toml"


def test_a_job_names_the_ranker_and_says_so(job):
    result = run_job(load_job(job))
    assert result.case.ranking.method == "learned"
    manifest = json.loads((job.parent / "run" / "manifest.json").read_text("utf-8"))
    assert "card.md" in manifest["ranker"]
    assert "ranker" not in manifest["settings"]


def test_fifty_damaged_rankers_stop_a_job_with_a_clear_error(job, pack):
    folder, rng = job.parent / "ranker", np.random.default_rng(8)
    names = sorted(path.name for path in folder.iterdir())
    for turn in range(50):
        path = folder / names[turn % len(names)]
        whole = path.read_bytes()
        place = int(rng.integers(0, len(whole)))
        flipped = whole[:place] + bytes([whole[place] ^ 4]) + whole[place + 1 :]
        path.write_bytes(whole[:place] if turn % 2 else flipped)
        with pytest.raises(ModelFileError) as caught:
            ranker_for(folder, pack)
        assert all(item.hint or item.nearest for item in caught.value.findings), turn
        if turn < 2:
            code, told = run("run", job)
            assert code == 2, told
            assert "ranker cannot be used" in told
        path.write_bytes(whole)


def test_a_ranker_of_another_framework_stops_rank_and_job(service, tmp_path):
    framework = tmp_path / "framework"
    framework.mkdir()
    for table in PACK.glob("*.csv"):
        shutil.copy(table, framework)
    text = (framework / "trainings.csv").read_text("utf-8")
    (framework / "trainings.csv").write_text(text.replace(",5500000,", ",5600000,"), "utf-8")
    code, told = run("rank", framework, service, *DAY, "--ranker", model_path())
    assert code == 2
    assert "learned on framework" in told
    assert "train it again" in told


def test_a_ranker_with_learned_effects_ranks_by_them(pack, tmp_path):
    from competency.effects import load_effect_model

    effects = load_effect_model(model_path() / "effects", pack)
    folder = save_ranker(LearnedRanker(framework_version=pack.version), tmp_path / "r")
    ranker = ranker_for(folder, pack)
    assert ranker.transitions is None
    informed = ranker.with_settings(transitions=effects.transitions_for(pack))
    assert informed.transitions.origin == "estimated"
