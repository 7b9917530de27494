"""The page on a ranker's evaluation: the verdict in words, and every figure behind it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from competency.files import write_text
from competency.ranking.evaluate.report import MAIN_MEASURES
from competency.ranking.evaluate.verdict import verdict
from competency.reporting import drawing
from competency.reporting.facts.evaluation import COMPARED, SLICED, evaluation_facts
from competency.reporting.page import environment, look
from competency.wording import Wording

if TYPE_CHECKING:
    from competency.config import Locale
    from competency.framework.model import Framework
    from competency.ranking.evaluate import Evaluation

OPEN_GROUPS = 8
"""Groups of a grouping that are shown open; more of them unfold."""

PLOT = 320.0
"""Side of the plot of calibration, in pixels."""


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
    page = environment().get_template("evaluation.html.j2").render(
        facts=facts, w=wording, draw=drawing, look=look(), lines=lines, compared=COMPARED,
        sliced=SLICED, open_groups=OPEN_GROUPS, side=PLOT, points=_points(facts.bins),
    )  # fmt: skip
    return write_text(Path(path), page)


def _sentence(line: str) -> str:
    return f"{line[:1].upper()}{line[1:]}."


def _points(bins: tuple[tuple[float, float, int], ...]) -> list[dict[str, float]]:
    """Bins of the calibration as places of the plot; both axes from the least to the most."""
    ends = [value for told, came, _ in bins for value in (told, came)]
    low, high = min([0.0, *ends]), max([1e-9, *ends])
    most = max((n for *_, n in bins), default=1)

    def place(value: float) -> float:
        return round(PLOT * (value - low) / (high - low), 2)

    return [
        {"x": place(told), "y": PLOT - place(came), "r": round(3 + 5 * (n / most) ** 0.5, 2),
         "predicted": told, "measured": came, "n": n}
        for told, came, n in bins
    ]  # fmt: skip
