"""One cell: from text or a workbook value to the type of its column, and back to text.

Every kind of column has one small, explicit parser. Nothing is coerced: a whole number is not a
date, ``TRUE`` is not a level, ``inf`` is not a number. A blank cell is an absent value.
"""

from __future__ import annotations

import math
import re
import types
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from competency.errors import nearest_names
from competency.framework.model import Row
from competency.tabular import CellError, fold

ColumnKind = Literal["id", "text", "int", "float", "bool", "date", "choice"]

_YES = frozenset({"true", "ya", "yes", "benar", "1"})
_NO = frozenset({"false", "tidak", "no", "salah", "0"})
_INT = re.compile(r"[+-]?[0-9]{1,15}")
_FLOAT = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_EXACT = 10**15
# Spreadsheets keep 15 digits of a number; beyond it the digits are lost before we see them.


class UnreadableCell(ValueError):  # noqa: N818 - a verdict on one cell, turned into a Finding
    """Why a cell does not fit its column: code, sentence, nearest values and hint."""

    def __init__(
        self, code: str, message: str, *, hint: str = "", nearest: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.hint, self.nearest = code, message, hint, nearest


@dataclass(frozen=True)
class Column:
    """One column of a table: its kind, whether it must be filled, and what blank stands for."""

    name: str
    kind: ColumnKind
    required: bool
    default: object
    choices: tuple[str, ...] = ()


@lru_cache(maxsize=64)
def columns_of(kind: type[Row]) -> tuple[Column, ...]:
    """Return the columns of a row type, its own first, then where the row comes from.

    Examples
    --------
    >>> from competency.framework.model import TrainingPrerequisite
    >>> [column.name for column in columns_of(TrainingPrerequisite)]
    ['training', 'requires_training', 'source', 'status']
    """
    own = [name for name in kind.model_fields if name not in Row.model_fields]
    return tuple(_column(name, kind.model_fields[name]) for name in [*own, *Row.model_fields])


def _column(name: str, field: FieldInfo) -> Column:
    kind, choices = _kind(field.annotation)
    if kind == "text" and any(getattr(rule, "pattern", None) for rule in field.metadata):
        kind = "id"
    default = None if field.is_required() else field.default
    return Column(name, kind, field.is_required(), default, choices)


def _kind(annotation: Any) -> tuple[ColumnKind, tuple[str, ...]]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _kind(get_args(annotation)[0])
    if origin is Literal:
        return "choice", tuple(value for value in get_args(annotation) if value)
    if origin in (Union, types.UnionType):
        parts = [_kind(part) for part in get_args(annotation) if part is not types.NoneType]
        return parts[0][0], tuple(choice for _, choices in parts for choice in choices)
    return _PLAIN[annotation], ()


_PLAIN: dict[type, ColumnKind] = {
    str: "text", int: "int", float: "float", bool: "bool", date: "date",
}  # fmt: skip


def parse_cell(column: Column, cell: object, *, comma_decimal: bool = False) -> object:
    """Return the value of a cell, or raise `UnreadableCell` with the reason.

    Parameters
    ----------
    column : Column
        What the cell should hold.
    cell : object
        Text, or the native value of a workbook cell; None and "" are blank.
    comma_decimal : bool
        Whether a comma may be the decimal mark (in files that use the semicolon).

    Examples
    --------
    >>> parse_cell(Column("level", "int", True, None), "3")
    3
    >>> parse_cell(Column("weight", "float", False, 1.0), "")
    1.0
    """
    if isinstance(cell, CellError):
        hint = "put the value itself in the cell" if cell == "=" else "correct the formula"
        what = "holds a formula without a value" if cell == "=" else f"shows the error {cell!s}"
        raise UnreadableCell("cell-error", f"{column.name} {what}", hint=hint)
    if isinstance(cell, str) and column.kind not in ("id", "text"):
        cell = cell.strip()
    if cell is None or cell == "":
        if column.required:
            raise UnreadableCell("blank-cell", f"{column.name} is blank", hint="fill it in")
        return column.default
    if column.kind == "float" and comma_decimal and isinstance(cell, str):
        cell = _without_comma(column, cell)
    return _PARSERS[column.kind](column, cell)


def _without_comma(column: Column, text: str) -> str:
    if _THOUSANDS.fullmatch(text):
        message = f"{column.name} {shown(text)} may be thousands or a fraction"
        hint = "write thousands without a mark (1234), a fraction with a comma (1,234)"
        raise UnreadableCell("ambiguous-number", message, hint=hint)
    return text.replace(",", ".") if text.count(",") == 1 and "." not in text else text


def _text(column: Column, cell: object) -> str:
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, (int, float)):
        return _number_as_text(column, cell)
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    message = f"{column.name} is a time"
    raise UnreadableCell("not-text", message, hint="format the cell as text")


def _id(column: Column, cell: object) -> str:
    if isinstance(cell, str) and cell != cell.strip():
        message = f"{column.name} {shown(cell)} has space around it"
        raise UnreadableCell("space-around-id", message, hint="remove the space")
    rounded = isinstance(cell, float) and abs(cell) >= _EXACT
    if not rounded and (not isinstance(cell, (str, int)) or isinstance(cell, bool)):
        message = f"{column.name} is an id, but the cell holds a number, a date or a yes/no"
        raise UnreadableCell("not-text", message, hint="format the cell as text and retype the id")
    return _text(column, cell)


def _number_as_text(column: Column, number: float) -> str:
    if abs(number) >= _EXACT:
        message = f"{column.name} is a number of more than 15 digits, which a workbook rounds"
        raise UnreadableCell("rounded-number", message, hint="format the cell as text and retype")
    return str(int(number)) if number == int(number) else repr(number)


def _int(column: Column, cell: object) -> int:
    if isinstance(cell, str) and _INT.fullmatch(cell):
        return int(cell)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool) and cell % 1 == 0:
        return int(cell)
    message = f"{column.name} {shown(cell)} is not a whole number"
    raise UnreadableCell("not-a-whole-number", message, hint="write digits only, for example 3")


def _float(column: Column, cell: object) -> float:
    plain = isinstance(cell, str) and _FLOAT.fullmatch(cell)
    if plain or (isinstance(cell, (int, float)) and not isinstance(cell, bool)):
        number = float(cell)  # type: ignore[arg-type]
        if math.isfinite(number):
            return number
    message = f"{column.name} {shown(cell)} is not a number"
    hint = "write digits with a decimal point and no thousands mark, for example 1250.5"
    raise UnreadableCell("not-a-number", message, hint=hint)


def _bool(column: Column, cell: object) -> bool:
    text = fold(str(cell)) if isinstance(cell, (str, int)) else ""
    if text in _YES or text in _NO:
        return text in _YES
    message = f"{column.name} {shown(cell)} is neither yes nor no"
    raise UnreadableCell("not-yes-or-no", message, hint="write true or false (ya, tidak, 1, 0)")


def _date(column: Column, cell: object) -> date:
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date()
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return cell
    if isinstance(cell, str) and _ISO_DATE.fullmatch(cell):
        try:
            return date.fromisoformat(cell)
        except ValueError:
            message = f"{column.name} {shown(cell)} is not a day of the calendar"
            raise UnreadableCell("not-a-date", message, hint="correct the date") from None
    message = f"{column.name} {shown(cell)} is not a date"
    raise UnreadableCell("not-a-date", message, hint="write dates as YYYY-MM-DD")


def _choice(column: Column, cell: object) -> str:
    if isinstance(cell, str) and cell in column.choices:
        return cell
    text = str(cell)
    near = nearest_names(text, column.choices)
    hint = "" if near else f"one of: {', '.join(column.choices)}"
    message = f"{column.name} {shown(cell)} is not one of the choices"
    raise UnreadableCell("unknown-choice", message, nearest=near, hint=hint)


_PARSERS: dict[ColumnKind, Callable[[Column, object], object]] = {
    "id": _id, "text": _text, "int": _int, "float": _float,
    "bool": _bool, "date": _date, "choice": _choice,
}  # fmt: skip


def shown(cell: object) -> str:
    """Return a cell for a message: quoted, and cut after 40 characters."""
    text = str(cell)
    return repr(text if len(text) <= 40 else f"{text[:37]}...")


def cell_text(value: object) -> str:
    """Return the one text that stands for a value in CSV files and in the content hash.

    Examples
    --------
    >>> [cell_text(value) for value in (None, True, 3, 40.0, 0.5, date(2026, 11, 1))]
    ['', 'true', '3', '40', '0.5', '2026-11-01']
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value == int(value) and abs(value) < _EXACT:
        return str(int(value))
    return repr(value) if isinstance(value, float) else str(value)
