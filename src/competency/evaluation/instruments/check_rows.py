"""A form against its columns: every cell read, every row good or with its faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from competency.evaluation.instruments.forms import FORMS, GROUPS, OCCASIONS, FormColumn
from competency.evidence.cells import Cells, Fault, Parsed, Parser, convert
from competency.evidence.days import date_parser
from competency.evidence.names import NameBook, name_book, name_books
from competency.evidence.numbers import number_parser
from competency.evidence.parse import id_parser, text_parser
from competency.evidence.rejects import RowFaults, canonical_order, rejected_rows
from competency.evidence.scales import Scales, scales_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from competency.config import EvidenceConfig
    from competency.evidence.layout import Sheet
    from competency.framework.model import Framework

_KINDS = {"date": "datetime64[s]", "number": "float64"}
_PLACE = ("file", "sheet", "row")
_KEYS = {
    "learning": ("officer", "training", "competency", "instrument", "occasion", "source",
                 "assessor", "date"),
    "behaviour": ("officer", "training", "competency", "instrument", "occasion", "source",
                  "assessor", "date"),
    "results": ("training", "unit", "indicator", "occasion", "date"),
}  # fmt: skip
# What one row of a form speaks of; reactions may be anonymous, so nothing tells them apart.
_TWICE = Fault("given-twice", "the form was given twice", "keep the row that counts")
_OFF_SCALE = Fault(
    "value-out-of-range", "value is not between 0 and the highest value", "correct one of both"
)


@dataclass(frozen=True, eq=False)
class FormChecks:
    """What the cells of forms are checked against.

    Parameters
    ----------
    framework : Framework
    books : mapping of str to NameBook
        By kind of column.
    scales : Scales
    config : EvidenceConfig
    """

    framework: Framework
    books: Mapping[str, NameBook]
    scales: Scales
    config: EvidenceConfig

    @classmethod
    def of(cls, framework: Framework, config: EvidenceConfig) -> FormChecks:
        """Return the checks of a framework and settings.

        Parameters
        ----------
        framework : Framework
        config : EvidenceConfig
        """
        known = name_books(framework, config)
        books = {
            "competency": known.competency,
            "training": known.training,
            "source": known.source,
            "scale": known.scale,
            "occasion": _choice("occasion", OCCASIONS),
            "group": _choice("group", GROUPS),
        }
        return cls(framework, books, scales_of(framework, config), config)

    def check(self, sheet: Sheet) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the good rows of a `sheet` with their places, and its rejected ones."""
        faults, values = RowFaults(sheet), {}
        for column in FORMS[sheet.table].columns:
            parsed = self._parsed(sheet, column)
            faults.add(column.name, parsed)
            values[column.name] = parsed.answers
        if "group" in values:
            values["group"] = np.where(values["group"] == "", "trained", values["group"])
        if "competency" in values:
            level = self.scales.levels(values["value"], values["competency"], values["scale"])
            faults.add("value", level)
            values["level"] = level.answers
        if "highest" in values:
            faults.add_where("value", _off_scale(values), _OFF_SCALE)
        good = faults.good
        rows = pd.DataFrame({name: column[good] for name, column in values.items()})
        place = sheet.where
        placed = rows.assign(file=place.file, sheet=place.sheet, row=sheet.numbers[good])
        return placed, faults.lines()

    def once(self, form: str, parts: Sequence[pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return the rows of a `form` from all `parts` in order, and those given twice."""
        names = [column.name for column in FORMS[form].columns]
        names += ["level"] if "competency" in names else []
        filled = [part for part in parts if len(part)]
        if not filled:
            empty = pd.DataFrame({name: [] for name in (*names, *_PLACE)})
            kinds = {c.name: _KINDS.get(c.kind, "str") for c in FORMS[form].columns}
            kinds |= {"level": "float64"} if "level" in names else {}
            return empty.astype(kinds), pd.DataFrame()
        rows = pd.concat(filled, ignore_index=True)
        twice = np.zeros(len(rows), bool)
        if form in _KEYS:
            twice = rows.duplicated(list(_KEYS[form]), keep=False).to_numpy()
        doubled = rejected_rows(rows[twice], form, _TWICE) if twice.any() else pd.DataFrame()
        rows = rows[~twice].reset_index(drop=True)
        order = canonical_order(rows, [*names, *_PLACE])
        return rows.iloc[order].reset_index(drop=True), doubled

    def _parsed(self, sheet: Sheet, column: FormColumn) -> Parsed:
        cells = sheet.columns.get(column.name)
        kind = _KINDS.get(column.kind, "object")
        if cells is None:
            cells = Cells((), np.full(len(sheet), -1, np.intp))
        blank: Any = {"float64": np.nan, "datetime64[s]": np.datetime64("NaT")}.get(kind, "")
        if column.required:
            blank = Fault("missing", f"{column.name} is missing", "fill the cell")
        return convert(cells, self._parser(column, cells), empty=blank, kind=kind)

    def _parser(self, column: FormColumn, cells: Cells) -> Parser:
        what = column.name
        if column.kind == "id":
            return id_parser(what)
        if column.kind == "number":
            return number_parser(what, decimal=self.config.decimal)
        if column.kind == "date":
            return date_parser(what, date_format=self.config.date_format)
        if column.kind == "text":
            return text_parser(what)
        return self.books[column.kind].parser(cells)


def _choice(what: str, table: Mapping[str, Sequence[str]]) -> NameBook:
    pairs = [(name, label) for name, others in table.items() for label in (name, *others)]
    return name_book(what, f"the list of {what}s", pairs)


def _off_scale(values: Mapping[str, NDArray[Any]]) -> NDArray[np.bool_]:
    with np.errstate(invalid="ignore"):
        return np.asarray((values["value"] < 0) | (values["value"] > values["highest"]))
