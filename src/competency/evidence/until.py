"""Evidence as it stood on a day."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from datetime import date

    from competency.evidence.table import Evidence


def evidence_until(evidence: Evidence, day: date) -> Evidence:
    """Return what had been seen by the end of a day.

    Returns
    -------
    Evidence
        A training that ended later is enrolled still, without an end; rows without a date stay.

    Examples
    --------
    >>> from datetime import date
    >>> import competency as cp
    >>> framework = cp.load_framework(cp.pack_path())
    >>> evidence = cp.read_evidence(cp.pack_path() / "cohort", framework=framework)
    >>> evidence_until(evidence, date(2025, 6, 30)).latest_date() <= date(2025, 6, 30)
    True
    >>> len(evidence_until(evidence, date(1999, 1, 1)).assessments)
    0
    """
    last = pd.Timestamp(day)
    history = evidence.history[_by(evidence.history["start"], last)]
    over = _by(history["end"], last)
    history = history.assign(
        end=history["end"].where(over), status=history["status"].where(over, "enrolled")
    )
    return dataclasses.replace(
        evidence,
        assessments=evidence.assessments[_by(evidence.assessments["date"], last)],
        responses=evidence.responses[_by(evidence.responses["date"], last)],
        certificates=evidence.certificates[_by(evidence.certificates["issued"], last)],
        history=history,
    )


def _by(days: pd.Series, last: pd.Timestamp) -> pd.Series:
    """Whether each day is known to be no later; a missing one counts as no later."""
    return ~(days > last)
