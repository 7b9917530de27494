"""Scoring a nation: files in, files out, in bounded memory, with a saved level model.

    python -m benchmarks.national [--quick] [--json FILE]

Officers are drawn from the model of the reference pack itself (synthetic): truth from its prior,
ratings from its likelihood, 0 to 3 a cell, assessors that the model never met. So coverage and
calibration have known right answers. Measured on 500,000 officers and 20 competencies (20,000
with --quick), in parts of 25,000 (5,000); minutes are extrapolated to 4.7 million, linearly. Making
the files is not in the time. There is no peer that does this job.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks._rows import Row, Size, parser_for, show
from competency.arrays import Floats, Ints
from competency.batch.scoring import score_parts
from competency.framework import load_framework
from competency.levels import LevelModel, load_level_model
from competency.levels.checks import interval_coverage, level_calibration_error
from competency.packs import model_path, pack_path

NATION = 4_700_000
MINUTES_GOAL, MEMORY_GOAL = 10.0, 1_500.0
"""Minutes for the nation; megabytes of the largest process (bounded: that of one part)."""
COVERAGE_GOAL, ERROR_GOAL = 0.005, 0.01
AS_OF = "2026-11-01"
PARTS: dict[Size, tuple[int, int]] = {
    "full": (20, 25_000),
    "quick": (4, 5_000),
    "smallest": (1, 60),
}
"""Number of parts, and officers in each."""
OFFICERS_OF_AN_ASSESSOR = 20
SOURCES = ("self", "peer", "supervisor", "assessment_centre")


def write_part(folder: Path, model: LevelModel, number: int, size: int) -> tuple[Floats, Ints]:
    """Write the evidence about `size` officers; return latent truth and level."""
    rng = np.random.default_rng((7, number))
    index = load_framework(pack_path()).index
    position = rng.integers(0, len(index.position_ids), size)
    root = np.linalg.cholesky(model.covariance_)
    theta = model.group_mean_[position] + rng.standard_normal((size, len(root))) @ root.T
    theta += np.sqrt(model.group_variance_[position]) * rng.standard_normal(theta.shape)
    ids = np.array([f"{number:03d}{i:09d}" for i in range(size)], object)
    folder.mkdir(parents=True)
    names = np.array(index.position_ids, object)[position]
    pd.DataFrame({"officer": ids, "position": names}).to_parquet(folder / "officers.parquet")
    ratings(theta, model, rng, ids=ids, number=number).to_parquet(folder / "assessments.parquet")
    level = np.clip(np.floor(theta + 0.5), 0, index.max_level).astype(np.int64)
    return theta, level


def ratings(
    theta: Floats, model: LevelModel, rng: np.random.Generator, *, ids: np.ndarray, number: int
) -> pd.DataFrame:
    """Return 0 to 3 ratings of each cell, each from another source; one assessor a source."""
    index = load_framework(pack_path()).index
    sources = model.sources_.set_index("source").loc[list(SOURCES)]
    size = theta.shape[1]
    count = rng.integers(0, 4, theta.size)
    which = np.argsort(rng.random((theta.size, len(SOURCES))), axis=1)[:, :3]
    cell, turn = np.nonzero(np.arange(3) < count[:, None])
    which = which[cell, turn]
    officer, competency = np.divmod(cell, size)
    crowd = officer // OFFICERS_OF_AN_ASSESSOR * len(SOURCES) + which
    n_crowd = (len(theta) // OFFICERS_OF_AN_ASSESSOR + 1) * len(SOURCES)
    columns = {name: sources[name].to_numpy() for name in sources.columns}
    kind = np.arange(n_crowd) % len(SOURCES)
    severity = columns["severity"][kind] + columns["severity_sd"][kind] * rng.normal(size=n_crowd)
    halo = columns["halo_sd"] * rng.normal(size=(len(theta), len(SOURCES)))
    noise = rng.logistic(size=len(cell)) / columns["discrimination"][which]
    seen = theta[officer, competency] - severity[crowd] - halo[officer, which] + noise
    return pd.DataFrame(
        {
            "officer": ids[officer],
            "competency": np.array(index.competency_ids, object)[competency],
            "source": np.array(SOURCES, object)[which],
            "assessor": np.array([f"{number:03d}A{k:07d}" for k in range(n_crowd)], object)[crowd],
            "value": np.clip(np.floor(seen + 0.5), 0, index.max_level[competency]).astype(int),
            "date": pd.Timestamp(AS_OF),
        }
    )


def measured(n_parts: int, size: int, folder: Path) -> list[Row]:
    """Return time, memory, coverage and calibration of scoring `n_parts` parts."""
    model = load_level_model(model_path("pengantar-kerja"), load_framework(pack_path()))
    parts = [folder / f"part-{k:03d}" for k in range(n_parts)]
    truth = [write_part(part, model, k, size) for k, part in enumerate(parts)]
    start = time.perf_counter()
    told = score_parts(
        parts, framework=pack_path(), model=model_path("pengantar-kerja"),
        output=folder / "out", as_of=AS_OF,
    )  # fmt: skip
    seconds = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    officers = int(told["officers"].sum())
    name = f"{officers:,} officers, {int(told['kept'].sum()) - officers:,} ratings"
    rows = [
        Row(f"{name}: seconds", seconds),
        Row("4.7 million officers, minutes (extrapolated)", seconds / officers * NATION / 60, None,
            MINUTES_GOAL, smaller_is_better=True),
        Row("largest worker, MB", memory, None, MEMORY_GOAL, smaller_is_better=True),
    ]  # fmt: skip
    return rows + calibration(truth[:4], folder / "out" / "levels")


def calibration(truth: list[tuple[Floats, Ints]], folder: Path) -> list[Row]:
    """Return how well the beliefs of the first parts hold against the truth."""
    files = sorted(folder.glob("*.parquet"))[: len(truth)]
    table = pd.concat([pd.read_parquet(file) for file in files])
    theta, level = (np.concatenate([part[k].ravel() for part in truth]) for k in (0, 1))
    probs = table.filter(like="p_level_").to_numpy()
    mean, sd = table["latent_mean"].to_numpy(), table["latent_sd"].to_numpy()
    covered = interval_coverage(mean, sd, theta, levels=[0.9]).covered[0]
    error = level_calibration_error(probs, level, draws=1).error
    return [
        Row("90 % intervals miss .90 by", abs(float(covered) - 0.9), None, COVERAGE_GOAL,
            smaller_is_better=True),
        Row("calibration error", float(error), None, ERROR_GOAL, smaller_is_better=True),
    ]  # fmt: skip


def one_officer() -> Row:
    """Return the median time of scoring one officer with 100 ratings, in milliseconds."""
    model = load_level_model(model_path("pengantar-kerja"), load_framework(pack_path()))
    rng, index = np.random.default_rng(1), load_framework(pack_path()).index
    told = {
        "competency": [index.competency_ids[k % len(index.competency_ids)] for k in range(100)],
        "source": [SOURCES[k] for k in rng.integers(0, len(SOURCES), 100)],
        "assessor": [f"A{k}" for k in range(100)],
        "level": rng.integers(0, 5, 100).tolist(),
        "date": ["2026-01-15"] * 100,
    }
    seconds = []
    for _ in range(200):
        start = time.perf_counter()
        model.predict_one(told, as_of=AS_OF, position=index.position_ids[0])
        seconds.append(time.perf_counter() - start)
    median = 1000 * float(np.median(seconds))
    return Row("one officer, 100 ratings: ms", median, None, 1.0, smaller_is_better=True)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; return the exit code."""
    given = parser_for(__doc__).parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        rows = measured(*PARTS[given.size], Path(folder))
    show("Scoring a nation", [*rows, one_officer()], given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
