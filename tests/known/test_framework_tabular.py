"""Raw CSV rows: encodings, delimiters, record numbers, and what is an error instead of a guess."""

from __future__ import annotations

from pathlib import Path

import pytest

from competency.errors import FileFormatError
from competency.tabular import CellError, fold, read_csv_rows

NAMES = ("id", "nama", "skor")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "t.csv"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_the_same_rows_from_every_dialect(
    file: Path, delimiter: str, encoding: str, newline: str
) -> None:
    lines = [["Nama", "ID"], ["José", "007"], ["a, b; c", "NA"], ["x|y\tz", ""]]
    text = newline.join(
        delimiter.join(f'"{cell}"' if any(m in cell for m in ",;|\t") else cell for cell in line)
        for line in lines
    )
    file.write_bytes(text.encode(encoding))
    table = read_csv_rows(file, expected=NAMES, encoding="cp1252")
    assert table.findings == ()
    assert table.header == ("Nama", "ID")
    assert table.rows == [tuple(line) for line in lines[1:]]
    assert table.numbers == [2, 3, 4]
    assert table.delimiter == delimiter


def test_utf8_comes_before_the_declared_encoding(file: Path) -> None:
    file.write_text("id,nama\n1,José\n", encoding="utf-8")
    assert read_csv_rows(file, expected=NAMES, encoding="cp1252").rows == [("1", "José")]


@pytest.mark.parametrize(
    ("content", "encoding", "code"),
    [
        (b"id,nama\n1,Jos\xe9\n", None, "not-utf-8"),
        (b"id,nama\n1,Jos\x81\n", "cp1252", "undecodable"),
        (b"id,nama\n1,Jos\xe9\n", "klingon", "unknown-encoding"),
        (b"id,nama\n1,Jos\xe9\n", "base64", "unknown-encoding"),
        ("id,nama\n1,x\n".encode("utf-16-le"), None, "not-text"),
        (b"", None, "empty-file"),
        (b"\n \n\n", None, "empty-file"),
        (b"a,b\n1,2\n", None, "unclear-delimiter"),
        (b"id;x,nama\n1,2\n", None, "unclear-delimiter"),
        (b'id,nama\n1,"x\n', None, "broken-quotes"),
        (b"id,nama\n1," + b"x" * 200_000, None, "broken-quotes"),
        (b"id,nama" + b"x" * 200_000, None, "unclear-delimiter"),
        (b"id,nama,ID\n1,2,3\n", None, "duplicate-header"),
        (b"id,nama,\n1,2,3\n", None, "blank-header"),
    ],
)
def test_what_is_an_error(file: Path, content: bytes, encoding: str | None, code: str) -> None:
    file.write_bytes(content)
    table = read_csv_rows(file, expected=NAMES, encoding=encoding)
    assert [(f.code, f.severity) for f in table.findings] == [(code, "error")]


def test_utf16_without_its_mark_can_be_declared(file: Path) -> None:
    file.write_bytes("id,nama\n1,x\n".encode("utf-16-le"))
    assert read_csv_rows(file, expected=NAMES, encoding="utf-16-le").rows == [("1", "x")]


def test_an_unclear_delimiter_can_be_declared(file: Path) -> None:
    file.write_text("a:b\n1:2\n")
    assert read_csv_rows(file, delimiter=":").rows == [("1", "2")]
    message = str(read_csv_rows(file, expected=NAMES).findings[0])
    assert message == (
        "t.csv: the header line holds no known column name (tried comma, semicolon, tab and |). "
        "Hint: correct the column names, or declare the delimiter"
    )
    assert read_csv_rows(file, delimiter="::").findings[0].code == "illegal-delimiter"


def test_one_column_needs_no_delimiter(file: Path) -> None:
    file.write_text("ID\n007\na;b\n")
    table = read_csv_rows(file, expected=NAMES)
    assert (table.rows, table.delimiter) == ([("007",), ("a;b",)], ",")


def test_the_sep_line_of_excel(file: Path) -> None:
    file.write_text("sep=;\nid;nama\n1;x\n")
    table = read_csv_rows(file, expected=NAMES)
    assert (table.delimiter, table.rows, table.numbers) == (";", [("1", "x")], [3])


def test_record_numbers_and_ragged_rows(file: Path) -> None:
    file.write_text('\nid,nama\n1,"a\nb"\n\n2,x,y\n,\n3\n4,z\n')
    table = read_csv_rows(file, expected=NAMES)
    assert table.header == ("id", "nama")
    assert (table.rows, table.numbers) == ([("1", "a\nb"), ("4", "z")], [3, 8])
    assert table.ragged == (5, 7)


def test_a_last_column_of_nothing_is_dropped(file: Path) -> None:
    file.write_text("id,nama,\n1,a,\n2,b,\n")
    table = read_csv_rows(file, expected=NAMES)
    assert (table.header, table.rows) == (("id", "nama"), [("1", "a"), ("2", "b")])


def test_paths_that_cannot_be_read(file: Path, tmp_path: Path) -> None:
    file.write_text("id\n1\n")
    with pytest.raises(FileFormatError, match=r"Nearest: 't\.csv'"):
        read_csv_rows(tmp_path / "tt.csv")
    with pytest.raises(FileFormatError, match="not a file"):
        read_csv_rows(tmp_path)
    with pytest.raises(FileFormatError, match="5 bytes, more than the cap of 4"):
        read_csv_rows(file, expected=NAMES, max_bytes=4)


def test_names_are_folded_for_comparison_only() -> None:
    assert fold(" Entry\u00a0Level ") == fold("entry-level") == "entry_level"
    assert fold("e\u0301") == fold("é")
    assert isinstance(CellError("#N/A"), str)
