"""Where evidence lies: a folder, a workbook, single files, or frames in memory."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from competency.errors import FileFormatError, Finding, Where, nearest_names
from competency.evidence.grids import (
    Grid,
    csv_grid,
    frame_grid,
    no_header,
    parquet_grid,
    workbook_grids,
)

if TYPE_CHECKING:
    from competency.config import EvidenceConfig
    from competency.evidence.contracts import Contracts
    from competency.evidence.layout import Layouts, Sheet

_TEXT = {".csv", ".tsv", ".txt"}
_WORKBOOK = {".xlsx", ".xlsm"}
_PARQUET = {".parquet", ".pq"}
_READ = _TEXT | _WORKBOOK | _PARQUET
_OTHER_TABLES = {".xls", ".xlsb", ".ods", ".feather", ".json"}

Source = str | Path | Sequence[str | Path]


@dataclass(eq=False)
class SheetReader:
    """Reads sources into sheets; what is noticed gathers in `findings`.

    Parameters
    ----------
    layouts : Layouts
        Recognises tables and columns.
    config : EvidenceConfig
        How files are written.
    """

    layouts: Layouts
    config: EvidenceConfig
    sheets: list[Sheet] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def read(self, source: Source) -> None:
        """Read every table of `source`, files in the order of their names."""
        paths = [source] if isinstance(source, str | Path) else list(source)
        files = sorted({file for path in map(Path, paths) for file in self._files(path)})
        names = [file.name for file in files]
        labelled = [
            (f"{file.parent.name}/{file.name}" if names.count(file.name) > 1 else file.name, file)
            for file in files
        ]
        for label, file in sorted(labelled):
            self._read_file(file, label)
        if not self.sheets and not self._failed:
            self.note_nothing(Where(Path(paths[0]).name if paths else ""))

    def read_frames(self, tables: Mapping[str, pd.DataFrame]) -> None:
        """Take every frame as the table that its name says."""
        for name, frame in sorted(tables.items()):
            table = self.contracts.table_named(name)
            if table is None:
                noun, known = self.contracts.noun, self.contracts.tables
                near = nearest_names(name, known)
                message = f"there is no {self.contracts.phrase} named {name!r}"
                hint = f"{noun}s are {', '.join(known)}"
                self.findings.append(Finding(f"unknown-{noun}", message, nearest=near, hint=hint))
            else:
                self._take(frame_grid(frame, name), table)

    def note_nothing(self, where: Where) -> None:
        """Note that no table was found."""
        hint = f"expected files or sheets named {', '.join(self.contracts.tables)}"
        message = f"there is no {self.contracts.phrase} here"
        code = f"no-{self.contracts.name}"
        self.findings.append(Finding(code, message, where=where, hint=hint))

    @property
    def contracts(self) -> Contracts:
        """The tables that are looked for."""
        return self.layouts.contracts

    @property
    def _failed(self) -> bool:
        return any(finding.severity == "error" for finding in self.findings)

    def _files(self, path: Path) -> Iterable[Path]:
        if not path.is_dir():
            return [path]
        visible = [file for file in sorted(path.iterdir()) if not file.name.startswith((".", "~$"))]
        return [file for file in visible if not file.is_dir() and self._is_evidence(file)]

    def _is_evidence(self, file: Path) -> bool:
        suffix = file.suffix.casefold()
        if suffix in _WORKBOOK or (suffix in _READ and self.contracts.table_named(file.stem)):
            return True
        tabular = suffix in _READ | _OTHER_TABLES
        near = nearest_names(file.stem, self.contracts.tables)
        finding = Finding(
            "unknown-file",
            f"the file was not read: its name or kind is not one of a {self.contracts.phrase}",
            "warning" if tabular else "note",
            Where(file.name),
            near,
            self._named_hint if tabular else "",
        )
        self.findings.append(finding)
        return False

    def _read_file(self, file: Path, label: str) -> None:
        suffix = file.suffix.casefold()
        known = self.layouts.known_names()
        try:
            if suffix in _WORKBOOK:
                self._take_workbook(workbook_grids(file, label, self.config, known), file, label)
            elif suffix in _PARQUET and file.is_file():
                self._take_file(parquet_grid(file, label, self.config), file)
            elif suffix in _TEXT or not file.exists():
                self._take_file(csv_grid(file, label, self.config, known), file)
            else:
                message = f"files of kind {suffix!r} are not read"
                hint = "save it as .csv, .xlsx or .parquet"
                self.findings.append(
                    Finding("unknown-format", message, where=Where(label), hint=hint)
                )
        except FileFormatError as error:
            self.findings += error.findings

    def _take_file(self, grid: Grid, file: Path) -> None:
        if _is_broken(grid):
            self.findings += grid.findings
            return
        table = self.contracts.table_named(file.stem) or self.layouts.table_of(grid)
        if table is None:
            self._note_unknown(grid, alone=True)
        else:
            self._take(grid, table)

    def _take_workbook(self, grids: Mapping[str, Grid], file: Path, label: str) -> None:
        filled = {name: grid for name, grid in grids.items() if not grid.is_blank}
        if not filled:
            hint = "check that it is the right file"
            self.findings.append(
                Finding("empty-file", "there is nothing in it", where=Where(label), hint=hint)
            )
        for name, grid in filled.items():
            table = self.contracts.table_named(name) or self.layouts.table_of(grid)
            of_file = self.contracts.table_named(file.stem)
            if of_file and (len(filled) == 1 or self.layouts.begins(grid, of_file)):
                table = table or of_file
            if table is not None:
                self._take(grid, table)
            else:
                self._note_unknown(grid, alone=len(filled) == 1)

    def _note_unknown(self, grid: Grid, *, alone: bool) -> None:
        if alone and self.contracts.by_columns:
            self.findings.append(no_header(grid.where))
            return
        message = f"the sheet was not read: it is not a {self.contracts.phrase}"
        where, hint = grid.where, self._named_hint
        self.findings.append(Finding("unknown-sheet", message, "warning", where, hint=hint))

    @property
    def _named_hint(self) -> str:
        return f"name it after its {self.contracts.noun}: {', '.join(self.contracts.tables)}"

    def _take(self, grid: Grid, table: str) -> None:
        self.findings += grid.findings
        if _is_broken(grid):
            return
        sheet, found = self.layouts.lay_out(grid, table)
        self.findings += found
        if sheet is not None:
            self.sheets.append(sheet)


def _is_broken(grid: Grid) -> bool:
    return any(finding.severity == "error" for finding in grid.findings)
