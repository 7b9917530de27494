"""The commands."""

from __future__ import annotations

from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from competency.cli.inputs import Inputs, changed
from competency.cli.screen import Steps, console, show_findings, stops_on_bad_input
from competency.errors import worst_severity

if TYPE_CHECKING:
    from competency.config import JobConfig

app = typer.Typer(
    name="competency",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

FrameworkArg = Annotated[Path, typer.Argument(help="Framework: folder of CSV tables or .xlsx.")]
EvidenceArg = Annotated[Path, typer.Argument(help="Evidence: folder, .xlsx, .csv or .parquet.")]
AsOf = Annotated[
    datetime, typer.Option("--as-of", formats=["%Y-%m-%d"], help="The day the answer speaks of.")
]
Settings = Annotated[
    Path | None, typer.Option("--settings", help="TOML file of settings (no inputs).")
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="File: .csv, .xlsx, .parquet.")]
Locale = Annotated[Literal["id", "en"], typer.Option("--locale", help="Language of the report.")]
Hours = Annotated[
    float | None, typer.Option("--hours", help="Training hours (JP) for each officer.")
]

Target = Annotated[
    Literal["benefit", "uptake"] | None,
    typer.Option("--target", help="What to learn: what helped, or what was taken."),
]


def _say_version(wanted: bool) -> None:  # noqa: FBT001
    if wanted:
        console.print(f"competency {version('competency')}")
        raise typer.Exit


@app.callback()
def common(
    show_version: Annotated[  # noqa: FBT002
        bool,
        typer.Option("--version", help="Say the version.", callback=_say_version, is_eager=True),
    ] = False,
) -> None:
    """From a competency framework and assessments to gaps, ranked trainings and a plan."""


@app.command()
@stops_on_bad_input
def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="Run directory.")] = Path(
        "runs/demo"
    ),
    locale: Locale = "id",
) -> None:
    """Run everything on the reference pack: 1,162 synthetic officers."""
    from competency.cli.demo import demo_job

    _run(demo_job(output, locale))


@app.command()
@stops_on_bad_input
def run(job: Annotated[Path, typer.Argument(help="Job file (TOML).")]) -> None:
    """Run a job file and write its run directory."""
    from competency.settings_file import load_job

    raise typer.Exit(_run(load_job(job)))


@app.command()
@stops_on_bad_input
def check(
    framework: FrameworkArg,
    evidence: Annotated[
        Path | None, typer.Option("--evidence", help="Evidence to check against it.")
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="Also check accreditation on this day."),
    ] = None,
    settings: Settings = None,
) -> None:
    """Say everything that is wrong with a framework, and with evidence, at once."""
    from competency.cli.inputs import check_inputs

    day = as_of.date() if as_of else None
    findings = check_inputs(framework, evidence, day, settings)
    show_findings(findings, limit=None)
    raise typer.Exit({"error": 2, "warning": 1}.get(worst_severity(findings) or "", 0))


@app.command()
@stops_on_bad_input
def gaps(
    framework: FrameworkArg,
    evidence: EvidenceArg,
    as_of: AsOf,
    settings: Settings = None,
    output: Output = None,
) -> None:
    """Gaps of every officer, toward the position held and the next one."""
    from competency.cli.tables import gap_summary, put

    inputs = Inputs.read(framework, evidence, as_of.date(), settings)
    put(inputs.gaps.to_frame, output, lambda: gap_summary(inputs.gaps))
    raise typer.Exit(inputs.exit_code())


@app.command()
@stops_on_bad_input
def levels(
    framework: FrameworkArg,
    parts: Annotated[list[Path], typer.Argument(help="Evidence in parts: folders or files.")],
    as_of: AsOf,
    model: Annotated[Path, typer.Option("--model", help="Folder of a saved level model.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the answer.")],
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes; one for each core.")
    ] = None,
    settings: Settings = None,
) -> None:
    """Beliefs about any number of officers, part by part in bounded memory, as Parquet."""
    from competency.batch import score_parts
    from competency.cli.tables import parts_summary
    from competency.config import PipelineConfig
    from competency.framework import load_framework
    from competency.levels import load_level_model
    from competency.levels.diagnostics import fit_findings
    from competency.settings_file import load_settings

    config = load_settings(settings) if settings else PipelineConfig()
    told = score_parts(
        parts, framework=framework, model=model, output=output, as_of=as_of.date(),
        config=config.evidence, workers=workers,
    )  # fmt: skip
    parts_summary(told, output)
    noticed = fit_findings(load_level_model(model, load_framework(framework)))
    show_findings(noticed, title="Measurements")
    raise typer.Exit(1 if told["rejected"].sum() else 0)


@app.command()
@stops_on_bad_input
def rank(
    framework: FrameworkArg,
    evidence: EvidenceArg,
    as_of: AsOf,
    officer: Annotated[str | None, typer.Option("--officer", help="One officer, reasons.")] = None,
    top: Annotated[int, typer.Option("--top", min=1, help="Trainings for each officer.")] = 8,
    ranker: Annotated[
        Path | None, typer.Option("--ranker", help="Folder of a saved ranker.")
    ] = None,
    settings: Settings = None,
    output: Output = None,
    locale: Locale = "id",
) -> None:
    """Trainings ranked for every officer; with --officer, the reasons in words."""
    from competency.cli.tables import put, ranking_of, ranking_summary

    inputs = Inputs.read(framework, evidence, as_of.date(), settings)
    ranking = inputs.ranked_by(ranker)
    if officer is not None:
        ranking_of(ranking, officer, top, locale)
    else:
        put(lambda: ranking.to_frame(top), output, lambda: ranking_summary(ranking))
    raise typer.Exit(inputs.exit_code())


@app.command()
@stops_on_bad_input
def plan(
    framework: FrameworkArg,
    evidence: EvidenceArg,
    as_of: AsOf,
    hours: Hours = None,
    officer: Annotated[str | None, typer.Option("--officer", help="Plan one officer.")] = None,
    what_if: Annotated[  # noqa: FBT002
        bool, typer.Option("--what-if", help="What more classes or hours would close instead.")
    ] = False,
    calendar: Annotated[
        Path | None, typer.Option("--calendar", help="Also write calendars (.ics) to this folder.")
    ] = None,
    form: Annotated[
        Path | None, typer.Option("--form", help="Also write the annual plan form (.xlsx) here.")
    ] = None,
    settings: Settings = None,
    output: Output = None,
    locale: Locale = "id",
) -> None:
    """A feasible sequence for every officer, seats shared; with --officer, for one alone."""
    from competency.cli.plans import write_for_people
    from competency.cli.tables import plan_summary, put, what_if_summary
    from competency.planning import what_if as ask

    inputs = Inputs.read(framework, evidence, as_of.date(), settings, hours=hours)
    found = inputs.plan(officer)
    if what_if:
        table = ask(found)
        put(lambda: table, output, lambda: what_if_summary(table))
        raise typer.Exit(inputs.exit_code())
    put(found.to_frame, output, lambda: plan_summary(found))
    write_for_people(found, inputs.evidence, calendar, form, locale)
    show_findings(found.findings)
    raise typer.Exit(inputs.exit_code())


@app.command()
@stops_on_bad_input
def report(
    framework: FrameworkArg,
    evidence: EvidenceArg,
    as_of: AsOf,
    hours: Hours = None,
    officer: Annotated[
        str | None, typer.Option("--officer", help="The page of one officer.")
    ] = None,
    settings: Settings = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="HTML file.")] = Path(
        "report.html"
    ),
    locale: Locale = "id",
) -> None:
    """A page to read and print: of the cohort, or of one officer."""
    from competency.reporting import render_officer, render_report

    inputs = Inputs.read(framework, evidence, as_of.date(), settings, hours=hours)
    found = inputs.plan(None)
    if officer is not None:
        render_officer(found, officer, output, locale=locale)
    else:
        render_report(
            found, output, locale=locale, evidence=inputs.evidence, findings=inputs.findings,
            measurement=inputs.measurement,
        )  # fmt: skip
    console.print(f"Report: {output}", soft_wrap=True)
    raise typer.Exit(inputs.exit_code())


@app.command()
@stops_on_bad_input
def effects(
    framework: FrameworkArg,
    evidence: EvidenceArg,
    as_of: AsOf,
    model: Annotated[
        Path | None, typer.Option("--model", help="Folder of a saved effect model; no fit.")
    ] = None,
    save: Annotated[
        Path | None, typer.Option("--save", help="Folder to write the fitted effect model to.")
    ] = None,
    settings: Settings = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Page (.html) or table of trainings.")
    ] = None,
    locale: Locale = "id",
) -> None:
    """What trainings changed, as far as history tells, and what is wrong with them."""
    from competency.cli.effects import learn, tell

    inputs = Inputs.read(framework, evidence, as_of.date(), settings)
    tell(inputs, learn(inputs, model, save), output, locale)
    raise typer.Exit(inputs.exit_code())


@app.command()
@stops_on_bad_input
def train(
    framework: FrameworkArg,
    evidence: EvidenceArg,
    as_of: AsOf,
    save: Annotated[Path, typer.Option("--save", help="Folder to write the ranker to.")],
    target: Target = None,
    settings: Settings = None,
) -> None:
    """A ranker learned from the history of trainings; without history, the closed-form prior."""
    from competency.cli.ranking import learn, tell_learned

    inputs = Inputs.read(framework, evidence, as_of.date(), settings)
    found = learn(inputs, changed(inputs.config, "learning", target=target), save)
    tell_learned(found, save)
    raise typer.Exit(inputs.exit_code(found.findings))


@app.command()
@stops_on_bad_input
def evaluate(
    framework: FrameworkArg,
    evidence: EvidenceArg,
    as_of: AsOf,
    cutoffs: Annotated[
        list[datetime] | None,
        typer.Option(
            "--cutoff", formats=["%Y-%m-%d"], help="A day to learn until; three or more say more."
        ),
    ] = None,
    groups: Annotated[
        Path | None,
        typer.Option("--groups", help="Table of officer and groupings (sex, age band, ...)."),
    ] = None,
    settings: Settings = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for tables and a page.")
    ] = None,
    locale: Locale = "id",
) -> None:
    """Whether a learned ranker beats simple ones on later decisions, as tables and a page."""
    from competency.cli.ranking import judge, tell_verdict, write_evaluation

    inputs = Inputs.read(framework, evidence, as_of.date(), settings)
    days = None if not cutoffs else tuple(day.date() for day in cutoffs)
    found = judge(inputs, changed(inputs.config, "learning", cutoffs=days), groups)
    tell_verdict(found, locale)
    if output is not None:
        write_evaluation(inputs, found, output, locale)
    raise typer.Exit(inputs.exit_code())


@app.command()
def doctor() -> None:
    """What is installed, how large it is, and whether it works here."""
    from competency.cli.doctor import examine

    raise typer.Exit(examine())


def _run(job: JobConfig) -> int:
    from competency.batch import STEPS, run_job
    from competency.cli.tables import run_summary

    with Steps(STEPS) as steps:
        result = run_job(job, on_step=steps)
    run_summary(result)
    return 1 if worst_severity(result.findings) in ("error", "warning") else 0


def main() -> None:
    """Entry point of the ``competency`` command."""
    app()
