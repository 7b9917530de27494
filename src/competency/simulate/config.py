"""What the made-up world is like: every number of the simulation, in one place."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from competency.config import NonNegative, Positive, Probability, Settings, SourceConfig

Share = Annotated[float, Field(ge=0, lt=1)]

UNIT_KINDS = ("ministry", "agency", "province", "regency")
"""Kinds of units, in the order of their numbers."""


def _default_sources() -> dict[str, SourceConfig]:
    # NOTE: near the starting values of `LevelConfig`, and deliberately not equal to them, so that
    # a model which never calibrates is not flattered by the cohort.
    return {
        "self": SourceConfig(discrimination=1.1, severity=-0.5, severity_sd=0.65),
        "peer": SourceConfig(discrimination=1.5, severity=-0.15, severity_sd=0.45),
        "supervisor": SourceConfig(discrimination=1.9, severity=0.05, severity_sd=0.5),
        "assessment_centre": SourceConfig(discrimination=2.8, severity=0.1, severity_sd=0.3),
        "test": SourceConfig(discrimination=2.3),
    }


class SimulationConfig(Settings):
    """The world that :func:`simulate_cohort` makes; chosen by the project unless a source is named.

    Parameters
    ----------
    unit_shares : dict
        Officers by kind of unit: ministry, agency, province, regency. The default is the count
        of Pengantar Kerja in August 2022 as reported by the press: 178, 196, 124 and 553.
    position_shares : dict
        Officers by position id; positions not named have none. When the framework has none of
        the named positions, all of its positions are equally common.
    newcomers : float
        Share of officers appointed within the last years; 364 of 1,162 were there before.
    spread : float
        Standard deviation of officers around the mean of their position, in levels.
    correlation : float
        Correlation between competencies of one officer.
    unit_share : float
        Part of that common factor that all officers of one unit have in common.
    shortfall, shortfall_sd : float
        How far position means lie under the requirement, in levels, and how that varies.
    newcomer_shortfall : float
        How much lower newcomers start, in levels.
    sources : dict of SourceConfig
        How each source sees levels; the meaning is that of ``LevelConfig.sources``.
    participation : dict
        Chance that an officer is assessed by the source in a year.
    halo_sd : float
        Spread of one assessor's liking of one officer, in levels.
    coverage : float
        Chance that a competency of an average veteran is looked at, ever.
    coverage_unit, coverage_newcomer : float
        Change of its logit per standard deviation of the unit's level, and for newcomers:
        strong units assess more, so that what is missing is not missing at random.
    trainings_per_year : float
        Mean number of trainings for an officer whose scores are average.
    score_slope : float
        How much more often low scorers are sent, and to what: logits per level of seen gap.
    completed, failed : float
        Chances of the outcomes of a training; the rest withdraws.
    post_test : float
        Chance that a completed training ends with a test of what it develops.
    certify_types : tuple of str
        Types of training that lead to certificates.
    slip, guess : float
        Chance that a capable officer fails certification, and that another passes it.
    """

    unit_shares: dict[str, NonNegative] = Field(
        default={
            "ministry": 178,
            "agency": 196,
            "province": 124,
            "regency": 553,
        }
    )
    position_shares: dict[str, NonNegative] = Field(
        default={
            "PAK": 0.10,
            "PK.PERTAMA": 0.54,
            "PK.MUDA": 0.24,
            "PK.MADYA": 0.11,
            "PK.UTAMA": 0.01,
        }
    )
    newcomers: Probability = 0.69
    spread: Positive = 0.9
    correlation: Share = 0.4
    unit_share: Probability = 0.25
    shortfall: float = 0.45
    shortfall_sd: NonNegative = 0.25
    newcomer_shortfall: float = 0.3
    sources: dict[str, SourceConfig] = Field(default_factory=_default_sources)
    participation: dict[str, Probability] = Field(
        default={
            "self": 0.2,
            "peer": 0.12,
            "supervisor": 0.54,
            "assessment_centre": 0.10,
            "test": 0.12,
        }
    )
    halo_sd: NonNegative = 0.3
    coverage: Probability = 0.91
    coverage_unit: float = 0.5
    coverage_newcomer: float = -0.3
    trainings_per_year: NonNegative = 0.9
    score_slope: NonNegative = 1.0
    completed: Probability = 0.87
    failed: Probability = 0.05
    post_test: Probability = 0.3
    certify_types: tuple[str, ...] = ("functional",)
    slip: Probability = 0.1
    guess: Probability = 0.1

    @model_validator(mode="after")
    def _consistent(self) -> SimulationConfig:
        unknown = sorted({*self.participation} - {*self.sources})
        if unknown:
            raise ValueError(f"participation names sources that are not described: {unknown}")
        if {*self.unit_shares} - {*UNIT_KINDS} or not sum(self.unit_shares.values()):
            raise ValueError(f"unit_shares takes {UNIT_KINDS}, and not all of them 0")
        if self.completed + self.failed > 1:
            raise ValueError("completed and failed are chances and sum to at most 1")
        return self
