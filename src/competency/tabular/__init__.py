"""Raw tables out of CSV files and workbooks: hardened, honest about row numbers, no guessing."""

from competency.tabular.delimited import DELIMITERS, read_csv_rows
from competency.tabular.table import (
    MAX_BYTES,
    MAX_CELLS,
    CellError,
    RawTable,
    fold,
    no_such_file,
)
from competency.tabular.workbook import read_workbook

__all__ = [
    "DELIMITERS",
    "MAX_BYTES",
    "MAX_CELLS",
    "CellError",
    "RawTable",
    "fold",
    "no_such_file",
    "read_csv_rows",
    "read_workbook",
]
