"""Which estimator answers for which way of choosing officers, and what stands beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
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
    made = _by_least_squares(study)
    if study.cutoff is not None:
        made.append(_discontinuity(study))
    if study.assignment == "unknown":
        made.append(_doubly_robust(study))
    known = {estimate.method: estimate for estimate in made}
    ordered = [replace(known[name], role=role) for name, role in _roles(study, known).items()]
    if study.comparison.measured("before"):
        rows = study.comparison.complete("before")
        ordered.append(gain_of_trained(rows.outcome, rows, study.config))
    return tuple(ordered)


def _by_least_squares(study: Study) -> list[Estimate]:
    rows, config = study.comparison, study.config
    base = _with_baseline(rows)
    adjusted = partial(adjusted_difference, config=config)
    made = [
        adjusted("difference in means", rows.outcome, rows, columns=()),
        adjusted("ancova", base.outcome, base, columns=adjustment(base)),
    ]
    if not rows.measured("before"):
        return made
    columns = adjustment(base)
    made.append(
        predicted_difference("regression att", base.outcome, base, columns=columns, config=config)
    )
    both = rows.complete("before")
    columns = adjustment(both, without=_MEASURES)
    name = "difference in differences"
    made.append(adjusted(name, both.outcome - both.before, both, columns=columns))
    if rows.measured("earlier"):
        # NOTE: a dip just before the training cannot bias the change since an earlier period.
        both = rows.complete("earlier")
        columns = adjustment(both, without=_MEASURES)
        name = "change since earlier"
        made.append(adjusted(name, both.outcome - both.earlier, both, columns=columns))
    noisy = rows.complete("before", "noise")
    if (noisy.noise > 0).any():
        columns, name = adjustment(noisy, without=_MEASURES), "corrected ancova"
        made.append(
            corrected_difference(name, noisy.outcome, noisy, columns=columns, config=config)
        )
    return made


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
    rows, config = _with_baseline(study.comparison), study.config
    columns = joined(adjustment(rows), len(rows)).cells
    if columns.shape[1] == 0:
        return adjusted_difference("doubly robust", rows.outcome, rows, columns=(), config=config)
    return doubly_robust_difference(rows.outcome, rows, columns, config=config)


_ORDER = (
    "ancova", "corrected ancova", "regression discontinuity", "difference in differences",
    "doubly robust", "regression att", "change since earlier", "difference in means",
)  # fmt: skip


def _roles(study: Study, known: dict[str, Estimate]) -> dict[str, Role]:
    """Return the known estimates in the order of a report, each with what it is for."""
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
    others = [name for name in _ORDER if name in known and name not in named]
    return named | dict.fromkeys(others, "alternative")
