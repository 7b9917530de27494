"""Which estimator answers for which way of choosing officers, and what stands beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from competency.evaluation.adjusted import (
    adjusted_difference,
    corrected_difference,
    gain_of_trained,
    predicted_difference,
)
from competency.evaluation.comparison import Columns, joined
from competency.evaluation.discontinuity import jump_at
from competency.evaluation.doubly_robust import doubly_robust_difference

if TYPE_CHECKING:
    from competency.config import EvaluationConfig
    from competency.evaluation.comparison import Comparison
    from competency.evaluation.estimate import Estimate, Role

Assignment = Literal["random", "by_score", "by_nomination", "unknown"]
SelectedOn = Literal["score", "level"]


@dataclass(frozen=True, eq=False)
class Study:
    """A comparison with the way its officers were chosen.

    Parameters
    ----------
    comparison : Comparison
        Officers with an outcome.
    assignment : {"random", "by_score", "by_nomination", "unknown"}
    selected_on : {"score", "level"}
        By score: whether the score decided, or the level behind it.
    cutoff : float or None
        By score: where the score decided.
    config : EvaluationConfig
    """

    comparison: Comparison
    assignment: Assignment
    selected_on: SelectedOn
    cutoff: float | None
    config: EvaluationConfig


def adjustment(comparison: Comparison, *, without: tuple[str, ...] = ()) -> tuple[Columns, ...]:
    """Return what a difference is adjusted for.

    Parameters
    ----------
    comparison : Comparison
    without : tuple of str
        Of ``"score"``, ``"before"``, ``"earlier"`` and ``"covariates"``.

    Returns
    -------
    tuple of Columns
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

    Parameters
    ----------
    study : Study

    Returns
    -------
    tuple of Estimate
        Roles: main, bound (the opposite of the main one), alternative, naive. For an unknown
        assignment no estimate is the main one: the bounds span a range.
    """
    known = {"difference in means": difference_in_means(study)}
    known["ancova"] = ancova(study)
    if study.comparison.measured("before"):
        known["regression att"] = _regression_att(study)
        known["difference in differences"] = difference_in_differences(study)
        known |= _of_earlier(study)
        known |= _of_noise(study)
    if study.cutoff is not None:
        known["regression discontinuity"] = _discontinuity(study)
    if study.assignment == "unknown":
        known["doubly robust"] = _doubly_robust(study)
    roles = _roles(study, known)
    made = [replace(known[name], role=role) for name, role in roles.items() if name in known]
    if study.comparison.measured("before"):
        made.append(_naive(study))
    return tuple(made)


def difference_in_means(study: Study) -> Estimate:
    """Return the difference in means after the training.

    Parameters
    ----------
    study : Study
    """
    rows = study.comparison
    return adjusted_difference(
        "difference in means", rows.outcome, rows, columns=(), config=study.config
    )


def ancova(study: Study) -> Estimate:
    """Return the difference after the training between officers who were alike before it.

    Parameters
    ----------
    study : Study
    """
    rows = _with_baseline(study.comparison)
    return adjusted_difference(
        "ancova", rows.outcome, rows, columns=adjustment(rows), config=study.config
    )


def difference_in_differences(study: Study) -> Estimate:
    """Return how much more the trained changed than the untrained.

    Parameters
    ----------
    study : Study
    """
    rows = study.comparison.complete("before")
    columns = adjustment(rows, without=("score", "before", "earlier"))
    return adjusted_difference(
        "difference in differences", rows.outcome - rows.before, rows,
        columns=columns, config=study.config,
    )  # fmt: skip


def _with_baseline(comparison: Comparison) -> Comparison:
    """Return the officers whose measure before the training, and score, are known."""
    names = ["before"] if comparison.measured("before") else []
    return comparison.complete(*names, *(["score"] if comparison.has_score else []))


def _regression_att(study: Study) -> Estimate:
    rows = _with_baseline(study.comparison)
    return predicted_difference(
        "regression att", rows.outcome, rows, columns=adjustment(rows), config=study.config
    )


def _of_earlier(study: Study) -> dict[str, Estimate]:
    """Return the change since the earlier period, which a dip just before cannot bias."""
    if not study.comparison.measured("earlier"):
        return {}
    rows = study.comparison.complete("earlier")
    columns = adjustment(rows, without=("score", "before", "earlier"))
    name = "change since earlier"
    return {
        name: adjusted_difference(
            name, rows.outcome - rows.earlier, rows, columns=columns, config=study.config
        )
    }


def _of_noise(study: Study) -> dict[str, Estimate]:
    """Return the ANCOVA corrected for the error of `before`, where that is known."""
    rows = study.comparison.complete("before", "noise")
    if len(rows) == 0 or not (rows.noise > 0).any():
        return {}
    name = "corrected ancova"
    columns = adjustment(rows, without=("score", "before", "earlier"))
    return {
        name: corrected_difference(name, rows.outcome, rows, columns=columns, config=study.config)
    }


def _discontinuity(study: Study) -> Estimate:
    rows = study.comparison.complete("score")
    columns: tuple[Columns, ...] = adjustment(rows, without=("score", "before", "earlier"))
    if rows.has_score and rows.measured("before"):
        rows = rows.complete("before")
        columns = adjustment(rows, without=("score", "earlier"))
    return jump_at(rows.outcome, rows, study.cutoff or 0.0, columns=columns, config=study.config)


def _doubly_robust(study: Study) -> Estimate:
    rows = _with_baseline(study.comparison)
    columns = joined(adjustment(rows), len(rows)).cells
    if columns.shape[1] == 0:
        return replace(difference_in_means(study), method="doubly robust")
    return doubly_robust_difference(rows.outcome, rows, columns, config=study.config)[0]


def _naive(study: Study) -> Estimate:
    rows = study.comparison.complete("before")
    return gain_of_trained(rows.outcome, rows, study.config)


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
