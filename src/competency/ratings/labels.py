"""Ids beside numbers: rows to predict for, and estimates as frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.errors import ConfigError, EvidenceError, Finding, nearest_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from competency.arrays import Floats, Ints, Texts
    from competency.ratings.categories import Scale
    from competency.ratings.table import Columns


def places(rows: pd.DataFrame, column: str, ids: Sequence[str] | Texts) -> Ints:
    """Return the number of each row's id; -1 where it is unknown or the column is absent.

    Examples
    --------
    >>> places(pd.DataFrame({"person": ["b", "x"]}), "person", ["a", "b"]).tolist()
    [1, -1]
    """
    if column not in rows:
        return np.full(len(rows), -1)
    return np.asarray(pd.Index(list(ids)).get_indexer(pd.Index(rows[column].astype("str"))))


def item_places(rows: pd.DataFrame, columns: Columns, scale: Scale) -> Ints:
    """Return the number of each row's item; raise `EvidenceError` for unknown ones."""
    name = columns.item or "item"
    item = places(rows, name, scale.item_ids)
    unknown = np.flatnonzero(item < 0)
    if len(unknown):
        first = str(rows[name].iloc[unknown[0]]) if name in rows else name
        message = f"{len(unknown)} rows name an item that was not calibrated, first {first!r}"
        near = nearest_names(first, scale.item_ids)
        raise EvidenceError("rows", [Finding("unknown-item", message, nearest=near)])
    return item


def no_persons() -> ConfigError:
    """Return the error of a fit that was loaded and asked about the persons it was made from."""
    message = "a fit that was loaded holds no persons"
    return ConfigError("score", [Finding("no-persons", message, hint="give a table of ratings")])


def item_frame(scale: Scale, slopes: Floats, thresholds: Floats) -> pd.DataFrame:
    """Return one row for each item: item, a, b_1, b_2, ..; thresholds are NaN where none is."""
    frame = pd.DataFrame({"item": scale.item_ids, "a": slopes})
    for number, threshold in enumerate(thresholds.T, start=1):
        frame[f"b_{number}"] = threshold
    return frame


def rating_frame(chance: Floats, item: Ints, scale: Scale) -> pd.DataFrame:
    """Return one column ``p_<rating>`` for every rating that occurs.

    `chance` has a column for each category, `item` is the item of each row.
    """
    frame = np.zeros((len(item), len(scale.ratings)))
    for number, values in enumerate(scale.values):
        mine = np.flatnonzero(item == number)
        column = np.searchsorted(scale.ratings, values)
        frame[mine[:, None], column] = chance[mine, : len(values)]
    return pd.DataFrame(frame, columns=[f"p_{value}" for value in scale.ratings])
