"""Pictures of assessors, sources and information; each returns a matplotlib Figure of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from competency.errors import Finding, InputError, nearest_names
from competency.levels.diagnostics.cohort_posterior import (
    learned_index,
    learned_sources,
    require_fitted,
)
from competency.levels.diagnostics.information import STEP, graded_blocks, rating_chances
from competency.levels.posterior.likelihood import CERTIFICATE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from competency.arrays import Floats
    from competency.levels.model import LevelModel
    from competency.levels.posterior.likelihood import Sources

ROWS = 40
"""Most assessors in one picture (more cannot be read on a page)."""

_INK, _MUTED, _LINE = "#17242b", "#56656d", "#e4e9ec"
# Text, secondary text and thin lines.
_COLOURS = {
    "supervisor": "#005e7d",
    "assessment_centre": "#c2780c",
    "peer": "#4b8f6b",
    "self": "#8d6aa5",
    "test": "#b4483a",
    "subordinate": "#8a8a3a",
}
_OTHERS = ("#17242b", "#5997b3", "#8b969b")
# Distinct under the common kinds of colour blindness; a source has one colour in every picture.
_SHADES = ("#a9cbd8", "#083a4b")
# Of the lowest and the highest level.
_HEAD: dict[str, Any] = {"x": 0.01, "ha": "left", "fontsize": 13, "color": _INK}
# Place and style of a title.
_WIDTH = 8.0
# Inches: 900 pixels at 112 dots an inch.


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
    >>> from competency.testing import small_model
    >>> figure = plot_assessors(assessor_report(small_model()))
    >>> figure.axes[0].get_xlabel()
    'severity in levels: left rates generously, right strictly'
    >>> len(plot_assessors(assessor_report(small_model()), rows=1).axes[0].get_yticks())
    1
    """
    _check_report(report, rows)
    shown, title = _shown(report, rows)
    figure = _new_figure(0.2 * len(shown) + 1.5)
    ax = figure.add_subplot()
    place = np.arange(len(shown))
    severity, own = (shown[name].to_numpy(np.float64) for name in ("severity", "unshrunk"))
    low, high = (shown[name].to_numpy(np.float64) for name in ("low", "high"))
    reach = max(1.0, float(np.abs([low, high]).max())) * 1.06
    ax.axvline(0, color=_MUTED, linewidth=0.8)
    ax.hlines(place, np.clip(own, -reach, reach), severity, color=_MUTED, linewidth=0.8)
    inside = np.abs(own) <= reach
    ax.plot(own[inside], place[inside], "o", mfc="white", mec=_MUTED, markersize=4, mew=0.8)
    for source, colour in _colours_of(shown["source"]).items():
        at = np.flatnonzero(shown["source"] == source)
        ax.hlines(at, low[at], high[at], linewidth=3.2, alpha=0.35, color=colour)
        label = source.replace("_", " ")
        ax.plot(severity[at], at, "o", markersize=5.5, label=label, color=colour)
    ax.plot([], [], "o", mfc="white", mec=_MUTED, markersize=4, label="by the ratings alone")
    _flag_words(ax, shown["flag"].tolist(), reach)
    ax.set(xlim=(-reach, reach), ylim=(len(shown) - 0.4, -0.6))
    ax.set_yticks(place, shown["assessor"].tolist(), fontsize=8)
    ax.set_xlabel("severity in levels: left rates generously, right strictly")
    ax.grid(axis="x", color=_LINE)
    _finish(figure, ax, "How severely assessors rate", title)
    return figure


def plot_source_curves(model: LevelModel, source: str) -> Figure:
    """Draw the chance of each rating by a source over the level of the officer.

    Parameters
    ----------
    model : LevelModel
        Fitted or loaded.
    source : str

    Returns
    -------
    Figure
        Left an assessor of known, average severity, right an unknown one.

    Raises
    ------
    NotFittedError
        Before `fit`.
    InputError
        If the source has no graded ratings (a record states the level for certain).

    Examples
    --------
    >>> from competency.testing import small_model
    >>> figure = plot_source_curves(small_model(), "supervisor")
    >>> [ax.get_title(loc="left") for ax in figure.axes]
    ['assessor of known, average severity', 'unknown assessor']
    """
    require_fitted(model)
    sources, top = learned_sources(model), learned_index(model).n_levels - 1
    block = _graded(sources, source)
    latent = np.arange(-1, top + 1 + STEP / 4, STEP / 2)
    figure = _new_figure(3.9)
    axes = figure.subplots(1, 2, sharey=True)
    titles = ("assessor of known, average severity", "unknown assessor")
    for ax, title, known in zip(axes, titles, (True, False), strict=True):
        _curves(ax, latent, rating_chances(sources, block, latent, top=top, known_assessor=known))
        ax.set_title(title, loc="left", fontsize=10, color=_INK)
        ax.set_xlabel("level of the officer")
    axes[0].set_ylabel("chance of the rating")
    name = source.replace("_", " ")
    text = (
        f"{name}: discrimination {sources.slope[block]:.2f}, severity "
        f"{sources.severity[block]:+.2f}; assessors differ by {sources.severity_sd[block]:.2f}, "
        f"halo {sources.halo_sd[block]:.2f} (levels)"
    )
    figure.suptitle("Ratings by the level of the officer", **_HEAD)
    figure.supxlabel(text, x=0.01, ha="left", fontsize=9, color=_MUTED)
    return figure


def plot_information(table: pd.DataFrame, *, sources: Sequence[str] | None = None) -> Figure:
    """Draw the information of one rating of each source over the level of the officer.

    Parameters
    ----------
    table : DataFrame
        Of :func:`information`.
    sources : sequence of str or None
        Sources shown; None stands for all.

    Returns
    -------
    Figure
        Solid: an unknown assessor; dotted: one whose severity and halo are known. The right axis
        shows the same as a standard error. Certificates are left out.

    Raises
    ------
    InputError
        If there is nothing to draw.

    Examples
    --------
    >>> from competency.levels.diagnostics import information
    >>> from competency.testing import small_model
    >>> figure = plot_information(information(small_model()), sources=["peer", "supervisor"])
    >>> len(figure.axes[0].lines)
    4
    """
    kept = table[table["source"] != CERTIFICATE]
    kept = kept if sources is None else kept[kept["source"].isin(list(sources))]
    if kept.empty:
        hint = "give the table of information(), and sources that are in it"
        _refuse(Finding("nothing-to-draw", "there is no source to draw", hint=hint))
    figure = _new_figure(4.6)
    ax = figure.add_subplot()
    best = kept[kept["assessor"] == "unknown"].groupby("source")["information"].max()
    order = best.sort_values(ascending=False, kind="stable").index
    colour = _colours_of(kept["source"])
    for name in order:
        rows = kept[kept["source"] == name]
        for how, style in (("unknown", "-"), ("known", ":")):
            line = rows[rows["assessor"] == how]
            label = name.replace("_", " ") if how == "unknown" else None
            width = 2.2 if how == "unknown" else 1.3
            ax.plot(
                line["latent"], line["information"], style, color=colour[name], linewidth=width,
                label=label,
            )  # fmt: skip
    ax.set(xlabel="level of the officer", ylabel="information, 1 / levels squared")
    ax.set_xlim(kept["latent"].min(), kept["latent"].max())
    ax.set_ylim(0, kept["information"].max() * 1.05)
    ax.grid(axis="y", color=_LINE)
    _error_axis(ax)
    text = "solid: an unknown assessor; dotted: one whose severity and halo are known"
    _finish(figure, ax, "Information of one rating", text)
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
                fontsize=8, color=_INK, fontweight="bold", annotation_clip=False,
            )  # fmt: skip


def _check_report(report: pd.DataFrame, rows: int) -> None:
    if len(report) == 0:
        hint = "the evidence must name assessors: column assessor of the assessments"
        _refuse(Finding("nothing-to-draw", "there are no assessors to draw", hint=hint))
    if rows < 1:
        hint = "give 1 or more"
        _refuse(Finding("illegal-number", f"rows is {rows}", hint=hint))


def _curves(ax: Axes, latent: Floats, chances: Floats) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    shades = LinearSegmentedColormap.from_list("levels", _SHADES)
    count = chances.shape[1]
    for level in range(count):
        colour = shades(level / max(count - 1, 1))
        ax.plot(latent, chances[:, level], color=colour, linewidth=2)
        # The label stands on the highest point, which is an end for the outermost levels.
        peak = min(max(int(chances[:, level].argmax()), 4), len(latent) - 5)
        ax.annotate(
            str(level), (latent[peak], chances[peak, level]), xytext=(0, 4), ha="center",
            textcoords="offset points", fontsize=9, color=_INK,
        )  # fmt: skip
    ax.set(xlim=(latent[0], latent[-1]), ylim=(0, 1.08))
    ax.set_xticks(range(count))
    ax.grid(axis="x", color=_LINE)
    _calm(ax)


def _graded(sources: Sources, source: str) -> int:
    valid = [sources.names[block] for block in graded_blocks(sources)]
    if source not in valid:
        near = nearest_names(source, valid)
        message = f"source {source!r} gives no graded ratings"
        hint = "name a source that has settings and is not certain"
        _refuse(Finding("unknown-source", message, nearest=near, hint=hint))
    return sources.names.index(source)


def _error_axis(ax: Axes) -> None:
    """Add a right axis that shows the information as a standard error."""
    top = ax.get_ylim()[1]
    errors = [
        error for error in (3.0, 2.0, 1.5, 1.2, 1.0, 0.8, 0.7, 0.6, 0.5, 0.4) if error**-2 < top
    ]
    right = ax.twinx()
    right.set_ylim(0, top)
    kept: list[float] = []
    for error in errors:
        if not kept or error**-2 - kept[-1] ** -2 > 0.06 * top:
            kept.append(error)
    right.set_yticks([error**-2 for error in kept], [f"{error:g}" for error in kept])
    right.set_ylabel("standard error of the level, in levels", color=_MUTED)
    _calm(right)


def _colours_of(sources: pd.Series[str]) -> dict[str, str]:
    """Return the colour of each source: the same in every picture."""
    names = sorted(sources.unique())
    others = [name for name in names if name not in _COLOURS]
    more = {name: _OTHERS[number % len(_OTHERS)] for number, name in enumerate(others)}
    return {name: {**_COLOURS, **more}[name] for name in names}


def _refuse(finding: Finding) -> NoReturn:
    """Raise what is wrong with a picture that was asked for."""
    raise InputError("plot", [finding])


def _new_figure(height: float) -> Figure:
    """Return an empty figure of the usual width, `height` inches high."""
    from matplotlib.figure import Figure

    return Figure(figsize=(_WIDTH, height), layout="constrained")


def _finish(figure: Figure, ax: Axes, title: str, text: str) -> None:
    """Put title, subtitle and, below, the legend."""
    _calm(ax)
    figure.suptitle(title, **_HEAD)
    ax.set_title(text, loc="left", fontsize=9, color=_MUTED)
    figure.legend(loc="outside lower left", ncols=4, frameon=False, fontsize=9)


def _calm(ax: Axes) -> None:
    """Remove frame and ticks, which carry no information."""
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(_LINE)
    ax.tick_params(length=0, colors=_MUTED, labelcolor=_INK)
    ax.set_axisbelow(True)
