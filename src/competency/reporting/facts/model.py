"""The facts of a report: a frozen tree of numbers and names, in no language and no layout.

Templates and the workbook write these facts down; they compute nothing. A value that does not
exist is None, never 0: not assessed, not relevant and level 0 stay different.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Label:
    """A row of the framework as it is written: its id and its names."""

    id: str
    name: str
    name_en: str = ""

    def text(self, locale: str) -> str:
        """Return the name in the reader's language, or the one name there is, or the id."""
        return (self.name_en if locale == "en" and self.name_en else self.name) or self.id


@dataclass(frozen=True, slots=True)
class CompetencyLabel(Label):
    """A competency with its kind."""

    kind: str = "technical"


@dataclass(frozen=True, slots=True)
class Heading:
    """What the report speaks of."""

    title: str
    framework: Label
    version: str
    source: str
    status: str
    synthetic: bool
    as_of: date
    horizon_end: date
    n_officers: int
    n_positions: int
    n_competencies: int
    n_trainings: int
    n_sessions: int


@dataclass(frozen=True, slots=True)
class Category:
    """A category of the job-person match, with the officers in it."""

    label: Label
    minimum: float | None
    count: int
    share: float


@dataclass(frozen=True, slots=True)
class WithoutPlan:
    """Why officers have no plan: a reason code and a count."""

    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """The few numbers on top; see the locale catalog for what each is called."""

    purpose: str
    match_mean: float | None
    n_matched: int
    categories: tuple[Category, ...]
    met_share: float | None
    unknown_share: float | None
    n_requirements: int
    hours: float
    hours_each: float | None
    hours_budget: float
    cost: float
    seats_used: int
    seats_offered: int
    n_planned: int
    n_steps: int
    without: tuple[WithoutPlan, ...]
    gap_before: float
    gap_closed: float


@dataclass(frozen=True, slots=True)
class HeatCell:
    """Mean expected gap of the assessed officers of one group in one competency.

    `shown` is False where a group is too small; then every other field is None.
    """

    shown: bool
    mean: float | None = None
    n_known: int | None = None
    n_unknown: int | None = None
    unknown_share: float | None = None
    step: int | None = None


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One group of officers; `n_officers` is None where the group is too small to be counted."""

    name: str
    n_officers: int | None
    cells: tuple[HeatCell, ...]


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Groups by competencies."""

    by: str
    aim: str
    competencies: tuple[CompetencyLabel, ...]
    rows: tuple[HeatRow, ...]
    overall: HeatRow
    top: float
    minimum_group: int
    n_left_out: int
    widest: tuple[str, CompetencyLabel, float] | None


@dataclass(frozen=True, slots=True)
class CoverageCell:
    """Need and seats for one level of one competency; empty where no position asks for it."""

    level: int
    asked: bool = False
    need: float | None = None
    n_unknown: int | None = None
    seats: int | None = None
    unlimited: bool = False
    n_trainings: int = 0


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """One competency."""

    competency: CompetencyLabel
    cells: tuple[CoverageCell, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Coverage of instruments: trainings, need and seats by competency and level."""

    rows: tuple[CoverageRow, ...]
    levels: tuple[Label, ...]
    top: float
    n_asked: int
    n_covered: int
    n_missing: int


@dataclass(frozen=True, slots=True)
class MatchRow:
    """Job-person match of the holders of one position."""

    position: Label
    n_officers: int | None
    mean: float | None
    categories: tuple[Category, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """Job-person match by category and position."""

    purpose: str
    official: bool
    rows: tuple[MatchRow, ...]


@dataclass(frozen=True, slots=True)
class TrainingRow:
    """Demand for one training, and what there is of it.

    `open` marks trainings without a limit of seats; else `seats` None means: no session.
    """

    training: Label
    type: str
    form: str
    provider: Label | None
    accredited_until: date | None
    accreditation: str
    hours: float
    cost: float
    wanted: int
    planned: int
    seats: int | None
    open: bool
    n_sessions: int
    fill: float | None
    gap_closed: float
    develops: tuple[tuple[CompetencyLabel, int, int], ...]


@dataclass(frozen=True, slots=True)
class SessionFact:
    """One dated class with its seats and how many of them the plan uses."""

    id: str
    training: Label
    start: date
    end: date
    place: str
    seats: int | None
    used: int


@dataclass(frozen=True, slots=True)
class Month:
    """The sessions that start in one month."""

    first: date
    sessions: tuple[SessionFact, ...]
    seats: int
    used: int


@dataclass(frozen=True, slots=True)
class Calendar:
    """The plan over the year; `undated` counts the steps without a session."""

    months: tuple[Month, ...]
    n_undated: int
    busiest: Month | None


@dataclass(frozen=True, slots=True)
class CompetencyLine:
    """What is believed of one officer in one competency.

    `required` maps an aim to the level asked; `gap` and `after` map an aim to the expected gap
    now and after the plan.
    """

    competency: CompetencyLabel
    probs: tuple[float, ...]
    known: bool
    expected: float
    n_observations: int
    last_date: date | None
    required: Mapping[str, int]
    gap: Mapping[str, float]
    after: Mapping[str, float]
    meets: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Step:
    """One training in one officer's plan."""

    order: int
    training: Label
    form: str
    type: str
    provider: Label | None
    start: date | None
    end: date | None
    place: str
    hours: float
    cost: float
    mandatory: bool
    develops: tuple[tuple[CompetencyLabel, int, int], ...]
    gain: float
    gap_left: float
    reasons: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class OfficerFacts:
    """One officer: position, beliefs, gaps, match and plan."""

    id: str
    position: Label | None
    next_position: Label | None
    unit: str
    region: str
    match: float | None
    match_low: float | None
    match_high: float | None
    match_category: Label | None
    lines: tuple[CompetencyLine, ...]
    n_required: int
    n_unknown: int
    gap: Mapping[str, float]
    after: Mapping[str, float]
    gap_before: float
    steps: tuple[Step, ...]
    hours: float
    without: str


@dataclass(frozen=True, slots=True)
class FileCount:
    """Rows of one table of one file."""

    table: str
    file: str
    read: int
    kept: int
    rejected: int


@dataclass(frozen=True, slots=True)
class RejectReason:
    """A reason for rejection, with its count."""

    code: str
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class FindingGroup:
    """Findings of one code; `examples` are a few of them, spelled out."""

    code: str
    severity: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """What was read, what was not, and what was noticed."""

    files: tuple[FileCount, ...]
    rejects: tuple[RejectReason, ...]
    findings: tuple[FindingGroup, ...]
    latest: date | None


@dataclass(frozen=True, slots=True)
class Remark:
    """What stood out in the measurements: a code, its numbers, and the competencies concerned.

    `text` and `hint` are those of the finding, for codes that no catalog has words for.
    """

    code: str
    severity: str
    facts: Mapping[str, str | int | float]
    competencies: tuple[CompetencyLabel, ...] = ()
    text: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Method:
    """How the numbers were made, for the notes and the last line of the page.

    `learned` says whether what trainings change comes from history; `aims` are labels: an aim that
    is a position has its name, ``held`` and ``next`` have none.
    """

    library: str
    ranking: str
    planning: str
    learned: bool
    aims: tuple[Label, ...]
    settings: Mapping[str, Any]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Summary:
    """All facts of one cohort's report; `measurement` is None when nobody looked."""

    heading: Heading
    figures: KeyFigures
    heat: HeatMap
    coverage: Coverage
    match: Match
    trainings: tuple[TrainingRow, ...]
    calendar: Calendar
    officers: tuple[OfficerFacts, ...]
    measurement: tuple[Remark, ...] | None
    quality: Quality
    method: Method

    def to_dict(self) -> dict[str, Any]:
        """Return the same facts as plain dicts, lists, numbers and texts (dates as ISO text)."""
        plain: dict[str, Any] = _plain(self)
        return plain


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value):
        fields = dataclasses.fields(value)
        return {field.name: _plain(getattr(value, field.name)) for field in fields}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value
