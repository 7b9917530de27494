"""Doubly robust differences: outcome and chance of training learned on other officers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from competency.evaluation.designs.regression import clustered_error
from competency.evaluation.estimate import Estimate

if TYPE_CHECKING:
    from competency.arrays import Bools, Floats, Ints
    from competency.config import EvaluationConfig
    from competency.evaluation.comparison import Comparison

MOST_FOR_PRODUCTS = 20
"""Columns up to which squares and products of two are learned from as well (chosen by the project:
beyond it they outnumber the officers of most trainings)."""


def doubly_robust_difference(
    outcome: Floats, comparison: Comparison, columns: Floats, *, config: EvaluationConfig
) -> Estimate:
    """Return the difference for the trained, adjusted for `columns`, shape (n, n_columns).

    AIPW for the trained: with the outcome m(x) that untrained officers of these columns have, and
    the chance e(x) of training, both learned on the other folds (Chernozhukov et al. 2018),
    ``mean over the trained of y - m  -  mean over the untrained of w (y - m)``, ``w`` proportional
    to ``e / (1 - e)``. Right when one of the two is. Officers whose chance lies outside
    ``config.trim`` are left out. The median over repeated folds, with the spread between repeats
    in the error.

    NaN where fewer than ``config.minimum_group`` trained or untrained are left, or fewer than two
    for each fold are there to begin with, or all lie in one cluster.
    """
    if comparison.is_bare or min(comparison.counts) < max(config.minimum_group, 2 * config.folds):
        return _nothing(*comparison.counts)
    rng = np.random.default_rng(config.seed)
    runs = [_one_run(outcome, comparison, columns, rng, config) for _ in range(config.repeats)]
    if not all(run.known for run in runs):
        return _nothing(runs[0].n_trained, runs[0].n_untrained)
    values = np.array([run.value for run in runs])
    middle = float(np.median(values))
    variances = np.array([run.se for run in runs]) ** 2 + (values - middle) ** 2
    first = runs[int(np.argsort(values, kind="stable")[len(values) // 2])]
    return replace(first, value=middle, se=float(np.sqrt(np.median(variances))))


def _nothing(n_trained: int, n_untrained: int) -> Estimate:
    return Estimate("doubly robust", np.nan, np.nan, 0.0, n_trained, n_untrained)


def _one_run(
    outcome: Floats, comparison: Comparison, columns: Floats,
    rng: np.random.Generator, config: EvaluationConfig,
) -> Estimate:  # fmt: skip
    treated = comparison.treated
    fold = _folds(comparison, config.folds, rng)
    expected, chance = np.zeros(len(outcome)), np.zeros(len(outcome))
    for number in range(config.folds):
        test, learn = fold == number, fold != number
        if not test.any():
            continue
        expected[test], chance[test] = _learned(
            columns[learn], outcome[learn], treated[learn], columns[test]
        )
    low, high = config.trim
    kept = (chance >= low) & (chance <= high)
    n_trained, n_untrained = int((kept & treated).sum()), int((kept & ~treated).sum())
    if min(n_trained, n_untrained) < config.minimum_group:
        return _nothing(n_trained, n_untrained)
    value, influence = _att(outcome - expected, treated, chance, kept)
    return Estimate(
        "doubly robust", value, clustered_error(influence, comparison.cluster),
        float(n_trained - 1), n_trained, n_untrained, confidence=config.confidence,
    )  # fmt: skip


def _att(left: Floats, treated: Bools, chance: Floats, kept: Bools) -> tuple[float, Floats]:
    """Return the difference for the trained that are kept, and the influence of each row."""
    odds = np.where(kept & ~treated, chance / (1 - np.minimum(chance, 1 - 1e-9)), 0.0)
    odds /= odds.sum()
    own = np.where(kept & treated, 1.0, 0.0)
    own /= own.sum()
    up, down = float(own @ left), float(odds @ left)
    return up - down, own * (left - up) - odds * (left - down)


def _learned(learn: Floats, outcome: Floats, treated: Bools, test: Floats) -> tuple[Floats, Floats]:
    """Return outcome without training and chance of training of the officers of a fold."""
    from sklearn.linear_model import LogisticRegression, RidgeCV
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import PolynomialFeatures, StandardScaler

    def shaped(model: object) -> object:
        steps = [StandardScaler()]
        if learn.shape[1] <= MOST_FOR_PRODUCTS:
            steps += [PolynomialFeatures(2, include_bias=False), StandardScaler()]
        return make_pipeline(*steps, model)

    line = shaped(RidgeCV(alphas=np.logspace(-2, 4, 13)))
    odds = shaped(LogisticRegression(C=0.1, max_iter=1000))
    expected = line.fit(learn[~treated], outcome[~treated]).predict(test)  # type: ignore[attr-defined]
    chance = odds.fit(learn, treated).predict_proba(test)[:, 1]  # type: ignore[attr-defined]
    return np.asarray(expected), np.asarray(chance)


def _folds(comparison: Comparison, folds: int, rng: np.random.Generator) -> Ints:
    """Return the fold of each officer: clusters whole, trained and untrained spread evenly."""
    n = len(comparison)
    group = np.arange(n) if comparison.cluster is None else comparison.cluster
    size = int(group.max()) + 1
    share = np.bincount(group, comparison.treated, size) / np.bincount(group, minlength=size)
    order = np.lexsort([rng.random(size), share])
    fold = np.empty(size, np.int64)
    fold[order] = np.arange(size) % folds
    return fold[group]
