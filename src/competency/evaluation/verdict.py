"""What may be said: one of seven verdicts, with the reason where little may be said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from competency.config import EvaluationConfig
    from competency.evaluation.designs import Assignment
    from competency.evaluation.estimate import Estimate

VerdictCode = Literal[
    "effective", "harmful", "negligible", "inconclusive", "withheld", "too_few", "not_estimable"
]
Reason = Literal["", "placebo_failed", "no_placebo", "no_overlap"]
PlaceboState = Literal["passed", "failed", "not possible"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be said about a training.

    Parameters
    ----------
    code : str
        effective, harmful: the interval lies above, below 0. negligible: it lies within
        ``config.negligible`` standard deviations of 0. inconclusive: it holds 0 and more.
        withheld: the numbers may not be called an effect, see `reason`. too_few: under
        ``config.minimum_group`` officers in a group. not_estimable: see the findings.
    reason : str
        Why an effect is withheld: placebo_failed, no_placebo, no_overlap; otherwise empty.
    """

    code: VerdictCode
    reason: Reason = ""

    @property
    def claims(self) -> bool:
        """Whether the word effect may be used."""
        return self.code in {"effective", "harmful", "negligible", "inconclusive"}


def placebo_state(placebo: Estimate | None, config: EvaluationConfig) -> PlaceboState:
    """Return whether the placebo passed.

    Parameters
    ----------
    placebo : Estimate or None
    config : EvaluationConfig

    Returns
    -------
    {"passed", "failed", "not possible"}
    """
    if placebo is None or not placebo.known:
        return "not possible"
    return "failed" if placebo.p < config.placebo_level else "passed"


def judged(
    answers: tuple[Estimate, ...], placebo: PlaceboState, *,
    assignment: Assignment, spread: float, overlap: bool, config: EvaluationConfig,
) -> Verdict:  # fmt: skip
    """Return the verdict.

    Parameters
    ----------
    answers : tuple of Estimate
        The main estimate, or for an unknown assignment the bounds of the range.
    placebo : {"passed", "failed", "not possible"}
        Where it is not possible, a design that rests on what it tests (by_nomination, unknown)
        is not believed.
    assignment : {"random", "by_score", "by_nomination", "unknown"}
    spread : float
        Standard deviation of the outcome among the untrained.
    overlap : bool
        Whether enough trained officers have counterparts.
    config : EvaluationConfig

    Returns
    -------
    Verdict
    """
    known = [answer for answer in answers if answer.known]
    if not known:
        return Verdict("not_estimable")
    if min(min(answer.n_trained, answer.n_untrained) for answer in known) < config.minimum_group:
        return Verdict("too_few")
    if placebo == "failed":
        return Verdict("withheld", "placebo_failed")
    if placebo == "not possible" and assignment in {"by_nomination", "unknown"}:
        return Verdict("withheld", "no_placebo")
    if assignment == "unknown" and not overlap:
        return Verdict("withheld", "no_overlap")
    low, high = outer_interval(known)
    if low > 0:
        return Verdict("effective")
    if high < 0:
        return Verdict("harmful")
    tiny = config.negligible * spread
    return Verdict("negligible" if -tiny <= low and high <= tiny else "inconclusive")


def outer_interval(answers: list[Estimate]) -> tuple[float, float]:
    """Return the lowest and the highest end of intervals; NaN where there are none.

    Parameters
    ----------
    answers : list of Estimate
    """
    ends = [answer.interval for answer in answers if answer.known]
    if not ends:
        return np.nan, np.nan
    return min(low for low, _ in ends), max(high for _, high in ends)
