"""Levels as a table of one cohort, or of any number of officers in parts by a saved model."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.markup import escape

from competency.cli.inputs import exit_code, named_inputs, read_case, require
from competency.cli.screen import console, show_findings
from competency.cli.tables import ROWS, put, summary_table
from competency.errors import ConfigError, Finding

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

    from competency.levels import LevelBeliefs

MEASURES = ("officers", "cells", "assessed", "kept", "rejected")
"""Counts of a part."""


def fitted_levels(
    source: Path,
    parts: list[Path],
    as_of: datetime | None,
    settings: Path | None,
    output: Path | None,
) -> int:
    """Fit the level model on the evidence; write the beliefs, or print them by competency."""
    if len(parts) > 1:
        hint = "name a saved level model with --model, and a folder with --output"
        message = "evidence in parts is scored by a saved model"
        raise ConfigError("command", [Finding("missing-input", message, hint=hint)])
    case = read_case(source, next(iter(parts), None), as_of, settings)
    put(case.levels.to_frame, output, lambda: _by_competency(case.levels))
    show_findings(case.measurement, title="Measurements")
    return exit_code(case.input_findings)


def _by_competency(levels: LevelBeliefs) -> Table:
    """Mean expected level of each competency, over all officers, and how many were assessed."""
    label = {row.id: row.label() for row in levels.framework.competencies}
    columns = ("competency", "mean level", "mean spread (sd)", "assessed", "officers")
    table = summary_table(f"Levels on {levels.as_of}", *columns)
    mean, spread = levels.expected.mean(0), levels.sd.mean(0)
    assessed = (levels.n_observations > 0).sum(0)
    for c, name in enumerate(levels.framework.index.competency_ids):
        table.add_row(
            escape(f"{name} {label[name]}"), f"{mean[c]:.2f}", f"{spread[c]:.2f}",
            f"{assessed[c]:,}", f"{len(levels):,}",
        )  # fmt: skip
    return table


def levels_in_parts(
    source: Path,
    parts: list[Path],
    as_of: datetime | None,
    settings: Path | None,
    model: Path,
    output: Path | None,
    workers: int | None,
) -> int:
    """Score each part by the saved model into a folder of Parquet files; print the counts."""
    from competency.batch import score_parts
    from competency.framework import load_framework
    from competency.levels import load_level_model
    from competency.levels.diagnostics import fit_findings

    framework, inputs, named_day, config = named_inputs(source, None, as_of, settings)
    day, folder = require(as_of=named_day, output=output)
    done = score_parts(
        parts or ([] if inputs is None else [inputs]),
        framework=framework,
        model=model,
        output=folder,
        as_of=day,
        config=config.evidence,
        workers=workers,
    )
    _show_parts(done, folder)
    show_findings(fit_findings(load_level_model(model, load_framework(framework))),
                  title="Measurements")  # fmt: skip
    return 1 if done["rejected"].sum() else 0


def _show_parts(done: pd.DataFrame, output: Path) -> None:
    title = f"{done['officers'].sum():,} officers in {len(done)} parts"
    table = summary_table(title, "part", *MEASURES)
    for row in done.head(ROWS).to_dict("records"):
        table.add_row(escape(str(row["part"])), *(f"{row[name]:,}" for name in MEASURES))
    console.print(table)
    console.print(f"Beliefs: {output / 'levels'}", soft_wrap=True)
