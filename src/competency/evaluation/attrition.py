"""What officers without an outcome could change: the bounds of Lee, by trimming."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from competency.evaluation.designs.adjusted import design_of
from competency.evaluation.designs.regression import least_squares
from competency.evaluation.designs.study import adjustment
from competency.evaluation.estimate import Estimate

if TYPE_CHECKING:
    from competency.arrays import Bools, Floats
    from competency.evaluation.comparison import Comparison
    from competency.evaluation.designs.study import Study

LOW, HIGH = "attrition bound, low", "attrition bound, high"
_ROUNDING = 1e-9
# Part of an officer that is none.


def attrition_bounds(study: Study, everyone: Comparison) -> tuple[Estimate, ...]:
    """Return how low and how high the difference may be, for officers measured either way.

    The group in which more were measured holds officers who in the other group would have been
    missing. Trimmed by their number, from the top for the low bound and from the bottom for the
    high one (Lee 2009), it is compared with the other. Outcomes are adjusted as in the ANCOVA, or
    by nomination as in the difference in differences. No bounds where all have an outcome, or a
    group is bare.

    Assumes that having been trained makes officers more likely to be measured, or less likely,
    but not the one for some and the other for others. Errors take officers as independent.
    """
    changes = study.assignment == "by_nomination"
    needed = ["before"] if everyone.measured("before") else []
    needed += ["score"] if everyone.has_score and not changes else []
    invited, rows = everyone.complete(*needed), study.comparison.complete(*needed)
    if len(invited) == len(rows) or rows.is_bare or (changes and not needed):
        return ()
    without = ("score", "before", "earlier") if changes else ()
    outcome = rows.outcome - rows.before if changes else rows.outcome
    design = design_of(rows, adjustment(rows, without=without), treated=True)
    if len(rows) <= design.shape[1]:
        return ()
    fit = least_squares(outcome, design)
    level = fit.residuals + fit.coefficients[1] * rows.treated
    low, high = lee_bounds(level, rows.treated, invited.counts)
    (n, m), confidence = rows.counts, study.config.confidence
    made = Estimate(LOW, *low, float(n + m - 2), n, m, "attrition", confidence)
    return made, replace(made, method=HIGH, value=high[0], se=high[1])


def lee_bounds(
    outcome: Floats, treated: Bools, invited: tuple[int, int]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return the low and the high bound of a difference in means, each with its standard error.

    With shares measured r1 of the trained and r0 of the others, the group of the larger share
    loses ``p = 1 - smaller / larger`` of its outcomes at one end. Error of a trimmed mean m with
    the last outcome kept at c (Lee 2009, proposition 3): ``[var + p (m - c)^2] / n kept +
    (m - c)^2 [(1 - r1) / measured1 + (1 - r0) / measured0]``. `outcome` and `treated` are of the
    officers that were measured; `invited` counts trained and untrained ones, measured or not.

    Examples
    --------
    >>> trained, others = np.arange(1.0, 11.0), np.full(8, 5.0)  # 10 of 10, and 8 of 10
    >>> outcome, treated = np.append(trained, others), np.arange(18) < 10
    >>> [round(value, 6) for value, _ in lee_bounds(outcome, treated, (10, 10))]
    [-0.5, 1.5]
    >>> [round(value, 6) for value, _ in lee_bounds(outcome, treated, (10, 8))]
    [0.5, 0.5]
    """
    groups = outcome[treated], outcome[~treated]
    measured = np.array([len(group) for group in groups])
    share = measured / np.array(invited)
    unsure = float(((1 - share) / measured).sum())
    longer = int(share[1] > share[0])
    p = 1 - float(share.min() / share.max())
    other = groups[1 - longer]
    mean, variance = float(other.mean()), float(other.var(ddof=1) / len(other))
    sign = 1 - 2 * longer
    ends = sorted(
        (sign * (kept - mean), float(np.sqrt(variance + own)))
        for kept, own in (_trimmed(groups[longer], p, unsure, end) for end in (1, -1))
    )
    return ends[0], ends[1]


def _trimmed(values: Floats, p: float, unsure: float, end: int) -> tuple[float, float]:
    """Return mean and error variance without the share `p` at the top (1) or the bottom (-1)."""
    ordered = end * np.sort(end * values)
    n = len(ordered)
    # NOTE: a part of an officer is trimmed where the share asks for it.
    weight = np.clip((1 - p) * n - np.arange(n), 0.0, 1.0)
    kept = weight.sum()
    mean = float(weight @ ordered / kept)
    variance = float(weight @ (ordered - mean) ** 2 / max(kept - 1, 1.0))
    last = float(ordered[np.flatnonzero(weight > _ROUNDING)[-1]])
    return mean, (variance + p * (mean - last) ** 2) / kept + (mean - last) ** 2 * unsure
