"""What was seen later: how likely the ratings after a training are at each latent level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.effects.learning.before import first_effects, meeting_keys
from competency.levels.posterior.decay import DAYS_PER_YEAR
from competency.levels.posterior.likelihood import intervals_of
from competency.ratings.ordinal import probability

if TYPE_CHECKING:
    from competency.arrays import Bools, Floats, Ints
    from competency.effects.learning.before import Believed
    from competency.levels.fitting.calibrate import Parameters
    from competency.levels.fitting.problem import LevelProblem
    from competency.levels.posterior.cells import Observations
    from competency.ratings.ordinal import Intervals

HERMITE = ((-1.7320508075688772, 0.0, 1.7320508075688772), (1 / 6, 2 / 3, 1 / 6))
"""Nodes and weights of the rule of three points for a standard normal (Gauss and Hermite): exact
to the fifth power; severity and halo are small beside the noise of a rating."""

AT_ONCE = 20_000
"""Ratings looked at together: memory, never the answer."""


@dataclass(frozen=True, eq=False)
class Later:
    """Ratings after a moment, one element each (a rating of 3.5 is half a 3 and half a 4).

    Parameters
    ----------
    owner : Ints, shape (n_ratings,)
        What the rating is about (a segment of a chain, an officer's cell), ascending.
    competency : Ints
    day : Ints
        Days since 1970.
    weight : Floats
    years : Floats
        From the ratings before to this one.
    observations : Intervals
        What was stated, without drift.
    mean, variance : Floats
        Of severity and halo, as far as they are known from before the moment.
    meeting : Ints
        Ratings with the same number have one assessor and one owner.
    """

    owner: Ints
    competency: Ints
    day: Ints
    weight: Floats
    years: Floats
    observations: Intervals
    mean: Floats
    variance: Floats
    meeting: Ints

    def __len__(self) -> int:
        return len(self.owner)

    def take(self, rows: Ints | Bools) -> Later:
        """Return the ratings at `rows`."""
        columns = {name: getattr(self, name)[rows] for name in _COLUMNS}
        return Later(**columns, observations=self.observations.take(rows))


_COLUMNS = ("owner", "competency", "day", "weight", "years", "mean", "variance", "meeting")


def later_ratings(
    rows: Ints,
    owner: Ints,
    *,
    eve: Ints,
    day_before: Floats,
    problem: LevelProblem,
    known: Parameters,
    believed: Believed,
) -> Later:
    """Return ratings with what is known of who gave them.

    Parameters
    ----------
    rows : Ints, shape (n,)
        Rows of ``problem.observations``.
    owner, eve : Ints, shape (n,)
        What each is about, and the eve that it follows.
    day_before : Floats, shape (n,)
        Mean day of the ratings before.
    problem : LevelProblem
    known : Parameters
    believed : Believed
        In the states before training.

    Returns
    -------
    Later
    """
    observations, max_level = (
        problem.observations,
        problem.framework.index.max_level.astype(np.int64),
    )
    level = np.clip(observations.level[rows], 0, _highest(observations, rows, max_level))
    below = np.floor(level)
    part = np.flatnonzero(level > below)
    take = np.concatenate([np.arange(len(rows)), part])
    stated = np.concatenate([below, below[part] + 1]).astype(np.int64)
    weight = np.concatenate([1 - (level - below), (level - below)[part]])
    order = np.lexsort(
        (stated, *(getattr(observations, k)[rows[take]] for k in ("seen", "assessor", "block")),
         owner[take])
    )  # fmt: skip
    take, stated, weight = take[order], stated[order], weight[order]
    row, block = rows[take], observations.block[rows[take]]
    assessor, competency = observations.assessor[row], observations.competency[row]
    mean, variance = _effects(eve[take], block, assessor, problem, known, believed)
    day = observations.seen[row].astype(np.int64)
    return Later(
        owner[take], competency, day, weight, (day - day_before[take]) / DAYS_PER_YEAR,
        intervals_of(known.sources, block, stated, max_level[competency],
                     spread=np.zeros(len(row)), item=observations.item[row]),
        mean, variance, _meetings(owner[take], block, assessor),
    )  # fmt: skip


def _highest(observations: Observations, rows: Ints, max_level: Ints) -> Ints:
    """Highest level of each rating, and most points of each answer."""
    item, steps = observations.item[rows], observations.items["steps"].to_numpy(dtype=np.int64)
    return np.where(item < 0, max_level[observations.competency[rows]], np.append(steps, 0)[item])


def log_likelihood(
    later: Later, nodes: Floats, n_owners: int, *, drift: Floats, growth: Floats
) -> Floats:
    """Return the log-likelihood of the ratings of each owner at each latent level.

    The level at the time of a rating is ``theta + drift years + N(0, growth years)``; severity and
    halo of one assessor are shared by the ratings of a meeting.

    Parameters
    ----------
    later : Later
    nodes : Floats, shape (n_nodes,)
        Latent levels before any drift.
    n_owners : int
    drift, growth : Floats, shape (n_competencies,)
        Levels a year, and levels squared a year.

    Returns
    -------
    float64, shape (n_owners, n_nodes)
    """
    total = np.zeros((n_owners, len(nodes)))
    for start, stop in _pieces(later.meeting):
        part = later.take(np.arange(start, stop))
        first = _firsts(part.meeting)
        by_node = np.empty((len(HERMITE[0]), len(first), len(nodes)))
        spread = growth[part.competency] * part.years
        base = drift[part.competency] * part.years - part.mean
        for place, sd in enumerate(HERMITE[0]):
            shift = base - sd * np.sqrt(part.variance)
            seen = probability(part.observations, nodes[:, None] + shift, spread)
            np.add.reduceat((part.weight * np.log(seen)).T, first, out=by_node[place])
        top = by_node.max(0)
        mixed = np.einsum("h,hmn->mn", HERMITE[1], np.exp(by_node - top))
        owner = part.owner[first]
        total[owner[_firsts(owner)]] += np.add.reduceat(top + np.log(mixed), _firsts(owner))
    return total


def _pieces(meeting: Ints) -> list[tuple[int, int]]:
    """Ranges of about `AT_ONCE` ratings that part no meeting."""
    if len(meeting) == 0:
        return []
    borders = _firsts(meeting)
    cuts = borders[np.unique(np.searchsorted(borders, np.arange(0, len(meeting), AT_ONCE)))]
    ends = np.append(cuts[1:], len(meeting))
    return [(int(a), int(b)) for a, b in zip(cuts, ends, strict=True)]


def _firsts(numbers: Ints) -> Ints:
    """Where each run of equal numbers begins."""
    return np.flatnonzero(np.append(True, numbers[1:] != numbers[:-1]))


def _effects(
    eve: Ints, block: Ints, assessor: Ints, problem: LevelProblem, known: Parameters,
    believed: Believed,
) -> tuple[Floats, Floats]:  # fmt: skip
    first = first_effects(block, assessor, known)
    key = meeting_keys(eve, block, assessor, problem)
    place = np.searchsorted(believed.meeting, key)
    place = np.minimum(place, max(len(believed.meeting) - 1, 0))
    met = np.zeros(len(key), bool) if len(believed.meeting) == 0 else believed.meeting[place] == key
    met &= assessor >= 0
    if not met.any():
        return first.mean, first.variance
    mean = np.where(met, believed.effect_mean[place], first.mean)
    return mean, np.where(met, believed.effect_variance[place], first.variance)


def _meetings(owner: Ints, block: Ints, assessor: Ints) -> Ints:
    """Number the meetings in the order of rows; one who is not named meets once a rating."""
    change = (owner[1:] != owner[:-1]) | (block[1:] != block[:-1])
    change |= (assessor[1:] != assessor[:-1]) | (assessor[1:] < 0)
    return np.cumsum(np.append(True, change))[: len(owner)] - 1
