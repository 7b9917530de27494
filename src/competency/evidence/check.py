"""A sheet against its contract: every cell read, every row kept or rejected with reasons."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from competency.errors import Where
from competency.evidence.cells import Cells, Fault, Parsed, Parser, convert
from competency.evidence.contracts import EVIDENCE, Column, Contracts
from competency.evidence.days import date_parser
from competency.evidence.layout import Sheet
from competency.evidence.numbers import number_parser
from competency.evidence.parse import id_parser, text_parser
from competency.evidence.rejects import RowFaults

if TYPE_CHECKING:
    from competency.arrays import Texts
    from competency.config import EvidenceConfig
    from competency.evidence.names import NameBook
    from competency.evidence.scales import Scales

Values = dict[str, NDArray[Any]]

PLACE = ("file", "sheet", "row")
"""Columns that say where a row of a checked table came from."""

MOST_POINTS = 20
"""Most points of one item (chosen by the project): more is the score of a whole test."""

_KINDS = {"date": "datetime64[s]", "number": "float64"}
_NOT_LISTED = Fault(
    "unknown-officer",
    "the officer is not in the officers table",
    "add the officer, or correct the id",
)


@dataclass(frozen=True, eq=False)
class Checks:
    """What cells and rows are checked against.

    Parameters
    ----------
    books : mapping of str to NameBook
        By kind of column: ids and names of the framework and the settings.
    scales : Scales
        Maps values to levels.
    config : EvidenceConfig
        Decimal mark and date format.
    officers : frozenset of str or None
        Ids of the officers table; None where there is no such table.
    contracts : Contracts
        Columns of each table.
    rules : mapping of str to function
        By table: what must hold between the columns of a row.
    """

    books: Mapping[str, NameBook]
    scales: Scales
    config: EvidenceConfig
    officers: frozenset[str] | None = None
    contracts: Contracts = EVIDENCE
    rules: Mapping[str, Rule] = field(default_factory=lambda: _RULES)

    def rows(self, table: str, sheets: Sequence[Sheet]) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
        """Return the good rows of all sheets of a table, and the rejected rows of each."""
        empty = Sheet(table, Where(), {}, {}, np.empty(0, np.intp), ())
        own = [sheet for sheet in sheets if sheet.table == table] or [empty]
        parts = [self.check(sheet) for sheet in own]
        good = pd.concat([rows for rows, _ in parts], ignore_index=True)
        return good, [rejected for _, rejected in parts]

    def check(self, sheet: Sheet) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the rows that can be used, with their places, and the rejected ones."""
        faults = RowFaults(sheet)
        values: Values = {}
        for column in self.contracts.tables[sheet.table].columns:
            parsed = self._parsed(sheet, column)
            faults.add(column.name, parsed)
            values[column.name] = parsed.answers
        if sheet.table in self.rules:
            self.rules[sheet.table](self, values, faults)
        good = faults.good
        rows = pd.DataFrame({name: column[good] for name, column in values.items()})
        place = sheet.where
        placed = rows.assign(file=place.file, sheet=place.sheet, row=sheet.numbers[good])
        return placed, faults.lines()

    def _parsed(self, sheet: Sheet, column: Column) -> Parsed:
        cells = sheet.columns.get(column.name)
        kind = _KINDS.get(column.kind, "object")
        if cells is None:
            cells = Cells((), np.full(len(sheet), -1, np.intp))
        blank: Any = {"float64": np.nan, "datetime64[s]": np.datetime64("NaT")}.get(kind, "")
        if column.required:
            blank = Fault("missing", f"{column.name} is missing", "fill the cell")
        return convert(cells, self._parser(column, cells), empty=blank, kind=kind)

    def _parser(self, column: Column, cells: Cells) -> Parser:
        what = column.name
        if column.kind == "officer":
            return self._officer
        if column.kind == "id":
            return id_parser(what)
        if column.kind == "number":
            return number_parser(what, decimal=self.config.decimal)
        if column.kind == "date":
            return date_parser(what, date_format=self.config.date_format)
        if column.kind == "text":
            return text_parser(what)
        return self.books[column.kind].parser(cells)

    def _officer(self, cell: Any) -> str | Fault:
        officer: str | Fault = id_parser("officer")(cell)
        if self.officers is None or isinstance(officer, Fault) or officer in self.officers:
            return officer
        return _NOT_LISTED


def check_levels(checks: Checks, values: Values, faults: RowFaults) -> None:
    """Add the level of each value on the scale of its competency."""
    level = checks.scales.levels(values["value"], values["competency"], values["scale"])
    faults.add("value", level)
    values["level"] = level.answers


def _check_responses(checks: Checks, values: Values, faults: RowFaults) -> None:
    value, most, level = values["value"], values["highest"], values["level"]
    hint = (
        f"an item is scored in whole points from 0 to at most {MOST_POINTS}; the score of a "
        "whole test is an assessment with a scale"
    )
    for name, given, least in (("value", value, 0), ("highest", most, 1)):
        with np.errstate(invalid="ignore"):
            wrong = (given != np.round(given)) | (given < least) | (given > MOST_POINTS)
        message = f"{name} is no number of points of an item"
        faults.add_where(name, ~np.isnan(given) & wrong, Fault("not-item-points", message, hint))
    fault = Fault("value-above-highest", "value lies above highest", "correct one of the two")
    faults.add_where("value", value > most, fault)
    outside = (level < 1) | (level > checks.scales.highest(values["competency"]))
    hint = "the level that an item was written for is one of the scale of its competency"
    faults.add_where(
        "level", outside, Fault("level-out-of-range", "level is not on the scale", hint)
    )


def _check_certificates(checks: Checks, values: Values, faults: RowFaults) -> None:
    highest = checks.scales.highest(values["competency"])
    level = values["level"]
    known = highest > 0
    with np.errstate(invalid="ignore"):
        partly = level != np.round(level)
        outside = known & ((level < 1) | (level > highest))
    hint = "a certificate attests one level of the scale"
    faults.add_where(
        "level", ~np.isnan(level) & partly, Fault("not-whole", "level is not a whole number", hint)
    )
    faults.add_where(
        "level", outside, Fault("level-out-of-range", "level is not on the scale", hint)
    )
    fault = Fault("expires-before-issued", "expires lies before issued", "correct one of the dates")
    faults.add_where("expires", values["expires"] < values["issued"], fault)


def _check_history(_checks: Checks, values: Values, faults: RowFaults) -> None:
    fault = Fault("ends-before-start", "end lies before start", "correct one of the dates")
    faults.add_where("end", values["end"] < values["start"], fault)


Rule = Callable[[Checks, Values, RowFaults], None]

_RULES: dict[str, Rule] = {
    "assessments": check_levels,
    "responses": _check_responses,
    "certificates": _check_certificates,
    "history": _check_history,
}


def distinct_ids(*columns: pd.Series[Any] | Texts) -> list[str]:
    """Return the ids of all columns, sorted, once each."""
    return sorted({str(name) for column in columns for name in pd.unique(column)})
