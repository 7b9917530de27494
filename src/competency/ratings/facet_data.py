"""Ratings by meeting: the form in which models with severity and halo read them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from competency.ratings.forms import Layout, design, starting_values
from competency.ratings.messages import Meetings
from competency.ratings.tilt import OPEN, ItemParameters

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints
    from competency.ratings.ratings import Ratings

_SLOPE = 1.5
# Slope to start from.


@dataclass(frozen=True, eq=False)
class FacetData:
    """Ratings sorted by meeting.

    Parameters
    ----------
    meetings : Meetings
    meeting, item, category : Ints, shape (n_ratings,)
    trait : Ints, shape (n_items,)
        The trait that each item shows.
    n_traits : int
    """

    meetings: Meetings
    meeting: Ints
    item: Ints
    category: Ints
    trait: Ints
    n_traits: int

    @classmethod
    def of(cls, ratings: Ratings, trait: Ints) -> FacetData:
        """Return the ratings by meeting of a person and an assessor.

        Parameters
        ----------
        ratings : Ratings
        trait : Ints, shape (n_items,)
            From 0.

        Returns
        -------
        FacetData
        """
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

        Parameters
        ----------
        person, assessor : Ints, shape (n,)
            -1 = unknown.

        Returns
        -------
        int64, shape (n,)
        """
        n_assessors = self.meetings.of_assessor.shape[0]
        held = self.meetings.person.astype(np.int64) * n_assessors + self.meetings.assessor
        wanted = np.where((person >= 0) & (assessor >= 0), person * n_assessors + assessor, -1)
        place = np.minimum(np.searchsorted(held, wanted), len(held) - 1)
        return np.where(held[place] == wanted, place, -1)


def starting_items(ratings: Ratings) -> ItemParameters:
    """Return items that match the share of each category.

    Parameters
    ----------
    ratings : Ratings

    Returns
    -------
    ItemParameters
    """
    layout = Layout("grm", ratings.scale.n_categories, 0)
    every = np.arange(len(layout.n_categories))
    start = starting_values(layout, ratings.counts(), np.full(len(every), _SLOPE))
    matrix, offset = design(layout, every, every)
    blocks = (matrix @ start + offset).reshape(len(every), -1)
    return ItemParameters(blocks[:, 0], np.where(blocks[:, 1:] < -OPEN, -OPEN, blocks[:, 1:]))
