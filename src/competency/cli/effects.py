"""What trainings changed: fitted or loaded, told in the terminal, as a page or as a table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from rich.markup import escape
from rich.table import Table

from competency.cli.screen import console, show_findings
from competency.cli.tables import ROWS, write_table

if TYPE_CHECKING:
    from competency.case import Case
    from competency.config import Locale
    from competency.effects import EffectModel


def learn(case: Case, save: Path | None) -> EffectModel:
    """Return the effect model of the case, or one fitted on its evidence until the day; save it."""
    from competency.effects.model import EffectModel, save_effect_model

    found = case.effects
    if found is None:
        found = EffectModel().fit(case.evidence.history, case.model, as_of=case.as_of)
    if save is not None:
        console.print(f"Effect model: {save_effect_model(found, save)}", soft_wrap=True)
    return found


def show(case: Case, model: EffectModel, output: Path | None, locale: Locale) -> None:
    """Print trainings and problems, or write them to a page or a table."""
    from competency.effects import provider_report
    from competency.effects.diagnosis import diagnose
    from competency.reporting import render_effects

    if output is not None and output.suffix != ".html":
        write_table(model.trainings_, output)
        console.print(f"{len(model.trainings_)} rows: {output}", soft_wrap=True)
        return
    diagnosis = diagnose(
        case.evidence, as_of=case.as_of, effects=model, levels=case.model, gaps=case.gaps
    )
    if output is not None:
        providers = provider_report(case.framework, model, as_of=case.as_of)
        render_effects(model, output, diagnosis=diagnosis, providers=providers, locale=locale)
        console.print(f"Page: {output}", soft_wrap=True)
        return
    console.print(_summary(model))
    show_findings((*model.findings_, *diagnosis.findings))


def _summary(model: EffectModel) -> Table:
    known = model.trainings_[model.trainings_["n_used"] > 0]
    shown = known.sort_values(["n_used", "training"], ascending=[False, True]).head(ROWS)
    title = f"Levels gained by one who completes it ({len(known)} trainings with a history)"
    table = Table(title=title, caption="rating after less before is no effect")
    table.add_column("training")
    for name in ("officers", "gain", "90 %", "claimed", "after less before"):
        table.add_column(name, justify="right")
    for row in shown.to_dict("records"):
        naive = row["naive_gain"]
        table.add_row(
            escape(str(row["training"])), f"{row['n_used']:,}", f"{row['gain']:.2f}",
            f"{row['gain_low']:.2f} to {row['gain_high']:.2f}", f"{row['claimed']:.2f}",
            "" if np.isnan(naive) else f"{naive:.2f}",
        )  # fmt: skip
    return table
