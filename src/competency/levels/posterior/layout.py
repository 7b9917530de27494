"""Observations gathered into meetings, and the network that parameters make of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.levels.posterior.decay import kept_share
from competency.levels.posterior.likelihood import intervals_of
from competency.levels.posterior.network import Network

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints
    from competency.levels.posterior.cells import Seen
    from competency.levels.posterior.likelihood import Sources

ROUNDING = 1 / 12
"""Variance of a rating from rounding to whole levels, in levels squared."""


@dataclass(frozen=True, eq=False)
class Layout:
    """Valid observations, with their meetings.

    Parameters
    ----------
    seen : Seen
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

    seen: Seen
    group: Ints
    unit: Ints
    max_level: Ints
    half_life: Floats
    meeting: Ints
    owner: Ints
    block: Ints
    assessor: Ints


def lay_out(
    seen: Seen, sources: Sources, *, group: Ints, unit: Ints, max_level: Ints, half_life: Floats
) -> Layout:
    """Return the observations gathered into meetings.

    All ratings of an officer by a named assessor are one meeting, whatever their day: severity
    and halo are theirs. Ratings of one source and day by one who is not named are one meeting.

    Parameters
    ----------
    seen : Seen
    sources : Sources
        Those whose assessors differ (a spread above 0) have meetings.
    group, unit : Ints, shape (n_officers,)
    max_level, half_life : shape (n_competencies,)

    Returns
    -------
    Layout
    """
    shared = np.flatnonzero((sources.sd()[seen.block] > 0) & ~seen.alone)
    named = seen.assessor[shared] >= 0
    day = np.where(named, 0.0, seen.age[shared])
    keys = (seen.officer[shared], seen.block[shared], seen.assessor[shared], day)
    order = np.lexsort(keys[::-1])
    ordered = tuple(key[order] for key in keys)
    new = np.append(True, np.any([key[1:] != key[:-1] for key in ordered], axis=0))[: len(order)]
    meeting = np.full(len(seen.officer), int(new.sum()), np.int64)
    meeting[shared[order]] = np.cumsum(new) - 1
    owner, block, assessor = (key[new].astype(np.int64) for key in ordered[:3])
    return Layout(seen, group, unit, max_level, half_life, meeting, owner, block, assessor)


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

    Returns
    -------
    Network
    """
    seen, block, competency = layout.seen, layout.seen.block, layout.seen.competency
    item = seen.item
    slope = sources.slope[block]
    if len(sources.items.slope):
        slope = np.where(item < 0, slope, np.append(sources.items.slope, 1.0)[item])
    noise = ROUNDING + 3 / slope**2  # 3 / a^2: Fisher's of a fine scale
    carried, share = kept_share(
        seen.officer * len(variance) + competency,
        seen.age,
        seen.weight / noise,
        half_life=layout.half_life[competency],
        variance=variance[competency],
    )
    lone = layout.meeting == len(layout.owner)
    spread = (1 / share - 1) * noise + np.where(lone, sources.sd()[block] ** 2, 0.0)
    base = mean[layout.group[seen.officer], competency]
    if shift is not None:
        base = base + shift[seen.officer]
    observations = intervals_of(
        sources, block, seen.level, layout.max_level[competency], spread=spread, item=item
    )
    return Network(
        (len(layout.group), len(variance)),
        seen.officer,
        competency,
        layout.meeting,
        seen.weight,
        carried,
        base - np.where(lone, sources.severity[block], 0.0),
        observations,
        layout.owner,
    )
