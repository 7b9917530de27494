"""Settings of every step: frozen, checked, and the same thing as a TOML table.

A job file holds one table per step (``[evidence]``, ``[levels]``, ...); what it leaves out has
the default shown here. Unknown names are errors, with the nearest valid one.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from competency.errors import ConfigError, Finding, Where, nearest_names

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NonNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Locale = Literal["id", "en"]


class Settings(BaseModel):
    """A frozen group of settings; unknown names are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ScaleMap(Settings):
    """A monotone map from a foreign scale to levels: the level is the number of cuts reached.

    Examples
    --------
    >>> ScaleMap(minimum=0, maximum=100, cuts=(20, 40, 60, 80, 95)).cuts[0]
    20.0
    """

    minimum: float
    maximum: float
    cuts: tuple[float, ...]


SOURCES = (
    "self", "peer", "subordinate", "supervisor", "assessment_centre", "test", "record",
)  # fmt: skip
"""Names of the sources of assessments; "record" is a level known for certain."""


class EvidenceConfig(Settings):
    """How evidence files are written; None means: find out, and refuse what is ambiguous."""

    delimiter: Literal[",", ";", "\t", "|"] | None = None
    decimal: Literal[".", ","] | None = None
    encoding: str | None = None
    """Declared encoding for files that are not UTF-8, for example ``"cp1252"``."""
    date_format: str | None = None
    """Declared format such as ``"%d/%m/%Y"``; None reads ISO dates only."""
    on_duplicate: Literal["error", "latest", "mean"] = "error"
    """Two ratings of one assessor on one day: reject them, keep the last, or average."""
    scales: dict[str, ScaleMap] = {}
    sources: tuple[str, ...] = SOURCES
    columns: dict[str, str] = {}
    """Extra column names: written name to contract name."""
    max_bytes: Annotated[int, Field(gt=0)] = 500_000_000
    """Largest file, and largest expanded workbook, that is opened (a guard, not a limit)."""
    max_cells: Annotated[int, Field(gt=0)] = 50_000_000


class SourceConfig(Settings):
    """How one source of assessments sees a level.

    Parameters
    ----------
    discrimination : float
        Slope in logits per level; 1 is a coarse observation, 4 a sharp one.
    severity : float
        Mean severity in levels; negative for sources that rate generously.
    severity_sd : float
        Spread of severity between assessors of this source, in levels.
    halo_sd : float
        Spread of one assessor's liking of one officer, in levels; common to all competencies.
    """

    discrimination: Positive
    severity: float = 0.0
    severity_sd: NonNegative = 0.0
    halo_sd: NonNegative = 0.0


def _default_sources() -> dict[str, SourceConfig]:
    # NOTE: starting values chosen by the project, to be replaced by calibration on real data.
    return {
        "self": SourceConfig(discrimination=1.2, severity=-0.4, severity_sd=0.6, halo_sd=0.3),
        "peer": SourceConfig(discrimination=1.6, severity=-0.2, severity_sd=0.5, halo_sd=0.3),
        "subordinate": SourceConfig(
            discrimination=1.6, severity=-0.2, severity_sd=0.5, halo_sd=0.3
        ),
        "supervisor": SourceConfig(discrimination=2.0, severity_sd=0.5, halo_sd=0.3),
        "assessment_centre": SourceConfig(discrimination=3.0, severity_sd=0.25, halo_sd=0.3),
        "test": SourceConfig(discrimination=2.5),
        "record": SourceConfig(discrimination=60.0),
    }


class LevelConfig(Settings):
    """How assessments become beliefs.

    Parameters
    ----------
    sources : dict of SourceConfig
        By source name; a source not named here is an error in the evidence.
    prior_sd : float
        Spread of officers of one position and unit around their mean, in levels.
    group_sd : float
        Spread of positions around what their requirements and family suggest, in levels.
    family_sd, unit_sd : float
        Spread of families of positions, and of units (in all competencies alike), in levels. Both
        are learned as well; 0 leaves families or units out.
    unit_slope_sd : float
        Spread of the slope of a unit's strength on how much the unit was assessed, around 0; 0
        takes units that are not assessed to be like those that are.
    half_life_years : dict
        By competency kind: the age at which a level keeps half its correlation with now.
    calibrate : bool
        Learn spreads, correlations, discriminations, severities and halo from the cohort, where
        there is enough of it; false: the given values stay, and only means are learned.
    correlation : float
        Correlation between competencies of one officer before anything is learned.
    correlation_weight : float
        Officers that `prior_sd` and `correlation` count as when the cohort is learned from.
    prerequisite_strength : float
        How much closer a prerequisite ties two competencies, in what the correlations are shrunk
        toward: precision of the difference relative to that of the prior; 0 = not at all.
    slip, guess : float
        Certificate: chance that a capable officer lacks it, and that another holds it.
    item_discrimination : float
        Slope of an item of a test before anything is learned of it, in logits per level.
    item_guess : float
        Chance that somebody who knows nothing gets the point of an item of one point.
    grid_step : float
        Distance of the nodes of the latent grid, in levels.
    """

    sources: dict[str, SourceConfig] = Field(default_factory=_default_sources)
    prior_sd: Positive = 1.0
    group_sd: Positive = 0.5
    family_sd: NonNegative = 0.3
    unit_sd: NonNegative = 0.3
    unit_slope_sd: NonNegative = 0.4
    half_life_years: dict[str, Positive] = {
        "technical": 3.0,
        "managerial": 5.0,
        "sociocultural": 5.0,
    }
    calibrate: bool = True
    correlation: Annotated[float, Field(ge=0, lt=1)] = 0.4
    correlation_weight: Positive = 50.0
    prerequisite_strength: NonNegative = 0.0
    slip: Annotated[float, Field(ge=0, lt=0.5)] = 0.1
    guess: Annotated[float, Field(ge=0, lt=0.5)] = 0.1
    item_discrimination: Positive = 1.0
    item_guess: Annotated[float, Field(ge=0, lt=0.5)] = 0.0
    grid_step: Annotated[float, Field(gt=0, le=0.5)] = 0.25
    iterations: Annotated[int, Field(ge=1, le=500)] = 40


class GapConfig(Settings):
    """What is compared with what.

    Parameters
    ----------
    aims : tuple of str
        ``"held"``, ``"next"``, or position ids that every officer is compared with.
    purpose : str
        Purpose of the job-person match: a `purpose` of the framework's cut-offs.
    draws : int
        Joint draws for the spread of the job-person match.
    minimum_group : int
        Smallest group that a roll-up shows; smaller ones are suppressed.
    """

    aims: tuple[str, ...] = ("held", "next")
    purpose: str = "filling"
    draws: Annotated[int, Field(ge=16, le=10_000)] = 256
    minimum_group: Annotated[int, Field(ge=1)] = 5


class RankingConfig(Settings):
    """Weights of the closed-form prior score (a logarithm of value per hour).

    Parameters
    ----------
    aim_weights : dict
        Worth of a level closed toward each aim. Without a weight of their own ``"held"`` and
        ``"next"`` count 0, and positions that are named by their id count 1.
    unknown_weight : float
        Worth of a gap in a competency never assessed, relative to an assessed one.
    readiness, mandatory : float
        Weight of log readiness; bonus of a mandatory training.
    hour_offset : float
        Hours added before the logarithm: the fixed cost of sending anyone anywhere.
    top : int
        Trainings listed for each officer in tables, workbooks and on the screen.
    """

    aim_weights: dict[str, NonNegative] = {"held": 1.0, "next": 0.3}
    unknown_weight: Probability = 0.5
    readiness: NonNegative = 1.0
    mandatory: NonNegative = 1.0
    hour_offset: Positive = 4.0
    top: Annotated[int, Field(ge=1)] = 8


class PlanningConfig(Settings):
    """Limits of a plan.

    Parameters
    ----------
    hours : float
        Budget of training hours (JP) for each officer over the horizon.
    cost : float or None
        Budget of money for each officer; None is no limit.
    max_steps : int
        Most trainings in one officer's plan.
    horizon_days : int
        Sessions that end later than this after `as_of` are not planned.
    entry_probability : float or None
        A level counts as held when its probability is at least this, in ranking and planning
        alike; None is what the ranker was made with (0.5 unless it says otherwise).
    accredited_only : bool
        Leave out sessions that end after the accreditation of their provider. A provider whose
        accreditation is not known is kept.
    beam_width : int
        Partial plans kept at each step. The default reaches 99.5 % of the best plan within a
        millisecond where 8 of 200 trainings can be taken (`benchmarks/planning.py`).
    hours_per_day : float
        Speed of trainings without dates.
    minimum_gain : float
        A step that closes less than this, in weighted levels, is left out unless a later step
        of the plan needs it.
    floor_hours : float
        Cohort plans: hours that every officer is to have before anyone's gaps count (the
        entitlement of 20 JP a year, as far as useful trainings and seats allow).
    region_floor : float
        Cohort plans: officers of every region get on average at least this part of the mean
        hours of all officers.
    lottery_tolerance : float
        Cohort plans: officers whose plan is worth the same with and without a seat of a full
        class, within this many weighted levels, draw lots for these seats; 0 draws none.
    lottery_seed : int
        Seed of the draw: another number, another draw.
    learned_benefit : bool
        Multiply the gap that a training closes by what the ranker learned of its benefit, where
        the calibration of the ranker holds; the plan then says so. False: gaps alone count.
    objective : {"gap", "positions", "requirements"}
        What a plan is for: the expected weighted gap closed; the number of positions (aims of
        the gaps) whose match is reached; or the chance that all mandatory requirements of the
        first aim are met, competencies taken as independent.
    position_match : float
        Share of the weighted levels of a position, surplus cut, from which it counts as reached.
    exact : bool
        Search on with wider beams, up to 32,768, where the best plan is not yet proven.
    """

    hours: NonNegative = 20.0
    cost: NonNegative | None = None
    max_steps: Annotated[int, Field(ge=1, le=32)] = 8
    horizon_days: Annotated[int, Field(ge=1)] = 365
    entry_probability: Annotated[float, Field(gt=0, le=1)] | None = None
    accredited_only: bool = True
    beam_width: Annotated[int, Field(ge=1, le=32768)] = 64
    hours_per_day: Positive = 8.0
    minimum_gain: NonNegative = 0.02
    floor_hours: NonNegative = 0.0
    region_floor: Annotated[float, Field(ge=0, le=1)] = 0.0
    lottery_tolerance: NonNegative = 0.0
    lottery_seed: int = 0
    learned_benefit: bool = True
    objective: Literal["gap", "positions", "requirements"] = "gap"
    position_match: Annotated[float, Field(gt=0, le=1)] = 0.8
    exact: bool = False


class EvaluationConfig(Settings):
    """How trainings are evaluated.

    Parameters
    ----------
    confidence : float
        Of every interval.
    errors : {"HC2", "HC1"}
        Standard errors against unequal spread: HC2 with degrees of freedom of Bell and McCaffrey
        (CR2 where there are clusters), or HC1 (CR1), which most published figures use.
    placebo_level : float
        A placebo with a p-value below this fails, and the word effect is withheld.
    minimum_group : int
        Fewest trained, and fewest untrained, officers with a verdict.
    negligible : float
        Largest effect that is called negligible, in standard deviations of the untrained.
    trim : tuple of float
        Chances of being trained between which officers have counterparts.
    folds, repeats : int
        Of the cross-fitting; the median over the repeats is reported.
    seed : int
        Of the folds.
    """

    confidence: Annotated[float, Field(gt=0, lt=1)] = 0.95
    errors: Literal["HC2", "HC1"] = "HC2"
    placebo_level: Annotated[float, Field(gt=0, lt=1)] = 0.05
    minimum_group: Annotated[int, Field(ge=2)] = 5
    negligible: NonNegative = 0.1
    trim: tuple[Probability, Probability] = (0.1, 0.9)
    folds: Annotated[int, Field(ge=2, le=20)] = 5
    repeats: Annotated[int, Field(ge=1, le=101)] = 3
    seed: int = 0


class LearningConfig(Settings):
    """How a ranker learns from history, and how it is tested on what came later.

    Parameters
    ----------
    target : {"benefit", "uptake"}
        What is learned: the gap closed per hour, or past practice.
    every : {"month", "quarter", "year"}
        Decisions of the past are looked at on the first day of each period.
    cutoffs : tuple of date
        Days on which rankers are made anew in a test; none: each decision day from the second on.
    horizon_days, gap_days : int
        Days tested after a cut-off (horizon), and not learned from before it (gap).
    follow_days : int
        Days from a decision until its benefit is measured.
    max_trees : int
        Most steps of learning.
    """

    target: Literal["benefit", "uptake"] = "benefit"
    every: Literal["month", "quarter", "year"] = "quarter"
    cutoffs: tuple[date, ...] = ()
    follow_days: Annotated[int, Field(ge=1)] = 365
    horizon_days: Annotated[int, Field(ge=1)] = 365
    gap_days: Annotated[int, Field(ge=0)] = 0
    max_trees: Annotated[int, Field(ge=1, le=10_000)] = 300


class PipelineConfig(Settings):
    """The settings of all steps together."""

    evidence: EvidenceConfig = EvidenceConfig()
    levels: LevelConfig = LevelConfig()
    gaps: GapConfig = GapConfig()
    ranking: RankingConfig = RankingConfig()
    planning: PlanningConfig = PlanningConfig()
    learning: LearningConfig = LearningConfig()

    @model_validator(mode="after")
    def _every_source_is_understood(self) -> PipelineConfig:
        unknown = sorted(set(self.evidence.sources) - set(self.levels.sources))
        if unknown:
            raise ValueError(f"sources {unknown} of [evidence] have no settings in levels.sources")
        return self


class JobConfig(PipelineConfig):
    """A job file: inputs, date, settings and output.

    Relative paths are relative to the job file.
    """

    framework: Path
    inputs: Path
    """Evidence: a folder of tables, or one workbook."""
    as_of: date
    output: Path
    effects: Path | None = None
    """Folder of a saved effect model; none: trainings change what the catalogue claims."""
    ranker: Path | None = None
    """Folder of a saved ranker; none: the closed-form prior with the weights of ``[ranking]``."""
    locale: Locale = "id"
    strict: bool = False


def as_date(value: date | str) -> date:
    """Return a day given as a date or as ISO text; raise `ConfigError` for anything else.

    Parameters
    ----------
    value : date or str
        A date, or text such as ``"2026-11-01"``.

    Examples
    --------
    >>> as_date("2026-11-01")
    datetime.date(2026, 11, 1)
    """
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        message, hint = f"as_of {value!r} is not a date", "write it as YYYY-MM-DD"
        raise ConfigError("settings", [Finding("not-a-date", message, hint=hint)]) from None


_Settings = TypeVar("_Settings", bound=Settings)


def validated(kind: type[_Settings], content: dict[str, Any], *, file: str = "") -> _Settings:
    """Return `content` as settings of `kind`, or raise `ConfigError` naming all wrong in `file`."""
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        findings = [_finding(kind, item, file) for item in error.errors(include_url=False)]
        raise ConfigError("settings", findings) from None


def changed(config: PipelineConfig, group: str, **values: object) -> PipelineConfig:
    """Return settings with values of one group replaced; None leaves what is there.

    Raises `ConfigError` for unknown names and illegal values, all at once.

    Examples
    --------
    >>> changed(PipelineConfig(), "planning", hours=40, cost=None).planning.hours
    40.0
    """
    groups = [name for name in PipelineConfig.model_fields if isinstance(
        getattr(config, name), Settings)]  # fmt: skip
    if group not in groups:
        finding = Finding(
            "unknown-setting", f"there is no group of settings {group!r}",
            nearest=nearest_names(group, groups),
        )  # fmt: skip
        raise ConfigError("settings", [finding])
    own = getattr(config, group)
    given = {name: value for name, value in values.items() if value is not None}
    return config.model_copy(update={group: validated(type(own), own.model_dump() | given)})


def _finding(kind: type[Settings], item: Any, file: str) -> Finding:
    path = [str(part) for part in item["loc"]]
    if not path:
        return Finding("illegal-settings", item["msg"], where=Where(file))
    message = f"setting {'.'.join(path)}: {item['msg']}"
    near = nearest_names(path[-1], _names_at(kind, path[:-1]))
    unknown = item["type"] == "extra_forbidden"
    return Finding(
        "unknown-setting" if unknown else "illegal-setting",
        message,
        where=Where(file),
        nearest=near if unknown else (),
        hint="see competency.config for names and legal ranges",
    )


def _names_at(kind: type[BaseModel], path: list[str]) -> list[str]:
    for part in path:
        field = kind.model_fields.get(part)
        inner = field.annotation if field else None
        if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
            return []
        kind = inner
    return [field.alias or name for name, field in kind.model_fields.items()]
