"""The plan: for every officer the trainings in order, with dates, hours and what each closes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.arrays import Dates, Floats, Ints
from competency.planning.proof import OfficerProof

if TYPE_CHECKING:
    from competency.config import PlanningConfig
    from competency.effects import Transitions
    from competency.errors import Finding
    from competency.planning.proof import Proof
    from competency.ranking.table import Ranking


@dataclass(frozen=True, eq=False)
class Plan:
    """Steps of all officers, sorted by officer and order (CSR: ``pointer``).

    Parameters
    ----------
    ranking : Ranking
        What was planned from; leads back to gaps, levels and the framework.
    config : PlanningConfig
        The limits.
    transitions : Transitions
        What the trainings were assumed to change.
    method : str
        ``"officer"`` (each alone), ``"prices"`` (seats to those who gain most from them) or
        ``"first come"`` (seats in the order of officer ids).
    pointer : int32, shape (n_officers + 1,)
        Steps of officer `i` are ``slice(pointer[i], pointer[i + 1])``.
    training, session : int32, shape (n_steps,)
        Indices; session -1 = a training without dates.
    start, end : datetime64[D], shape (n_steps,)
        First and last day.
    gain : float64, shape (n_steps,)
        Expected weighted gap closed by the step, given the steps before it, in levels.
    findings : tuple of Finding
        What stood in the way, for example a mandatory training that did not fit.
    proof : Proof or OfficerProof, optional
        What no plan can exceed: of a plan by prices for all officers together, with what seats
        are worth; of officers planned alone for each of them.
    lottery : DataFrame, optional
        Seats that were drawn among officers who gain about the same from them: a row for each
        candidate with its propensity (:func:`competency.planning.cohort.lottery.draw_lots`).
    """

    ranking: Ranking
    config: PlanningConfig
    transitions: Transitions
    method: str
    pointer: Ints
    training: Ints
    session: Ints
    start: Dates
    end: Dates
    gain: Floats
    findings: tuple[Finding, ...] = ()
    proof: Proof | OfficerProof | None = None
    lottery: pd.DataFrame | None = None

    def __len__(self) -> int:
        """Return the number of steps."""
        return len(self.training)

    @property
    def officer(self) -> Ints:
        """Officer row of each step, int32 ``(n_steps,)``."""
        return np.repeat(np.arange(len(self.pointer) - 1, dtype=np.int32), np.diff(self.pointer))

    @property
    def hours(self) -> Floats:
        """Hours (JP) of each step."""
        return self.ranking.gaps.levels.framework.index.trainings.hours[self.training]

    @property
    def value(self) -> float:
        """Expected weighted gap closed by the whole plan, in levels."""
        return float(self.gain.sum())

    def take(self, rows: Ints) -> Plan:
        """Return the plan of the officers at `rows`, without the findings on the cohort."""
        steps = np.concatenate([np.arange(*self.pointer[row : row + 2]) for row in rows])
        counts = np.diff(self.pointer)[rows]
        return Plan(
            self.ranking.take(rows),
            self.config,
            self.transitions,
            self.method,
            pointer=np.concatenate([[0], np.cumsum(counts)]).astype(np.int32),
            training=self.training[steps],
            session=self.session[steps],
            start=self.start[steps],
            end=self.end[steps],
            gain=self.gain[steps],
            proof=self.proof.take(rows) if isinstance(self.proof, OfficerProof) else None,
        )

    def to_frame(self) -> pd.DataFrame:
        """One row per step."""
        levels = self.ranking.gaps.levels
        index = levels.framework.index
        sessions = np.array([*index.session_ids, ""], object)
        return pd.DataFrame(
            {
                "officer": levels.roster.officer_ids[self.officer],
                "order": np.arange(len(self)) - self.pointer[self.officer] + 1,
                "training": np.array(index.training_ids, object)[self.training],
                "session": sessions[self.session],
                "start": self.start,
                "end": self.end,
                "hours": self.hours,
                "cost": index.trainings.cost[self.training],
                "gap_closed": self.gain,
                "mandatory": self.ranking.mandatory[self.officer, self.training],
            }
        )

    def __repr__(self) -> str:
        planned = int((np.diff(self.pointer) > 0).sum())
        return (
            f"Plan({self.method!r}, {planned} of {len(self.pointer) - 1} officers, "
            f"{len(self)} steps, {self.value:.1f} weighted levels closed)"
        )
