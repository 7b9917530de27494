"""Whether the chances of success come back: cohorts of the reference pack with known truth."""

from __future__ import annotations

import numpy as np

import competency as cp
from benchmarks._effects_speed import cohort_evidence
from benchmarks._rows import Row, Size
from competency.arrays import Floats
from competency.effects import EffectModel
from competency.framework.model import Framework
from competency.levels import LevelModel

OFFICERS: dict[Size, int] = {"full": 1162, "quick": 1162, "smallest": 40}
SEEDS: dict[Size, int] = {"full": 10, "quick": 2, "smallest": 1}
_HIDDEN = 6
# One training in so many changes nothing in the second world.


def rows(size: Size = "full") -> list[Row]:
    """Measure coverage and error over seeds, in a world as assumed and in a harsher one."""
    seeds, n_officers = range(SEEDS[size]), OFFICERS[size]
    around = [_around(seed, n_officers) for seed in seeds]
    anywhere = [_anywhere(seed, n_officers) for seed in seeds]
    return [
        *_world("truth around the catalogue's odds", around),
        *_world("truth anywhere, one training in six null", anywhere),
    ]


def _world(name: str, runs: list[Floats]) -> list[Row]:
    inside, error, claimed, off, naive = np.mean(runs, axis=0)
    return [
        Row(f"{name}: 90 % intervals cover", float(inside)),
        Row(f"{name}: |coverage - .90|", float(abs(inside - 0.9)), goal=0.05,
            smaller_is_better=True),
        Row(f"{name}: RMSE of success (peer: catalogue)", float(error), peer=float(claimed),
            smaller_is_better=True),
        Row(f"{name}: bias of gain, levels (peer: naive)", float(off), peer=float(naive),
            smaller_is_better=True),
    ]  # fmt: skip


def _around(seed: int, n_officers: int) -> Floats:
    framework, rng = cp.load_framework(cp.pack_path()), np.random.default_rng(1000 + seed)
    claimed = framework.index.develops.success
    odds = np.log(claimed / (1 - claimed)) - 0.5 + rng.normal(0, 0.8, len(claimed))
    return _measured(framework, 1 / (1 + np.exp(-odds)), seed, n_officers)


def _anywhere(seed: int, n_officers: int) -> Floats:
    framework, rng = cp.load_framework(cp.pack_path()), np.random.default_rng(seed)
    develops, n_trainings = framework.index.develops, len(framework.index.training_ids)
    null = np.isin(develops.training, rng.choice(n_trainings, n_trainings // _HIDDEN, False))
    truth = np.where(null, 0.0, rng.beta(2, 2, len(develops.success)))
    return _measured(framework, truth, seed, n_officers)


def _measured(framework: Framework, truth: Floats, seed: int, n_officers: int) -> Floats:
    order = sorted(framework.develops, key=lambda row: (row.training, row.competency))
    changed = tuple(
        row.model_copy(update={"success": float(p)}) for row, p in zip(order, truth, strict=True)
    )
    real = framework.model_copy(update={"develops": changed})
    evidence = cohort_evidence(real, n_officers=n_officers, seed=seed, read_with=framework)
    model = EffectModel().fit(evidence.history, LevelModel().fit(evidence))
    known = model.rows_[model.rows_["n_used"] > 0]
    true = truth[known.index]
    inside = ((known["low"] <= true) & (true <= known["high"])).mean()
    gain = true * known["reach"]
    return np.array([
        inside,
        np.sqrt(np.mean((known["success"] - true) ** 2)),
        np.sqrt(np.mean((known["claimed"] - true) ** 2)),
        abs((known["gain"] - gain).mean()),
        abs((known["naive_gain"] - gain).mean()),
    ])  # fmt: skip
