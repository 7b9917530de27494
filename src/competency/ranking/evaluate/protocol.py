"""The protocol on an agency's own evidence: both kinds of learning, tested on what came later."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from competency.config import PipelineConfig
from competency.ranking.evaluate.backtest import TemporalBacktest
from competency.ranking.evaluate.groups import officer_groups
from competency.ranking.evaluate.report import Evaluation, evaluate_rankers
from competency.ranking.learn import Learned, learn_from_days, read_decisions

if TYPE_CHECKING:
    from competency.evidence.table import Evidence
    from competency.levels.model import LevelModel
    from competency.ranking.decisions import DecisionDay
    from competency.ranking.learned import LearnedRanker
    from competency.ranking.prior import PriorRanker

JUDGED = "learned"
"""Name of the ranker that learned benefit: the one the verdict is about."""

IMITATION = "imitation"
"""Name of the ranker that learned uptake, shown beside it."""


def evaluate_history(
    evidence: Evidence,
    *,
    as_of: date,
    model: LevelModel | None = None,
    config: PipelineConfig | None = None,
    groups: pd.DataFrame | None = None,
) -> Evaluation:
    """Return how rankers learned from earlier decisions did on later ones.

    Parameters
    ----------
    evidence : Evidence
    as_of : date
        Nothing later is used.
    model : LevelModel, optional
        Fitted; None: one is fitted on what was known before the first decision.
    config : PipelineConfig, optional
        Its groups `learning`, `gaps` and `ranking`.
    groups : DataFrame, optional
        Column officer, and one for each grouping beside region, position and size of the unit.

    Returns
    -------
    Evaluation
        Two rankers are made anew at each cut-off: ``"learned"`` from measured benefit, which is
        judged, and ``"imitation"`` from uptake. `rounds` says what each could learn there.

    Raises
    ------
    InputError
        There is no history of trainings with a start.
    ConfigError
        No decision follows a cut-off, or lightgbm (the extra ``train``) is not installed.
    """
    config = config or PipelineConfig()
    days = read_decisions(evidence, as_of=as_of, model=model, config=config)
    return evaluate_days(days, config, groups=officer_groups(evidence, groups))


def evaluate_days(
    days: Sequence[DecisionDay], config: PipelineConfig, *, groups: pd.DataFrame | None = None
) -> Evaluation:
    """Return how rankers learned from earlier decisions did on later ones.

    `days`: in order of time. `groups`: column officer, and one for each grouping. See
    :func:`evaluate_history`. Raises `ConfigError` where no decision follows a cut-off, or lightgbm
    (the extra ``train``) is not installed.
    """
    settings = config.learning
    backtest = TemporalBacktest(settings.cutoffs or None, settings.horizon_days, settings.gap_days)
    makers = {JUDGED: _Maker(config, "benefit"), IMITATION: _Maker(config, "uptake")}
    found = evaluate_rankers(days, makers, backtest=backtest, groups=groups)  # fmt: skip
    return dataclasses.replace(found, rounds=_with_learning(found.rounds, makers))


class _Maker:
    """Makes a ranker from the decisions before a cut-off, and remembers what it learned."""

    def __init__(self, config: PipelineConfig, target: str) -> None:
        learning = config.learning.model_copy(update={"target": target})
        self.config = config.model_copy(update={"learning": learning})
        self.learned: list[Learned] = []

    def __call__(self, before: Sequence[DecisionDay]) -> LearnedRanker | PriorRanker:
        self.learned.append(learn_from_days(before, self.config))
        return self.learned[-1].ranker


def _with_learning(rounds: pd.DataFrame, makers: dict[str, _Maker]) -> pd.DataFrame:
    """The rounds, with the examples and the trees of each ranker; 0 trees = the prior."""
    columns: dict[str, list[int]] = {}
    for name, maker in makers.items():
        examples = [0 if one.examples is None else len(one.examples) for one in maker.learned]
        columns |= {
            f"{name}_examples": examples,
            f"{name}_trees": [o.n_trees for o in maker.learned],
        }
    return rounds.assign(**columns)
