"""Tables as they were found: header, cells and row numbers, nothing interpreted yet.

Text files and workbooks are read by :mod:`competency.tabular`; Parquet and frames in memory come
with types, which are kept.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from competency.errors import Finding, Where
from competency.evidence.cells import Cells, cells_of, encoded_cells
from competency.tabular import RawTable, fold, read_csv_rows, read_workbook

if TYPE_CHECKING:
    from competency.arrays import Ints
    from competency.config import EvidenceConfig

FIRST_ROW = 2
"""Number of the first row below a header; frames and Parquet are numbered like a sheet."""


@dataclass(frozen=True, eq=False)
class Grid:
    """One table of one file.

    Parameters
    ----------
    file, sheet : str
        Where it was found; `sheet` is empty where there are no sheets.
    header : tuple of str
        Column names as written.
    columns : tuple of Cells
        One per name.
    numbers : Ints, shape (n_rows,)
        Row numbers as a spreadsheet shows them.
    ragged : tuple of int
        Numbers of the rows that do not fit the header.
    findings : tuple of Finding
        What is wrong with the table as a whole.
    """

    file: str
    sheet: str
    header: tuple[str, ...]
    columns: tuple[Cells, ...]
    numbers: Ints
    ragged: tuple[int, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def where(self) -> Where:
        """The place of the table, for a finding."""
        return Where(self.file, self.sheet)

    @property
    def is_blank(self) -> bool:
        """Whether there is not even a header."""
        return any(finding.code == "empty-file" for finding in self.findings)


def csv_grid(path: Path, label: str, config: EvidenceConfig, known: Collection[str]) -> Grid:
    """Return a CSV file as a grid; `known` are the column names that tell the delimiter."""
    raw = read_csv_rows(
        path,
        delimiter=config.delimiter,
        encoding=config.encoding,
        expected=known,
        max_bytes=config.max_bytes,
    )
    return _grid(raw, label, known)


def workbook_grids(
    path: Path, label: str, config: EvidenceConfig, known: Collection[str]
) -> dict[str, Grid]:
    """Return the sheets of a workbook by name; sheets whose name begins with ``_`` are skipped."""
    raw = read_workbook(path, max_bytes=config.max_bytes, max_cells=config.max_cells)
    return {
        name: _grid(table, label, known) for name, table in raw.items() if not name.startswith("_")
    }


def parquet_grid(path: Path, label: str, config: EvidenceConfig) -> Grid:
    """Return a Parquet file as a grid; columns keep their types."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    problem: Finding | None = None
    try:
        size = pq.read_metadata(path)
        if size.num_rows * size.num_columns > config.max_cells:
            hint = "split the file, or raise max_cells if you trust it"
            problem = Finding("too-many-cells", "the file has too many cells", hint=hint)
        else:
            table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        message = f"not readable as Parquet ({type(error).__name__})"
        problem = Finding("not-parquet", message, hint="write the file anew")
    if problem is not None:
        placed = Finding(problem.code, problem.message, where=Where(label), hint=problem.hint)
        return Grid(label, "", (), (), np.empty(0, np.intp), findings=(placed,))
    columns = {
        name: _arrow_cells(table.column(i))
        for i, name in enumerate(table.column_names)
        if not name.startswith("__")
    }
    return Grid(label, "", tuple(columns), tuple(columns.values()), _numbered(table.num_rows))


def frame_grid(frame: pd.DataFrame, label: str) -> Grid:
    """Return a frame in memory as a grid; its index is not a column."""
    columns = tuple(_series_cells(frame.iloc[:, i]) for i in range(frame.shape[1]))
    return Grid(label, "", tuple(map(str, frame.columns)), columns, _numbered(len(frame)))


def _grid(raw: RawTable, label: str, known: Collection[str]) -> Grid:
    names = {fold(name) for name in known} if raw.findings else set()
    columns: tuple[Cells, ...] = tuple(cells_of(column) for column in zip(*raw.rows, strict=True))
    if not raw.rows:
        columns = tuple(cells_of(()) for _ in raw.header)
    return Grid(
        label,
        raw.sheet,
        raw.header,
        columns,
        np.array(raw.numbers, np.intp),
        raw.ragged,
        tuple(_placed(finding, label, raw, names) for finding in raw.findings),
    )


def _placed(finding: Finding, label: str, raw: RawTable, names: set[str]) -> Finding:
    where = Where(label, finding.where.sheet, finding.where.row, finding.where.id)
    message = finding.message
    if finding.code == "duplicate-header" and not {fold(n) for n in raw.header} <= names:
        # NOTE: where a header is missing the first row is somebody's data; it is not repeated.
        message = "two columns have the same name"
    return replace(finding, message=message, where=where)


def no_header(where: Where) -> Finding:
    """Return the finding of a table whose first row names no known column."""
    hint = "is the first row the header? See write_template for the names"
    message = "no recognisable table: the first row holds too few known column names"
    return Finding("no-recognisable-table", message, where=where, hint=hint)


def _numbered(size: int) -> Ints:
    return np.arange(FIRST_ROW, FIRST_ROW + size)


def _arrow_cells(column: Any) -> Cells:
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    if pa.types.is_nested(array.type) or pa.types.is_null(array.type):
        return cells_of(array.to_pylist())
    encoded = array.dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return encoded_cells(encoded.dictionary.to_pylist(), codes)


def _series_cells(series: pd.Series[Any]) -> Cells:
    if series.dtype == object:
        return cells_of(series.to_numpy())
    codes, distinct = pd.factorize(series)
    return encoded_cells(list(distinct), codes)
