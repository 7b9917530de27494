"""What the history of trainings taken says on a given day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.arrays import Bools, frozen

if TYPE_CHECKING:
    from competency.evidence.table import Roster
    from competency.framework.model import Framework


def passed_trainings(
    history: pd.DataFrame, roster: Roster, framework: Framework, as_of: date
) -> Bools:
    """Return which trainings each officer has passed, bool ``(n_officers, n_trainings)``.

    Parameters
    ----------
    history : DataFrame
        `Evidence.history`.
    roster : Roster
        The officer axis; rows of other officers are left out.
    framework : Framework
        The training axis: ``framework.index.training_ids``.
    as_of : date
        A training counts when its status is completed and its end is not after this day. Without
        an end its start counts, and without either it is taken as past.

    Examples
    --------
    >>> from competency.evidence.table import Roster
    >>> from competency.framework.model import About, Framework, ScaleLevel, Training
    >>> framework = Framework(
    ...     framework=(About(id="f", name="F"),),
    ...     levels=(ScaleLevel(level=1, name="1"),), competencies=(),
    ...     trainings=(Training(id="A", name="A", hours=8.0),),
    ... )
    >>> one, ids = np.array([-1]), np.array(["7"], object)
    >>> roster = Roster(ids, one, one, ids, ids)
    >>> taken = pd.DataFrame({"officer": ["7"], "training": ["A"], "status": ["completed"],
    ...                       "start": pd.to_datetime(["2025-01-06"]),
    ...                       "end": pd.to_datetime(["2025-01-10"])})
    >>> passed_trainings(taken, roster, framework, date(2025, 1, 10)).tolist()
    [[True]]
    >>> passed_trainings(taken, roster, framework, date(2025, 1, 9)).tolist()
    [[False]]
    """
    trainings = pd.Index(framework.index.training_ids, dtype=object)
    officers = pd.Index(roster.officer_ids, dtype=object)
    row = officers.get_indexer(pd.Index(history["officer"].to_numpy(dtype=object)))
    column = trainings.get_indexer(pd.Index(history["training"].to_numpy(dtype=object)))
    last_day = history["end"].fillna(history["start"])
    over = (last_day.isna() | (last_day <= pd.Timestamp(as_of))).to_numpy()
    done = (history["status"] == "completed").to_numpy()
    counts = done & over & (row >= 0) & (column >= 0)
    passed = np.zeros((len(officers), len(trainings)), bool)
    passed[row[counts], column[counts]] = True
    return frozen(passed)
