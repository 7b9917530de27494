"""Facts: need that no training meets or nobody measures, and accreditation that ends."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.effects.diagnosis.problem import LEAST, Found, Problem, problems_of
from competency.gaps.coverage import coverage

if TYPE_CHECKING:
    from competency.framework.model import Framework
    from competency.gaps.table import GapTable

AHEAD_DAYS = 365
"""Days ahead that are looked at: a year's calendar."""

LEAST_NEED = 1.0
"""Expected officers in need below which a level is not told (chosen by the project)."""


def unmet_need(gaps: GapTable, as_of: date) -> tuple[Found, Found]:
    """Return levels that officers need and no training, or no class, leads to.

    Parameters
    ----------
    gaps : GapTable
        Scored for aim ``"held"``.
    as_of : date

    Returns
    -------
    without_training, without_seats : tuple of problems and levels looked at
    """
    framework = gaps.levels.framework
    table = coverage(framework, gaps, as_of=as_of, horizon_days=AHEAD_DAYS)
    asked = gaps.required[gaps.aims.index("held")]
    column = pd.Index(framework.index.competency_ids).get_indexer(pd.Index(table["competency"]))
    table = table.assign(
        subject=table["competency"],
        n=(asked[:, column] >= table["level"].to_numpy()).sum(0),
        value=table["expected_in_need"],
        reference=table["level"].astype(float),
    )
    needed = table["expected_in_need"] >= LEAST_NEED
    untaught = needed & (table["n_trainings"] == 0)
    unseated = needed & ~untaught & (table["seats"] == 0) & ~table["unlimited"]
    return (
        (problems_of("need-without-training", table[untaught]), len(table)),
        (problems_of("need-without-seats", table[unseated]), len(table)),
    )


def unmeasured(gaps: GapTable) -> Found:
    """Return competencies that positions ask for and nobody who holds one was assessed in.

    Parameters
    ----------
    gaps : GapTable
        Scored for aim ``"held"``.

    Returns
    -------
    Found
        Of competencies asked of at least 5 officers.
    """
    asked = gaps.required[gaps.aims.index("held")] > 0
    seen = (asked & (gaps.levels.n_observations > 0)).sum(0)
    ids = gaps.levels.framework.index.competency_ids
    table = pd.DataFrame({"subject": list(ids), "n": asked.sum(0), "seen": seen})
    table = table[table["n"] >= LEAST]
    return problems_of("need-without-measure", table[table["seen"] == 0]), len(table)


def lapsing(framework: Framework, as_of: date) -> dict[str, Found]:
    """Return providers with sessions ahead whose accreditation ends, has ended or is not known.

    Parameters
    ----------
    framework : Framework
    as_of : date

    Returns
    -------
    dict
        By code of the problem: problems, and providers looked at.
    """
    index, last = framework.index, as_of + timedelta(days=AHEAD_DAYS)
    sessions = index.sessions
    ahead = (sessions.end >= np.datetime64(as_of)) & (sessions.end <= np.datetime64(last))
    owner = index.trainings.provider[sessions.training]
    codes = ("accreditation-lapsed", "accreditation-lapses", "accreditation-unknown")
    found: dict[str, list[Problem]] = {code: [] for code in codes}
    until = {row.id: row.accreditation_valid_until for row in framework.providers}
    for number, name in enumerate(index.provider_ids):
        own, day = ahead & (owner == number), until[name]
        if day is None:
            if own.any():
                found[codes[2]].append(Problem(codes[2], name, int(own.sum())))
        elif day <= last:
            later = int((own & (sessions.end > np.datetime64(day))).sum())
            code = codes[0] if day < as_of else codes[1]
            found[code].append(Problem(code, name, later, other=day.isoformat()))
    return {code: (rows, len(index.provider_ids)) for code, rows in found.items()}
