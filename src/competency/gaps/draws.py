"""Joint draws of levels: what beliefs about several competencies say together."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr

from competency.arrays import Floats, Ints, frozen, stable_seed

_RIDGE = 1e-9
# Added to the diagonal so that a correlation of exactly 1 still has a Cholesky factor.


def shared_draws(correlation: Floats, draws: int) -> Floats:
    """Return correlated uniform draws from a fixed seed, in antithetic pairs.

    Parameters
    ----------
    correlation : Floats, shape (n_competencies, n_competencies)
        Of the normals beneath the uniforms.
    draws : int
        Number of draws.

    Returns
    -------
    float32, shape (draws, n_competencies)
        In (0, 1); the second half mirrors the first.

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

    A draw u of a competency is at level k or above where ``u > P(L < k)``.

    Parameters
    ----------
    survival : float32, shape (n_officers, n_competencies, n_levels)
        ``P(L >= k)``.
    uniforms : float32, shape (draws, n_competencies)
    counted : array, shape (n_officers, n_competencies)
        Not 0 where a competency counts.

    Returns
    -------
    int16, shape (n_officers, draws)

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

    Parameters
    ----------
    survival : float32, shape (n_officers, n_competencies, n_levels)
        ``P(L >= k)``.
    uniforms : float32, shape (draws, n_competencies)
    required : Ints, shape (n_officers, n_competencies)
        0 = not required.

    Returns
    -------
    float64, shape (n_officers,)
        NaN where nothing is required.

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
