"""What is said about a table and its comparison: each with its count and the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import bdtr

from competency.errors import Finding, Severity
from competency.evaluation.checks import ATTRITION, CEILING_SHARE, FAR

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from competency.evaluation.comparison import Comparison
    from competency.evaluation.designs import Study
    from competency.evaluation.estimate import Estimate

LEAST_OVERLAP = 0.5
"""Share of the trained with counterparts below which nothing is claimed (chosen by the project:
the answer would speak of fewer than half of those it is asked about)."""

NOTABLE_P = 0.05
"""p-value of a check below which it is worth a word (convention)."""

NO_ANSWER = (
    "no-trained", "no-untrained", "no-post-assessment", "constant-outcome", "exact-outcome",
    "one-cluster", "no-before", "no-reliability", "no-cutoff-window",
)  # fmt: skip
"""Codes that mean: there is no estimate."""


def obstacles(everyone: Comparison, study: Study) -> Iterator[Finding]:
    """Yield why there can be no estimate, or less than was asked for.

    Parameters
    ----------
    everyone : Comparison
        Officers with and without an outcome.
    study : Study
    """
    n_trained, n_untrained = everyone.counts
    rows = study.comparison
    if n_trained == 0 or n_untrained == 0:
        which = "trained" if n_trained == 0 else "untrained"
        message = f"there are no {which} officers in the table"
        hint = "an effect is a difference: give officers who took the training and who did not"
        yield Finding(f"no-{which}", message, "warning", hint=hint)
    elif min(rows.counts) == 0:
        message = (
            f"{rows.counts[0]} trained and {rows.counts[1]} untrained officers have an outcome"
        )
        hint = "assess both groups after the training, on the scale used before it"
        yield Finding("no-post-assessment", message, "warning", hint=hint)
    elif min(rows.clusters) == 1 and rows.cluster is not None:
        message = "all officers of a group lie in one class or unit"
        hint = "compare several of each; one class tells nothing of how much classes differ"
        yield Finding("one-cluster", message, "warning", hint=hint)
    elif np.ptp(rows.outcome) == 0:
        message = f"all {len(rows)} outcomes are the same"
        hint = "use a measure that tells officers apart; a common top score is a ceiling"
        yield Finding("constant-outcome", message, "warning", hint=hint)
    yield from _of_the_measure_before(rows, study)
    if 0 < min(rows.counts) < study.config.minimum_group:
        message = (
            f"{rows.counts[0]} trained and {rows.counts[1]} untrained officers have an outcome"
        )
        hint = (
            f"no verdict below {study.config.minimum_group} of each; join classes, or shrink "
            "toward the family of trainings with shrink_effects()"
        )
        yield Finding("few-officers", message, "warning", hint=hint)


def _of_the_measure_before(rows: Comparison, study: Study) -> Iterator[Finding]:
    needs_score = study.assignment == "by_score" and not rows.has_score
    if not rows.measured("before"):
        if needs_score or study.assignment == "by_nomination":
            message = "officers differ in no measure before the training"
            hint = (
                f"assignment {study.assignment!r} needs one that both groups have, and that varies"
            )
            yield Finding("no-before", message, "warning", hint=hint)
        elif np.isfinite(rows.before).any():
            message = "the measure before the training does not vary, or one group lacks it"
            hint = "it is not adjusted for, and there is no naive gain"
            yield Finding("constant-before", message, "warning", hint=hint)
    wants_noise = study.assignment == "by_score" and study.selected_on == "level"
    if wants_noise and not np.isfinite(rows.noise).any():
        message = "selection on the level cannot be corrected for: the error of before is not known"
        hint = "give reliability=, or a column before_se"
        yield Finding("no-reliability", message, "warning", hint=hint)


def of_estimates(
    estimates: tuple[Estimate, ...], study: Study, *, by_chance: float
) -> Iterator[Finding]:
    """Yield what the estimates say about one another.

    Parameters
    ----------
    estimates : tuple of Estimate
    study : Study
    by_chance : float
        Part of the naive gain that is regression to the mean.
    """
    naive = [e for e in estimates if e.role == "naive" and e.known]
    answers = [
        e for e in estimates if e.role == ("bound" if study.assignment == "unknown" else "main")
    ]
    low, high = naive[0].interval if naive else (np.nan, np.nan)
    outside = [e for e in answers if e.known and not low <= e.value <= high]
    if naive and outside:
        message = (
            f"the naive gain of the trained (n = {naive[0].n_trained}) is not what the training "
            f"did: regression to the mean is about {by_chance:.3g} of {naive[0].value:.3g}"
        )
        hint = "report the estimate; never the gain of the trained alone"
        yield Finding("naive-gain-misleads", message, "warning", hint=hint)
    if any(np.isfinite(e.value) and e.se == 0 for e in answers):
        message = (
            f"outcomes follow exactly from what was known before (n = {len(study.comparison)})"
        )
        hint = "look whether the measure before was copied; nothing measured is that exact"
        yield Finding("exact-outcome", message, "warning", hint=hint)
    if study.cutoff is not None and not any(
        e.known for e in estimates if e.method == "regression discontinuity"
    ):
        message = "too few officers near the cut-off, or it did not decide who was trained"
        hint = "look whether cutoff is on the scale of the score; or leave cutoff out (ANCOVA)"
        yield Finding("no-cutoff-window", message, "warning", hint=hint)
    bounds = [e for e in estimates if e.role == "bound" and e.known]
    for bound in bounds if study.assignment != "unknown" else []:
        if answers and answers[0].known and _apart(answers[0], bound):
            message = f"{bound.method} and {answers[0].method} disagree: one interval lies outside"
            hint = "the answer leans on how officers were chosen; make sure that this is right"
            yield Finding("bounds-disagree", message, "note", hint=hint)


def _apart(one: Estimate, other: Estimate) -> bool:
    (a, b), (c, d) = one.interval, other.interval
    return b < c or d < a


def of_placebo(state: str, placebo: Estimate | None) -> Iterator[Finding]:
    """Yield what the placebo says.

    Parameters
    ----------
    state : str
    placebo : Estimate or None
    """
    if state == "not possible":
        hint = "give the measure of an earlier period: earlier="
        yield Finding("no-placebo", "no placebo could be run", "note", hint=hint)
    elif state == "failed" and placebo is not None:
        message = (
            f"the placebo failed: {placebo.value:.4g} (se {placebo.se:.3g}, "
            f"n = {placebo.n_trained} trained) where there can be no effect"
        )
        hint = "officers were chosen in another way than stated; look for what decided"
        yield Finding("placebo-failed", message, "warning", hint=hint)


def of_checks(
    balance: pd.DataFrame, overlap: pd.DataFrame, quality: pd.DataFrame, study: Study
) -> Iterator[Finding]:
    """Yield what balance, overlap, attrition, ceiling and assessors say.

    Parameters
    ----------
    balance, overlap, quality : DataFrame
    study : Study
    """
    far = int((balance["smd"].abs() > FAR).sum())
    if far:
        severity: Severity = "warning" if study.assignment == "random" else "note"
        message = (
            f"{far} of {len(balance)} measures differ by more than {FAR} sd before the training"
        )
        hint = "see .balance; by lot this is rare, otherwise the adjustment leans on its form"
        yield Finding("unbalanced", message, severity, hint=hint)
    share = overlap["share_inside"].iloc[0]
    if share < LEAST_OVERLAP:
        message = f"{share:.0%} of the trained have counterparts among the untrained"
        hint = "see .overlap; compare with officers who could have been sent as well"
        grave: Severity = "warning" if study.assignment == "unknown" else "note"
        yield Finding("poor-overlap", message, grave, hint=hint)
    rows = {row[0]: row[1:] for row in quality.itertuples(index=False, name=None)}
    yield from _of_quality(rows)
    yield from _of_others(study.comparison)
    yield from _of_heaping(study)


def _of_quality(rows: dict[str, tuple[float, ...]]) -> Iterator[Finding]:
    _, _, away, p, n, m = rows["attrition"]
    if abs(away) > ATTRITION and p < NOTABLE_P:
        message = f"trained and untrained differ by {away:+.0%} in having no outcome (n = {n}, {m})"
        hint = "see the rows 'attrition bound'; find those who were not assessed"
        yield Finding("differential-attrition", message, "warning", hint=hint)
    for name in ("ceiling before", "ceiling after"):
        share = max(rows[name][:2]) if name in rows else 0.0
        if share > CEILING_SHARE:
            message = f"{share:.0%} of a group have the highest value ({name[8:]} the training)"
            hint = "who is at the top cannot gain: the estimate is too small; use a harder measure"
            yield Finding("ceiling", message, "warning", hint=hint)
    if "other assessor" in rows:
        _, _, away, p, n, m = rows["other assessor"]
        if p < NOTABLE_P:
            message = f"assessors changed more often in one group ({away:+.0%}; n = {n}, {m})"
            hint = "a stricter assessor looks like a loss; use severity-corrected levels"
            yield Finding("assessor-change", message, "warning", hint=hint)


def _of_others(rows: Comparison) -> Iterator[Finding]:
    also = (rows.others > 0) & rows.treated
    if also.any():
        n = int(rows.treated.sum())
        message = (
            f"{int(also.sum())} of {n} trained officers took other trainings on this competency too"
        )
        alone = not also.all() and rows.measured("others")
        hint = (
            "adjusted for the number of the others, each taken to do the same"
            if alone
            else "the estimate is that of all these trainings together; see the row 'shared part'"
        )
        yield Finding("shared-attribution", message, "warning", hint=hint)


def _of_heaping(study: Study) -> Iterator[Finding]:
    if study.cutoff is None:
        return
    distance = study.comparison.score - study.cutoff
    distance = distance[np.isfinite(distance)]
    near = np.abs(distance) < 0.25 * distance.std()
    n, lower = int(near.sum()), int((near & (distance < 0)).sum())
    p = 2 * float(bdtr(min(lower, n - lower), n, 0.5)) if n else 1.0
    if p < NOTABLE_P / 5:
        message = f"{lower} of {n} scores near the cut-off lie below it"
        hint = (
            "ask whether scores were moved across the cut-off; if so it does not decide by chance"
        )
        yield Finding("heaped-scores", message, "warning", hint=hint)
