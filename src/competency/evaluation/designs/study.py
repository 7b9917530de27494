"""Which estimator answers for which way of choosing officers, and what stands beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from competency.evaluation.comparison import Columns, joined
from competency.evaluation.designs.adjusted import (
    adjusted_difference,
    corrected_difference,
    gain_of_trained,
    predicted_difference,
)
from competency.evaluation.designs.discontinuity import jump_at
from competency.evaluation.designs.doubly_robust import doubly_robust_difference

if TYPE_CHECKING:
    from competency.config import EvaluationConfig
    from competency.evaluation.comparison import Comparison
    from competency.evaluation.estimate import Estimate, Role

Assignment = Literal["random", "by_score", "by_nomination", "unknown"]
SelectedOn = Literal["score", "level"]

_MEASURES = ("score", "before", "earlier")
# What a change from one measure to another is not adjusted for.


@dataclass(frozen=True, eq=False)
class Study:
    """Officers with an outcome, and how they were chosen.

    By score: whether the score decided, or the level behind it (`selected_on`), and at which
    `cutoff`, if there was one.
    """

    comparison: Comparison
    assignment: Assignment
    selected_on: SelectedOn
    cutoff: float | None
    config: EvaluationConfig


def adjustment(comparison: Comparison, *, without: tuple[str, ...] = ()) -> tuple[Columns, ...]:
    """Return what a difference is adjusted for.

    Left out can be ``"score"``, ``"before"``, ``"earlier"`` and ``"covariates"``.
    """
    parts: list[Columns] = []
    if comparison.has_score and "score" not in without:
        parts.append(comparison.numbers("score"))
    for name, beside in (("before", comparison.with_before), ("earlier", comparison.with_earlier)):
        if name not in without:
            parts += [comparison.numbers(name), beside]
    if "covariates" not in without:
        parts.append(comparison.covariates)
    if comparison.measured("others"):
        parts.append(comparison.numbers("others"))
    return tuple(parts)


def estimates_of(study: Study) -> tuple[Estimate, ...]:
    """Return every estimate that the table allows, the main one first.

    Roles: main, bound (the opposite of the main one), alternative, naive. For an unknown
    assignment no estimate is the main one: the bounds span a range.
    """
    made = [_difference_in_means(study), _ancova(study)]
    if study.comparison.measured("before"):
        made += [_regression_att(study), _difference_in_differences(study)]
        made += [*_change_since_earlier(study), *_corrected_ancova(study)]
    if study.cutoff is not None:
        made.append(_discontinuity(study))
    if study.assignment == "unknown":
        made.append(_doubly_robust(study))
    known = {estimate.method: estimate for estimate in made}
    roles = _roles(study, known)
    ordered = [replace(known[name], role=role) for name, role in roles.items() if name in known]
    if study.comparison.measured("before"):
        rows = study.comparison.complete("before")
        ordered.append(gain_of_trained(rows.outcome, rows, study.config))
    return tuple(ordered)


def _difference_in_means(study: Study) -> Estimate:
    rows = study.comparison
    return adjusted_difference(
        "difference in means", rows.outcome, rows, columns=(), config=study.config
    )


def _ancova(study: Study) -> Estimate:
    """Return the difference after the training between officers who were alike before it."""
    rows = _with_baseline(study.comparison)
    return adjusted_difference(
        "ancova", rows.outcome, rows, columns=adjustment(rows), config=study.config
    )


def _regression_att(study: Study) -> Estimate:
    rows = _with_baseline(study.comparison)
    return predicted_difference(
        "regression att", rows.outcome, rows, columns=adjustment(rows), config=study.config
    )


def _difference_in_differences(study: Study) -> Estimate:
    """Return how much more the trained changed than the untrained."""
    rows = study.comparison.complete("before")
    return adjusted_difference(
        "difference in differences", rows.outcome - rows.before, rows,
        columns=adjustment(rows, without=_MEASURES), config=study.config,
    )  # fmt: skip


def _change_since_earlier(study: Study) -> list[Estimate]:
    """Return the change since the earlier period, which a dip just before cannot bias."""
    if not study.comparison.measured("earlier"):
        return []
    rows = study.comparison.complete("earlier")
    made = adjusted_difference(
        "change since earlier", rows.outcome - rows.earlier, rows,
        columns=adjustment(rows, without=_MEASURES), config=study.config,
    )  # fmt: skip
    return [made]


def _corrected_ancova(study: Study) -> list[Estimate]:
    """Return the ANCOVA corrected for the error of `before`, where that is known."""
    rows = study.comparison.complete("before", "noise")
    if len(rows) == 0 or not (rows.noise > 0).any():
        return []
    columns = adjustment(rows, without=_MEASURES)
    return [
        corrected_difference(
            "corrected ancova", rows.outcome, rows, columns=columns, config=study.config
        )
    ]


def _with_baseline(comparison: Comparison) -> Comparison:
    """Return the officers whose measure before the training, and score, are known."""
    names = ["before"] if comparison.measured("before") else []
    return comparison.complete(*names, *(["score"] if comparison.has_score else []))


def _discontinuity(study: Study) -> Estimate:
    rows = study.comparison.complete("score")
    columns = adjustment(rows, without=_MEASURES)
    if rows.has_score and rows.measured("before"):
        rows = rows.complete("before")
        columns = adjustment(rows, without=("score", "earlier"))
    return jump_at(rows.outcome, rows, study.cutoff or 0.0, columns=columns, config=study.config)


def _doubly_robust(study: Study) -> Estimate:
    rows = _with_baseline(study.comparison)
    columns = joined(adjustment(rows), len(rows)).cells
    if columns.shape[1] == 0:
        return replace(_difference_in_means(study), method="doubly robust")
    return doubly_robust_difference(rows.outcome, rows, columns, config=study.config)


_ORDER = (
    "ancova", "corrected ancova", "regression discontinuity", "difference in differences",
    "doubly robust", "regression att", "change since earlier", "difference in means",
)  # fmt: skip


def _roles(study: Study, known: dict[str, Estimate]) -> dict[str, Role]:
    """Return estimates in the order of a report, each with what it is for."""
    changes = "difference in differences"
    if study.assignment == "unknown":
        named: dict[str, Role] = dict.fromkeys(("doubly robust", "ancova", changes), "bound")
    elif study.assignment == "by_nomination":
        named = {changes: "main", "ancova": "bound"}
    else:
        main = "ancova"
        if study.assignment == "by_score" and study.cutoff is not None:
            main = "regression discontinuity"
        elif study.assignment == "by_score" and study.selected_on == "level":
            main = "corrected ancova"
        named = {main: "main", changes: "bound"}
    named = {name: role for name, role in named.items() if name in known}
    return named | {name: "alternative" for name in _ORDER if name not in named}
