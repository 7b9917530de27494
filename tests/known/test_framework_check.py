"""Each check on a tiny folder of tables: what is found, where, and in which words."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from competency.errors import FileFormatError, Finding, FrameworkError, Where
from competency.framework import (
    About,
    Competency,
    Framework,
    Requirement,
    ScaleLevel,
    check_framework,
    load_framework,
)

GOOD = {
    "framework": "id,name\nf,Kerangka\n",
    "levels": "level,name\n1,Awal\n2,Cakap\n3,Ahli\n",
    "competencies": "id,name\nC1,Integritas\nC2,Komunikasi\n",
    "positions": "id,name\nP1,Pertama\nP2,Muda\n",
    "ladder": "position,next_position\nP1,P2\n",
    "requirements": "position,competency,level\nP1,C1,1\nP2,C1,2\nP1,C2,1\nP2,C2,1\n",
    "providers": "id,name,accreditation_valid_until\nV1,Balai,2030-01-01\n",
    "trainings": "id,name,hours,provider\nT1,Dasar,20,V1\nT2,Lanjutan,30,V1\n",
    "develops": "training,competency,entry_level,target_level\nT1,C1,0,1\nT2,C1,1,3\nT1,C2,0,2\n",
}
AS_OF = date(2026, 11, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "kerangka"
    home.mkdir()
    for name, text in GOOD.items():
        (home / f"{name}.csv").write_text(text, encoding="utf-8")
    return home


def put(folder: Path, table: str, text: str | bytes) -> None:
    content = text if isinstance(text, bytes) else text.encode()
    (folder / f"{table}.csv").write_bytes(content)


def only(folder: Path, as_of: date | None = None) -> Finding:
    findings = check_framework(folder, as_of=as_of)
    assert len(findings) == 1, [str(finding) for finding in findings]
    return findings[0]


def codes(folder: Path, as_of: date | None = None) -> list[str]:
    return [finding.code for finding in check_framework(folder, as_of=as_of)]


def test_a_sound_folder_has_nothing_to_report(folder: Path) -> None:
    assert check_framework(folder, as_of=AS_OF) == ()
    assert load_framework(folder).about.name == "Kerangka"


def test_subfolders_and_other_files_are_not_read(folder: Path) -> None:
    (folder / "cohort").mkdir()
    (folder / "cohort" / "assessments.csv").write_text("x")
    (folder / "README.md").write_text("x")
    (folder / ".~lock.levels.csv").write_text("x")
    assert check_framework(folder) == ()


def test_an_unknown_table_is_a_warning_with_the_nearest_name(folder: Path) -> None:
    put(folder, "requirement", "a,b\n1,2\n")
    assert str(only(folder)) == (
        "kerangka: file 'requirement' is not a table of a framework and was not read. "
        "Nearest: 'requirements', 'entry_requirements'. Hint: rename it, or move it elsewhere"
    )


def test_a_missing_path_names_what_lies_beside_it(folder: Path) -> None:
    with pytest.raises(FileFormatError, match="Nearest: 'kerangka'"):
        check_framework(folder.parent / "kerangka2")
    with pytest.raises(FileFormatError, match="there is no folder"):
        load_framework(folder / "no" / "such")


@pytest.mark.parametrize("table", ["framework", "levels", "competencies"])
def test_an_obligatory_table_that_is_missing(folder: Path, table: str) -> None:
    (folder / f"{table}.csv").unlink()
    finding = only(folder)
    assert finding.code == "missing-table"
    assert finding.message == f"{table}.csv is missing"
    assert finding.severity == "error"


def test_a_file_of_no_bytes_is_an_error_in_any_table(folder: Path) -> None:
    put(folder, "positions", "")
    assert str(only(folder)) == (
        "positions.csv: there is nothing in it. Hint: write a header line and rows, or leave the "
        "file out"
    )


def test_a_header_alone_stops_an_obligatory_table_only(folder: Path) -> None:
    put(folder, "sessions", "id,training,start,end\n")
    assert (only(folder).code, only(folder).severity) == ("no-rows", "note")
    put(folder, "levels", "level,name\n")
    assert [(f.code, f.severity) for f in check_framework(folder)] == [
        ("no-rows", "error"),
        ("no-rows", "note"),
    ]


def test_a_semicolon_file_is_read_and_noted(folder: Path) -> None:
    put(folder, "requirements", "position;competency;level;weight\nP1;C1;1;0,5\n")
    (notes,) = [f for f in check_framework(folder) if f.code == "delimiter"]
    assert str(notes) == "requirements.csv: read with the semicolon as delimiter"
    assert notes.severity == "note"
    assert load_framework(folder).requirements[0].weight == 0.5


def test_a_thousand_or_a_fraction_must_be_told_apart(folder: Path) -> None:
    put(folder, "trainings", "id;name;hours;cost\nT1;A;20;1.234\nT2;B;0.125;1234\n")
    finding = next(f for f in check_framework(folder) if f.severity == "error")
    assert finding.code == "ambiguous-number"
    assert finding.where.row == 2


def test_a_byte_order_mark_is_no_part_of_the_first_column(folder: Path) -> None:
    put(folder, "levels", b"\xef\xbb\xbf" + GOOD["levels"].encode())
    assert check_framework(folder) == ()


def test_utf16_is_read_by_its_mark_and_noted(folder: Path) -> None:
    put(folder, "levels", GOOD["levels"].encode("utf-16"))
    assert (only(folder).code, only(folder).severity) == ("encoding", "note")


def test_cp1252_bytes_name_the_encoding(folder: Path) -> None:
    put(folder, "positions", "id,name\nP1,Pertama\nP2,Jos\xe9\n".encode("cp1252"))
    assert str(only(folder)) == (
        "positions.csv: the file is not utf-8: byte 0xE9 on line 3. Hint: save it as "
        "'CSV UTF-8', or declare its encoding, probably cp1252 (Windows)"
    )


def test_an_unknown_column_has_its_nearest_name(folder: Path) -> None:
    put(folder, "positions", "id,name,famili\nP1,Pertama,x\nP2,Muda,x\n")
    assert str(only(folder)) == (
        "positions.csv row 1: column 'famili' is not one of table positions. "
        "Nearest: 'family'. Hint: rename it, or remove it"
    )


def test_column_names_may_differ_in_case_and_space(folder: Path) -> None:
    put(folder, "ladder", "Position, Next Position \nP1,P2\n")
    assert check_framework(folder) == ()


def test_a_missing_column_is_one_finding_and_makes_nothing_dangle(folder: Path) -> None:
    put(folder, "positions", "id,name_en\nP1,First\nP2,Second\n")
    assert str(only(folder)) == "positions.csv row 1: column 'name' is missing. Hint: add it"


def test_duplicate_columns(folder: Path) -> None:
    put(folder, "positions", "id,name,Name\nP1,a,b\nP2,a,b\n")
    assert only(folder).code == "duplicate-header"


def test_ragged_rows_are_named_and_never_shifted(folder: Path) -> None:
    put(folder, "positions", "id,name\nP1,Pertama,x\nP2\n\nP3,Madya\n")
    findings = [f for f in check_framework(folder) if f.severity == "error"]
    assert [(f.code, f.where.row) for f in findings] == [("ragged-row", 2), ("ragged-row", 3)]


def test_row_numbers_count_records_not_lines(folder: Path) -> None:
    put(folder, "positions", 'id,name,name_en\nP1,"dua\nbaris",\n\nP2,Muda,\nP2,Lagi,\n')
    finding = only(folder)
    assert (finding.code, finding.where.row) == ("duplicate-key", 5)
    assert finding.message == "id 'P2' stands there already, in row 4"


def test_broken_quotes_name_the_record(folder: Path) -> None:
    put(folder, "positions", 'id,name\nP1,"a"b\nP2,c\n')
    finding = only(folder)
    assert (finding.code, finding.where.row) == ("broken-quotes", 2)


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("level", "1.0", "not-a-whole-number"),
        ("level", "３", "not-a-whole-number"),
        ("level", "1e0", "not-a-whole-number"),
        ("level", "", "blank-cell"),
        ("level", "0", "illegal-value"),
        ("level", "21", "illegal-value"),
        ("level", "true", "not-a-whole-number"),
        ("weight", "inf", "not-a-number"),
        ("weight", "NaN", "not-a-number"),
        ("weight", "1e400", "not-a-number"),
        ("weight", '"0,5"', "not-a-number"),
        ("weight", "-1", "illegal-value"),
        ("weight", "1_000", "not-a-number"),
        ("mandatory", "mungkin", "not-yes-or-no"),
        ("status", "Regulasi", "unknown-choice"),
    ],
)
def test_an_unreadable_cell_of_a_requirement(
    folder: Path, column: str, cell: str, code: str
) -> None:
    row = {"position": "P1", "competency": "C1", "level": "1"} | {column: cell}
    put(folder, "requirements", ",".join(row) + "\n" + ",".join(row.values()) + "\n")
    finding = only(folder)
    assert (finding.code, finding.where.row, finding.severity) == (code, 2, "error")
    assert finding.message.startswith(f"{column} ")


@pytest.mark.parametrize("day", ["31/02/2027", "2027-02-30", "3/4/2027", "20270405", "2027-4-5"])
def test_a_date_is_iso_or_an_error(folder: Path, day: str) -> None:
    put(folder, "sessions", f"id,training,start,end\nS1,T1,{day},2027-12-31\n")
    assert only(folder).code == "not-a-date"


@pytest.mark.parametrize(
    ("word", "value"),
    [("ya", True), ("TRUE", True), ("1", True), ("tidak", False), ("0", False), ("No", False)],
)
def test_yes_and_no_in_both_languages(folder: Path, word: str, value: bool) -> None:
    put(
        folder,
        "requirements",
        f"position,competency,level,mandatory\nP1,C1,1,{word}\nP2,C2,1,{word}\n",
    )
    assert load_framework(folder).requirements[0].mandatory is value


def test_text_that_looks_like_something_else_stays_text(folder: Path) -> None:
    put(folder, "competencies", "id,name\nC1,NA\nC2,=1+1\n007,null\nNone,1e5\n")
    rows = load_framework(folder).competencies
    assert [(row.id, row.name) for row in rows] == [
        ("C1", "NA"),
        ("C2", "=1+1"),
        ("007", "null"),
        ("None", "1e5"),
    ]


def test_space_around_an_id_is_said_not_removed(folder: Path) -> None:
    put(folder, "ladder", "position,next_position\nP1 ,P2\n")
    assert str(only(folder)) == (
        "ladder.csv row 2: position 'P1 ' has space around it. Hint: remove the space"
    )


def test_ids_that_are_easily_confused(folder: Path) -> None:
    put(folder, "positions", "id,name\nP1,a\nP2,b\np1,c\n")
    assert codes(folder) == ["ids-look-alike", "no-requirements"]


REFERENCES = [
    ("competencies", "id,name,parent\nC1,a,C11\nC2,b,\n", "unknown-competency"),
    ("competencies", "id,name,scale\nC1,a,mian\nC2,b,main\n", "unknown-scale"),
    ("indicators", "competency,level,text\nC11,1,x\n", "unknown-competency"),
    ("ladder", "position,next_position\nP1,P11\n", "unknown-position"),
    ("prerequisites", "competency,level,requires_competency,requires_level\nC1,3,C11,1\n",
     "unknown-competency"),
    ("trainings", "id,name,hours,provider\nT1,a,2,V11\nT2,b,2,V1\n", "unknown-provider"),
    ("entry_requirements", "training,competency,level\nT11,C1,1\n", "unknown-training"),
    ("training_prerequisites", "training,requires_training\nT1,T11\n", "unknown-training"),
    ("mandatory_trainings", "position,training\nP11,T1\n", "unknown-position"),
    ("sessions", "id,training,start,end\nS,T11,2027-01-01,2027-01-02\n", "unknown-training"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "text", "code"), REFERENCES)
def test_a_dangling_id_names_row_and_nearest(
    folder: Path, table: str, text: str, code: str
) -> None:
    put(folder, table, text)
    finding = only(folder)
    assert (finding.code, finding.where.row, finding.severity) == (code, 2, "error")
    assert finding.nearest


def test_the_words_of_a_dangling_id(folder: Path) -> None:
    put(folder, "ladder", "position,next_position\nP1,P22\n")
    assert str(only(folder)) == (
        "ladder.csv row 2: position 'P22' (next_position) is not in the framework. "
        "Nearest: 'P2'. Hint: correct the id, or add the position"
    )


def test_a_reference_to_a_table_that_is_not_there_is_one_finding(folder: Path) -> None:
    (folder / "providers.csv").unlink()
    assert str(only(folder)) == (
        "trainings.csv row 2: column 'provider' refers to table providers in 2 rows, "
        "but it has no rows. Hint: add table providers"
    )


def test_tiers_of_cutoffs_may_be_the_star(folder: Path) -> None:
    put(folder, "tiers", "id,name\nmuda,Muda\n")
    header = "purpose,tier,category,name,minimum\n"
    put(folder, "jpm_cutoffs", header + "x,*,a,A,80\nx,muda,a,A,90\n")
    assert check_framework(folder) == ()
    put(folder, "jpm_cutoffs", header + "x,mudah,a,A,80\n")
    assert (only(folder).code, only(folder).nearest) == ("unknown-tier", ("muda",))


def test_a_second_framework_row(folder: Path) -> None:
    put(folder, "framework", "id,name\nf,F\ng,G\n")
    assert (only(folder).code, only(folder).where.row) == ("one-row", 3)


def test_the_cycle_of_prerequisites_runs_through_the_levels_below(folder: Path) -> None:
    put(
        folder,
        "prerequisites",
        "competency,level,requires_competency,requires_level\nC1,2,C2,1\nC2,1,C1,3\n",
    )
    finding = next(f for f in check_framework(folder) if f.severity == "error")
    assert str(finding) == (
        "prerequisites.csv row 2: a cycle: 'C1' Integritas level 2 needs 'C2' Komunikasi level 1 "
        "(row 2), which needs 'C1' Integritas level 3 (row 3), which needs 'C1' Integritas level 2 "
        "(the level below). Hint: remove one of these rows"
    )
    assert finding.code == "prerequisite-cycle"


def test_prerequisites_that_only_look_like_a_cycle(folder: Path) -> None:
    put(
        folder,
        "prerequisites",
        "competency,level,requires_competency,requires_level\nC1,2,C2,1\nC2,3,C1,2\n",
    )
    assert check_framework(folder) == ()


def test_a_level_that_needs_itself(folder: Path) -> None:
    header = "competency,level,requires_competency,requires_level\n"
    put(folder, "prerequisites", header + "C1,2,C1,2\n")
    finding = only(folder)
    assert finding.code == "needs-itself"
    assert finding.message == "'C1' Integritas level 2 needs its own level 2"


@pytest.mark.parametrize(
    ("table", "text", "code", "message"),
    [
        ("training_prerequisites", "training,requires_training\nT1,T2\nT2,T1\n", "training-cycle",
         "a cycle: 'T1' Dasar needs 'T2' Lanjutan (row 2), which needs 'T1' Dasar (row 3)"),
        ("training_prerequisites", "training,requires_training\nT1,T1\n", "needs-itself",
         "'T1' Dasar needs itself"),
        ("ladder", "position,next_position\nP2,P1\nP1,P2\n", "position-cycle",
         "a cycle: 'P1' Pertama leads to 'P2' Muda (row 3), which leads to 'P1' Pertama (row 2)"),
        ("competencies", "id,name,parent\nC1,a,C2\nC2,b,C1\n", "parent-cycle",
         "a cycle: 'C1' a is under 'C2' b (row 2), which is under 'C1' a (row 3)"),
    ],
)  # fmt: skip
def test_the_other_circles(folder: Path, table: str, text: str, code: str, message: str) -> None:
    put(folder, table, text)
    finding = only(folder)
    assert (finding.code, finding.message) == (code, message)


def test_two_knots_are_two_findings(folder: Path) -> None:
    put(folder, "trainings", "id,name,hours\n" + "".join(f"T{i},x,1\n" for i in range(1, 6)))
    put(folder, "training_prerequisites", "training,requires_training\n"
        "T1,T2\nT2,T1\nT2,T3\nT3,T4\nT4,T5\nT5,T3\n")  # fmt: skip
    found = [f.where.row for f in check_framework(folder) if f.code == "training-cycle"]
    assert found == [2, 5]


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ("requirements", "position,competency,level\nP1,C1,4\nP2,C2,1\n"),
        ("requirements", "position,competency,level,ceiling\nP1,C1,1,4\nP2,C2,1,\n"),
        ("indicators", "competency,level,text\nC1,4,x\n"),
        ("entry_requirements", "training,competency,level\nT1,C1,4\n"),
        ("prerequisites", "competency,level,requires_competency,requires_level\nC1,4,C2,1\n"),
        ("prerequisites", "competency,level,requires_competency,requires_level\nC1,3,C2,4\n"),
        ("develops", "training,competency,target_level\nT1,C1,4\nT2,C1,2\nT1,C2,1\n"),
    ],
)
def test_a_level_above_its_scale(folder: Path, table: str, text: str) -> None:
    put(folder, table, text)
    (finding,) = [f for f in check_framework(folder) if f.severity == "error"]
    assert (finding.code, finding.where.row) == ("level-above-scale", 2)
    assert "above its scale 'main', which ends at 3" in finding.message


def test_scales_have_their_own_tops(folder: Path) -> None:
    put(folder, "levels", "scale,level,name\nmain,1,a\nmain,2,b\nmain,3,c\nwide,1,a\nwide,4,d\n")
    put(folder, "competencies", "id,name,scale\nC1,a,main\nC2,b,wide\n")
    put(folder, "indicators", "competency,level,text\nC2,4,x\n")
    assert str(only(folder)) == (
        "levels.csv row 5: scale 'wide' ends at 4 but does not describe level 2, 3. "
        "Hint: add the levels, or renumber them"
    )


def test_steps_must_rise_and_dates_must_run(folder: Path) -> None:
    put(folder, "develops", "training,competency,entry_level,target_level\n"
        "T1,C1,0,1\nT2,C1,1,3\nT1,C2,2,2\nT2,C2,0,1\n")  # fmt: skip
    put(folder, "requirements", "position,competency,level,ceiling\nP1,C1,2,1\nP2,C2,1,1\n")
    put(folder, "sessions", "id,training,start,end\nS,T1,2027-02-02,2027-02-01\n")
    put(folder, "positions", "id,name,valid_from,valid_to\nP1,a,2027-01-01,2026-01-01\nP2,b,,\n")
    assert [(f.where.file, f.where.row, f.code) for f in check_framework(folder)] == [
        ("positions.csv", 2, "ends-before-start"),
        ("requirements.csv", 2, "ceiling-below-level"),
        ("develops.csv", 4, "entry-not-below-target"),
        ("sessions.csv", 2, "ends-before-start"),
    ]


def test_several_usual_steps(folder: Path) -> None:
    put(folder, "positions", "id,name\nP1,a\nP2,b\nP3,c\n")
    put(folder, "ladder", "position,next_position,usual\nP1,P2,true\nP1,P3,true\n")
    assert codes(folder) == ["no-requirements", "several-usual-steps"]
    put(folder, "ladder", "position,next_position,usual\nP1,P2,true\nP1,P3,false\n")
    assert codes(folder) == ["no-requirements"]


def test_no_instrument_names_level_and_positions(folder: Path) -> None:
    put(folder, "requirements", "position,competency,level\nP1,C1,1\nP1,C2,3\nP2,C2,3\n")
    assert str(only(folder)) == (
        "requirements.csv row 3: no training leads to level 3 of competency 'C2' (asked by 'P1', "
        "'P2'). Hint: add a training that develops it, or mark it as learned in another way"
    )
    assert only(folder).code == "no-instrument"
    assert only(folder).severity == "warning"


def test_a_level_that_is_served_but_cannot_be_climbed_to(folder: Path) -> None:
    put(folder, "develops", "training,competency,entry_level,target_level\n"
        "T1,C1,0,1\nT2,C1,2,3\nT1,C2,0,2\n")  # fmt: skip
    put(folder, "requirements", "position,competency,level\nP1,C1,3\nP2,C2,1\n")
    finding = only(folder)
    assert (finding.code, finding.severity) == ("unreachable-level", "warning")
    assert finding.message == (
        "level 3 of competency 'C1' cannot be climbed to from level 0 (asked by 'P1'): "
        "no training accepts officers below"
    )


def test_idle_trainings_bare_positions_and_unasked_competencies(folder: Path) -> None:
    put(folder, "requirements", "position,competency,level\nP1,C1,1\n")
    put(folder, "develops", "training,competency,entry_level,target_level\nT1,C1,0,1\n")
    assert [(f.code, f.severity) for f in check_framework(folder)] == [
        ("not-required", "note"),
        ("no-requirements", "warning"),
        ("develops-nothing", "warning"),
    ]


def test_a_group_of_competencies_need_not_be_asked(folder: Path) -> None:
    put(folder, "competencies", "id,name,parent\nG,Inti,\nC1,a,G\nC2,b,G\n")
    assert check_framework(folder) == ()


def test_a_prerequisite_beyond_what_the_position_asks(folder: Path) -> None:
    put(folder, "prerequisites", "competency,level,requires_competency,requires_level\nC1,2,C2,2\n")
    finding = only(folder)
    assert (finding.code, finding.severity, finding.where.row) == (
        "prerequisite-above-requirement", "note", 3,
    )  # fmt: skip
    assert finding.message == (
        "level 2 of competency 'C1' rests on level 2 of 'C2', of which position 'P2' asks only 1"
    )


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        ("2026-10-31", ("expired-accreditation", "warning")),
        ("2026-11-01", ("accreditation-lapses", "note")),
        ("2027-04-30", ("accreditation-lapses", "note")),
        ("2027-05-01", None),
        ("", None),
    ],
)
def test_accreditation_at_a_day(folder: Path, until: str, expected: tuple[str, str] | None) -> None:
    put(folder, "providers", f"id,name,accreditation_valid_until\nV1,Balai,{until}\n")
    found = [(f.code, f.severity) for f in check_framework(folder, as_of="2026-11-01")]
    assert found == ([expected] if expected else [])
    assert check_framework(folder) == ()


def test_many_defects_are_reported_at_once_in_order(folder: Path) -> None:
    put(folder, "levels", b"\xff\xfe\x00")
    put(folder, "competencies", "id,nama,name\nC1,x,a\nC1,x,b\n")
    put(folder, "positions", "id;name\nP1;a\nP2;b\n")
    put(folder, "requirements", "position,competency,level\nP1,C11,1\nP3,C1,x\nP1,C1,2\n")
    put(folder, "aneh", "a\n")
    with pytest.raises(FrameworkError) as caught:
        load_framework(folder)
    assert [(f.where.file, f.where.row, f.code) for f in caught.value.findings] == [
        ("levels.csv", 0, "undecodable"),
        ("competencies.csv", 1, "unknown-column"),
        ("competencies.csv", 3, "duplicate-key"),
        ("requirements.csv", 2, "unknown-competency"),
        ("requirements.csv", 3, "not-a-whole-number"),
        ("requirements.csv", 3, "unknown-position"),
        ("develops.csv", 4, "unknown-competency"),
    ]
    assert "framework: 7 problems" in str(caught.value)
    every = check_framework(folder)
    assert every[0].code == "unknown-file"
    assert [f for f in every if f.severity == "error"] == list(caught.value.findings)


def test_a_framework_in_memory_is_checked_with_the_rows_of_its_file() -> None:
    framework = Framework(
        framework=(About(id="f", name="F"),),
        levels=(ScaleLevel(level=1, name="a"),),
        competencies=(Competency(id="C1", name="a"),),
        requirements=(
            Requirement(position="P1", competency="C1", level=1),
            Requirement(position="P1", competency="C7", level=1),
        ),
    )
    found = {(f.where.file, f.where.row, f.code) for f in check_framework(framework)}
    assert ("requirements.csv", 3, "unknown-competency") in found
    assert ("requirements.csv", 2, "missing-table") in found


def test_a_file_that_is_neither_folder_nor_workbook(tmp_path: Path) -> None:
    (tmp_path / "f.json").write_text("{}")
    (finding,) = check_framework(tmp_path / "f.json")
    assert finding.message == "a framework is a folder of CSV files or an .xlsx workbook"


def test_two_files_of_one_table(folder: Path) -> None:
    put(folder, "Levels", GOOD["levels"])
    assert str(only(folder)) == (
        "kerangka: 'levels' and 'Levels' are the same table. Hint: keep one"
    )


def test_a_file_beyond_the_cap_is_a_finding(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path, **_: object) -> None:
        raise FileFormatError(
            "file", [Finding("file-too-large", "too large", where=Where(path.name))]
        )

    monkeypatch.setattr("competency.framework.reading.read_csv_rows", refuse)
    assert {f.code for f in check_framework(folder)} == {"file-too-large"}
