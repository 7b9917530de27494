"""Figures of what trainings changed: a forest with its shrinkage, and moves between levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from competency.reporting import colours
from competency.reporting.facts.effects import effect_facts
from competency.reporting.figures import calm, new_axes, number_format, shades
from competency.wording import Wording

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from competency.config import Locale
    from competency.effects import EffectModel

_OWN = "#8b969b"
_INK = "#17242b"
_BARS = ((-0.12, "gain", colours.accent(), 3), (0.16, "alone", _OWN, 1))
# Shift from the middle of the row, what is drawn, its colour and width.


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
        color=_INK, label=w("learned.legend.claimed"),
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


def plot_moves(model: EffectModel, *, ax: Axes | None = None, locale: Locale = "id") -> Axes:
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
    rows, w = effect_facts(model).moves, Wording(locale)
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
    ax.set_title(w("learned.moves"), loc="left")
    ax.invert_yaxis()
    bar = ax.figure.colorbar(
        mesh, ax=ax, shrink=0.5, format=number_format(w, 1), label=w("chart.moves")
    )
    bar.outline.set_visible(False)
    return calm(ax)
