"""What a measurement person should look at first, in words and counts, never by name."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from competency.config import LevelConfig
from competency.errors import Finding, Where
from competency.levels.assessors import SLOPE_SD
from competency.levels.diagnostics.assessor_drift import assessor_drift
from competency.levels.diagnostics.assessor_report import assessor_report
from competency.levels.diagnostics.reliability import reliability
from competency.levels.likelihood import CERTAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from competency.levels.model import LevelModel

LOW_RELIABILITY = 0.5
"""Reliability below which a competency is named: half of the variance would be noise (usual)."""

FAR_SLOPE = 2 * SLOPE_SD
"""Distance of the logarithm of a discrimination from the given one at which it has run away: two
standard deviations of its prior."""

LEAST_SPREAD = 0.02
"""Spread of severity, in levels, that counts as none: fitting holds it at .01 or more."""

_FLAGS = {
    "severe": ("rate severely", "compare them in a rating exercise; their severity is corrected"),
    "lenient": ("rate leniently", "compare them in a rating exercise; their severity is corrected"),
    "erratic": (
        "rate erratically: their ratings do not go with those of others",
        "talk with them about what each level means before using further ratings of theirs",
    ),
    "muted": (
        "use a narrow range of levels",
        "ask them for an example of each level; ratings that are all alike tell little",
    ),
}


def level_findings(model: LevelModel, *, as_of: date | str | None = None) -> tuple[Finding, ...]:
    """Return what stands out in a fitted model: design, assessors, sources, competencies.

    Parameters
    ----------
    model : LevelModel
        Fitted in this process.
    as_of : date, str or None
        Ratings after this day are left out, and beliefs speak of it; None stands for the latest
        day of the evidence.

    Returns
    -------
    tuple of Finding
        Each with the next step as its hint. Assessors are counted by source; their names are in
        :func:`assessor_report` and :func:`assessor_drift`.

    Raises
    ------
    NotFittedError
        Before `fit`.
    ConfigError
        If the model was loaded from a folder.

    Notes
    -----
    Takes as long as an `assessor_report`, an `assessor_drift` and a `predict`.

    Examples
    --------
    >>> from competency.levels.diagnostics.example import example_model
    >>> [finding.code for finding in level_findings(example_model())]
    []
    """
    report, drift = assessor_report(model, as_of=as_of), assessor_drift(model, as_of=as_of)
    found = [*model.findings_]
    if not model.converged_:
        found.append(_not_converged(model))
    found += _of_sources(model)
    found += _of_assessors(report)
    found += _of_drift(drift)
    found += _of_competencies(model, as_of)
    return tuple(found)


def _not_converged(model: LevelModel) -> Finding:
    message = f"fitting stopped after {model.n_iter_} rounds before it had converged"
    hint = "raise iterations under [levels] and fit again"
    return Finding("not-converged", message, "warning", hint=hint)


def _of_sources(model: LevelModel) -> Iterator[Finding]:
    table = model.sources_[model.sources_["estimated"] & (model.sources_["source"] != CERTAIN)]
    given = (model.config or LevelConfig()).sources
    for source, slope, spread, n in zip(
        table["source"], table["discrimination"], table["severity_sd"], table["n_ratings"],
        strict=True,
    ):  # fmt: skip
        before = given[source]
        if abs(np.log(slope / before.discrimination)) > FAR_SLOPE:
            message = (
                f"discrimination of source {source!r} is {slope:.2f}, far from the given "
                f"{before.discrimination:.2f} (n = {n} ratings)"
            )
            hint = (
                "low: look whether its ratings mean the same competencies and levels; high: look "
                "whether they are copied from one another"
            )
            yield Finding("far-discrimination", message, "warning", hint=hint)
        if before.severity_sd > LEAST_SPREAD > spread:
            message = f"assessors of source {source!r} are estimated to be equally severe"
            hint = "look whether they agree on ratings beforehand; if not, all is well"
            yield Finding("no-severity-spread", message, "note", hint=hint)


def _of_assessors(report: pd.DataFrame) -> Iterator[Finding]:
    for source, rows in report.groupby("source", sort=True):
        judged = int((~rows["flag"].str.contains("few ratings")).sum())
        for word, (what, hint) in _FLAGS.items():
            count = int(rows["flag"].str.contains(word).sum())
            if count:
                message = f"{_assessors(count)} of source {source!r} {what} ({judged} were judged)"
                yield Finding("unusual-assessors", message, "note", hint=hint)
    few = int(report["flag"].str.contains("few ratings").sum())
    if few:
        message = f"{few} of {len(report)} named assessors rated too few officers to be judged"
        hint = "let assessors rate 5 officers or more, some of them also rated by others"
        yield Finding("few-ratings-assessors", message, "note", hint=hint)


def _of_drift(drift: pd.DataFrame) -> Iterator[Finding]:
    hint = "let a second assessor rate some of their officers, and repeat the briefing"
    for source, rows in drift.groupby("source", sort=True):
        tested = int(rows["slope"].notna().sum())
        for flag in ("more lenient", "more severe"):
            count = int((rows["flag"] == flag).sum())
            if count:
                message = (
                    f"{_assessors(count)} of source {source!r} became {flag} over the years "
                    f"({tested} were tested)"
                )
                yield Finding("assessor-drift", message, "note", hint=hint)


def _of_competencies(model: LevelModel, as_of: date | str | None) -> Iterator[Finding]:
    day = as_of or model.evidence_.latest_date()
    if day is None or len(model.evidence_.roster) == 0:
        return
    beliefs = model.predict(as_of=day)
    index = beliefs.framework.index
    for competency, n in zip(index.competency_ids, beliefs.n_observations.sum(0), strict=True):
        if n == 0:
            message = f"competency {competency!r} was never assessed: beliefs are the prior"
            hint = "assess some officers in it, or read gaps in it as unknown"
            yield Finding("never-assessed", message, "warning", Where(id=competency), hint=hint)
    table = reliability(beliefs).query("officers == 'assessed' and n > 1")
    hint = "compare groups, not officers; next_assessments() says which ratings would tell most"
    low = table[table["reliability"] < LOW_RELIABILITY]
    for competency, value, n in zip(low["competency"], low["reliability"], low["n"], strict=True):
        message = f"reliability is {value:.2f} (n = {n} assessed officers)"
        yield Finding("low-reliability", message, "note", Where(id=competency), hint=hint)
    within = table[table["reliability_within"] < LOW_RELIABILITY]
    if len(within):
        message = (
            f"{len(within)} of {len(table)} competencies have a reliability below "
            f"{LOW_RELIABILITY} among officers of one position "
            f"(lowest {within['reliability_within'].min():.2f}, "
            f"n = {within['n'].min()} to {within['n'].max()} assessed officers)"
        )
        yield Finding("low-reliability-within-positions", message, "note", hint=hint)


def _assessors(count: int) -> str:
    return "1 assessor" if count == 1 else f"{count} assessors"
