"""From sheets to :class:`Evidence`: officers first, then what was seen of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.errors import EvidenceError, Finding, Where
from competency.evidence.check import PLACE, Checks, distinct_ids
from competency.evidence.duplicates import settle_duplicates
from competency.evidence.rejects import (
    KEPT_COLUMNS,
    as_findings,
    canonical_order,
    kept_rows,
    register,
    typed,
)
from competency.evidence.table import REJECTED_COLUMNS, RESPONSE_COLUMNS, Evidence

if TYPE_CHECKING:
    from competency.evidence.layout import Sheet
    from competency.framework.model import Framework

OUTPUT = {
    "officers": ("officer", "name", "position", "next_position", "unit", "region"),
    "assessments": (
        "officer", "competency", "source", "assessor", "value", "scale", "level", "date",
    ),
    "responses": RESPONSE_COLUMNS,
    "certificates": ("officer", "competency", "level", "issued", "expires", "issuer"),
    "history": ("officer", "training", "session", "status", "start", "end"),
}  # fmt: skip
"""Columns of the tables of `Evidence`."""

_SORTED_BY = {
    "officers": ("officer",),
    "assessments": (
        "officer", "competency", "date", "source", "assessor", "scale", "value", "level",
    ),
    "responses": ("officer", "competency", "item", "date", "value", "highest", "level"),
    "certificates": ("officer", "competency", "issued", "level", "expires", "issuer"),
    "history": ("officer", "end", "start", "training", "session", "status"),
}  # fmt: skip
_DATES = ("date", "issued", "expires", "start", "end")
_NUMBERS = {"value", "level", "highest"}
_SHOWN = 5


@dataclass(eq=False)
class Assembly:
    """Gathers the tables, the registers and what was noticed.

    Parameters
    ----------
    framework : Framework
        The framework of the evidence.
    checks : Checks
        What rows are checked against; the officers are added when they are known.
    """

    framework: Framework
    checks: Checks
    kept: list[pd.DataFrame] = field(default_factory=list)
    rejected: list[pd.DataFrame] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def evidence(self, sheets: Sequence[Sheet], *, strict: bool) -> Evidence:
        """Return the evidence in `sheets`; raise `EvidenceError` if `strict` and a row fails."""
        listed = any(sheet.table == "officers" for sheet in sheets)
        tables = {"officers": self._table("officers", sheets)}
        if listed:
            officers = frozenset(tables["officers"]["officer"])
            self.checks = replace(self.checks, officers=officers)
        for table in ("assessments", "responses", "certificates", "history"):
            tables[table] = self._table(table, sheets)
        if listed:
            self._note_without_position(tables["officers"])
        else:
            tables["officers"] = self._officers_seen(tables)
        tables["officers"] = self._with_next_position(tables["officers"])
        rejected = register(self.rejected, REJECTED_COLUMNS)
        if strict and len(rejected):
            raise EvidenceError("evidence", as_findings(rejected))
        final = {table: _finished(rows, table) for table, rows in tables.items()}
        return Evidence(
            framework=self.framework,
            **final,
            kept=register(self.kept, KEPT_COLUMNS),
            rejected=rejected,
            findings=tuple(self.findings),
        )

    def _table(self, table: str, sheets: Sequence[Sheet]) -> pd.DataFrame:
        rows, rejected = self.checks.rows(table, sheets)
        self.rejected += rejected
        if table in ("assessments", "responses"):
            rows["time"] = rows["date"]
        for name in set(_DATES) & set(rows.columns):
            rows[name] = rows[name].dt.floor("D")
        settled = settle_duplicates(rows, table, self.checks.config.on_duplicate)
        self.rejected.append(settled.rejected)
        self.kept.append(kept_rows(settled.used, table))
        return settled.rows

    def _note_without_position(self, officers: pd.DataFrame) -> None:
        without = officers[officers["position"] == ""]
        if not len(without):
            return
        places = [
            str(Where(file, sheet, int(row)))
            for file, sheet, row in sorted(zip(*(without[name] for name in PLACE), strict=True))
        ]
        more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
        message = f"{len(places)} of {len(officers)} officers are in no position"
        hint = f"fill the position in {', '.join(places[:_SHOWN])}{more}"
        self.findings.append(Finding("officer-in-no-position", message, "warning", hint=hint))

    def _officers_seen(self, tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
        """Return a roster of every officer seen, where no officers table was given."""
        ids = distinct_ids(*(tables[name]["officer"] for name in tables))
        latest = tables["assessments"].pipe(self._latest_of_each)
        columns = {name: latest[name].reindex(ids).fillna("") for name in _WORKPLACE}
        officers = pd.DataFrame({"officer": np.array(ids, object), "name": ""})
        officers = officers.assign(
            next_position="", **{name: column.to_numpy(object) for name, column in columns.items()}
        )
        blank = int((officers["position"] == "").sum())
        message = (
            f"there is no officers table; the {len(ids)} officers seen make the roster, "
            f"{blank} of them in no position"
        )
        hint = "add an officers table with the positions held"
        self.findings.append(Finding("roster-from-evidence", message, "note", hint=hint))
        return officers

    def _latest_of_each(self, assessments: pd.DataFrame) -> pd.DataFrame:
        """Return the last position, unit and region that assessments say of each officer."""
        rows = assessments[["officer", "date", *_WORKPLACE]].copy()
        written = rows["position"].unique()
        found = {name: self.checks.books["position"].candidates(name) for name in written}
        single = {name: ids[0] if len(ids) == 1 else "" for name, ids in found.items()}
        rows["position"] = rows["position"].map(single).fillna("")
        columns = {}
        for name in _WORKPLACE:
            said = rows[(rows[name] != "").to_numpy(bool)]
            order = canonical_order(said, ("officer", "date", name))
            last = said.iloc[order].drop_duplicates("officer", keep="last")
            columns[name] = last.set_index("officer")[name]
        return pd.DataFrame(columns, dtype=object)

    def _with_next_position(self, officers: pd.DataFrame) -> pd.DataFrame:
        index = self.framework.index
        names = np.array([*index.position_ids, ""], object)
        at = pd.Index(index.position_ids, dtype=object).get_indexer(pd.Index(officers["position"]))
        usual = names[np.append(index.next_position, -1)[at]]
        blank = (officers["next_position"] == "").to_numpy()
        written = officers["next_position"].to_numpy(dtype=object)
        return officers.assign(next_position=np.where(blank, usual, written))


_WORKPLACE = ("position", "unit", "region")


def _finished(rows: pd.DataFrame, table: str) -> pd.DataFrame:
    if not len(rows):
        return _nothing(table).copy()
    ordered = rows.iloc[canonical_order(rows, _SORTED_BY[table])]
    return typed(ordered, _kinds(table))


@cache
def _nothing(table: str) -> pd.DataFrame:
    return typed(pd.DataFrame(dict.fromkeys(OUTPUT[table], ())), _kinds(table))


def _kinds(table: str) -> dict[str, str]:
    kinds = {name: "datetime64[s]" if name in _DATES else "str" for name in OUTPUT[table]}
    kinds |= dict.fromkeys(kinds.keys() & _NUMBERS, "float64")
    return kinds | ({"level": "int64"} if table == "certificates" else {})
