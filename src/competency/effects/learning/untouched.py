"""What is known of officers and sources where no training has moved them yet."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from competency.config import LevelConfig
from competency.levels.cells import without_papers
from competency.levels.model import LevelModel
from competency.levels.problem import LevelProblem
from competency.levels.tables import known_severities
from competency.levels.units import known_units

if TYPE_CHECKING:
    from competency.arrays import Bools, Ints
    from competency.evidence.table import Evidence
    from competency.levels.calibrate import Parameters
    from competency.levels.cells import Sights

MOST_OFFICERS = 3_000
"""Officers that sources, means and correlations are fitted on: errors of sources are then far below
those of trainings (chosen by the project)."""


def rating_problem(evidence: Evidence, config: LevelConfig | None) -> tuple[LevelProblem, Ints]:
    """Return the ratings of an evidence in numbers, by officer, and the row of each in its table.

    Certificates are left out: nobody hears of those that were not earned. So are answers to items.

    Parameters
    ----------
    evidence : Evidence
    config : LevelConfig or None

    Returns
    -------
    problem : LevelProblem
    row : int64, shape (n_ratings,)
        Row of ``evidence.assessments``.
    """
    problem = LevelProblem.of(evidence, config or LevelConfig())
    sights = without_papers(problem.sights)
    known = np.isfinite(sights.level) & ~np.isnat(sights.seen)
    known &= (sights.officer >= 0) & (sights.competency >= 0) & (sights.item < 0)
    row = np.flatnonzero(known)
    row = row[np.argsort(sights.officer[row], kind="stable")]
    return replace(problem, sights=sights.take(row)), row


def untouched_parameters(
    evidence: Evidence, levels: LevelModel, assessors: Sights, *, row: Ints, free: Bools
) -> Parameters:
    """Return the parameters of levels, fitted again on ratings that no training preceded.

    A fit on all ratings takes levels to stand still: where tests follow trainings, what a training
    added would be read as the leniency of tests. Severities of named assessors are those of
    `levels`, moved as far as their source moves.

    Parameters
    ----------
    evidence : Evidence
    levels : LevelModel
        Fitted on whatever there was.
    assessors : Sights
        Gives the assessors whose severities are asked for.
    row : Ints, shape (n_ratings,)
        Rows of ``evidence.assessments``.
    free : Bools, shape (n_ratings,)
        Those that no training on the competency preceded.

    Returns
    -------
    known : Parameters
        With the severities of those assessors, and the units of ``evidence.roster``.
    """
    step = -(-len(evidence.officers) // MOST_OFFICERS)
    officers = evidence.officers.iloc[:: max(step, 1)].reset_index(drop=True)
    ratings = evidence.assessments.iloc[np.sort(row[free])]
    ratings = ratings[ratings["officer"].isin(officers["officer"])].reset_index(drop=True)
    model = LevelModel(levels.config)
    model.fit(replace(evidence, officers=officers, assessments=ratings))
    known = model._parameters  # noqa: SLF001
    severity, variance = known_severities(levels.assessors_, assessors.assessors)
    moved = (
        model.sources_.set_index("source")["severity"]
        - levels.sources_.set_index("source")["severity"]
    )
    source = assessors.assessors["source"]
    known = known.with_severities(severity + moved.reindex(source).to_numpy(), variance)
    return known.with_strengths(*known_units(model.units_, evidence.roster.unit, known.units.sd))
