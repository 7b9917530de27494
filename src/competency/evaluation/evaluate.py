"""Evaluate a training: from a table of officers and how they were chosen to a verdict."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, get_args

import numpy as np

from competency.config import EvaluationConfig
from competency.errors import Finding, InputError, nearest_names
from competency.evaluation.attrition import attrition_bounds
from competency.evaluation.checks import (
    LEAST_OVERLAP,
    NO_ANSWER,
    balance_table,
    note_checks,
    note_estimates,
    note_obstacles,
    note_placebo,
    overlap_table,
    quality_table,
)
from competency.evaluation.designs.adjusted import regression_to_mean
from competency.evaluation.designs.study import (
    Assignment,
    SelectedOn,
    Study,
    adjustment,
    estimates_of,
)
from competency.evaluation.estimate import Estimate, Sensitivity, answers_of, sensitivity_of
from competency.evaluation.placebo import placebo_of
from competency.evaluation.reading import Roles, read_comparison
from competency.evaluation.verdict import TrainingEvaluation, judged, placebo_state
from competency.threads import one_thread

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from competency.evaluation.comparison import Comparison

_ALSO = {"lottery": "random"}


def evaluate_training(
    table: pd.DataFrame,
    *,
    assignment: str,
    treated: str = "treated",
    outcome: str = "after",
    before: str | Sequence[str] | None = None,
    earlier: str | Sequence[str] | None = None,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    score: str | None = None,
    cutoff: float | None = None,
    selected_on: SelectedOn = "score",
    reliability: float | None = None,
    ceiling: float | None = None,
    config: EvaluationConfig | None = None,
) -> TrainingEvaluation:
    """Return what a training did, by the estimator that fits the way its officers were chosen.

    Parameters
    ----------
    table : DataFrame
        One row for each officer, trained or not. Besides the columns named below these are read
        where they are there: before_se (standard error of `before`) or reliability, others
        (number of other trainings on the competency), assessor_before and assessor_after,
        before_date and after_date, officer (no id may be there twice).
    assignment : {"random", "lottery", "by_score", "by_nomination", "unknown"}
        How officers were chosen.

        - random, lottery: ANCOVA, the difference in means beside it;
        - by_score (sent because the score was low, or high): ANCOVA; the jump at the `cutoff`
          where there was one;
        - by_nomination (by supervisors, or whole units): difference in differences;
        - unknown: a range over doubly robust, ANCOVA and difference in differences.
    treated : str
        1 = took the training, 0 = did not.
    outcome : str
        Measure after the training; empty = not measured.
    before, earlier : str, sequence of str or None
        The same measure before the training, and one period earlier; further names are numbers
        of the same time to adjust for. None = the column of that name, if there is one.
    covariates : sequence of str
        Known before the training: numbers, or texts of few kinds.
    cluster : str or None
        Class or unit in which officers are alike; empty = the officer is alone. None = the column
        "cluster", if there is one.
    score : str or None
        What officers were selected on, where it is not `before`. None = the column "score", if
        there is one.
    cutoff : float or None
        By score: the value of the score that decided.
    selected_on : {"score", "level"}
        By score: whether the measured score decided, or the level behind it, known by other ways.
        "level" needs `reliability` or before_se, and corrects the ANCOVA for the error of
        `before`; with "score" that correction would bring the bias in, and is shown beside.
    reliability : float or None
        Share of the variance of `before` that is no error, in (0, 1].
    ceiling : float or None
        Highest value that the measure can take; None = the highest observed.
    config : EvaluationConfig or None
        Confidence, kind of errors, limits; None = the defaults.

    Returns
    -------
    TrainingEvaluation
        `words()` says it; `to_frame()` has every estimate. What cannot be estimated is NaN, with a
        finding that says why: no outcome in a group, equal outcomes, nothing before. An outcome
        dated no later than `before` counts as not measured.

    Raises
    ------
    InputError
        With every problem of the arguments and columns.

    Notes
    -----
    Speaks of those who were trained, in the unit of the outcome. The order of rows does not
    matter. Linear in officers; "unknown" learns 2 x folds x repeats small models by scikit-learn.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> rng = np.random.default_rng(0)
    >>> level = rng.normal(3, 1, 400)
    >>> before, after = level + rng.normal(0, 0.6, 400), level + rng.normal(0, 0.6, 400)
    >>> sent = before < 2.6
    >>> table = pd.DataFrame({"treated": sent, "before": before, "after": after + 0.5 * sent})
    >>> found = evaluate_training(table, assignment="by_score")
    >>> found.verdict.code, round(found.value, 1), round(found.of("naive gain").value, 1)
    ('effective', 0.6, 0.8)
    >>> evaluate_training(table.assign(after=np.nan), assignment="by_score").verdict.code
    'not_estimable'
    """
    settings = config or EvaluationConfig()
    roles = Roles.of(
        table, treated, outcome, before=before, earlier=earlier,
        covariates=covariates, cluster=cluster, score=score,
    )  # fmt: skip
    way = _assignment(assignment, selected_on)
    everyone, noticed = read_comparison(table, roles, reliability=reliability)
    study = Study(everyone.complete("outcome"), way, selected_on, cutoff, settings)
    return _evaluated(study, everyone, noticed, ceiling)


def _assignment(given: str, selected_on: str) -> Assignment:
    known, found = get_args(Assignment), []
    way = _ALSO.get(given, given)
    if way not in known:
        message = f"assignment {given!r} is not known"
        near = nearest_names(str(given), [*known, *_ALSO])
        hint = f"say how officers were chosen: {', '.join(known)}"
        found.append(Finding("unknown-assignment", message, nearest=near, hint=hint))
    if selected_on not in get_args(SelectedOn):
        message = f"selected_on {selected_on!r} is neither 'score' nor 'level'"
        found.append(Finding("unknown-selection", message, hint="see evaluate_training"))
    if found:
        raise InputError("evaluation", found)
    return next(name for name in known if name == way)


@one_thread()
def _evaluated(
    study: Study, everyone: Comparison, noticed: list[Finding], ceiling: float | None
) -> TrainingEvaluation:
    rows, settings = study.comparison, study.config
    findings = [*noticed, *note_obstacles(everyone, study)]
    stuck = any(finding.code in NO_ANSWER for finding in findings)
    estimates: tuple[Estimate, ...] = ()
    if not stuck:
        estimates = *_with_shared(estimates_of(study), rows), *attrition_bounds(study, everyone)
    placebo = placebo_of(study, everyone) if min(everyone.counts) else None
    state = placebo_state(placebo, settings)
    by_chance = _by_chance(rows)
    balance = balance_table(everyone)
    overlap = overlap_table(everyone, adjustment(everyone), settings.trim)
    quality = quality_table(everyone, ceiling)
    findings += note_estimates(estimates, study, by_chance=by_chance)
    findings += note_placebo(state, placebo)
    findings += note_checks(balance, overlap, quality, study)
    answers = answers_of(estimates, study.assignment)
    untrained = rows.outcome[~rows.treated]
    spread = float(untrained.std(ddof=1)) if len(untrained) > 1 else np.nan
    inside = bool(overlap["share_inside"].iloc[0] >= LEAST_OVERLAP)
    return TrainingEvaluation(
        assignment=study.assignment,
        verdict=judged(
            answers, state, assignment=study.assignment, spread=spread,
            overlap=inside, config=settings,
        ),
        estimates=estimates,
        placebo=placebo,
        placebo_state=state,
        regression_to_mean=by_chance,
        balance=balance,
        overlap=overlap,
        quality=quality,
        sensitivity=_sensitivity(answers, rows, spread),
        findings=tuple(findings),
        n_trained=rows.counts[0],
        n_untrained=rows.counts[1],
        config=settings,
    )  # fmt: skip


def _by_chance(rows: Comparison) -> float:
    known = rows.complete("before")
    return regression_to_mean(known.outcome, known) if len(known) else float("nan")


def _with_shared(estimates: tuple[Estimate, ...], rows: Comparison) -> tuple[Estimate, ...]:
    """Add each training's equal part, where all trained officers took others on the competency."""
    others = rows.others[rows.treated]
    main = next((e for e in estimates if e.role == "main" and e.known), None)
    if main is None or not len(others) or not (others > 0).all():
        return estimates
    part = float((1 / (1 + others)).mean())
    shared = replace(
        main, method="shared part", value=part * main.value, se=part * main.se, role="alternative"
    )
    return (*estimates, shared)


def _sensitivity(answers: tuple[Estimate, ...], rows: Comparison, spread: float) -> Sensitivity:
    known = [answer for answer in answers if answer.known]
    nearest = min(known, key=lambda answer: abs(answer.value), default=None)
    if nearest is None:
        nearest = Estimate("none", np.nan, np.nan, 0.0, 0, 0)
    adjusted_for = sum(len(block.names) for block in adjustment(rows))
    n = nearest.n_trained + nearest.n_untrained
    return sensitivity_of(nearest, spread, n - 2 - adjusted_for)
