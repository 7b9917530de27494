"""The whole sentence in one function, and catalogues compared: cases in, plans out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from competency.case import Case, OnStep
from competency.config import PipelineConfig
from competency.planning.changes.scenario import plan_figures, refuse_other_axes

if TYPE_CHECKING:
    from competency.effects import EffectModel
    from competency.evidence import Evidence
    from competency.framework.model import Framework
    from competency.ranking import Ranker


def recommend(
    framework: Framework,
    evidence: Evidence,
    *,
    as_of: date | str,
    config: PipelineConfig | None = None,
    ranker: Ranker | None = None,
    effects: EffectModel | None = None,
    on_step: OnStep | None = None,
) -> Case:
    """Return a case with levels, gaps, ranking and plan of every officer.

    Parameters
    ----------
    framework : Framework
    evidence : Evidence
        Read against the same framework, or one with the same competencies, positions and levels.
        What is dated after `as_of` is not used.
    as_of : date or str
        The day the recommendation speaks of (ISO text is accepted).
    config : PipelineConfig, optional
        Settings of the steps.
    ranker : Ranker, optional
        Default: the closed-form prior with ``config.ranking``.
    effects : EffectModel, optional
        What trainings change, in ranking and planning alike; default: what `ranker` took, and
        without one what the catalogue claims. A training that it does not know is as claimed.
    on_step : callable, optional
        Called with the name of each step (see :data:`competency.case.STEPS`) before it begins.

    Returns
    -------
    Case

    Examples
    --------
    >>> import competency as cp
    >>> framework = cp.load_framework(cp.pack_path())
    >>> evidence = cp.read_evidence(cp.pack_path() / "cohort", framework=framework)
    >>> found = cp.recommend(framework, evidence, as_of="2026-11-01")
    >>> len(found.levels)
    1162
    """
    case = Case(evidence, as_of, config or PipelineConfig(), ranker=ranker, effects=effects)
    if on_step is not None:
        case = dataclasses.replace(case, on_step=on_step)
    if framework is not evidence.framework:
        case = case.with_catalogue(framework)
    _ = case.plan
    return case


def compare_scenarios(case: Case, scenarios: Mapping[str, Framework]) -> pd.DataFrame:
    """Return what a year of trainings would close under other catalogues, all else equal.

    Beliefs about officers stay; gaps, ranking and plan are made again for each catalogue with the
    settings and models of the case, the present catalogue first.

    Parameters
    ----------
    case : Case
    scenarios : mapping of str to Framework
        By name; positions, competencies and levels are those of the case. See
        :mod:`competency.planning.changes.scenario` for functions that make them.

    Returns
    -------
    DataFrame
        One row for each scenario, "present" first: scenario, gap_closed (weighted levels), change
        (against the present), n_planned (officers), n_steps, hours and cost.

    Raises
    ------
    ConfigError
        If a scenario changes positions, competencies or levels.
    """
    refuse_other_axes(case.framework, scenarios)
    cases = {"present": case} | {
        name: case.with_catalogue(framework) for name, framework in scenarios.items()
    }
    table = pd.DataFrame(
        [{"scenario": name, **plan_figures(each.plan)} for name, each in cases.items()]
    )
    table.insert(2, "change", table["gap_closed"] - table["gap_closed"].iloc[0])
    return table
