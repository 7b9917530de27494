"""Ratings as categories from 0, on a scale that is made from them or was made before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.errors import EvidenceError, Finding, nearest_names
from competency.ratings import design
from competency.ratings.table import Columns, RawRatings, as_frame, read_table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from competency.arrays import Bools, Floats, Ints, Texts


@dataclass(frozen=True, eq=False)
class Scale:
    """Items, and the rating that each category of each item stands for, ascending."""

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
    """Ratings in numbers: places among people, items and assessors, and categories.

    Persons without ratings come last; `assessor_ids` is empty where there are none. `order` lists
    people in the order in which answers about them are given, and `frequency` belongs to people.
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
        """Return the same without the persons who have no rating: nothing depends on them."""
        count = self.n_rated
        return replace(
            self,
            people=self.people[:count],
            order=self.order[self.order < count],
            frequency=self.frequency[:count],
        )

    def only(self, kept: Bools) -> Ratings:
        """Return the same people with some of their ratings."""
        names = ("person", "item", "assessor", "category")
        return replace(self, **{name: getattr(self, name)[kept] for name in names})

    def part(self, count: int) -> Ratings:
        """Return the ratings of `count` people, evenly spread over their ids; all if few."""
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
        """
        cell = self.item.astype(np.uint64) * np.uint64(max(len(self.assessor_ids), 1))
        cell = (cell + self.assessor.astype(np.uint64)) << np.uint64(16)
        code = _mixed(cell + self.category.astype(np.uint64))
        total = np.zeros(len(self.people), np.uint64)
        np.add.at(total, self.person, code)
        silent = np.arange(len(self.people)) >= self.n_rated
        return self.renumbered(np.lexsort((total, silent)))

    def renumbered(self, old: Ints) -> Ratings:
        """Return the same with persons numbered anew: person k is who was ``old[k]``."""
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
        """Return the ratings of no person."""
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


def calibration_ratings(
    table: pd.DataFrame, columns: Columns, *, common_scale: bool, two_only: bool
) -> Ratings:
    """Return the ratings of a table to calibrate on, with a scale made from them.

    Categories of an item are its ratings minus the lowest; ratings that never occur in between are
    closed up. Items on which everybody has one rating say nothing and are left out. With
    `common_scale` all items share their categories (rating scale model), with `two_only` more than
    two categories are refused. Raises `EvidenceError` with all problems; see
    :func:`competency.ratings.table.read_table`.
    """
    raw = read_table(table, columns)
    if len(raw.rating) == 0:
        hint = "check the columns"
        raise EvidenceError(
            "ratings", [Finding("no-ratings", "the table holds no rating", hint=hint)]
        )
    used = [np.unique(raw.rating[raw.item == number]) for number in range(len(raw.item_ids))]
    findings, kept = design.one_category(raw, used)
    if common_scale and kept:
        everything = np.concatenate([used[item] for item in kept])
        every = np.arange(everything.min(), everything.max() + 1)
        used = [every for _ in used]
    scale = Scale(tuple(raw.item_ids[k] for k in kept), tuple(used[k].astype(int) for k in kept))
    findings += design.scale_findings(scale, two_only=two_only)
    if not kept:
        hint = "an item needs at least two different ratings"
        findings.append(Finding("constant-ratings", "every item has one rating only", hint=hint))
    if any(finding.severity == "error" for finding in findings):
        raise EvidenceError("ratings", [f for f in findings if f.severity == "error"])
    coded, silent = _with_ratings(_categories(raw, scale))
    return replace(coded, findings=(*findings, *silent, *design.design_findings(coded)))


def further_ratings(table: pd.DataFrame, columns: Columns, scale: Scale) -> Ratings:
    """Return the ratings of a table on a scale that was calibrated before.

    The table need not name assessors or frequencies, nor have all items; items that are not on the
    scale are left out. A rating that did not occur in the calibration raises `EvidenceError`.
    """
    raw = read_table(table, _found_again(table, columns, scale))
    coded = _categories(raw, scale)
    if len(raw.rating) and not len(coded.category):
        near = nearest_names(raw.item_ids[0], scale.item_ids)
        message = "no item of the table was calibrated"
        raise EvidenceError("ratings", [Finding("unknown-item", message, nearest=near)])
    unknown = coded.category < 0
    if unknown.any():
        names = sorted({scale.item_ids[item] for item in coded.item[unknown]})
        message = f"{int(unknown.sum())} ratings of items {names[:5]} did not occur in calibration"
        hint = "calibrate on data in which every category occurs"
        raise EvidenceError("ratings", [Finding("unseen-rating", message, hint=hint)])
    return coded


def _categories(raw: RawRatings, scale: Scale) -> Ratings:
    place = pd.Index(scale.item_ids).get_indexer(pd.Index(raw.item_ids)).astype(np.int16)
    item = place[raw.item]
    coded = Ratings(
        raw.people,
        raw.order,
        raw.assessor_ids,
        scale,
        raw.person,
        item,
        raw.assessor,
        _code_of(raw, scale)[item, raw.rating],
        raw.frequency,
    )
    return _rated_first(coded if (place >= 0).all() else coded.only(item >= 0))


def _code_of(raw: RawRatings, scale: Scale) -> NDArray[np.int16]:
    """Category of each item and rating; -1 where a rating is not on the scale."""
    largest = max(int(raw.rating.max(initial=0)), int(scale.ratings[-1]))
    code = np.full((len(scale.values), largest + 1), -1, np.int16)
    for number, values in enumerate(scale.values):
        code[number, values] = np.arange(len(values))
    return code


def _rated_first(ratings: Ratings) -> Ratings:
    """Number persons so that those without ratings come last, in the same order otherwise."""
    silent = np.bincount(ratings.person, minlength=len(ratings.people)) == 0
    if not silent.any():
        return ratings
    return ratings.renumbered(np.argsort(silent, kind="stable"))


def _with_ratings(ratings: Ratings) -> tuple[Ratings, list[Finding]]:
    """Leave out assessors whose every rating was left out."""
    rated = np.bincount(ratings.assessor, minlength=len(ratings.assessor_ids)) > 0
    if len(ratings.assessor_ids) == 0 or rated.all():
        return ratings, []
    message = f"{int((~rated).sum())} assessors gave no rating of any use and were left out"
    new = np.cumsum(rated) - 1
    kept = replace(
        ratings, assessor_ids=ratings.assessor_ids[rated], assessor=new[ratings.assessor]
    )
    return kept, [Finding("no-use", message, "note", hint="see which items were left out")]


def _found_again(table: pd.DataFrame, columns: Columns, scale: Scale) -> Columns:
    """Return the columns of a calibration that a further table needs or has."""
    present = set(as_frame(table).columns)
    items = tuple(name for name in scale.item_ids if name in present)
    return replace(
        columns,
        assessor=columns.assessor if columns.assessor in present else None,
        frequency=None,
        items=() if columns.rating else items,
    )
