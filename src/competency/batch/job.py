"""One job: read, recommend, and write a run directory that is complete or absent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from competency.batch.manifest import manifest
from competency.batch.tables import run_tables, write_tables
from competency.effects import load_effect_model
from competency.errors import Finding, Where
from competency.evidence import read_evidence
from competency.files import atomic_folder, require_own_folder, write_text
from competency.framework import read_framework
from competency.pipeline import Recommendation, recommend
from competency.ranking.store import ranker_for
from competency.reporting import render_report, write_workbook

if TYPE_CHECKING:
    from competency.config import JobConfig
    from competency.evidence import Evidence

STEPS = ("framework", "evidence", "levels", "gaps", "ranking", "planning", "tables", "report")
"""Names that `on_step` is called with, in order."""
MANIFEST = "manifest.json"


@dataclass(frozen=True, eq=False)
class RunResult:
    """Where a run wrote its files, what it found and what it noticed.

    Parameters
    ----------
    output : Path
        The run directory.
    recommendation : Recommendation
    findings : tuple of Finding
        Of the framework, the evidence (rejected rows counted by reason), the plan and the
        measurements.
    """

    output: Path
    recommendation: Recommendation
    findings: tuple[Finding, ...]


def run_job(job: JobConfig, *, on_step: Callable[[str], None] | None = None) -> RunResult:
    """Run a job and return what it wrote.

    Parameters
    ----------
    job : JobConfig
        Inputs, date, settings and output folder; an output folder of an earlier run is replaced
        as a whole.
    on_step : callable, optional
        Called with the name of each step (see `STEPS`) before it begins.

    Returns
    -------
    RunResult

    Raises
    ------
    InputError
        When the framework, the evidence or a saved model cannot be used, or the output folder
        holds anything but an earlier run; nothing is written then.
    """
    tell = on_step or (lambda _: None)
    require_own_folder(job.output, MANIFEST, subject="run")
    tell("framework")
    framework, noticed = read_framework(job.framework, as_of=job.as_of)
    tell("evidence")
    evidence = read_evidence(
        job.inputs, framework=framework, config=job.evidence, strict=job.strict
    )
    effects = None if job.effects is None else load_effect_model(job.effects, framework)
    ranker = None if job.ranker is None else ranker_for(job.ranker, framework, effects=effects)
    found = recommend(
        framework, evidence, as_of=job.as_of, config=job, ranker=ranker, effects=effects,
        on_step=on_step,
    )  # fmt: skip
    findings = (*noticed, *evidence.findings, *rejections(evidence), *found.plan.findings)
    measured = found.measurement
    with atomic_folder(job.output) as folder:
        tell("tables")
        write_tables(run_tables(found, job.gaps, (*findings, *measured)), folder)
        write_workbook(
            found.plan,
            folder / "workbook.xlsx",
            locale=job.locale,
            evidence=evidence,
            measurement=measured,
        )
        tell("report")
        render_report(
            found.plan,
            folder / "report.html",
            locale=job.locale,
            evidence=evidence,
            findings=findings,
            measurement=measured,
        )
        findings = (*findings, *measured)
        write_text(folder / MANIFEST, manifest(job, framework, folder, findings=findings))
    return RunResult(job.output, found, findings)


def rejections(evidence: Evidence) -> tuple[Finding, ...]:
    """Return one warning for each file and reason for which rows were rejected."""
    groups = evidence.rejected.groupby(["file", "sheet", "code"], sort=True)
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
