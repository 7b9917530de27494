"""The closed-form ranker: the logarithm of a value per hour, nothing learned."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from competency.config import RankingConfig
from competency.ranking.additive.ranker import AdditiveRanker
from competency.ranking.additive.tables import AdditiveModel

if TYPE_CHECKING:
    import pandas as pd

    from competency.gaps.table import GapTable
    from competency.ranking.table import Ranking

BENEFIT_CONFIG = RankingConfig(mandatory=0.0, unknown_weight=1.0, hour_offset=0.25)
"""Weights for ranking by benefit per hour and nothing else: that a training is mandatory is a rule,
which a planner keeps, and no benefit; an expected gap counts whether assessed or not. A quarter of
an hour keeps the value of a training without hours finite (chosen by the project)."""


class PriorRanker(AdditiveRanker):
    """Ranks by expected gap closed per hour, readiness and what is mandatory.

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

    @property
    def model(self) -> AdditiveModel:
        """No tables: nothing was learned."""
        return AdditiveModel(())


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

    Examples
    --------
    >>> from competency.testing import small_gaps
    >>> rank_trainings(small_gaps(n_officers=3)).to_frame(1)[["officer", "rank"]]
      officer  rank
    0    0000     1
    1    0001     1
    2    0002     1
    """
    return PriorRanker(config).rank(gaps, history=history)
