"""The closed-form ranker: the logarithm of a value per hour, nothing learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from competency.arrays import Floats, frozen
from competency.config import RankingConfig
from competency.ranking.ranker import FeatureRanker

if TYPE_CHECKING:
    import pandas as pd

    from competency.gaps.table import GapTable
    from competency.ranking.features import Features
    from competency.ranking.table import Ranking

GAP_FLOOR = 0.01
"""Weighted levels added before the logarithm, so that a mandatory training that closes nothing
still has a score: a hundredth of a level, less than evidence can tell from nothing (chosen by
the project)."""

READINESS_FLOOR = 0.01
"""Least readiness that counts: below it an officer is as unready as can be (chosen by the
project)."""

BENEFIT_CONFIG = RankingConfig(mandatory=0.0, unknown_weight=1.0, hour_offset=0.25)
"""Weights for ranking by benefit per hour and nothing else: duty is a rule, which a planner
keeps, and no benefit; an expected gap counts whether assessed or not. A quarter of an
hour keeps the value of a training without hours finite (chosen by the project)."""


class PriorRanker(FeatureRanker):
    """Ranks by expected gap closed per hour, readiness and duty.

    The score is a sum of four contributions, so its exponential is a product of four factors:

    - ``gap_closed``: ``log(gap closed + GAP_FLOOR)``
    - ``hours``: ``-log(hours + hour_offset)``
    - ``readiness``: ``readiness weight x log(max(readiness, READINESS_FLOOR))``
    - ``mandatory``: the bonus where the position held asks for the training, else 0

    Parameters
    ----------
    config : RankingConfig, optional
        Weights; None means the defaults.
    transitions : Transitions, optional
        What trainings change; None means the catalogue's claims.
    entry_probability : float
        In (0, 1]. A level counts as held when its probability is at least this.

    Notes
    -----
    A larger gap never lowers the score of a training that closes it, and more hours never raise
    it. The weights were chosen by the project, not learned from data.

    Examples
    --------
    >>> PriorRanker().get_params()
    {'config': None, 'transitions': None, 'entry_probability': 0.5}
    """

    method: ClassVar[str] = "prior"

    def contributions(
        self,
        gaps: GapTable,  # noqa: ARG002
        features: Features,
        history: pd.DataFrame | None,  # noqa: ARG002
    ) -> Mapping[str, Floats]:
        """Return the four parts of the score.

        Parameters
        ----------
        gaps : GapTable
        features : Features
        history : DataFrame or None

        Returns
        -------
        mapping of str to float64, shape (n_officers, n_trainings)
        """
        return prior_contributions(features, self.config or RankingConfig())


def prior_contributions(features: Features, config: RankingConfig) -> dict[str, Floats]:
    """Return the four parts of the prior score; see :class:`PriorRanker`.

    Parameters
    ----------
    features : Features
    config : RankingConfig

    Returns
    -------
    dict of str to float64, shape (n_officers, n_trainings)
    """
    shape = features.gap_closed.shape
    closed = np.log(features.gap_closed.astype(np.float64) + GAP_FLOOR)
    ready = np.log(np.maximum(features.readiness, READINESS_FLOOR))
    # NOTE: hours belong to the training; one row serves every officer.
    hours = -np.log(features.hours[:1] + config.hour_offset)
    return {
        "gap_closed": frozen(closed),
        "hours": _every_officer(hours, shape),
        "readiness": frozen(config.readiness * ready),
        "mandatory": frozen(np.where(features.mandatory, config.mandatory, 0.0)),
    }


def rank_trainings(
    gaps: GapTable,
    *,
    history: pd.DataFrame | None = None,
    config: RankingConfig | None = None,
) -> Ranking:
    """Return the trainings of every officer, ranked by the closed-form prior.

    Parameters
    ----------
    gaps : GapTable
    history : DataFrame, optional
        Trainings taken (:attr:`Evidence.history`); None: nobody has passed anything.
    config : RankingConfig, optional

    Returns
    -------
    Ranking
    """
    return PriorRanker(config).rank(gaps, history=history)


def _every_officer(row: Floats, shape: tuple[int, ...]) -> Floats:
    return np.broadcast_to(row, shape) if len(row) else np.zeros(shape)
