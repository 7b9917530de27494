"""Gaps as expectations: arithmetic on beliefs, and the shell that knows what is asked of whom."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import Floats, Ints, frozen
from competency.config import GapConfig
from competency.errors import ConfigError, Finding, nearest_names
from competency.gaps.table import GapTable

if TYPE_CHECKING:
    from competency.evidence.table import Roster
    from competency.framework.index import FrameworkIndex
    from competency.framework.model import Framework
    from competency.levels.beliefs import LevelBeliefs


def expected_gap(survival: Floats, required: Ints) -> Floats:
    """Return the expected number of levels that are missing.

    ``E[(r - L)+] = sum over k = 1..r of P(L < k)`` with required level r.

    Parameters
    ----------
    survival : Floats, shape (..., n_competencies, n_levels)
        ``P(L >= k)``; 1 at k = 0.
    required : Ints, shape (..., n_competencies)
        In 0..n_levels - 1; 0 = not relevant.

    Returns
    -------
    float32, shape of `required`
        In levels, in [0, required]; NaN where not relevant.

    Examples
    --------
    >>> survival = np.array([[1.0, 0.75, 0.5], [1.0, 0.75, 0.5]])
    >>> expected_gap(survival, np.array([2, 0])).tolist()
    [0.75, nan]
    """
    missing = np.cumsum(1.0 - survival.astype(np.float64), axis=-1)
    return _relevant(_at(missing - missing[..., :1], required), required)


def gap_variance(survival: Floats, required: Ints) -> Floats:
    """Return the variance of the number of levels that are missing.

    ``E[((r - L)+)^2] = sum over k = 1..r of (2 (r - k) + 1) P(L < k)``, less the squared mean.

    Parameters
    ----------
    survival : Floats, shape (..., n_competencies, n_levels)
        ``P(L >= k)``; 1 at k = 0.
    required : Ints, shape (..., n_competencies)
        0 = not relevant.

    Returns
    -------
    float32, shape of `required`
        In squared levels; NaN where not relevant.

    Examples
    --------
    >>> gap_variance(np.array([[1.0, 0.5]]), np.array([1])).tolist()
    [0.25]
    """
    missing = 1.0 - survival.astype(np.float64)
    missing[..., 0] = 0.0
    mean = _at(np.cumsum(missing, axis=-1), required)
    weighted = _at(np.cumsum(missing * np.arange(missing.shape[-1]), axis=-1), required)
    square = (2.0 * required + 1.0) * mean - 2.0 * weighted
    return _relevant(np.maximum(square - mean * mean, 0.0), required)


def weighted_gap(worth: Floats, survival: Floats) -> Floats:
    """Return the gap of each officer and competency, weighted as in :meth:`GapTable.worth`.

    ``sum over k of worth[o, c, k] x P(L < k)``, in float64 levels.

    Examples
    --------
    >>> weighted_gap(np.array([[[0.0, 1.0, 2.0]]]), np.array([[[1.0, 0.75, 0.5]]])).tolist()
    [[1.25]]
    """
    gap: Floats = np.einsum("ock,ock->oc", worth, 1 - survival, dtype=np.float64)
    return gap


def chance_to_meet(survival: Floats, required: Ints) -> Floats:
    """Return the probability of being at the required level or above.

    Parameters
    ----------
    survival : Floats, shape (..., n_competencies, n_levels)
        ``P(L >= k)``; 1 at k = 0.
    required : Ints, shape (..., n_competencies)
        0 = not relevant.

    Returns
    -------
    float32, shape of `required`
        NaN where not relevant.

    Examples
    --------
    >>> survival = np.array([[1.0, 0.75, 0.5], [1.0, 0.75, 0.5]])
    >>> chance_to_meet(survival, np.array([2, 0])).tolist()
    [0.5, nan]
    """
    return _relevant(_at(survival, required), required)


def weighted_gap_moments(probs: Floats, worth: Floats) -> tuple[Floats, Floats]:
    """Return the expected weighted gap and its variance, over competencies as if independent.

    ``gap = sum over c and k of worth[c, k] x (1 - P(level of c >= k))``.

    Parameters
    ----------
    probs : Floats, shape (..., n_competencies, n_levels)
        Beliefs.
    worth : Floats, same shape
        What reaching each level is worth (:meth:`GapTable.worth`); level 0 does not count.

    Returns
    -------
    gap, variance : float64, shape (...)
        In weighted levels, and in squared ones.

    Examples
    --------
    >>> gap, variance = weighted_gap_moments(np.array([[0.5, 0.5]]), np.array([[0.0, 2.0]]))
    >>> float(gap), float(variance)
    (1.0, 1.0)
    """
    value = worth.astype(np.float64)
    value[..., 0] = 0.0
    # what is still missing for an officer at level i: the worth of all levels above
    missing = np.cumsum(value[..., ::-1], axis=-1)[..., ::-1] - value
    mean = (probs * missing).sum(-1)
    variance = np.maximum((probs * missing**2).sum(-1) - mean**2, 0.0)
    return mean.sum(-1), variance.sum(-1)


def score_gaps(
    levels: LevelBeliefs, framework: Framework | None = None, *, config: GapConfig | None = None
) -> GapTable:
    """Return the gaps of every officer toward the position held, the next one, or any.

    Parameters
    ----------
    levels : LevelBeliefs
    framework : Framework or None
        What is asked; None stands for the framework of `levels`. Another one must have the
        same competencies, positions and levels: a revised standard, for example.
    config : GapConfig or None
        `aims` says what is compared with; ``"next"`` is the next position of the roster where
        it names one, else the usual next position of the one held.

    Returns
    -------
    GapTable

    Raises
    ------
    ConfigError
        If an aim is neither ``"held"``, ``"next"`` nor the id of a position, or appears twice;
        or if the frameworks do not agree.
    """
    if framework is not None and framework is not levels.framework:
        _refuse_other_axes(levels.framework.index, framework.index)
        levels = replace(levels, framework=framework)
    index, config = levels.framework.index, config or GapConfig()
    aims = config.aims
    _refuse_unknown_aims(aims, index.position_ids)
    position = np.stack([aim_position(aim, levels.roster, index) for aim in aims])
    required = index.required_levels(position)
    return GapTable(
        levels,
        aims,
        frozen(position),
        frozen(required),
        frozen(index.requirement_weights(position)),
        frozen(np.stack([expected_gap(levels.survival, row) for row in required])),
        frozen(np.stack([chance_to_meet(levels.survival, row) for row in required])),
        frozen(levels.n_observations > 0),
        config,
    )


def _at(values: Floats, level: Ints) -> Floats:
    return np.take_along_axis(values, level[..., None].astype(np.intp), axis=-1)[..., 0]


def _relevant(values: Floats, required: Ints) -> Floats:
    return np.where(required > 0, values, np.nan).astype(np.float32)


def aim_position(aim: str, roster: Roster, index: FrameworkIndex) -> Ints:
    """Return the position of an aim for each officer; -1 = none.

    `aim` is ``"held"``, ``"next"`` or the id of a position.
    """
    held = roster.position.astype(np.int32)
    if aim == "held":
        return held
    if aim == "next":
        usual = np.where(held >= 0, np.append(index.next_position, -1)[held], -1)
        return np.where(roster.next_position >= 0, roster.next_position, usual).astype(np.int32)
    return np.full(len(roster), index.position_ids.index(aim), np.int32)


def _refuse_unknown_aims(aims: tuple[str, ...], position_ids: tuple[str, ...]) -> None:
    valid = ("held", "next", *position_ids)
    hint = "aims are 'held', 'next' and ids of positions, each once"
    findings = [
        Finding(
            "unknown-aim",
            f"there is no position {aim!r} to aim at",
            nearest=nearest_names(aim, valid),
            hint=hint,
        )
        for aim in aims
        if aim not in valid
    ]
    if len(set(aims)) != len(aims) or not aims:
        text = "an aim is named twice" if aims else "no aim is named"
        findings.append(Finding("illegal-aims", text, hint=hint))
    if findings:
        raise ConfigError("gaps", findings)


def _refuse_other_axes(ours: FrameworkIndex, theirs: FrameworkIndex) -> None:
    agree = {
        "competencies": ours.competency_ids == theirs.competency_ids,
        "positions": ours.position_ids == theirs.position_ids,
        "levels": ours.n_levels == theirs.n_levels,
    }
    findings = [
        Finding(
            "other-framework",
            f"the {name} of the framework are not those of the beliefs",
            hint="read the evidence with this framework",
        )
        for name, same in agree.items()
        if not same
    ]
    if findings:
        raise ConfigError("gaps", findings)
