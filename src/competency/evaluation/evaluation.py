"""An evaluated training: its estimates, what stands beside them, and the verdict in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.evaluation.notices import NO_ANSWER
from competency.evaluation.verdict import outer_interval
from competency.evaluation.words import METHODS, WORDS, share, written

if TYPE_CHECKING:
    from competency.config import EvaluationConfig, Locale
    from competency.errors import Finding
    from competency.evaluation.designs import Assignment
    from competency.evaluation.estimate import Estimate
    from competency.evaluation.sensitivity import Sensitivity
    from competency.evaluation.verdict import PlaceboState, Verdict


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
        role = "bound" if self.assignment == "unknown" else "main"
        return tuple(e for e in self.estimates if e.role == role)

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
        say = WORDS[locale]
        lines = [say[self._key()].format(**self._facts(locale))]
        if not np.isnan(self._naive()):
            naive, chance = written(self._naive(), locale), written(self.regression_to_mean, locale)
            lines.append(say["naive"].format(naive=naive, by_chance=chance))
        if self.verdict.claims:
            lines += self._beside(locale)
        return "\n".join(lines)

    def _key(self) -> str:
        reason = self.verdict.reason
        return f"{self.verdict.code}.{reason}" if reason else self.verdict.code

    def _beside(self, locale: Locale) -> list[str]:
        say, facts = WORDS[locale], self._facts(locale)
        lines = [say[f"placebo.{self.placebo_state}"].format(**facts)]
        bounds = [e for e in self.estimates if e.role == "bound" and e.known]
        if self.estimate and bounds:
            method = METHODS[locale][bounds[0].method]
            bound = written(bounds[0].value, locale)
            lines.append(say["bound"].format(method=method, bound=bound))
        ends = [written(e.value, locale) for e in self.estimates if e.role == "attrition"]
        if ends and any(f.code == "differential-attrition" for f in self.findings):
            lines.append(say["attrition"].format(low=ends[0], high=ends[1]))
        strength = share(self.sensitivity.robustness, locale)
        return [*lines, say["hidden"].format(robustness=strength)]

    def _facts(self, locale: Locale) -> dict[str, str]:
        say = WORDS[locale]
        placebo = self.placebo
        why = next((f.code for f in self.findings if f.code in NO_ANSWER), "other")
        inside = float(self.overlap["share_inside"].iloc[0])
        return {
            "amount": self._amount(locale),
            "by": say[f"by.{self.assignment}"],
            "placebo": written(placebo.value, locale) if placebo else "",
            "p": written(placebo.p, locale) if placebo else "",
            "share": "" if np.isnan(inside) else share(inside, locale),
            "minimum": str(self.config.minimum_group),
            "why": say[f"why.{why}"],
        }

    def _amount(self, locale: Locale) -> str:
        (least, most), (low, high) = self.range, self.interval
        if np.isnan(least):
            return WORDS[locale]["amount.none"]
        first = next(e for e in self.answers if e.known)
        return WORDS[locale]["amount.point" if self.estimate else "amount.range"].format(
            value=written(least, locale), least=written(least, locale), most=written(most, locale),
            low=written(low, locale), high=written(high, locale),
            confidence=share(self.config.confidence, locale),
            n_trained=first.n_trained, n_untrained=first.n_untrained,
        )  # fmt: skip

    def _naive(self) -> float:
        naive = [e.value for e in self.estimates if e.role == "naive"]
        return naive[0] if naive else float("nan")

    def __repr__(self) -> str:
        return self.words("en")
