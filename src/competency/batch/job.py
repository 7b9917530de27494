"""One job: read, recommend, and write a run directory that is complete or absent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from competency.batch.manifest import manifest
from competency.batch.tables import run_tables, write_tables
from competency.case import READING, STEPS as RESULTS, Case
from competency.errors import Finding
from competency.files import atomic_folder, require_own_folder, write_text
from competency.reporting import build_summary, page_of, write_workbook

if TYPE_CHECKING:
    from competency.config import JobConfig

STEPS = (*READING, *RESULTS, "tables", "report")
"""Names that `on_step` is called with, in order."""
MANIFEST = "manifest.json"


@dataclass(frozen=True, eq=False)
class RunResult:
    """Where a run wrote its files, what it found and what it noticed.

    Parameters
    ----------
    output : Path
        The run directory.
    case : Case
        Inputs, settings and every result.
    findings : tuple of Finding
        Of the framework, the evidence (rejected rows counted by reason), the plan and the
        measurements.
    """

    output: Path
    case: Case
    findings: tuple[Finding, ...]


def run_job(job: JobConfig, *, on_step: Callable[[str], None] | None = None) -> RunResult:
    r"""Run a job and return what it wrote.

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

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> import competency as cp
    >>> job = cp.load_job(cp.pack_path() / "job.toml")
    >>> with TemporaryDirectory() as folder:
    ...     inputs, output = Path(folder, "inputs"), Path(folder, "run")
    ...     inputs.mkdir()
    ...     _ = (inputs / "officers.csv").write_text("officer,position\n1,PAK\n")
    ...     changes = {"inputs": inputs, "output": output, "ranker": None}
    ...     done = run_job(job.model_copy(update=changes))
    ...     sorted(path.name for path in output.iterdir())
    ['findings.csv', 'manifest.json', 'rejected.csv', 'report.html', 'tables', 'workbook.xlsx']
    """
    begin = on_step or (lambda _: None)
    require_own_folder(job.output, MANIFEST, subject="run")
    case = Case.of_job(job, on_step=begin)
    findings = (*case.findings, *case.measurement)
    with atomic_folder(job.output) as folder:
        begin("tables")
        write_tables(run_tables(case), folder)
        begin("report")
        summary = build_summary(case)
        write_workbook(case, folder / "workbook.xlsx", locale=job.locale, summary=summary)
        write_text(folder / "report.html", page_of(summary, locale=job.locale))
        write_text(folder / MANIFEST, manifest(job, case.framework, folder, findings=findings))
    return RunResult(job.output, case, findings)
