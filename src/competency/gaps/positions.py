"""The job-person match of every officer and aim, with the spread that beliefs leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtr

from competency.arrays import Floats, Ints, frozen, stable_seed
from competency.config import GapConfig
from competency.gaps.match import (
    capped_job_person_match,
    category_number,
    cutoffs_of,
    job_person_match,
)

if TYPE_CHECKING:
    from competency.arrays import Bools, Texts
    from competency.framework.model import Framework
    from competency.gaps.table import GapTable

OFFICIAL_KINDS = ("managerial", "sociocultural")
"""Kinds that the official form sums: the eight managerial and the sociocultural competency."""

_QUANTILES = (0.05, 0.5, 0.95)
_CHUNK = 4096
# Officers drawn at once: with 256 draws, arrays of a few megabytes.
_RIDGE = 1e-9
# Added to the diagonal so that a correlation of exactly 1 still has a Cholesky factor.


def match_positions(
    gaps: GapTable,
    *,
    aims: tuple[str, ...] | None = None,
    config: GapConfig | None = None,
    kinds: tuple[str, ...] = OFFICIAL_KINDS,
) -> pd.DataFrame:
    """Return the job-person match of every officer and aim, its category and its spread.

    Parameters
    ----------
    gaps : GapTable
    aims : tuple of str or None
        Some of ``gaps.aims``; None = all of them.
    config : GapConfig or None
        `purpose` chooses the cut-offs, `draws` the number of joint draws; None = the settings
        that the gaps were scored with.
    kinds : tuple of str
        Kinds of competencies that are summed; all of them where the framework has none of these.

    Returns
    -------
    DataFrame
        One row per officer and aim with a position, by aim and officer: ``officer, aim,
        position``; ``n_required, n_known`` (competencies summed, and those of them that were
        assessed); ``jpm, jpm_capped`` (percent, from the median levels of the assessed ones,
        NaN where none was); ``jpm_p05, jpm_p50, jpm_p95`` (of `jpm` under the beliefs);
        ``category, category_capped`` (empty without a match or without cut-offs);
        ``p_category`` (chance that `category` is the true one); ``p_all_met`` (chance that
        every requirement of the position, of any kind and assessed or not, is met at once).

    Raises
    ------
    ConfigError
        If the framework has cut-offs, but none for the purpose.

    Notes
    -----
    Levels of one officer are drawn jointly: normals with ``levels.correlation`` become levels
    through the beliefs (a Gaussian copula). One set of antithetic draws with a fixed seed serves
    all officers, so that a row does not depend on who else is in the table; the spread of each
    officer is right, but draws of two officers are not independent, so a spread of an average
    over officers cannot be made from them. Chances move in steps of 1 / draws. Cost: officers x
    draws x levels of the required competencies; with the settings of the gaps, an aim is drawn
    once and remembered.

    Examples
    --------
    >>> from competency.testing import small_gaps
    >>> table = match_positions(small_gaps(), aims=("held",))
    >>> table.loc[[3, 5], ["officer", "position", "n_known", "jpm", "jpm_capped"]].round(1)
      officer position  n_known   jpm  jpm_capped
    3    0003        P        3  80.0        60.0
    5    0005        Q        3  57.1        57.1
    """
    chosen = config or gaps.config
    known = gaps.matches if (chosen, kinds) == (gaps.config, OFFICIAL_KINDS) else {}
    numbers = [gaps.aims.index(aim) for aim in aims or gaps.aims]
    missing = [number for number in numbers if number not in known]
    if missing:
        uniforms = shared_draws(gaps.levels.correlation, chosen.draws)
        summed = _summed(gaps.levels.framework, kinds)
        for number in missing:
            known[number] = _match_aim(gaps, number, summed, chosen.purpose, uniforms)
    return pd.concat([known[number] for number in numbers], ignore_index=True)


@dataclass(frozen=True, eq=False)
class _Drawn:
    """Quantiles of the match, chance of the category and of meeting all, one row per officer."""

    quantiles: Floats
    category: Floats
    all_met: Floats


def _match_aim(
    gaps: GapTable, aim: int, summed: Bools, purpose: str, uniforms: Floats
) -> pd.DataFrame:
    rows = np.flatnonzero(gaps.position[aim] >= 0)
    position, line = gaps.position[aim, rows], np.arange(len(rows))
    required = gaps.required[aim, rows]
    asked = np.where(summed, required, 0)
    achieved = np.where(gaps.known, gaps.levels.level_at_least(0.5), -1)[rows]
    jpm, capped = job_person_match(achieved, asked), capped_job_person_match(achieved, asked)
    minima, names = _cutoffs(gaps.levels.framework, purpose, position)
    number, number_capped = _numbers(jpm, minima), _numbers(capped, minima)
    counted = np.where(gaps.known[rows], asked, 0)
    drawn = _draw(gaps.levels.survival[rows], uniforms, required, counted, minima, number)
    return pd.DataFrame(
        {
            "officer": gaps.levels.roster.officer_ids[rows],
            "aim": gaps.aims[aim],
            "position": np.array(gaps.levels.framework.index.position_ids, object)[position],
            "n_required": (asked > 0).sum(-1),
            "n_known": (counted > 0).sum(-1),
            "jpm": jpm,
            "jpm_capped": capped,
            "jpm_p05": drawn.quantiles[:, 0],
            "jpm_p50": drawn.quantiles[:, 1],
            "jpm_p95": drawn.quantiles[:, 2],
            "category": names[line, number],
            "category_capped": names[line, number_capped],
            "p_category": drawn.category,
            "p_all_met": drawn.all_met,
        }
    ).astype(dict.fromkeys(("officer", "aim", "position", "category", "category_capped"), "str"))


def _draw(
    survival: Floats,
    uniforms: Floats,
    required: Ints,
    counted: Ints,
    minima: Floats,
    number: Ints,
) -> _Drawn:
    size = len(survival)
    drawn = _Drawn(np.full((size, 3), np.nan), np.full(size, np.nan), np.full(size, np.nan))
    need = counted.sum(-1, dtype=np.float64)
    for start in range(0, size, _CHUNK):
        part = np.arange(start, min(start + _CHUNK, size))
        drawn.all_met[part] = drawn_all_met(survival[part], uniforms, required[part])
        part = part[need[part] > 0]
        sums = np.sort(drawn_sums(survival[part], uniforms, counted[part]), axis=1)
        match = 100.0 * sums / need[part, None]
        drawn.quantiles[part] = match[:, _ranks(len(uniforms))]
        if (number[part] > 0).any():
            hit = _numbers(match, minima[part]) == number[part, None]
            drawn.category[part] = np.where(number[part] > 0, hit.mean(-1), np.nan)
    return drawn


def _ranks(draws: int) -> Ints:
    """Places of the quantiles in sorted draws (the inverse of the empirical distribution)."""
    below = np.ceil(np.array(_QUANTILES) * draws).astype(np.int64)
    return np.asarray(np.maximum(below - 1, 0))


def _summed(framework: Framework, kinds: tuple[str, ...]) -> Bools:
    rows = sorted(framework.competencies, key=lambda row: row.id)
    chosen = np.array([row.kind in kinds for row in rows], bool)
    return chosen if chosen.any() else np.ones(len(rows), bool)


def _cutoffs(framework: Framework, purpose: str, position: Ints) -> tuple[Floats, Texts]:
    """Ascending minima (padded with inf) and category names, one row per officer."""
    if not framework.jpm_cutoffs:
        return np.full((len(position), 1), np.inf), np.full((len(position), 2), "", object)
    rows = sorted(framework.positions, key=lambda row: row.id)
    used = np.unique(position)
    found = [cutoffs_of(framework, purpose, rows[number].tier) for number in used]
    width = max(map(len, found), default=1)
    minima = np.full((len(used), width), np.inf)
    names = np.full((len(used), width + 1), "", object)
    for line, cutoffs in enumerate(found):
        minima[line, : len(cutoffs)] = [row.minimum for row in cutoffs]
        names[line, 1 : len(cutoffs) + 1] = [row.category for row in cutoffs]
    line_of = np.searchsorted(used, position)
    return minima[line_of], names[line_of]


def _numbers(match: Floats, minima: Floats) -> Ints:
    """Apply `category_number` with the minima of each row."""
    number = np.zeros(match.shape, np.int64)
    kinds, owner = np.unique(minima, axis=0, return_inverse=True)
    for line, ascending in enumerate(kinds):
        mine = owner.ravel() == line
        number[mine] = category_number(match[mine], ascending)
    return number


def shared_draws(correlation: Floats, draws: int) -> Floats:
    """Return correlated uniform draws from a fixed seed, in antithetic pairs.

    `correlation` is that of the normals beneath the uniforms. float32 in (0, 1), of shape
    (draws, n_competencies); the second half mirrors the first.

    Examples
    --------
    >>> drawn = shared_draws(np.eye(2), 4)
    >>> bool(np.allclose(drawn[:2], 1 - drawn[2:]))
    True
    """
    size = len(correlation)
    rng = np.random.default_rng(stable_seed("joint draws of levels", size))
    half = rng.standard_normal(((draws + 1) // 2, size))
    factor = np.linalg.cholesky(correlation + _RIDGE * np.eye(size))
    normal = np.concatenate([half, -half])[:draws] @ factor.T
    return frozen(ndtr(normal).astype(np.float32))


def drawn_sums(survival: Floats, uniforms: Floats, counted: Floats | Ints) -> Ints:
    """Return, for each draw, the sum of the levels of the counted competencies.

    A draw u of a competency is at level k or above where ``u > P(L < k)``. `counted`, of shape
    (n_officers, n_competencies), is not 0 where a competency counts. int16, shape
    (n_officers, draws).

    Examples
    --------
    >>> survival = np.array([[[1, 0.5, 0.2]]], np.float32)
    >>> drawn_sums(survival, np.array([[0.4], [0.6], [0.9]], np.float32), np.ones((1, 1))).tolist()
    [[0, 1, 2]]
    """
    bar = np.where(np.asarray(counted)[..., None] != 0, 1 - survival, 2).astype(np.float32)
    total = np.zeros((len(survival), len(uniforms)), np.int16)
    for competency in np.flatnonzero((np.asarray(counted) != 0).any(0)):
        for level in range(1, survival.shape[-1]):
            total += uniforms[:, competency] > bar[:, competency, level, None]
    return total


def drawn_all_met(survival: Floats, uniforms: Floats, required: Ints) -> Floats:
    """Return the share of draws in which every requirement is met at once.

    A level of 0 in `required`, of shape (n_officers, n_competencies), asks for nothing; the share
    of an officer of whom nothing is required is NaN.

    Examples
    --------
    >>> survival = np.array([[[1, 0.5, 0.2]]], np.float32)
    >>> drawn_all_met(survival, np.array([[0.4], [0.6]], np.float32), np.array([[1]])).tolist()
    [0.5]
    """
    chance = np.take_along_axis(survival, required[..., None].astype(np.intp), axis=-1)[..., 0]
    bar = np.where(required > 0, 1 - chance, -1).astype(np.float32)
    met = np.ones((len(survival), len(uniforms)), bool)
    for competency in np.flatnonzero((required > 0).any(0)):
        met &= uniforms[:, competency] > bar[:, competency, None]
    return np.where((required > 0).any(-1), met.mean(-1), np.nan)
