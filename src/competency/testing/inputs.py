"""Small inputs whose right answers can be worked out by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from competency.arrays import Bools, Floats, frozen
from competency.evidence import evidence_from_tables
from competency.evidence.table import Roster
from competency.framework.model import (
    About,
    Competency,
    Develops,
    EntryRequirement,
    Framework,
    LadderStep,
    MandatoryTraining,
    Position,
    Provider,
    Requirement,
    ScaleLevel,
    Training,
    TrainingPrerequisite,
)
from competency.gaps.table import GapTable
from competency.levels.beliefs import LevelBeliefs
from competency.levels.model import LevelModel

AS_OF = date(2026, 11, 1)
"""The day of the small inputs."""

TOP = 3
"""Highest level of the small framework."""

_SOURCES = {"assessment_centre": (4, 3.0, 0.3), "supervisor": (6, 2.0, 0.5)}
# Assessors, discrimination, spread of their severities.
_HALO = 0.3
_COMPETENCIES = (
    Competency(id="A", name="Antar kerja", name_en="Placement"),
    Competency(id="B", name="Bimbingan", name_en="Guidance"),
    Competency(id="C", name="Komunikasi", name_en="Communication"),
)
_POSITIONS = (
    Position(id="P", name="Ahli Pertama", name_en="First rank"),
    Position(id="Q", name="Ahli Muda", name_en="Junior rank"),
)
_REQUIREMENTS = (
    Requirement(position="P", competency="A", level=2),
    Requirement(position="P", competency="B", level=1),
    Requirement(position="P", competency="C", level=2, weight=2.0),
    Requirement(position="Q", competency="A", level=3),
    Requirement(position="Q", competency="B", level=2),
    Requirement(position="Q", competency="C", level=2),
)
_PROVIDERS = (
    Provider(id="GOOD", name="Balai Satu", accreditation_valid_until=date(2029, 12, 31)),
    Provider(id="OLD", name="Balai Dua", accreditation_valid_until=date(2026, 10, 31)),
)
_TRAININGS = (
    Training(id="T1", name="Dasar A", name_en="Basics of A", hours=10.0, provider="GOOD"),
    Training(id="T2", name="Lanjutan A", name_en="Advanced A", hours=20.0),
    Training(id="T3", name="Wajib B", name_en="Mandatory B", hours=8.0, provider="GOOD"),
    Training(id="T4", name="Kembar C satu", hours=16.0, provider="OLD"),
    Training(id="T5", name="Kembar C dua", hours=16.0, provider="GOOD"),
    Training(id="T6", name="Daerah", hours=4.0, region="Timur"),
)
_FAR = Training(id="T2X", name="Jauh", hours=1.0, region="Nowhere")
_DEVELOPS = (
    Develops(training="T1", competency="A", target_level=2, success=0.8),
    Develops(training="T2", competency="A", entry_level=2, target_level=3, success=0.6),
    Develops(training="T3", competency="B", target_level=2, success=0.9),
    Develops(training="T4", competency="C", target_level=3, success=0.5),
    Develops(training="T5", competency="C", target_level=3, success=0.5),
    Develops(training="T6", competency="C", target_level=1, success=0.7),
)


def small_framework(*, extra_training: bool = False) -> Framework:
    """Return a framework of two positions, three competencies and six trainings.

    ``T1`` lifts A from nothing; ``T2`` lifts A from level 2 and comes after ``T1``; ``T3`` lifts
    B and is mandatory for the position P; ``T4`` and ``T5`` are twins that lift C, ``T4`` by a
    provider whose accreditation has ended; ``T6`` is for another region.

    Parameters
    ----------
    extra_training : bool
        Add ``T2X``, which lifts everything but is offered to a region where nobody works.

    Returns
    -------
    Framework
    """
    far = [_FAR] if extra_training else []
    lifts = [
        Develops(training=row.id, competency=name, target_level=TOP, success=1.0)
        for row in far
        for name in "ABC"
    ]
    return Framework(
        framework=(About(id="small", name="Kecil", name_en="Small"),),
        levels=tuple(ScaleLevel(level=k, name=f"Level {k}") for k in range(1, TOP + 1)),
        competencies=_COMPETENCIES,
        positions=_POSITIONS,
        ladder=(LadderStep(position="P", next_position="Q"),),
        requirements=_REQUIREMENTS,
        providers=_PROVIDERS,
        trainings=(*_TRAININGS, *far),
        develops=(*_DEVELOPS, *lifts),
        entry_requirements=(EntryRequirement(training="T5", competency="B", level=1),),
        training_prerequisites=(TrainingPrerequisite(training="T2", requires_training="T1"),),
        mandatory_trainings=(MandatoryTraining(position="P", training="T3"),),
    )


def beliefs_of(
    framework: Framework,
    probs: Floats,
    *,
    positions: tuple[str, ...] | None = None,
    regions: tuple[str, ...] | None = None,
    known: bool | Bools = True,
) -> LevelBeliefs:
    """Return beliefs with the probabilities given, about officers ``0000``, ``0001``, ...

    Parameters
    ----------
    framework : Framework
    probs : Floats, shape (n_officers, n_competencies, n_levels)
    positions, regions : tuple of str, optional
        Of each officer; default the first position, and no region.
    known : bool or array, shape (n_officers, n_competencies)
        What was assessed (once).

    Returns
    -------
    LevelBeliefs
    """
    index = framework.index
    count, n_competencies, n_levels = probs.shape
    held = [index.position_ids.index(name) for name in positions or ()]
    position = np.array(held or [0] * count, np.int32)
    roster = Roster(
        officer_ids=frozen(np.array([f"{i:04d}" for i in range(count)], object)),
        position=frozen(position),
        next_position=frozen(index.next_position[position].astype(np.int32)),
        unit=frozen(np.array([f"U{i % 2}" for i in range(count)], object)),
        region=frozen(np.array(regions or [""] * count, object)),
    )
    probs = probs.astype(np.float32)
    mean = (probs * np.arange(n_levels)).sum(-1, dtype=np.float32)
    seen = np.broadcast_to(known, mean.shape)
    last = np.where(seen, np.datetime64("2026-06-30", "D"), np.datetime64("NaT", "D"))
    return LevelBeliefs(
        framework,
        roster,
        AS_OF,
        probs=frozen(probs),
        mean=frozen(mean),
        sd=frozen(np.full_like(mean, 0.5)),
        n_observations=frozen(seen.astype(np.int32)),
        last_date=frozen(last),
        correlation=frozen(np.eye(n_competencies)),
    )


def gaps_of(levels: LevelBeliefs) -> GapTable:
    """Return the gaps toward the position held and the next one, in plain loops.

    Parameters
    ----------
    levels : LevelBeliefs

    Returns
    -------
    GapTable
    """
    index = levels.framework.index
    position = np.stack([levels.roster.position, levels.roster.next_position])
    required = np.stack([index.required_levels(row) for row in position])
    weight = np.stack([index.requirement_weights(row) for row in position])
    gap = np.full(required.shape, np.nan, np.float32)
    meets = np.full(required.shape, np.nan, np.float32)
    for cell in zip(*np.nonzero(required), strict=True):
        survival = levels.survival[cell[1], cell[2]]
        gap[cell] = sum(1.0 - survival[k] for k in range(1, required[cell] + 1))
        meets[cell] = survival[required[cell]]
    known = levels.n_observations > 0
    return GapTable(
        levels,
        ("held", "next"),
        frozen(position),
        frozen(required),
        frozen(weight),
        frozen(gap),
        frozen(meets),
        frozen(known),
    )


def small_gaps(n_officers: int = 12, *, seed: int = 0, extra_training: bool = False) -> GapTable:
    """Return gaps of officers with random beliefs in the small framework.

    Parameters
    ----------
    n_officers : int
    seed : int
    extra_training : bool
        As in `small_framework`; the officers stay the same.

    Returns
    -------
    GapTable
    """
    framework = small_framework(extra_training=extra_training)
    rng = np.random.default_rng(seed)
    probs = rng.dirichlet(np.full(TOP + 1, 0.7), size=(n_officers, 3))
    levels = beliefs_of(
        framework,
        probs,
        positions=tuple("PQ"[i % 3 == 2] for i in range(n_officers)),
        regions=tuple(("Timur", "Barat", "")[i % 3] for i in range(n_officers)),
        known=rng.random((n_officers, 3)) < 0.7,
    )
    return gaps_of(levels)


def small_history(gaps: GapTable) -> pd.DataFrame:
    """Return a history in which every second officer passed ``T1`` and every fifth ``T3``.

    Parameters
    ----------
    gaps : GapTable

    Returns
    -------
    DataFrame
        The columns of :attr:`Evidence.history`, and ``unit``.
    """
    roster = gaps.levels.roster
    first, other = roster.officer_ids[::2], roster.officer_ids[::5]
    officer = [*first, *other]
    unit = [roster.unit[roster.row_of[str(name)]] for name in officer]
    size = len(officer)
    return pd.DataFrame(
        {
            "officer": pd.Series(officer, dtype="str"),
            "training": pd.Series(["T1"] * len(first) + ["T3"] * len(other), dtype="str"),
            "session": pd.Series([""] * size, dtype="str"),
            "status": pd.Series(["completed"] * size, dtype="str"),
            "start": pd.Series([pd.Timestamp("2026-03-02")] * size, dtype="datetime64[s]"),
            "end": pd.Series([pd.Timestamp("2026-03-06")] * size, dtype="datetime64[s]"),
            "unit": pd.Series(unit, dtype="str"),
        }
    )


def small_model(n_officers: int = 60, *, seed: int = 0) -> LevelModel:
    """Return a level model fitted on ratings drawn as it assumes, in the small framework.

    Officers hold the position P; each is rated in June of 2023, 2024 and 2025 by one of 4 assessors
    of an assessment centre and one of 6 supervisors.

    Parameters
    ----------
    n_officers : int
    seed : int

    Returns
    -------
    LevelModel

    Examples
    --------
    >>> model = small_model()
    >>> len(model.evidence_.roster), len(model.assessors_), model.converged_
    (60, 10, True)
    """
    rng, names = np.random.default_rng(seed), [row.id for row in _COMPETENCIES]
    officers = [f"{i:04d}" for i in range(n_officers)]
    theta = TOP / 2 + rng.standard_normal((n_officers, len(names)))
    frames = []
    for source, (count, slope, spread) in _SOURCES.items():
        assessor = rng.permutation(np.arange(n_officers) % count)
        severity = rng.normal(0, spread, count)[assessor] + rng.normal(0, _HALO, n_officers)
        for year in (2023, 2024, 2025):
            rated = theta - severity[:, None] + rng.logistic(size=theta.shape) / slope
            level = np.clip(np.floor(rated + 0.5), 0, TOP).astype(int)
            frame = pd.DataFrame(level, columns=names).assign(
                officer=officers, assessor=[f"A{a + 1}" for a in assessor]
            )
            rows = frame.melt(["officer", "assessor"], var_name="competency", value_name="level")
            frames.append(rows.assign(source=source, date=f"{year}-06-01"))
    tables = {
        "officers": pd.DataFrame({"officer": officers, "position": "P"}),
        "assessments": pd.concat(frames),
    }
    return LevelModel().fit(evidence_from_tables(tables, framework=small_framework(), strict=True))
