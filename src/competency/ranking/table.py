"""Trainings ranked for every officer, with the exact contributions to each score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.arrays import Bools, Floats, Ints, frozen
from competency.effects.transitions import catalogue_transitions

if TYPE_CHECKING:
    from competency.effects.transitions import Transitions
    from competency.gaps.table import GapTable


@dataclass(frozen=True, eq=False)
class Ranking:
    """Scores of every officer and training; a score is the sum of its contributions.

    Parameters
    ----------
    gaps : GapTable
        What the ranking was computed from.
    method : str
        Name of the ranker.
    score : float64, shape (n_officers, n_trainings)
        Higher is better; -inf where the training is not eligible.
    eligible : bool, same shape
        Whether the officer could take the training now and has something to gain from it.
    value : float32, same shape
        Expected weighted gap closed, in levels.
    worth : float32, shape (n_officers, n_competencies, n_levels)
        What reaching each level is worth (:meth:`GapTable.worth`); the planner sums it.
    passed : bool, shape (n_officers, n_trainings)
        Trainings already completed.
    mandatory : bool, shape (n_officers, n_trainings)
        Trainings that the position held asks for and that are not yet passed.
    contributions : mapping of str to float64, shape (n_officers, n_trainings)
        By feature name. For every eligible pair their sum is the score.
    transitions : Transitions, optional
        What trainings were taken to change; None means the catalogue's claims.
    multiplier : float64, shape (n_officers, n_trainings), optional
        What a planner multiplies the gap closed by a training with: the learned correction where
        later decisions showed it to be benefit (:mod:`competency.ranking.calibrate`); None = 1.
    """

    gaps: GapTable
    method: str
    score: Floats
    eligible: Bools
    value: Floats
    worth: Floats
    passed: Bools
    mandatory: Bools
    contributions: Mapping[str, Floats]
    transitions: Transitions | None = None
    multiplier: Floats | None = None

    def __len__(self) -> int:
        return len(self.gaps)

    def moves(self, transitions: Transitions | None = None) -> Transitions:
        """Return what trainings change: as given, or as the ranking took it, or as claimed.

        Parameters
        ----------
        transitions : Transitions, optional

        Returns
        -------
        Transitions
        """
        framework = self.gaps.levels.framework
        return transitions or self.transitions or catalogue_transitions(framework)

    def top(self, count: int = 8) -> Ints:
        """Return the best trainings of each officer, best first; -1 fills up.

        Ties go to the smaller training id.

        Parameters
        ----------
        count : int
            Length of each list, at least 1.

        Returns
        -------
        int32, shape (n_officers, count)
        """
        # NOTE: a stable sort of rounded scores, so that float noise never decides a tie.
        order = np.argsort(-np.round(self.score, 9), axis=1, kind="stable")[:, :count]
        best = np.full((len(self), count), -1, np.int32)
        best[:, : order.shape[1]] = np.where(np.take_along_axis(self.eligible, order, 1), order, -1)
        return best

    def take(self, rows: Ints) -> Ranking:
        """Return the ranking of the officers at `rows`."""
        return Ranking(
            self.gaps.take(rows),
            self.method,
            score=frozen(self.score[rows]),
            eligible=frozen(self.eligible[rows]),
            value=frozen(self.value[rows]),
            worth=frozen(self.worth[rows]),
            passed=frozen(self.passed[rows]),
            mandatory=frozen(self.mandatory[rows]),
            contributions={name: frozen(part[rows]) for name, part in self.contributions.items()},
            transitions=self.transitions,
            multiplier=None if self.multiplier is None else frozen(self.multiplier[rows]),
        )

    def to_frame(self, count: int = 8) -> pd.DataFrame:
        """One row for each of the `count` best trainings of an officer: rank, score, parts."""
        best = self.top(count)
        officer, rank = np.nonzero(best >= 0)
        pair = officer, best[officer, rank]
        index = self.gaps.levels.framework.index
        frame = pd.DataFrame(
            {
                "officer": self.gaps.levels.roster.officer_ids[officer],
                "rank": rank + 1,
                "training": np.array(index.training_ids, object)[pair[1]],
                "score": self.score[pair],
                "gap_closed": self.value[pair],
                "hours": index.trainings.hours[pair[1]],
                "mandatory": self.mandatory[pair],
            }
        )
        for name, part in self.contributions.items():
            frame[f"from_{name}"] = part[pair]
        return frame

    def __repr__(self) -> str:
        shape = f"{self.score.shape[0]} officers x {self.score.shape[1]} trainings"
        return f"Ranking({self.method!r}, {shape}, {int(self.eligible.sum())} eligible pairs)"
