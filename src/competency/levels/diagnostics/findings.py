"""What a psychometrician should look at first, in words and counts, never by name."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from competency.config import LevelConfig
from competency.errors import Finding, Where
from competency.levels.diagnostics.assessor_drift import drift_of
from competency.levels.diagnostics.assessor_report import report_of
from competency.levels.diagnostics.cohort_posterior import cohort_posterior
from competency.levels.diagnostics.reliability import reliability
from competency.levels.fitting.assessors import SLOPE_SD
from competency.levels.posterior.likelihood import CERTAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from competency.levels.beliefs import LevelBeliefs
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


def level_findings(
    model: LevelModel, *, as_of: date | str | None = None, beliefs: LevelBeliefs | None = None
) -> tuple[Finding, ...]:
    """Return what stands out in a fitted model: design, assessors, sources, competencies.

    Parameters
    ----------
    model : LevelModel
        Fitted in this process.
    as_of : date, str or None
        Ratings after this day are left out, and beliefs are of it; None stands for the latest
        day of the evidence.
    beliefs : LevelBeliefs or None
        Of the model about its officers on that day, where they are there already.

    Returns
    -------
    tuple of Finding
        Each with the next step as its hint, and the numbers of the message as its facts.
        Assessors are counted by source; their names are in :func:`assessor_report` and
        :func:`assessor_drift`.

    Raises
    ------
    NotFittedError
        Before `fit`.
    ConfigError
        If the model was loaded from a folder.

    Notes
    -----
    Takes as long as an `assessor_report` and a `predict`, or half as long as a fit.

    Examples
    --------
    >>> from competency.testing import small_model
    >>> [finding.code for finding in level_findings(small_model())]
    []
    """
    cohort = cohort_posterior(model, as_of=as_of)
    found = list(fit_findings(model))
    found += _of_sources(model)
    found += _of_assessors(report_of(model, cohort))
    found += _of_drift(drift_of(cohort))
    day = as_of or model.evidence_.latest_date()
    if day is not None and len(model.evidence_.roster):
        found += _of_competencies(beliefs or model.predict(as_of=day))
    return tuple(found)


def fit_findings(model: LevelModel) -> tuple[Finding, ...]:
    """Return what is known of a fit without its evidence: design, and an end before its time.

    A `model` that was loaded from a folder does not hold findings about the design.
    """
    if model.converged_:
        return model.findings_
    message = f"fitting stopped after {model.n_iter_} rounds before it had converged"
    hint = "raise iterations under [levels] and fit again"
    facts = (("rounds", model.n_iter_),)
    finding = Finding("not-converged", message, "warning", hint=hint, facts=facts)
    return (*model.findings_, finding)


def _of_sources(model: LevelModel) -> Iterator[Finding]:
    table = model.sources_[model.sources_["estimated"] & (model.sources_["source"] != CERTAIN)]
    given = (model.config or LevelConfig()).sources
    for source, slope, spread, n in zip(
        table["source"], table["discrimination"], table["severity_sd"], table["n_ratings"],
        strict=True,
    ):  # fmt: skip
        before = given[source]
        if abs(np.log(slope / before.discrimination)) > FAR_SLOPE:
            yield _far_slope(str(source), float(slope), before.discrimination, int(n))
        if before.severity_sd > LEAST_SPREAD > spread:
            message = f"assessors of source {source!r} are estimated to be equally severe"
            hint = "look whether they agree on ratings beforehand; if not, all is well"
            facts = (("source", str(source)),)
            yield Finding("no-severity-spread", message, "note", hint=hint, facts=facts)


def _far_slope(source: str, slope: float, given: float, n: int) -> Finding:
    message = (
        f"discrimination of source {source!r} is {slope:.2f}, far from the given "
        f"{given:.2f} (n = {n} ratings)"
    )
    hint = (
        "low: look whether its ratings mean the same competencies and levels; high: look "
        "whether they are copied from one another"
    )
    kind = "high" if slope > given else "low"
    facts = (("kind", kind), ("source", source), ("slope", slope), ("given", given), ("n", n))
    return Finding("far-discrimination", message, "warning", hint=hint, facts=facts)


def _of_assessors(report: pd.DataFrame) -> Iterator[Finding]:
    for source, rows in report.groupby("source", sort=True):
        judged = int((~rows["flag"].str.contains("few ratings")).sum())
        for word, (what, hint) in _FLAGS.items():
            count = int(rows["flag"].str.contains(word).sum())
            if count:
                message = f"{_assessors(count)} of source {source!r} {what} ({judged} were judged)"
                facts = (("kind", word), *_counted(source, count, judged))
                yield Finding("unusual-assessors", message, "note", hint=hint, facts=facts)
    few = int(report["flag"].str.contains("few ratings").sum())
    if few:
        message = f"{few} of {len(report)} named assessors rated too few officers to be judged"
        hint = "let assessors rate 5 officers or more, some of them also rated by others"
        facts = (("n", few), ("total", len(report)))
        yield Finding("few-ratings-assessors", message, "note", hint=hint, facts=facts)


def _of_drift(drift: pd.DataFrame) -> Iterator[Finding]:
    hint = "let a second assessor rate some of their officers, and repeat the briefing"
    for source, rows in drift.groupby("source", sort=True):
        tested = int(rows["slope"].notna().sum())
        for kind in ("lenient", "severe"):
            count = int((rows["flag"] == f"more {kind}").sum())
            if count:
                message = (
                    f"{_assessors(count)} of source {source!r} became more {kind} over the years "
                    f"({tested} were tested)"
                )
                facts = (("kind", kind), *_counted(source, count, tested))
                yield Finding("assessor-drift", message, "note", hint=hint, facts=facts)


def _of_competencies(beliefs: LevelBeliefs) -> Iterator[Finding]:
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
        facts = (("value", float(value)), ("n", int(n)))
        where = Where(id=competency)
        yield Finding("low-reliability", message, "note", where, hint=hint, facts=facts)
    within = table[table["reliability_within"] < LOW_RELIABILITY]
    if len(within):
        lowest = float(within["reliability_within"].min())
        message = (
            f"{len(within)} of {len(table)} competencies have a reliability below "
            f"{LOW_RELIABILITY} among officers of one position (lowest {lowest:.2f}, "
            f"n = {within['n'].min()} to {within['n'].max()} assessed officers)"
        )
        counts = (("n", len(within)), ("total", len(table)), ("value", lowest))
        yield Finding("low-reliability-within-positions", message, "note", hint=hint, facts=counts)


def _counted(source: object, count: int, total: int) -> tuple[tuple[str, str | int], ...]:
    return ("source", str(source)), ("n", count), ("total", total)


def _assessors(count: int) -> str:
    return "1 assessor" if count == 1 else f"{count} assessors"
