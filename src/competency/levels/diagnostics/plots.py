"""Pictures of sources and of information; each returns a matplotlib Figure of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from competency.errors import Finding, nearest_names
from competency.levels.diagnostics.canvas import (
    HEAD,
    INK,
    LINE,
    MUTED,
    SHADES,
    calm,
    colours_of,
    new_figure,
    put_legend,
    refuse,
    titled,
)
from competency.levels.diagnostics.information import STEP, graded_blocks
from competency.levels.diagnostics.rating_rows import level_chances
from competency.levels.diagnostics.settled_cohort import (
    learned_index,
    learned_sources,
    require_fitted,
)
from competency.levels.posterior.likelihood import CERTIFICATE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from competency.arrays import Floats
    from competency.levels.model import LevelModel
    from competency.levels.posterior.likelihood import Sources


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
        Left an assessor of known, average severity, right one whom nobody knows.

    Raises
    ------
    NotFittedError
        Before `fit`.
    InputError
        If the source has no graded ratings (a record states the level for certain).

    Examples
    --------
    >>> from competency.levels.diagnostics.example import example_model
    >>> figure = plot_source_curves(example_model(), "supervisor")
    >>> [ax.get_title(loc="left") for ax in figure.axes]
    ['one whose severity is known, and average', 'one whom nobody knows']
    """
    require_fitted(model)
    sources, top = learned_sources(model), learned_index(model).n_levels - 1
    block = _graded(sources, source)
    latent = np.arange(-1, top + 1 + STEP / 4, STEP / 2)
    figure = new_figure(3.9)
    axes = figure.subplots(1, 2, sharey=True)
    titles = ("one whose severity is known, and average", "one whom nobody knows")
    spread = sources.sd()[block]
    for ax, title, sd in zip(axes, titles, (0.0, spread), strict=True):
        _curves(ax, latent, _chances(sources, block, latent, sd, top))
        ax.set_title(title, loc="left", fontsize=10, color=INK)
        ax.set_xlabel("level of the officer")
    axes[0].set_ylabel("chance of the rating")
    name = source.replace("_", " ")
    text = (
        f"{name}: discrimination {sources.slope[block]:.2f}, severity "
        f"{sources.severity[block]:+.2f}; assessors differ by {sources.severity_sd[block]:.2f}, "
        f"halo {sources.halo_sd[block]:.2f} (levels)"
    )
    figure.suptitle("What an assessor says of whom", **HEAD)
    figure.supxlabel(text, x=0.01, ha="left", fontsize=9, color=MUTED)
    return figure


def plot_information(table: pd.DataFrame, *, sources: Sequence[str] | None = None) -> Figure:
    """Draw how much one rating of each source tells, over the level of the officer.

    Parameters
    ----------
    table : DataFrame
        Of :func:`information`.
    sources : sequence of str or None
        Sources shown; None stands for all.

    Returns
    -------
    Figure
        Solid: an assessor whom nobody knows; dotted: one whose severity and halo are known. The
        right axis says the same as a standard error. Certificates are left out.

    Raises
    ------
    InputError
        If there is nothing to draw.

    Examples
    --------
    >>> from competency.levels.diagnostics import information
    >>> from competency.levels.diagnostics.example import example_model
    >>> figure = plot_information(information(example_model()), sources=["peer", "supervisor"])
    >>> len(figure.axes[0].lines)
    4
    """
    kept = table[table["source"] != CERTIFICATE]
    kept = kept if sources is None else kept[kept["source"].isin(list(sources))]
    if kept.empty:
        hint = "give the table of information(), and sources that are in it"
        refuse(Finding("nothing-to-draw", "there is no source to draw", hint=hint))
    figure = new_figure(4.6)
    ax = figure.add_subplot()
    best = kept[kept["assessor"] == "unknown"].groupby("source")["information"].max()
    order = best.sort_values(ascending=False, kind="stable").index
    colour = colours_of(kept["source"])
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
    ax.grid(axis="y", color=LINE)
    _error_axis(ax)
    text = "solid: an assessor whom nobody knows; dotted: one whose severity and halo are known"
    titled(figure, ax, "How much one rating tells", text)
    put_legend(figure)
    return figure


def _chances(sources: Sources, block: int, latent: Floats, sd: float, top: int) -> Floats:
    size = len(latent)
    return level_chances(
        sources, np.full(size, block), latent - sources.severity[block], np.full(size, sd**2),
        max_level=np.full(size, top), n_levels=top + 1,
    )  # fmt: skip


def _curves(ax: Axes, latent: Floats, chances: Floats) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    shades = LinearSegmentedColormap.from_list("levels", SHADES)
    count = chances.shape[1]
    for level in range(count):
        colour = shades(level / max(count - 1, 1))
        ax.plot(latent, chances[:, level], color=colour, linewidth=2)
        # The label stands on the highest point, which is an end for the outermost levels.
        peak = min(max(int(chances[:, level].argmax()), 4), len(latent) - 5)
        ax.annotate(
            str(level), (latent[peak], chances[peak, level]), xytext=(0, 4), ha="center",
            textcoords="offset points", fontsize=9, color=INK,
        )  # fmt: skip
    ax.set(xlim=(latent[0], latent[-1]), ylim=(0, 1.08))
    ax.set_xticks(range(count))
    ax.grid(axis="x", color=LINE)
    calm(ax)


def _graded(sources: Sources, source: str) -> int:
    valid = [sources.names[block] for block in graded_blocks(sources)]
    if source not in valid:
        near = nearest_names(source, valid)
        message = f"source {source!r} gives no graded ratings"
        hint = "name a source that has settings and is not certain"
        refuse(Finding("unknown-source", message, nearest=near, hint=hint))
    return sources.names.index(source)


def _error_axis(ax: Axes) -> None:
    """A right axis that says the information as a standard error."""
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
    right.set_ylabel("standard error of the level, in levels", color=MUTED)
    calm(right)
