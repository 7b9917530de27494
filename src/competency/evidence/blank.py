"""Empty tables to fill in, as CSV or a workbook that offers what may be chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from competency.files import atomic_path, write_text

_LISTS = "_ids"
# Sheet of the choices; the readers skip sheets whose name begins with "_".
_LAST_ROW = 10_000
# Rows of a table that offer a list.
_WIDTH = 22
_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001


@dataclass(frozen=True, slots=True)
class BlankTable:
    """A table without rows.

    Parameters
    ----------
    title : str
        Name of the sheet, or of the file without its ending.
    columns : tuple of (str, str)
        Header and kind of each column: days and numbers are formatted as such, anything else is
        text, so that an 18-digit number stays whole.
    """

    title: str
    columns: tuple[tuple[str, str], ...]


def write_blank(
    target: str | Path, tables: Sequence[BlankTable], choices: Mapping[str, Sequence[str]]
) -> tuple[Path, ...]:
    """Write empty tables and return the files written; equal calls write equal bytes.

    Parameters
    ----------
    target : str or Path
        A workbook (a name ending in ``.xlsx``) or a folder of CSV files.
    tables : sequence of BlankTable
    choices : mapping of str to sequence of str
        By kind of column: what the workbook offers as a list.

    Returns
    -------
    tuple of Path

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> made = write_blank(folder, [BlankTable("nilai", (("nip", "id"), ("skor", "number")))], {})
    >>> made[0].name, made[0].read_text().split()
    ('nilai.csv', ['nip,skor'])
    >>> write_blank(folder, [], {})
    ()
    """
    target = Path(target)
    if target.suffix.casefold() == ".xlsx":
        _write_workbook(target, tables, choices)
        return (target,)
    return tuple(
        write_text(
            target / f"{table.title}.csv", ",".join(header for header, _ in table.columns) + "\n"
        )
        for table in tables
    )


def _write_workbook(
    target: Path, tables: Sequence[BlankTable], choices: Mapping[str, Sequence[str]]
) -> None:
    import xlsxwriter

    with atomic_path(target) as temporary, xlsxwriter.Workbook(str(temporary)) as book:
        # NOTE: a fixed day of creation keeps the bytes of equal templates equal.
        book.set_properties({"created": _CREATED})
        head = book.add_format({"bold": True, "bottom": 1})
        formats = {
            "text": book.add_format({"num_format": "@"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "number": book.add_format({}),
        }
        for table in tables:
            sheet = book.add_worksheet(table.title)
            sheet.freeze_panes(1, 0)
            for at, (header, kind) in enumerate(table.columns):
                sheet.set_column(at, at, _WIDTH, formats.get(kind, formats["text"]))
                sheet.write_string(0, at, header, head)
                _offer(sheet, at, kind, choices)
        _write_choices(book.add_worksheet(_LISTS), choices)


def _offer(sheet: Any, at: int, kind: str, choices: Mapping[str, Sequence[str]]) -> None:
    from xlsxwriter.utility import xl_range_abs

    if not choices.get(kind):
        return
    place = list(choices).index(kind)
    listed = f"='{_LISTS}'!{xl_range_abs(1, place, len(choices[kind]), place)}"
    # NOTE: names are accepted too, so the list proposes and does not refuse.
    rule = {"validate": "list", "source": listed, "error_type": "warning"}
    sheet.data_validation(1, at, _LAST_ROW, at, rule)


def _write_choices(sheet: Any, choices: Mapping[str, Sequence[str]]) -> None:
    for at, (kind, texts) in enumerate(choices.items()):
        for row, text in enumerate([kind, *texts]):
            sheet.write_string(row, at, text)
    sheet.hide()
