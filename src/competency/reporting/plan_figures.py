"""A plan in time: one officer's steps with what each waits for, or the sessions of the year."""

from __future__ import annotations

import datetime as dt
import textwrap
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from competency.framework.index import NO_LIMIT
from competency.planning.outlook import plan_outlook
from competency.reporting import colours
from competency.reporting.facts.names import Names, day
from competency.reporting.figures import INK, LINE, MUTED, calm, new_axes
from competency.wording import Wording

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from competency.arrays import Dates, Floats
    from competency.config import Locale
    from competency.planning.plan import Plan

_SHORTEST = 0.012
# Smallest bar, as a part of the year: a class of one day stays visible.
_NAME = 38
# Characters of a training's name before it goes on in a second line.
_LABEL_ROOM = 0.16
# Part of the axis kept free on the right for what stands behind the last bar.


def plot_plan(
    plan: Plan, officer: str | None = None, *, ax: Axes | None = None, locale: Locale = "id"
) -> Axes:
    """Draw a plan over the year, with its quarters: of one officer, or the sessions of all.

    Parameters
    ----------
    plan : Plan
    officer : str, optional
        Draw this officer's steps: a bar for each, full where a session has dates and open where
        days are only proposed; arrows lead from a step to those that wait for it. Without one,
        draw all sessions of the year, filled as far as their seats are taken.
    ax : Axes, optional
        Where to draw; a new figure when None.
    locale : {"id", "en"}
        Language of the labels.

    Returns
    -------
    Axes
        Without bars where the officer has no plan, or there are no sessions.
    """
    if officer is None:
        return _plot_sessions(plan, ax, Wording(locale))
    rows = plan.ranking.gaps.levels.roster.rows_of([officer])
    return _plot_officer(plan.take(rows), ax, Wording(locale))


def _plot_officer(plan: Plan, ax: Axes | None, w: Wording) -> Axes:
    """Draw the plan of a single officer."""
    levels = plan.ranking.gaps.levels
    names, steps = Names(levels.framework), plan_outlook(plan).steps
    ax = ax or new_axes(9.5, 0.62 * max(len(plan), 1) + 1.3)
    width = _year(ax, levels.as_of, plan.config.horizon_days, w)
    start, end = _days(plan.start, levels.as_of), _days(plan.end, levels.as_of) + 1
    end = np.maximum(end, start + _SHORTEST * width)
    dated = plan.session >= 0
    for chosen, face, label in ((dated, colours.accent(), "chart.session"),
                                (~dated, "white", "chart.proposed")):  # fmt: skip
        if chosen.any():
            ax.barh(
                np.flatnonzero(chosen), (end - start)[chosen], left=start[chosen], height=0.42,
                color=face, edgecolor=colours.accent(), linewidth=1.3, label=w(label), zorder=3,
            )  # fmt: skip
    for step, (period, text) in enumerate(_step_texts(plan, w)):
        ax.annotate(
            f"{period}\n{text}", (end[step], step), xytext=(7, 0), va="center",
            textcoords="offset points", fontsize="small", color=MUTED, linespacing=1.3,
        )  # fmt: skip
    _arrows(ax, start, end, steps["waits_for"].tolist(), w)
    labels = [_wrapped(names.trainings[t].text(w.locale)) for t in plan.training]
    ax.set_yticks(np.arange(len(plan)), labels)
    ax.set_ylim(max(len(plan), 1) - 0.4, -0.6)
    ax.set_title(w("chart.plan"), loc="left", pad=22)
    if len(plan):
        ax.legend(
            loc="lower right", bbox_to_anchor=(1, 1.06), ncols=3, frameon=False, fontsize="small",
            borderaxespad=0,
        )  # fmt: skip
    return calm(ax)


def _step_texts(plan: Plan, w: Wording) -> list[tuple[str, str]]:
    """Return days and hours of each step, and the gap that is left after it."""
    steps = plan_outlook(plan).steps
    parts = zip(plan.start, plan.end, plan.hours, steps["gap_before"], steps["gap_after"],
                steps["gap_after_sd"], strict=True)  # fmt: skip
    return [
        (
            f"{w.period(day(start), day(end))} · {w.number(hours)} JP",
            w("chart.gap_left", before=w.number(before, 1), after=w.number(after, 1),
              sd=w.number(sd, 1)),
        )
        for start, end, hours, before, after, sd in parts
    ]  # fmt: skip


def _arrows(ax: Axes, start: Floats, end: Floats, waits: list[str], w: Wording) -> None:
    """Draw an arrow from the end of each step to the start of those that wait for it."""
    style = {"arrowstyle": "-|>", "color": colours.SIGNAL, "linewidth": 1.3, "shrinkB": 1,
             "shrinkA": 0, "connectionstyle": "angle,angleA=90,angleB=0,rad=3"}  # fmt: skip
    pairs = [
        (int(order) - 1, step)
        for step, orders in enumerate(waits)
        for order in filter(None, orders.split(", "))
    ]
    for earlier, step in pairs:
        ax.annotate(
            "", (start[step], step), xytext=((start[earlier] + end[earlier]) / 2, earlier + 0.21),
            arrowprops=style, zorder=4,
        )  # fmt: skip
    if pairs:
        ax.plot([], [], color=colours.SIGNAL, linewidth=1.3, label=w("chart.needs"))


def _plot_sessions(plan: Plan, ax: Axes | None, w: Wording) -> Axes:
    """Draw the sessions within the horizon, a line for each training."""
    levels = plan.ranking.gaps.levels
    names, known = Names(levels.framework), levels.framework.index.sessions
    days = plan.config.horizon_days
    start, end = _days(known.start, levels.as_of), _days(known.end, levels.as_of) + 1
    shown = np.flatnonzero((start >= 1) & (end <= days + 1))
    trainings, first, line = np.unique(
        known.training[shown], return_index=True, return_inverse=True
    )
    order = np.argsort(first, kind="stable")  # sessions come by start, so this is by first start
    place = np.argsort(order)[line]
    ax = ax or new_axes(10.5, 0.3 * max(len(trainings), 1) + 1.3)
    width = _year(ax, levels.as_of, days, w)
    taken = np.bincount(plan.session[plan.session >= 0], minlength=len(known.start))[shown]
    seats = known.seats[shown]
    length = np.maximum((end - start)[shown], 2 * _SHORTEST * width)
    share = np.where(seats == NO_LIMIT, taken > 0, taken / np.maximum(seats, 1))
    pale, deep = colours.sequential()[1], colours.accent()
    ax.barh(place, length, left=start[shown], height=0.56, color=pale, label=w("year.free"))
    ax.barh(
        place, length * share, left=start[shown], height=0.56, color=deep, label=w("year.used"),
        zorder=3,
    )  # fmt: skip
    for number in range(len(shown)):
        ax.annotate(
            _seats(int(taken[number]), int(seats[number]), w),
            (start[shown][number] + length[number], place[number]), xytext=(3, 0), va="center",
            textcoords="offset points", fontsize="x-small", color=MUTED,
        )  # fmt: skip
    labels = [names.trainings[trainings[n]].text(w.locale) for n in order]
    ax.set_yticks(np.arange(len(order)), [textwrap.shorten(text, 60) for text in labels])
    ax.tick_params(axis="y", labelsize="small")
    ax.set_ylim(max(len(order), 1) - 0.4, -0.6)
    ax.set_title(w("chart.sessions"), loc="left", pad=22)
    if len(shown):
        ax.legend(
            loc="lower left", fontsize="small", edgecolor="none"
        )  # free: late starts are last
    return calm(ax)


def _seats(taken: int, seats: int, w: Wording) -> str:
    return w.number(taken) if seats == NO_LIMIT else f"{w.number(taken)}/{w.number(seats)}"


def _year(ax: Axes, first: dt.date, days: int, w: Wording) -> float:
    """Draw months below and quarters above, and return the width of the year in days."""
    starts = [first + dt.timedelta(days=n) for n in range(days + 1)]
    months = [date for date in starts if date.day == 1] or starts[:1]
    labels = [
        f"{w.month(date)}\n{date.year}" if date.month == 1 or n == 0 else w.month(date)
        for n, date in enumerate(months)
    ]
    ax.set_xticks([(date - first).days for date in months], labels, ha="left")
    ax.set_xlim(0, days * (1 + _LABEL_ROOM))
    edges = [0, *((date - first).days for date in months[1:] if date.month % 3 == 1), days]
    for number, (left, right) in enumerate(pairwise(edges)):
        if number % 2 == 0:
            ax.axvspan(left, right, color=LINE, alpha=0.45, linewidth=0, zorder=0)
        middle = first + dt.timedelta(days=(left + right) // 2)
        if right - left > days / 8:
            ax.text(
                (left + right) / 2, 1.01, w("chart.quarter", q=(middle.month + 2) // 3,
                year=str(middle.year)), transform=ax.get_xaxis_transform(), ha="center",
                va="bottom", fontsize="small", color=INK,
            )  # fmt: skip
    ax.grid(axis="x", color=LINE)
    return float(days)


def _days(dates: Dates, first: dt.date) -> Floats:
    found: Floats = (dates - np.datetime64(first, "D")).astype(np.float64)
    return found


def _wrapped(name: str) -> str:
    return "\n".join(textwrap.wrap(name, _NAME)[:2])
