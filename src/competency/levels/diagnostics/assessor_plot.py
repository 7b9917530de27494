"""The severities of assessors as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from competency.errors import Finding
from competency.levels.diagnostics.canvas import (
    INK,
    LINE,
    MUTED,
    colours_of,
    new_figure,
    put_legend,
    refuse,
    titled,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


ROWS = 40
"""Most assessors in one picture (more cannot be read on a page)."""


def plot_assessors(report: pd.DataFrame, *, rows: int = ROWS) -> Figure:
    """Draw the severities of assessors with their 90 % intervals, from severe to lenient.

    Parameters
    ----------
    report : DataFrame
        Of :func:`assessor_report`, or some rows of it.
    rows : int
        Most assessors shown, at least 1: those farthest from 0. Those with too few ratings to be
        judged are shown only where there are no others.

    Returns
    -------
    Figure
        A dot for each severity, coloured by source; a small ring where the ratings alone would have
        put it, so that the line between them is the shrinkage; flags at the right.

    Raises
    ------
    InputError
        If the report has no rows, or `rows` is below 1.

    Examples
    --------
    >>> from competency.levels.diagnostics import assessor_report
    >>> from competency.levels.diagnostics.example import example_model
    >>> figure = plot_assessors(assessor_report(example_model()))
    >>> figure.axes[0].get_xlabel()
    'severity in levels: left rates generously, right strictly'
    >>> len(plot_assessors(assessor_report(example_model()), rows=1).axes[0].get_yticks())
    1
    """
    _refuse_empty(report, rows)
    shown, title = _shown(report, rows)
    figure = new_figure(0.2 * len(shown) + 1.5)
    ax = figure.add_subplot()
    place = np.arange(len(shown))
    severity, own = (shown[name].to_numpy(np.float64) for name in ("severity", "unshrunk"))
    low, high = (shown[name].to_numpy(np.float64) for name in ("low", "high"))
    reach = max(1.0, float(np.abs([low, high]).max())) * 1.06
    ax.axvline(0, color=MUTED, linewidth=0.8)
    ax.hlines(place, np.clip(own, -reach, reach), severity, color=MUTED, linewidth=0.8)
    inside = np.abs(own) <= reach
    ax.plot(own[inside], place[inside], "o", mfc="white", mec=MUTED, markersize=4, mew=0.8)
    for source, colour in colours_of(shown["source"]).items():
        at = np.flatnonzero(shown["source"] == source)
        ax.hlines(at, low[at], high[at], linewidth=3.2, alpha=0.35, color=colour)
        label = source.replace("_", " ")
        ax.plot(severity[at], at, "o", markersize=5.5, label=label, color=colour)
    ax.plot([], [], "o", mfc="white", mec=MUTED, markersize=4, label="by the ratings alone")
    _flag_words(ax, shown["flag"].tolist(), reach)
    ax.set(xlim=(-reach, reach), ylim=(len(shown) - 0.4, -0.6))
    ax.set_yticks(place, shown["assessor"].tolist(), fontsize=8)
    ax.set_xlabel("severity in levels: left rates generously, right strictly")
    ax.grid(axis="x", color=LINE)
    titled(figure, ax, "How severely assessors rate", title)
    put_legend(figure)
    return figure


def _shown(report: pd.DataFrame, rows: int) -> tuple[pd.DataFrame, str]:
    judged = report[~report["flag"].str.contains("few ratings")]
    kept, what = (judged, "judged ") if len(judged) else (report, "")
    order = (-kept["severity"].abs()).argsort(kind="stable")
    shown = kept.iloc[order.to_numpy()[:rows]]
    shown = shown.sort_values(["severity", "source", "assessor"], ascending=[False, True, True])
    count = f"the {len(shown)} farthest from 0 of {len(kept)} {what}assessors"
    count = count if len(shown) < len(kept) else f"{len(kept)} {what}assessors"
    rest = len(report) - len(kept)
    more = f"; {rest} with too few ratings are not shown" if rest else ""
    return shown.reset_index(drop=True), f"{count}, with 90 % intervals{more}"


def _flag_words(ax: Axes, flags: list[str], reach: float) -> None:
    for number, flag in enumerate(flags):
        if flag:
            ax.annotate(
                flag, (reach, number), xytext=(6, 0), textcoords="offset points", va="center",
                fontsize=8, color=INK, fontweight="bold", annotation_clip=False,
            )  # fmt: skip


def _refuse_empty(report: pd.DataFrame, rows: int) -> None:
    if len(report) == 0:
        hint = "the evidence must name assessors: column assessor of the assessments"
        refuse(Finding("nothing-to-draw", "there are no assessors to draw", hint=hint))
    if rows < 1:
        hint = "give 1 or more"
        refuse(Finding("illegal-number", f"rows is {rows}", hint=hint))
