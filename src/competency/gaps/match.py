"""The job-person match (JPM): the official ratio of sums, its capped twin, and its categories."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

import numpy as np

from competency.errors import ConfigError, Finding, nearest_names

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from competency.arrays import Bools, Floats, Ints, Texts
    from competency.framework.model import Framework, JpmCutoff

_DECIMALS = 9
# A match is compared with a cut-off after rounding to this many decimals of a percent: that
# removes the noise of binary fractions, and cannot move a ratio of whole numbers across a
# cut-off with two decimals as long as the sum of required levels is below 10^5.


def job_person_match(
    achieved: ArrayLike, required: ArrayLike, weights: ArrayLike | None = None
) -> Floats:
    """Return the official match in percent: ``100 x sum achieved / sum required``.

    Parameters
    ----------
    achieved : array, shape (..., n_competencies)
        Achieved levels; NaN or a negative number = never assessed.
    required : array, shape (..., n_competencies)
        Required levels; 0 = not part of the match.
    weights : array or None, shape (..., n_competencies)
        Weight of each competency in both sums; None = 1 each.

    Returns
    -------
    float64, shape (...)
        In percent, at least 0, above 100 where surplus outweighs what is missing; NaN where
        nothing that is required was assessed.

    Notes
    -----
    A competency never assessed leaves both sums: it is neither a 0 nor a success. How many
    there are is counted by :func:`count_unknown`; a match over few competencies says little.
    The formula is that of the official report form, in which a surplus in one competency pays
    for a gap in another; :func:`capped_job_person_match` does not let it.

    Examples
    --------
    >>> float(job_person_match([3, 3, 2, 3, 3, 2, 3, 2, 3], [3] * 9).round(1))
    88.9
    >>> float(job_person_match([4, -1], [3, 3]).round(1))
    133.3
    >>> float(job_person_match([2, 2], [0, 0]))
    nan
    """
    have, need, counted = _parts(achieved, required)
    return _ratio(have, need, counted, weights)


def capped_job_person_match(
    achieved: ArrayLike, required: ArrayLike, weights: ArrayLike | None = None
) -> Floats:
    """Return the match with surplus cut: ``100 x sum min(achieved, required) / sum required``.

    Parameters
    ----------
    achieved : array, shape (..., n_competencies)
        Achieved levels; NaN or a negative number = never assessed.
    required : array, shape (..., n_competencies)
        Required levels; 0 = not part of the match.
    weights : array or None, shape (..., n_competencies)
        Weight of each competency in both sums; None = 1 each.

    Returns
    -------
    float64, shape (...)
        In percent, in [0, 100]; 100 only where every assessed requirement is met; NaN where
        nothing that is required was assessed.

    Examples
    --------
    >>> float(capped_job_person_match([4, 2], [3, 3]).round(1))
    83.3
    """
    have, need, counted = _parts(achieved, required)
    return _ratio(np.minimum(have, need), need, counted, weights)


def count_unknown(achieved: ArrayLike, required: ArrayLike) -> Ints:
    """Return the number of required competencies that were never assessed.

    Parameters
    ----------
    achieved : array, shape (..., n_competencies)
        Achieved levels; NaN or a negative number = never assessed.
    required : array, shape (..., n_competencies)
        Required levels; 0 = not part of the match.

    Returns
    -------
    int64, shape (...)

    Examples
    --------
    >>> int(count_unknown([3, -1, float("nan"), -1], [3, 3, 3, 0]))
    2
    """
    _, need, counted = _parts(achieved, required)
    return np.asarray(((need > 0) & ~counted).sum(-1))


@overload
def jpm_category(match: float, framework: Framework, *, purpose: str, tier: str = ...) -> str: ...
@overload
def jpm_category(
    match: Floats, framework: Framework, *, purpose: str, tier: str = ...
) -> Texts: ...
def jpm_category(
    match: float | Floats, framework: Framework, *, purpose: str, tier: str = "*"
) -> str | Texts:
    """Return the official category of a match: the highest whose minimum is reached.

    Parameters
    ----------
    match : float or array of any shape
        In percent; NaN = no match.
    framework : Framework
        Its `jpm_cutoffs` hold the categories.
    purpose : str
        A purpose of the cut-offs, for example ``"filling"``.
    tier : str
        Tier of the position; a tier without its own cut-offs falls under ``"*"``.

    Returns
    -------
    str, or array of str of the shape of `match`
        Id of the category; empty where there is no match or it reaches no minimum.

    Raises
    ------
    ConfigError
        If the framework has no cut-offs for `purpose`, or none for the tier and no ``"*"``.

    Notes
    -----
    Boundaries are exact: 80 reaches a minimum of 80 and 79.999 does not, however the percentage
    was computed, ``100 * 68 / 85`` or ``68 / 85 * 100``.
    """
    cutoffs = cutoffs_of(framework, purpose, tier)
    values = np.asarray(match, np.float64)
    names = np.array(["", *(row.category for row in cutoffs)], object)
    found = names[category_number(values, np.array([row.minimum for row in cutoffs]))]
    return str(found) if values.ndim == 0 else np.asarray(found, object)


def cutoffs_of(framework: Framework, purpose: str, tier: str) -> tuple[JpmCutoff, ...]:
    """Return the cut-offs of a purpose and tier, lowest first; raise `ConfigError` if none."""
    rows = [row for row in framework.jpm_cutoffs if row.purpose == purpose]
    own = [row for row in rows if row.tier == tier] or [row for row in rows if row.tier == "*"]
    if not own:
        finding = _no_tier(purpose, tier) if rows else _no_purpose(framework, purpose)
        raise ConfigError("job-person match", [finding])
    return tuple(sorted(own, key=lambda row: (row.minimum, row.category)))


def category_number(match: Floats, minima: Floats) -> Ints:
    """Return how many ascending `minima` a `match`, in percent, reaches; 0 for NaN.

    Examples
    --------
    >>> category_number(np.array([79.999, 80.0, np.nan]), np.array([0.0, 68.0, 80.0])).tolist()
    [2, 3, 0]
    """
    reached = np.searchsorted(minima, np.round(match, _DECIMALS), side="right")
    return np.where(np.isnan(match), 0, reached)


def _parts(achieved: ArrayLike, required: ArrayLike) -> tuple[Floats, Floats, Bools]:
    have, need = np.broadcast_arrays(
        np.asarray(achieved, np.float64), np.asarray(required, np.float64)
    )
    return have, need, (need > 0) & (have >= 0)  # NaN compares false


def _ratio(have: Floats, need: Floats, counted: Bools, weights: ArrayLike | None) -> Floats:
    share = np.where(counted, 1.0 if weights is None else np.asarray(weights, np.float64), 0.0)
    # NOTE: times 100 before the division, so that whole percentages of whole sums are exact.
    gained = 100.0 * (share * np.where(counted, have, 0.0)).sum(-1)
    asked = (share * need).sum(-1)
    return np.where(asked > 0, gained / np.where(asked > 0, asked, 1.0), np.nan)


def _no_tier(purpose: str, tier: str) -> Finding:
    return Finding(
        "no-cutoffs-for-tier",
        f"purpose {purpose!r} has no cut-offs for tier {tier!r}",
        hint="add rows for tier '*' to jpm_cutoffs",
    )


def _no_purpose(framework: Framework, purpose: str) -> Finding:
    purposes = sorted({row.purpose for row in framework.jpm_cutoffs})
    return Finding(
        "unknown-purpose",
        f"there are no cut-offs for purpose {purpose!r}",
        nearest=nearest_names(purpose, purposes) or tuple(purposes),
        hint="choose a purpose of jpm_cutoffs, or add its rows there",
    )
