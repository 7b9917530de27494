"""The learned ranker: the closed-form prior, and beside it what history taught, as tables."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from competency.arrays import Floats
from competency.errors import Finding, ModelFileError
from competency.ranking.additive.ranker import AdditiveRanker
from competency.ranking.additive.scorer import AdditiveScorer
from competency.ranking.additive.tables import AdditiveModel
from competency.ranking.calibrate import BenefitCalibration, multipliers
from competency.ranking.columns import candidate_columns, feature_names

if TYPE_CHECKING:
    import pandas as pd

    from competency.effects.transitions import Transitions
    from competency.framework.model import Framework
    from competency.gaps.table import GapTable
    from competency.ranking.features import Features

Target = Literal["benefit", "plan", "uptake"]
"""What was learned: the change in gap per hour, what optimal plans begin with, what was taken."""

START = "prior"
"""Name of the column that holds the score of the prior."""


def _nothing() -> AdditiveScorer:
    return AdditiveScorer((*feature_names(), START), START, AdditiveModel(()))


@dataclasses.dataclass(eq=False)
class LearnedRanker(AdditiveRanker):
    """Ranks by the closed-form prior plus learned tables; see :func:`learn_ranker`.

    Parameters
    ----------
    config : RankingConfig, optional
        Weights of the prior that learning started from.
    transitions : Transitions or StoredTransitions, optional
        What trainings change; None means the catalogue's claims.
    entry_probability : float
        In (0, 1]. A level counts as held when its probability is at least this.
    scorer : AdditiveScorer
        Tables over the columns of :mod:`competency.ranking.columns`; its start is the prior.
    target : {"benefit", "plan", "uptake"}
        What was learned. "uptake" imitates past practice: it says what was taken, not what helped.
    framework_version : str
        Version of the framework learned on; another one is refused. "" = any.
    calibration : BenefitCalibration, optional
        How much of what was learned is benefit; None where it was not measured.

    Notes
    -----
    A training or position that history never had is ranked like any other: the tables look at
    gaps, hours, cost and the like, never at ids.

    Examples
    --------
    >>> from competency.testing import small_gaps
    >>> nothing_learned = LearnedRanker().rank(small_gaps())
    >>> nothing_learned.method, sorted(nothing_learned.contributions)
    ('learned', ['gap_closed', 'hours', 'mandatory', 'readiness'])
    """

    method: ClassVar[str] = "learned"

    scorer: AdditiveScorer = dataclasses.field(default_factory=_nothing, kw_only=True)
    target: Target = dataclasses.field(default="benefit", kw_only=True)
    framework_version: str = dataclasses.field(default="", kw_only=True)
    calibration: BenefitCalibration | None = dataclasses.field(default=None, kw_only=True)

    @property
    def model(self) -> AdditiveModel:
        """The learned tables."""
        return self.scorer.model

    def transitions_on(self, framework: Framework) -> Transitions:
        """Return what trainings change in a `framework`, which must be the one learned on."""
        refuse_other_framework(self, framework)
        return super().transitions_on(framework)

    def multiplier(
        self, gaps: GapTable, features: Features, history: pd.DataFrame | None
    ) -> Floats | None:
        """Return what multiplies the expected gap closed: the tables as far as they are benefit.

        float64, shape (n_officers, n_trainings), from `gaps`, `features` and `history`; None where
        the calibration holds nothing.
        """
        if self.calibration is None or not self.calibration.holds:
            return None
        columns = candidate_columns(gaps, features, history, config=self.settings)
        learned = self.model.score(columns)
        return multipliers(self.calibration, np.broadcast_to(learned, features.eligible.shape))


def refuse_other_framework(ranker: LearnedRanker, framework: Framework) -> None:
    """Raise `ModelFileError` where a ranker learned on another framework than this one."""
    learned = ranker.framework_version
    if learned and learned != framework.version:
        message = f"the ranker learned on framework {learned}, and this one is {framework.version}"
        hint = (
            "train it again with this framework; or, where the change matters little, set "
            "framework_version='' and evaluate before use"
        )
        raise ModelFileError("ranker", [Finding("other-framework", message, hint=hint)])
