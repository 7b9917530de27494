"""Facts of the page on effects: gains of trainings, transitions between levels, problems."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from competency.reporting.facts.model import CompetencyLabel, Label
from competency.reporting.facts.names import Names, label_of

if TYPE_CHECKING:
    import pandas as pd

    from competency.effects import EffectModel
    from competency.effects.diagnosis import Diagnosis, Problem

LEAST = 5
"""Officers rated before and after below which a training is listed, not drawn (as in roll-ups)."""


@dataclass(frozen=True)
class Span:
    """A figure and its 90 % interval, in levels."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class EffectRow:
    """One training in the forest.

    `gain` is shrunk within its family and `alone` rests on its own history, in levels for one who
    completes it; `claimed` is by the catalogue, `naive` the mean rating after less that before.
    """

    training: Label
    provider: Label | None
    gain: Span
    alone: Span
    claimed: float
    naive: float | None
    n_used: int
    n_completed: int


@dataclass(frozen=True)
class TransitionRow:
    """Chances that a training lifts to its target, by level before; None = it does not lift it."""

    training: Label
    competency: CompetencyLabel
    target: int
    chances: tuple[float | None, ...]
    claimed: float
    n_used: int


@dataclass(frozen=True)
class ProblemRow:
    """A problem with the names of what it is about."""

    problem: Problem
    subject: Label
    other: Label | None
    competency: CompetencyLabel | None = None


@dataclass(frozen=True)
class EffectFacts:
    """All that the page on effects says.

    `rows` are the trainings with enough history, largest gain first; `few` those with some, but
    less; `n_without` counts those without any. `tested` says how many were looked at of each kind
    of problem. `gain`, `naive` and `claimed` are means over officers rated before and after, in
    levels for each competency that was developed. `n_used` and `n_completed` count the times that
    a competency was developed and rated before and after, and developed at all; `n_comparison`
    counts officers without a training, summed over competencies. `drift` is the mean change
    without a training, in levels a year; `top` the right end of the forest's axis, in levels.
    """

    framework: Label
    version: str
    synthetic: bool
    as_of: date | None
    rows: tuple[EffectRow, ...]
    few: tuple[EffectRow, ...]
    n_without: int
    transitions: tuple[TransitionRow, ...]
    problems: tuple[ProblemRow, ...]
    tested: tuple[tuple[str, int], ...]
    gain: float | None
    naive: float | None
    claimed: float | None
    n_used: int
    n_completed: int
    n_comparison: int
    drift: float | None
    top: float


def effect_facts(model: EffectModel, diagnosis: Diagnosis | None = None) -> EffectFacts:
    """Return the facts of the page on effects; a diagnosis adds the list of problems."""
    names = Names(model.framework_)
    used = model.trainings_[model.trainings_["n_used"] > 0]
    rows = [_effect_row(row, names) for row in _records(used)]
    rows.sort(key=lambda row: (-row.gain.value, row.training.id))
    about, drift = model.framework_.about, model.drift_
    drawn = tuple(row for row in rows if row.n_used >= LEAST)
    ends = [
        v for row in drawn for v in (row.gain.high, row.alone.high, row.claimed, row.naive or 0)
    ]
    known = model.rows_[model.rows_["n_used"] > 0]
    return EffectFacts(
        framework=label_of(about),
        version=model.framework_.version,
        synthetic=about.status == "illustrative",
        as_of=model.as_of_,
        rows=drawn,
        few=tuple(row for row in rows if row.n_used < LEAST),
        n_without=len(names.trainings) - len(rows),
        transitions=tuple(_transition_row(row, names) for row in _records(_shown(known))),
        problems=_problem_rows(diagnosis, names),
        tested=tuple(diagnosis.tested.items()) if diagnosis else (),
        gain=_mean(known, "gain", "n_used"),
        naive=_mean(known, "naive_gain", "n_naive"),
        claimed=_mean(known.assign(c=known["claimed"] * known["reach"]), "c", "n_used"),
        n_used=int(known["n_used"].sum()),
        n_completed=int(model.rows_["n_completed"].sum()),
        n_comparison=int(drift["n_cells"].sum()),
        drift=_mean(drift, "drift", "n_cells"),
        top=float(np.ceil(4 * max(ends, default=1.0)) / 4),
    )


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]


def _effect_row(row: dict[str, Any], names: Names) -> EffectRow:
    training = names.index.training_ids.index(row["training"])
    naive = float(row["naive_gain"])
    return EffectRow(
        names.trainings[training],
        names.provider_of(training),
        Span(row["gain"], row["gain_low"], row["gain_high"]),
        Span(row["alone"], row["alone_low"], row["alone_high"]),
        row["claimed"],
        None if np.isnan(naive) else naive,
        row["n_used"],
        row["n_completed"],
    )


def _shown(known: pd.DataFrame) -> pd.DataFrame:
    shown = known[known["n_used"] >= LEAST]
    return shown.sort_values(["training", "competency"], kind="stable")


def _transition_row(row: dict[str, Any], names: Names) -> TransitionRow:
    entry, target = row["entry_level"], row["target_level"]
    levels = range(names.index.n_levels)
    return TransitionRow(
        names.trainings[names.index.training_ids.index(row["training"])],
        names.competencies[names.index.competency_ids.index(row["competency"])],
        target,
        tuple(row["success"] if entry <= level < target else None for level in levels),
        row["claimed"],
        row["n_used"],
    )


def _problem_rows(diagnosis: Diagnosis | None, names: Names) -> tuple[ProblemRow, ...]:
    if diagnosis is None:
        return ()
    known: dict[str, Label] = {label.id: label for label in names.trainings}
    known |= {name: label_of(row) for name, row in names.providers.items()}
    competencies = {label.id: label for label in names.competencies}
    return tuple(
        ProblemRow(
            problem,
            known.get(problem.subject, Label(problem.subject, problem.subject)),
            known.get(problem.other),
            competencies.get(problem.subject),
        )
        for problem in diagnosis.problems
    )


def _mean(table: pd.DataFrame, column: str, weight: str) -> float | None:
    values, n = table[column].to_numpy(np.float64), table[weight].to_numpy(np.float64)
    held = np.isfinite(values) & (n > 0)
    return float(np.average(values[held], weights=n[held])) if held.any() else None
