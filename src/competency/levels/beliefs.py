"""The one quantity that flows: for every officer and competency, a probability for each level."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.arrays import Dates, Floats, Ints, frozen

if TYPE_CHECKING:
    from competency.evidence.table import Roster
    from competency.framework.model import Framework

HELD_TOLERANCE = 1e-6
"""What sums of float32 beliefs can be off: a level that is certain must not fall short of 1."""


def held_from(probability: float) -> float:
    """Return the least P(level >= k) at which level k counts as held with a probability.

    Every comparison asks for this, in compiled kernels too, so that ranking, plans and reports
    agree on who may enter a training.

    Examples
    --------
    >>> held_from(0.5)
    0.499999
    """
    return probability - HELD_TOLERANCE


def levels_held(survival: Floats, probability: float) -> Ints:
    """Return the highest level that counts as held.

    Parameters
    ----------
    survival : Floats, shape (..., n_levels)
        ``P(level >= k)``; level 0 is always held.
    probability : float
        In (0, 1]; 0.5: the median level.

    Returns
    -------
    int64, shape (...)

    Examples
    --------
    >>> levels_held(np.array([[1.0, 0.75, 0.5], [1.0, 0.4, 0.1]]), 0.5).tolist()
    [2, 0]
    """
    held: Ints = (survival[..., 1:] >= held_from(probability)).sum(-1)
    return held


@dataclass(frozen=True, eq=False)
class LevelBeliefs:
    """Beliefs over levels; everything after this module is arithmetic on them.

    Parameters
    ----------
    framework : Framework
        Gives the competency axis (``framework.index.competency_ids``) and the level axis
        (0 to ``framework.index.n_levels - 1``).
    roster : Roster
        The officer axis.
    as_of : date
        The day that the beliefs are about.
    probs : float32, shape (n_officers, n_competencies, n_levels)
        Probability of each level; sums to 1 along the last axis.
    mean, sd : float32, shape (n_officers, n_competencies)
        Mean and standard deviation on the latent scale, in levels (level k spans k +- 1/2).
    n_observations : int32, shape (n_officers, n_competencies)
        Ratings and certificates used; 0 means never assessed: the belief is the prior.
    last_date : datetime64[D], shape (n_officers, n_competencies)
        Date of the latest of them; NaT where there is none.
    correlation : float64, shape (n_competencies, n_competencies)
        Of the prior: correlation between competencies of officers of one position, as fitted.
        Joint draws use it for all officers; what is left between two competencies that were
        assessed is weaker, or stronger where one assessor rated both.
    """

    framework: Framework
    roster: Roster
    as_of: date
    probs: Floats
    mean: Floats
    sd: Floats
    n_observations: Ints
    last_date: Dates
    correlation: Floats

    def __len__(self) -> int:
        return len(self.roster)

    @cached_property
    def survival(self) -> Floats:
        """P(level >= k), float32 of the shape of `probs`; index 0 on the last axis is 1."""
        tail = np.cumsum(self.probs[..., ::-1], axis=-1, dtype=np.float64)[..., ::-1]
        tail[..., 0] = 1.0
        return frozen(np.clip(tail, 0.0, 1.0).astype(np.float32))

    @cached_property
    def expected(self) -> Floats:
        """Expected level, float32 ``(n_officers, n_competencies)``."""
        return frozen(self.survival[..., 1:].sum(-1))

    def level_at_least(self, probability: float) -> Ints:
        """Return the highest level held with at least this probability (0.5: the median).

        Parameters
        ----------
        probability : float
            In (0, 1].

        Returns
        -------
        int8, shape (n_officers, n_competencies)
        """
        return levels_held(self.survival, probability).astype(np.int8)

    def take(self, rows: Ints) -> LevelBeliefs:
        """Return the beliefs about the officers at `rows`."""
        return LevelBeliefs(
            self.framework,
            self.roster.take(rows),
            self.as_of,
            frozen(self.probs[rows]),
            frozen(self.mean[rows]),
            frozen(self.sd[rows]),
            frozen(self.n_observations[rows]),
            frozen(self.last_date[rows]),
            self.correlation,
        )

    def to_frame(self) -> pd.DataFrame:
        """One row per officer and competency: expected and median level, spread, counts."""
        index = self.framework.index
        n_officers, n_competencies = self.mean.shape
        frame = pd.DataFrame(
            {
                "officer": np.repeat(self.roster.officer_ids, n_competencies),
                "competency": np.tile(np.array(index.competency_ids, object), n_officers),
                "level": self.level_at_least(0.5).ravel(),
                "expected_level": self.expected.ravel(),
                "latent_mean": self.mean.ravel(),
                "latent_sd": self.sd.ravel(),
                "n_observations": self.n_observations.ravel(),
                "last_date": self.last_date.ravel(),
            }
        )
        for level in range(index.n_levels):
            frame[f"p_level_{level}"] = self.probs[..., level].ravel()
        return frame

    def __repr__(self) -> str:
        assessed = float((self.n_observations > 0).mean()) if self.n_observations.size else 0.0
        return (
            f"LevelBeliefs({len(self)} officers x {self.mean.shape[1]} competencies as of "
            f"{self.as_of}; {assessed:.0%} assessed)"
        )
