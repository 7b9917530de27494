"""The placebo: the same comparison where no training can have done anything yet."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from competency.evaluation.designs.adjusted import adjusted_difference, corrected_difference
from competency.evaluation.designs.discontinuity import jump_at
from competency.evaluation.designs.study import adjustment
from competency.evaluation.estimate import Estimate

if TYPE_CHECKING:
    from competency.arrays import Floats
    from competency.evaluation.comparison import Columns, Comparison
    from competency.evaluation.designs.study import Study


def placebo_of(study: Study, everyone: Comparison) -> Estimate | None:
    """Return a difference that is 0 when officers were chosen as was said.

    - random: the measure before, trained against untrained, as drawn;
    - by_score: the earlier measure, between officers of equal score. (The measure before differs
      by construction when it is the score.) With a cut-off, its jump there; where the level
      decided, adjusted for the level;
    - by_nomination: the change from the earlier period to the one before (the pre-trend);
    - unknown: the measure before, adjusted for the earlier one and the covariates.

    Of officers with and without an outcome; None where the table has no measure for it.
    """
    made = _MADE[study.assignment](study, everyone)
    return None if made is None else replace(made, method="placebo", role="placebo")


def _as_drawn(study: Study, everyone: Comparison) -> Estimate | None:
    if not everyone.measured("before"):
        return None
    rows = everyone.complete("before")
    return _difference(study, rows, rows.before, ())


def _at_equal_score(study: Study, everyone: Comparison) -> Estimate | None:
    if study.cutoff is not None:
        return _at_cutoff(study, everyone, study.cutoff)
    if not (everyone.measured("earlier") and everyone.measured("score")):
        return None
    rows = everyone.complete(
        "earlier", "score", *(["before"] if everyone.measured("before") else [])
    )
    columns = adjustment(rows, without=("earlier",))
    if study.selected_on == "level":
        rows = rows.complete("noise")
        rest = adjustment(rows, without=("earlier", "score", "before"))
        return corrected_difference(
            "placebo", rows.earlier, rows, columns=rest, config=study.config
        )
    return _difference(study, rows, rows.earlier, columns)


def _at_cutoff(study: Study, everyone: Comparison, cutoff: float) -> Estimate | None:
    name = "before" if everyone.has_score and everyone.measured("before") else "earlier"
    if not everyone.measured(name):
        return None
    rows = everyone.complete("score", name)
    return jump_at(
        getattr(rows, name), rows, cutoff, columns=(rows.covariates,), config=study.config
    )


def _pre_trend(study: Study, everyone: Comparison) -> Estimate | None:
    if not (everyone.measured("before") and everyone.measured("earlier")):
        return None
    rows = everyone.complete("before", "earlier")
    return _difference(study, rows, rows.before - rows.earlier, (rows.covariates,))


def _before_given_earlier(study: Study, everyone: Comparison) -> Estimate | None:
    if not (everyone.measured("before") and everyone.measured("earlier")):
        return None
    rows = everyone.complete("before", "earlier")
    known = rows.covariates.without(_sides_of_before(rows))
    columns = (rows.numbers("earlier"), rows.with_earlier, known)
    return _difference(study, rows, rows.before, columns)


def _sides_of_before(comparison: Comparison) -> tuple[str, ...]:
    """Return covariates of two values that only say on which side of a point `before` lies.

    Such a covariate (no earnings before, a score above the pass mark) belongs to the time of
    `before`: adjusting the placebo for it would adjust for its outcome.
    """
    block = comparison.covariates
    columns = zip(block.names, block.cells.T, strict=True)
    return tuple(name for name, values in columns if _separates(values, comparison.before))


def _separates(values: Floats, before: Floats) -> bool:
    kinds = np.unique(values)
    if len(kinds) != 2:
        return False
    low, high = before[values == kinds[0]], before[values == kinds[1]]
    return bool(low.max() < high.min() or high.max() < low.min())


def _difference(
    study: Study, rows: Comparison, outcome: Floats, columns: tuple[Columns, ...]
) -> Estimate:
    return adjusted_difference("placebo", outcome, rows, columns=columns, config=study.config)


_MADE = {
    "random": _as_drawn,
    "by_score": _at_equal_score,
    "by_nomination": _pre_trend,
    "unknown": _before_given_earlier,
}
