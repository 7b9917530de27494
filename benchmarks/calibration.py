"""Whether beliefs over levels are right as often as they say, at full size.

    python -m benchmarks.calibration [--quick] [--json FILE]

Three parts. The checks themselves: perfect forecasters pass at the nominal rate, overconfident
ones are found. The level model in its own world (truth drawn from its prior, ratings from its
likelihood): simulation-based calibration, coverage and calibration error, apart for cells with
no, one and several ratings. The reference cohort, made by a simulator whose assessors, halo and
missingness the model does not assume: measured, without a goal. There is no peer.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from benchmarks._cohort import cohort_folder
from benchmarks._rows import Row, Size, parser_for, show
from competency.levels.checks import (
    ModelWorld,
    assessment_slices,
    calibration_error,
    check_levels,
    draw_model_world,
    interval_coverage,
    level_calibration_error,
    level_coverage,
    level_model_sbc,
)

COVERAGE_GOAL = 0.005
"""90 % sets may miss their claim by this much."""
ERROR_GOAL = 0.01
"""Largest expected calibration error."""
LEAST_P, LARGEST_P = 0.01, 0.99
"""p-values of simulation-based calibration that pass."""
INSIDE_GOAL, POWER_GOAL = 0.93, 0.95
"""Nominal .95 less the noise of 1,000 forecasters and 300 redraws; power as usually asked."""
AS_OF = "2026-11-01"
OFFICERS: dict[Size, int] = {"full": 50_000, "quick": 2_000, "smallest": 40}
DRAWS: dict[Size, int] = {"full": 1_000, "quick": 100, "smallest": 5}
"""Forecasters, and redraws of the null band."""


def check_rows(forecasters: int) -> list[Row]:
    """Return how often the band holds perfect forecasters, and misses overconfident ones."""
    inside = flagged = 0
    for seed in range(forecasters):
        rng = np.random.default_rng(seed)
        p = rng.random(300)
        event = rng.random(300) < p
        proud = p**2 / (p**2 + (1 - p) ** 2)
        inside += calibration_error(p, event, draws=300, rng=rng).inside
        flagged += calibration_error(proud, event, draws=300, rng=rng).verdict == "above"
    return [
        Row("perfect forecasters inside the 95 % band", inside / forecasters, goal=INSIDE_GOAL),
        Row("log-odds doubled, n = 300: found", flagged / forecasters, goal=POWER_GOAL),
    ]


def sbc_rows(n_officers: int) -> list[Row]:
    """Return the extreme p-values over competencies, for every way to rank and to fit."""
    rows = []
    variants: tuple[tuple[str, Literal["level", "latent"], bool], ...] = (
        ("levels", "level", False),
        ("levels, means learned", "level", True),
        ("latent, as a normal", "latent", False),
    )
    for name, by, learn in variants:
        got = level_model_sbc(by=by, n_officers=n_officers, learn=learn, rng=2026)
        label = f"SBC by {name}, {n_officers} officers"
        # A posterior is not normal: what that costs is measured, it has no goal.
        low, high = (LEAST_P, LARGEST_P) if by == "level" else (None, None)
        rows.append(Row(f"{label}: least p of 3", min(got.p_values), goal=low))
        rows.append(
            Row(f"{label}: largest p of 3", max(got.p_values), goal=high, smaller_is_better=True)
        )
    return rows


def world_rows(world: ModelWorld) -> Iterator[Row]:
    """Yield coverage and calibration error of the model in its own world, slice by slice."""
    beliefs = world.beliefs
    for name, rows in assessment_slices(beliefs.n_observations).items():
        probs, level = beliefs.probs[rows], world.level[rows]
        sets = level_coverage(probs, level, levels=[0.9])
        latent = interval_coverage(
            beliefs.mean[rows], beliefs.sd[rows], world.theta[rows], levels=[0.9]
        )
        error = level_calibration_error(probs, level, draws=1).error
        figures = (
            ("90 % sets of levels, |coverage - .9|", abs(sets.covered[0] - 0.9), COVERAGE_GOAL),
            ("90 % latent intervals, |coverage - .9|", abs(latent.covered[0] - 0.9), COVERAGE_GOAL),
            ("calibration error", error, ERROR_GOAL),
        )
        for what, value, goal in figures:
            yield Row(f"own world, {name}: {what}", float(value), goal=goal, smaller_is_better=True)


def cohort_rows(folder: Path, draws: int) -> list[Row]:
    """Return the checks of a cohort against its truth, slice by slice."""
    import competency as cp

    framework = cp.load_framework(cp.pack_path())
    evidence = cp.read_evidence(folder / "cohort", framework=framework)
    levels = cp.LevelModel().fit(evidence).predict(as_of=AS_OF)
    truth = pd.read_csv(folder / "truth" / "levels.csv", dtype={"officer": str})
    start = time.perf_counter()
    table = check_levels(levels, truth, draws=draws)
    seconds = time.perf_counter() - start
    shown = {
        "n": "cells",
        "brier": "Brier score",
        "rps": "ranked probability score",
        "ece": "calibration error",
        "ece_high": "calibration error, top of the null band",
        "coverage_90": "coverage of 90 % sets",
    }
    rows = [
        Row(f"cohort, {name}: {text}", float(value))
        for column, text in shown.items()
        for name, value in zip(table["slice"], table[column], strict=True)
    ]
    return [*rows, Row("cohort: check_levels, seconds", seconds)]


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; return the exit code."""
    given = parser_for(__doc__).parse_args(arguments)
    n_officers, draws = OFFICERS[given.size], DRAWS[given.size]
    rows = check_rows(draws)
    rows += sbc_rows(n_officers)
    rows += world_rows(draw_model_world(n_officers=n_officers, rng=7))
    with tempfile.TemporaryDirectory() as folder:
        rows += cohort_rows(cohort_folder(given.size, Path(folder)), draws)
    show("Calibration of beliefs over levels", rows, given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
