"""From beliefs about levels and the history of trainings to a table that can be evaluated."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.config import as_date
from competency.errors import Finding, InputError, NotFittedError, Where, nearest_names

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from competency.arrays import Bools, Floats, Ints
    from competency.evidence.table import Evidence
    from competency.levels.model import LevelModel

LEAST_INFORMATION = 0.05
"""Share of the prior's variance that ratings must remove for a level to count as measured (chosen
by the project: below it the error is more than four times the spread of officers)."""

APART = "self"
"""Source that is kept apart: training changes how officers rate themselves (response shift)."""


@dataclass(frozen=True, eq=False)
class TrainingOutcomes:
    """One row for each officer, for :func:`evaluate_training`.

    Parameters
    ----------
    training, competency : str
    table : DataFrame
        Columns officer, treated, after, before, before_se, earlier, others, before_date,
        after_date, assessor_before, assessor_after, session, position, unit, region. Levels are
        what the ratings of a period alone say, corrected for severity; NaN = not assessed.
    findings : tuple of Finding
        Who was left out, and why.
    """

    training: str
    competency: str
    table: pd.DataFrame
    findings: tuple[Finding, ...]


def training_outcomes(
    model: LevelModel,
    evidence: Evidence | None = None,
    *,
    training: str,
    competency: str,
    before: date | str,
    after: date | str,
    earlier: date | str | None = None,
    sources: Sequence[str] | None = None,
) -> TrainingOutcomes:
    """Return who took a training between two days, and levels before, after and earlier.

    Parameters
    ----------
    model : LevelModel
        Fitted; gives severities and the spread of officers.
    evidence : Evidence or None
        Ratings and history; None = what the model was fitted on.
    training, competency : str
        Ids in the framework.
    before, after : date or str
        Trained is who started the training after `before` and completed it by `after`. Ratings up
        to `before` (and after `earlier`) are the measure before; those later than that, up to
        `after`, and of trained officers after their last day of training, are the outcome.
    earlier : date, str or None
        Ratings up to this day are the earlier measure, which the placebo needs; None = none.
    sources : sequence of str or None
        Sources of ratings that count; None = all but self-ratings.

    Returns
    -------
    TrainingOutcomes
        Left out, and counted in the findings: who completed the training before, was in it on the
        day `before`, did not complete it, or took it on a day not known. Certificates are not
        used: many are given for the training itself.

    Raises
    ------
    NotFittedError
        Before the model is fitted.
    InputError
        If an id is not in the framework, or the days are not in order.
    ConfigError
        If a day is none.

    Notes
    -----
    A belief is drawn toward the mean of the position; here that is undone: with prior N(mu, v) and
    belief N(m, s^2), ``r = 1 - s^2 / v`` and ``level = mu + (m - mu) / r`` with error variance
    ``s^2 / r`` is what the ratings alone say. All ratings of a period count as of its last day.
    Linear in ratings: two or three calls of `predict`.

    Examples
    --------
    >>> from competency.testing import small_model
    >>> model = small_model()
    >>> training_outcomes(model, training="X", competency="A", before="2024-12-31",
    ...                   after="2025-12-31")
    Traceback (most recent call last):
    competency.errors.InputError: training outcomes: 1 problem
      training 'X' is not in the framework. Hint: see framework.trainings
    """
    if not hasattr(model, "group_mean_"):
        raise NotFittedError.of(type(model).__name__)
    given = evidence if evidence is not None else model.evidence_
    first, last = as_date(before), as_date(after)
    start = None if earlier is None else as_date(earlier)
    _refuse(given, training, competency, [day for day in (start, first, last) if day])
    rows = _own_rows(given, competency, sources)
    history = _history_of(given, training, first, last)
    periods = {"after": _later(rows, history, first, last)}
    periods["before"] = _between(rows, start, first)
    if start is not None:
        periods["earlier"] = _between(rows, None, start)
    days = {"after": last, "before": first, "earlier": start or first}
    table = pd.DataFrame({"officer": given.roster.officer_ids, "treated": 0})
    table["treated"] = history.reindex(table["officer"])["trained"].eq(True).to_numpy() * 1
    for name in ("before", "after", "earlier"):
        part = periods.get(name, rows.head(0))
        measured = _measured(model, given, part, days[name], competency)
        table = table.join(measured[list(_KEPT[name])].rename(columns=_KEPT[name]), on="officer")
    table["others"] = _others(given, training, competency, first, last)
    table["session"] = history.reindex(table["officer"])["session"].fillna("").to_numpy()
    own = given.officers.set_index("officer")[["position", "unit", "region"]]
    table = table.join(own, on="officer")
    left_out = table["officer"].isin(history.index[~history["trained"]])
    findings = tuple(_findings(history, training))
    return TrainingOutcomes(training, competency, table[~left_out].reset_index(drop=True), findings)


_KEPT = {
    "before": {"level": "before", "se": "before_se", "day": "before_date",
               "assessor": "assessor_before"},
    "after": {"level": "after", "day": "after_date", "assessor": "assessor_after"},
    "earlier": {"level": "earlier"},
}  # fmt: skip
# Of each measure: its columns, and what they are called in the table.


def _refuse(evidence: Evidence, training: str, competency: str, days: list[date]) -> None:
    index, found = evidence.framework.index, []
    for what, name, known in (
        ("training", training, index.training_ids),
        ("competency", competency, index.competency_ids),
    ):
        if name not in known:
            message = f"{what} {name!r} is not in the framework"
            plural = "trainings" if what == "training" else "competencies"
            hint = f"see framework.{plural}"
            near = nearest_names(name, known)
            found.append(Finding(f"unknown-{what}", message, nearest=near, hint=hint))
    if any(one >= other for one, other in pairwise(days)):
        message = "earlier, before and after are not in order"
        found.append(Finding("days-not-in-order", message, hint="earlier < before < after"))
    if found:
        raise InputError("training outcomes", found)


def _own_rows(evidence: Evidence, competency: str, sources: Sequence[str] | None) -> pd.DataFrame:
    rows = evidence.assessments
    counts = rows["source"] != APART if sources is None else rows["source"].isin(list(sources))
    return rows[counts & (rows["competency"] == competency)]


def _history_of(evidence: Evidence, training: str, first: date, last: date) -> pd.DataFrame:
    """Return who had to do with a training by `last`: officer to trained, why not, last day."""
    rows = evidence.history[evidence.history["training"] == training]
    begin, end = _first_and_last_day(rows)
    done = rows["status"] == "completed"
    inside = (begin > pd.Timestamp(first)) & (end <= pd.Timestamp(last))
    why = np.select(
        [end.isna(), end <= pd.Timestamp(first), begin > pd.Timestamp(last), done & inside, inside],
        ["undated", "past", "untrained", "trained", "not completed"],
        "in progress",
    )
    # NOTE: whoever began and gave up before the period is as untrained as anyone.
    why = np.where((why == "past") & ~done, "untrained", why)
    table = pd.DataFrame(
        {"officer": rows["officer"], "why": why, "end": end, "session": rows["session"]}
    )
    table["rank"] = table["why"].map(_RANK)
    table = table[table["why"] != "untrained"].sort_values(["officer", "rank", "end", "session"])
    table = table.drop_duplicates("officer").set_index("officer")
    return table.assign(trained=table["why"] == "trained")


_RANK = {
    "past": 0,
    "undated": 1,
    "in progress": 2,
    "trained": 3,
    "not completed": 4,
    "untrained": 5,
}
# The first that holds of an officer decides: a second go does not make the first undone.


def _first_and_last_day(rows: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    return rows["start"].fillna(rows["end"]), rows["end"].fillna(rows["start"])


def _between(rows: pd.DataFrame, first: date | None, last: date) -> pd.DataFrame:
    inside = rows["date"] <= pd.Timestamp(last)
    if first is not None:
        inside &= rows["date"] > pd.Timestamp(first)
    return rows[inside]


def _later(rows: pd.DataFrame, history: pd.DataFrame, first: date, last: date) -> pd.DataFrame:
    inside = _between(rows, first, last)
    end = history["end"].where(history["trained"]).reindex(inside["officer"]).to_numpy()
    kept: pd.DataFrame = inside[np.isnat(end) | (inside["date"].to_numpy() > end)]
    return kept


def _measured(
    model: LevelModel, evidence: Evidence, rows: pd.DataFrame, day: date, competency: str
) -> pd.DataFrame:
    """Return level, its error, last day and last assessor by officer, from these ratings alone."""
    dated = rows.assign(date=pd.Timestamp(day).as_unit("s"))
    only = replace(evidence, assessments=dated, certificates=evidence.certificates.head(0))
    nothing = replace(only, assessments=dated.head(0), responses=evidence.responses.head(0))
    beliefs, prior = (model.predict(part, as_of=day) for part in (only, nothing))
    column = evidence.framework.index.competency_ids.index(competency)
    (m, s), (mu, spread) = (
        (each.mean[:, column].astype(float), each.sd[:, column].astype(float))
        for each in (beliefs, prior)
    )
    level, se = _without_prior(m, s, mu, spread**2)
    unrated = beliefs.n_observations[:, column] == 0
    last = rows.sort_values(["officer", "date", "assessor"]).drop_duplicates("officer", keep="last")
    last = last.set_index("officer").reindex(evidence.roster.officer_ids)
    table = pd.DataFrame(
        {"level": np.where(unrated, np.nan, level), "se": np.where(unrated, np.nan, se)},
        index=last.index,
    )
    return table.assign(day=last["date"], assessor=last["assessor"].replace("", np.nan))


def _without_prior(m: Floats, s: Floats, mu: Floats, prior: Floats) -> tuple[Floats, Floats]:
    """Return level and error that the ratings alone give; NaN where they say too little."""
    information = 1 - s**2 / prior
    enough = information >= LEAST_INFORMATION
    r = np.where(enough, information, 1.0)
    return np.where(enough, mu + (m - mu) / r, np.nan), np.where(enough, s / np.sqrt(r), np.nan)


def _others(evidence: Evidence, training: str, competency: str, first: date, last: date) -> Ints:
    """Return how many other trainings on the competency each officer completed in the period."""
    index = evidence.framework.index
    develops = index.develops
    column = index.competency_ids.index(competency)
    own = {index.training_ids[row] for row in develops.training[develops.competency == column]}
    rows = evidence.history
    begin, end = _first_and_last_day(rows)
    counts: Bools = np.asarray(
        rows["training"].isin(own - {training})
        & (rows["status"] == "completed")
        & (begin > pd.Timestamp(first))
        & (end <= pd.Timestamp(last))
    )
    taken = rows[counts].drop_duplicates(["officer", "training"]).groupby("officer").size()
    return np.asarray(taken.reindex(evidence.roster.officer_ids).fillna(0).to_numpy(dtype=int))


_LEFT_OUT = {
    "undated": (
        "training-without-dates", "warning", "took it on a day that is not known",
        "fill start or end of these rows of the history",
    ),
    "past": (
        "trained-before", "note", "had completed it before the period",
        "they are neither trained nor untrained here",
    ),
    "in progress": (
        "training-in-progress", "note", "were in it on the first or the last day of the period",
        "move the days to where no class runs",
    ),
    "not completed": (
        "not-completed", "note", "failed, withdrew or are enrolled",
        "the answer speaks of those who completed; look at the dropouts too",
    ),
}  # fmt: skip


def _findings(history: pd.DataFrame, training: str) -> Iterator[Finding]:
    for why, (code, severity, what, hint) in _LEFT_OUT.items():
        n = int((history["why"] == why).sum())
        if n:
            noun = "officer" if n == 1 else "officers"
            message = f"{n} {noun} left out: {what}"
            yield Finding(code, message, severity, Where(id=training), hint=hint)  # type: ignore[arg-type]
    n = int(history["trained"].sum())
    if not n:
        hint = "choose a longer period, or look at the statuses in the history"
        message = "nobody completed the training in the period"
        yield Finding("no-trained", message, "warning", Where(id=training), hint=hint)
