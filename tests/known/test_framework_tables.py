"""A framework in and out of files, its version, and what is in force on a day."""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from competency.errors import ConfigError, FileFormatError, FrameworkError
from competency.framework import (
    About,
    Competency,
    Develops,
    Framework,
    LadderStep,
    Position,
    Prerequisite,
    Requirement,
    ScaleLevel,
    Session,
    Tier,
    Training,
    TrainingPrerequisite,
    check_framework,
    framework_version,
    in_force,
    instrument_coverage,
    load_framework,
    save_framework,
)

# ruff: noqa: DTZ001 - workbooks know no time zones
BASE: dict[str, Any] = {
    "framework": (About(id="f", name="Kerangka"),),
    "levels": (ScaleLevel(level=1, name="Awal"), ScaleLevel(level=2, name="Cakap")),
    "competencies": (Competency(id="C1", name="Integritas"), Competency(id="C2", name="Data")),
}
NASTY = (
    "007", "NA", "null", "=1+1", "+1", "-1", "@x", "\tx", " padded ", "a\nb", "a\r\nb", "a\rb",
    '"', "''", 'say "x", twice', "a;b|c", "_x000D_", "_x005F_", "\x01", "😀", "é", "e\u0301",
    "\ufeff", "\u2028", "#N/A", "2026-11-01", "1e5", "TRUE", "<b>&amp;</b>", "{=1}", "http://x.y",
)  # fmt: skip


def framework(**tables: Any) -> Framework:
    return Framework(**(BASE | tables))


@pytest.mark.parametrize("name", ["saved", "saved.xlsx"])
def test_every_kind_of_cell_comes_back(tmp_path: Path, name: str) -> None:
    rich = framework(
        competencies=tuple(
            Competency(id=f"C{i}", name=text, definition=text) for i, text in enumerate(NASTY)
        ),
        tiers=(Tier(id="b", name="B", managerial_level=2), Tier(id="a", name="A")),
        trainings=(
            Training(id="T2", name="x", hours=0.1 + 0.2, cost=5_500_000.0, class_size=999_999_999),
            Training(id="T1", name="y", hours=1e300, entry_match=0.0, status="practice"),
        ),
        sessions=(
            Session(id="S1", training="T1", start=date(1899, 1, 1), end=date(1900, 2, 28)),
            Session(
                id="S0", training="T1", start=date(1900, 3, 1), end=date(9999, 12, 31), seats=0
            ),
        ),
    )
    target = save_framework(rich, tmp_path / name)
    assert target == tmp_path / name
    assert load_framework(target) == rich
    assert load_framework(str(target)).version == rich.version


def test_the_folder_is_plain_and_short(tmp_path: Path) -> None:
    save_framework(framework(), tmp_path / "f")
    assert sorted(path.name for path in (tmp_path / "f").iterdir()) == [
        "competencies.csv", "framework.csv", "levels.csv",
    ]  # fmt: skip
    assert (tmp_path / "f" / "levels.csv").read_bytes() == b"level,name\n1,Awal\n2,Cakap\n"


@pytest.mark.parametrize("name", ["saved", "saved.xlsx"])
def test_equal_content_gives_equal_bytes(tmp_path: Path, name: str) -> None:
    def content(path: Path) -> list[bytes]:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
        return [file.read_bytes() for file in files]

    first = content(save_framework(framework(), tmp_path / "1" / name))
    assert content(save_framework(framework(), tmp_path / "2" / name)) == first
    assert content(save_framework(framework(), tmp_path / "1" / name)) == first


def test_a_workbook_holds_typed_cells_and_no_formula(tmp_path: Path) -> None:
    rows = tuple(Competency(id=f"C{i}", name=text) for i, text in enumerate(NASTY))
    session = Session(id="S", training="T", start=date(2027, 1, 5), end=date(2027, 1, 7), seats=3)
    target = tmp_path / "f.xlsx"
    save_framework(framework(competencies=rows, sessions=(session,)), target)
    book = openpyxl.load_workbook(target)
    cells = [cell for sheet in book for line in sheet.iter_rows() for cell in line if cell.value]
    assert {cell.data_type for cell in cells} == {"s", "n", "d"}
    start = book["sessions"]["C2"]
    assert (start.value, start.number_format) == (datetime(2027, 1, 5), "yyyy-mm-dd")
    assert book["sessions"].freeze_panes == "A2"
    assert book["sessions"]["E2"].value == 3
    with zipfile.ZipFile(target) as archive:
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist())


def test_a_workbook_made_by_hand_may_hold_dates_as_text_or_as_dates(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Framework"
    book.active.append(["ID", "Name", "valid_from", "valid_to", None])
    book.active.append([7, "Kerangka", datetime(2026, 1, 1), "2027-01-01"])
    levels = book.create_sheet("levels")
    levels.append(["level", "name"])
    levels.append([1.0, 2026])
    book.create_sheet("competencies").append(["id", "name"])
    book["competencies"].append(["007", True])
    book.create_sheet("catatan").append(["apa saja"])
    book.save(tmp_path / "f.xlsx")
    loaded = load_framework(tmp_path / "f.xlsx")
    assert loaded.about == About(
        id="7", name="Kerangka", valid_from=date(2026, 1, 1), valid_to=date(2027, 1, 1)
    )
    assert loaded.levels[0] == ScaleLevel(level=1, name="2026")
    assert (loaded.competencies[0].id, loaded.competencies[0].name) == ("007", "TRUE")
    notes = [str(f) for f in check_framework(tmp_path / "f.xlsx") if f.severity == "warning"]
    assert notes == [
        (
            "f.xlsx: sheet 'catatan' is not a table of a framework and was not read. "
            "Hint: rename it, or move it elsewhere"
        )
    ]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (1.5, "not-text"),
        (True, "not-text"),
        (datetime(2026, 1, 2), "not-text"),
        (123456789012345678, "rounded-number"),
        ("#N/A", "cell-error"),
        ("=A1", "cell-error"),
    ],
)
def test_what_a_workbook_cell_of_an_id_must_not_be(tmp_path: Path, cell: object, code: str) -> None:
    save_framework(framework(), tmp_path / "f.xlsx")
    book = openpyxl.load_workbook(tmp_path / "f.xlsx")
    book["competencies"]["A3"] = cell
    book.save(tmp_path / "f.xlsx")
    finding = next(f for f in check_framework(tmp_path / "f.xlsx") if f.severity == "error")
    assert (finding.code, finding.where.sheet, finding.where.row) == (code, "competencies", 3)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        (1.5, "not-a-whole-number"),
        (True, "not-a-whole-number"),
        (datetime(2026, 1, 2), "not-a-whole-number"),
        ("=1+1", "cell-error"),
    ],
)
def test_what_a_workbook_cell_of_a_level_must_not_be(
    tmp_path: Path, cell: object, code: str
) -> None:
    save_framework(framework(), tmp_path / "f.xlsx")
    book = openpyxl.load_workbook(tmp_path / "f.xlsx")
    book["levels"]["A3"] = cell
    book.save(tmp_path / "f.xlsx")
    assert code in {f.code for f in check_framework(tmp_path / "f.xlsx")}


def test_what_cannot_be_written_without_loss_is_refused_at_once(tmp_path: Path) -> None:
    bad = framework(
        competencies=(Competency(id="C1", name="a\0b"), Competency(id="C2", name="x" * 200_000)),
    )
    with pytest.raises(FrameworkError) as caught:
        save_framework(bad, tmp_path / "f")
    assert [str(finding) for finding in caught.value.findings] == [
        "competencies.csv row 2: name holds a NUL character",
        "competencies.csv row 3: name is too long for a cell",
    ]
    assert not (tmp_path / "f").exists()
    for text in ("x" * 32_768, "_x0041_x0041_"):
        long = framework(competencies=(Competency(id="C1", name=text),))
        with pytest.raises(FrameworkError, match="save a folder of CSV files"):
            save_framework(long, tmp_path / "f.xlsx")
        assert load_framework(save_framework(long, tmp_path / "g")) == long
    with pytest.raises(FrameworkError, match="a table without rows"):
        save_framework(framework(levels=()), tmp_path / "h")


def test_saving_never_takes_the_place_of_something_else(tmp_path: Path) -> None:
    home = save_framework(framework(), tmp_path / "f")
    (home / "cohort").mkdir()
    with pytest.raises(FileFormatError, match="which would be lost"):
        save_framework(framework(), home)
    (tmp_path / "note").write_text("x")
    with pytest.raises(FileFormatError, match="folder of CSV files or as"):
        save_framework(framework(), tmp_path / "note")
    with pytest.raises(FileFormatError, match="folder of CSV files or as"):
        save_framework(framework(), tmp_path / "f.xls")
    (tmp_path / "g.xlsx").mkdir()
    with pytest.raises(FileFormatError, match="in the way"):
        save_framework(framework(), tmp_path / "g.xlsx")
    assert load_framework(save_framework(framework(), tmp_path / "v1.2")) == framework()


def test_a_smaller_framework_leaves_no_table_of_the_larger_one(tmp_path: Path) -> None:
    larger = framework(tiers=(Tier(id="a", name="A"),))
    save_framework(larger, tmp_path / "f")
    save_framework(framework(), tmp_path / "f")
    assert load_framework(tmp_path / "f") == framework()


def test_the_version_is_content_only() -> None:
    version = framework().version
    assert len(version) == 12
    assert set(version) <= set("0123456789abcdef")
    turned = framework(competencies=BASE["competencies"][::-1], levels=BASE["levels"][::-1])
    assert framework_version(turned) == version
    spelled = framework(framework=(About(id="f", name="Kerangka", language="id", publisher=""),))
    assert spelled.version == version
    other = framework(framework=(About(id="f", name="Kerangka", name_en="x"),))
    moved = framework(framework=(About(id="f", name="Kerangka", publisher="x"),))
    assert len({version, other.version, moved.version}) == 3


def test_the_version_counts_every_row() -> None:
    step = LadderStep(position="A", next_position="B")
    assert framework(ladder=(step,)).version != framework(ladder=(step, step)).version


def dated(**kind: Any) -> Any:
    return {"valid_from": date(2026, 1, 1), "valid_to": date(2026, 12, 31), **kind}


def test_in_force_drops_what_lapsed_and_all_that_refers_to_it() -> None:
    whole = framework(
        competencies=(
            Competency(**dated(id="C1", name="old")),
            Competency(id="C2", name="child", parent="C1"),
        ),
        positions=(Position(id="P1", name="a"), Position(**dated(id="P2", name="b"))),
        ladder=(LadderStep(position="P1", next_position="P2"),),
        requirements=(
            Requirement(position="P1", competency="C1", level=1),
            Requirement(position="P1", competency="C2", level=1),
            Requirement(position="P2", competency="C2", level=1),
        ),
        prerequisites=(
            Prerequisite(competency="C2", level=1, requires_competency="C1", requires_level=1),
        ),
        trainings=(
            Training(id="T1", name="x", hours=1.0),
            Training(**dated(id="T2", name="y", hours=1.0)),
        ),
        develops=(
            Develops(training="T1", competency="C1", target_level=1),
            Develops(training="T1", competency="C2", target_level=1),
        ),
        training_prerequisites=(TrainingPrerequisite(training="T1", requires_training="T2"),),
    )  # fmt: skip
    for day in (date(2026, 1, 1), date(2026, 12, 31)):
        assert in_force(whole, day) is whole
    later = in_force(whole, date(2027, 1, 1))
    assert in_force(whole, date(2025, 12, 31)) == later
    assert later.competencies == (Competency(id="C2", name="child"),)
    assert [row.id for row in later.positions] == ["P1"]
    assert later.requirements == (whole.requirements[1],)
    assert later.ladder == later.prerequisites == later.training_prerequisites == ()
    assert later.develops == (whole.develops[1],)
    assert [row.id for row in later.trainings] == ["T1"]
    assert not [f for f in check_framework(later) if f.severity == "error"]


def test_load_as_of_a_day(tmp_path: Path) -> None:
    positions = (Position(id="P1", name="a"), Position(**dated(id="P2", name="b")))
    home = save_framework(framework(positions=positions), tmp_path / "f")
    assert len(load_framework(home).positions) == 2
    assert len(load_framework(home, as_of="2026-06-01").positions) == 2
    assert len(load_framework(home, as_of=date(2027, 6, 1)).positions) == 1
    assert len(load_framework(home, as_of=datetime(2027, 6, 1, 12)).positions) == 1
    with pytest.raises(ConfigError, match="as_of '1/6/2027' is not a date"):
        load_framework(home, as_of="1/6/2027")


def test_instrument_coverage_of_a_worked_example() -> None:
    frame = instrument_coverage(
        framework(
            requirements=(
                Requirement(position="P2", competency="C1", level=2),
                Requirement(position="P1", competency="C1", level=2),
                Requirement(position="P1", competency="C2", level=1),
                Requirement(position="P2", competency="C2", level=3),
            ),
            develops=(
                Develops(training="T1", competency="C1", entry_level=0, target_level=1),
                Develops(training="T2", competency="C1", entry_level=1, target_level=3),
                Develops(training="T3", competency="C1", entry_level=1, target_level=2),
                Develops(training="T3", competency="C2", entry_level=2, target_level=3),
            ),
        )
    )
    assert frame.to_dict("list") == {
        "competency": ["C1", "C2", "C2"],
        "level": [2, 1, 3],
        "positions": [("P1", "P2"), ("P1",), ("P2",)],
        "n_positions": [2, 1, 1],
        "n_trainings": [2, 0, 1],
        "reachable": [True, False, False],
    }


def test_a_sheet_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("competency.framework.tables.MOST_ROWS", 2)
    with pytest.raises(FrameworkError, match="2 rows do not fit on a sheet"):
        save_framework(framework(), tmp_path / "f.xlsx")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (datetime(2026, 1, 2), "2026-01-02"),
        (2.5, "2.5"),
        (datetime(2026, 1, 2, 3), None),
        (time(3, 4), None),
    ],
)
def test_what_a_workbook_cell_of_a_text_may_be(
    tmp_path: Path, cell: object, expected: str | None
) -> None:
    save_framework(framework(), tmp_path / "f.xlsx")
    book = openpyxl.load_workbook(tmp_path / "f.xlsx")
    book["competencies"]["B3"] = cell
    book.save(tmp_path / "f.xlsx")
    if expected is None:
        with pytest.raises(FrameworkError, match="name is a time"):
            load_framework(tmp_path / "f.xlsx")
    else:
        assert load_framework(tmp_path / "f.xlsx").competencies[1].name == expected


def test_a_framework_prints_in_one_line() -> None:
    text = str(framework())
    assert text == repr(framework())
    assert text.endswith("2 competencies, 0 positions, 0 trainings, 0 sessions)")


def test_the_reference_pack_is_sound_on_its_day(pack: Framework) -> None:
    found = check_framework(pack, as_of=date(2026, 11, 1))
    assert [str(f) for f in found if f.severity != "note"] == []
