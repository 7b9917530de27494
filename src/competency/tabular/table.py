"""A raw table: header, rows as they stand, the row numbers a spreadsheet shows, and findings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from competency.errors import FileFormatError, Finding, Where, nearest_names

MAX_BYTES = 500_000_000
"""Default cap on a file and on an expanded workbook (a guard chosen by the project)."""

MAX_CELLS = 2_000_000
"""Default cap on the cells of a workbook, counted while reading (a guard of the project)."""


class CellError(str):
    """A workbook cell that holds no value: an Excel error, or a formula never calculated.

    It is the text that the cell shows (``"#N/A"``), or ``"="`` for a formula, so it never parses
    as a number or a date; readers of text columns ask ``isinstance(cell, CellError)``.

    Parameters
    ----------
    text : str
        What the cell shows.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> CellError:
        """Make one from the text that the cell shows."""
        return super().__new__(cls, text)


@dataclass(frozen=True)
class RawTable:
    """Rows of one CSV file or one sheet, not yet interpreted.

    Parameters
    ----------
    file, sheet : str
        Name of the file (without folder) and of the sheet ("" for CSV).
    header : tuple of str
        Column names with surrounding space removed; no two alike, none blank.
    rows : list of tuple
        Cells in the order of `header`: text from CSV; text, int, float, bool, date, datetime,
        time, timedelta, `CellError` or None from a workbook. Blank rows are left out.
    numbers : list of int
        Record number of each row (header = 1): what a spreadsheet shows beside it.
    findings : tuple of Finding
        What is wrong with the table as a whole. After an error of severity "error" the rows are
        those that could be read before it, and should not be used.
    ragged : tuple of int
        Record numbers of the rows that have more or fewer cells than the header; such rows are
        not in `rows`.
    delimiter, encoding : str
        What was used to read a CSV file; "" for a sheet.
    """

    file: str
    sheet: str = ""
    header: tuple[str, ...] = ()
    rows: list[tuple[object, ...]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    findings: tuple[Finding, ...] = ()
    ragged: tuple[int, ...] = ()
    delimiter: str = ""
    encoding: str = ""

    def where(self, row: int = 0) -> Where:
        """Return the place of a `row` of this table, for a finding."""
        return Where(self.file, self.sheet, row)


def fold(name: str) -> str:
    """Return `name` in the form in which column and sheet names are compared.

    Examples
    --------
    >>> fold("  Entry Level ")
    'entry_level'
    >>> fold("")
    ''
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[\s_-]+", "_", text.strip()).strip("_")


def no_such_file(path: Path) -> FileFormatError:
    """Return the error for a missing `path`, with the names beside it that resemble it."""
    folder = path.parent
    siblings = sorted(item.name for item in folder.iterdir()) if folder.is_dir() else []
    finding = Finding(
        "no-such-file",
        "there is no such file or folder",
        where=Where(str(path)),
        nearest=nearest_names(path.name, siblings),
        hint="check the path" if folder.is_dir() else f"there is no folder {str(folder)!r} either",
    )
    return FileFormatError("input", [finding])


def check_size(path: Path, max_bytes: int) -> None:
    """Raise `FileFormatError` unless `path` is a regular file of at most `max_bytes`."""
    if not path.exists():
        raise no_such_file(path)
    size = path.stat().st_size
    if not path.is_file():
        problem = Finding("not-a-file", "this is not a file", where=Where(path.name))
    elif size > max_bytes:
        problem = Finding(
            "file-too-large",
            f"the file has {size:,} bytes, more than the cap of {max_bytes:,}",
            where=Where(path.name),
            hint="split the file, or raise max_bytes if you trust it",
        )
    else:
        return
    raise FileFormatError("file", [problem])


def table_of(
    place: RawTable, records: Iterable[tuple[int, Sequence[object]]], *, strict_width: bool
) -> RawTable:
    """Return `place` filled with numbered records: the first that is not blank is the header.

    Parameters
    ----------
    place : RawTable
        File, sheet, delimiter and encoding; its findings are kept.
    records : iterable of (int, sequence)
        Record number and cells.
    strict_width : bool
        Whether a record must have exactly as many cells as the header (CSV); a sheet has no
        widths, so there only cells with content beyond the header count.
    """
    filled = ((number, cells) for number, cells in records if not _all_blank(cells))
    top, first = next(filled, (0, ()))
    if not top:
        hint = "write a header line and rows, or leave the file out"
        finding = Finding("empty-file", "there is nothing in it", where=place.where(), hint=hint)
        return replace(place, findings=(*place.findings, finding))
    header = tuple("" if cell is None else str(cell).strip() for cell in first)
    rows, numbers, ragged = _split(filled, len(header), strict_width=strict_width)
    keep = [i for i, name in enumerate(header) if name or any(not _blank(row[i]) for row in rows)]
    if len(keep) < len(header):
        header = tuple(header[i] for i in keep)
        rows = [tuple(row[i] for i in keep) for row in rows]
    findings = (*place.findings, *_header_findings(place, header, top))
    return replace(
        place, header=header, rows=rows, numbers=numbers, findings=findings, ragged=tuple(ragged)
    )


def _split(
    records: Iterator[tuple[int, Sequence[object]]], width: int, *, strict_width: bool
) -> tuple[list[tuple[object, ...]], list[int], list[int]]:
    rows: list[tuple[object, ...]] = []
    numbers: list[int] = []
    ragged: list[int] = []
    for number, cells in records:
        if len(cells) != width and (strict_width or not _all_blank(cells[width:])):
            ragged.append(number)
            continue
        padding = (None,) * (width - len(cells))
        rows.append((*cells[:width], *padding))
        numbers.append(number)
    return rows, numbers, ragged


def _header_findings(place: RawTable, header: tuple[str, ...], row: int) -> list[Finding]:
    found = []
    seen: dict[str, str] = {}
    for number, name in enumerate(header, start=1):
        if not name:
            message = f"column {number} has cells but no name"
            hint = "name the column, or clear its cells"
            found.append(Finding("blank-header", message, where=place.where(row), hint=hint))
        elif fold(name) in seen:
            message = f"column {name!r} stands there twice (also as {seen[fold(name)]!r})"
            hint = "keep one of them"
            found.append(Finding("duplicate-header", message, where=place.where(row), hint=hint))
        else:
            seen[fold(name)] = name
    return found


def _blank(cell: object) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _all_blank(cells: Sequence[object]) -> bool:
    return all(map(_blank, cells))
