"""The command line on good and on bad input: exit codes, words, and nothing half-written."""

from __future__ import annotations

import json
import shutil

import pandas as pd
import pytest
from typer.testing import CliRunner

import competency as cp
from competency.cli.app import app

PACK = cp.pack_path()


@pytest.fixture
def run():
    runner = CliRunner(env={"COLUMNS": "200", "TERM": "dumb"})

    def invoke(*arguments):
        result = runner.invoke(app, [str(a) for a in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert "Traceback" not in result.output
        return result.exit_code, result.output

    return invoke


@pytest.fixture
def folder(tmp_path):
    """A copy of the pack's framework tables that a test may spoil."""
    target = tmp_path / "framework"
    target.mkdir()
    for table in PACK.glob("*.csv"):
        shutil.copy(table, target)
    return target


@pytest.fixture
def cohort(tmp_path):
    """The evidence of the first officers of the pack, that a test may spoil."""
    target = tmp_path / "cohort"
    target.mkdir()
    officers = (PACK / "cohort" / "officers.csv").read_text(encoding="utf-8").splitlines()[:41]
    ids = {line.split(",")[0] for line in officers[1:]}
    for name in ("officers", "assessments", "certificates", "history"):
        header, *rows = (PACK / "cohort" / f"{name}.csv").read_text(encoding="utf-8").splitlines()
        kept = [row for row in rows if row.split(",")[0] in ids]
        (target / f"{name}.csv").write_text("\n".join([header, *kept, ""]), encoding="utf-8")
    return target


def append(path, *lines):
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in lines)


def set_cell(path, row, column, value):
    lines = path.read_text(encoding="utf-8").splitlines()
    cells = lines[row - 1].split(",")
    cells[lines[0].split(",").index(column)] = value
    lines[row - 1] = ",".join(cells)
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")


TAIL = "test,illustrative"

SPOILED = {
    "a cycle of trainings": (
        lambda f: append(
            f / "training_prerequisites.csv", f"B.IPK1,B.DN1,{TAIL}", f"B.DN1,B.IPK1,{TAIL}"
        ),
        ["training_prerequisites.csv row", "'B.DN1'", "'B.IPK1'", "cycle"],
    ),
    "a training that needs itself": (
        lambda f: append(f / "training_prerequisites.csv", f"B.IPK1,B.IPK1,{TAIL}"),
        ["'B.IPK1'", "needs itself"],
    ),
    "an unknown competency": (
        lambda f: append(f / "requirements.csv", f"PAK,M.9,2,1.0,,false,{TAIL}"),
        ["requirements.csv row 97", "'M.9' is not in the framework", "Nearest: 'M.0"],
    ),
    "a level outside the scale": (
        lambda f: set_cell(f / "requirements.csv", 2, "level", "7"),
        ["requirements.csv row 2", "level 7", "ends at 5"],
    ),
    "a duplicate id": (
        lambda f: append(
            f / "positions.csv",
            (f / "positions.csv").read_text(encoding="utf-8").splitlines()[1],
        ),
        ["positions.csv row 7", "row 2"],
    ),
    "an empty file": (
        lambda f: (f / "competencies.csv").write_text("", encoding="utf-8"),
        ["competencies.csv", "nothing in it", "Hint"],
    ),
    "inf and nan": (
        lambda f: (
            set_cell(f / "entry_requirements.csv", 2, "level", "inf"),
            set_cell(f / "jp_rules.csv", 2, "value", "nan"),
        ),
        ["entry_requirements.csv row 2", "'inf'", "jp_rules.csv row 2", "'nan'"],
    ),
    "a day that does not exist": (
        lambda f: set_cell(f / "sessions.csv", 2, "start", "31/02/2027"),
        ["sessions.csv row 2", "31/02/2027", "not a date"],
    ),
}


@pytest.mark.parametrize("case", SPOILED)
def test_a_spoiled_framework_stops_check_and_run(case, folder, tmp_path, run):
    spoil, words = SPOILED[case]
    spoil(folder)
    code, output = run("check", folder)
    assert code == 2
    for word in words:
        assert word in output
    output_folder = tmp_path / "run"
    code, _ = run("run", job_file(tmp_path, framework=folder, output=output_folder))
    assert code == 2
    assert not output_folder.exists()
    assert not list(tmp_path.glob(".*.tmp"))


def job_file(tmp_path, *, framework=PACK, inputs=PACK / "cohort", output, more=""):
    path = tmp_path / "job.toml"
    path.write_text(
        f'as_of = 2026-11-01\nframework = "{framework}"\ninputs = "{inputs}"\n'
        f'output = "{output}"\n{more}',
        encoding="utf-8",
    )
    return path


def test_all_problems_are_said_at_once(folder, run):
    SPOILED["an unknown competency"][0](folder)
    SPOILED["a training that needs itself"][0](folder)
    code, output = run("check", folder)
    assert code == 2
    assert "'M.9'" in output
    assert "needs itself" in output


def test_the_pack_is_clean(run):
    assert run("check", PACK, "--evidence", PACK / "cohort", "--as-of", "2026-11-01") == (
        0,
        "Findings: none\n",
    )


def test_a_semicolon_file_is_read(folder, run):
    path = folder / "ladder.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8")
    code, output = run("check", folder)
    assert code == 0
    assert "semicolon" in output


BAD_CELLS = [
    ("assessments.csv", "value", "7", "outside the scale"),
    ("assessments.csv", "value", "inf", "not a finite number"),
    ("assessments.csv", "value", "NaN", "not a finite number"),
    ("assessments.csv", "date", "31/02/2025", "no such day"),
    ("assessments.csv", "competency", "M.0l", "not in the framework"),
    ("officers.csv", "position", "PK.PERTAM", "'PK.PERTAMA'"),
]


@pytest.mark.parametrize(("table", "column", "value", "words"), BAD_CELLS)
def test_a_bad_row_is_a_finding_with_its_place(table, column, value, words, cohort, run):
    set_cell(cohort / table, 3, column, value)
    code, output = run("check", PACK, "--evidence", cohort)
    assert code == 1
    assert f"{table} row 3" in output
    assert words in output


def test_an_officer_in_no_position_is_a_finding(cohort, run):
    set_cell(cohort / "officers.csv", 2, "position", "")
    code, output = run("check", PACK, "--evidence", cohort)
    assert code == 1
    assert "in no position" in output
    assert "officers.csv row 2" in output


def test_an_empty_evidence_file_stops(cohort, run):
    (cohort / "history.csv").write_text("", encoding="utf-8")
    code, output = run("check", PACK, "--evidence", cohort)
    assert code == 2
    assert "history.csv" in output


def test_a_run_with_rejected_rows_finishes_and_says_so(cohort, tmp_path, run):
    set_cell(cohort / "assessments.csv", 3, "value", "7")
    code, output = run("run", job_file(tmp_path, inputs=cohort, output=tmp_path / "run"))
    assert code == 1
    assert "outside the scale" in output
    rejected = (tmp_path / "run" / "rejected.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(rejected) == 2


def test_two_runs_give_the_same_bytes_in_any_row_order(cohort, tmp_path, run):
    def files(name):
        assert run("run", job_file(tmp_path, inputs=cohort, output=tmp_path / name))[0] == 0
        paths = sorted(p for p in (tmp_path / name).rglob("*") if p.is_file())
        return {p.relative_to(tmp_path / name).as_posix(): p.read_bytes() for p in paths}

    first = files("one")
    assert {"report.html", "workbook.xlsx", "manifest.json", "tables/plan.parquet"} <= set(first)
    assert files("one") == first
    header, *rows = (cohort / "assessments.csv").read_text(encoding="utf-8").splitlines()
    (cohort / "assessments.csv").write_text("\n".join([header, *rows[::-1], ""]), encoding="utf-8")
    shuffled = files("two")
    assert {n: b for n, b in shuffled.items() if n.startswith("tables")} == {
        n: b for n, b in first.items() if n.startswith("tables")
    }
    manifest = json.loads(first["manifest.json"])
    assert manifest["framework"]["id"] == "pengantar-kerja"
    assert str(tmp_path) not in first["manifest.json"].decode()


def test_a_run_says_what_stands_out_in_the_measurements(cohort, tmp_path, run):
    code, output = run("run", job_file(tmp_path, inputs=cohort, output=tmp_path / "run"))
    assert code == 0
    assert "Measurements: " in output
    assert "share nobody" in output
    register = pd.read_csv(tmp_path / "run" / "findings.csv", encoding="utf-8-sig")
    assert "disconnected-assessors" in register["code"].tolist()
    counted = json.loads((tmp_path / "run" / "manifest.json").read_text())["findings"]
    assert sum(counted.values()) == len(register)
    assert counted["note"] == (register["severity"] == "note").sum()
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    assert "Kelompok penilai yang tidak saling terhubung" in page


def test_a_folder_that_is_not_a_run_is_never_replaced(cohort, tmp_path, run):
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "letter.txt").write_text("keep me", encoding="utf-8")
    code, output = run("run", job_file(tmp_path, inputs=cohort, output=precious))
    assert code == 2
    assert "not the folder of an earlier run" in output
    assert [path.name for path in precious.iterdir()] == ["letter.txt"]


def test_settings_are_checked_all_at_once(tmp_path, run):
    more = "[planning]\nhour = 3\nbeam_width = 0\n"
    code, output = run("run", job_file(tmp_path, output=tmp_path / "run", more=more))
    assert code == 2
    assert "planning.hour" in output
    assert "'hours'" in output
    assert "planning.beam_width" in output


@pytest.mark.parametrize("command", ["gaps", "rank", "plan"])
def test_tables_go_to_the_screen_or_to_a_file(command, cohort, tmp_path, run):
    arguments = (command, PACK, cohort, "--as-of", "2026-11-01")
    assert run(*arguments)[0] == 0
    for ending in ("csv", "xlsx", "parquet"):
        path = tmp_path / f"{command}.{ending}"
        assert run(*arguments, "--output", path)[0] == 0
        assert path.stat().st_size > 1000
    code, output = run(*arguments, "--output", tmp_path / "table.pdf")
    assert code == 2
    assert ".parquet" in output


def test_one_officer(cohort, tmp_path, run):
    officer = (cohort / "officers.csv").read_text(encoding="utf-8").splitlines()[1].split(",")[0]
    common = (PACK, cohort, "--as-of", "2026-11-01", "--officer")
    assert run("rank", *common, officer, "--top", "2")[0] == 0
    folder, form = tmp_path / "calendars", tmp_path / "form.xlsx"
    people = ("--calendar", folder, "--form", form)
    assert run("plan", *common, officer, "--hours", "40", *people)[0] == 0
    assert f"officers/{officer}.ics" in {
        p.relative_to(folder).as_posix() for p in folder.rglob("*.ics")
    }
    assert form.stat().st_size > 1000
    page = tmp_path / "officer.html"
    assert run("report", *common, officer, "--output", page)[0] == 0
    assert officer in page.read_text(encoding="utf-8")
    for command in ("rank", "plan", "report"):
        code, output = run(command, *common, "123")
        assert code == 2
        assert "not in the evidence" in output


@pytest.mark.parametrize("command", ["check", "gaps", "run"])
def test_a_missing_input_is_a_message(command, tmp_path, run):
    missing = tmp_path / "nothing"
    more = (missing, "--as-of", "2026-11-01") if command == "gaps" else ()
    code, output = run(command, missing, *more)
    assert code == 2
    assert "there is no such" in output


def test_doctor(run):
    code, output = run("doctor")
    assert code == 0
    assert "installed core" in output
