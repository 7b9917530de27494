"""Calibration of ratings: known answers, and a graded model of 40 items against girth.

    python -m benchmarks.levels [--quick] [--json FILE]

girth is used where it is installed (``pip install girth``; it is no dependency). Both fits are
compared by their log-likelihood on one quadrature. Known answers need ../shared/data.
"""

from __future__ import annotations

import importlib.util
import resource
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit

from benchmarks._rows import SHARED_DATA, Row, parser_for, show
from competency.levels.facets import fit_ratings
from competency.levels.facets.exact import problem_of
from competency.levels.facets.forms import Layout
from competency.levels.facets.ratings import calibration_ratings
from competency.levels.facets.table import Columns

if TYPE_CHECKING:
    from competency.arrays import Floats

N_ITEMS, N_CATEGORIES = 40, 5
PEER_SHARE = 0.1
"""Goal: this share of girth's time, at an equal or better log-likelihood."""
LL_GOAL = 1e-4
MEMORY_GOAL = 300.0
"""Megabytes for 100,000 persons."""
KNOWN = (
    ("mirt_LSAT6.csv", "rasch", -2466.93760),
    ("mirt_LSAT6.csv", "2pl", -2466.653378),
    ("mirt_LSAT7.csv", "rasch", -2664.900891),
    ("mirt_LSAT7.csv", "2pl", -2658.805114),
    ("mirt_Science.csv", "grm", -1608.869414),
    ("mirt_Science.csv", "gpcm", -1612.681600),
    ("mirt_Science.csv", "pcm", -1619.274102),
    ("mirt_Science.csv", "rsm", -1636.908447),
)
"""File, model, and the log-likelihood of R mirt 1.47 (121 nodes)."""


def simulated(n_persons: int, seed: int = 0) -> pd.DataFrame:
    """Graded ratings of a standard normal trait on 40 items of 5 categories."""
    rng = np.random.default_rng(seed)
    slope = np.exp(rng.normal(0.3, 0.3, N_ITEMS))
    middle = rng.normal(0, 0.5, N_ITEMS)[:, None] + np.linspace(-1.5, 1.5, N_CATEGORIES - 1)
    cuts = np.sort(middle + rng.normal(0, 0.15, middle.shape), axis=1)
    trait, chance = rng.normal(size=n_persons), rng.random((n_persons, N_ITEMS))
    ratings = np.zeros((n_persons, N_ITEMS), np.int8)
    for step in cuts.T:
        ratings += chance < expit(slope * (trait[:, None] - step))
    return pd.DataFrame(ratings)


def known_rows() -> list[Row]:
    """Distance below the reference log-likelihood; at most 1e-4."""
    folder = SHARED_DATA / "psychometrics"
    if not folder.is_dir():
        print("../shared/data/psychometrics is absent: no known answers", file=sys.stderr)
        return []
    rows = []
    for file, model, reference in KNOWN:
        table = pd.read_csv(folder / file)
        frequency = next((str(c) for c in table if str(c).lower() == "freq"), None)
        fit = fit_ratings(table, model, frequency=frequency)
        name = f"{file} {model}: log-likelihood short of R mirt"
        rows.append(
            Row(name, reference - fit.log_likelihood, None, LL_GOAL, smaller_is_better=True)
        )
    return rows


def speed_rows(n_persons: int) -> list[Row]:
    """Seconds and log-likelihood beside girth's, and the memory so far."""
    table = simulated(n_persons)
    start = time.perf_counter()
    fit = fit_ratings(table, "grm")
    ours = time.perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = [
        Row(f"peak memory, MB, N = {n_persons}", memory, None, MEMORY_GOAL, smaller_is_better=True)
    ]
    if importlib.util.find_spec("girth") is None:
        print("girth is absent: no peer. Hint: pip install girth", file=sys.stderr)
        return [Row(f"graded 40 x 5, seconds, N = {n_persons}", ours), *rows]
    theirs, peer_ll = girth(table)
    return [
        Row(
            f"graded 40 x 5, seconds, N = {n_persons}",
            ours,
            theirs,
            PEER_SHARE * theirs,
            smaller_is_better=True,
        ),
        Row(
            f"graded 40 x 5, log-likelihood, N = {n_persons}", fit.log_likelihood, peer_ll, peer_ll
        ),
        *rows,
    ]


def girth(table: pd.DataFrame) -> tuple[float, float]:
    """Seconds of girth, and the log-likelihood of its estimates on our quadrature."""
    from girth import grm_mml

    data = table.to_numpy().T.astype(int) + 1
    start = time.perf_counter()
    found = grm_mml(data)
    seconds = time.perf_counter() - start
    return seconds, log_likelihood(table, found["Discrimination"], found["Difficulty"])


def log_likelihood(table: pd.DataFrame, slopes: Floats, thresholds: Floats) -> float:
    """Log-likelihood of graded estimates on a wide table."""
    ratings = calibration_ratings(table, Columns(), common_scale=False, two_only=False)
    layout = Layout("grm", ratings.scale.n_categories, 0)
    problem = problem_of(layout, ratings, 121)
    parameters = np.concatenate([slopes, (-slopes[:, None] * thresholds).ravel()])
    return problem.evaluate(parameters, exact=True).log_likelihood


def main() -> int:
    """Run and print."""
    arguments = parser_for(__doc__).parse_args()
    sizes = (1_000,) if arguments.quick else (1_000, 10_000, 100_000)
    rows = known_rows() + [row for size in sizes for row in speed_rows(size)]
    show("calibration of ratings", rows, arguments.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
