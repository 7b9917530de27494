"""What is known of officers and sources where no training has moved them yet."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from competency.config import LevelConfig
from competency.levels.fitting.items import known_items
from competency.levels.fitting.problem import LevelProblem
from competency.levels.fitting.units import known_units
from competency.levels.model import LevelModel
from competency.levels.posterior.cells import without_certificates
from competency.levels.tables import known_severities

if TYPE_CHECKING:
    import pandas as pd

    from competency.arrays import Ints
    from competency.evidence.table import Evidence
    from competency.levels.fitting.calibrate import Parameters

MOST_OFFICERS = 2_000
"""Officers that sources, means and correlations are fitted on: errors of sources are then far below
those of trainings (chosen by the project)."""


def rating_problem(evidence: Evidence, config: LevelConfig | None) -> tuple[LevelProblem, Ints]:
    """Return ratings and answers to items in numbers, by officer, and where each came from.

    Certificates are left out: nobody hears of those that were not earned.

    Parameters
    ----------
    evidence : Evidence
    config : LevelConfig or None

    Returns
    -------
    problem : LevelProblem
    row : int64, shape (n_observations,)
        Row of ``evidence.assessments`` or, counted on from them, of ``evidence.responses``.
    """
    problem = LevelProblem.of(evidence, config or LevelConfig())
    observations = without_certificates(problem.observations)
    known = np.isfinite(observations.level) & ~np.isnat(observations.seen)
    known &= (observations.officer >= 0) & (observations.competency >= 0)
    row = np.flatnonzero(known)
    row = row[np.argsort(observations.officer[row], kind="stable")]
    return replace(problem, observations=observations.take(row)), row


def untouched_parameters(
    evidence: Evidence, levels: LevelModel, problem: LevelProblem, untouched: Ints
) -> Parameters:
    """Return the parameters of levels, fitted again on what no training preceded.

    A fit on all ratings takes levels to stand still: where tests follow trainings, what a training
    added would be read as the leniency of tests. Severities of named assessors are those of
    `levels`, moved as far as their source moves.

    Parameters
    ----------
    evidence : Evidence
    levels : LevelModel
        Fitted on whatever there was.
    problem : LevelProblem
        Gives the assessors and items that are asked for.
    untouched : Ints
        Rows of ``evidence.assessments`` and, counted on, of ``evidence.responses``.

    Returns
    -------
    known : Parameters
        With the severities of those assessors, those items, and the units of the roster.
    """
    n_ratings, few = len(evidence.assessments), _some(evidence)
    rows = np.sort(untouched)
    ratings = evidence.assessments.iloc[rows[rows < n_ratings]]
    answers = evidence.responses.iloc[rows[rows >= n_ratings] - n_ratings]
    model = LevelModel(levels.config).fit(
        replace(
            evidence,
            officers=few,
            assessments=ratings[ratings["officer"].isin(few["officer"])].reset_index(drop=True),
            responses=answers[answers["officer"].isin(few["officer"])].reset_index(drop=True),
        )
    )
    assessors = problem.observations.assessors
    severity, variance = known_severities(levels.assessors_, assessors)
    before, after = (m.sources_.set_index("source")["severity"] for m in (levels, model))
    moved = (after - before).reindex(assessors["source"]).to_numpy(dtype=np.float64)
    curves = known_items(model.items_, problem.observations.items, problem.fixed.sources.items)
    known = model._parameters.with_severities(severity + moved, variance)  # noqa: SLF001
    known = known.with_items(curves)
    return known.with_strengths(*known_units(model.units_, evidence.roster.unit, known.units.sd))


def _some(evidence: Evidence) -> pd.DataFrame:
    """Officers evenly spread over the sorted ids, at most `MOST_OFFICERS`."""
    step = max(-(-len(evidence.officers) // MOST_OFFICERS), 1)
    return evidence.officers.iloc[::step].reset_index(drop=True)
