"""What pictures of diagnostics share: colours, titles and axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from competency.errors import Finding, InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


INK, MUTED, LINE = "#17242b", "#56656d", "#e4e9ec"
"""Text, what is beside the point, and thin lines."""
_COLOURS = {
    "supervisor": "#005e7d",
    "assessment_centre": "#c2780c",
    "peer": "#4b8f6b",
    "self": "#8d6aa5",
    "test": "#b4483a",
    "subordinate": "#8a8a3a",
}
_OTHERS = ("#17242b", "#5997b3", "#8b969b")
# Told apart by common colour vision; the same source has the same colour in every picture.
SHADES = ("#a9cbd8", "#083a4b")
"""Of the lowest and the highest level."""
HEAD: dict[str, Any] = {"x": 0.01, "ha": "left", "fontsize": 13, "color": INK}
"""Where and how a title stands."""
_WIDTH = 8.0
# Inches: 900 pixels at 112 dots an inch.


def colours_of(sources: pd.Series[str]) -> dict[str, str]:
    """Return the colour of each source: the same in every picture."""
    names = sorted(sources.unique())
    others = [name for name in names if name not in _COLOURS]
    more = {name: _OTHERS[number % len(_OTHERS)] for number, name in enumerate(others)}
    return {name: {**_COLOURS, **more}[name] for name in names}


def refuse(finding: Finding) -> NoReturn:
    """Raise what is wrong with a picture that was asked for."""
    raise InputError("plot", [finding])


def new_figure(height: float) -> Figure:
    """Return an empty figure of the usual width, `height` inches high."""
    from matplotlib.figure import Figure

    return Figure(figsize=(_WIDTH, height), layout="constrained")


def titled(figure: Figure, ax: Axes, title: str, text: str) -> None:
    """Put title and subtitle, and take what distracts away."""
    calm(ax)
    figure.suptitle(title, **HEAD)
    ax.set_title(text, loc="left", fontsize=9, color=MUTED)


def put_legend(figure: Figure) -> None:
    """Put a legend below."""
    figure.legend(loc="outside lower left", ncols=4, frameon=False, fontsize=9)


def calm(ax: Axes) -> None:
    """Take away the lines that tell nothing."""
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(LINE)
    ax.tick_params(length=0, colors=MUTED, labelcolor=INK)
    ax.set_axisbelow(True)
