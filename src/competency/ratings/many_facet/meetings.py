"""Ratings by meeting of a person and an assessor, and the graded items that they are given on."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from competency.ratings.item_response.models import Layout, design, starting_values
from competency.ratings.many_facet.messages import Meetings
from competency.ratings.ordinal import OPEN, Intervals

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints
    from competency.ratings.categories import Ratings

_SLOPE = 1.5
# Slope to start from.


@dataclass(frozen=True, eq=False)
class GradedItems:
    """Items with ``P(Y >= k) = sigmoid(a z + d[k])`` at the trait z.

    Parameters
    ----------
    slopes : Floats, shape (n_items,)
        a, above 0.
    steps : Floats, shape (n_items, n_categories - 1)
        d, falling; `-OPEN` for categories that an item does not have.
    """

    slopes: Floats
    steps: Floats

    @property
    def thresholds(self) -> Floats:
        """Traits at which each step is even, shape (n_items, n_categories - 1)."""
        return -self.steps / self.slopes[:, None]

    def observations(self, item: Ints, category: Ints) -> Intervals:
        """Return ratings as intervals between thresholds, in units of the trait."""
        ends = np.full((len(self.steps), 1), OPEN) / self.slopes[:, None]
        borders = np.concatenate([-ends, self.thresholds, ends], 1)
        none = np.broadcast_to(0.0, item.shape)
        one = np.broadcast_to(1.0, item.shape)
        lower, upper = borders[item, category], borders[item, category + 1]
        return Intervals(lower, upper, self.slopes[item], none, none, one)


@dataclass(frozen=True, eq=False)
class MeetingRatings:
    """Ratings sorted by meeting; `trait` says which trait each item shows."""

    meetings: Meetings
    meeting: Ints
    item: Ints
    category: Ints
    trait: Ints
    n_traits: int

    @classmethod
    def of(cls, ratings: Ratings, trait: Ints) -> MeetingRatings:
        """Return the ratings by meeting; traits count from 0."""
        n_assessors = max(len(ratings.assessor_ids), 1)
        pair = ratings.person.astype(np.int64) * n_assessors + ratings.assessor
        pairs, meeting = np.unique(pair, return_inverse=True)
        order = np.lexsort((ratings.item, meeting))
        return cls(
            Meetings.of(*np.divmod(pairs, n_assessors), len(ratings.people), n_assessors),
            meeting[order],
            ratings.item[order].astype(np.int64),
            ratings.category[order].astype(np.int64),
            trait,
            int(trait.max()) + 1,
        )

    @cached_property
    def place(self) -> Ints:
        """Meeting and trait of each rating as one number."""
        return self.meeting * self.n_traits + self.trait[self.item]

    def summed(self, values: Floats) -> Floats:
        """Sum over the ratings of each meeting and trait, shape (n_meetings, n_traits)."""
        size = len(self.meetings.person) * self.n_traits
        sums = np.bincount(self.place, weights=values, minlength=size)
        return sums.reshape(-1, self.n_traits).astype(np.float64)

    def meeting_of(self, person: Ints, assessor: Ints) -> Ints:
        """Return the number of the meeting of each pair; -1 where they never met.

        An unknown person or assessor is -1.
        """
        n_assessors = self.meetings.of_assessor.shape[0]
        held = self.meetings.person.astype(np.int64) * n_assessors + self.meetings.assessor
        wanted = np.where((person >= 0) & (assessor >= 0), person * n_assessors + assessor, -1)
        place = np.minimum(np.searchsorted(held, wanted), len(held) - 1)
        return np.where(held[place] == wanted, place, -1)


def starting_items(ratings: Ratings) -> GradedItems:
    """Return items that match the share of each category."""
    layout = Layout("grm", ratings.scale.n_categories, 0)
    every = np.arange(len(layout.n_categories))
    start = starting_values(layout, ratings.counts(), np.full(len(every), _SLOPE))
    matrix, offset = design(layout, every, every)
    blocks = (matrix @ start + offset).reshape(len(every), -1)
    return GradedItems(blocks[:, 0], np.where(blocks[:, 1:] < -OPEN, -OPEN, blocks[:, 1:]))
