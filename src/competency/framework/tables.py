"""A framework in and out: a folder of CSV files or a workbook; and the hash that names it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from competency.config import as_date
from competency.errors import FileFormatError, Finding, FrameworkError, Where
from competency.files import atomic_folder, content_hash, write_text
from competency.framework.cells import Column, cell_text, columns_of
from competency.framework.check import findings_of
from competency.framework.model import TABLES, Framework, Row
from competency.framework.reading import OBLIGATORY, read_source
from competency.framework.validity import in_force
from competency.framework.workbook import MOST_ROWS, Table, fits_workbook, write_workbook

_LONGEST_CSV_CELL = 131_072
# The reader's limit on one cell of a CSV file (Python's csv.field_size_limit).

_FILE_SUFFIXES = (".csv", ".json", ".ods", ".parquet", ".toml", ".txt", ".xls", ".xlsb", ".xlsm")
# Targets that are surely meant as a file; any other suffix may be part of a folder's name.


def load_framework(source: str | Path, *, as_of: date | str | None = None) -> Framework:
    """Return the framework in a folder of CSV files or an ``.xlsx`` workbook.

    Parameters
    ----------
    source : str or Path
        A folder with ``framework.csv``, ``levels.csv``, ``competencies.csv`` and any other table
        of `competency.framework.TABLES`, or a workbook with sheets of the same names.
    as_of : date or ISO text, optional
        Keep only what is in force on that day (see `in_force`); None keeps everything.

    Returns
    -------
    Framework
        Checked: every reference leads somewhere, nothing runs in a cycle.

    Raises
    ------
    FrameworkError
        With every error of every table at once.
    FileFormatError
        The path is missing.

    Examples
    --------
    >>> import competency as cp
    >>> cp.load_framework(cp.pack_path()).about.id
    'pengantar-kerja'
    """
    return read_framework(source, as_of=as_of)[0]


def read_framework(
    source: str | Path, *, as_of: date | str | None = None
) -> tuple[Framework, tuple[Finding, ...]]:
    """Return the framework of `load_framework`, and what `check_framework` says of its files.

    Parameters
    ----------
    source : str or Path
    as_of : date or ISO text, optional

    Returns
    -------
    framework : Framework
    findings : tuple of Finding
        Warnings and notes.

    Raises
    ------
    FrameworkError
        With every error of every table at once.
    FileFormatError
        The path is missing.
    """
    day = as_date(as_of) if as_of is not None else None
    reading = read_source(Path(source))
    findings = findings_of(reading, day)
    errors = [found for found in findings if found.severity == "error"]
    if errors:
        raise FrameworkError("framework", errors)
    framework = Framework(**{name: tuple(rows) for name, rows in reading.rows.items()})  # type: ignore[arg-type]
    return framework if day is None else in_force(framework, day), findings


def save_framework(framework: Framework, target: str | Path) -> Path:
    """Write the framework so that loading it gives an equal one, and return where it lies.

    Parameters
    ----------
    framework : Framework
    target : str or Path
        A name ending in ``.xlsx`` gives a workbook, any other a folder of CSV files. An existing
        folder is replaced only when it holds nothing but framework tables.

    Returns
    -------
    Path
        `target`.

    Raises
    ------
    FrameworkError
        The content cannot be written without loss: no rows in an obligatory table, a blank
        required text, a NUL character, a cell too long for the format.
    FileFormatError
        The target is in the way of something else.

    Notes
    -----
    Whole or not at all; equal frameworks give equal bytes. Tables without rows are left out, and
    so are optional columns in which every row has the default. CSV cells that begin with ``=``
    are kept as they are: open such files in a spreadsheet as text, or save a workbook, where no
    cell is ever a formula.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from competency.testing import small_framework
    >>> framework = small_framework()
    >>> with TemporaryDirectory() as folder:
    ...     again = load_framework(save_framework(framework, f"{folder}/framework"))
    >>> again.version == framework.version
    True
    """
    target = Path(target)
    workbook = target.suffix.lower() == ".xlsx"
    tables = list(_tables(framework))
    problems = list(_unwritable(tables, workbook=workbook))
    if problems:
        raise FrameworkError("framework", problems)
    _refuse_target(target, workbook=workbook)
    if workbook:
        return write_workbook(target, tables)
    with atomic_folder(target) as folder:
        for name, columns, rows in tables:
            write_text(folder / f"{name}.csv", _csv(columns, rows))
    return target


def framework_version(framework: Framework) -> str:
    """Return the content hash of a `framework`, 12 hex digits.

    It depends on what the rows say, not on their order, on the kind of file, or on whether a
    default was written out.
    """
    parts = []
    for name, kind in TABLES.items():
        columns = columns_of(kind)
        lines = sorted(_canonical(columns, row) for row in getattr(framework, name))
        parts.append("\n".join([name, *lines]).encode("utf-8", "surrogatepass"))
    return content_hash(*parts)[:12]


def _canonical(columns: Sequence[Column], row: Row) -> str:
    said = [
        (column.name, cell_text(getattr(row, column.name)))
        for column in columns
        if column.required or getattr(row, column.name) != column.default
    ]
    return json.dumps(said, ensure_ascii=True)


def _tables(framework: Framework) -> Iterator[Table]:
    for name, kind in TABLES.items():
        rows = getattr(framework, name)
        if rows or name in OBLIGATORY:
            yield name, [column for column in columns_of(kind) if _said(column, rows)], rows


def _said(column: Column, rows: Sequence[Row]) -> bool:
    return column.required or any(getattr(row, column.name) != column.default for row in rows)


def _unwritable(tables: Sequence[Table], *, workbook: bool) -> Iterator[Finding]:
    for name, columns, rows in tables:
        if not rows:
            yield Finding("no-rows", "a table without rows", where=Where(f"{name}.csv"))
        if workbook and len(rows) >= MOST_ROWS:
            message = f"{len(rows):,} rows do not fit on a sheet"
            hint = "save it as a folder of CSV files"
            yield Finding("too-many-rows", message, where=Where(f"{name}.csv"), hint=hint)
        for number, row in enumerate(rows, start=2):
            for column in columns:
                problem = _loss(getattr(row, column.name), workbook=workbook)
                if problem:
                    where = Where(f"{name}.csv", row=number)
                    yield Finding("unwritable", f"{column.name} {problem}", where=where)


def _loss(value: object, *, workbook: bool) -> str:
    if not isinstance(value, str):
        return ""
    if "\0" in value:
        return "holds a NUL character"
    if workbook and not fits_workbook(value):
        return "does not fit in a workbook cell: save a folder of CSV files"
    return "is too long for a cell" if len(value) > _LONGEST_CSV_CELL else ""


def _refuse_target(target: Path, *, workbook: bool) -> None:
    hint = "choose another name"
    if workbook:
        message = "a folder of this name is in the way" if target.is_dir() else ""
    elif target.suffix.lower() in _FILE_SUFFIXES or target.is_file():
        message = "a framework is saved as a folder of CSV files or as .xlsx"
    elif target.is_dir() and not all(map(_is_table, target.iterdir())):
        message = "the folder holds other things than framework tables, which would be lost"
    else:
        message = ""
    if message:
        finding = Finding("target-in-the-way", message, where=Where(str(target)), hint=hint)
        raise FileFormatError("target", [finding])


def _is_table(path: Path) -> bool:
    return path.is_file() and path.suffix == ".csv" and path.stem in TABLES


def _csv(columns: Sequence[Column], rows: Sequence[Row]) -> str:
    lines = [",".join(column.name for column in columns)]
    lines += [",".join(_quoted(cell_text(getattr(row, c.name))) for c in columns) for row in rows]
    return "".join(f"{line}\n" for line in lines)


def _quoted(text: str) -> str:
    if any(mark in text for mark in ',"\r\n') or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text
