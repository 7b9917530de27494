"""Beliefs about officers before given days, and the likelihood of their ratings after these days.

This is all that the estimation of effects reads of the level model: ratings in time, parameters of
levels that no training has changed, and, for officers and days, the belief before the day and the
ratings after it, with the severities of their assessors updated by the ratings before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import rows_of_ranges
from competency.config import LevelConfig
from competency.levels.model import LevelModel
from competency.levels.posterior.grid import LevelGrid, level_grid, normal_mass
from competency.levels.posterior.layout import make_network
from competency.levels.posterior.likelihood import intervals_of
from competency.levels.posterior.network import propagate
from competency.levels.posterior.observations import (
    DAYS_PER_YEAR,
    most_points,
    without_certificates,
)
from competency.levels.posterior.problem import LevelProblem
from competency.ratings.ordinal import Intervals, derivatives, probability

if TYPE_CHECKING:
    import pandas as pd

    from competency.arrays import Bools, Floats, Ints
    from competency.evidence.table import Evidence
    from competency.levels.posterior.layout import Layout
    from competency.levels.posterior.network import AssessorEffects
    from competency.levels.posterior.parameters import Parameters

__all__ = ["BeliefsBefore", "LaterRatings", "LevelGrid", "RatingsInTime", "yearly_growth"]

MOST_OFFICERS = 2_000
"""Officers that sources, means and correlations are fitted on: errors of sources are then far below
those of trainings (chosen by the project)."""

STATES_AT_ONCE = 2_000
"""Pairs of officer and day that are scored together: memory, never the answer."""


@dataclass(frozen=True, eq=False)
class RatingsInTime:
    """Ratings and answers to items of a cohort as numbers, sorted by officer.

    Certificates are left out: those that were not earned are never reported.

    Parameters
    ----------
    problem : LevelProblem
        Holds the ratings and answers as its observations.
    row : Ints, shape (n_ratings,)
        Row of ``evidence.assessments`` or, counted on from them, of ``evidence.responses``.
    """

    problem: LevelProblem
    row: Ints

    @classmethod
    def of(cls, evidence: Evidence, config: LevelConfig | None) -> RatingsInTime:
        """Return the dated ratings and answers of `evidence`, numbered by the settings `config`."""
        problem = LevelProblem.of(evidence, config or LevelConfig())
        observations = without_certificates(problem.observations)
        known = np.isfinite(observations.level) & ~np.isnat(observations.date)
        known &= (observations.officer >= 0) & (observations.competency >= 0)
        row = np.flatnonzero(known)
        row = row[np.argsort(observations.officer[row], kind="stable")]
        return cls(replace(problem, observations=observations.take(row)), row)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of officers and of competencies."""
        return self.problem.observations.shape

    @property
    def officer(self) -> Ints:
        """Officer of each rating."""
        return self.problem.observations.officer

    @property
    def cell(self) -> Ints:
        """Officer and competency of each rating as one number, ``officer * size + competency``."""
        observations = self.problem.observations
        return observations.officer.astype(np.int64) * self.shape[1] + observations.competency

    @property
    def day(self) -> Ints:
        """Day of each rating, as days since 1970."""
        return self.problem.observations.date.astype(np.int64)

    @property
    def level(self) -> Floats:
        """Level of each rating; NaN for answers to items."""
        observations = self.problem.observations
        return np.where(observations.item < 0, observations.level, np.nan)

    def parameters(self, evidence: Evidence, levels: LevelModel, rows: Bools) -> Parameters:
        """Return the parameters of levels, fitted again on some of the ratings.

        A fit on all ratings takes levels to stand still: where tests follow trainings, what a
        training added would be read as the leniency of tests. Severities of named assessors are
        those of `levels`, shifted as far as the severity of their source.

        Parameters
        ----------
        evidence : Evidence
            What the ratings are of.
        levels : LevelModel
            Fitted on whatever there was.
        rows : Bools, shape (n_ratings,)
            Ratings before any training.
        """
        again = LevelModel(levels.config).fit(_of_some_officers(evidence, np.sort(self.row[rows])))
        known = self.problem.known(
            again.parameters_, assessors=levels.assessors_, units=again.units_, items=again.items_
        )
        source = self.problem.observations.assessors["source"]
        before, after = (m.sources_.set_index("source")["severity"] for m in (levels, again))
        shift = (after - before).reindex(source).to_numpy(dtype=np.float64)
        return replace(known, severity=known.severity + shift)


def _of_some_officers(evidence: Evidence, rows: Ints) -> Evidence:
    """Ratings and answers at `rows`, of at most `MOST_OFFICERS` evenly spread over the ids."""
    n_ratings = len(evidence.assessments)
    step = max(-(-len(evidence.officers) // MOST_OFFICERS), 1)
    officers = evidence.officers.iloc[::step].reset_index(drop=True)

    def kept(table: pd.DataFrame) -> pd.DataFrame:
        return table[table["officer"].isin(officers["officer"])].reset_index(drop=True)

    return replace(
        evidence,
        officers=officers,
        assessments=kept(evidence.assessments.iloc[rows[rows < n_ratings]]),
        responses=kept(evidence.responses.iloc[rows[rows >= n_ratings] - n_ratings]),
    )


@dataclass(frozen=True, eq=False)
class BeliefsBefore:
    """Beliefs about officers before days, from their ratings before the day.

    A state is a distinct pair of officer and day; each request for a belief has one.

    Parameters
    ----------
    ratings : RatingsInTime
    known : Parameters
    state : Ints, shape (n_requests,)
    mean, variance : float64, shape (n_states, n_competencies)
        Of the latent level.
    meeting : Ints, shape (n_meetings,)
        State, source and assessor as one number, sorted.
    effect_mean, effect_variance : float64, shape (n_meetings,)
        Of severity plus halo, by the ratings before the day.
    """

    ratings: RatingsInTime
    known: Parameters
    state: Ints
    mean: Floats
    variance: Floats
    meeting: Ints
    effect_mean: Floats
    effect_variance: Floats

    @classmethod
    def of(
        cls, ratings: RatingsInTime, known: Parameters, *, officer: Ints, day: Ints
    ) -> BeliefsBefore:
        """Return the beliefs about an officer before a day, for each request.

        Parameters
        ----------
        ratings : RatingsInTime
        known : Parameters
            From `RatingsInTime.parameters`.
        officer, day : Ints, shape (n_requests,)
            Row in the roster; days since 1970.
        """
        pairs, state = np.unique(np.stack([officer, day], 1), axis=0, return_inverse=True)
        mean, variance = np.empty((2, len(pairs), ratings.shape[1]))
        meetings: list[tuple[Ints, Floats, Floats]] = []
        for start in range(0, len(pairs), STATES_AT_ONCE):
            rows = slice(start, min(start + STATES_AT_ONCE, len(pairs)))
            officers = pairs[rows, 0]
            layout = _layout_before(ratings.problem, known, officers, pairs[rows, 1])
            shift = known.strength[officers]
            network = make_network(
                layout, known.sources, known.means.group, np.diag(known.covariance), shift=shift
            )
            precision = known.group_precision.of_officers(
                layout.group, known.unit_variance[officers]
            )
            effects = known.assessor_effects(layout.block, layout.assessor)
            _, joint = propagate(network, effects, precision)
            mean[rows] = known.means.group[layout.group] + shift[:, None] + joint.mean
            variance[rows] = np.einsum("scc->sc", joint.covariance)
            named = layout.assessor >= 0
            key = _meeting_keys(
                ratings.problem, start + layout.owner[named], layout.block[named],
                layout.assessor[named],
            )  # fmt: skip
            meetings.append((key, joint.effect_mean[named], joint.effect_variance[named]))
        columns = [np.concatenate(part) for part in zip(*meetings, strict=True)]
        columns = columns or [np.zeros(0)] * 3
        order = np.argsort(columns[0], kind="stable")
        return cls(
            ratings, known, state.ravel(), mean, variance, *(column[order] for column in columns)
        )

    def moments(self, request: Ints, competency: Ints) -> tuple[Floats, Floats]:
        """Return mean and variance of the latent level in a `competency`, for each `request`."""
        place = self.state[request], competency
        return self.mean[place], self.variance[place]

    def on_grid(self, request: Ints, competency: Ints, *, step: float) -> tuple[LevelGrid, Floats]:
        """Return a grid with cells of at most `step` levels, and the mass of beliefs on it.

        Beliefs in a `competency` for each `request`; the mass has shape ``(n_requests, n_nodes)``.
        """
        grid = level_grid(self.ratings.problem.framework.index.n_levels, step)
        mean, variance = self.moments(request, competency)
        return grid, normal_mass(mean, np.sqrt(variance), grid)

    @property
    def growth(self) -> Floats:
        """`yearly_growth` of each competency by the settings."""
        return yearly_growth(self.ratings.problem.half_life, self.known.covariance)

    def later(
        self, rating: Ints, owner: Ints, *, request: Ints, day_before: Floats
    ) -> LaterRatings:
        """Return ratings after a belief, with what is known of who gave them.

        Parameters
        ----------
        rating : Ints, shape (n,)
            Rows of `ratings`.
        owner : Ints, shape (n,)
            What each rating is about: any number.
        request : Ints, shape (n,)
            The belief that it follows.
        day_before : Floats, shape (n,)
            Mean day of the ratings before.
        """
        problem, sources = self.ratings.problem, self.known.sources
        observations = problem.observations
        max_level = problem.framework.index.max_level.astype(np.int64)[observations.competency]
        highest = np.where(
            observations.item < 0, max_level, most_points(observations.items)[observations.item]
        )
        level = np.clip(observations.level[rating], 0, highest[rating])
        below = np.floor(level)
        part = np.flatnonzero(level > below)  # a rating of 3.5 is half a 3 and half a 4
        take = np.concatenate([np.arange(len(rating)), part])
        stated = np.concatenate([below, below[part] + 1]).astype(np.int64)
        weight = np.concatenate([1 - (level - below), (level - below)[part]])
        given = (observations.date, observations.assessor, observations.block)
        order = np.lexsort((stated, *(key[rating[take]] for key in given), owner[take]))
        take, stated, weight = take[order], stated[order], weight[order]
        row, owner = rating[take], owner[take]
        block, assessor = observations.block[row], observations.assessor[row]
        effects = self._assessor_effects(self.state[request[take]], block, assessor)
        day = observations.date[row].astype(np.int64)
        intervals = intervals_of(
            sources, block, stated, max_level[row], spread=np.zeros(len(row)),
            item=observations.item[row],
        )  # fmt: skip
        return LaterRatings(
            owner, observations.competency[row], day, weight,
            (day - day_before[take]) / DAYS_PER_YEAR, effects.mean, effects.variance,
            _number_meetings(owner, block, assessor), intervals,
        )  # fmt: skip

    def _assessor_effects(self, state: Ints, block: Ints, assessor: Ints) -> AssessorEffects:
        """Severity plus halo as the ratings before have updated them, where there were any."""
        prior = self.known.assessor_effects(block, assessor)
        if len(self.meeting) == 0:
            return prior
        key = _meeting_keys(self.ratings.problem, state, block, assessor)
        place = np.minimum(np.searchsorted(self.meeting, key), len(self.meeting) - 1)
        known = (self.meeting[place] == key) & (assessor >= 0)
        return replace(
            prior,
            mean=np.where(known, self.effect_mean[place], prior.mean),
            variance=np.where(known, self.effect_variance[place], prior.variance),
        )


def yearly_growth(half_life: Floats, covariance: Floats) -> Floats:
    """Return the variance that a level gains in a year, in levels squared.

    A level that keeps ``u = 2^(-1 / H)`` of its deviation in a year loses ``1 - u^2`` of its
    variance, and gains as much; shape ``(n_competencies,)``.

    H is `half_life` in years, and the variance the diagonal of `covariance`.

    Examples
    --------
    >>> yearly_growth(np.array([1.0]), np.eye(1)).tolist()
    [0.75]
    """
    return np.asarray((1 - 4.0 ** (-1 / half_life)) * np.diag(covariance))


@dataclass(frozen=True, eq=False)
class LaterRatings:
    """Ratings after a belief, one element each (a rating of 3.5 is half a 3 and half a 4).

    Parameters
    ----------
    owner : Ints, shape (n_ratings,)
        What the rating is about, ascending.
    competency, day : Ints
        Days are counted since 1970.
    weight : Floats
    years : Floats
        From the ratings before to this one.
    mean, variance : Floats
        Of severity plus halo, given the ratings before.
    meeting : Ints
        Ratings with the same number have one assessor and one owner.
    observations : Intervals
    """

    owner: Ints
    competency: Ints
    day: Ints
    weight: Floats
    years: Floats
    mean: Floats
    variance: Floats
    meeting: Ints
    observations: Intervals

    def __len__(self) -> int:
        return len(self.owner)

    def take(self, rows: Ints | Bools) -> LaterRatings:
        """Return the ratings at `rows`."""
        names = ("owner", "competency", "day", "weight", "years", "mean", "variance", "meeting")
        columns = {name: getattr(self, name)[rows] for name in names}
        return LaterRatings(**columns, observations=self.observations.take(rows))

    def probability(self, mean: Floats, variance: Floats) -> Floats:
        """Return the probability of each rating of a latent level N(`mean`, `variance`).

        Arrays of shape ``(n_ratings,)`` or ``(n_points, n_ratings)``, severity and halo taken off.
        """
        return probability(self.observations, mean, variance)

    def derivatives(self, mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
        """Return d log P / d mean and -d^2 log P / d mean^2 of each rating; see `probability`.

        `mean` and `variance` have the shape ``(n_ratings,)``.
        """
        found = derivatives(self.observations, mean, variance)
        return found.mean, found.curvature


def _layout_before(problem: LevelProblem, known: Parameters, officer: Ints, day: Ints) -> Layout:
    """Layout of the ratings of officers before days, each pair an officer of its own."""
    observations = problem.observations
    first, last = (
        np.searchsorted(observations.officer, officer, side=s) for s in ("left", "right")
    )
    state, row = rows_of_ranges(first, last)
    before = observations.date[row].astype(np.int64) < day[state]
    shape = (len(officer), observations.shape[1])
    taken = replace(observations.take(row[before]), shape=shape, officer=state[before])
    # NOTE: levels stand still here, but not over the thousands of years to the last of all dates.
    latest: date = observations.date.max().item() if len(observations.date) else date.min
    here = replace(problem, roster=problem.roster.take(officer), observations=taken)
    return here.rating_layout(known.sources, latest)


def _meeting_keys(problem: LevelProblem, state: Ints, block: Ints, assessor: Ints) -> Ints:
    n_assessors = len(problem.observations.assessors) + 1
    n_blocks = len(problem.sources.names)
    return (state.astype(np.int64) * n_blocks + block) * n_assessors + assessor + 1


def _number_meetings(owner: Ints, block: Ints, assessor: Ints) -> Ints:
    """Number the meetings in the order of rows; one who is not named meets once a rating."""
    change = (owner[1:] != owner[:-1]) | (block[1:] != block[:-1])
    change |= (assessor[1:] != assessor[:-1]) | (assessor[1:] < 0)
    return np.cumsum(np.append(True, change))[: len(owner)] - 1
