"""Workbooks that attack, damage or simply exceed: refused with a reason, nothing else happens."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from competency.errors import FileFormatError
from competency.framework import check_framework, load_framework
from competency.tabular import CellError, RawTable, read_workbook
from competency.tabular.archive import MAX_MEMBERS


def workbook(path: Path, *, formula: str = "", value: object = "") -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("data")
        sheet.write_row(0, 0, ["id", "n"])
        sheet.write_row(1, 0, ["a", 1])
        if formula:
            sheet.write_formula(2, 1, formula, None, value)
    return path


def rewritten(path: Path, changes: dict[str, bytes]) -> Path:
    """Replace members of a workbook by `changes`, and add those that are new."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members |= changes
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def member(path: Path, name: str) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name)


def refusal(path: Path, *, max_bytes: int = 10**8, max_cells: int = 10**5) -> str:
    with pytest.raises(FileFormatError) as caught:
        read_workbook(path, max_bytes=max_bytes, max_cells=max_cells)
    return caught.value.findings[0].code


def data(path: Path) -> RawTable:
    return read_workbook(path, max_bytes=10**8, max_cells=10**5)["data"]


SHEET = "xl/worksheets/sheet1.xml"
ENTITIES = {
    "billion laughs": '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>',
    "quadratic": '<!DOCTYPE x [<!ENTITY a "' + "A" * 1000 + '">]>',
    "external": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
    "document type": '<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">',
}


@pytest.mark.parametrize("attack", ENTITIES)
@pytest.mark.parametrize("part", [SHEET, "xl/sharedStrings.xml", "xl/workbook.xml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_entities(tmp_path: Path, attack: str, part: str, encoding: str) -> None:
    path = workbook(tmp_path / "w.xlsx")
    _, _, body = member(path, part).decode().partition("?>")
    text = f'<?xml version="1.0" encoding="{encoding}"?>{ENTITIES[attack]}{body}'
    assert refusal(rewritten(path, {part: text.encode(encoding)})) == "entities"


def test_a_document_type_across_the_border_of_two_pieces(tmp_path: Path) -> None:
    path = workbook(tmp_path / "w.xlsx")
    body = member(path, SHEET)
    for shift in range(9):
        padding = b" " * ((1 << 20) - shift)
        assert refusal(rewritten(path, {SHEET: padding + b"<!DOCTYPE x>" + body})) == "entities"


def test_a_bomb_is_refused_by_its_directory(tmp_path: Path) -> None:
    path = workbook(tmp_path / "w.xlsx")
    rewritten(path, {"xl/media/bomb.bin": b"\0" * 20_000_000})
    assert path.stat().st_size < 100_000
    assert refusal(path, max_bytes=10_000_000) == "file-too-large"
    assert data(path).rows == [("a", 1)]


def test_a_directory_that_lies_about_sizes_is_damage(tmp_path: Path) -> None:
    path = workbook(tmp_path / "w.xlsx")
    size = len(member(path, SHEET))
    raw = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        start = raw.find(mark)
        while start >= 0:
            if int.from_bytes(raw[start + offset : start + offset + 4], "little") == size:
                raw[start + offset : start + offset + 4] = (10).to_bytes(4, "little")
            start = raw.find(mark, start + 4)
    path.write_bytes(raw)
    assert refusal(path) == "not-a-workbook"


def test_too_many_parts(tmp_path: Path) -> None:
    path = workbook(tmp_path / "w.xlsx")
    many = {f"xl/media/{i}.bin": b"" for i in range(MAX_MEMBERS)}
    assert refusal(rewritten(path, many)) == "too-many-parts"


@pytest.mark.parametrize(
    "name", ["../../evil.xml", "/etc/evil", "C:/evil", "xl\\evil.xml", "XL/WORKBOOK.XML"]
)
def test_part_names_that_point_outside_or_collide(tmp_path: Path, name: str) -> None:
    (tmp_path / "inner").mkdir()
    path = workbook(tmp_path / "inner" / "w.xlsx")
    assert refusal(rewritten(path, {name: b"x"})) == "unsafe-part"
    assert [item.name for item in tmp_path.rglob("*")] == ["inner", "w.xlsx"]


def test_a_part_name_with_a_nul(tmp_path: Path) -> None:
    path = rewritten(workbook(tmp_path / "w.xlsx"), {"xl/evilXname": b"x"})
    path.write_bytes(path.read_bytes().replace(b"xl/evilXname", b"xl/evil\0name"))
    assert refusal(path) in {"unsafe-part", "not-a-workbook"}


def test_a_symbolic_link(tmp_path: Path) -> None:
    path = workbook(tmp_path / "w.xlsx")
    link = zipfile.ZipInfo("xl/link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/hostname")
    assert refusal(path) == "unsafe-part"


def test_a_password(tmp_path: Path) -> None:
    path = workbook(tmp_path / "w.xlsx")
    raw = bytearray(path.read_bytes())
    start = raw.find(b"PK\x01\x02")
    raw[start + 8] |= 1
    path.write_bytes(raw)
    assert refusal(path) == "encrypted"
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 100)
    with pytest.raises(FileFormatError, match=r"an old \.xls workbook, or one with a password"):
        read_workbook(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"id,name\n1,2\n", b"<html></html>"])
def test_what_is_no_workbook(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w.xlsx").write_bytes(content)
    assert refusal(tmp_path / "w.xlsx") == "not-a-workbook"


def test_a_zip_that_is_no_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "w.xlsx", "w") as archive:
        archive.writestr("readme.txt", "x")
    assert refusal(tmp_path / "w.xlsx") == "not-a-workbook"


@pytest.mark.parametrize("part", [SHEET, "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"])
@pytest.mark.parametrize("content", [b"", b"<x", b"<x/>"])
def test_damaged_parts_never_raise_anything_else(tmp_path: Path, part: str, content: bytes) -> None:
    path = rewritten(workbook(tmp_path / "w.xlsx"), {part: content})
    try:
        found = {type(table).__name__ for table in read_workbook(path).values()}
    except FileFormatError as refused:
        found = {finding.code for finding in refused.findings}
    assert found in ({"not-a-workbook"}, {"RawTable"}, set())


def test_declared_size_is_not_believed_and_real_size_is_capped(tmp_path: Path) -> None:
    path = workbook(tmp_path / "w.xlsx")
    body = member(path, SHEET)
    assert b'<dimension ref="A1:B2"/>' in body
    huge = body.replace(b'<dimension ref="A1:B2"/>', b'<dimension ref="A1:ALL60000"/>')
    assert data(rewritten(path, {SHEET: huge})).rows == [("a", 1)]
    assert refusal(path, max_cells=3) == "too-many-cells"
    far = body.replace(b'<row r="2"', b'<row r="99999999"').replace(b'r="A2"', b'r="A99999999"')
    assert refusal(rewritten(path, {SHEET: far})) == "too-many-cells"


def test_a_file_above_the_cap_is_not_opened(tmp_path: Path) -> None:
    path = workbook(tmp_path / "w.xlsx")
    assert refusal(path, max_bytes=100) == "file-too-large"


def test_formulas_give_their_last_value_or_say_that_they_have_none(tmp_path: Path) -> None:
    kept = data(workbook(tmp_path / "a.xlsx", formula="=1+1", value=2))
    assert kept.rows[1] == (None, 2)
    bare = workbook(tmp_path / "b.xlsx", formula="=1+1", value="VALUE")
    body = member(bare, SHEET).replace(b"<v>VALUE</v>", b"")
    (row,) = data(rewritten(bare, {SHEET: body})).rows[1:]
    assert isinstance(row[1], CellError)
    error = data(workbook(tmp_path / "c.xlsx", formula="=1/0", value="#DIV/0!"))
    assert error.rows[1] == (None, "#DIV/0!")
    assert isinstance(error.rows[1][1], CellError)


def test_a_formula_beyond_the_header_makes_a_ragged_row(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "w.xlsx")) as book:
        sheet = book.add_worksheet("data")
        for line, cells in enumerate((["id", "n"], ["a", 1, "stray"], [], ["b"], ["c", 2, ""])):
            sheet.write_row(line, 0, cells)
    table = data(tmp_path / "w.xlsx")
    assert (table.ragged, table.rows, table.numbers) == ((2,), [("b", None), ("c", 2)], [4, 5])


def test_check_and_load_turn_a_refusal_into_findings(tmp_path: Path) -> None:
    path = tmp_path / "w.xlsx"
    path.write_bytes(b"no workbook")
    (finding,) = check_framework(path)
    assert finding.code == "not-a-workbook"
    with pytest.raises(Exception, match=r"not readable as an \.xlsx workbook"):
        load_framework(path)


def test_nothing_is_read_without_defusedxml(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = workbook(tmp_path / "w.xlsx")
    monkeypatch.setattr("openpyxl.DEFUSEDXML", False)
    assert refusal(path) == "no-defusedxml"


def test_reading_leaves_the_file_closed(tmp_path: Path) -> None:
    path = workbook(tmp_path / "w.xlsx")
    content = io.BytesIO(path.read_bytes())
    data(path)
    path.unlink()
    assert zipfile.is_zipfile(content)
