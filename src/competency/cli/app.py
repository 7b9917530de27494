"""The commands: each takes a job file, or a framework and evidence, and the same options."""

from __future__ import annotations

from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from competency.cli.inputs import exit_code, language, read_case
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

Source = Annotated[
    Path, typer.Argument(help="Job file (.toml), or framework: folder of CSV tables or .xlsx.")
]
Evidence = Annotated[
    Path | None, typer.Argument(help="Evidence: folder, .xlsx, .csv or .parquet; not with a job.")
]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="The day the answer speaks of."),
]
Settings = Annotated[
    Path | None, typer.Option("--settings", help="TOML file of settings; not with a job.")
]
Ranker = Annotated[Path | None, typer.Option("--ranker", help="Folder of a saved ranker.")]
Effects = Annotated[Path | None, typer.Option("--effects", help="Folder of a saved effect model.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="File: .csv, .xlsx, .parquet.")]
Language = Annotated[
    Literal["id", "en"] | None,
    typer.Option("--locale", help="Language; by default the job's, or Indonesian."),
]
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
    locale: Annotated[
        Literal["id", "en"], typer.Option("--locale", help="Language of the report.")
    ] = "id",
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
    source: Source,
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

    findings = check_inputs(source, evidence, as_of, settings)
    show_findings(findings, limit=None)
    raise typer.Exit({"error": 2, "warning": 1}.get(worst_severity(findings) or "", 0))


@app.command()
@stops_on_bad_input
def levels(
    source: Source,
    parts: Annotated[
        list[Path] | None, typer.Argument(help="Evidence; with --model in any number of parts.")
    ] = None,
    as_of: AsOf = None,
    model: Annotated[
        Path | None,
        typer.Option("--model", help="Folder of a saved level model: score part by part."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File of the table; with --model a folder."),
    ] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes; one for each core.")
    ] = None,
    settings: Settings = None,
) -> None:
    """Beliefs about levels; with --model of any number of officers, in bounded memory."""
    from competency.cli.levels import fitted_levels, levels_in_parts

    if model is None:
        raise typer.Exit(fitted_levels(source, parts or [], as_of, settings, output))
    raise typer.Exit(levels_in_parts(source, parts or [], as_of, settings, model, output, workers))


@app.command()
@stops_on_bad_input
def gaps(
    source: Source,
    evidence: Evidence = None,
    as_of: AsOf = None,
    settings: Settings = None,
    output: Output = None,
) -> None:
    """Gaps of every officer, toward the position held and the next one."""
    from competency.cli.tables import gap_summary, put

    case = read_case(source, evidence, as_of, settings)
    put(case.gaps.to_frame, output, lambda: gap_summary(case.gaps))
    raise typer.Exit(exit_code(case.input_findings))


@app.command()
@stops_on_bad_input
def rank(
    source: Source,
    evidence: Evidence = None,
    as_of: AsOf = None,
    officer: Annotated[str | None, typer.Option("--officer", help="One officer, reasons.")] = None,
    top: Annotated[
        int | None, typer.Option("--top", min=1, help="Trainings for each officer.")
    ] = None,
    ranker: Ranker = None,
    effects: Effects = None,
    settings: Settings = None,
    output: Output = None,
    locale: Language = None,
) -> None:
    """Trainings ranked for every officer; with --officer, the reasons in words."""
    from competency.cli.tables import put, ranking_of, ranking_summary

    case = read_case(source, evidence, as_of, settings, ranker=ranker, effects=effects)
    case = case.with_settings("ranking", top=top)
    if officer is not None:
        ranking_of(case.ranking, officer, language(case, locale))
    else:
        put(case.ranking.to_frame, output, lambda: ranking_summary(case.ranking))
    raise typer.Exit(exit_code(case.input_findings))


@app.command()
@stops_on_bad_input
def plan(
    source: Source,
    evidence: Evidence = None,
    as_of: AsOf = None,
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
    ranker: Ranker = None,
    effects: Effects = None,
    settings: Settings = None,
    output: Output = None,
    locale: Language = None,
) -> None:
    """A feasible sequence for every officer, seats shared; with --officer, for one alone."""
    from competency.cli.tables import plan_summary, put, what_if_summary, write_for_people
    from competency.planning import what_if as ask

    case = read_case(source, evidence, as_of, settings, ranker=ranker, effects=effects, hours=hours)
    found = case.plan if officer is None else case.plan_officer(officer)
    if what_if:
        table = ask(found)
        put(lambda: table, output, lambda: what_if_summary(table))
        raise typer.Exit(exit_code(case.input_findings))
    put(found.to_frame, output, lambda: plan_summary(found))
    write_for_people(found, case.evidence, calendar, form, language(case, locale))
    show_findings(found.findings)
    raise typer.Exit(exit_code(case.input_findings))


@app.command()
@stops_on_bad_input
def report(
    source: Source,
    evidence: Evidence = None,
    as_of: AsOf = None,
    hours: Hours = None,
    officer: Annotated[
        str | None, typer.Option("--officer", help="The page of one officer.")
    ] = None,
    ranker: Ranker = None,
    effects: Effects = None,
    settings: Settings = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="HTML file.")] = Path(
        "report.html"
    ),
    locale: Language = None,
) -> None:
    """A page to read and print: of the cohort, or of one officer."""
    from competency.reporting import render_officer, render_report

    case = read_case(source, evidence, as_of, settings, ranker=ranker, effects=effects, hours=hours)
    if officer is not None:
        render_officer(case, officer, output, locale=language(case, locale))
    else:
        render_report(case, output, locale=language(case, locale))
    console.print(f"Report: {output}", soft_wrap=True)
    raise typer.Exit(exit_code(case.input_findings))


@app.command()
@stops_on_bad_input
def effects(
    source: Source,
    evidence: Evidence = None,
    as_of: AsOf = None,
    effects: Annotated[
        Path | None,
        typer.Option("--effects", help="Folder of a saved effect model; none is fitted then."),
    ] = None,
    save: Annotated[
        Path | None, typer.Option("--save", help="Folder to write the fitted effect model to.")
    ] = None,
    settings: Settings = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Page (.html) or table of trainings.")
    ] = None,
    locale: Language = None,
) -> None:
    """What trainings changed, as far as history tells, and what is wrong with them."""
    from competency.cli.effects import learn, show

    case = read_case(source, evidence, as_of, settings, effects=effects)
    show(case, learn(case, save), output, language(case, locale))
    raise typer.Exit(exit_code(case.input_findings))


@app.command()
@stops_on_bad_input
def train(
    source: Source,
    evidence: Evidence = None,
    as_of: AsOf = None,
    save: Annotated[Path, typer.Option("--save", help="Folder to write the ranker to.")] = ...,  # type: ignore[assignment]
    target: Target = None,
    settings: Settings = None,
) -> None:
    """A ranker learned from the history of trainings; without history, the closed-form prior."""
    from competency.cli.ranking import learn, show_learned

    case = read_case(source, evidence, as_of, settings).with_settings("learning", target=target)
    found = learn(case, save)
    show_learned(found, save)
    raise typer.Exit(exit_code((*case.input_findings, *found.findings)))


@app.command()
@stops_on_bad_input
def evaluate(
    source: Source,
    evidence: Evidence = None,
    as_of: AsOf = None,
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
    locale: Language = None,
) -> None:
    """Whether a learned ranker beats simple ones on later decisions, as tables and a page."""
    from competency.cli.ranking import judge, show_verdict, write_evaluation

    days = None if not cutoffs else tuple(day.date() for day in cutoffs)
    case = read_case(source, evidence, as_of, settings).with_settings("learning", cutoffs=days)
    found = judge(case, groups)
    show_verdict(found, language(case, locale))
    if output is not None:
        write_evaluation(case, found, output, language(case, locale))
    raise typer.Exit(exit_code(case.input_findings))


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
    return exit_code(result.findings)


def main() -> None:
    """Entry point of the ``competency`` command."""
    app()
