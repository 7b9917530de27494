"""One case: settings, ranker and effects reach every view; the same inputs serve all commands."""

from __future__ import annotations

import dataclasses

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

import competency as cp
from competency.batch import run_job
from competency.cli.app import app
from competency.config import GapConfig
from competency.effects import Transitions, catalogue_transitions
from competency.errors import ConfigError
from competency.gaps import positions
from competency.ranking import Ranking

AS_OF = "2026-11-01"


@pytest.fixture(scope="module")
def inputs(tmp_path_factory):
    """A few officers of the pack, as CSV files."""
    home = tmp_path_factory.mktemp("officers")
    ids: set[str] = set()
    for name in ("officers", "assessments", "certificates", "history"):
        table = pd.read_csv(cp.pack_path() / "cohort" / f"{name}.csv", dtype="str")
        ids = ids or set(table["officer"][::40])
        table[table["officer"].isin(ids)].to_csv(home / f"{name}.csv", index=False)
    return home


@pytest.fixture(scope="module")
def case(inputs):
    return cp.Case.read(cp.pack_path(), inputs, as_of=AS_OF)


def job_file(folder, inputs, *lines):
    path = folder / "job.toml"
    head = [
        f'framework = "{cp.pack_path().as_posix()}"', f'inputs = "{inputs.as_posix()}"',
        f"as_of = {AS_OF}", 'output = "run"',
    ]  # fmt: skip
    path.write_text("\n".join([*head, *lines, ""]), encoding="utf-8")
    return path


def command(*arguments):
    result = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"}).invoke(app, [*map(str, arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_stricter_suppression_reaches_page_workbook_and_tables(inputs, tmp_path):
    result = run_job(cp.load_job(job_file(tmp_path, inputs, "[gaps]", "minimum_group = 1000")))
    table = pd.read_parquet(result.output / "tables" / "gaps_by_region.parquet")
    assert table["suppressed"].all()
    page = (result.output / "report.html").read_text("utf-8")
    plain = run_job(cp.load_job(job_file(tmp_path, inputs)))
    assert page != (plain.output / "report.html").read_text("utf-8")
    summary = cp.render_report(result.case, tmp_path / "again.html").read_text("utf-8")
    assert summary == page


def test_purpose_and_draws_reach_the_workbook(inputs, tmp_path):
    def categories(*lines):
        result = run_job(cp.load_job(job_file(tmp_path, inputs, *lines)))
        book = openpyxl.load_workbook(result.output / "workbook.xlsx", read_only=True)
        return [row[5:10] for row in book["pegawai"].iter_rows(values_only=True)]

    assert categories() != categories("[gaps]", 'purpose = "mapping"', "draws = 16")


def test_a_run_draws_the_match_of_each_aim_once(inputs, tmp_path, monkeypatch):
    drawn = []
    plain = positions._match_aim
    monkeypatch.setattr(
        positions,
        "_match_aim",
        lambda gaps, aim, *more: drawn.append(aim) or plain(gaps, aim, *more),
    )
    run_job(cp.load_job(job_file(tmp_path, inputs)))
    assert sorted(drawn) == [0, 1]


def test_other_settings_are_drawn_anew(case):
    few = positions.match_positions(case.gaps, config=GapConfig(draws=16))
    assert not few.equals(positions.match_positions(case.gaps))
    pd.testing.assert_frame_equal(
        positions.match_positions(case.gaps, aims=("next",)),
        positions.match_positions(case.gaps).query("aim == 'next'").reset_index(drop=True),
    )


class Stronger:
    """An effect model by which every training is certain to work."""

    def transitions_for(self, framework):
        plain = catalogue_transitions(framework)
        matrix = plain.matrix.copy()
        rows = framework.index.develops
        for row, (entry, target) in enumerate(
            zip(rows.entry_level, rows.target_level, strict=True)
        ):
            matrix[row, entry:target] = 0.0
            matrix[row, entry:target, target] = 1.0
        return Transitions(framework, matrix, "certain")


def test_effects_reach_ranking_and_plan_with_a_ranker_too(case):
    ranker = cp.load_ranker(cp.model_path())
    found = dataclasses.replace(case, ranker=ranker, effects=Stronger(), level_model=case.model)
    assert found.ranking.transitions.origin == found.plan.transitions.origin == "certain"
    closed = found.with_settings("planning", learned_benefit=False).plan.value
    learned = dataclasses.replace(found, effects=None)
    assert closed > learned.with_settings("planning", learned_benefit=False).plan.value


def test_the_probability_of_holding_a_level_is_one_number(case):
    strict = case.with_settings("planning", entry_probability=0.95)
    assert strict.ranking.entry_probability == 0.95
    ranked = cp.PriorRanker(entry_probability=0.95).rank(case.gaps, history=case.evidence.history)
    plans = cp.plan_cohort(ranked), strict.plan
    assert plans[0].to_frame().equals(plans[1].to_frame())
    assert not plans[0].to_frame().equals(case.plan.to_frame())
    officer, training = refused(strict.ranking, case.ranking)
    reasons = cp.explain_training(strict.ranking, officer, training, locale="en")
    assert reasons != cp.explain_training(case.ranking, officer, training, locale="en")


def refused(strict: Ranking, plain: Ranking) -> tuple[str, str]:
    """An officer and a training open to the officer by the one ranking only."""
    row, training = (plain.eligible & ~strict.eligible).nonzero()
    levels = plain.gaps.levels
    names = levels.framework.index.training_ids
    return str(levels.roster.officer_ids[row[0]]), names[training[0]]


@pytest.mark.parametrize("name", ["levels", "gaps", "rank", "plan", "report"])
def test_a_job_and_its_inputs_named_one_by_one_are_the_same_to_a_command(name, inputs, tmp_path):
    ending = "html" if name == "report" else "csv"
    job, apart = tmp_path / f"job.{ending}", tmp_path / f"apart.{ending}"
    settings = tmp_path / "settings.toml"
    settings.write_text("[planning]\nhours = 40\n[ranking]\ntop = 2\n", encoding="utf-8")
    models = ["--ranker", cp.model_path(), "--effects", cp.model_path()]
    models = models if name in ("rank", "plan", "report") else []
    path = job_file(tmp_path, inputs, "[planning]", "hours = 40", "[ranking]", "top = 2")
    command(name, path, "-o", job, *models)
    command(
        name, cp.pack_path(), inputs, "--as-of", AS_OF, "--settings", settings, "-o", apart, *models
    )
    assert job.read_bytes() == apart.read_bytes()
    plain = tmp_path / f"plain.{ending}"
    command(name, cp.pack_path(), inputs, "--as-of", AS_OF, "-o", plain)
    assert (plain.read_bytes() != job.read_bytes()) == bool(models)


def test_what_is_missing_or_given_twice_is_said_at_once(inputs, tmp_path):
    missing = command("gaps", cp.pack_path())
    assert missing.exit_code == 2
    assert "there is no evidence" in missing.stderr
    assert "there is no day" in missing.stderr
    twice = command("gaps", job_file(tmp_path, inputs), inputs)
    assert twice.exit_code == 2
    assert "a job file has its own evidence" in twice.stderr


def test_settings_of_a_case_change_by_group_and_name(case):
    more = case.with_settings("planning", hours=40, cost=None)
    assert (more.config.planning.hours, case.config.planning.hours) == (40, 20)
    assert more.levels is case.levels
    with pytest.raises(ConfigError, match="Nearest: 'hours'"):
        case.with_settings("planning", hour=40)
    with pytest.raises(ConfigError, match="Nearest: 'planning'"):
        case.with_settings("plannin", hours=40)
    with pytest.raises(ConfigError, match="read already"):
        case.with_settings("evidence", decimal=",")
