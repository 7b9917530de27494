"""What is noticed about a table of ratings and its design, and said with every fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from competency.errors import Finding

if TYPE_CHECKING:
    from competency.arrays import Ints
    from competency.ratings.ratings import Ratings, Scale
    from competency.ratings.table import RawRatings


MANY = 20
"""Categories above which an item is said to have many: rating scales have 2 to 11 (usual)."""


def one_category(raw: RawRatings, used: list[Ints]) -> tuple[list[Finding], list[int]]:
    """Return what is said of items with less than two ratings, and the other items.

    Parameters
    ----------
    raw : RawRatings
    used : list of Ints
        Ratings that occur, for each item.

    Returns
    -------
    findings : list of Finding
    kept : list of int
    """
    kept = [number for number, values in enumerate(used) if len(values) > 1]
    dropped = [number for number, values in enumerate(used) if len(values) < 2]
    findings = []
    for number in dropped:
        found = "one rating only" if len(used[number]) else "no rating"
        message = f"item {raw.item_ids[number]!r} has {found} and was left out"
        hint = "it cannot tell persons apart"
        findings.append(Finding("one-category", message, "warning", hint=hint))
    return findings, kept


def closed_up(scale: Scale) -> list[Finding]:
    """Return what is said of ratings in between that never occur."""
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


def many_categories(scale: Scale) -> list[Finding]:
    """Return what is said of items with so many categories that they hardly are ratings."""
    return [
        Finding(
            "many-categories",
            f"item {name!r} has {len(values)} categories",
            "warning",
            hint="if it is no rating, name the columns that are with items=",
        )
        for name, values in zip(scale.item_ids, scale.values, strict=True)
        if len(values) > MANY
    ]


def too_many(scale: Scale, *, two_only: bool) -> list[Finding]:
    """Return what is said of items with more categories than the model has."""
    return [
        Finding(
            "more-than-two-categories",
            f"item {name!r} has {len(values)} categories; this model has two",
            hint="use model='pcm' for 'rasch' and model='grm' or 'gpcm' for '2pl'",
        )
        for name, values in zip(scale.item_ids, scale.values, strict=True)
        if two_only and len(values) > 2
    ]


def design_findings(ratings: Ratings) -> list[Finding]:
    """Return what is said of who rated whom: persons never rated, one assessor, parts."""
    findings = []
    silent = len(ratings.people) - ratings.n_rated
    if silent:
        message = f"{silent} persons have no rating; their belief is the prior"
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
