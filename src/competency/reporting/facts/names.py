"""Labels of the framework's rows, by the numbers that arrays use."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from competency.reporting.facts.model import CompetencyLabel, Label

if TYPE_CHECKING:
    from competency.framework.model import Competency, Framework, Named, Provider, Training

KINDS = ("technical", "managerial", "sociocultural")
"""Order in which kinds of competencies are shown."""

Develops = tuple[CompetencyLabel, int, int]


class Names:
    """Lookups from index numbers to labels, built once for a report."""

    def __init__(self, framework: Framework) -> None:
        self.framework = framework
        self.index = framework.index

    @cached_property
    def competencies(self) -> tuple[CompetencyLabel, ...]:
        """Labels in the order of ``index.competency_ids``."""
        rows: dict[str, Competency] = {row.id: row for row in self.framework.competencies}
        return tuple(
            CompetencyLabel(name, rows[name].name, rows[name].name_en, rows[name].kind)
            for name in self.index.competency_ids
        )

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Competency numbers in the order of display: by kind, then by id."""
        numbers = range(len(self.competencies))
        return tuple(sorted(numbers, key=lambda c: (KINDS.index(self.competencies[c].kind), c)))

    @cached_property
    def positions(self) -> tuple[Label, ...]:
        """Labels in the order of ``index.position_ids``."""
        rows = {row.id: row for row in self.framework.positions}
        return tuple(label_of(rows[name]) for name in self.index.position_ids)

    def position(self, number: int) -> Label | None:
        """Return the label of a position; None for -1."""
        return self.positions[number] if number >= 0 else None

    @cached_property
    def training_rows(self) -> tuple[Training, ...]:
        """Rows in the order of ``index.training_ids``."""
        rows = {row.id: row for row in self.framework.trainings}
        return tuple(rows[name] for name in self.index.training_ids)

    @cached_property
    def trainings(self) -> tuple[Label, ...]:
        """Labels in the order of ``index.training_ids``."""
        return tuple(map(label_of, self.training_rows))

    @cached_property
    def providers(self) -> dict[str, Provider]:
        """Rows of the providers by id."""
        return {row.id: row for row in self.framework.providers}

    @cached_property
    def places(self) -> tuple[str, ...]:
        """Place of each session, in the order of ``index.session_ids``."""
        rows = {row.id: row.place for row in self.framework.sessions}
        return tuple(rows[name] for name in self.index.session_ids)

    @cached_property
    def levels(self) -> tuple[Label, ...]:
        """Labels of levels 1 and up of the main scale; their ids are the numbers."""
        named = {row.level: row for row in self.framework.levels if row.scale == "main"}
        numbers = range(1, self.index.n_levels)
        return tuple(
            Label(
                str(k), named[k].name if k in named else "", named[k].name_en if k in named else ""
            )
            for k in numbers
        )

    @cached_property
    def develops(self) -> tuple[tuple[Develops, ...], ...]:
        """What each training develops: competency, entry level and target level."""
        table = self.index.develops
        lists: list[list[Develops]] = [[] for _ in self.index.training_ids]
        for training, competency, entry, target in zip(
            table.training, table.competency, table.entry_level, table.target_level, strict=True
        ):
            lists[training].append((self.competencies[competency], int(entry), int(target)))
        return tuple(map(tuple, lists))

    def provider_of(self, training: int) -> Label | None:
        """Return the label of a training's provider, or None."""
        row = self.providers.get(self.training_rows[training].provider)
        return None if row is None else label_of(row)


def label_of(row: Named) -> Label:
    """Return the label of a framework row."""
    return Label(row.id, row.name, row.name_en)


def day(value: np.datetime64) -> date | None:
    """Return a NumPy day as a date; NaT as None.

    Examples
    --------
    >>> day(np.datetime64("2026-11-01"))
    datetime.date(2026, 11, 1)
    >>> day(np.datetime64("NaT")) is None
    True
    """
    return None if np.isnat(value) else value.astype("datetime64[D]").item()


def optional(value: float, digits: int = 6) -> float | None:
    """Return a rounded float, or None for NaN.

    Examples
    --------
    >>> optional(float("nan")) is None
    True
    """
    return None if np.isnan(value) else round(float(value), digits)
