"""What a sheet of the workbook is: columns, rows made one after another, and their source."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from competency.evidence.table import Evidence
    from competency.planning.plan import Plan
    from competency.reporting.facts.match import MatchTable
    from competency.reporting.facts.model import Label, Summary
    from competency.reporting.facts.names import Names
    from competency.wording import Wording

Look = Literal["text", "whole", "decimal", "percent", "money", "date"]
Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet: catalog key of its header, look of its cells, width in characters."""

    key: str
    look: Look = "text"
    width: int = 14


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: catalog key of its name, columns, and its rows made one after another."""

    key: str
    columns: tuple[Column, ...]
    rows: Callable[[], Iterable[Row]]


@dataclass(frozen=True)
class Voice:
    """A plan, and the words to say it with."""

    plan: Plan
    names: Names
    w: Wording
    evidence: Evidence | None

    def text(self, label: Label | None) -> str:
        """Return a label in the reader's language; "" for none."""
        return label.text(self.w.locale) if label else ""

    def position(self, number: int) -> str:
        """Return the name of a position by number; "" for -1."""
        return self.text(self.names.positions[number]) if number >= 0 else ""

    def answer(self, value: object) -> str:
        """Return yes or no."""
        return self.w("yes" if value else "no")


@dataclass(frozen=True)
class Source(Voice):
    """Everything that sheets are made from."""

    match: MatchTable
    summary: Summary
