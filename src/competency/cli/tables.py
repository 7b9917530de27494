"""Short tables for the terminal, and long ones into a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from rich.markup import escape
from rich.table import Table

from competency.cli.screen import console, show_findings
from competency.errors import FileFormatError, Finding, Where
from competency.files import atomic_path
from competency.planning.outlook import plan_outlook

if TYPE_CHECKING:
    from competency.batch import RunResult
    from competency.config import Locale
    from competency.evidence import Evidence
    from competency.gaps import GapTable
    from competency.planning import Plan
    from competency.ranking import Ranking

ROWS = 12
"""Rows of a table in the terminal."""
SHOWN_REMARKS = 6
"""Findings about measurements in the terminal; the report and ``findings.csv`` have all."""
ENDINGS = (".csv", ".parquet", ".xlsx")
"""File types that a table can be written to."""


def put(
    table: Callable[[], pd.DataFrame], output: Path | None, summary: Callable[[], Table]
) -> None:
    """Write a table to a file and say where, or print its summary; make only the one wanted."""
    if output is None:
        console.print(summary())
        return
    frame = table()
    write_table(frame, output)
    console.print(f"{len(frame)} rows: {output}", soft_wrap=True)


def write_table(frame: pd.DataFrame, output: Path) -> None:
    """Write a table by the ending of its file name; ids stay text."""
    if output.suffix not in ENDINGS:
        finding = Finding(
            "unknown-format",
            f"no writer for files ending in {output.suffix!r}",
            where=Where(output.name),
            hint=f"use one of {', '.join(ENDINGS)}",
        )
        raise FileFormatError("output", [finding])
    with atomic_path(output) as path:
        if output.suffix == ".csv":
            frame.to_csv(path, index=False, lineterminator="\n")
        elif output.suffix == ".parquet":
            frame.to_parquet(path, index=False)
        else:
            options = {f"strings_to_{kind}": False for kind in ("formulas", "urls", "numbers")}
            with pd.ExcelWriter(
                path, engine="xlsxwriter", engine_kwargs={"options": options}
            ) as writer:
                frame.to_excel(writer, index=False)


def gap_summary(gaps: GapTable) -> Table:
    """Mean gap of each competency toward the first aim, widest first."""
    from competency.gaps import roll_up

    aim = gaps.aims[0]
    rows = roll_up(gaps, by="competency", aim=aim).sort_values("mean_gap", ascending=False)
    label = {row.id: row.label() for row in gaps.levels.framework.competencies}
    table = summary_table(
        f"Gaps toward {aim!r}, widest first", "competency", "officers", "gap", "meets"
    )
    for row in rows.head(ROWS).to_dict("records"):
        table.add_row(
            escape(f"{row['group']} {label[str(row['group'])]}"),
            f"{row['n_officers']}",
            f"{row['mean_gap']:.2f}",
            f"{row['share_meeting']:.0%}",
        )
    return table


def ranking_summary(ranking: Ranking) -> Table:
    """Trainings that most officers have first."""
    framework = ranking.gaps.levels.framework
    best = ranking.top(1)[:, 0]
    counts = np.bincount(best[best >= 0], minlength=len(framework.index.training_ids))
    label = {row.id: row.label() for row in framework.trainings}
    table = summary_table("Ranked first", "training", "officers")
    for t in np.argsort(-counts, kind="stable")[:ROWS]:
        name = framework.index.training_ids[t]
        table.add_row(escape(f"{name} {label[name]}"), str(counts[t]))
    return table


def ranking_of(ranking: Ranking, officer: str, locale: Locale) -> None:
    """Print one officer's ranked trainings with the reasons."""
    from competency.ranking import explain_training

    rows = ranking.gaps.levels.roster.rows_of([officer])
    framework = ranking.gaps.levels.framework
    label = {item.id: item.label(locale) for item in framework.trainings}
    for place, t in enumerate(ranking.take(rows).top()[0], 1):
        if t >= 0:
            name = framework.index.training_ids[t]
            console.print(f"[bold]{place}. {escape(f'{name} {label[name]}')}[/]")
            for reason in explain_training(ranking, officer, name, locale=locale):
                console.print(f"   {escape(reason)}")


def plan_summary(plan: Plan) -> Table:
    """The first steps of a plan."""
    frame = plan_outlook(plan).steps
    table = summary_table(
        repr(plan), "officer", "step", "training", "start", "end", "JP", "gap closed",
        "gap after (sd)", "waits for",
    )  # fmt: skip
    for row in frame.head(ROWS).to_dict("records"):
        table.add_row(
            escape(str(row["officer"])),
            str(row["order"]),
            escape(str(row["training"])),
            f"{row['start']:%Y-%m-%d}",
            f"{row['end']:%Y-%m-%d}",
            f"{row['hours']:g}",
            f"{row['gap_closed']:.2f}",
            f"{row['gap_after']:.2f} ({row['gap_after_sd']:.2f})",
            f"{row['waits_for']} {row['waits_why']}".strip(),
        )
    return table


def what_if_summary(changes: pd.DataFrame) -> Table:
    """What changes to the year would add."""
    title = "What more would close, in weighted levels"
    table = summary_table(
        title, "change", "training", "session", "seats", "at most", "gained", "duties"
    )
    for row in changes.head(ROWS).fillna("").to_dict("records"):
        table.add_row(*(escape(_short(value)) for value in row.values()))
    return table


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def run_summary(result: RunResult) -> None:
    """Print what a run found and where its files are."""
    for part in repr(result.case).splitlines()[1:-1]:
        console.print(escape(part.strip().rstrip(",")), soft_wrap=True)
    measured = result.case.measurement
    show_findings([item for item in result.findings if item not in measured])
    show_findings(measured, limit=SHOWN_REMARKS, title="Measurements")
    for label, name in (
        ("Tables", "tables"),
        ("Workbook", "workbook.xlsx"),
        ("Manifest", "manifest.json"),
        ("Report", "report.html"),
    ):
        console.print(f"{label + ':':<10}{result.output / name}", soft_wrap=True)


def summary_table(title: str, *columns: str) -> Table:
    """An empty table for the terminal: texts of the first column to the left, others right."""
    table = Table(title=escape(title), title_justify="left")
    for number, name in enumerate(columns):
        table.add_column(name, justify="left" if number == 0 else "right")
    return table


def write_for_people(
    plan: Plan, evidence: Evidence, calendar: Path | None, form: Path | None, locale: Locale
) -> None:
    """Write calendars and the annual plan form where they are asked for, and say where."""
    from competency.reporting import annual_plan_form, write_calendars

    if calendar is not None:
        write_calendars(plan, calendar, locale=locale)
        console.print(f"Calendars: {calendar}", soft_wrap=True)
    if form is not None:
        annual_plan_form(plan, form, locale=locale, evidence=evidence)
        console.print(f"Annual plan form: {form}", soft_wrap=True)
