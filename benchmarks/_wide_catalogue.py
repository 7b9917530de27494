"""A catalogue of any size: the trainings of the reference pack, varied, and made-up beliefs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np

from competency.arrays import Bools, frozen
from competency.evidence.table import Roster
from competency.framework.model import Framework, Training
from competency.levels.beliefs import LevelBeliefs

AS_OF = date(2026, 11, 1)


def wide_framework(framework: Framework, n_trainings: int, seed: int = 0) -> Framework:
    """Return a framework with copies of its trainings that cost, last and help differently."""
    rng = np.random.default_rng(seed)
    rounds = -(-n_trainings // len(framework.trainings))
    trainings = [
        row.model_copy(
            update={
                "id": _named(row.id, k),
                "hours": float(max(2.0, round(row.hours * rng.uniform(0.6, 1.6)))),
                "cost": float(row.cost * rng.uniform(0.5, 2.0)),
            }
        )
        for k in range(rounds)
        for row in framework.trainings
    ][:n_trainings]
    kept = {row.id for row in trainings}

    def copies(rows: Iterable[object]) -> tuple[object, ...]:
        every = [
            row.model_copy(update={"training": _named(row.training, k)})  # type: ignore[attr-defined]
            for k in range(rounds)
            for row in rows
        ]
        return tuple(row for row in every if row.training in kept)

    develops = tuple(
        row.model_copy(update={"success": float(row.success * rng.uniform(0.7, 1.0))})  # type: ignore[attr-defined]
        for row in copies(framework.develops)
    )
    return framework.model_copy(
        update={
            "trainings": tuple[Training, ...](trainings),
            "develops": develops,
            "entry_requirements": copies(framework.entry_requirements),
            "training_prerequisites": copies(framework.training_prerequisites),
            "sessions": (),
        }
    )


def made_up_beliefs(framework: Framework, n_officers: int, seed: int = 0) -> LevelBeliefs:
    """Return beliefs of a spread of .6 levels around levels that differ between officers."""
    rng, index = np.random.default_rng(seed), framework.index
    shape = n_officers, len(index.competency_ids)
    mean = rng.normal(1.8, 1.1, shape).astype(np.float32)
    weight = np.exp(-0.5 * ((np.arange(index.n_levels) - mean[..., None]) / 0.6) ** 2)
    probs = (weight / weight.sum(-1, keepdims=True)).astype(np.float32)
    position = rng.integers(0, len(index.position_ids), n_officers).astype(np.int32)
    ids = np.array([f"{seed:03d}{i:09d}" for i in range(n_officers)], object)
    empty = np.full(n_officers, "", object)
    roster = Roster(
        frozen(ids), frozen(position), frozen(index.next_position[position].astype(np.int32)),
        frozen(empty), frozen(empty),
    )  # fmt: skip
    observations = rng.integers(0, 4, shape).astype(np.int32)
    return LevelBeliefs(
        framework, roster, AS_OF, probs=frozen(probs), mean=frozen(mean),
        sd=frozen(np.full(shape, 0.6, np.float32)), n_observations=frozen(observations),
        last_date=frozen(np.full(shape, np.datetime64("2026-06-30", "D"))),
        correlation=frozen(np.eye(shape[1])),
    )  # fmt: skip


def made_up_passed(framework: Framework, n_officers: int, seed: int = 0) -> Bools:
    """Return one training in twenty as passed."""
    rng = np.random.default_rng((seed, 1))
    return rng.random((n_officers, len(framework.index.training_ids)), np.float32) < 0.05


def _named(name: str, number: int) -> str:
    return f"{name}.{number:02d}" if number else name
