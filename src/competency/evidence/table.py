"""What has been seen: the tables that were kept, and the rows that were not, with reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.arrays import Ints, Texts, frozen
from competency.errors import Finding, InputError, Where

if TYPE_CHECKING:
    from competency.framework.model import Framework

RESPONSE_COLUMNS = ("officer", "competency", "item", "value", "highest", "level", "date")

REJECTED_COLUMNS = ("table", "file", "sheet", "row", "column", "code", "reason", "hint")


@dataclass(frozen=True, eq=False)
class Roster:
    """The officers, sorted by id: the officer axis of every array that follows.

    Parameters
    ----------
    officer_ids : Texts, shape (n_officers,)
        Ids as text, sorted, unique.
    position, next_position : Ints, shape (n_officers,)
        Index into ``framework.index.position_ids``; -1 = none.
    unit, region : Texts, shape (n_officers,)
        Where the officer works; empty text = not given.
    """

    officer_ids: Texts
    position: Ints
    next_position: Ints
    unit: Texts
    region: Texts

    def __len__(self) -> int:
        return len(self.officer_ids)

    @cached_property
    def row_of(self) -> dict[str, int]:
        """Officer id to row."""
        return {str(name): i for i, name in enumerate(self.officer_ids)}

    def rows_of(self, officers: Sequence[str]) -> Ints:
        """Return the rows of officers, int32 ``(len(officers),)``, in the order asked for.

        Parameters
        ----------
        officers : sequence of str
            Officer ids.

        Raises
        ------
        InputError
            With one finding for each id that is not here; the ids themselves are not repeated.
        """
        findings = [
            Finding(
                "unknown-officer",
                f"officer number {number} of those asked for is not in the evidence",
                hint="ids are text: check leading zeros, and the table of officers",
            )
            for number, name in enumerate(officers, start=1)
            if name not in self.row_of
        ]
        if findings:
            raise InputError("officers", findings)
        return np.array([self.row_of[name] for name in officers], np.int32)

    def take(self, rows: Ints) -> Roster:
        """Return the officers at `rows`, in that order."""
        return Roster(
            frozen(self.officer_ids[rows]),
            frozen(self.position[rows]),
            frozen(self.next_position[rows]),
            frozen(self.unit[rows]),
            frozen(self.region[rows]),
        )


def _no_responses() -> pd.DataFrame:
    kinds = dict.fromkeys(RESPONSE_COLUMNS, "str") | dict.fromkeys(
        ("value", "highest", "level"), "float64"
    )
    frame = pd.DataFrame(dict.fromkeys(RESPONSE_COLUMNS, ()))
    return frame.astype(kinds | {"date": "datetime64[s]"})


@dataclass(frozen=True, eq=False)
class Evidence:
    """Tables of evidence, checked against a framework.

    Parameters
    ----------
    framework : Framework
        The framework whose ids the tables use.
    officers : DataFrame
        Columns officer, name, position, next_position, unit, region; one row per officer,
        sorted by officer. Ids are text; missing text is "". A next position that was not given
        is the usual next step of the framework's ladder.
    assessments : DataFrame
        Columns officer, competency, source, assessor, value (raw, float), scale, level (float:
        the value mapped to the framework's levels; may be fractional), date (datetime64[s]).
    responses : DataFrame
        Answers to items of tests: columns officer, competency, item, value (points, from 0),
        highest (most points that the item gives; NaN = not said), level (that the item was
        written for; NaN = not said), date.
    certificates : DataFrame
        Columns officer, competency, level (int), issued, expires (NaT = never), issuer.
    history : DataFrame
        Columns officer, training, session, status (completed, failed, withdrawn, enrolled),
        start, end.
    kept : DataFrame
        One line per row that was kept: table, file, sheet, row.
    rejected : DataFrame
        One line per row that was not: table, file, sheet, row, column, code, reason, hint.
    findings : tuple of Finding
        What was noticed besides rejected rows (an officer in no position, an ignored column).

    Notes
    -----
    Rows read = rows kept + rows rejected, for each table and file. In a wide sheet (one column
    per competency) a filled cell counts as a row, and an empty cell is simply not an assessment.
    """

    framework: Framework
    officers: pd.DataFrame
    assessments: pd.DataFrame
    certificates: pd.DataFrame
    history: pd.DataFrame
    kept: pd.DataFrame
    rejected: pd.DataFrame
    findings: tuple[Finding, ...] = ()
    responses: pd.DataFrame = field(default_factory=_no_responses)

    @cached_property
    def roster(self) -> Roster:
        """The officers as arrays."""
        positions = pd.Index(self.framework.index.position_ids)
        columns = self.officers

        def number(name: str) -> Ints:
            return frozen(positions.get_indexer(pd.Index(columns[name])).astype(np.int32))

        def text(name: str) -> Texts:
            return frozen(columns[name].to_numpy(dtype=object, copy=True))

        return Roster(
            text("officer"),
            number("position"),
            number("next_position"),
            text("unit"),
            text("region"),
        )

    def counts(self) -> pd.DataFrame:
        """Rows read, kept and rejected, by table and file."""
        kept = self.kept.groupby(["table", "file"], sort=True).size().rename("kept")
        rejected = self.rejected.groupby(["table", "file"], sort=True).size().rename("rejected")
        both = pd.concat([kept, rejected], axis=1).fillna(0).astype(int).sort_index()
        both.insert(0, "read", both["kept"] + both["rejected"])
        return both.reset_index()

    @cached_property
    def rejections(self) -> tuple[Finding, ...]:
        """One warning for each file and reason for which rows were rejected."""
        groups = self.rejected.groupby(["file", "sheet", "code"], sort=True)
        return tuple(
            Finding(
                f"rejected-{code}",
                f"{len(rows)} rows rejected: {rows['reason'].iloc[0]}",
                "warning",
                where=Where(str(file), str(sheet), row=int(rows["row"].min())),
                hint=str(rows["hint"].iloc[0]),
            )
            for (file, sheet, code), rows in groups
        )

    def latest_date(self) -> date | None:
        """The last date on which anything was seen, or None."""
        columns = (
            self.assessments["date"],
            self.responses["date"],
            self.certificates["issued"],
            self.history["end"],
        )
        latest = max((column.max() for column in columns if len(column)), default=pd.NaT)
        return None if pd.isna(latest) else latest.date()

    def __repr__(self) -> str:
        answers = f"{len(self.responses)} answers to items, " if len(self.responses) else ""
        return (
            f"Evidence({len(self.officers)} officers, {len(self.assessments)} assessments, "
            f"{answers}{len(self.certificates)} certificates, {len(self.history)} trainings taken; "
            f"{len(self.rejected)} rows rejected)"
        )
