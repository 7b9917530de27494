"""A problem that was found: what, where, how sure, from how many, and what to do."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.errors import Finding, Severity, Where
from competency.stats import FALSE_DISCOVERIES, benjamini_hochberg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from competency.framework.model import Framework

LEAST = 5
"""Officers below which nothing is tested and no group is named (as in every roll-up)."""

NOTHING = float("nan")

_ACCESS = (
    "{value:.2f} trainings an officer, {reference:.2f} for all officers of the same positions "
    "({n} officers)"
)

TEXTS: dict[str, tuple[str, str]] = {
    "no-change": (
        (
            "{n} officers rated before and after gained {value:.2f} levels by their own history "
            "({low:.2f} to {high:.2f}; the catalogue claims {reference:.2f}): no measurable effect"
        ),
        "observe a class, revise what is taught, or drop it",
    ),
    "fading-gain": (
        (
            "gain of {reference:.2f} levels within a year and {value:.2f} later "
            "({n} officers rated before and after): the effect fades"
        ),
        "plan practice or a refresher some months after the class",
    ),
    "dropouts": (
        "{value:.0%} of {n} participants did not complete it ({reference:.0%} elsewhere)",
        "ask those who left; look at hours, entry levels and dates",
    ),
    "pulled-out": (
        (
            "{value:.0%} of {n} participants were withdrawn ({reference:.0%} expected from the "
            "trainings they took)"
        ),
        "agree with the employer that participants are freed for the whole class",
    ),
    "uneven-access-region": (_ACCESS, "hold a class there, or reserve seats for it"),
    "uneven-access-unit": (
        _ACCESS,
        "ask the unit what keeps its officers away, or reserve seats for it",
    ),
    "assessor-drift": (
        "{value:.0f} of {n} assessors of this source became more lenient or severe over the years",
        "let a second assessor rate some of their officers, and repeat the briefing",
    ),
    "need-without-training": (
        (
            "about {value:.0f} of {n} officers whose position asks for level {reference:.0f} are "
            "below it, and no training leads to it"
        ),
        "design a training instrument for it",
    ),
    "need-without-seats": (
        (
            "about {value:.0f} of {n} officers whose position asks for level {reference:.0f} are "
            "below it, and no class is scheduled"
        ),
        "schedule a class in the coming year",
    ),
    "need-without-measure": (
        "of {n} officers whose position asks for it nobody has ever been assessed",
        "design an instrument for it, and let supervisors rate it until there is one",
    ),
    "providers-differ": (
        (
            "succeeds {value:.0%} of the time, and {reference:.0%} at {other} ({n} officers rated "
            "before and after): providers of the same training differ"
        ),
        "let the two exchange trainers and material, or move the seats",
    ),
    "accreditation-lapses": (
        "accreditation ends on {other}, before the end of the year ahead; {n} sessions end later",
        "renew it in time, or move those sessions",
    ),
    "accreditation-lapsed": (
        "accreditation ended on {other}; {n} sessions end later",
        "renew it, or move those sessions to an accredited provider",
    ),
    "accreditation-unknown": (
        "no accreditation is known; {n} sessions ahead",
        "record the accreditation of the provider",
    ),
}
"""Message and suggested action of each kind of problem, in the order of the report."""

_WARNINGS = ("no-change", "need-without-training", "accreditation-lapsed")


@dataclass(frozen=True)
class Problem:
    """One problem.

    Parameters
    ----------
    code : str
        A key of `TEXTS`.
    subject : str
        Id of the training, provider or competency, or name of the unit, region or source.
    n : int
        What it rests on: officers, participants, assessors or sessions, as the text says.
    value, low, high : float
        The figure and its 90 % interval; NaN = none.
    reference : float
        What it is compared with.
    p, q : float
        P-value, and adjusted for the false discovery rate among all of the kind that were
        tested; NaN = a fact, not a test.
    other : str
        A second id, or a date.
    """

    code: str
    subject: str
    n: int
    value: float = NOTHING
    low: float = NOTHING
    high: float = NOTHING
    reference: float = NOTHING
    p: float = NOTHING
    q: float = NOTHING
    other: str = ""

    @property
    def action(self) -> str:
        """What to do next."""
        return TEXTS[self.code][1]

    @property
    def finding(self) -> Finding:
        """The problem in words."""
        severity: Severity = "warning" if self.code in _WARNINGS else "note"
        message = TEXTS[self.code][0].format(**asdict(self))
        if not np.isnan(self.q):
            message += f"; q = {self.q:.3f}"
        return Finding(self.code, message, severity, Where(id=self.subject), hint=self.action)


Found = tuple[list[Problem], int]
"""Problems of one kind, and how many were tested or checked."""


def flagged(code: str, tested: pd.DataFrame) -> Found:
    """Return those of the tested whose false discovery rate is at most one in twenty.

    `tested` has one row for each test, with column p and other fields of `Problem`; the problem
    with the smallest q comes first.
    """
    table = tested.assign(q=benjamini_hochberg(tested["p"].to_numpy(dtype=np.float64)))
    rows = table[table["q"] <= FALSE_DISCOVERIES].sort_values(["q", "subject"])
    return problems_of(code, rows), len(table)


def problems_of(code: str, table: pd.DataFrame) -> list[Problem]:
    """Return one problem for each row; columns are fields of `Problem`, others are left out."""
    names = [name for name in Problem.__dataclass_fields__ if name in table]
    rows = table[names].to_dict("records")
    return [Problem(code, **{str(name): value for name, value in row.items()}) for row in rows]


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """What is wrong with the trainings of a service, as far as the data can tell.

    Parameters
    ----------
    framework : Framework
    as_of : date
    problems : tuple of Problem
        By kind, the strongest first.
    tested : mapping of str to int
        How many of each kind were tested or checked; a kind that is missing was not, as its data
        were not given.
    """

    framework: Framework
    as_of: date
    problems: tuple[Problem, ...]
    tested: Mapping[str, int]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The problems in words, each with its n, its q and a suggested action."""
        return tuple(problem.finding for problem in self.problems)

    def to_frame(self) -> pd.DataFrame:
        """One row per problem: its fields, tested (of this kind) and action."""
        columns = list(Problem.__dataclass_fields__)
        frame = pd.DataFrame([asdict(row) for row in self.problems], columns=columns)
        frame["tested"] = [self.tested[row.code] for row in self.problems]
        frame["action"] = [row.action for row in self.problems]
        return frame

    def __repr__(self) -> str:
        tested = ", ".join(f"{code} {n}" for code, n in self.tested.items())
        return f"Diagnosis({len(self.problems)} problems; looked at: {tested})"
