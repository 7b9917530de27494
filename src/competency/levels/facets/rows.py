"""Rows to predict for: names to numbers, and probabilities of categories to ratings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.errors import EvidenceError, Finding, nearest_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from competency.arrays import Floats, Ints, Texts
    from competency.levels.facets.ratings import Scale
    from competency.levels.facets.table import Columns


def places(rows: pd.DataFrame, column: str, ids: Sequence[str] | Texts) -> Ints:
    """Return the number of each row's id; -1 where it is unknown or the column is absent.

    Parameters
    ----------
    rows : DataFrame
    column : str
    ids : sequence of str

    Returns
    -------
    int64, shape (n_rows,)

    Examples
    --------
    >>> places(pd.DataFrame({"person": ["b", "x"]}), "person", ["a", "b"]).tolist()
    [1, -1]
    """
    if column not in rows:
        return np.full(len(rows), -1)
    return np.asarray(pd.Index(list(ids)).get_indexer(pd.Index(rows[column].astype("str"))))


def item_places(rows: pd.DataFrame, columns: Columns, scale: Scale) -> Ints:
    """Return the number of each row's item; raise `EvidenceError` for unknown ones.

    Parameters
    ----------
    rows : DataFrame
    columns : Columns
    scale : Scale

    Returns
    -------
    int64, shape (n_rows,)
    """
    name = columns.item or "item"
    item = places(rows, name, scale.item_ids)
    unknown = np.flatnonzero(item < 0)
    if len(unknown):
        first = str(rows[name].iloc[unknown[0]]) if name in rows else name
        message = f"{len(unknown)} rows name an item that was not calibrated, first {first!r}"
        near = nearest_names(first, scale.item_ids)
        raise EvidenceError("rows", [Finding("unknown-item", message, nearest=near)])
    return item


def rating_frame(chance: Floats, item: Ints, scale: Scale) -> pd.DataFrame:
    """Return one column ``p_<rating>`` for every rating that occurs.

    Parameters
    ----------
    chance : Floats, shape (n_rows, n_categories)
    item : Ints, shape (n_rows,)
    scale : Scale

    Returns
    -------
    DataFrame
    """
    frame = np.zeros((len(item), len(scale.ratings)))
    for number, values in enumerate(scale.values):
        mine = np.flatnonzero(item == number)
        column = np.searchsorted(scale.ratings, values)
        frame[mine[:, None], column] = chance[mine, : len(values)]
    return pd.DataFrame(frame, columns=[f"p_{value}" for value in scale.ratings])
