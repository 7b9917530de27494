"""Filled-in forms: read, every row kept or rejected with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from competency.config import EvidenceConfig
from competency.errors import EvidenceError, FileFormatError, Finding, Where, nearest_names
from competency.evaluation.instruments.check_rows import FormChecks
from competency.evaluation.instruments.forms import FORMS, Form, form_named
from competency.evaluation.instruments.responses import APART, InstrumentResponses
from competency.evidence.grids import (
    Grid,
    csv_grid,
    frame_grid,
    no_header,
    parquet_grid,
    workbook_grids,
)
from competency.evidence.layout import Sheet
from competency.evidence.rejects import KEPT_COLUMNS, as_findings, kept_rows, register
from competency.evidence.scales import check_settings
from competency.evidence.table import REJECTED_COLUMNS
from competency.tabular import fold, no_such_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from competency.framework.model import Framework

_CSV, _BOOK, _PARQUET = {".csv", ".tsv", ".txt"}, {".xlsx", ".xlsm"}, {".parquet", ".pq"}


def read_instruments(
    source: str | Path | Mapping[str, pd.DataFrame],
    *,
    framework: Framework,
    config: EvidenceConfig | None = None,
    strict: bool = False,
) -> InstrumentResponses:
    """Return the filled-in forms of a folder, a workbook, a file, or frames in memory.

    Parameters
    ----------
    source : str, Path or mapping of str to DataFrame
        A folder with files named after their form (``learning.csv``, ``perilaku-2026.xlsx``), a
        workbook with a sheet for each form, a single file, or frames by the name of their form.
    framework : Framework
        Gives competencies, trainings and levels.
    config : EvidenceConfig, optional
        Decimal mark, date format, encoding, scales, as for evidence.
    strict : bool
        Whether a rejected row is an error.

    Returns
    -------
    InstrumentResponses
        Rows read = rows kept + rows rejected. The order of rows does not matter.

    Raises
    ------
    FileFormatError
        If there is no such file or folder.
    EvidenceError
        If nothing is a form, or one lacks an obligatory column (all of it at once); or `strict`
        and a row was rejected.
    ConfigError
        If a declared scale is no monotone map.

    Notes
    -----
    Officer ids are text and never repaired. A form given twice by one assessor for one officer,
    competency, occasion and day is rejected both times.

    Examples
    --------
    >>> import competency as cp
    >>> framework = cp.load_framework(cp.pack_path())
    >>> rows = {"nip": ["7", "7"], "pelatihan": "F.DASAR", "kompetensi": "T.01",
    ...         "waktu": ["sebelum", "sesudah"], "sumber": "test", "nilai": [1, 9],
    ...         "tanggal": ["2026-02-02", "2026-02-06"]}
    >>> made = read_instruments({"learning": pd.DataFrame(rows)}, framework=framework)
    >>> made.learning[["occasion", "level"]].values.tolist(), made.rejected["code"].tolist()
    ([['before', 1.0]], ['value-out-of-range'])
    """
    settings = config or EvidenceConfig()
    check_settings(settings)
    checks = FormChecks.of(framework, settings)
    findings: list[Finding] = []
    sheets = [
        sheet
        for name, grid in _grids(source, settings, findings)
        if (sheet := _laid_out(grid, FORMS[name], findings)) is not None
    ]
    errors = [finding for finding in findings if finding.severity == "error"]
    if not sheets and not errors:
        hint = f"name files or sheets {', '.join(FORMS)}, or after their Indonesian names"
        errors = [Finding("no-forms", "there is no form of an instrument here", hint=hint)]
    if errors:
        raise EvidenceError("instruments", errors)
    return _responses(sheets, checks, findings, strict=strict)


def _grids(
    source: str | Path | Mapping[str, pd.DataFrame],
    config: EvidenceConfig,
    findings: list[Finding],
) -> Iterator[tuple[str, Grid]]:
    """Yield every form with its grid."""
    if isinstance(source, Mapping):
        for label, frame in sorted(source.items()):
            name = form_named(label)
            if name is None:
                near = nearest_names(label, FORMS)
                message = f"there is no form named {label!r}"
                findings.append(Finding("unknown-form", message, nearest=near))
            else:
                yield name, frame_grid(frame, label)
        return
    path = Path(source)
    if not path.exists():
        raise no_such_file(path)
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    for file in files:
        if not file.name.startswith((".", "~$")) and file.is_file():
            try:
                yield from _grids_of(file, config, findings, alone=not path.is_dir())
            except FileFormatError as error:
                findings += error.findings


def _grids_of(
    file: Path, config: EvidenceConfig, findings: list[Finding], *, alone: bool
) -> Iterator[tuple[str, Grid]]:
    suffix, known = file.suffix.casefold(), _known_names()
    grids: dict[str, Grid] = {}
    if suffix in _BOOK:
        grids = dict(workbook_grids(file, file.name, config, known))
    elif suffix in _CSV:
        grids = {file.stem: csv_grid(file, file.name, config, known)}
    elif suffix in _PARQUET:
        grids = {file.stem: parquet_grid(file, file.name, config)}
    for label, grid in grids.items():
        name = form_named(label) or form_named(file.stem)
        if name is not None and not grid.is_blank:
            yield name, grid
        elif name is None and (alone or suffix in _BOOK):
            message = "this was not read: its name is not one of a form"
            hint = f"name it {', '.join(FORMS)}, or after the Indonesian name"
            where = grid.where
            findings.append(Finding("unknown-form", message, "warning", where, hint=hint))


def _known_names() -> tuple[str, ...]:
    names = {name for form in FORMS.values() for column in form.columns for name in column.names()}
    return tuple(sorted(names))


def _laid_out(grid: Grid, form: Form, findings: list[Finding]) -> Sheet | None:
    """Return a grid with its columns known, or None; what is wrong goes to the findings."""
    found: list[Finding] = list(grid.findings)
    header = [fold(name) for name in grid.header]
    placed = {
        column.name: [at for at, name in enumerate(header) if name in column.names()]
        for column in form.columns
    }
    found += _column_findings(grid, form, placed)
    findings += found
    if any(finding.severity == "error" for finding in found):
        return None
    first = {name: places[0] for name, places in placed.items() if places}
    return Sheet(
        form.name,
        grid.where,
        {name: grid.columns[at] for name, at in first.items()},
        {name: grid.header[at] for name, at in first.items()},
        grid.numbers,
        grid.ragged,
    )


def _column_findings(
    grid: Grid, form: Form, placed: Mapping[str, Sequence[int]]
) -> Iterable[Finding]:
    required = [column for column in form.columns if column.required]
    missing = [column for column in required if not placed[column.name]]
    if len(missing) == len(required):
        return [no_header(grid.where)]
    found = []
    for column in missing:
        message = f"form {form.name} lacks the obligatory column {column.name!r}"
        near = nearest_names(column.name, grid.header) or nearest_names(column.header, grid.header)
        hint = f"also accepted: {', '.join(sorted(column.names() - {column.name}))}"
        found.append(Finding("missing-column", message, "error", grid.where, near, hint))
    for name, places in placed.items():
        if len(places) > 1:
            message = f"{len(places)} columns mean {name!r}"
            hint = "keep one of them"
            found.append(Finding("two-columns-for-one", message, "error", grid.where, hint=hint))
    used = {at for places in placed.values() for at in places}
    rest = len(grid.header) - len(used)
    if rest:
        message = f"{rest} columns that the form does not have were ignored"
        found.append(Finding("ignored-columns", message, "note", grid.where))
    return found


def _responses(
    sheets: Sequence[Sheet], checks: FormChecks, findings: list[Finding], *, strict: bool
) -> InstrumentResponses:
    tables: dict[str, list[pd.DataFrame]] = {name: [] for name in FORMS}
    rejects = []
    for sheet in sheets:
        rows, lines = checks.check(sheet)
        tables[sheet.table].append(rows)
        rejects.append(lines)
    made, kept = {}, []
    for name in FORMS:
        rows, doubled = checks.once(name, tables[name])
        rejects.append(doubled)
        kept.append(kept_rows(rows, name))
        made[name] = rows.drop(columns=["file", "sheet", "row"])
    rejected = register(rejects, REJECTED_COLUMNS)
    if strict and len(rejected):
        raise EvidenceError("instruments", as_findings(rejected))
    if len(rejected):
        message = f"{len(rejected)} rows were rejected"
        hint = "see .rejected: each row with its reasons"
        where = Where()
        findings.append(Finding("rejected-rows", message, "warning", where, hint=hint))
    parts = [made[name].assign(kirkpatrick=FORMS[name].level) for name in ("learning", "behaviour")]
    own = pd.concat(parts, ignore_index=True)
    own = own[own["source"] == APART].reset_index(drop=True)
    others = {name: _others(rows) for name, rows in made.items()}
    return InstrumentResponses(
        checks.framework, **others, self_ratings=own,
        kept=register(kept, KEPT_COLUMNS), rejected=rejected, findings=tuple(findings),
    )  # fmt: skip


def _others(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that are no self-ratings."""
    if "source" not in rows.columns:
        return rows
    mask: np.ndarray[Any, np.dtype[np.bool_]] = (rows["source"] != APART).to_numpy()
    return rows[mask].reset_index(drop=True)
