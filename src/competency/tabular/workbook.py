"""Workbooks (.xlsx): read in a stream under caps, values only, no formula ever evaluated."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator
from itertools import repeat, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from competency.errors import FileFormatError, Finding, Where
from competency.tabular.archive import DAMAGE, archive_problem, contains
from competency.tabular.table import (
    MAX_BYTES,
    MAX_CELLS,
    CellError,
    RawTable,
    check_size,
    table_of,
)

if TYPE_CHECKING:
    from openpyxl import Workbook

_LAST_ROW = 1_048_576
# The last row of a sheet in the file format; a higher number is an attack or damage.

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")
# ECMA-376 part 1, 22.4.2.4 (ST_Xstring): characters that XML cannot hold.


class _RefusedError(Exception):
    pass


def read_workbook(
    path: str | Path, *, max_bytes: int = MAX_BYTES, max_cells: int = MAX_CELLS
) -> dict[str, RawTable]:
    """Return every sheet of an .xlsx workbook as a raw table, by sheet name.

    Parameters
    ----------
    path : str or Path
        The workbook.
    max_bytes : int
        Largest file, and largest sum of its expanded parts.
    max_cells : int
        Largest number of cells of all sheets, counted while reading: what a sheet declares
        about its size is not believed.

    Returns
    -------
    dict of RawTable
        In the order of the sheets. Formula cells give the value they had when last saved; one
        without a value, and Excel's errors, are a `CellError`.

    Raises
    ------
    FileFormatError
        The path is missing, the file is no workbook, is damaged, hostile, or beyond the caps.

    Notes
    -----
    About fifteen seconds per million cells on one core; memory is that of the cells.
    """
    path = Path(path)
    check_size(path, max_bytes)
    problem = archive_problem(path, max_bytes)
    if problem is not None:
        raise FileFormatError("workbook", [problem])
    try:
        return _sheets(path, max_cells)
    except _RefusedError as refusal:
        finding = Finding("too-many-cells", str(refusal), where=Where(path.name), hint=_HINT)
    except DAMAGE as error:
        message = f"the workbook is damaged ({type(error).__name__})"
        hint = "open it in a spreadsheet program and save it as .xlsx"
        finding = Finding("not-a-workbook", message, where=Where(path.name), hint=hint)
    raise FileFormatError("workbook", [finding])


_HINT = "delete unused rows and columns, split the workbook, or raise max_cells"


def _sheets(path: Path, max_cells: int) -> dict[str, RawTable]:
    # NOTE: the library leaves a file open that it fails to read, so the files are opened here.
    with path.open("rb") as first, path.open("rb") as second, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # styles and extensions that do not concern the cells
        values = _opened(first, data_only=True)
        formulas = _opened(second, data_only=False) if _has_formulas(path) else None
        budget = [max_cells]
        return {
            sheet.title: table_of(
                RawTable(path.name, sheet.title),
                _rows(sheet, formulas[sheet.title] if formulas else None, budget),
                strict_width=False,
            )
            for sheet in values.worksheets
        }


def _opened(file: BinaryIO, *, data_only: bool) -> Workbook:
    import openpyxl

    if not openpyxl.DEFUSEDXML:
        finding = Finding("no-defusedxml", "workbooks are not read without defusedxml")
        raise FileFormatError("workbook", [finding])
    return openpyxl.load_workbook(file, read_only=True, data_only=data_only, keep_links=False)


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        sheets = (name for name in archive.namelist() if name.startswith("xl/worksheets/"))
        return any(contains(archive, name, (b"<f>", b"<f ", b":f>", b":f ")) for name in sheets)


def _rows(
    sheet: Any, formulas: Any | None, budget: list[int]
) -> Iterator[tuple[int, list[object]]]:
    twins = repeat(()) if formulas is None else _unsized(formulas).iter_rows()
    for number, (cells, twin) in enumerate(
        zip(_unsized(sheet).iter_rows(), twins, strict=False), start=1
    ):
        budget[0] -= max(len(cells), 1)
        if budget[0] < 0 or number > _LAST_ROW:
            raise _RefusedError("the workbook has more cells than the cap allows")
        pairs = zip_longest(cells, twin) if twin else ((cell, None) for cell in cells)
        yield number, [_value(cell, formula) for cell, formula in pairs]


def _unsized(sheet: Any) -> Any:
    sheet.reset_dimensions()
    return sheet


def _value(cell: Any, formula: Any | None) -> object:
    if cell.value is None:
        never = formula is not None and formula.data_type == "f"
        return CellError("=") if never else None
    if cell.data_type == "e":
        return CellError(cell.value)
    return _unescaped(cell.value) if isinstance(cell.value, str) else cell.value


def _unescaped(text: str) -> str:
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text)
