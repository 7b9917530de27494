"""Every officer's best bundle at given prices, split over threads: what all cohort steps call."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from competency.arrays import Bools, Floats, Ints
from competency.planning.cohort.bundle_memory import (
    ALONE,
    BUNDLE,
    Frozen,
    Memory,
    Relations,
    Terms,
    make_memory,
    relate,
)
from competency.planning.officer.records import STEP
from competency.planning.problem import Problem, Records
from competency.threads import in_parts

CHUNK = 128
"""Officers in one piece of work; fixed, so that nothing depends on the number of workers."""
ROUGH_VISITS, MOST_VISITS = 20_000, 300_000
"""Sets and orders looked at for one officer (some 2 ms and 30 ms) while prices are sought, and in
the proof; an officer who needs more is bounded from above instead. On the reference pack nobody
does at 20 hours, two officers at 40 in the proof, most at 80."""
WORK = 400_000_000
"""Visits for all officers in a proof, some 40 s: what they share when there are many."""


class Rewards(NamedTuple):
    """What a bundle earns beside the gap it closes, in levels."""

    mandatory: float
    floor: float
    floor_reward: float


class Bundles(NamedTuple):
    """The best bundles of some officers, their steps, and what no bundle of theirs exceeds."""

    kept: Records
    plans: Records
    upper: Floats

    def take(self, rows: Ints | Bools | slice) -> Bundles:
        """Return those of some of the officers."""
        return Bundles(self.kept[rows], self.plans[rows], self.upper[rows])

    def write(self, rows: Ints, other: Bundles) -> None:
        """Put the bundles of `other` in the place of those of `rows`."""
        for ours, theirs in zip(self, other, strict=True):
            ours[rows] = theirs


@dataclass(frozen=True, eq=False)
class Pricer:
    """Finds best bundles for any prices.

    `frozen` are the settled steps; `workers` the threads, None = one for each core. The answer does
    not depend on their number.
    """

    problem: Problem
    frozen: Frozen
    rewards: Rewards
    workers: int | None = None

    @cached_property
    def relations(self) -> Relations:
        """What trainings have to do with each other."""
        return relate(self.problem.catalogue)

    @cached_property
    def steps(self) -> int:
        """Most steps in a bundle."""
        settled = int(np.diff(self.frozen.first).max(initial=0))
        return max(self.problem.limits.max_steps, settled)

    def terms(self, prices: Floats) -> Terms:
        """Return the terms of a search at `prices`, each officer alone and all seats free."""
        return Terms(
            prices=np.ascontiguousarray(prices, float),
            seats=np.ones(len(prices), np.int64),
            per_hour=np.zeros(len(self.problem.officers.probs)),
            floor=float(self.rewards.floor),
            floor_reward=float(self.rewards.floor_reward),
            mandatory=float(self.rewards.mandatory),
            slack=0.0,
            most_visits=ROUGH_VISITS,
            way=ALONE,
        )

    def thorough(self, terms: Terms) -> Terms:
        """Return terms of a search that stops late."""
        each = max(WORK // max(len(terms.per_hour), 1), ROUGH_VISITS // 4)
        return terms._replace(most_visits=min(each, MOST_VISITS))

    def memory(self) -> Memory:
        """Return scratch for one thread."""
        problem = self.problem
        shape = problem.officers.probs.shape[1:]
        return make_memory(problem.catalogue, shape, self.steps)

    def empty(self, n_rows: int, keep: int = 1) -> Bundles:
        """Return room for `keep` bundles of each of `n_rows` officers."""
        kept = np.zeros((n_rows, keep), BUNDLE)
        kept["net"] = -np.inf
        kept["steps"] = -1
        return Bundles(kept, np.zeros((n_rows, keep, self.steps), STEP), np.zeros(n_rows))

    def __call__(
        self,
        terms: Terms,
        rows: Ints,
        *,
        keep: int = 1,
        warm: Bundles | None = None,
    ) -> Bundles:
        """Return the best bundles of officers `rows`.

        `warm` are bundles found at other prices: a good start, overwritten in place.
        """
        from competency.planning.cohort.bundles import Case, search_rows

        problem = self.problem
        case = Case(
            problem.catalogue, problem.officers, problem.limits, self.relations, self.frozen, terms
        )
        found = warm or self.empty(len(rows), keep)

        def work(part: slice) -> None:
            search_rows(case, rows[part], self.memory(), *found.take(part))

        if terms.way == ALONE:
            in_parts(work, len(rows), size=CHUNK, workers=self.workers)
        else:
            work(slice(None))
        return found
