"""What every command starts from: a case, of a job file or of a framework and evidence."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from competency.case import Case
from competency.config import JobConfig, Locale, PipelineConfig
from competency.errors import ConfigError, Finding, InputError, worst_severity
from competency.settings_file import load_job, load_settings

if TYPE_CHECKING:
    from collections.abc import Iterable

JOB = ".toml"
"""Ending of a job file; a framework has another one."""


def read_case(
    source: Path,
    evidence: Path | None,
    as_of: datetime | None,
    settings: Path | None,
    *,
    ranker: Path | None = None,
    effects: Path | None = None,
    hours: float | None = None,
) -> Case:
    """Return the case of a job file, or of a framework and evidence; options come before the job.

    Parameters
    ----------
    source : Path
        Job file (TOML), or a framework.
    evidence, as_of, settings : optional
        With a framework, evidence and day are needed. A job has its own evidence and settings.
    ranker, effects : Path, optional
        Folders of saved models.
    hours : float, optional
        Instead of ``planning.hours``.
    """
    day = None if as_of is None else as_of.date()
    if source.suffix == JOB:
        job = read_job(source, evidence, settings)
        given = {"as_of": day, "ranker": ranker, "effects": effects}
        found = {name: value for name, value in given.items() if value is not None}
        case = Case.of_job(job.model_copy(update=found))
    else:
        inputs, day = require(evidence=evidence, as_of=day)
        config = load_settings(settings) if settings else PipelineConfig()
        case = Case.read(source, inputs, as_of=day, config=config, ranker=ranker, effects=effects)
    return case if hours is None else case.with_settings("planning", hours=hours)


def named_inputs(
    source: Path, evidence: Path | None, as_of: datetime | None, settings: Path | None
) -> tuple[Path, Path | None, date | None, PipelineConfig]:
    """Return framework, evidence, day and settings: as named, or as a job file names them."""
    day = None if as_of is None else as_of.date()
    if source.suffix == JOB:
        job = read_job(source, evidence, settings)
        return job.framework, job.inputs, day or job.as_of, job
    return source, evidence, day, load_settings(settings) if settings else PipelineConfig()


def read_job(source: Path, evidence: Path | None, settings: Path | None) -> JobConfig:
    """Return the job of a file; raise `ConfigError` where what it holds is also given beside it."""
    twice = [
        Finding("given-twice", f"a job file has its own {name}: give one or the other")
        for name, value in (("evidence", evidence), ("settings", settings))
        if value is not None
    ]
    if twice:
        raise ConfigError("command", twice)
    return load_job(source)


_NEEDED = {
    "evidence": ("no evidence", "name it after the framework, or give a job file (.toml) alone"),
    "as_of": ("no day", "add --as-of YYYY-MM-DD, the day that the answer speaks of"),
    "output": ("no output", "add --output with the folder to write to"),
}


def require(**given: Any) -> tuple[Any, ...]:
    """Return the values that are given by name; raise `ConfigError` naming all that are None."""
    missing = [
        Finding("missing-input", f"there is {_NEEDED[name][0]}", hint=_NEEDED[name][1])
        for name, value in given.items()
        if value is None
    ]
    if missing:
        raise ConfigError("command", missing)
    return tuple(given.values())


def language(case: Case, locale: Locale | None) -> Locale:
    """Return the language asked for, or the job's, or Indonesian."""
    return locale or (case.config.locale if isinstance(case.config, JobConfig) else "id")


def exit_code(findings: Iterable[Finding]) -> int:
    """Return 1 when an error or a warning is among the findings, else 0."""
    return 1 if worst_severity(findings) in ("error", "warning") else 0


def check_inputs(
    source: Path, evidence: Path | None, as_of: datetime | None, settings: Path | None
) -> tuple[Finding, ...]:
    """Return all findings of a framework and, where it can be used, of evidence."""
    from competency.evidence import read_evidence
    from competency.framework import check_framework, load_framework

    framework, evidence, day, config = named_inputs(source, evidence, as_of, settings)
    findings = check_framework(framework, as_of=day)
    if evidence is None or worst_severity(findings) == "error":
        return findings
    try:
        found = read_evidence(evidence, framework=load_framework(framework), config=config.evidence)
    except InputError as error:
        return (*findings, *error.findings)
    return (*findings, *found.findings, *found.rejections)
