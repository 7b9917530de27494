"""What a position asks: the tables of a competency framework, one frozen row type each.

Row types are pydantic models in strict mode; the folder of CSV files, the workbook and the
arrays are all made from them. Every row may say where it comes from (`source`) and what kind of
claim it is (`status`). Text fields are in the framework's language; a field ending in ``_en``
is its English twin.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from typing import Self

    import networkx as nx

    from competency.framework.index import FrameworkIndex

Kind = Literal["technical", "managerial", "sociocultural"]
Status = Literal["regulation", "practice", "illustrative"]
TrainingType = Literal[
    "functional", "technical", "managerial", "sociocultural", "leadership", "other"
]
ClassicalForm = Literal[
    "leadership_training", "functional_training", "technical_training", "managerial_training",
    "sociocultural_training", "workshop", "seminar", "course", "upgrading",
    "technical_guidance", "dissemination", "other_classical",
]  # fmt: skip
NonClassicalForm = Literal[
    "coaching", "mentoring", "e_learning", "distance_learning", "secondment", "outbound",
    "benchmarking", "exchange", "self_study", "learning_community", "workplace_guidance",
    "internship", "other_nonclassical",
]  # fmt: skip
# The forms of development of PerLAN 10/2018: classical and non-classical.

Id = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^\S(.*\S)?$")]
Words = Annotated[str, Field(min_length=1)]
Level = Annotated[int, Field(ge=0, le=20)]
Rank = Annotated[int, Field(ge=1, le=20)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Seats = Annotated[int, Field(ge=0, le=999_999_999)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Row(BaseModel):
    """A row of a framework table: frozen, strict, and honest about where it comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    key: ClassVar[tuple[str, ...]] = ("id",)
    """The columns that identify a row in its table."""

    source: str = ""
    status: Status | None = None


class Named(Row):
    """A row with an id and a name in one or two languages."""

    id: Id
    name: Words
    name_en: str = ""

    def label(self, locale: str = "id") -> str:
        """Return the English name where `locale` is "en" and one is given, else the name."""
        return self.name_en if locale == "en" and self.name_en else self.name


class About(Named):
    """The framework itself: one row."""

    language: Words = "id"
    publisher: str = ""
    licence: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    legal_basis: str = ""


class ScaleLevel(Row):
    """One level of a proficiency scale; level 0 (below the first) is implied."""

    key: ClassVar[tuple[str, ...]] = ("scale", "level")
    scale: Id = "main"
    level: Rank
    name: Words
    name_en: str = ""
    description: str = ""
    description_en: str = ""


class Competency(Named):
    """Something an officer can do, of one kind, measured on one scale."""

    kind: Kind = "technical"
    parent: str = ""
    scale: Id = "main"
    definition: str = ""
    definition_en: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    legal_basis: str = ""


class Indicator(Row):
    """What can be seen of an officer at one level of one competency."""

    key: ClassVar[tuple[str, ...]] = ("competency", "level", "number")
    competency: Id
    level: Rank
    number: Rank = 1
    text: Words
    text_en: str = ""


class Tier(Named):
    """A rank of positions, with the levels that practice asks of it for the generic kinds."""

    managerial_level: Rank | None = None
    sociocultural_level: Rank | None = None


class Position(Named):
    """A position that an officer holds or may come to hold."""

    family: str = ""
    tier: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    legal_basis: str = ""


class LadderStep(Row):
    """From a position to a next one; `usual` marks the step that is assumed for everyone."""

    key: ClassVar[tuple[str, ...]] = ("position", "next_position")
    position: Id
    next_position: Id
    usual: bool = True


class Requirement(Row):
    """The level of a competency that a position asks for."""

    key: ClassVar[tuple[str, ...]] = ("position", "competency")
    position: Id
    competency: Id
    level: Rank
    weight: Amount = 1.0
    ceiling: Rank | None = None
    mandatory: bool = False


class Prerequisite(Row):
    """A level of one competency that comes before a level of another."""

    key: ClassVar[tuple[str, ...]] = ("competency", "level", "requires_competency")
    competency: Id
    level: Rank
    requires_competency: Id
    requires_level: Rank


class Provider(Named):
    """A training body, central or regional, and its accreditation."""

    scope: Literal["central", "regional", ""] = ""
    region: str = ""
    accreditation_body: str = ""
    accreditation_grade: str = ""
    accreditation_valid_until: date | None = None


class Training(Named):
    """One form of development that can be taken: a functional training, a bimtek, coaching ..."""

    type: TrainingType = "technical"
    form: ClassicalForm | NonClassicalForm = "other_classical"
    hours: Amount
    cost: Amount = 0.0
    class_size: Annotated[int, Field(ge=1, le=999_999_999)] | None = None
    yearly_seats: Seats | None = None
    """Officers who can take it in a year where it has no sessions; blank is no limit."""
    provider: str = ""
    region: str = ""
    entry_match: Share = 1.0
    """Share of the entry levels that an officer must bring (1 = every one of them)."""
    description: str = ""
    description_en: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    legal_basis: str = ""


class Develops(Row):
    """A training lifts a competency from `entry_level` or above to `target_level`.

    `success` is the prior probability that it does so for one officer who completes it.
    """

    key: ClassVar[tuple[str, ...]] = ("training", "competency")
    training: Id
    competency: Id
    entry_level: Level = 0
    target_level: Rank
    success: Share = 0.7


class EntryRequirement(Row):
    """A level that an officer must bring to a training, beyond the entry levels it develops."""

    key: ClassVar[tuple[str, ...]] = ("training", "competency")
    training: Id
    competency: Id
    level: Rank


class TrainingPrerequisite(Row):
    """A training that must be passed before another."""

    key: ClassVar[tuple[str, ...]] = ("training", "requires_training")
    training: Id
    requires_training: Id


class MandatoryTraining(Row):
    """A training that the holder of a position must take."""

    key: ClassVar[tuple[str, ...]] = ("position", "training")
    position: Id
    training: Id


class Session(Row):
    """One dated class of a training, with seats. No seats given means no limit."""

    id: Id
    training: Id
    start: date
    end: date
    seats: Seats | None = None
    place: str = ""
    region: str = ""
    """Who may come: officers of this region only; blank is open to all."""


class JpmCutoff(Row):
    """A category of the job-person match, by purpose and tier (``*`` = every other tier)."""

    key: ClassVar[tuple[str, ...]] = ("purpose", "tier", "category")
    purpose: Id
    tier: Id = "*"
    category: Id
    name: Words
    name_en: str = ""
    minimum: Amount
    """Lowest match of the category, in percent."""


class JpRule(Row):
    """A rule on training hours (JP, *jam pelajaran*): an entitlement or what a form counts."""

    id: Id
    form: str = ""
    value: Amount
    unit: Words
    period: str = ""
    text: str = ""
    text_en: str = ""


TABLES: dict[str, type[Row]] = {
    "framework": About,
    "levels": ScaleLevel,
    "competencies": Competency,
    "indicators": Indicator,
    "tiers": Tier,
    "positions": Position,
    "ladder": LadderStep,
    "requirements": Requirement,
    "prerequisites": Prerequisite,
    "providers": Provider,
    "trainings": Training,
    "develops": Develops,
    "entry_requirements": EntryRequirement,
    "training_prerequisites": TrainingPrerequisite,
    "mandatory_trainings": MandatoryTraining,
    "sessions": Session,
    "jpm_cutoffs": JpmCutoff,
    "jp_rules": JpRule,
}
"""Table name (= CSV file stem = workbook sheet = field of `Framework`) to row type."""


class Framework(BaseModel):
    """A competency framework: immutable, and known by the hash of its content.

    Parameters
    ----------
    framework : tuple of About
        Exactly one row.
    levels, competencies, indicators, ... : tuple of the row type in `TABLES`
        The tables, in the order of the input.

    Notes
    -----
    Build one with :func:`competency.load_framework`, which checks references; the constructor
    checks single rows only. `version` depends on the content, not on the order of rows.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    framework: tuple[About, ...]
    levels: tuple[ScaleLevel, ...]
    competencies: tuple[Competency, ...]
    indicators: tuple[Indicator, ...] = ()
    tiers: tuple[Tier, ...] = ()
    positions: tuple[Position, ...] = ()
    ladder: tuple[LadderStep, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    prerequisites: tuple[Prerequisite, ...] = ()
    providers: tuple[Provider, ...] = ()
    trainings: tuple[Training, ...] = ()
    develops: tuple[Develops, ...] = ()
    entry_requirements: tuple[EntryRequirement, ...] = ()
    training_prerequisites: tuple[TrainingPrerequisite, ...] = ()
    mandatory_trainings: tuple[MandatoryTraining, ...] = ()
    sessions: tuple[Session, ...] = ()
    jpm_cutoffs: tuple[JpmCutoff, ...] = ()
    jp_rules: tuple[JpRule, ...] = ()

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a framework with other tables; rows are checked, and nothing cached is kept.

        Parameters
        ----------
        update : mapping, optional
            New tables by name.
        deep : bool
            Makes no difference: rows are immutable.
        """
        del deep
        tables = {name: getattr(self, name) for name in TABLES}
        return type(self)(**(tables | dict(update or {})))

    @property
    def about(self) -> About:
        """The framework's own row."""
        return self.framework[0]

    @cached_property
    def version(self) -> str:
        """The content hash, 12 hex digits: equal content gives an equal version."""
        from competency.framework.tables import framework_version

        return framework_version(self)

    @cached_property
    def index(self) -> FrameworkIndex:
        """The frozen arrays of the hot path, built once."""
        from competency.framework.index import build_index

        return build_index(self)

    @cached_property
    def graph(self) -> nx.MultiDiGraph[str]:
        """A networkx view: nodes are the ids of all tables, edges their relations."""
        from competency.framework.graph import build_graph

        return build_graph(self)

    def __repr__(self) -> str:
        return (
            f"Framework({self.about.id!r}, version {self.version}: "
            f"{len(self.competencies)} competencies, {len(self.positions)} positions, "
            f"{len(self.trainings)} trainings, {len(self.sessions)} sessions)"
        )

    __str__ = __repr__
