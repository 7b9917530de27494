"""Providers side by side: accreditation, capacity, and what their trainings changed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.config import as_date
from competency.effects.tables import known_column
from competency.gaps.coverage import seats_by_training

if TYPE_CHECKING:
    from competency.effects.model import EffectModel
    from competency.framework.model import Framework

_TEXTS = ("scope", "region", "accreditation_body", "accreditation_grade")


def provider_report(
    framework: Framework,
    effects: EffectModel | None = None,
    *,
    as_of: date | str,
    horizon_days: int = 365,
) -> pd.DataFrame:
    """Return one row for each provider, central ones first.

    Parameters
    ----------
    framework : Framework
    effects : EffectModel, optional
        Adds what was learned; without it these columns are NaN.
    as_of : date or str
        First day of the horizon.
    horizon_days : int
        Sessions that start on or after `as_of` and end within this many days count.

    Returns
    -------
    DataFrame
        Columns provider, name, scope (central, regional or ""), region, accreditation_body,
        accreditation_grade, valid_until (NaT = not known), status ("valid" over the horizon,
        "ends" within it, "lapsed", "unknown"); n_trainings; n_sessions and seats in the horizon
        (seats of a year, for trainings without dates), unlimited; n_late, sessions that end after
        the accreditation; success, the mean chance over what its trainings develop, weighted by
        officers rated before and after, with low and high (90 %, errors of all rows together),
        claimed (the catalogue, the same weights) and n_used (NaN and 0 = no history).

    Notes
    -----
    Nothing here is a penalty: a planner leaves out sessions after the end of an accreditation
    (``PlanningConfig.accredited_only``), or does not.

    Examples
    --------
    >>> import competency as cp
    >>> from competency.effects import provider_report
    >>> table = provider_report(cp.load_framework(cp.pack_path()), as_of="2026-11-01")
    >>> table["scope"].tolist()[:6], set(table["status"])
    (['central', 'central', 'central', 'central', 'central', 'regional'], {'valid'})
    """
    day = as_date(as_of)
    rows = sorted(framework.providers, key=lambda row: row.id)
    table = pd.DataFrame(
        {
            "provider": pd.Series([row.id for row in rows], dtype="str"),
            "name": pd.Series([row.name for row in rows], dtype="str"),
            **{k: pd.Series([getattr(row, k) for row in rows], dtype="str") for k in _TEXTS},
            "valid_until": np.array(
                [row.accreditation_valid_until for row in rows], "datetime64[s]"
            ),
        }
    )
    last = pd.Timestamp(day + timedelta(days=horizon_days))
    until = table["valid_until"]
    words = [until.isna(), until < pd.Timestamp(day), until < last]
    status = np.select([w.to_numpy() for w in words], ["unknown", "lapsed", "ends"], "valid")
    table = table.assign(
        status=pd.Series(status, dtype="str"),
        **_capacity(framework, day, horizon_days),
        **_learned(framework, effects),
    )
    order = table["scope"].map({"central": 0, "regional": 1}).fillna(2)
    return table.iloc[np.lexsort((table["provider"], order))].reset_index(drop=True)


def _capacity(framework: Framework, day: date, horizon_days: int) -> dict[str, np.ndarray]:
    index, first = framework.index, np.datetime64(day, "D")
    sessions, size = index.sessions, len(index.provider_ids)
    inside = np.flatnonzero((sessions.start >= first) & (sessions.end <= first + horizon_days))
    seats, endless, count = seats_by_training(framework, inside)
    until = index.trainings.accredited_until[sessions.training[inside]]
    late = np.bincount(
        sessions.training[inside], weights=sessions.end[inside] > until, minlength=len(seats)
    )

    def total(values: np.ndarray) -> np.ndarray:
        owner = index.trainings.provider
        return np.bincount(owner + 1, weights=values, minlength=size + 1)[1:].astype(np.int64)

    return {
        "n_trainings": total(np.ones(len(seats))),
        "n_sessions": total(count),
        "seats": total(seats),
        "unlimited": total(endless) > 0,
        "n_late": total(late),
    }


def _learned(framework: Framework, effects: EffectModel | None) -> dict[str, np.ndarray]:
    index, names = framework.index, ("success", "low", "high", "claimed")
    size = len(index.provider_ids)
    if effects is None:
        nothing = {name: np.full(size, np.nan) for name in names}
        return {**nothing, "n_used": np.zeros(size, np.int64)}
    develops = index.develops
    owner = index.trainings.provider[develops.training] + 1
    n = np.nan_to_num(known_column(effects.rows_, framework, "n_used"))
    weight = np.bincount(owner, weights=n, minlength=size + 1)[1:]
    columns = {}
    for name in names:
        values = np.nan_to_num(known_column(effects.rows_, framework, name))
        total = np.bincount(owner, weights=n * values, minlength=size + 1)[1:]
        columns[name] = np.where(weight > 0, total / np.maximum(weight, 1), np.nan)
    return {**columns, "n_used": weight.astype(np.int64)}
