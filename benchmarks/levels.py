"""Calibration of ratings: known answers, held-out ratings, and speed beside girth and mirt.

    python -m benchmarks.levels [--quick] [--json FILE]

girth and mirt (of the Python package index) are used where they are installed; they are no
dependencies. All fits are compared by their log-likelihood on one quadrature. Wall and processor
time are the best of three up to 10,000 persons, after a first fit of a few persons by every engine
that is not timed (it loads and compiles). Known answers need ../shared/data.
"""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit

from benchmarks._rows import REPOSITORY, Row, Size, outside_folder, parser_for, show
from competency.ratings import fit_facets, fit_ratings
from competency.ratings.categories import calibration_ratings
from competency.ratings.item_response.calibrate import problem_of
from competency.ratings.item_response.models import Layout
from competency.ratings.table import Columns

if TYPE_CHECKING:
    from competency.arrays import Floats

    Estimates = tuple[Floats, Floats]

N_ITEMS, N_CATEGORIES, N_CRITERIA = 40, 5, 9
PEER_SHARE = 0.1
"""Goal: this share of girth's time, at an equal or better log-likelihood."""
LL_GOAL = 1e-4
MANY, WARM = 10_000, 200
"""Persons up to which the best of three fits counts; and persons of the fit that warms up."""
SIZES: dict[Size, tuple[int, ...]] = {
    "full": (1_000, 10_000, 100_000),
    "quick": (1_000,),
    "smallest": (100,),
}
ASSESSED: dict[Size, tuple[int, int]] = {
    "full": (36_000, 11_000),
    "quick": (3_600, 1_100),
    "smallest": (60, 12),
}
"""Persons rated on items; persons and assessors of the judged criteria."""
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
    folder = outside_folder("psychometrics")
    if folder is None:
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
    """Seconds and log-likelihood beside the peers', and the memory of a process of its own."""
    table = simulated(n_persons)
    rounds = 3 if n_persons <= MANY else 1
    name = f"N = {n_persons}"
    wall, processor, parameters = best_of(rounds, ours, table)
    our_ll = log_likelihood(table, *parameters)
    rows: list[Row] = []
    for peer, (engine, share) in PEERS.items():
        if importlib.util.find_spec(peer) is None:
            print(f"{peer} is absent: no peer. Hint: pip install {peer}", file=sys.stderr)
            continue
        their_wall, their_processor, theirs = best_of(rounds, engine, table)
        goals = [share and share * seconds for seconds in (their_wall, their_processor)]
        their_ll = log_likelihood(table, *theirs)
        rows += [
            Row(f"{peer}: seconds, {name}", wall, their_wall, goals[0], smaller_is_better=True),
            Row(
                f"{peer}: processor seconds, {name}",
                processor,
                their_processor,
                goals[1],
                smaller_is_better=True,
            ),
            Row(f"{peer}: log-likelihood above its own, {name}", our_ll - their_ll, None, 0.0),
        ]
    rows = rows or [Row(f"seconds, {name}", wall), Row(f"processor seconds, {name}", processor)]
    return rows + memory_rows(table)


def best_of(
    rounds: int, engine: Callable[[pd.DataFrame], Estimates], table: pd.DataFrame
) -> tuple[float, float, Estimates]:
    """Least wall and processor seconds of some fits, and the estimates of the last."""
    engine(table.head(WARM))
    wall = processor = np.inf
    for _ in range(rounds):
        start, start_processor = time.perf_counter(), time.process_time()
        found = engine(table)
        wall = min(wall, time.perf_counter() - start)
        processor = min(processor, time.process_time() - start_processor)
    return wall, processor, found


def memory_rows(table: pd.DataFrame) -> list[Row]:
    """Peak of a process that imports, loads the table and fits; and of its imports alone."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "table.npy"
        np.save(file, table.to_numpy())
        command = [sys.executable, "-m", "benchmarks._memory", str(file)]
        done = subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True)
    imports, peak = map(float, done.stdout.split())
    name = f"N = {len(table)}"
    return [
        Row(f"peak memory, MB, {name}", peak, None, MEMORY_GOAL, smaller_is_better=True),
        Row(f"of which imports, MB, {name}", imports),
    ]


def ours(table: pd.DataFrame) -> Estimates:
    """Slopes and thresholds of our fit."""
    items = fit_ratings(table, "grm").items
    return items["a"].to_numpy(), items.filter(like="b_").to_numpy()


def girth(table: pd.DataFrame) -> Estimates:
    """Those of girth's marginal maximum likelihood."""
    from girth import grm_mml

    with np.errstate(invalid="ignore"):
        found = grm_mml(table.to_numpy().T.astype(int) + 1)
    return found["Discrimination"], found["Difficulty"]


def mirt(table: pd.DataFrame) -> Estimates:
    """Those of mirt with 41 points: with its default of 21 its log-likelihood is far lower."""
    data = table.to_numpy().astype(int)
    found = importlib.import_module("mirt").fit_mirt(
        data,
        model="GRM",
        n_categories=N_CATEGORIES,
        n_quadpts=41,
        compute_standard_errors=False,
    )
    parameters = found.model.parameters
    return parameters["discrimination"].ravel(), parameters["thresholds"]


PEERS: dict[str, tuple[Callable[[pd.DataFrame], Estimates], float | None]] = {
    "girth": (girth, PEER_SHARE),
    "mirt": (mirt, None),
}
"""Engine of each peer, and the share of its time that is the goal (None: measured only)."""


def log_likelihood(table: pd.DataFrame, slopes: Floats, thresholds: Floats) -> float:
    """Log-likelihood of graded estimates on a wide table."""
    ratings = calibration_ratings(table, Columns(), common_scale=False, two_only=False)
    layout = Layout("grm", ratings.scale.n_categories, 0)
    problem = problem_of(layout, ratings, 121)
    parameters = np.concatenate([slopes, (-slopes[:, None] * thresholds).ravel()])
    return problem.evaluate(parameters, exact=True).log_likelihood


def many_assessors(n_persons: int, n_assessors: int) -> list[Row]:
    """Four assessors a person on nine criteria: time, error and coverage of severities."""
    rng = np.random.default_rng(7)
    person = np.repeat(np.arange(n_persons), 4)
    assessor = rng.integers(0, n_assessors, len(person))
    severity, trait = rng.normal(0, 0.5, n_assessors), rng.normal(size=n_persons)
    slope = np.exp(rng.normal(0.3, 0.25, N_CRITERIA))
    cuts = np.linspace(-1.5, 1.5, N_CATEGORIES - 1) + rng.normal(0, 0.4, (N_CRITERIA, 1))
    seen = (trait[person] - severity[assessor])[:, None, None] - cuts
    draw = rng.random((len(person), N_CRITERIA, 1))
    table = pd.DataFrame((draw < expit(slope[:, None] * seen)).sum(2))
    table = table.assign(person=person, assessor=assessor).drop_duplicates(["person", "assessor"])
    start = time.perf_counter()
    fit = fit_facets(table, one_trait=True, halo=False)
    seconds = time.perf_counter() - start
    found = fit.severities.set_index(fit.severities["assessor"].astype(int)).sort_index()
    truth = severity[found.index] - severity[found.index].mean()
    missed = found["severity"] - found["severity"].mean() - truth
    covered = float((missed.abs() < 1.6449 * found["se"]).mean())
    error = float(np.sqrt(np.mean(missed**2)))
    name = f"{len(table) * N_CRITERIA:,} ratings, {n_assessors:,} assessors"
    return [
        Row(f"{name}: seconds", seconds, None, 10.0, smaller_is_better=True),
        Row(f"{name}: severity RMSE", error, None, 0.14, smaller_is_better=True),
        Row(
            f"{name}: 90 % intervals miss .90 by",
            abs(covered - 0.9),
            None,
            0.01,
            smaller_is_better=True,
        ),
    ]


def held_out() -> list[Row]:
    """Held-out rows of ratings2, five seeds, as ../shared/bench scores them."""
    folder = outside_folder("psychometrics")
    if folder is None:
        return []
    sys.path.insert(0, str(folder.parents[1] / "bench"))
    holdout = importlib.import_module("ratings_holdout")
    table, person, assessor, criteria = holdout.load(folder / "sirt_data_ratings2.csv")
    scores = []
    for seed in range(5):
        hidden = holdout.held_out(table, person, assessor, seed)
        train = holdout.long(table[~hidden], person, assessor, criteria)
        test = holdout.long(table[hidden], person, assessor, criteria)
        chance = fit_facets(train).predict(test.drop(columns="rating"))
        scores.append(holdout.score(chance.to_numpy(), test["rating"].to_numpy()))
    mean = pd.DataFrame(scores).mean()
    return [
        Row(
            "ratings2 held out: log loss; peer: TAM",
            float(mean["log_loss"]),
            0.954,
            0.894,
            smaller_is_better=True,
        ),
        Row("ratings2 held out: ECE", float(mean["ece"]), None, 0.035, smaller_is_better=True),
    ]


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; return the exit code."""
    given = parser_for(__doc__).parse_args(arguments)
    rows = known_rows() + held_out()
    rows += [row for n_persons in SIZES[given.size] for row in speed_rows(n_persons)]
    rows += many_assessors(*ASSESSED[given.size])
    show("calibration of ratings", rows, given.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
