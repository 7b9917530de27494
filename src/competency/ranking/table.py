"""Trainings ranked for every officer, with the exact contributions to each score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from competency.arrays import Bools, Floats, Ints, frozen

if TYPE_CHECKING:
    from competency.effects.transitions import Transitions
    from competency.gaps.table import GapTable


@dataclass(frozen=True, eq=False)
class BestTrainings:
    """The best trainings of each officer, best first; all arrays have shape (n_officers, count).

    `training`: number of the training; -1 fills up, and what stands there in the others means
    nothing. `value`: expected weighted gap closed, in levels. `contributions`: by feature name;
    they sum to the score.
    """

    training: Ints
    score: Floats
    value: Floats
    contributions: Mapping[str, Floats]


class Scores(Protocol):
    """Scores of pairs of an officer and a training, in a table or made when asked for."""

    @property
    def score(self) -> Floats: ...  # noqa: D102
    @property
    def eligible(self) -> Bools: ...  # noqa: D102
    @property
    def value(self) -> Floats: ...  # noqa: D102
    @property
    def contributions(self) -> Mapping[str, Floats]: ...  # noqa: D102
    @property
    def multiplier(self) -> Floats | None: ...  # noqa: D102

    def best(self, count: int) -> BestTrainings:
        """Return the first `count` trainings of each officer; ties go to the smaller id."""
        ...

    def take(self, rows: Ints) -> Scores:
        """Return the scores of the officers at `rows`."""
        ...


@dataclass(frozen=True, eq=False)
class PairScores:
    """Scores of all pairs as tables; see the properties of :class:`Ranking`."""

    score: Floats
    eligible: Bools
    value: Floats
    contributions: Mapping[str, Floats]
    multiplier: Floats | None = None

    def best(self, count: int) -> BestTrainings:
        """Return the first `count` trainings of each officer; ties go to the smaller id."""
        # NOTE: a stable sort of rounded scores, so that float noise never decides a tie.
        order = np.argsort(-np.round(self.score, 9), axis=1, kind="stable")[:, :count]
        training = np.full((len(order), count), -1, np.int32)
        found = np.take_along_axis(self.eligible, order, 1)
        training[:, : order.shape[1]] = np.where(found, order, -1)

        def listed(values: Floats) -> Floats:
            whole = np.zeros(training.shape, values.dtype)
            whole[:, : order.shape[1]] = np.take_along_axis(values, order, 1)
            return frozen(whole)

        return BestTrainings(
            frozen(training),
            listed(self.score),
            listed(self.value),
            {name: listed(part) for name, part in self.contributions.items()},
        )

    def take(self, rows: Ints) -> PairScores:
        """Return the scores of the officers at `rows`."""
        return PairScores(
            frozen(self.score[rows]),
            frozen(self.eligible[rows]),
            frozen(self.value[rows]),
            {name: frozen(part[rows]) for name, part in self.contributions.items()},
            None if self.multiplier is None else frozen(self.multiplier[rows]),
        )


@dataclass(frozen=True, eq=False)
class Ranking:
    """Scores of every officer and training; a score is the sum of its contributions.

    Parameters
    ----------
    gaps : GapTable
        What the ranking was computed from.
    method : str
        Name of the ranker.
    worth : float32, shape (n_officers, n_competencies, n_levels)
        What reaching each level is worth (:meth:`GapTable.worth`); the planner sums it.
    passed : bool, shape (n_officers, n_trainings)
        Trainings already completed.
    mandatory : bool, shape (n_officers, n_trainings)
        Trainings that the position held asks for and that are not yet passed.
    scores : Scores
        `score`, `eligible`, `value`, `contributions` and `multiplier` of every pair. Of a large
        cohort they are made when first asked for: lists and tables do without them.
    transitions : Transitions
        What trainings were taken to change. A plan takes the same, unless it is given others.
    entry_probability : float
        Probability from which a level counted as held.
    length : int
        Trainings of an officer that tables and pages list (:attr:`RankingConfig.top`).
    """

    gaps: GapTable
    method: str
    worth: Floats
    passed: Bools
    mandatory: Bools
    scores: Scores
    transitions: Transitions
    entry_probability: float = 0.5
    length: int = 8

    def __len__(self) -> int:
        return len(self.gaps)

    @property
    def score(self) -> Floats:
        """Higher is better; -inf where not eligible; float64 (n_officers, n_trainings)."""
        return self.scores.score

    @property
    def eligible(self) -> Bools:
        """Whether the officer could take the training now and has something to gain from it."""
        return self.scores.eligible

    @property
    def value(self) -> Floats:
        """Expected weighted gap closed, in levels; float32 (n_officers, n_trainings)."""
        return self.scores.value

    @property
    def contributions(self) -> Mapping[str, Floats]:
        """Parts of the score by feature name; for every eligible pair their sum is the score."""
        return self.scores.contributions

    @property
    def multiplier(self) -> Floats | None:
        """What a planner multiplies the gap closed by a training with; None = 1.

        The learned correction where later decisions showed it to be benefit
        (:mod:`competency.ranking.calibrate`); float64 (n_officers, n_trainings).
        """
        return self.scores.multiplier

    @property
    def any_eligible(self) -> Bools:
        """Whether the officer could take anything now, shape (n_officers,)."""
        return np.asarray(self.best(1).training[:, 0] >= 0)

    def top(self, count: int | None = None) -> Ints:
        """Return the best trainings of each officer, best first; -1 fills up.

        Ties go to the smaller training id.

        Parameters
        ----------
        count : int, optional
            Length of each list, at least 1; None: `length`.

        Returns
        -------
        int32, shape (n_officers, count)
        """
        return self.best(count).training

    def best(self, count: int | None = None) -> BestTrainings:
        """Return the first `count` trainings of each officer with their scores and parts.

        None: as many as the settings list (`length`).
        """
        return self.scores.best(count or self.length)

    def take(self, rows: Ints) -> Ranking:
        """Return the ranking of the officers at `rows`."""
        return replace(
            self,
            gaps=self.gaps.take(rows),
            worth=frozen(self.worth[rows]),
            passed=frozen(self.passed[rows]),
            mandatory=frozen(self.mandatory[rows]),
            scores=self.scores.take(rows),
        )

    def to_frame(self, top: int | None = None) -> pd.DataFrame:
        """One row for each of the `top` best trainings of an officer: rank, score, parts.

        None: as many as the settings list (`length`).
        """
        best = self.best(top)
        officer, place = np.nonzero(best.training >= 0)
        listed = officer, place
        training = best.training[listed]
        index = self.gaps.levels.framework.index
        frame = pd.DataFrame(
            {
                "officer": self.gaps.levels.roster.officer_ids[officer],
                "rank": place + 1,
                "training": np.array(index.training_ids, object)[training],
                "score": best.score[listed],
                "gap_closed": best.value[listed],
                "hours": index.trainings.hours[training],
                "mandatory": self.mandatory[officer, training],
            }
        )
        for name, part in best.contributions.items():
            frame[f"from_{name}"] = part[listed]
        return frame

    def __repr__(self) -> str:
        n_trainings = len(self.gaps.levels.framework.index.training_ids)
        return f"Ranking({self.method!r}, {len(self)} officers x {n_trainings} trainings)"
