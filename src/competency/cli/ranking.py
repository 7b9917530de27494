"""A ranker learned from history, and what later decisions say of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.markup import escape
from rich.table import Table

from competency.cli.screen import console, show_findings
from competency.cli.tables import write_table
from competency.ranking.additive.tables import FeatureTable, PairTable
from competency.ranking.learn import learn_ranker
from competency.ranking.learned import LearnedRanker
from competency.ranking.store import save_ranker

if TYPE_CHECKING:
    from competency.case import Case
    from competency.config import Locale
    from competency.ranking.evaluate import Evaluation
    from competency.ranking.learn import Learned

PAGE = "evaluation.html"
"""Name of the page in the folder of an evaluation."""

_MEANING = {
    "benefit": "what helped: gap closed per hour, less the change without a training",
    "uptake": "what was taken: it imitates past practice and says nothing of what helped",
}


def learn(case: Case, save: Path) -> Learned:
    """Learn a ranker from the history until the day, and save it."""
    found = learn_ranker(case.evidence, as_of=case.day, config=case.config)
    save_ranker(found.ranker, save)
    return found


def show_learned(found: Learned, save: Path) -> None:
    """Print what was learned, from how many decisions, and where the ranker is."""
    console.print(f"To be learned: {_MEANING[found.target]}", soft_wrap=True)
    if found.examples is not None:
        days, examples = found.examples.day, found.examples
        lists = len(np.unique(examples.group))
        console.print(
            f"From: {len(examples):,} candidates in {lists:,} lists, by "
            f"{len(set(examples.officer)):,} officers, {days.min()} to {days.max()} "
            f"({examples.n_outside:,} trainings taken were not eligible and are left out)",
            soft_wrap=True,
        )
        console.print(_stages(found))
    if found.n_trees and isinstance(found.ranker, LearnedRanker):
        console.print(_influence(found.ranker))
    else:
        console.print("The closed formula ranks: nothing was learned beside it.")
    console.print(f"Ranker: {save}", soft_wrap=True)
    show_findings(found.findings)


def judge(case: Case, groups: Path | None) -> Evaluation:
    """Test on later decisions what could be learned from earlier ones."""
    from competency.cli.groups import read_groups
    from competency.ranking.evaluate.protocol import evaluate_history

    given = None if groups is None else read_groups(groups)
    return evaluate_history(case.evidence, as_of=case.day, config=case.config, groups=given)


def show_verdict(found: Evaluation, locale: Locale) -> None:
    """Print the verdict in words, and how each ranker did."""
    for line in found.verdicts(locale):
        console.print(f"[bold]{escape(line)}[/]", soft_wrap=True)
    if not found.rounds[f"{found.ranker}_trees"].any():
        console.print(
            "Nothing was learned at any cut-off: 'learned' is the closed formula for benefit."
        )
    console.print(_side_by_side(found))


def write_evaluation(case: Case, found: Evaluation, output: Path, locale: Locale) -> None:
    """Write every table as CSV and the page into a folder."""
    from competency.reporting import render_evaluation

    for name, table in found.tables().items():
        write_table(table, output / f"{name}.csv")
    render_evaluation(found, output / PAGE, framework=case.framework, as_of=case.day, locale=locale)
    console.print(f"Tables: {output}", soft_wrap=True)
    console.print(f"Page: {output / PAGE}", soft_wrap=True)


def _stages(found: Learned) -> Table:
    table = Table(title="Validated on later lists, beside the closed-form prior")
    table.add_column("stage")
    for name in ("steps taken", "nDCG gained", "standard error", "lists"):
        table.add_column(name, justify="right")
    names = ("one feature at a time", *("two features together" for _ in found.tuned[1:]))
    for name, stage in zip(names, found.tuned, strict=True):
        table.add_row(
            name, str(stage.count), _signed(stage.gain), _signed(stage.gain_se, ""),
            f"{stage.n_lists:,}",
        )  # fmt: skip
    return table


def _influence(ranker: LearnedRanker) -> Table:
    """How far each table moves a score: from its lowest step to its highest."""
    table = Table(title="What was learned beside the prior")
    table.add_column("feature")
    table.add_column("moves a score by up to", justify="right")
    spans = [(_spoken(t), float(np.ptp(t.adds))) for t in ranker.scorer.model.tables]
    for name, span in sorted(spans, key=lambda item: (-item[1], item[0])):
        table.add_row(escape(name), f"{span:.3f}")
    return table


def _spoken(table: FeatureTable | PairTable) -> str:
    return " x ".join(table.features) if isinstance(table, PairTable) else table.feature


def _side_by_side(found: Evaluation) -> Table:
    from competency.ranking.evaluate.report import MAIN_MEASURES

    table = Table(title="Mean over decisions (95 % interval); uptake is imitation of practice")
    table.add_column("ranker")
    for measure in MAIN_MEASURES:
        table.add_column(measure, justify="right")
    for name, rows in found.means.groupby("ranker", sort=False):
        own = rows.set_index("measure").to_dict("index")
        table.add_row(escape(str(name)), *(_cell(own[measure]) for measure in MAIN_MEASURES))
    return table


def _cell(row: dict[Any, Any]) -> str:
    if not row["n_lists"]:
        return "none measured"
    return f"{row['mean']:.3f} ({row['lower']:.3f} to {row['upper']:.3f}), n {row['n_lists']:,.0f}"


def _signed(value: float, sign: str = "+") -> str:
    return "" if np.isnan(value) else f"{value:{sign}.4f}"
