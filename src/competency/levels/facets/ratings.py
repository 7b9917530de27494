"""Ratings as categories from 0, and what was noticed about the design on the way."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse

from competency.arrays import Floats, Ints, Texts
from competency.errors import EvidenceError, Finding
from competency.levels.facets.table import Columns, RawRatings, read_table


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
        Ids; no assessors = an empty array.
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

    def counts(self) -> Floats:
        """Ratings of each item in each category, shape (n_items, widest)."""
        widest = int(self.scale.n_categories.max())
        code = self.item.astype(np.int64) * widest + self.category
        size = len(self.scale.values) * widest
        weights = self.frequency[self.person]
        counts = np.bincount(code, weights=weights, minlength=size).reshape(-1, widest)
        return counts.astype(np.float64)


def calibration_ratings(
    table: pd.DataFrame, columns: Columns, *, common_scale: bool, two_only: bool
) -> Ratings:
    """Return the ratings of a table to calibrate on, with a scale made from them.

    Categories of an item are its ratings minus the lowest; ratings that never occur in between
    are closed up. Items on which everybody has one rating say nothing and are left out.

    Parameters
    ----------
    table : DataFrame
    columns : Columns
    common_scale : bool
        Whether all items share their categories (rating scale model).
    two_only : bool
        Whether more than two categories are refused.

    Returns
    -------
    Ratings

    Raises
    ------
    EvidenceError
        See :func:`competency.levels.facets.table.read_table`; or no item is left; or an item
        has more categories than the model.
    """
    raw = read_table(table, columns)
    used = [np.unique(raw.rating[raw.item == number]) for number in range(len(raw.item_ids))]
    findings, kept = _one_category(raw, used)
    if common_scale and kept:
        everything = np.concatenate([used[item] for item in kept])
        every = np.arange(everything.min(), everything.max() + 1)
        used = [every for _ in used]
    scale = Scale(tuple(raw.item_ids[k] for k in kept), tuple(used[k].astype(int) for k in kept))
    findings += _closed_up(scale) + _too_many(scale, two_only=two_only)
    if not kept:
        hint = "an item needs at least two different ratings"
        findings.append(Finding("constant-ratings", "every item has one rating only", hint=hint))
    if any(finding.severity == "error" for finding in findings):
        raise EvidenceError("ratings", [f for f in findings if f.severity == "error"])
    coded = _categories(raw, scale)
    return replace(coded, findings=(*findings, *_design_findings(coded)))


def further_ratings(table: pd.DataFrame, columns: Columns, scale: Scale) -> Ratings:
    """Return the ratings of a table on a scale that was calibrated before.

    Parameters
    ----------
    table : DataFrame
    columns : Columns
    scale : Scale
        Items that it does not have are left out.

    Returns
    -------
    Ratings

    Raises
    ------
    EvidenceError
        A rating did not occur in the calibration; and see
        :func:`competency.levels.facets.table.read_table`.
    """
    raw = read_table(table, columns)
    coded = _categories(raw, scale)
    unseen = coded.category < 0
    if unseen.any():
        names = sorted({scale.item_ids[item] for item in coded.item[unseen]})
        message = f"{int(unseen.sum())} ratings of items {names[:5]} did not occur in calibration"
        hint = "calibrate on data in which every category occurs"
        raise EvidenceError("ratings", [Finding("unseen-rating", message, hint=hint)])
    return coded


def components(ratings: Ratings) -> Ints:
    """Return the part of the design that each assessor belongs to, the largest part first.

    Two assessors are in one part when a chain of persons whom both rated joins them.

    Parameters
    ----------
    ratings : Ratings

    Returns
    -------
    int64, shape (n_assessors,)
    """
    n_people, n_assessors = len(ratings.people), len(ratings.assessor_ids)
    size = n_people + n_assessors
    edges = (ratings.person, ratings.assessor.astype(np.int64) + n_people)
    graph = sparse.coo_array((np.ones(len(edges[0])), edges), shape=(size, size))
    label = sparse.csgraph.connected_components(graph, directed=False)[1][n_people:]
    parts, first, number, count = np.unique(
        label, return_index=True, return_inverse=True, return_counts=True
    )
    rank = np.empty(len(parts), np.int64)
    rank[np.lexsort((first, -count))] = np.arange(len(parts))
    return rank[number]


def _categories(raw: RawRatings, scale: Scale) -> Ratings:
    place = pd.Index(scale.item_ids).get_indexer(pd.Index(raw.item_ids))
    item = place[raw.item]
    kept = item >= 0
    category = np.full(len(item), -1, np.int16)
    for number, values in enumerate(scale.values):
        mine = np.flatnonzero(item == number)
        found = np.minimum(np.searchsorted(values, raw.rating[mine]), len(values) - 1)
        category[mine] = np.where(values[found] == raw.rating[mine], found, -1)
    if kept.all():
        columns = (raw.person, item.astype(np.int16), raw.assessor, category)
    else:
        columns = (
            raw.person[kept],
            item[kept].astype(np.int16),
            raw.assessor[kept],
            category[kept],
        )
    return Ratings(raw.people, raw.order, raw.assessor_ids, scale, *columns, raw.frequency)


def _one_category(raw: RawRatings, used: list[Ints]) -> tuple[list[Finding], list[int]]:
    kept = [number for number, values in enumerate(used) if len(values) > 1]
    dropped = [raw.item_ids[number] for number, values in enumerate(used) if len(values) < 2]
    findings = [
        Finding(
            "one-category",
            f"item {name!r} has one rating only and was left out",
            "warning",
            hint="it cannot tell officers apart",
        )
        for name in dropped
    ]
    return findings, kept


def _closed_up(scale: Scale) -> list[Finding]:
    gaps = [
        name
        for name, values in zip(scale.item_ids, scale.values, strict=True)
        if values[-1] - values[0] >= len(values)
    ]
    return [
        Finding(
            "unused-category",
            f"item {name!r} has ratings in between that never occur; its categories were closed up",
            "note",
        )
        for name in gaps
    ]


def _too_many(scale: Scale, *, two_only: bool) -> list[Finding]:
    return [
        Finding(
            "more-than-two-categories",
            f"item {name!r} has {len(values)} categories; this model has two",
            hint="use model='pcm' for 'rasch' and model='grm' or 'gpcm' for '2pl'",
        )
        for name, values in zip(scale.item_ids, scale.values, strict=True)
        if two_only and len(values) > 2
    ]


def _design_findings(ratings: Ratings) -> list[Finding]:
    findings = []
    rated = np.bincount(ratings.person, minlength=len(ratings.people)) > 0
    if not rated.all():
        message = f"{int((~rated).sum())} persons have no rating; their belief is the prior"
        findings.append(Finding("never-rated", message, "note"))
    if len(ratings.assessor_ids) == 1:
        message = "there is one assessor: severity cannot be told from level and is 0"
        hint = "let a second assessor rate some of the same persons"
        findings.append(Finding("one-assessor", message, "warning", hint=hint))
    if len(ratings.assessor_ids) > 1:
        part = components(ratings)
        if part.max() > 0:
            sizes = np.bincount(part)
            shown = ", ".join(str(size) for size in sizes[:5]) + (", .." if len(sizes) > 5 else "")
            message = (
                f"the design falls into {len(sizes)} parts with no person in common "
                f"(assessors in each: {shown})"
            )
            hint = (
                "severities compare across parts only if the persons of all parts are alike; "
                "the part of each assessor is in .severities"
            )
            findings.append(Finding("disconnected-design", message, "warning", hint=hint))
    return findings
