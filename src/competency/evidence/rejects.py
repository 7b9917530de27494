"""Rows that cannot be used: collected column by column, told row by row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from competency.errors import Finding, Where
from competency.evidence.cells import Fault, Parsed
from competency.evidence.table import REJECTED_COLUMNS

if TYPE_CHECKING:
    from competency.arrays import Bools, Ints
    from competency.evidence.layout import Sheet

KEPT_COLUMNS = ("table", "file", "sheet", "row")

NOTHING = pd.DataFrame()
"""No lines: parts of a register that are empty are left out."""

_RAGGED = Fault(
    "ragged-row",
    "the row has more or fewer cells than the header",
    "quote cells that contain the delimiter",
)


@dataclass(eq=False)
class RowFaults:
    """The faults of one sheet, each with its row and the column in which it stands."""

    sheet: Sheet
    found: list[tuple[int, int, str, Fault]] = field(default_factory=list)
    """Row, order of the column, written header, fault."""
    order: int = 0

    def add(self, name: str, parsed: Parsed) -> None:
        """Note every fault of a parsed column."""
        self._note(name, np.flatnonzero(parsed.fault >= 0), parsed.fault, parsed.faults)

    def add_where(self, name: str, rows: Bools, fault: Fault) -> None:
        """Note one fault in all of `rows`."""
        places = np.flatnonzero(rows)
        self._note(name, places, np.zeros(len(rows), np.intp), (fault,))

    def _note(self, name: str, rows: Ints, which: Ints, faults: Sequence[Fault]) -> None:
        header = self.sheet.written.get(name, name)
        self.found += [
            (row, self.order, header if isinstance(header, str) else header[row], faults[i])
            for row, i in zip(rows.tolist(), which[rows].tolist(), strict=True)
        ]
        self.order += 1

    @property
    def good(self) -> Bools:
        """Which rows have no fault, shape ``(n_rows,)``."""
        good = np.ones(len(self.sheet), bool)
        good[[row for row, *_ in self.found]] = False
        return good

    def lines(self) -> pd.DataFrame:
        """Return one line per rejected row, several reasons joined by "; "."""
        ordered = sorted(self.found, key=lambda entry: entry[:2])
        place = (self.sheet.table, self.sheet.where.file, self.sheet.where.sheet)
        numbers = self.sheet.numbers
        lines = [
            (*place, int(numbers[row]), *_told(list(entries)))
            for row, entries in groupby(ordered, key=lambda entry: entry[0])
        ]
        ragged = (_RAGGED.code, _RAGGED.reason, _RAGGED.hint)
        lines += [(*place, number, "", *ragged) for number in self.sheet.ragged]
        return rejected_frame(lines)


def _told(entries: Sequence[tuple[int, int, str, Fault]]) -> tuple[str, str, str, str]:
    def joined(parts: Iterable[str]) -> str:
        return "; ".join(dict.fromkeys(part for part in parts if part))

    faults = [fault for *_, fault in entries]
    return (
        joined(column for _, _, column, _ in entries),
        joined(fault.code for fault in faults),
        joined(fault.reason for fault in faults),
        joined(fault.hint for fault in faults),
    )


def rejected_frame(lines: Sequence[Sequence[object]]) -> pd.DataFrame:
    """Return lines of `REJECTED_COLUMNS` as a frame; `row` is int64, the rest text."""
    if not lines:
        return NOTHING
    frame = pd.DataFrame(list(lines), columns=list(REJECTED_COLUMNS))
    return _as_register(frame, REJECTED_COLUMNS)


def rejected_rows(rows: pd.DataFrame, table: str, fault: Fault, column: str = "") -> pd.DataFrame:
    """Return a line with the same fault for each of `rows` (columns file, sheet, row)."""
    values = (table, column, fault.code, fault.reason, fault.hint)
    named = dict(zip(("table", "column", "code", "reason", "hint"), values, strict=True))
    return _as_register(rows.assign(**named), REJECTED_COLUMNS)


def kept_rows(rows: pd.DataFrame, table: str) -> pd.DataFrame:
    """Return the places of `rows` as lines of `Evidence.kept`."""
    return _as_register(rows.assign(table=table), KEPT_COLUMNS)


def register(parts: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    """Return the parts as one register, sorted by table, file, sheet, row and the rest."""
    filled = [part for part in parts if len(part)]
    if not filled:
        return _as_register(pd.DataFrame({name: [] for name in columns}), columns)
    whole = pd.concat(filled, ignore_index=True)
    return whole.iloc[canonical_order(whole, columns)].reset_index(drop=True)


def canonical_order(rows: pd.DataFrame, columns: Sequence[str]) -> Ints:
    """Return the order of rows by `columns`, texts by code point, missing last.

    Examples
    --------
    >>> canonical_order(pd.DataFrame({"a": ["b", "a", "a"], "b": [0, 2, 1]}), ["a", "b"]).tolist()
    [2, 1, 0]
    """
    codes = [pd.factorize(rows[name], sort=True)[0] for name in columns]
    return np.lexsort([np.where(code < 0, len(rows), code) for code in reversed(codes)])


def as_findings(rejected: pd.DataFrame) -> list[Finding]:
    """Return rejected rows as findings, for ``strict=True``."""
    columns = [rejected[name].tolist() for name in REJECTED_COLUMNS[1:]]
    return [
        Finding(code, reason, where=Where(file, sheet, row), hint=hint)
        for file, sheet, row, _, code, reason, hint in zip(*columns, strict=True)
    ]


def typed(frame: pd.DataFrame, kinds: Mapping[str, Any]) -> pd.DataFrame:
    """Return the columns that `kinds` names, each as its kind, numbered from 0."""
    # NOTE: DataFrame.astype of many columns takes ten times as long.
    columns = {name: frame[name].astype(kind).array for name, kind in kinds.items()}
    return pd.DataFrame(columns, copy=False)


def _as_register(frame: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    return typed(frame, {name: "int64" if name == "row" else "str" for name in columns})
