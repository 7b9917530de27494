"""Findings about a table of ratings and its design, which every fit carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from competency.errors import Finding

if TYPE_CHECKING:
    from competency.arrays import Ints
    from competency.ratings.categories import Ratings, Scale
    from competency.ratings.table import RawRatings

MANY = 20
"""Categories above which an item is said to have many: rating scales have 2 to 11 (usual)."""


def one_category(raw: RawRatings, used: list[Ints]) -> tuple[list[Finding], list[int]]:
    """Return findings about items with less than two different ratings, and the other items.

    `used` holds the ratings that occur, for each item.
    """
    kept = [number for number, values in enumerate(used) if len(values) > 1]
    findings = []
    for number, values in enumerate(used):
        if len(values) < 2:
            found = "one rating only" if len(values) else "no rating"
            message = f"item {raw.item_ids[number]!r} has {found} and was left out"
            hint = "it cannot distinguish persons"
            findings.append(Finding("one-category", message, "warning", hint=hint))
    return findings, kept


def scale_findings(scale: Scale, *, two_only: bool) -> list[Finding]:
    """Return findings about unused, many and (where only two are possible) too many categories."""
    items = list(zip(scale.item_ids, scale.values, strict=True))
    closed_up = [name for name, values in items if values[-1] - values[0] >= len(values)]
    unused = "has ratings in between that never occur; its categories were closed up"
    many = "if it is no rating, name the columns that are with items="
    other = "use model='pcm' for 'rasch' and model='grm' or 'gpcm' for '2pl'"
    sizes = [(f"item {name!r} has {len(values)} categories", len(values)) for name, values in items]
    return [
        *(Finding("unused-category", f"item {name!r} {unused}", "note") for name in closed_up),
        *(
            Finding("many-categories", message, "warning", hint=many)
            for message, size in sizes
            if size > MANY
        ),
        *(
            Finding("more-than-two-categories", f"{message}; this model has two", hint=other)
            for message, size in sizes
            if two_only and size > 2
        ),
    ]


def design_findings(ratings: Ratings) -> list[Finding]:
    """Return findings about who rated whom: persons never rated, one assessor, parts."""
    findings = []
    silent = len(ratings.people) - ratings.n_rated
    if silent:
        message = f"{silent} persons have no rating; their belief is the prior"
        findings.append(Finding("never-rated", message, "note"))
    if len(ratings.assessor_ids) == 1:
        message = "there is one assessor: severity cannot be separated from level and is 0"
        hint = "let a second assessor rate some of the same persons"
        findings.append(Finding("one-assessor", message, "warning", hint=hint))
    sizes = np.bincount(components(ratings))
    if len(sizes) > 1:
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
    """
    n_people, n_assessors = len(ratings.people), len(ratings.assessor_ids)
    if n_assessors < 2:
        return np.zeros(n_assessors, np.int64)
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
