"""Rows to predict for: names to numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.errors import ConfigError, EvidenceError, Finding, nearest_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from competency.arrays import Ints, Texts
    from competency.ratings.columns import Columns
    from competency.ratings.ratings import Scale


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


def no_persons() -> ConfigError:
    """Return the error of a fit that was loaded and asked about the persons it was made from."""
    message = "a fit that was loaded holds no persons"
    return ConfigError("score", [Finding("no-persons", message, hint="give a table of ratings")])
