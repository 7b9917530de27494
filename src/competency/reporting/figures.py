"""Figures for notebooks and publications: beliefs, gaps of a cohort, what trainings changed.

Each function draws on `ax`, or on a new figure of its own, and returns the Axes; none of them
shows a window or touches the state of pyplot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from competency.reporting import colours
from competency.reporting.facts.cohort import heat_map
from competency.reporting.facts.effects import effect_facts
from competency.reporting.facts.names import Names
from competency.wording import Wording

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.patches import Rectangle
    from matplotlib.ticker import FuncFormatter

    from competency.arrays import Bools, Floats, Ints
    from competency.config import Locale
    from competency.effects import EffectModel
    from competency.gaps.table import GapTable
    from competency.levels.beliefs import LevelBeliefs

INK = "#17242b"
MUTED = "#56656d"
LINE = "#e4e9ec"
_OWN = "#8b969b"
_BARS = ((-0.12, "gain", colours.accent(), 3), (0.16, "alone", _OWN, 1))
# Shift from the middle of the row, what is drawn, its colour and width.


def plot_beliefs(
    levels: LevelBeliefs, officer_id: str, *, ax: Axes | None = None, locale: Locale = "id"
) -> Axes:
    """Draw the chance of each level for every competency that an officer's position asks for.

    Parameters
    ----------
    levels : LevelBeliefs
    officer_id : str
    ax : Axes, optional
        Where to draw; a new figure when None.
    locale : {"id", "en"}

    Returns
    -------
    Axes
        One bar a competency, split by level from 0 (pale) to the highest (deep); hatched where
        never assessed; a mark stands before the part of the bar that meets the requirement.
    """
    row = int(levels.roster.rows_of([officer_id])[0])
    names, w = Names(levels.framework), Wording(locale)
    required = names.index.required_levels(levels.roster.position[[row]])[0]
    shown = [c for c in names.order if required[c]] or list(names.order)
    ax = ax or new_axes(8.0, 0.32 * len(shown) + 1.4)
    place = np.arange(len(shown))
    probs = levels.probs[row][shown].astype(np.float64)
    known = levels.n_observations[row][shown] > 0
    _stack(ax, place, probs, known)
    below = np.array([probs[n, : required[c]].sum() for n, c in enumerate(shown)])
    asked = (required[shown] > 0) & known
    ax.plot(
        below[asked], place[asked], linestyle="none", marker="|", markersize=13,
        markeredgewidth=2.2, color=INK, label=w("chart.required"),
    )  # fmt: skip
    ax.set_yticks(place, [names.competencies[c].text(locale) for c in shown])
    ax.set(xlim=(0, 1), xlabel=w("chart.probability"))
    ax.set_title(w("chart.beliefs"), loc="left")
    ax.xaxis.set_major_formatter(number_format(w, 1))
    ax.invert_yaxis()
    ax.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False, title=w("level"))
    return calm(ax)


def plot_gap_heatmap(
    gaps: GapTable,
    by: str = "unit",
    *,
    ax: Axes | None = None,
    locale: Locale = "id",
    minimum_group: int = 5,
) -> Axes:
    """Draw mean expected gaps of groups by competencies, as on the cohort's page.

    Parameters
    ----------
    gaps : GapTable
        Its first aim is drawn.
    by : str
        ``"unit"``, ``"region"`` or ``"position"``.
    ax : Axes, optional
        Where to draw; a new figure when None.
    locale : {"id", "en"}
        Language of the labels.
    minimum_group : int
        Smallest group that is shown.

    Returns
    -------
    Axes
        Groups from the widest mean gap to the smallest; hatched where a group is too small or
        was never assessed.
    """
    names, w = Names(gaps.levels.framework), Wording(locale)
    heat = heat_map(gaps, names, minimum_group=minimum_group, by=by)
    values = [[cell.mean for cell in row.cells] for row in heat.rows]
    mean = np.array(values, np.float64).reshape(len(heat.rows), len(heat.competencies))
    ax = ax or new_axes(0.34 * mean.shape[1] + 3.4, 0.26 * mean.shape[0] + 2.8)
    ax.add_patch(_hatching(ax))
    across, down = np.arange(mean.shape[1] + 1) - 0.5, np.arange(mean.shape[0] + 1) - 0.5
    mesh = ax.pcolormesh(
        across, down, np.ma.masked_invalid(mean), cmap=shades(), vmin=0, vmax=heat.top,
        edgecolors="white", linewidth=1.2,
    )  # fmt: skip
    labels = [label.text(locale) for label in heat.competencies]
    ax.set_xticks(range(len(labels)), labels, rotation=90)
    position = {label.id: label.text(locale) for label in names.positions}
    groups = [position.get(row.name, row.name) or w("nowhere") for row in heat.rows]
    ax.set_yticks(range(len(groups)), groups)
    ax.invert_yaxis()
    bar = ax.figure.colorbar(
        mesh, ax=ax, label=w("chart.gap"), shrink=0.7, format=number_format(w, 1)
    )
    bar.outline.set_visible(False)
    return calm(ax)


def plot_effects(
    model: EffectModel, *, top: int = 20, ax: Axes | None = None, locale: Locale = "id"
) -> Axes:
    """Draw the gain of trainings, shrunk and by their own history alone, largest first.

    Parameters
    ----------
    model : EffectModel
    top : int
        Most trainings that are drawn.
    ax : Axes, optional
        Where to draw; a new figure when None.
    locale : {"id", "en"}

    Returns
    -------
    Axes
        Thick: with what its family lends; thin: own history alone; a dash: the catalogue's claim;
        a square: mean rating after less mean rating before, which is no measure of a training.
    """
    rows, w = effect_facts(model).rows[:top], Wording(locale)
    ax = ax or new_axes(10.0, 0.36 * len(rows) + 2.0)
    place = np.arange(len(rows))
    for shift, name, colour, width in _BARS:
        spans = [getattr(row, name) for row in rows]
        fill, label = colour if name == "gain" else "white", w(f"learned.legend.{name}")
        ax.hlines(
            place + shift, [s.low for s in spans], [s.high for s in spans], color=colour,
            linewidth=width,
        )  # fmt: skip
        ax.plot(
            [s.value for s in spans], place + shift, linestyle="none", marker="o", color=colour,
            markerfacecolor=fill, label=label,
        )  # fmt: skip
    ax.plot(
        [row.claimed for row in rows], place, linestyle="none", marker="|", markersize=12,
        color=INK, label=w("learned.legend.claimed"),
    )  # fmt: skip
    ax.plot(
        [np.nan if row.naive is None else row.naive for row in rows], place, linestyle="none",
        marker="s", markerfacecolor="none", color=colours.SIGNAL, label=w("learned.legend.naive"),
    )  # fmt: skip
    ax.axvline(0, color=_OWN, linewidth=1)
    ax.set_yticks(place, [f"{row.training.text(locale)} (n = {row.n_used})" for row in rows])
    ax.invert_yaxis()
    ax.set(xlabel=w("chart.gain"))
    ax.set_title(w("chart.learned"), loc="left")
    ax.xaxis.set_major_formatter(number_format(w, 1))
    ax.legend(loc="upper center", bbox_to_anchor=(0.3, -0.1), ncols=2, frameon=False)
    return calm(ax)


def plot_transitions(model: EffectModel, *, ax: Axes | None = None, locale: Locale = "id") -> Axes:
    """Draw the chance that each training lifts to its target, by the level held before.

    Parameters
    ----------
    model : EffectModel
    ax : Axes, optional
        Where to draw; a new figure when None.
    locale : {"id", "en"}

    Returns
    -------
    Axes
        Empty squares: the training does not lift from that level.
    """
    rows, w = effect_facts(model).transitions, Wording(locale)
    n_levels = model.framework_.index.n_levels
    table = np.array([row.chances for row in rows], np.float64).reshape(len(rows), n_levels)
    ax = ax or new_axes(0.5 * n_levels + 8.0, 0.26 * len(rows) + 1.6)
    across, down = np.arange(n_levels + 1) - 0.5, np.arange(len(rows) + 1) - 0.5
    mesh = ax.pcolormesh(
        across, down, np.ma.masked_invalid(table), cmap=shades(), vmin=0, vmax=1,
        edgecolors="white", linewidth=1.2,
    )  # fmt: skip
    labels = [
        f"{row.training.text(locale)}: {row.competency.text(locale)} → {row.target}" for row in rows
    ]
    ax.set_yticks(range(len(rows)), labels)
    ax.set_xticks(range(n_levels))
    ax.set_xlabel(w("level"))
    ax.set_title(w("learned.transitions"), loc="left")
    ax.invert_yaxis()
    bar = ax.figure.colorbar(
        mesh, ax=ax, shrink=0.5, format=number_format(w, 1), label=w("chart.transitions")
    )
    bar.outline.set_visible(False)
    return calm(ax)


def _stack(ax: Axes, place: Ints, probs: Floats, known: Bools) -> None:
    shades = colours.sequential(max(probs.shape[1], 2))
    left = np.zeros(len(probs))
    for level in range(probs.shape[1]):
        part = np.where(known, probs[:, level], 0.0)
        ax.barh(place, part, left=left, height=0.7, color=shades[level], label=str(level))
        left += part
    if not known.all():
        ax.barh(
            place[~known], 1.0, height=0.7, facecolor="white", edgecolor=colours.UNKNOWN,
            hatch="////", linewidth=0,
        )  # fmt: skip


def new_axes(width: float, height: float) -> Axes:
    """Return the Axes of a new figure of that size in inches, outside the state of pyplot."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure.add_subplot()


def _hatching(ax: Axes) -> Rectangle:
    from matplotlib.patches import Rectangle

    return Rectangle(
        (0, 0), 1, 1, transform=ax.transAxes, facecolor="white", edgecolor=colours.UNKNOWN,
        hatch="////", linewidth=0, zorder=0,
    )  # fmt: skip


def number_format(w: Wording, digits: int) -> FuncFormatter:
    """Return what writes the numbers of an axis in the language of `w`."""
    from matplotlib.ticker import FuncFormatter

    return FuncFormatter(lambda value, _: w.number(value, digits))


def shades() -> Colormap:
    """Return the sequential palette of all pages as a colour map."""
    from matplotlib.colors import ListedColormap

    return ListedColormap(list(colours.sequential()))


def calm(ax: Axes) -> Axes:
    """Return `ax` with quiet spines and ticks."""
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(LINE)
    ax.tick_params(length=0, colors=MUTED, labelcolor=INK)
    ax.set_axisbelow(True)
    return ax
