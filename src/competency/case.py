"""What a run knows, in one object: inputs, settings and models, and what follows from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from competency.config import JobConfig, PipelineConfig, as_date, changed
from competency.errors import ConfigError, Finding
from competency.evidence import read_evidence
from competency.framework import read_framework
from competency.gaps import GapTable, score_gaps
from competency.levels import LevelBeliefs, LevelModel
from competency.planning import Plan, plan_cohort, plan_officer
from competency.ranking import PriorRanker, Ranker, Ranking
from competency.ranking.ranker import FeatureRanker

if TYPE_CHECKING:
    from competency.effects import EffectModel, Transitions
    from competency.evidence import Evidence
    from competency.framework.model import Framework

OnStep = Callable[[str], None]
READING = ("framework", "evidence")
"""Names of the steps that read inputs."""
STEPS = ("levels", "gaps", "ranking", "planning")
"""Names of the steps that follow from the inputs, in order."""


def _silent(step: str) -> None:
    """Say nothing of `step`."""


@dataclass(frozen=True, eq=False)
class Case:
    """Inputs, settings and models of a run, and each result, made once when first asked for.

    Every command, page, table and scenario starts from a case, so that a setting reaches all of
    them. Asking for a result (`levels`, `gaps`, `ranking`, `plan`) makes those before it.

    Parameters
    ----------
    evidence : Evidence
        With the framework that it was read against. What is dated after `as_of` is not used.
    as_of : date or str
        The day that results speak of (ISO text is accepted).
    config : PipelineConfig
        Settings of all steps.
    ranker : Ranker, optional
        It keeps its own weights; of ``config.ranking`` the length of lists counts (`top`), and
        ``config.planning.entry_probability`` where it is set. Default: the closed-form prior with
        ``config.ranking``.
    effects : EffectModel, optional
        What trainings change, in ranking and planning alike, also where `ranker` was made with
        other transitions. Default: what the ranker took; without one, the catalogue's claims.
    level_model : LevelModel, optional
        A fitted one. Default: ``config.levels``, fitted on the evidence.
    beliefs : LevelBeliefs, optional
        Known beliefs. Default: what the level model predicts.
    noticed : tuple of Finding
        What reading the framework noticed.
    on_step : callable
        Called with the name of each step (see `STEPS`) before it begins.

    Examples
    --------
    >>> import competency as cp
    >>> framework = cp.load_framework(cp.pack_path())
    >>> evidence = cp.read_evidence(cp.pack_path() / "cohort", framework=framework)
    >>> case = cp.Case(evidence, "2026-11-01").with_settings("planning", hours=40)
    >>> case.config.planning.hours
    40.0
    """

    evidence: Evidence
    as_of: date | str
    config: PipelineConfig = field(default_factory=PipelineConfig)
    ranker: Ranker | None = None
    effects: EffectModel | None = None
    level_model: LevelModel | None = None
    beliefs: LevelBeliefs | None = None
    noticed: tuple[Finding, ...] = ()
    on_step: OnStep = _silent

    @classmethod
    def read(
        cls,
        framework: str | Path,
        inputs: str | Path,
        *,
        as_of: date | str,
        config: PipelineConfig | None = None,
        ranker: str | Path | None = None,
        effects: str | Path | None = None,
        strict: bool = False,
        on_step: OnStep = _silent,
    ) -> Case:
        """Return the case of a framework, evidence and saved models that are read from files.

        Parameters
        ----------
        framework, inputs : path
            Folder of tables or workbook, each.
        as_of : date or str
        config : PipelineConfig, optional
        ranker, effects : path, optional
            Folders of a saved ranker and of a saved effect model.
        strict : bool
            Raise where rows of evidence would be rejected.
        on_step : callable

        Returns
        -------
        Case

        Raises
        ------
        InputError
            When an input cannot be used.
        """
        from competency.effects import load_effect_model
        from competency.ranking.store import ranker_for

        day, config = as_date(as_of), config or PipelineConfig()
        on_step("framework")
        loaded, noticed = read_framework(Path(framework), as_of=day)
        on_step("evidence")
        evidence = read_evidence(inputs, framework=loaded, config=config.evidence, strict=strict)
        return cls(
            evidence,
            day,
            config,
            ranker=None if ranker is None else ranker_for(ranker, loaded),
            effects=None if effects is None else load_effect_model(effects, loaded),
            noticed=noticed,
            on_step=on_step,
        )

    @classmethod
    def of_job(cls, job: JobConfig, *, on_step: OnStep = _silent) -> Case:
        """Return the case of a job file; raise `InputError` as `read` does.

        Parameters
        ----------
        job : JobConfig
            Of :func:`competency.load_job`.
        on_step : callable

        Returns
        -------
        Case
        """
        return cls.read(
            job.framework, job.inputs, as_of=job.as_of, config=job, ranker=job.ranker,
            effects=job.effects, strict=job.strict, on_step=on_step,
        )  # fmt: skip

    def __post_init__(self) -> None:
        object.__setattr__(self, "as_of", as_date(self.as_of))

    @property
    def day(self) -> date:
        """`as_of` as a date."""
        return as_date(self.as_of)

    @property
    def framework(self) -> Framework:
        """The framework that the evidence was read against."""
        return self.evidence.framework

    @cached_property
    def model(self) -> LevelModel:
        """The level model, given or fitted."""
        if self.level_model is not None:
            return self.level_model
        self.on_step("levels")
        return LevelModel(self.config.levels).fit(self.evidence, as_of=self.as_of)

    @cached_property
    def levels(self) -> LevelBeliefs:
        """Beliefs about every officer and competency."""
        if self.beliefs is not None:
            return self.beliefs
        # NOTE: a model that was given may be of other evidence, or loaded without any.
        evidence = None if self.level_model is None else self.evidence
        return self.model.predict(evidence, as_of=self.as_of)

    @cached_property
    def gaps(self) -> GapTable:
        """Gaps of every officer toward every aim."""
        levels = self.levels
        self.on_step("gaps")
        return score_gaps(levels, self.framework, config=self.config.gaps)

    @cached_property
    def transitions(self) -> Transitions | None:
        """What trainings change by `effects`; None: what the ranker took."""
        return None if self.effects is None else self.effects.transitions_for(self.framework)

    @cached_property
    def ranking(self) -> Ranking:
        """Trainings ranked for every officer."""
        gaps = self.gaps
        self.on_step("ranking")
        return self._ranker().rank(gaps, history=self.evidence.history)

    @cached_property
    def plan(self) -> Plan:
        """The plan of all officers, who share the seats."""
        ranking = self.ranking
        self.on_step("planning")
        return plan_cohort(ranking, config=self.config.planning, transitions=self.transitions)

    def plan_officer(self, officer: str) -> Plan:
        """Return the plan of one officer alone, for whom every session has a seat."""
        return plan_officer(
            self.ranking, officer, config=self.config.planning, transitions=self.transitions
        )

    @cached_property
    def measurement(self) -> tuple[Finding, ...]:
        """What stands out in the levels: takes half as long as the fit.

        Of a model that was loaded without its evidence, what its fit noticed.
        """
        from competency.levels.diagnostics import fit_findings, level_findings

        if not hasattr(self.model, "evidence_"):
            return fit_findings(self.model)
        return level_findings(self.model, as_of=self.as_of, beliefs=self.levels)

    @property
    def input_findings(self) -> tuple[Finding, ...]:
        """What reading noticed: of the framework, of the evidence, rejected rows by reason."""
        return (*self.noticed, *self.evidence.findings, *self.evidence.rejections)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What reading and planning noticed; `measurement` stands beside it."""
        return (*self.input_findings, *self.plan.findings)

    def with_settings(self, group: str, **values: object) -> Case:
        """Return the case with settings of one group replaced; what they do not touch is kept.

        Parameters
        ----------
        group : str
            ``"levels"``, ``"gaps"``, ``"ranking"``, ``"planning"`` or ``"learning"``.
        **values
            By name of the setting; None leaves what is there.

        Returns
        -------
        Case

        Raises
        ------
        ConfigError
            A value is illegal or a name unknown; or `group` is ``"evidence"``, whose settings say
            how files are read.
        """
        if group == "evidence":
            message = "the evidence of a case is read already: its settings cannot change"
            hint = "read it again, with Case.read(..., config=...)"
            raise ConfigError("settings", [Finding("already-read", message, hint=hint)])
        config = changed(self.config, group, **values)
        kept: dict[str, Any] = {}
        if group != "levels":
            made = self.__dict__
            kept = {
                "level_model": made.get("model", self.level_model),
                "beliefs": made.get("levels", self.beliefs),
            }
        return dataclasses.replace(self, config=config, **kept)

    def with_catalogue(self, framework: Framework) -> Case:
        """Return the case with other trainings and sessions; beliefs about officers stay.

        Parameters
        ----------
        framework : Framework
            With the same competencies, positions and levels.

        Returns
        -------
        Case
        """
        return dataclasses.replace(
            self,
            evidence=dataclasses.replace(self.evidence, framework=framework),
            level_model=self.model,
            beliefs=dataclasses.replace(self.levels, framework=framework),
        )

    def _ranker(self) -> Ranker:
        """The ranker with what the case knows better: transitions, and when a level is held."""
        ranker = PriorRanker(self.config.ranking) if self.ranker is None else self.ranker
        if not isinstance(ranker, FeatureRanker):
            return ranker
        return ranker.with_settings(
            transitions=self.transitions,
            entry_probability=self.config.planning.entry_probability,
            top=self.config.ranking.top,
        )

    def __repr__(self) -> str:
        made = [self.__dict__[name] for name in ("levels", "gaps", "ranking", "plan")
                if name in self.__dict__]  # fmt: skip
        return "Case(\n  " + ",\n  ".join(map(repr, (self.evidence, *made))) + ",\n)"
