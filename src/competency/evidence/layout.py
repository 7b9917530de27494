"""Which table is this, and which column is what? Long sheets and wide ones become one shape.

In a wide sheet every competency has its own column, as public assessment forms have it; each
filled cell of those columns becomes a row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.errors import Finding, Where, nearest_names
from competency.evidence.cells import Cells, constant_cells, joined_cells
from competency.evidence.contracts import (
    DERIVED,
    EVIDENCE,
    Column,
    Contract,
    Contracts,
)
from competency.evidence.grids import Grid, no_header
from competency.tabular import fold

if TYPE_CHECKING:
    from competency.arrays import Ints, Texts
    from competency.config import EvidenceConfig
    from competency.evidence.names import NameBook
    from competency.framework.model import Framework

WIDE_SOURCE = "assessment_centre"
"""Source of a wide sheet without a source column: the form comes from assessment centres."""

_PER_COMPETENCY = ("competency", "value")
_FEW = 2
# Columns named like a competency that make an unnamed table a wide sheet.
_PLAIN_HEADER = 40
# Longest column name that a message repeats, in characters.


@dataclass(frozen=True, eq=False)
class Sheet:
    """One table with known columns; wide sheets are unfolded.

    Parameters
    ----------
    table : str
        Name of its contract.
    where : Where
        File and sheet.
    columns : dict of Cells
        By contract name; optional columns that are absent are left out.
    written : dict of Texts or str
        The header over each column, by contract name; of an unfolded value, by row.
    numbers : Ints, shape (n_rows,)
        Row numbers in the file.
    ragged : tuple of int
        Numbers of the rows that do not fit the header.
    """

    table: str
    where: Where
    columns: dict[str, Cells]
    written: dict[str, Texts | str]
    numbers: Ints
    ragged: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.numbers)


@dataclass(frozen=True, eq=False)
class Layouts:
    """Recognises tables and columns for one framework and one set of settings."""

    framework: Framework
    competencies: NameBook
    config: EvidenceConfig
    contracts: Contracts = EVIDENCE

    def known_names(self) -> tuple[str, ...]:
        """Every column name that tells a header from data."""
        tables = self.contracts.tables.values()
        columns = [column for contract in tables for column in contract.columns]
        names = {name for column in columns for name in (*column.names(), *column.fallback)}
        labels = {
            label
            for row in self.framework.competencies
            for label in (row.id, row.name, row.name_en)
        }
        labels |= {"Kerjasama", "Orientasi Hasil", "Pengelolaan Perubahan"}
        return tuple(sorted((names | labels | set(self.config.columns)) - {""}))

    def table_of(self, grid: Grid) -> str | None:
        """Return the table that the columns of `grid` make, or None."""
        for table in self.contracts.by_columns:
            contract = self.contracts.tables[table]
            found = self._placed(grid, contract)
            if all(column.name in found for column in contract.required):
                return table
        if "officers" not in self.contracts.tables:
            return None
        officer = self.begins(grid, "officers")
        if officer and len(self._competency_columns(grid)) >= _FEW:
            return "assessments"
        described = {"position", "name"} & set(
            self._placed(grid, self.contracts.tables["officers"])
        )
        return "officers" if officer and described else None

    def begins(self, grid: Grid, table: str) -> bool:
        """Return whether `grid` has the first column of a table: in evidence the officer."""
        contract = self.contracts.tables[table]
        return contract.columns[0].name in self._placed(grid, contract)

    def lay_out(self, grid: Grid, table: str) -> tuple[Sheet | None, list[Finding]]:
        """Return `grid` as a sheet of `table`, or None, and what was noticed."""
        contract = self.contracts.tables[table]
        placed = self._placed(grid, contract)
        wide = self._wide_columns(grid, table, placed)
        if wide:
            placed = {name: at for name, at in placed.items() if name not in _PER_COMPETENCY}
        meanings = {**placed, **_by_competency(wide)}
        findings = [
            *_doubled(grid, meanings),
            *self._missing(grid, contract, placed, wide=bool(wide)),
        ]
        findings += self._ambiguous(grid) if wide else []
        if findings:
            return None, findings
        found = {name: places[0] for name, places in placed.items()}
        used = {*found.values(), *(at for at, _ in wide)}
        notes = [*_ignored(grid, used), *self._absent(grid, [name for _, name in wide])]
        sheet = _long_sheet(grid, table, found)
        return (_unfolded(sheet, grid, wide) if wide else sheet), notes

    def _placed(self, grid: Grid, contract: Contract) -> dict[str, list[int]]:
        """Return the places of the columns of `contract` in the header of `grid`."""
        declared = {fold(written): name for written, name in self.config.columns.items()}
        header = [fold(name) for name in grid.header]
        found: dict[str, list[int]] = {}
        for column in contract.columns:
            names = column.names()
            places = [
                i
                for i, name in enumerate(header)
                if declared.get(name, column.name if name in names else "") == column.name
            ]
            if not places:
                places = [header.index(name) for name in column.fallback if name in header][:1]
            if places:
                found[column.name] = places
        return found

    def _wide_columns(
        self, grid: Grid, table: str, placed: Mapping[str, list[int]]
    ) -> list[tuple[int, str]]:
        if table != "assessments" or "competency" in placed:
            return []
        return self._competency_columns(grid)

    def _competency_columns(self, grid: Grid) -> list[tuple[int, str]]:
        return [(i, ids[0]) for i, ids in self._candidates(grid).items() if len(ids) == 1]

    def _ambiguous(self, grid: Grid) -> list[Finding]:
        return [
            Finding(
                "ambiguous-column",
                f"column {grid.header[i]!r} may mean {' or '.join(map(repr, ids))}",
                where=grid.where,
                hint="write the id of the competency",
            )
            for i, ids in self._candidates(grid).items()
            if len(ids) > 1
        ]

    def _candidates(self, grid: Grid) -> dict[int, tuple[str, ...]]:
        """Return what each column that is no base column may mean as a competency."""
        base = {
            place
            for name, places in self._placed(grid, self.contracts.tables["assessments"]).items()
            for place in places
            if name not in _PER_COMPETENCY
        }
        return {
            i: self.competencies.candidates(name)
            for i, name in enumerate(grid.header)
            if i not in base
        }

    def _missing(
        self, grid: Grid, contract: Contract, placed: Mapping[str, list[int]], *, wide: bool
    ) -> list[Finding]:
        waived = {*_PER_COMPETENCY, "source"} if wide else set()
        missing = [c for c in contract.required if c.name not in placed and c.name not in waived]
        if len(missing) == len(contract.required):
            return [no_header(grid.where)]
        table = f"{self.contracts.noun} {contract.table}"
        return [_no_column(grid, table, column) for column in missing]

    def _absent(self, grid: Grid, present: Sequence[str]) -> Iterable[Finding]:
        """Say which competencies of the kinds in the sheet have no column."""
        kind = {row.id: row.kind == "technical" for row in self.framework.competencies}
        kinds = {kind[name] for name in present}
        absent = sorted(name for name in kind if kind[name] in kinds and name not in present)
        if present and absent:
            shown = ", ".join(map(repr, absent[:10]))
            more = f" and {len(absent) - 10} more" if len(absent) > 10 else ""
            message = f"the sheet has no column for {shown}{more}"
            hint = "these competencies count as not assessed here"
            yield Finding("missing-competency-columns", message, "warning", grid.where, hint=hint)


def _by_competency(wide: Sequence[tuple[int, str]]) -> dict[str, list[int]]:
    places: dict[str, list[int]] = {}
    for at, name in wide:
        places.setdefault(name, []).append(at)
    return places


def _doubled(grid: Grid, placed: Mapping[str, list[int]]) -> list[Finding]:
    return [
        Finding(
            "two-columns-for-one",
            f"columns {', '.join(repr(grid.header[i]) for i in places)} all mean {name!r}",
            where=grid.where,
            hint="keep one of them",
        )
        for name, places in placed.items()
        if len(places) > 1
    ]


def _no_column(grid: Grid, table: str, column: Column) -> Finding:
    message = f"{table} lacks the obligatory column {column.name!r}"
    hint = f"also accepted: {', '.join(sorted(column.names() - {column.name})[:6])}"
    near = nearest_names(column.name, grid.header) or nearest_names(column.header, grid.header)
    return Finding("missing-column", message, where=grid.where, nearest=near, hint=hint)


def _ignored(grid: Grid, used: set[int]) -> Iterable[Finding]:
    rest = [name for i, name in enumerate(grid.header) if i not in used]
    derived = [name for name in rest if fold(name) in DERIVED]
    other = [name for name in rest if fold(name) not in DERIVED]
    if derived:
        message = f"columns that follow from the others were ignored: {_shown(derived)}"
        yield Finding("derived-columns", message, "note", grid.where)
    if other:
        message = f"columns that no step uses were ignored: {_shown(other)}"
        hint = "name their meaning in evidence.columns if one of them should be used"
        yield Finding("ignored-columns", message, "note", grid.where, hint=hint)


def _shown(names: Sequence[str]) -> str:
    # NOTE: a long or numeric header is perhaps not a header, so it is counted and not repeated.
    plain = [n for n in names if len(n) <= _PLAIN_HEADER and not any(map(str.isdigit, n))]
    shown = ", ".join(map(repr, plain[:10]))
    rest = len(names) - len(plain[:10])
    return f"{shown} and {rest} more" if shown and rest else shown or f"{rest} columns"


def _long_sheet(grid: Grid, table: str, found: Mapping[str, int]) -> Sheet:
    return Sheet(
        table,
        grid.where,
        {name: grid.columns[place] for name, place in found.items()},
        {name: grid.header[place] for name, place in found.items()},
        grid.numbers,
        grid.ragged,
    )


def _unfolded(sheet: Sheet, grid: Grid, wide: Sequence[tuple[int, str]]) -> Sheet:
    values = [grid.columns[place] for place, _ in wide]
    rows = [np.flatnonzero(cells.filled) for cells in values]
    row = np.concatenate(rows)
    which = np.repeat(np.arange(len(wide)), [len(part) for part in rows])
    columns = {name: cells.take(row) for name, cells in sheet.columns.items()}
    columns.setdefault("source", constant_cells(WIDE_SOURCE, len(row)))
    columns["competency"] = Cells(tuple(name for _, name in wide), which)
    columns["value"] = joined_cells([c.take(r) for c, r in zip(values, rows, strict=True)])
    headers = np.array([grid.header[place] for place, _ in wide], object)
    written = {"source": "", **sheet.written, "competency": headers[which], "value": headers[which]}
    return Sheet(sheet.table, sheet.where, columns, written, sheet.numbers[row], sheet.ragged)
