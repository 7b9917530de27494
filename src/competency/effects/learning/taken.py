"""Some of the sights of an evidence."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from competency.arrays import Ints
    from competency.levels.cells import Sights


def taken_sights(sights: Sights, rows: Ints, **changes: Any) -> Sights:
    """Return the sights at `rows`, with other values of some fields.

    Parameters
    ----------
    sights : Sights
    rows : Ints
    **changes
        Fields of `Sights` that are not taken over.

    Returns
    -------
    Sights
    """
    columns = {field.name: getattr(sights, field.name) for field in fields(sights)}
    taken = {name: v[rows] for name, v in columns.items() if isinstance(v, np.ndarray)}
    return replace(sights, **(taken | changes))
