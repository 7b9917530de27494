"""The whole sentence in one function: framework and evidence in, plan out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING

from competency.config import PipelineConfig, as_date
from competency.gaps import GapTable, score_gaps
from competency.levels import LevelBeliefs, LevelModel
from competency.planning import Plan, plan_cohort
from competency.ranking import PriorRanker, Ranker, Ranking

if TYPE_CHECKING:
    from competency.effects import EffectModel
    from competency.errors import Finding
    from competency.evidence import Evidence
    from competency.framework.model import Framework

OnStep = Callable[[str], None]
STEPS = ("levels", "gaps", "ranking", "planning")
"""Names that `on_step` is called with, in order."""


@dataclass(frozen=True, eq=False)
class Recommendation:
    """What one run of the sentence found, step by step.

    Parameters
    ----------
    evidence : Evidence
    model : LevelModel
        Fitted on the evidence.
    levels : LevelBeliefs
    gaps : GapTable
    ranking : Ranking
    plan : Plan
    """

    evidence: Evidence
    model: LevelModel
    levels: LevelBeliefs
    gaps: GapTable
    ranking: Ranking
    plan: Plan

    @cached_property
    def measurement(self) -> tuple[Finding, ...]:
        """What stands out in the levels; see :func:`competency.levels.diagnostics.level_findings`.

        Worked out when first asked for: it takes half as long as the fit.
        """
        from competency.levels.diagnostics import level_findings

        return level_findings(self.model, as_of=self.levels.as_of, beliefs=self.levels)

    def __repr__(self) -> str:
        parts = (self.evidence, self.levels, self.gaps, self.ranking, self.plan)
        return "Recommendation(\n  " + ",\n  ".join(map(repr, parts)) + ",\n)"


def recommend(
    framework: Framework,
    evidence: Evidence,
    *,
    as_of: date | str,
    config: PipelineConfig | None = None,
    ranker: Ranker | None = None,
    effects: EffectModel | None = None,
    on_step: OnStep | None = None,
) -> Recommendation:
    """Return levels, gaps, ranking and plan of every officer.

    Parameters
    ----------
    framework : Framework
    evidence : Evidence
        Read against the same framework. What is dated after `as_of` is not used.
    as_of : date or str
        The day the recommendation speaks of (ISO text is accepted).
    config : PipelineConfig, optional
        Settings of the steps.
    ranker : Ranker, optional
        Default: the closed-form prior with ``config.ranking`` and the transitions of `effects`.
    effects : EffectModel, optional
        What trainings change, for ranking by default and for planning; default: what the catalogue
        claims. A training that it does not know is as the catalogue claims.
    on_step : callable, optional
        Called with the name of each step (see `STEPS`) before it begins.

    Returns
    -------
    Recommendation

    Examples
    --------
    >>> import competency as cp
    >>> framework = cp.load_framework(cp.pack_path())
    >>> evidence = cp.read_evidence(cp.pack_path() / "cohort", framework=framework)
    >>> found = cp.recommend(framework, evidence, as_of="2026-11-01")
    >>> len(found.levels)
    1162
    """
    config = config or PipelineConfig()
    day = as_date(as_of)
    tell = on_step or (lambda _: None)
    tell("levels")
    model = LevelModel(config.levels).fit(evidence, as_of=day)
    levels = model.predict(as_of=day)
    tell("gaps")
    gaps = score_gaps(levels, framework, config=config.gaps)
    tell("ranking")
    moves = None if effects is None else effects.transitions_for(framework)
    ranker = ranker or PriorRanker(config.ranking, moves)
    ranking = ranker.rank(gaps, history=evidence.history)
    tell("planning")
    plan = plan_cohort(ranking, config=config.planning, transitions=moves)
    return Recommendation(evidence, model, levels, gaps, ranking, plan)
