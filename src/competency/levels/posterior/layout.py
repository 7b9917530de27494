"""Observations gathered into meetings, and the network that parameters make of them.

A meeting is one assessor and one officer: all that the assessor states of the officer shares the
severity of the assessor and the halo of the pair.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.levels.posterior.likelihood import intervals_of
from competency.levels.posterior.network import Network

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints
    from competency.levels.posterior.likelihood import Sources
    from competency.levels.posterior.observations import ValidObservations

ROUNDING = 1 / 12
"""Variance of a rating from rounding to whole levels, in levels squared."""


@dataclass(frozen=True, eq=False)
class Layout:
    """Valid observations, with their meetings.

    Parameters
    ----------
    observations : ValidObservations
    group : Ints, shape (n_officers,)
        Row of the group means.
    unit : Ints, shape (n_officers,)
        Row of the unit; -1 = none that is known.
    max_level : Ints, shape (n_competencies,)
    half_life : Floats, shape (n_competencies,)
        In years.
    meeting : Ints, shape (n_observations,)
        Row of the meeting; ``n_meetings`` where no assessor's effect is shared.
    owner, block, assessor : Ints, shape (n_meetings,)
        Officer, source, and number of the assessor (-1 = not named) of each meeting.
    """

    observations: ValidObservations
    group: Ints
    unit: Ints
    max_level: Ints
    half_life: Floats
    meeting: Ints
    owner: Ints
    block: Ints
    assessor: Ints


def lay_out(
    observations: ValidObservations,
    sources: Sources,
    *,
    group: Ints,
    unit: Ints,
    max_level: Ints,
    half_life: Floats,
) -> Layout:
    """Return the observations gathered into meetings; arrays as in `Layout`.

    All ratings of an officer by a named assessor are one meeting, whatever their day: severity
    and halo are theirs. Ratings of one source and day by one who is not named are one meeting.
    Only sources whose assessors differ (a spread above 0) have meetings.
    """
    spread = sources.sd()[observations.block]
    shared = np.flatnonzero((spread > 0) & ~observations.unidentified)
    officer, block = observations.officer[shared], observations.block[shared]
    assessor = observations.assessor[shared]
    keys = (officer, block, assessor, np.where(assessor >= 0, 0.0, observations.age[shared]))
    order = np.lexsort(keys[::-1])
    ordered = tuple(key[order] for key in keys)
    new = np.append(True, np.any([key[1:] != key[:-1] for key in ordered], axis=0))[: len(order)]
    meeting = np.full(len(observations.officer), int(new.sum()), np.int64)
    meeting[shared[order]] = np.cumsum(new) - 1
    owner, block, assessor = (key[new].astype(np.int64) for key in ordered[:3])
    return Layout(observations, group, unit, max_level, half_life, meeting, owner, block, assessor)


def make_network(
    layout: Layout,
    sources: Sources,
    mean: Floats,
    variance: Floats,
    *,
    shift: Floats | None = None,
) -> Network:
    """Return the network of a layout under parameters.

    Parameters
    ----------
    layout : Layout
    sources : Sources
    mean : Floats, shape (n_groups, n_competencies)
        Group means, in levels.
    variance : Floats, shape (n_competencies,)
        Spread of officers around them, squared.
    shift : Floats, shape (n_officers,), or None
        What an officer is expected above the mean of the group, in all competencies; None = 0.
    """
    observed = layout.observations
    block, competency, item = observed.block, observed.competency, observed.item
    slope = sources.slope[block]
    if len(sources.items.slope):
        slope = np.where(item < 0, slope, np.append(sources.items.slope, 1.0)[item])
    noise = ROUNDING + 3 / slope**2  # 3 / a^2: Fisher's of a fine scale
    carried, share = kept_share(
        observed.officer * len(variance) + competency,
        observed.age,
        observed.weight / noise,
        half_life=layout.half_life[competency],
        variance=variance[competency],
    )
    lone = layout.meeting == len(layout.owner)
    spread = (1 / share - 1) * noise + np.where(lone, sources.sd()[block] ** 2, 0.0)
    base = mean[layout.group[observed.officer], competency]
    if shift is not None:
        base = base + shift[observed.officer]
    observations = intervals_of(
        sources, block, observed.level, layout.max_level[competency], spread=spread, item=item
    )
    return Network(
        (len(layout.group), len(variance)),
        observed.officer,
        competency,
        layout.meeting,
        observed.weight,
        carried,
        base - np.where(lone, sources.severity[block], 0.0),
        observations,
        layout.owner,
    )


def kept_share(
    cell: Ints, age: Floats, information: Floats, *, half_life: Floats, variance: Floats
) -> tuple[Floats, Floats]:
    """Return how much each observation still informs about the level today.

    A level drifts around the mean of its group as an Ornstein-Uhlenbeck process: ``x(t - A)``
    given ``x(t)`` is ``N(u x, (1 - u^2) sigma^2)`` with ``u = 2^(-A / H)``. Knowledge of
    information L about the level then, carried over a gap, has left u^2 L / (1 + (1 - u^2)
    sigma^2 L) about the level after it. The observations of a cell are carried from the oldest to
    the newest and on to today, so that an older one passes through the level at the newer one.

    Parameters
    ----------
    cell : Ints, shape (n_observations,)
        Sorted; observations of one cell stand together, the oldest first.
    age : Floats, shape (n_observations,)
        In years.
    information : Floats, shape (n_observations,)
        Of each observation about the level on its day, in 1 / levels squared.
    half_life, variance : Floats, shape (n_observations,)
        H in years; sigma^2 in levels squared.

    Returns
    -------
    carried : float64, shape (n_observations,)
        u: what one level then is expected to be worth today.
    share : float64, shape (n_observations,)
        What is left of the information besides u^2, in (0, 1].

    Examples
    --------
    One observation of information 1, as old as the half-life: u = 1/2, share 1 / (1 + 3/4).

    >>> one = np.ones(1)
    >>> carried, share = kept_share(np.zeros(1, int), 5 * one, one, half_life=5 * one, variance=one)
    >>> carried.tolist(), share.round(4).tolist()
    ([0.5], [0.5714])
    """
    last = np.append(cell[1:] != cell[:-1], True)[: len(cell)]
    gap = np.where(last, age, age - np.append(age[1:], 0.0)[: len(age)])
    kept = np.exp2(-gap / half_life)
    lost = (1 - kept * kept) * variance
    start = np.flatnonzero(np.append(True, last[:-1])[: len(cell)])
    length = np.diff(np.append(start, len(cell)))
    factor, held = np.ones(len(cell)), np.zeros(len(start))
    for step in range(int(length.max(initial=0))):
        going = np.flatnonzero(length > step)
        row = start[going] + step
        now = held[going] + information[row]
        factor[row] = 1 / (1 + lost[row] * now)
        held[going] = kept[row] * kept[row] * now * factor[row]
    return np.exp2(-age / half_life), _product_of_rest(factor, start, length)


def _product_of_rest(factor: Floats, start: Ints, length: Ints) -> Floats:
    """Product of each element and the later ones of its run, each run by itself."""
    rest = factor.copy()
    for step in range(2, int(length.max(initial=0)) + 1):
        row = (start + length)[length >= step] - step
        rest[row] *= rest[row + 1]
    return rest
