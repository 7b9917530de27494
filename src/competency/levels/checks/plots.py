"""Pictures of calibration; each returns the Axes that it drew on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from competency.levels.checks.calibration import ReliabilityTable
from competency.stats import critical_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from competency.levels.checks.calibration import CalibrationError
    from competency.levels.checks.ranks import Uniformity

_INK, _GREY = "#1f4e79", "#8a8a8a"
_SIZE = (4.2, 4.0)


def plot_reliability(check: ReliabilityTable | CalibrationError, *, ax: Axes | None = None) -> Axes:
    """Draw observed against stated frequency, with Wilson intervals and the diagonal.

    Parameters
    ----------
    check : ReliabilityTable or CalibrationError
        Of `reliability_table`, `calibration_error` or `level_calibration_error`.
    ax : Axes or None
        Where to draw; None makes a new figure.

    Returns
    -------
    Axes

    Notes
    -----
    The area of a dot grows with the number of forecasts in its bin.

    Examples
    --------
    >>> from competency.levels.checks import reliability_table
    >>> ax = plot_reliability(reliability_table([0.1, 0.9], [0, 1]))
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('stated probability', 'observed frequency')
    """
    table = check if isinstance(check, ReliabilityTable) else check.table
    ax = _axes(ax)
    ax.plot([0, 1], [0, 1], color=_GREY, linewidth=1, linestyle="--", label="calibrated")
    held = table.count > 0
    x, y = table.stated[held], table.observed[held]
    reach = np.abs(np.stack([y - table.low[held], table.high[held] - y]))
    ax.errorbar(x, y, reach, fmt="none", ecolor=_INK, elinewidth=1, capsize=2)
    size = 12 + 120 * table.count[held] / table.count.max()
    ax.scatter(x, y, s=size, color=_INK, zorder=3, label=f"observed, n = {table.n}")
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), aspect="equal")
    ax.set(xlabel="stated probability", ylabel="observed frequency")
    ax.legend(frameon=False, loc="upper left")
    return ax


def plot_pit(check: Uniformity, *, ax: Axes | None = None) -> Axes:
    """Draw the histogram of a PIT, or of ranks, with the band in which uniform bars lie.

    Parameters
    ----------
    check : Uniformity
        Of `pit`, or one of the checks of `simulation_based_calibration`.
    ax : Axes or None
        Where to draw; None makes a new figure.

    Returns
    -------
    Axes

    Notes
    -----
    The band holds 95 % of the bars of uniform numbers (normal approximation), bar by bar.

    Examples
    --------
    >>> from competency.levels.checks import pit
    >>> ax = plot_pit(pit([[0.5, 0.5]] * 20, [0, 1] * 10))
    >>> len(ax.patches)
    11
    """
    ax = _axes(ax)
    bins = len(check.counts)
    height = check.counts * bins / check.n
    reach = critical_value() * np.sqrt((bins - 1) / check.n)
    ax.axhspan(max(0.0, 1 - reach), 1 + reach, color=_GREY, alpha=0.35, linewidth=0, zorder=2)
    ax.bar(np.arange(bins) / bins, height, width=1 / bins, align="edge", color=_INK, ec="white")
    ax.axhline(1.0, color=_GREY, linewidth=1, linestyle="--")
    ax.set(xlim=(0, 1), xlabel=check.name, ylabel="density")
    ax.set_title(f"n = {check.n}, p = {check.p_value:.3g}", fontsize=10)
    return ax


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    from matplotlib.figure import Figure

    return Figure(figsize=_SIZE, layout="constrained").add_subplot()
