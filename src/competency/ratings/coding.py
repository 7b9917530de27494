"""From raw ratings to categories, on a scale that is made from them or was made before."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.errors import EvidenceError, Finding, nearest_names
from competency.ratings.columns import Columns, as_frame
from competency.ratings.noticed import (
    closed_up,
    design_findings,
    many_categories,
    one_category,
    too_many,
)
from competency.ratings.ratings import Ratings, Scale
from competency.ratings.table import RawRatings, read_table

if TYPE_CHECKING:
    from numpy.typing import NDArray


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
        See :func:`competency.ratings.table.read_table`; or no item is left; or an item
        has more categories than the model.
    """
    raw = read_table(table, columns)
    if len(raw.rating) == 0:
        hint = "check the columns"
        raise EvidenceError(
            "ratings", [Finding("no-ratings", "the table holds no rating", hint=hint)]
        )
    used = [np.unique(raw.rating[raw.item == number]) for number in range(len(raw.item_ids))]
    findings, kept = one_category(raw, used)
    if common_scale and kept:
        everything = np.concatenate([used[item] for item in kept])
        every = np.arange(everything.min(), everything.max() + 1)
        used = [every for _ in used]
    scale = Scale(tuple(raw.item_ids[k] for k in kept), tuple(used[k].astype(int) for k in kept))
    findings += closed_up(scale) + many_categories(scale) + too_many(scale, two_only=two_only)
    if not kept:
        hint = "an item needs at least two different ratings"
        findings.append(Finding("constant-ratings", "every item has one rating only", hint=hint))
    if any(finding.severity == "error" for finding in findings):
        raise EvidenceError("ratings", [f for f in findings if f.severity == "error"])
    coded, silent = _with_ratings(_categories(raw, scale))
    return replace(coded, findings=(*findings, *silent, *design_findings(coded)))


def further_ratings(table: pd.DataFrame, columns: Columns, scale: Scale) -> Ratings:
    """Return the ratings of a table on a scale that was calibrated before.

    Parameters
    ----------
    table : DataFrame
    columns : Columns
        As in the calibration. The table need not name assessors or frequencies, nor have all
        items.
    scale : Scale
        Items that it does not have are left out.

    Returns
    -------
    Ratings

    Raises
    ------
    EvidenceError
        A rating did not occur in the calibration; and see
        :func:`competency.ratings.table.read_table`.
    """
    raw = read_table(table, _found_again(table, columns, scale))
    coded = _categories(raw, scale)
    if len(raw.rating) and not len(coded.category):
        near = nearest_names(raw.item_ids[0], scale.item_ids)
        message = "no item of the table was calibrated"
        raise EvidenceError("ratings", [Finding("unknown-item", message, nearest=near)])
    unseen = coded.category < 0
    if unseen.any():
        names = sorted({scale.item_ids[item] for item in coded.item[unseen]})
        message = f"{int(unseen.sum())} ratings of items {names[:5]} did not occur in calibration"
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
