"""Pages on models: what trainings changed, and how a ranker did in its evaluation."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from competency.files import write_text
from competency.ranking.evaluate.report import MAIN_MEASURES
from competency.ranking.evaluate.verdict import verdict
from competency.reporting.facts.effects import ProblemRow, effect_facts
from competency.reporting.facts.evaluation import COMPARED, SLICED, evaluation_facts
from competency.reporting.page import render_page
from competency.wording import Wording

if TYPE_CHECKING:
    from competency.config import Locale
    from competency.effects import EffectModel
    from competency.effects.diagnosis import Diagnosis
    from competency.framework.model import Framework
    from competency.ranking.evaluate import Evaluation

OPEN_GROUPS = 8
"""Groups of a grouping that are shown open; more of them unfold."""

PLOT = 320.0
"""Side of the plot of calibration, in pixels."""


def render_effects(
    model: EffectModel,
    path: str | Path,
    *,
    diagnosis: Diagnosis | None = None,
    providers: pd.DataFrame | None = None,
    locale: Locale = "id",
) -> Path:
    """Write the page on effects as one self-contained file and return its path.

    Parameters
    ----------
    model : EffectModel
        Fitted or loaded.
    path : path
        File to write, ending in ``.html``; replaced whole or not at all.
    diagnosis : Diagnosis, optional
        Adds the list of problems.
    providers : DataFrame, optional
        From :func:`competency.effects.provider_report`; adds providers side by side.
    locale : {"id", "en"}

    Returns
    -------
    Path

    Notes
    -----
    No script, no network, every text escaped; the same inputs give the same bytes. No officer is
    named, and no training with fewer than five officers rated before and after is drawn.
    """
    facts, wording = effect_facts(model, diagnosis), Wording(locale)
    page = render_page(
        "effects.html.j2", facts, wording, ticks=_ticks(facts.top), say=_sayer(wording),
        providers=_provider_rows(providers),
    )  # fmt: skip
    return write_text(Path(path), page)


def _ticks(top: float) -> list[float]:
    step = 0.25 if top <= 1 else 0.5 if top <= 2 else 1.0
    return [step * k for k in range(int(top / step) + 1)]


def _sayer(w: Wording) -> object:
    """Return what writes the figures of a problem in the words of the reader."""

    def say(row: ProblemRow) -> str:
        problem = row.problem
        share = problem.code in ("dropouts", "pulled-out", "providers-differ")
        whole = problem.code in ("assessor-drift", "need-without-training", "need-without-seats")

        def figure(value: float) -> str:
            return w.percent(value) if share else w.number(value, 0 if whole else 2)

        return w(
            f"problem.{problem.code}", n=problem.n, value=figure(problem.value),
            low=figure(problem.low), high=figure(problem.high),
            reference=figure(problem.reference),
            other=_other(row, w),
        )  # fmt: skip

    return say


def _other(row: ProblemRow, w: Wording) -> str:
    """Return the second thing that a problem names: a training, or the end of an accreditation."""
    if row.problem.code.startswith("accreditation") and row.problem.other:
        return w.date(date.fromisoformat(row.problem.other))
    return row.other.text(w.locale) if row.other else row.problem.other


def _provider_rows(table: pd.DataFrame | None) -> list[dict[str, object]]:
    if table is None:
        return []
    days = [None if pd.isna(day) else day.date() for day in table["valid_until"]]
    rows = table.drop(columns="valid_until").to_dict("records")
    return [
        {"valid_until": day, **{str(key): value for key, value in row.items()}}
        for day, row in zip(days, rows, strict=True)
    ]


def render_evaluation(
    found: Evaluation,
    path: str | Path,
    *,
    framework: Framework,
    as_of: date,
    locale: Locale = "id",
) -> Path:
    """Write the page on a ranker's evaluation as one self-contained file and return its path.

    Parameters
    ----------
    found : Evaluation
    path : path
        File to write, ending in ``.html``; replaced whole or not at all.
    framework : Framework
    as_of : date
        Nothing later was used.
    locale : {"id", "en"}

    Returns
    -------
    Path

    Notes
    -----
    No script, no network, every text escaped; the same inputs give the same bytes. No officer is
    named, and no group of fewer than five is shown.
    """
    facts, wording = evaluation_facts(found, framework, as_of), Wording(locale)
    lines = [_sentence(verdict(found.differences, m, locale=locale)) for m in MAIN_MEASURES]
    page = render_page(
        "evaluation.html.j2", facts, wording, lines=lines, compared=COMPARED, sliced=SLICED,
        open_groups=OPEN_GROUPS, side=PLOT, points=_points(facts.bins),
    )  # fmt: skip
    return write_text(Path(path), page)


def _sentence(line: str) -> str:
    return f"{line[:1].upper()}{line[1:]}."


def _points(bins: tuple[tuple[float, float, int], ...]) -> list[dict[str, float]]:
    """Bins of the calibration as places of the plot; both axes from the least to the most."""
    ends = [value for predicted, measured, _ in bins for value in (predicted, measured)]
    low, high = min([0.0, *ends]), max([1e-9, *ends])
    most = max((n for *_, n in bins), default=1)

    def place(value: float) -> float:
        return round(PLOT * (value - low) / (high - low), 2)

    return [
        {"x": place(predicted), "y": PLOT - place(measured),
         "r": round(3 + 5 * (n / most) ** 0.5, 2), "predicted": predicted, "measured": measured,
         "n": n}
        for predicted, measured, n in bins
    ]  # fmt: skip
