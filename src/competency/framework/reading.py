"""From a folder or a workbook to typed rows, each with its place, and everything noticed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from competency.errors import FileFormatError, Finding, Severity, Where, nearest_names
from competency.framework.cells import Column, UnreadableCell, columns_of, parse_cell, shown
from competency.framework.model import TABLES, Row
from competency.tabular import RawTable, fold, no_such_file, read_csv_rows, read_workbook

if TYPE_CHECKING:
    from competency.framework.model import Framework

OBLIGATORY = ("framework", "levels", "competencies")
"""Tables without which there is no framework."""

_Row = TypeVar("_Row", bound=Row)


@dataclass
class Reading:
    """The rows of every table that could be read, and what was noticed on the way.

    Parameters
    ----------
    rows, places : dict
        By table: the rows, and where each of them stands.
    claimed : dict of set
        By table: ids of rows that could not be read, so that references to them are not
        reported a second time.
    partial : dict of list
        By table: the columns that could be read of rows that could not, with their places.
    broken : set of str
        Tables that could not be read as a whole.
    findings : list of (str, Finding)
        What was noticed, each with its table.
    """

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in TABLES})
    places: dict[str, list[Where]] = field(default_factory=lambda: {name: [] for name in TABLES})
    claimed: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in TABLES})
    partial: dict[str, list[tuple[dict[str, Any], Where]]] = field(
        default_factory=lambda: {name: [] for name in TABLES}
    )
    broken: set[str] = field(default_factory=set)
    findings: list[tuple[str, Finding]] = field(default_factory=list)

    def of(self, kind: type[_Row]) -> list[tuple[_Row, Where]]:
        """Return the rows of one type with their places, in the order of the input."""
        table = TABLE_OF[kind]
        return list(zip(self.rows[table], self.places[table], strict=True))  # type: ignore[arg-type]

    def column(self, table: str, name: str) -> list[tuple[str, Where]]:
        """Return what a column holds, with its places, also in rows that failed elsewhere."""
        whole = zip(self.rows[table], self.places[table], strict=True)
        cells = [(str(getattr(row, name)), where) for row, where in whole]
        return cells + [(str(v[name]), where) for v, where in self.partial[table] if name in v]

    def whole(self, *tables: str) -> bool:
        """Return whether every row of these tables was read."""
        return not any(name in self.broken or self.claimed[name] for name in tables)

    def add(
        self,
        table: str,
        code: str,
        message: str,
        *,
        severity: Severity = "error",
        where: Where = Where(),  # noqa: B008 - frozen
        nearest: tuple[str, ...] = (),
        hint: str = "",
    ) -> None:
        """Add one finding on `table`."""
        self.findings.append((table, Finding(code, message, severity, where, nearest, hint)))


TABLE_OF: dict[type[Row], str] = {kind: name for name, kind in TABLES.items()}
"""Row type to table name."""


def reading_of(framework: Framework) -> Reading:
    """Return the rows of a framework in memory; a row's place is that of its saved file."""
    reading = Reading()
    for name in TABLES:
        rows = getattr(framework, name)
        reading.rows[name] = list(rows)
        reading.places[name] = [Where(f"{name}.csv", row=i + 2) for i in range(len(rows))]
    return reading


def read_source(source: Path) -> Reading:
    """Return what a folder of CSV files or a workbook holds.

    Raises
    ------
    FileFormatError
        The path is missing. Anything wrong with what it holds is a finding.
    """
    if not source.exists():
        raise no_such_file(source)
    reading = Reading()
    for table, raw in _raw_tables(source, reading):
        _read_table(table, raw, reading)
    _missing_tables(source, reading)
    return reading


def _raw_tables(source: Path, reading: Reading) -> Iterator[tuple[str, RawTable]]:
    if source.is_dir():
        paths = sorted(path for path in source.iterdir() if _is_table_file(path))
        found = [(path.stem, path) for path in paths]
        for name, path in _known(found, reading, "unknown-file", source.name):
            expected = [column.name for column in columns_of(TABLES[name])]
            yield name, _csv(path, expected)
    else:
        sheets = _workbook(source, reading)
        yield from _known(list(sheets.items()), reading, "unknown-sheet", source.name)


def _is_table_file(path: Path) -> bool:
    return path.suffix.lower() == ".csv" and path.is_file() and not path.name.startswith((".", "~"))


def _csv(path: Path, expected: list[str]) -> RawTable:
    try:
        return read_csv_rows(path, expected=expected)
    except FileFormatError as error:
        return RawTable(path.name, findings=error.findings)


def _workbook(source: Path, reading: Reading) -> dict[str, RawTable]:
    if source.suffix.lower() not in (".xlsx", ".xlsm"):
        message = "a framework is a folder of CSV files or an .xlsx workbook"
        reading.add("", "not-a-workbook", message, where=Where(source.name))
    else:
        try:
            return read_workbook(source)
        except FileFormatError as error:
            reading.findings += [("", finding) for finding in error.findings]
    reading.broken |= set(TABLES)
    return {}


_Raw = TypeVar("_Raw")


def _known(
    found: list[tuple[str, _Raw]], reading: Reading, code: str, file: str
) -> Iterator[tuple[str, _Raw]]:
    seen: dict[str, str] = {}
    for written, raw in found:
        name = fold(written)
        if name in seen:
            message = f"{written!r} and {seen[name]!r} are the same table"
            reading.add(name, "duplicate-table", message, where=Where(file), hint="keep one")
        elif name in TABLES:
            seen[name] = written
            yield name, raw
        else:
            what = "file" if code == "unknown-file" else "sheet"
            reading.add(
                "",
                code,
                f"{what} {written!r} is not a table of a framework and was not read",
                severity="warning",
                where=Where(file),
                nearest=nearest_names(name, TABLES),
                hint="rename it, or move it elsewhere",
            )


def _missing_tables(source: Path, reading: Reading) -> None:
    read = {table for table, _ in reading.findings} | reading.broken
    for name in OBLIGATORY:
        if not reading.rows[name] and name not in read:
            what = f"{name}.csv" if source.is_dir() else f"sheet {name!r}"
            hint = "add it: see the reference pack for its columns"
            where = Where(source.name)
            reading.add(name, "missing-table", f"{what} is missing", where=where, hint=hint)
            reading.broken.add(name)


def _read_table(table: str, raw: RawTable, reading: Reading) -> None:
    reading.findings += [(table, finding) for finding in raw.findings]
    if any(finding.severity == "error" for finding in raw.findings):
        reading.broken.add(table)
        return
    _read_as_notes(table, raw, reading)
    for number in raw.ragged:
        message = f"the row does not have {len(raw.header)} cells, as the header has"
        hint = "quote cells that contain the delimiter"
        reading.add(table, "ragged-row", message, where=raw.where(number), hint=hint)
    if raw.ragged:
        reading.broken.add(table)
    if not raw.rows and not raw.ragged:
        severity: Severity = "error" if table in OBLIGATORY else "note"
        reading.add(table, "no-rows", "a table without rows", severity=severity, where=raw.where())
        reading.broken |= {table} & set(OBLIGATORY)
    picked = _columns(table, raw, reading)
    if picked is not None:
        for cells, number in zip(raw.rows, raw.numbers, strict=True):
            _read_row(table, picked, cells, raw.where(number), reading, raw.delimiter == ";")


def _read_as_notes(table: str, raw: RawTable, reading: Reading) -> None:
    names = {";": "semicolon", "\t": "tab", "|": "vertical bar"}
    if raw.delimiter in names:
        message = f"read with the {names[raw.delimiter]} as delimiter"
        reading.add(table, "delimiter", message, severity="note", where=raw.where())
    if raw.encoding.startswith(("utf-16", "utf-32")):
        message = f"read as {raw.encoding}"
        reading.add(table, "encoding", message, severity="note", where=raw.where())


def _columns(table: str, raw: RawTable, reading: Reading) -> list[tuple[int, Column]] | None:
    known = {column.name: column for column in columns_of(TABLES[table])}
    place = {fold(name): i for i, name in enumerate(raw.header)}
    for name in raw.header:
        if fold(name) not in known:
            near = nearest_names(fold(name), [other for other in known if other not in place])
            message = f"column {shown(name)} is not one of table {table}"
            hint = "rename it, or remove it"
            reading.add(
                table, "unknown-column", message, where=raw.where(1), nearest=near, hint=hint
            )
    missing = [name for name, column in known.items() if column.required and name not in place]
    for name in missing:
        message = f"column {name!r} is missing"
        reading.add(table, "missing-column", message, where=raw.where(1), hint="add it")
    if missing:
        reading.broken.add(table)
    picked = [(place[name], column) for name, column in known.items() if name in place]
    return picked if picked else None


def _read_row(
    table: str,
    picked: list[tuple[int, Column]],
    cells: tuple[object, ...],
    where: Where,
    reading: Reading,
    comma_decimal: bool,  # noqa: FBT001
) -> None:
    values: dict[str, Any] = {}
    failed = False
    for position, column in picked:
        try:
            values[column.name] = parse_cell(column, cells[position], comma_decimal=comma_decimal)
        except UnreadableCell as bad:
            failed = True
            reading.add(
                table, bad.code, bad.message, where=where, nearest=bad.nearest, hint=bad.hint
            )
    row = None if failed else _row(table, values, where, reading)
    if row is None:
        key = TABLES[table].key[0]
        reading.claimed[table].add(str(values.get(key, "")))
        reading.partial[table].append((values, where))
    else:
        reading.rows[table].append(row)
        reading.places[table].append(where)


def _row(table: str, values: dict[str, Any], where: Where, reading: Reading) -> Row | None:
    try:
        return TABLES[table].model_validate(values)
    except ValidationError as error:
        seen: set[str] = set()
        for item in error.errors(include_url=False, include_input=False):
            name = str(item["loc"][0])
            if name not in seen and item["type"] != "missing":  # a missing column is one finding
                message = f"{name} {shown(values.get(name, ''))}: {_legal(item['msg'])}"
                reading.add(table, "illegal-value", message, where=where)
            seen.add(name)
        return None


def _legal(text: str) -> str:
    return text[0].lower() + text[1:]
