"""Rows of benchmarks.effects: known answers, simulated worlds and shrinkage, by the public door."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import ndtri

from benchmarks._rows import Row, Size, outside_folder
from competency.config import EvaluationConfig
from competency.evaluation import evaluate_training, shrink_effects
from competency.evaluation.worlds import Way, training_world

EFFECT = 0.3
CUTOFF = float(ndtri(0.4) / np.sqrt(0.7))
"""The quantile .4 of scores of reliability .7: where the simulated cut-off lies."""
WORLDS: dict[str, tuple[Way, dict[str, Any]]] = {
    "by_score": ("score", {"assignment": "by_score"}),
    "by_score, the level decided": (
        "level",
        {"assignment": "by_score", "selected_on": "level", "reliability": 0.7},
    ),
    "by_nomination": ("nomination", {"assignment": "by_nomination"}),
    "random": ("random", {"assignment": "random"}),
    "by_score with a cut-off": ("cutoff", {"assignment": "by_score", "cutoff": CUTOFF}),
}
REPETITIONS: dict[Size, int] = {"full": 600, "quick": 60, "smallest": 2}
COVERAGE, BIAS, FALSE, MSE_RATIO = (0.93, 0.97), 0.02, 0.07, 0.35


def rows(size: Size) -> list[Row]:
    """Return the rows of all parts."""
    made = list(_published())
    for name, (way, how) in WORLDS.items():
        made += _world(name, way, how, REPETITIONS[size])
    return made + list(_shrinkage(-(-REPETITIONS[size] // 3)))


def job_training(folder: Path) -> dict[str, pd.DataFrame]:
    """Return the experiment, and its trained with controls of a survey; u74, u75: earned nothing.

    Parameters
    ----------
    folder : Path
        The folder ``causal`` of the outside data.
    """
    experiment = pd.read_csv(folder / "nsw_dw.csv")
    survey = pd.concat(
        [experiment[experiment["treat"] == 1], pd.read_csv(folder / "psid_controls.csv")]
    )
    return {
        name: table.assign(u74=(table["re74"] == 0) * 1, u75=(table["re75"] == 0) * 1)
        for name, table in {"experiment": experiment, "survey": survey}.items()
    }


def _published() -> Iterator[Row]:
    folder = outside_folder("causal")
    if folder is None:
        return
    tables = job_training(folder)
    roles: dict[str, Any] = {"treated": "treat", "outcome": "re78"}
    drawn = evaluate_training(tables["experiment"], assignment="random", **roles)
    yield Row("experiment: difference (1794.34)", drawn.value, peer=1794.34)
    yield Row("experiment: HC2 error (671.0)", drawn.se, peer=671.0)
    found = evaluate_training(
        tables["survey"],
        assignment="unknown",
        before=["re75", "u75"],
        earlier=["re74", "u74"],
        covariates=["age", "education", "black", "hispanic", "married", "nodegree"],
        config=EvaluationConfig(errors="HC1"),
        **roles,
    )
    regression, placebo = found.of("ancova"), found.placebo
    yield Row("survey controls: regression (4.2)", regression.value, peer=4.2)
    yield Row("survey controls: its error (854.1)", regression.se, peer=854.1)
    if placebo is not None:
        yield Row("survey controls: placebo on 1975 (-2757.4)", placebo.value, peer=-2757.4)
        yield Row("survey controls: its error (589.0)", placebo.se, peer=589.0)
    withheld = found.verdict.code == "withheld" and "effect" not in found.words("en")
    yield Row("survey controls: the word effect is withheld", float(withheld), goal=1.0)


def _world(name: str, way: Way, how: dict[str, Any], repetitions: int) -> Iterator[Row]:
    """Yield bias and coverage under an effect of .3, and how often nothing is called effective."""
    n = 1000 if way == "cutoff" else 300
    answers, covered, false, flagged = [], 0, 0, 0
    for seed in range(repetitions):
        table = training_world(np.random.default_rng([seed, 1]), way, n=n, effect=EFFECT)
        found = evaluate_training(table, **how)
        low, high = found.interval
        answers.append(found.value)
        covered += low <= EFFECT <= high
        flagged += any(finding.code == "naive-gain-misleads" for finding in found.findings)
        table = training_world(np.random.default_rng([seed, 2]), way, n=n)
        false += evaluate_training(table, **how).verdict.code == "effective"
    bias, share = float(np.mean(answers)) - EFFECT, float(covered / repetitions)
    yield Row(f"{name}: |bias|", abs(bias), goal=BIAS, smaller_is_better=True)
    yield Row(f"{name}: coverage of 95 % intervals, at least", share, goal=COVERAGE[0])
    yield Row(f"{name}: coverage, at most", share, goal=COVERAGE[1], smaller_is_better=True)
    yield Row(
        f"{name}: called effective with no effect",
        false / repetitions, goal=FALSE, smaller_is_better=True,
    )  # fmt: skip
    yield Row(f"{name}: naive gain flagged", flagged / repetitions)


def _shrinkage(worlds: int) -> Iterator[Row]:
    """Yield errors over worlds of 60 trainings with 4 to 120 officers in each group."""
    raw, drawn, covered, best, chosen = [], [], [], [], []
    for seed in range(worlds):
        rng = np.random.default_rng(seed)
        n, truth = rng.integers(4, 121, 60), rng.normal(0.3, 0.12, 60)
        se = np.sqrt(2 / n)
        table = shrink_effects(pd.DataFrame({"estimate": rng.normal(truth, se), "se": se}))
        raw.append(((table["estimate"] - truth) ** 2).mean())
        drawn.append(((table["shrunk"] - truth) ** 2).mean())
        covered.append(table["shrunk_low"].le(truth).mul(table["shrunk_high"].ge(truth)).mean())
        best.append(truth[table["estimate"].nlargest(5).index].mean())
        chosen.append(truth[table["shrunk"].nlargest(5).index].mean())
    ratio = float(np.mean(drawn) / np.mean(raw))
    yield Row("60 trainings: mean squared error, shrunk by raw", ratio,
              goal=MSE_RATIO, smaller_is_better=True)  # fmt: skip
    yield Row("60 trainings: coverage of 95 % intervals", float(np.mean(covered)))
    yield Row("60 trainings: truth of the five picked", float(np.mean(chosen)),
              peer=float(np.mean(best)))  # fmt: skip
