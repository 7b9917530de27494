"""What must stand beside every estimate: balance, overlap, attrition, ceiling, assessors.

First the tables, then what they and the estimates say: findings, each with its count and the next
step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import bdtr

from competency.errors import Finding, Severity
from competency.evaluation.comparison import joined
from competency.evaluation.estimate import answers_of
from competency.stats import two_sided

if TYPE_CHECKING:
    from collections.abc import Iterator

    from competency.arrays import Bools, Floats
    from competency.evaluation.comparison import Columns, Comparison
    from competency.evaluation.designs.study import Study
    from competency.evaluation.estimate import Estimate

FAR = 0.25
"""Standardised difference above which adjustment leans on the form of the model (Imbens & Rubin
2015, chapter 14)."""

CEILING_SHARE = 0.15
"""Share at the highest value from which a measure has a ceiling (Terwee et al. 2007)."""

ATTRITION = 0.05
"""Difference of attrition that is worth a word (What Works Clearinghouse, the cautious bound)."""

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


def balance_table(comparison: Comparison) -> pd.DataFrame:
    """Return how alike trained and untrained officers were before the training.

    One row for each measure and covariate: covariate, trained, untrained (means), smd (difference
    by the root of the mean of both variances), variance_ratio, n_trained, n_untrained.
    """
    singles = ["score"] if comparison.has_score else []
    singles += [name for name in ("before", "earlier") if comparison.measured(name)]
    parts = [(name, getattr(comparison, name)) for name in singles]
    blocks = (comparison.covariates, comparison.with_before, comparison.with_earlier)
    for block in blocks:
        parts += list(zip(block.names, block.cells.T, strict=True))
    rows = [_balance(name, values, comparison.treated) for name, values in parts]
    columns = (
        "covariate", "trained", "untrained", "smd", "variance_ratio", "n_trained", "n_untrained",
    )  # fmt: skip
    return pd.DataFrame(rows, columns=list(columns))


def overlap_table(
    comparison: Comparison, columns: tuple[Columns, ...], trim: tuple[float, float]
) -> pd.DataFrame:
    """Return how many officers have counterparts in the other group.

    Counterparts have chances of having been trained, given `columns`, within `trim`. Rows trained
    and untrained: n, share_inside, lowest, median, highest chance.
    """
    low, high = trim
    chance = chance_of_training(comparison.treated, joined(columns, len(comparison)).cells)
    inside = (chance >= low) & (chance <= high)
    rows = []
    for name, group in (("trained", comparison.treated), ("untrained", ~comparison.treated)):
        own, n = chance[group], int(group.sum())
        ends = np.quantile(own, [0, 0.5, 1]) if n else np.full(3, np.nan)
        share = inside[group].mean() if n else np.nan
        rows.append((name, n, share, *ends))
    return pd.DataFrame(rows, columns=["group", "n", "share_inside", "lowest", "median", "highest"])


def chance_of_training(treated: Bools, columns: Floats) -> Floats:
    """Return the chance of having been trained, given columns without gaps: shape (n,), in (0, 1).

    A logistic regression on standardised columns; a prior precision of 1 for each coefficient
    keeps it finite where columns separate trained from untrained. The share trained where there
    are no columns, or one group only.

    Examples
    --------
    >>> chance_of_training(np.array([True, False, False, False]), np.zeros((4, 0))).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    from sklearn.linear_model import LogisticRegression

    spread = columns.std(0)
    scaled = (columns - columns.mean(0))[:, spread > 0] / spread[spread > 0]
    if scaled.shape[1] == 0 or treated.all() or not treated.any():
        return np.full(len(treated), treated.mean())
    model = LogisticRegression(C=1.0, solver="newton-cholesky", tol=1e-10)
    return np.asarray(model.fit(scaled, treated).predict_proba(scaled)[:, 1])


def quality_table(comparison: Comparison, ceiling: float | None) -> pd.DataFrame:
    """Return attrition, ceiling and change of assessor, of all officers, by group.

    One row for each check: check (attrition, ceiling before, ceiling after, other assessor),
    trained, untrained (shares), difference, p (two-sided, of no difference), n_trained,
    n_untrained. Checks that the table does not allow are left out. `ceiling` is the highest value
    that the measure can take; None = the highest observed.
    """
    treated, known = comparison.treated, np.isfinite(comparison.outcome)
    rows = [_shares("attrition", ~known, treated)]
    measures = {"ceiling before": comparison.before, "ceiling after": comparison.outcome}
    top = ceiling
    if top is None and known.any():
        both = np.concatenate([comparison.before, comparison.outcome])
        top = float(np.nanmax(both))
    for name, values in measures.items():
        there = np.isfinite(values)
        if there.any() and top is not None:
            rows.append(_shares(name, values[there] >= top, treated[there]))
    first, last = comparison.assessor_before, comparison.assessor_after
    if first is not None and last is not None:
        named = (first >= 0) & (last >= 0)
        rows.append(_shares("other assessor", first[named] != last[named], treated[named]))
    columns = ("check", "trained", "untrained", "difference", "p", "n_trained", "n_untrained")
    return pd.DataFrame(rows, columns=list(columns))


def _balance(name: str, values: Floats, treated: Bools) -> tuple[object, ...]:
    known = np.isfinite(values)
    one, other = values[known & treated], values[known & ~treated]
    if min(len(one), len(other)) < 2:
        return (name, np.nan, np.nan, np.nan, np.nan, len(one), len(other))
    spread = np.sqrt((one.var(ddof=1) + other.var(ddof=1)) / 2)
    away = one.mean() - other.mean()
    smd = away / spread if spread > 0 else (0.0 if away == 0 else np.sign(away) * np.inf)
    ratio = one.var(ddof=1) / other.var(ddof=1) if other.var() > 0 else np.nan
    return (name, one.mean(), other.mean(), smd, ratio, len(one), len(other))


def _shares(name: str, event: Bools, treated: Bools) -> tuple[object, ...]:
    n, m = int(treated.sum()), int((~treated).sum())
    if min(n, m) == 0:
        return (name, np.nan, np.nan, np.nan, np.nan, n, m)
    one, other, both = event[treated].mean(), event[~treated].mean(), event.mean()
    error = np.sqrt(both * (1 - both) * (1 / n + 1 / m))
    return (name, one, other, one - other, float(two_sided(one - other, error)), n, m)


# ------------------------------------------------------------ what they say


def note_obstacles(everyone: Comparison, study: Study) -> Iterator[Finding]:
    """Yield why there can be no estimate, or less than was asked for."""
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


def note_estimates(
    estimates: tuple[Estimate, ...], study: Study, *, by_chance: float
) -> Iterator[Finding]:
    """Yield what the estimates say about one another.

    `by_chance` is the part of the naive gain that is regression to the mean.
    """
    naive = [e for e in estimates if e.role == "naive" and e.known]
    answers = answers_of(estimates, study.assignment)
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


def note_placebo(state: str, placebo: Estimate | None) -> Iterator[Finding]:
    """Yield what the placebo says."""
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


def note_checks(
    balance: pd.DataFrame, overlap: pd.DataFrame, quality: pd.DataFrame, study: Study
) -> Iterator[Finding]:
    """Yield what balance, overlap, attrition, ceiling and assessors say."""
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
