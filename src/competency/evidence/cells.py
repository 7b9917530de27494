"""A column as its distinct cells: every cell is read once, however often it is repeated.

The files bring text, the workbooks numbers, truth values and dates as well; a parser turns one
cell into a value or into a :class:`Fault`, and :func:`convert` spreads the answers over the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from competency.tabular import CellError

if TYPE_CHECKING:
    from competency.arrays import Bools, Ints

Parser = Callable[[Any], Any]
"""From one cell that is not empty to a value, or to a `Fault`."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a cell cannot be used: a stable code, the reason in words, and the next step.

    The words never repeat the cell of an officer, a name or a value; a cell of another column is
    repeated only where it resembles something valid.
    """

    code: str
    reason: str
    hint: str = ""


_CELL_ERROR = Fault(
    "cell-error",
    "a cell holds an error, or a formula that was never calculated",
    "calculate the sheet, and paste the values",
)


@dataclass(frozen=True, eq=False)
class Cells:
    """The cells of one column.

    Parameters
    ----------
    distinct : tuple
        The distinct cells, none of them empty.
    codes : Ints, shape (n_rows,)
        Which of them stands in each row; -1 = the cell is empty.
    """

    distinct: tuple[Any, ...]
    codes: Ints

    def __len__(self) -> int:
        return len(self.codes)

    @property
    def filled(self) -> Bools:
        """Which rows have something in this column."""
        return self.codes >= 0

    def take(self, rows: Ints) -> Cells:
        """Return the cells at `rows`, in that order."""
        return Cells(self.distinct, self.codes[rows])


@dataclass(frozen=True, eq=False)
class Parsed:
    """A column after parsing: its values, and for each row which fault (-1 = none) it has."""

    answers: NDArray[Any]
    fault: Ints
    faults: tuple[Fault, ...]


def cells_of(column: Sequence[Any] | NDArray[Any] | pd.Series[Any]) -> Cells:
    """Return the cells of a column; None, NaN, NaT and the empty text are empty cells.

    Examples
    --------
    >>> cells_of(["a", "", "NA", "a"])
    Cells(distinct=('a', 'NA'), codes=array([ 0, -1,  1,  0]))
    >>> cells_of([1, True, 1.0]).distinct
    (1, True, 1.0)
    >>> cells_of([]).distinct
    ()
    """
    if set(map(type, column)) <= {str}:
        codes, distinct = pd.factorize(np.fromiter(column, object, len(column)))
        return encoded_cells(distinct.tolist(), codes)
    # NOTE: 1, 1.0 and True are equal in Python and are three different things in a sheet.
    seen: dict[tuple[type, Any], int] = {}
    numbers = [
        -1 if cell is None else seen.setdefault((type(cell), cell), len(seen))
        for cell in map(_plain, column)
    ]
    return Cells(tuple(cell for _, cell in seen), np.array(numbers, np.intp))


def encoded_cells(distinct: Sequence[Any], codes: Ints) -> Cells:
    """Return the cells of a column that is encoded already; its empty cells are found here."""
    plain = [_plain(cell) for cell in distinct]
    kept = [cell for cell in plain if cell is not None]
    moved = np.full(len(plain) + 1, -1, np.intp)
    moved[[i for i, cell in enumerate(plain) if cell is not None]] = np.arange(len(kept))
    return Cells(tuple(kept), moved[codes])


def constant_cells(cell: Any, size: int) -> Cells:
    """Return a column with the same cell in each of `size` rows."""
    return Cells((cell,), np.zeros(size, np.intp))


def joined_cells(parts: Sequence[Cells]) -> Cells:
    """Return the cells of all parts, one after the other."""
    distinct: list[Any] = []
    codes = []
    for part in parts:
        codes.append(np.where(part.filled, part.codes + len(distinct), -1))
        distinct += part.distinct
    return Cells(tuple(distinct), np.concatenate([np.empty(0, np.intp), *codes]))


def convert(cells: Cells, parse: Parser, *, empty: Any, kind: Any = object) -> Parsed:
    """Parse every distinct cell once and spread the answers over the rows.

    Parameters
    ----------
    cells : Cells
        The column.
    parse : Parser
        From a cell to a value or a `Fault`.
    empty : object
        Value of an empty cell, or the `Fault` of leaving it empty.
    kind : dtype
        Of the values; a row with a fault has the value that an empty cell has, or the zero of
        its kind.

    Examples
    --------
    >>> fault = Fault("too-short", "a cell is too short")
    >>> parsed = convert(cells_of(["ab", "", "c"]), lambda c: c if c[1:] else fault, empty="")
    >>> parsed.answers.tolist(), parsed.fault.tolist()
    (['ab', '', ''], [-1, -1, 0])
    """
    answers = [_CELL_ERROR if isinstance(c, CellError) else parse(c) for c in cells.distinct]
    answers.append(empty)
    faults: dict[Fault, int] = {}
    places = [
        faults.setdefault(answer, len(faults)) if isinstance(answer, Fault) else -1
        for answer in answers
    ]
    blank = _zero(kind) if isinstance(empty, Fault) else empty
    table = np.empty(len(answers), kind)
    table[:] = [
        blank if place >= 0 else answer for answer, place in zip(answers, places, strict=True)
    ]
    return Parsed(table[cells.codes], np.array(places, np.intp)[cells.codes], tuple(faults))


def _zero(kind: Any) -> Any:
    return {"f": np.nan, "M": np.datetime64("NaT")}.get(np.dtype(kind).kind, "")


def _plain(value: Any) -> Any:
    """Return a hashable Python cell, or None for an empty one."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, str | float):
        return None if value == "" or value != value else value
    if isinstance(value, Decimal):
        return _plain(float(value)) if value % 1 else int(value)
    # NOTE: a list or array in a cell is no value; its class stands for it and no parser takes it.
    return value if value.__hash__ else type(value)
