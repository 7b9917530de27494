"""Ratings as categories from 0, and the scale that they lie on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from competency.arrays import Bools, Floats, Ints, Texts
    from competency.errors import Finding


@dataclass(frozen=True, eq=False)
class Scale:
    """Items, and the rating that each category of each item stands for.

    Parameters
    ----------
    item_ids : tuple of str
    values : tuple of Ints
        Ascending; element k of an item is its category k.
    """

    item_ids: tuple[str, ...]
    values: tuple[Ints, ...]

    @property
    def n_categories(self) -> Ints:
        """Categories of each item."""
        return np.array([len(value) for value in self.values])

    @property
    def ratings(self) -> Ints:
        """All ratings that occur, ascending."""
        return np.unique(np.concatenate(self.values))


@dataclass(frozen=True, eq=False)
class Ratings:
    """Ratings in numbers.

    Parameters
    ----------
    people, assessor_ids : object array
        Ids; no assessors = an empty array. Persons without ratings come last.
    order : Ints, shape (n_people,)
        Elements of `people` in the order in which answers about them are given.
    scale : Scale
    person, item, assessor, category : Ints, shape (n_ratings,)
    frequency : float64, shape (n_people,)
    findings : tuple of Finding
    """

    people: Texts
    order: Ints
    assessor_ids: Texts
    scale: Scale
    person: Ints
    item: Ints
    assessor: Ints
    category: Ints
    frequency: Floats
    findings: tuple[Finding, ...] = ()

    @property
    def n_rated(self) -> int:
        """Number of persons with ratings."""
        return int(self.person.max()) + 1 if len(self.person) else 0

    def rated(self) -> Ratings:
        """Return the same without the persons who have no rating: nothing depends on them.

        Returns
        -------
        Ratings
        """
        count = self.n_rated
        return replace(
            self,
            people=self.people[:count],
            order=self.order[self.order < count],
            frequency=self.frequency[:count],
        )

    def only(self, kept: Bools) -> Ratings:
        """Return the same people with some of their ratings.

        Parameters
        ----------
        kept : bool, shape (n_ratings,)

        Returns
        -------
        Ratings
        """
        names = ("person", "item", "assessor", "category")
        return replace(self, **{name: getattr(self, name)[kept] for name in names})

    def part(self, count: int) -> Ratings:
        """Return the ratings of some people, evenly spread over their ids; all if there are few.

        Parameters
        ----------
        count : int
            How many people.

        Returns
        -------
        Ratings
        """
        if len(self.people) <= count:
            return self
        chosen = np.linspace(0, len(self.people) - 1, count).astype(np.int64)
        place = np.full(len(self.people), -1, np.int32)
        place[chosen] = np.arange(count)
        kept = self.only(place[self.person] >= 0)
        return replace(
            kept,
            people=self.people[chosen],
            order=np.arange(count),
            person=place[kept.person],
            frequency=self.frequency[chosen],
        )

    def nameless(self) -> Ratings:
        """Return the same with the rated persons numbered by their ratings, not by their names.

        Sums in single precision depend on the order of their terms; thus names change no bit.

        Returns
        -------
        Ratings
        """
        cell = self.item.astype(np.uint64) * np.uint64(max(len(self.assessor_ids), 1))
        cell = (cell + self.assessor.astype(np.uint64)) << np.uint64(16)
        code = _mixed(cell + self.category.astype(np.uint64))
        total = np.zeros(len(self.people), np.uint64)
        np.add.at(total, self.person, code)
        silent = np.arange(len(self.people)) >= self.n_rated
        return self.renumbered(np.lexsort((total, silent)))

    def renumbered(self, old: Ints) -> Ratings:
        """Return the same with persons numbered anew: person k is who was ``old[k]``.

        Parameters
        ----------
        old : Ints, shape (n_people,)

        Returns
        -------
        Ratings
        """
        new = np.argsort(old)
        return replace(
            self,
            people=self.people[old],
            order=new[self.order],
            person=new[self.person],
            frequency=self.frequency[old],
        )

    @classmethod
    def nobody(cls, scale: Scale, assessor_ids: Texts) -> Ratings:
        """Return the ratings of no person.

        Parameters
        ----------
        scale : Scale
        assessor_ids : object array

        Returns
        -------
        Ratings
        """
        none: Ints = np.zeros(0, np.int64)
        people = np.zeros(0, object)
        return cls(people, none, assessor_ids, scale, none, none, none, none, np.zeros(0))

    def counts(self) -> Floats:
        """Ratings of each item in each category, shape (n_items, widest)."""
        widest = int(self.scale.n_categories.max())
        code = self.item.astype(np.int64) * widest + self.category
        size = len(self.scale.values) * widest
        weights = self.frequency[self.person]
        counts = np.bincount(code, weights=weights, minlength=size).reshape(-1, widest)
        return counts.astype(np.float64)


def _mixed(code: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Scatter whole numbers over 64 bits (the finaliser of splitmix64; Steele and others 2014)."""
    code = (code ^ (code >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    code = (code ^ (code >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return code ^ (code >> np.uint64(31))
