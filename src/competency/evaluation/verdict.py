"""What may be said of a training: one of seven verdicts, beside all that it rests on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from competency.evaluation.checks import NO_ANSWER
from competency.evaluation.estimate import answers_of
from competency.wording import NOTHING, Wording

if TYPE_CHECKING:
    from competency.config import EvaluationConfig, Locale
    from competency.errors import Finding
    from competency.evaluation.designs.study import Assignment
    from competency.evaluation.estimate import Estimate, Sensitivity

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
    """Return whether the placebo passed."""
    if placebo is None or not placebo.known:
        return "not possible"
    return "failed" if placebo.p < config.placebo_level else "passed"


def judged(
    answers: tuple[Estimate, ...], placebo: PlaceboState, *,
    assignment: Assignment, spread: float, overlap: bool, config: EvaluationConfig,
) -> Verdict:  # fmt: skip
    """Return the verdict on the main estimate, or on the bounds of the range.

    Where no placebo is possible, a design that rests on what it tests (by_nomination, unknown) is
    not believed. `spread` is the standard deviation of the outcome among the untrained; `overlap`
    says whether enough trained officers have counterparts.
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
    """Return the lowest and the highest end of intervals; NaN where there are none."""
    ends = [answer.interval for answer in answers if answer.known]
    if not ends:
        return np.nan, np.nan
    return min(low for low, _ in ends), max(high for _, high in ends)


@dataclass(frozen=True, eq=False, repr=False)
class TrainingEvaluation:
    """What is known about what a training did.

    Parameters
    ----------
    assignment : {"random", "by_score", "by_nomination", "unknown"}
        How officers were chosen.
    verdict : Verdict
        What may be said.
    estimates : tuple of Estimate
        Main, bounds, alternatives, the naive gain, and the bounds of attrition where there is any.
    placebo : Estimate or None
        The difference where there can be none; None = not possible.
    placebo_state : {"passed", "failed", "not possible"}
    regression_to_mean : float
        Part of the naive gain that comes from having scored low, in the unit of the outcome.
    balance, overlap, quality : DataFrame
        See :mod:`competency.evaluation.checks`.
    sensitivity : Sensitivity
        Of the main estimate, or of the bound nearest to 0.
    findings : tuple of Finding
    n_trained, n_untrained : int
        Officers with an outcome.
    config : EvaluationConfig
    """

    assignment: Assignment
    verdict: Verdict
    estimates: tuple[Estimate, ...]
    placebo: Estimate | None
    placebo_state: PlaceboState
    regression_to_mean: float
    balance: pd.DataFrame
    overlap: pd.DataFrame
    quality: pd.DataFrame
    sensitivity: Sensitivity
    findings: tuple[Finding, ...]
    n_trained: int
    n_untrained: int
    config: EvaluationConfig = field(repr=False)

    @property
    def answers(self) -> tuple[Estimate, ...]:
        """The main estimate; for an unknown assignment the bounds of the range."""
        return answers_of(self.estimates, self.assignment)

    @property
    def estimate(self) -> Estimate | None:
        """The main estimate; None for an unknown assignment, which has a range."""
        main = [e for e in self.estimates if e.role == "main"]
        return main[0] if main else None

    @property
    def value(self) -> float:
        """The main estimate in the unit of the outcome; NaN where there is a range or nothing."""
        return self.estimate.value if self.estimate else float("nan")

    @property
    def se(self) -> float:
        """Standard error of `value`."""
        return self.estimate.se if self.estimate else float("nan")

    @property
    def range(self) -> tuple[float, float]:
        """Smallest and largest answer; both are `value` where there is one."""
        values = [e.value for e in self.answers if e.known]
        return (min(values), max(values)) if values else (float("nan"), float("nan"))

    @property
    def interval(self) -> tuple[float, float]:
        """Outer ends of the intervals of the answers."""
        return outer_interval(list(self.answers))

    def of(self, method: str) -> Estimate:
        """Return the estimate of a `method`, such as ``"ancova"``; KeyError when there is none."""
        return {e.method: e for e in self.estimates}[method]

    def to_frame(self) -> pd.DataFrame:
        """Every estimate and the placebo: role, method, estimate, se, interval, p and counts."""
        placebo = () if self.placebo is None else (self.placebo,)
        columns = (
            "role", "method", "estimate", "se", "low", "high", "p", "n_trained", "n_untrained",
        )  # fmt: skip
        return pd.DataFrame([e.row() for e in (*self.estimates, *placebo)], columns=list(columns))

    def to_row(self) -> dict[str, object]:
        """The evaluation as one line of a table of trainings, as `shrink_effects` takes it."""
        (least, most), (low, high) = self.range, self.interval
        return {
            "assignment": self.assignment, "verdict": self.verdict.code, "estimate": self.value,
            "se": self.se, "dof": self.estimate.dof if self.estimate else np.nan,
            "least": least, "most": most, "low": low, "high": high,
            "placebo": self.placebo_state, "naive_gain": self._naive(),
            "regression_to_mean": self.regression_to_mean,
            "n_trained": self.n_trained, "n_untrained": self.n_untrained,
        }  # fmt: skip

    def words(self, locale: Locale = "id") -> str:
        """Return the verdict and what stands beside it, in words.

        Parameters
        ----------
        locale : {"id", "en"}

        Returns
        -------
        str
            One sentence a line. A verdict that is withheld comes without the word effect.
        """
        verdict, naive = self.verdict, self._naive()
        key = f"{verdict.code}.{verdict.reason}" if verdict.reason else verdict.code
        lines = [say(key, locale, **self._facts(locale))]
        if not np.isnan(naive):
            lines.append(say("naive", locale, naive=naive, by_chance=self.regression_to_mean))
        if verdict.claims:
            lines += self._beside(locale)
        return "\n".join(lines)

    def _beside(self, locale: Locale) -> list[str]:
        lines = [say(f"placebo.{self.placebo_state}", locale, **self._facts(locale))]
        bounds = [e for e in self.estimates if e.role == "bound" and e.known]
        if self.estimate and bounds:
            lines.append(say(f"bound.{bounds[0].method}", locale, bound=bounds[0].value))
        ends = [e.value for e in self.estimates if e.role == "attrition"]
        if ends and any(f.code == "differential-attrition" for f in self.findings):
            lines.append(say("attrition", locale, low=ends[0], high=ends[1]))
        return [*lines, say("hidden", locale, robustness=self.sensitivity.robustness)]

    def _facts(self, locale: Locale) -> dict[str, str | float]:
        placebo = self.placebo
        why = next((f.code for f in self.findings if f.code in NO_ANSWER), "other")
        return {
            "amount": self._amount(locale),
            "by": say(f"by.{self.assignment}", locale),
            "placebo": placebo.value if placebo else "",
            "p": placebo.p if placebo else "",
            "share": float(self.overlap["share_inside"].iloc[0]),
            "minimum": self.config.minimum_group,
            "why": say(f"why.{why}", locale),
        }

    def _amount(self, locale: Locale) -> str:
        (least, most), (low, high) = self.range, self.interval
        if np.isnan(least):
            return say("amount.none", locale)
        first = next(e for e in self.answers if e.known)
        return say(
            "amount.point" if self.estimate else "amount.range", locale,
            value=least, least=least, most=most, low=low, high=high,
            confidence=self.config.confidence,
            n_trained=first.n_trained, n_untrained=first.n_untrained,
        )  # fmt: skip

    def _naive(self) -> float:
        naive = [e.value for e in self.estimates if e.role == "naive"]
        return naive[0] if naive else float("nan")

    def __repr__(self) -> str:
        return self.words("en")


SHARES = {"confidence", "share", "robustness"}
"""Facts that are written as percentages."""


def say(key: str, locale: Locale, **facts: str | float) -> str:
    """Return a sentence of an evaluation with its facts, as the language writes them.

    Numbers have three significant digits (whole ones all), shares are percentages, and what is
    not known is a dash.

    Examples
    --------
    >>> say("naive", "en", naive=1794.342, by_chance=float("nan"))[:60]
    'Naive gain of the trained 1,790; regression to the mean is a'
    >>> say("hidden", "id", robustness=0.1234)[:41]
    'Sebab tersembunyi harus menjelaskan 12,3%'
    """
    w = Wording(locale)
    return w(f"evaluated.{key}", **{name: _written(name, fact, w) for name, fact in facts.items()})


def _written(name: str, fact: str | float, w: Wording) -> str:
    if isinstance(fact, str | int):
        return str(fact)
    if np.isnan(fact):
        return NOTHING
    return w.chance(fact) if name in SHARES else w.significant(fact)
