"""What is missing, for every officer, competency and aim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.arrays import Bools, Floats, Ints, frozen
from competency.config import GapConfig

if TYPE_CHECKING:
    from competency.levels.beliefs import LevelBeliefs


def aim_weight(aim_weights: Mapping[str, float], aim: str) -> float:
    """Return what a level closed toward an aim is worth.

    An aim without a weight of its own counts 0 where it is ``"held"`` or ``"next"``, and 1 where it
    is the id of a position: who asks for gaps toward a position wants them counted.

    Examples
    --------
    >>> aim_weight({"held": 2.0}, "held"), aim_weight({}, "next"), aim_weight({}, "analyst")
    (2.0, 0.0, 1.0)
    """
    return aim_weights.get(aim, 0.0 if aim in ("held", "next") else 1.0)


@dataclass(frozen=True, eq=False)
class GapTable:
    """Gaps of every officer toward one or more aims.

    Parameters
    ----------
    levels : LevelBeliefs
        What the gaps were computed from.
    aims : tuple of str
        ``"held"`` (the position held), ``"next"`` (the next one), or position ids.
    position : int32, shape (n_aims, n_officers)
        Position of each aim; -1 = the officer has none, and all its cells are not relevant.
    required : int8, shape (n_aims, n_officers, n_competencies)
        Required level; 0 = not relevant to the position.
    weight : float32, same shape
        Weight of the requirement; 0 where not relevant.
    expected_gap : float32, same shape
        ``sum over k <= required of P(level < k)``, in levels; NaN where not relevant.
    meets : float32, same shape
        P(level >= required); NaN where not relevant.
    known : bool, shape (n_officers, n_competencies)
        Whether the competency was ever assessed. Where not, gap and chance speak of the prior.
    config : GapConfig
        The settings that the gaps were scored with: every table and page made from these gaps
        takes the purpose and draws of the job-person match, and the smallest group shown, from
        here.
    """

    levels: LevelBeliefs
    aims: tuple[str, ...]
    position: Ints
    required: Ints
    weight: Floats
    expected_gap: Floats
    meets: Floats
    known: Bools
    config: GapConfig = field(default_factory=GapConfig)

    def __len__(self) -> int:
        return len(self.levels)

    @cached_property
    def matches(self) -> dict[int, pd.DataFrame]:
        """Job-person matches already drawn, by number of the aim; `match_positions` fills it."""
        return {}

    def worth(self, aim_weights: Mapping[str, float], *, unknown_weight: float = 1.0) -> Floats:
        """Return what reaching each level is worth to each officer.

        ``worth[o, c, k] = sum over aims of aim weight x requirement weight x
        [1 <= k <= required]``, times `unknown_weight` where the competency was never assessed.
        Summed over the levels an officer does not have, this is the weighted gap; every planner
        and ranker sums it.

        Parameters
        ----------
        aim_weights : mapping
            Weight of each aim; of aims not named see :func:`aim_weight`.
        unknown_weight : float
            In [0, 1].

        Returns
        -------
        float32, shape (n_officers, n_competencies, n_levels)
        """
        n_levels = self.levels.framework.index.n_levels
        steps = np.arange(n_levels)
        total = np.zeros((*self.known.shape, n_levels), np.float32)
        for number, aim in enumerate(self.aims):
            weight = aim_weight(aim_weights, aim)
            if weight:
                counts = (steps >= 1) & (steps <= self.required[number][..., None])
                total += np.float32(weight) * self.weight[number][..., None] * counts
        total *= np.where(self.known, 1.0, unknown_weight).astype(np.float32)[..., None]
        return frozen(total)

    def take(self, rows: Ints) -> GapTable:
        """Return the gaps of the officers at `rows`."""
        per_officer = ("position", "required", "weight", "expected_gap", "meets")
        parts = {name: frozen(getattr(self, name)[:, rows]) for name in per_officer}
        return replace(self, levels=self.levels.take(rows), known=frozen(self.known[rows]), **parts)

    def to_frame(self) -> pd.DataFrame:
        """One row per officer, aim and required competency."""
        index = self.levels.framework.index
        aim, officer, competency = np.nonzero(self.required)
        cell = aim, officer, competency
        return pd.DataFrame(
            {
                "officer": self.levels.roster.officer_ids[officer],
                "aim": np.array(self.aims, object)[aim],
                "position": np.array(index.position_ids, object)[self.position[aim, officer]],
                "competency": np.array(index.competency_ids, object)[competency],
                "required_level": self.required[cell],
                "expected_level": self.levels.expected[officer, competency],
                "expected_gap": self.expected_gap[cell],
                "p_meets": self.meets[cell],
                "weight": self.weight[cell],
                "known": self.known[officer, competency],
                "n_observations": self.levels.n_observations[officer, competency],
            }
        )

    def __repr__(self) -> str:
        return f"GapTable({len(self)} officers, aims {', '.join(self.aims)})"
