"""All checks of beliefs about a cohort whose true levels are known, overall and by slices."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import ndtr

from competency.arrays import Bools, Floats, Ints
from competency.errors import Finding
from competency.levels.beliefs import LevelBeliefs
from competency.levels.checks.arguments import refuse, survival_of
from competency.levels.checks.calibration import BINS, level_calibration_error
from competency.levels.checks.coverage import NOMINAL, level_coverage
from competency.levels.checks.scores import brier_score, log_loss, ranked_probability_score
from competency.stats import Rng

DRAWS = 300
"""Resamples and redraws for each slice: a cohort has many cells (usual range 200 to 1,000)."""


def check_levels(
    levels: LevelBeliefs,
    truth_levels: pd.DataFrame | ArrayLike,
    *,
    bins: int = BINS,
    coverage: Sequence[float] = NOMINAL,
    draws: int = DRAWS,
    rng: Rng = 0,
) -> pd.DataFrame:
    """Return how well beliefs fit known levels: overall, and by how much they rest on.

    Parameters
    ----------
    levels : LevelBeliefs
    truth_levels : DataFrame or array_like
        True levels: columns ``officer``, ``competency``, ``level``, one row for each cell that
        is known; or an array ``(n_officers, n_competencies)`` with -1 where not known.
    bins : int
        Of the calibration error, at least 1.
    coverage : sequence of float
        Nominal coverages, in (0, 1).
    draws : int
        Resamples of the bootstrap and redraws of the null band, for each slice.
    rng : int, Generator or None

    Returns
    -------
    DataFrame
        One row per slice (overall, assessed, several ratings, one rating, never assessed) with
        n, n_officers, brier (and _low, _high), rps, log_loss, ece (band ece_low to ece_high, and
        ece_verdict), coverage_50 and so on (each with _low, _high).

    Raises
    ------
    InputError
        If the truth names unknown officers or competencies, names a cell twice, or holds levels
        that are not on the scale of the competency.

    Notes
    -----
    Beliefs about one officer depend on each other: Brier intervals resample officers, Wilson
    intervals use the design effect, and the null band redraws levels with
    ``levels.correlation``. Time grows with draws times cells.

    Examples
    --------
    >>> from competency.levels.checks import draw_model_world
    >>> world = draw_model_world(n_officers=300, rng=2)
    >>> table = check_levels(world.beliefs, world.level, draws=100)
    >>> table["slice"].tolist()
    ['overall', 'assessed', 'several ratings', 'one rating', 'never assessed']
    >>> table.loc[:1, "ece_verdict"].tolist()
    ['inside', 'inside']
    """
    truth = _truth(levels, truth_levels)
    known = truth >= 0

    def check(mask: Bools) -> pd.DataFrame:
        rows = mask & known
        return _check(levels, truth, rows, bins=bins, coverage=coverage, draws=draws, rng=rng)

    slices = assessment_slices(levels.n_observations)
    return by_slice(check, {name: mask & known for name, mask in slices.items()})


def _check(
    levels: LevelBeliefs, truth: Ints, rows: Bools, *,
    bins: int, coverage: Sequence[float], draws: int, rng: Rng,
) -> pd.DataFrame:  # fmt: skip
    """Return one row: scores with intervals, calibration error with band, coverage."""
    generator = np.random.default_rng(rng)
    probs, level = levels.probs[rows].astype(np.float64), truth[rows]
    officer, competency = np.nonzero(rows)
    top = levels.framework.index.max_level[competency]
    event, step = np.nonzero(np.arange(1, probs.shape[1]) <= top[:, None])
    chance, happened, owner = survival_of(probs)[event, step], level[event] > step, officer[event]
    brier = brier_score(chance, happened, bins, groups=owner, draws=draws, rng=generator)
    rps = ranked_probability_score(probs, level, groups=officer, draws=draws, rng=generator)
    loss = log_loss(probs, level, groups=officer, draws=draws, rng=generator)
    joint = _Joint(levels.correlation, rows)
    error = level_calibration_error(
        probs, level, bins, top=top, uniforms=joint, draws=draws, rng=generator
    )
    row: dict[str, object] = {"n": len(level), "n_officers": len(np.unique(officer))}
    row |= {"brier": brier.score, "brier_low": brier.low, "brier_high": brier.high}
    row |= {"rps": rps.value, "log_loss": loss.value}
    row |= {"ece": error.error, "ece_low": error.low, "ece_high": error.high}
    row |= {"ece_verdict": error.verdict}
    got = level_coverage(probs, level, levels=coverage, groups=officer, rng=generator)
    for place, nominal in enumerate(got.nominal):
        name = f"coverage_{100 * nominal:g}"
        row |= {name: got.covered[place]}
        row |= {f"{name}_low": got.low[place], f"{name}_high": got.high[place]}
    return pd.DataFrame([row])


def _truth(levels: LevelBeliefs, given: pd.DataFrame | ArrayLike) -> Ints:
    """Return true levels of the shape of the beliefs; -1 = not known."""
    if not isinstance(given, pd.DataFrame):
        truth = np.asarray(given)
        if truth.shape != levels.mean.shape:
            text = f"the truth has shape {truth.shape}, the beliefs {levels.mean.shape}"
            refuse([Finding("other-shape", text, hint="one level for each officer, competency")])
        return _on_scale(truth, levels)
    officer = pd.Index(levels.roster.officer_ids).get_indexer(pd.Index(given["officer"]))
    index = levels.framework.index
    competency = pd.Index(index.competency_ids).get_indexer(pd.Index(given["competency"]))
    _refuse_strangers(officer, competency)
    values: Floats = np.full(levels.mean.shape, -1.0)
    values[officer, competency] = given["level"].to_numpy(dtype=np.float64)
    return _on_scale(values, levels)


def _on_scale(truth: Floats | Ints, levels: LevelBeliefs) -> Ints:
    whole = np.isfinite(truth) & (truth == np.floor(truth)) & (truth >= -1)
    wrong = ~(whole & (truth <= levels.framework.index.max_level))
    if wrong.any():
        text = f"{int(wrong.sum())} true levels are not on the scale of their competency"
        hint = "levels are whole numbers from 0; leave out (or -1) what is not known"
        refuse([Finding("illegal-value", text, hint=hint)])
    return truth.astype(np.int64)


def _refuse_strangers(officer: Ints, competency: Ints) -> None:
    counts = {
        "officers that the beliefs do not have": int((officer < 0).sum()),
        "competencies that the framework does not have": int((competency < 0).sum()),
        "cells that were named before": int(
            pd.DataFrame({"officer": officer, "competency": competency}).duplicated().sum()
        ),
    }
    hint = "ids are text; give one row for each officer and competency"
    refuse(
        [
            Finding("strange-truth", f"{count} rows of the truth name {what}", hint=hint)
            for what, count in counts.items()
            if count
        ]
    )


class _Joint:
    """Uniform numbers of cells, correlated within an officer as the beliefs are."""

    def __init__(self, correlation: Floats, rows: Bools) -> None:
        self.root = np.linalg.cholesky(correlation.astype(np.float64))
        officer, self.competency = np.nonzero(rows)
        self.officers, self.officer = np.unique(officer, return_inverse=True)

    def __call__(self, rng: np.random.Generator) -> Floats:
        normal = rng.standard_normal((len(self.officers), len(self.root))) @ self.root.T
        return np.asarray(ndtr(normal[self.officer, self.competency]))


class Reported(Protocol):
    """Any result that can be shown as a table."""

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        ...


def assessment_slices(n_observations: ArrayLike) -> dict[str, Bools]:
    """Return which beliefs rest on how much: masks by name.

    Parameters
    ----------
    n_observations : array_like of int, any shape
        Ratings and certificates behind each belief, as ``LevelBeliefs.n_observations``.

    Returns
    -------
    dict of bool arrays, of that shape
        ``"overall"``, and parts of it: ``"assessed"`` (at least one), of these ``"several
        ratings"`` and ``"one rating"``, and ``"never assessed"`` (the belief is the prior).

    Examples
    --------
    >>> {name: mask.tolist() for name, mask in assessment_slices([0, 1, 3]).items()}
    {'overall': [True, True, True], 'assessed': [False, True, True],
     'several ratings': [False, False, True], 'one rating': [False, True, False],
     'never assessed': [True, False, False]}
    """
    n = np.asarray(n_observations)
    return {
        "overall": np.ones(n.shape, bool),
        "assessed": n > 0,
        "several ratings": n > 1,
        "one rating": n == 1,
        "never assessed": n == 0,
    }


def by_slice(
    check: Callable[[Bools], pd.DataFrame | Reported], slices: Mapping[str, Bools]
) -> pd.DataFrame:
    """Return the tables of one check on every slice, under each other.

    Parameters
    ----------
    check : callable
        Given a mask, the result for that part: a table, or what has `to_frame`.
    slices : mapping of str to bool array
        Name and mask of each part, such as `assessment_slices` returns.

    Returns
    -------
    DataFrame
        Column ``slice`` first, then those of the check. An empty slice has one row with n = 0
        and nothing else.

    Raises
    ------
    InputError
        If there are no slices, or all are empty.

    Examples
    --------
    >>> from competency.levels.checks import calibration_error
    >>> p, y = np.array([0.1, 0.9, 0.5]), np.array([0, 1, 0])
    >>> slices = assessment_slices([2, 1, 1])
    >>> table = by_slice(lambda rows: calibration_error(p[rows], y[rows]), slices)
    >>> table[["slice", "n"]].values.tolist()
    [['overall', 3], ['assessed', 3], ['several ratings', 1], ['one rating', 2],
     ['never assessed', 0]]
    """
    filled = {name: mask for name, mask in slices.items() if np.any(mask)}
    if not filled:
        hint = "give at least one mask that is somewhere true"
        refuse([Finding("nothing-to-check", "every slice is empty", hint=hint)])
    tables = {}
    for name, mask in filled.items():
        got = check(mask)
        tables[name] = got if isinstance(got, pd.DataFrame) else got.to_frame()
    columns = next(iter(tables.values())).columns
    for name in slices:
        if name not in tables:
            tables[name] = pd.DataFrame({"n": [0]}).reindex(columns=columns)
    rows = [tables[name].assign(slice=name) for name in slices]
    result = pd.concat(rows, ignore_index=True)
    return result[["slice", *columns]]
