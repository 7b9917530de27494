"""The learned ranker: the closed-form prior, and beside it what history taught, as tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from competency.arrays import Floats, frozen
from competency.config import RankingConfig
from competency.errors import Finding, ModelFileError
from competency.ranking.additive.scorer import AdditiveScorer
from competency.ranking.additive.tables import AdditiveModel
from competency.ranking.calibrate import BenefitCalibration, multipliers
from competency.ranking.columns import COLUMNS, candidate_columns
from competency.ranking.prior import prior_contributions
from competency.ranking.ranker import FeatureRanker

if TYPE_CHECKING:
    import pandas as pd

    from competency.framework.model import Framework
    from competency.gaps.table import GapTable
    from competency.ranking.features import Features

Target = Literal["benefit", "plan", "uptake"]
"""What was learned: the change in gap per hour, what optimal plans begin with, what was taken."""

START = "prior"
"""Name of the column that holds the score of the prior."""


@dataclasses.dataclass(eq=False)
class LearnedRanker(FeatureRanker):
    """Ranks by the closed-form prior plus learned tables; see :func:`train_ranker`.

    Parameters
    ----------
    config : RankingConfig, optional
        Weights of the prior that learning started from.
    transitions : Transitions or KeptTransitions, optional
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
    A training or position that history never saw is ranked like any other: the tables look at
    gaps, hours, cost and the like, never at ids.

    Examples
    --------
    >>> from competency.testing import small_gaps
    >>> nothing_learned = LearnedRanker().rank(small_gaps())
    >>> nothing_learned.method, sorted(nothing_learned.contributions)
    ('learned', ['gap_closed', 'hours', 'mandatory', 'readiness'])
    """

    method: ClassVar[str] = "learned"

    scorer: AdditiveScorer = dataclasses.field(
        default=AdditiveScorer((*COLUMNS, START), START, AdditiveModel(())), kw_only=True
    )
    target: Target = dataclasses.field(default="benefit", kw_only=True)
    framework_version: str = dataclasses.field(default="", kw_only=True)
    calibration: BenefitCalibration | None = dataclasses.field(default=None, kw_only=True)

    def contributions(
        self, gaps: GapTable, features: Features, history: pd.DataFrame | None
    ) -> Mapping[str, Floats]:
        """Return what each feature gives: the prior's part and the learned part together.

        Parameters
        ----------
        gaps : GapTable
        features : Features
        history : DataFrame or None

        Returns
        -------
        mapping of str to float64, shape (n_officers, n_trainings)

        Raises
        ------
        ModelFileError
            The gaps are of another framework than the one learned on.
        """
        refuse_other_framework(self, gaps.levels.framework)
        config = self.config or RankingConfig()
        parts = prior_contributions(features, config)
        columns = candidate_columns(gaps, features, history, config=config)
        for name, part in self.scorer.model.contributions(columns).items():
            whole = parts[name] + part if name in parts else part
            parts[name] = frozen(np.broadcast_to(whole, features.eligible.shape))
        return parts

    def multiplier(
        self, gaps: GapTable, features: Features, history: pd.DataFrame | None
    ) -> Floats | None:
        """Return what multiplies the expected gap closed: the tables as far as they are benefit.

        Parameters
        ----------
        gaps : GapTable
        features : Features
        history : DataFrame or None

        Returns
        -------
        float64, shape (n_officers, n_trainings), or None
            None where the calibration holds nothing.
        """
        if self.calibration is None or not self.calibration.holds:
            return None
        config = self.config or RankingConfig()
        columns = candidate_columns(gaps, features, history, config=config)
        learned = self.scorer.model.score(columns)
        return multipliers(self.calibration, np.broadcast_to(learned, features.eligible.shape))


def refuse_other_framework(ranker: LearnedRanker, framework: Framework) -> None:
    """Raise `ModelFileError` where a ranker learned on another framework than this one.

    Parameters
    ----------
    ranker : LearnedRanker
    framework : Framework
    """
    learned = ranker.framework_version
    if learned and learned != framework.version:
        message = f"the ranker learned on framework {learned}, and this one is {framework.version}"
        hint = (
            "train it again with this framework; or, where the change matters little, set "
            "framework_version='' and evaluate before use"
        )
        raise ModelFileError("ranker", [Finding("other-framework", message, hint=hint)])
