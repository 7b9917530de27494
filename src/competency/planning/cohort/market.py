"""What officers share: seats by slot, regions, and rewards for what comes before gaps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import Floats, Ints
from competency.planning.cohort.pricing import Rewards
from competency.planning.problem import Problem, Records

if TYPE_CHECKING:
    import scipy.sparse as sp

    from competency.config import PlanningConfig
    from competency.planning.cohort.bundle_memory import Frozen
    from competency.planning.cohort.prices import Columns


@dataclass(frozen=True, eq=False)
class Market:
    """Seats, regions and rewards, with the arithmetic on bundles that they need.

    `seats`, ``(n_slots,)``, are less those of the settled steps, which take none any more. Officers
    of every region get on average at least the part `region_floor` of the mean hours; 0 = no rule.
    """

    problem: Problem
    rewards: Rewards
    seats: Ints
    settled: Frozen
    region_floor: float = 0.0

    @cached_property
    def limited(self) -> Ints:
        """Slots that cannot seat everyone."""
        return np.flatnonzero(self.seats < len(self.problem.officers.probs))

    @property
    def _width(self) -> int:
        return len(self.problem.catalogue.trainings)

    @cached_property
    def _settled_pairs(self) -> Ints:
        officer = np.repeat(np.arange(len(self.settled.first) - 1), np.diff(self.settled.first))
        pairs: Ints = officer * self._width + self.settled.steps["training"]
        return pairs

    @cached_property
    def region_part(self) -> Floats:
        """Part of all officers that lives in each region; officers of no region do not count."""
        region = self.problem.officers.region
        part: Floats = np.bincount(region[region >= 0]) / max(len(region), 1)
        return part

    def pay_per_hour(self, region_pay: Floats) -> Floats:
        """Return what an hour of each officer earns when regions are paid `region_pay`.

        An hour lifts its own region, and the mean hours that every region is held against.
        """
        region = self.problem.officers.region
        if not self.region_floor:
            return np.zeros(len(region))
        owed = self.region_floor * float(self.region_part @ region_pay)
        return np.asarray(np.where(region >= 0, region_pay[region], 0.0) - owed)

    def slots(self, plans: Records) -> Ints:
        """Return the slot of each step."""
        first = len(self.seats) - len(self.problem.catalogue.trainings)
        session = plans["session"]
        found: Ints = np.where(session >= 0, session, first + plans["training"])
        return found

    def value_of(self, plans: Records, kept: Records, officers: Ints) -> Floats:
        """Return gap closed plus rewards of bundles, prices not taken off."""
        used = np.arange(plans.shape[1]) < kept["steps"][:, None]
        mandatory = self.problem.officers.mandatory[officers[:, None], plans["training"]]
        value = ((plans["gain"] + self.rewards.mandatory * mandatory) * used).sum(1)
        value += self.rewards.floor_reward * np.minimum(kept["hours"], self.rewards.floor)
        return np.asarray(value)

    def demand(self, plans: Records, steps: Ints) -> Ints:
        """Return the seats that bundles take, by slot."""
        used = np.arange(plans.shape[1]) < steps[:, None]
        found: Ints = np.bincount(self.slots(plans)[used], minlength=len(self.seats))
        return found

    def usage(self, plans: Records, steps: Ints, officers: Ints) -> sp.csr_array:
        """Return which bundle (column) takes a seat of which limited slot (row)."""
        import scipy.sparse as sp

        row_of = np.full(len(self.seats), -1)
        row_of[self.limited] = np.arange(len(self.limited))
        row = row_of[self.slots(plans)]
        row[np.arange(plans.shape[1]) >= steps[:, None]] = -1
        row[np.isin(officers[:, None] * self._width + plans["training"], self._settled_pairs)] = -1
        column, step = np.nonzero(row >= 0)
        shape = (len(self.limited), len(plans))
        return sp.csr_array((np.ones(len(column)), (row[column, step], column)), shape)

    def region_rows(self, columns: Columns, rows: Ints) -> tuple[sp.csr_array, sp.csr_array]:
        """Return hours by region (row) and bundle (column), negative, and what they must reach."""
        import scipy.sparse as sp

        region = self.problem.officers.region[rows]
        here = region[columns.officer]
        counted = here >= 0
        shape = (len(self.region_part), len(here))
        hours = sp.csr_array(
            (-columns.hours[counted], (here[counted], np.flatnonzero(counted))), shape
        )
        officers = np.bincount(region[region >= 0], minlength=shape[0])
        return hours, sp.csr_array(self.region_floor * officers[:, None])


def rewards_of(problem: Problem, config: PlanningConfig) -> Rewards:
    """Return rewards that put mandatory trainings first, then hours up to the floor, then gaps.

    An hour up to the floor earns more than the largest gap that any one officer could close; a
    mandatory training earns more than that and all hours up to the floor.
    """
    probs, worth = problem.officers.probs, problem.officers.worth
    missing = 1.0 - np.cumsum(probs[..., ::-1], axis=-1)[..., ::-1]
    open_gap = np.einsum(
        "ock,ock,oc->o", worth[..., 1:], np.maximum(missing[..., 1:], 0.0), problem.officers.most
    )
    most = 1.0 + float(np.ceil(open_gap.max(initial=0.0)))
    floor_reward = most if config.floor_hours else 0.0
    return Rewards(most + floor_reward * config.floor_hours, config.floor_hours, floor_reward)
