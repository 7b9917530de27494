"""Groups of officers from a file of the user's: for comparing them, never for ranking."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from competency.errors import EvidenceError, Finding, Where
from competency.tabular import RawTable, fold, read_csv_rows

ID_NAMES = ("officer", "nip")
"""Headings of the column of officers."""


def read_groups(path: Path) -> pd.DataFrame:
    """Return a table of officer and groupings as text; a blank cell belongs to no group.

    Parameters
    ----------
    path : Path
        CSV: a column officer (or nip), and others with any heading, such as sex or age band.

    Raises
    ------
    EvidenceError
        The file cannot be read, there is no column of officers or no grouping, or an officer is
        there twice.
    """
    raw = read_csv_rows(path, expected=ID_NAMES)
    findings = [item for item in raw.findings if item.severity == "error"]
    ids = [name for name in raw.header if fold(name) in ID_NAMES]
    unclear = any(item.code == "unclear-delimiter" for item in findings)
    findings = _wrong_header(raw, ids) if unclear or not findings else findings
    if findings:
        raise EvidenceError("groups", findings)
    table = pd.DataFrame(raw.rows, columns=list(raw.header), dtype=object)
    table = table.rename(columns={ids[0]: "officer"}).apply(lambda column: column.str.strip())
    twice = int(table["officer"].duplicated().sum())
    if twice or raw.ragged:
        message = f"{twice} rows repeat an officer, {len(raw.ragged)} have another number of cells"
        hint = "write one row for each officer, and a cell for each heading"
        raise EvidenceError("groups", [Finding("bad-rows", message, where=raw.where(), hint=hint)])
    blank = np.asarray(table == "")
    return pd.DataFrame(np.where(blank, None, table), columns=table.columns)


def _wrong_header(raw: RawTable, ids: list[str]) -> list[Finding]:
    where = Where(raw.file)
    if len(ids) != 1:
        message = f"{len(ids)} columns name the officer; one is needed"
        hint = "head it with officer or nip; separate cells with commas or semicolons"
        return [Finding("no-officer", message, where=where, hint=hint)]
    if len(raw.header) < 2:
        hint = "add a column for each grouping, such as sex or age band"
        return [Finding("no-grouping", "there is no grouping", where=where, hint=hint)]
    return []
