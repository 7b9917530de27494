"""Pictures of a calibration; each returns the Axes that it drew on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import Floats
from competency.errors import ConfigError, Finding, nearest_names
from competency.ratings.item_response.calibrate import cells_of, problem_of
from competency.ratings.item_response.information import (
    TRAIT,
    item_probability,
    parts_of,
    total_information,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from competency.ratings.item_response.fit import RatingFit

_INK, _GREY, _WARM = "#1f4e79", "#8a8a8a", "#b5541c"
_SIZE = (6.4, 4.2)
_WIDTH = 0.5
# Width in standard deviations of the groups of persons whose observed shares are drawn.
_FEWEST = 5.0
# Expected ratings below which a group is not drawn: its shares would be noise.
_LABELLED = 8
# Categories up to which each has an entry in the legend.


def plot_item_curves(fit: RatingFit, item: str, *, ax: Axes | None = None) -> Axes:
    """Draw the probability of each rating of an item by trait, with observed shares.

    Parameters
    ----------
    fit : RatingFit
        Of `fit_ratings`.
    item : str
        One of ``fit.items["item"]``.
    ax : Axes or None
        Where to draw; None makes a new figure.

    Returns
    -------
    Axes

    Raises
    ------
    ConfigError
        There is no such item.

    Notes
    -----
    Curves are the model. Dots are shares of ratings in groups of persons half a standard deviation
    wide, each person spread over these groups by posterior mass; their area grows with the ratings
    behind them, and groups with fewer than five are left out. The posterior knows this rating too,
    so that dots lie a little nearer to the curves than true shares would. Where assessors have a
    severity, curves are those of one of average severity, and dots lie beside them as far as an
    item's assessors differ from that.

    Examples
    --------
    >>> import pandas as pd
    >>> from competency.ratings import fit_ratings
    >>> table = pd.DataFrame({"easy": [0, 1, 1, 0], "hard": [0, 0, 1, 1], "n": [50, 60, 50, 20]})
    >>> fit = fit_ratings(table, "rasch", frequency="n")
    >>> plot_item_curves(fit, "easy").get_xlabel()
    'trait (standard deviations)'
    >>> plot_item_curves(fit, "eazy")
    Traceback (most recent call last):
    competency.errors.ConfigError: item: 1 problem
      'eazy' is not an item of this calibration. Nearest: 'easy'
    """
    number = _number_of(fit, item)
    values = parts_of(fit)[0].scale.values[number]
    middle, share, size = observed_shares(fit, number)
    ax = _axes(ax)
    chance = item_probability(fit, TRAIT)[number, : len(values)]
    for category, color in enumerate(_colors(len(values))):
        label = str(values[category]) if len(values) <= _LABELLED else None
        ax.plot(TRAIT, chance[category], color=color, linewidth=2, label=label)
        ax.scatter(middle, share[category], s=size, color=color, ec="white", lw=0.6, zorder=3)
    row = fit.items.iloc[number]
    ratings = parts_of(fit)[0].counts()[number].sum()
    ax.set(xlim=(-4, 4), ylim=(-0.02, 1.02))
    ax.set(xlabel="trait (standard deviations)", ylabel="probability of each rating")
    ax.set_title(f"{item}: slope {row['a']:.2f}, n = {ratings:,.0f}", fontsize=11, loc="left")
    ax.spines[["top", "right"]].set_visible(False)
    if len(values) <= _LABELLED:
        ax.legend(title="rating", frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax


def plot_total_information(fit: RatingFit, *, ax: Axes | None = None) -> Axes:
    """Draw the information of one rating on every item, and its standard error, by trait.

    Parameters
    ----------
    fit : RatingFit
        Of `fit_ratings`.
    ax : Axes or None
        Where to draw; None makes a new figure.

    Returns
    -------
    Axes
        Of the information; the standard error has an axis of its own on the right.

    Notes
    -----
    Grey bars show where the persons are (their posterior means), without a scale. The standard
    error is drawn up to 1.5 standard deviations of the trait; beyond, the items are not
    informative.

    Examples
    --------
    >>> import pandas as pd
    >>> from competency.ratings import fit_ratings
    >>> table = pd.DataFrame({"easy": [0, 1, 1, 0], "hard": [0, 0, 1, 1], "n": [50, 60, 50, 20]})
    >>> plot_total_information(fit_ratings(table, "rasch", frequency="n")).get_ylabel()
    'information'
    """
    table = total_information(fit)
    ax = _axes(ax)
    highest = 1.08 * float(table["information"].max())
    _draw_persons(fit, ax, highest)
    ax.plot(table["trait"], table["information"], color=_INK, linewidth=2)
    ax.set(xlim=(-4, 4), ylim=(0, highest), xlabel="trait (standard deviations)")
    ax.set_ylabel("information", color=_INK)
    ax.tick_params(axis="y", colors=_INK)
    other = ax.twinx()
    other.plot(table["trait"], table["se"], color=_WARM, linewidth=2, linestyle="--")
    reach = min(1.5, 1.08 * float(table["se"].max()))
    other.set(xlim=(-4, 4), ylim=(0, reach))
    other.set_ylabel("standard error (dashed)", color=_WARM)
    other.tick_params(axis="y", colors=_WARM)
    for axes in (ax, other):
        axes.spines["top"].set_visible(False)
    ax.set_title(
        f"one rating on each of {len(fit.items)} items (grey: the persons)", fontsize=11, loc="left"
    )
    return ax


def observed_shares(fit: RatingFit, item: int) -> tuple[Floats, Floats, Floats]:
    """Return the shares of an item's categories among persons grouped by trait.

    That is the mean trait of each group, the shares ``(n_categories, n_groups)``, and the area of a
    dot in points^2.
    """
    ratings, model = parts_of(fit)
    problem = problem_of(model.layout, ratings, model.n_nodes)
    chance = problem.probability(model.parameters)
    rule = problem.quadrature
    found = problem.patterns.expectation(problem.log_table(chance), rule.log_weights)
    items, _, _ = cells_of(model.layout, ratings)
    counts = found.counts.reshape(chance.shape)[items == item].sum(0)
    counts = counts[: model.layout.n_categories[item]]
    group = np.round(rule.nodes / _WIDTH)
    first = np.flatnonzero(np.diff(group, prepend=-np.inf) > 0)
    grouped = np.add.reduceat(counts, first, axis=1)
    n = grouped.sum(0)
    middle = np.add.reduceat(counts.sum(0) * rule.nodes, first) / np.maximum(n, _FEWEST)
    kept = n >= _FEWEST
    return middle[kept], grouped[:, kept] / n[kept], 14 + 56 * n[kept] / n.max()


def _draw_persons(fit: RatingFit, ax: Axes, highest: float) -> None:
    ratings, model = parts_of(fit)
    mean, _ = model.moments(ratings)
    edges = np.linspace(-4, 4, 41)
    held, _ = np.histogram(mean, edges, weights=ratings.frequency)
    height = 0.25 * highest * held / max(held.max(), 1)
    ax.bar(edges[:-1], height, width=0.2, align="edge", color=_GREY, alpha=0.35, ec="white", lw=0.5)


def _number_of(fit: RatingFit, item: str) -> int:
    names = fit.items["item"].tolist()
    if item not in names:
        message = f"{item!r} is not an item of this calibration"
        near = nearest_names(item, names)
        raise ConfigError("item", [Finding("unknown-item", message, nearest=near)])
    return int(names.index(item))


def _colors(count: int) -> list[tuple[float, float, float, float]]:
    """Colours from low to high that differ in lightness too, for those who see few hues."""
    from matplotlib import colormaps

    return [colormaps["viridis"](place) for place in np.linspace(0.0, 0.88, count)]


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    from matplotlib.figure import Figure

    return Figure(figsize=_SIZE, layout="constrained").add_subplot()
