"""Inputs that most commands share: read once, computed on demand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from competency.config import PipelineConfig, validated
from competency.errors import Finding, InputError, worst_severity
from competency.settings_file import load_settings

if TYPE_CHECKING:
    from competency.evidence import Evidence
    from competency.framework.model import Framework
    from competency.gaps import GapTable
    from competency.levels import LevelModel
    from competency.planning import Plan
    from competency.ranking import Ranking


@dataclass(frozen=True, eq=False)
class Inputs:
    """A framework, evidence read against it, the day and the settings."""

    framework: Framework
    evidence: Evidence
    as_of: date
    config: PipelineConfig
    findings: tuple[Finding, ...]

    @classmethod
    def read(
        cls,
        framework: Path,
        evidence: Path,
        as_of: date,
        settings: Path | None,
        *,
        hours: float | None = None,
    ) -> Inputs:
        """Read everything; raise `InputError` where an input cannot be used."""
        from competency.batch.job import rejections
        from competency.evidence import read_evidence
        from competency.framework import load_framework
        from competency.planning.officer.officers import limits

        config = load_settings(settings) if settings else PipelineConfig()
        config = config.model_copy(update={"planning": limits(config.planning, hours)})
        loaded = load_framework(framework, as_of=as_of)
        found = read_evidence(evidence, framework=loaded, config=config.evidence)
        return cls(loaded, found, as_of, config, (*found.findings, *rejections(found)))

    @cached_property
    def model(self) -> LevelModel:
        """The level model, fitted on the evidence."""
        from competency.levels import LevelModel

        return LevelModel(self.config.levels).fit(self.evidence, as_of=self.as_of)

    @cached_property
    def gaps(self) -> GapTable:
        """Gaps of every officer."""
        from competency.gaps import score_gaps

        levels = self.model.predict(as_of=self.as_of)
        return score_gaps(levels, self.framework, config=self.config.gaps)

    @cached_property
    def measurement(self) -> tuple[Finding, ...]:
        """What stands out in the levels."""
        from competency.levels.diagnostics import level_findings

        return level_findings(self.model, as_of=self.as_of, beliefs=self.gaps.levels)

    @cached_property
    def ranking(self) -> Ranking:
        """Trainings ranked for every officer."""
        from competency.ranking import PriorRanker

        return PriorRanker(self.config.ranking).rank(self.gaps, history=self.evidence.history)

    def ranked_by(self, folder: Path | None) -> Ranking:
        """Trainings ranked by a saved ranker; without a folder, by the closed-form prior."""
        from competency.ranking.store import ranker_for

        if folder is None:
            return self.ranking
        ranker = ranker_for(folder, self.framework)
        return ranker.rank(self.gaps, history=self.evidence.history)

    def plan(self, officer: str | None) -> Plan:
        """The plan of the cohort, or of one officer alone."""
        from competency.planning import plan_cohort, plan_officer

        if officer is None:
            return plan_cohort(self.ranking, config=self.config.planning)
        return plan_officer(self.ranking, officer, config=self.config.planning)

    def exit_code(self, more: tuple[Finding, ...] = ()) -> int:
        """1 when something was noticed or rejected, here or in `more`, else 0."""
        return 1 if worst_severity((*self.findings, *more)) in ("error", "warning") else 0


def changed(config: PipelineConfig, group: str, **values: object) -> PipelineConfig:
    """Return settings with values of one group replaced; None leaves what is there."""
    own = getattr(config, group)
    given = {name: value for name, value in values.items() if value is not None}
    return config.model_copy(update={group: validated(type(own), own.model_dump() | given)})


def check_inputs(
    framework: Path, evidence: Path | None, as_of: date | None, settings: Path | None
) -> tuple[Finding, ...]:
    """Return all findings of a framework and, where it can be used, of evidence."""
    from competency.batch.job import rejections
    from competency.evidence import read_evidence
    from competency.framework import check_framework, load_framework

    config = load_settings(settings) if settings else PipelineConfig()
    findings = check_framework(framework, as_of=as_of)
    if evidence is None or worst_severity(findings) == "error":
        return findings
    try:
        found = read_evidence(evidence, framework=load_framework(framework), config=config.evidence)
    except InputError as error:
        return (*findings, *error.findings)
    return (*findings, *found.findings, *rejections(found))
