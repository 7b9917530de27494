"""Reliability of beliefs: how well they distinguish officers, and how sure they are by level."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.errors import ConfigError, Finding
from competency.levels.beliefs import LevelBeliefs
from competency.stats import critical_value

if TYPE_CHECKING:
    from competency.arrays import Bools, Floats, Ints
    from competency.levels.model import LevelModel

CONFIDENCE = 0.9
"""Of the intervals (the one that the project checks coverage at)."""

_Z = critical_value(CONFIDENCE)
_GROUPS: Mapping[str, tuple[int, float]] = {
    "0": (0, 0),
    "1": (1, 1),
    "2": (2, 2),
    "3-4": (3, 4),
    "5-9": (5, 9),
    "10+": (10, np.inf),
}
# Classes of observations of one cell: fine where one more matters most (chosen by the project).


def reliability(
    levels: LevelBeliefs | LevelModel, *, as_of: date | str | None = None
) -> pd.DataFrame:
    """Return the marginal reliability of the levels of each competency.

    ``rho = var(m) / (var(m) + mean(v))`` with m the mean and v the variance of the belief about
    each officer: the squared correlation of means and true levels, if beliefs are calibrated.
    Within positions, m is taken from the mean of its position first: it is about officers *of
    one position*, and is the lower one where positions differ.

    Parameters
    ----------
    levels : LevelBeliefs or LevelModel
        A model is asked for its beliefs about the officers that it was fitted on.
    as_of : date, str or None
        Needed with a model: the day of the beliefs.

    Returns
    -------
    DataFrame
        Sorted by competency and officers: competency, officers ("all", "assessed"), n (officers),
        reliability, low, high, reliability_within, within_low, within_high. Intervals are 90 %, by
        the delta method on the logit; NaN where there are fewer officers than the variance needs.

    Raises
    ------
    ConfigError
        If a model comes without a day.
    NotFittedError
        If the model is not fitted.

    Notes
    -----
    Above .8 single officers can be compared, .5 to .8 will do for groups and first looks; below .5
    a mean says more about the cohort than about the officer (usual reading). A low value can mean
    poor evidence or officers who are alike: look at the sd too. Cost is linear in officers.

    Examples
    --------
    >>> from competency.testing import small_model
    >>> table = reliability(small_model(), as_of="2025-06-01")
    >>> table["n"].tolist()
    [60, 60, 60, 60, 60, 60]
    >>> bool(table["reliability"].between(0.6, 1).all())
    True
    >>> reliability(small_model(), as_of="2020-01-01")["n"].tolist()
    [60, 0, 60, 0, 60, 0]
    """
    beliefs = beliefs_of(levels, as_of)
    mean, variance = beliefs.mean.astype(np.float64), beliefs.sd.astype(np.float64) ** 2
    group, n_groups = beliefs.roster.position, len(beliefs.framework.index.position_ids)
    group = np.where(group < 0, n_groups, group).astype(np.int64)
    assessed = beliefs.n_observations > 0
    frames = []
    for name, used in (("all", np.ones_like(assessed)), ("assessed", assessed)):
        value, low, high = _shares(mean, variance, used, np.zeros_like(group), 1)
        within, within_low, within_high = _shares(mean, variance, used, group, n_groups + 1)
        columns = {
            "competency": pd.Series(beliefs.framework.index.competency_ids, dtype="str"),
            "officers": name,
            "n": used.sum(0),
            "reliability": value,
            "low": low,
            "high": high,
            "reliability_within": within,
            "within_low": within_low,
            "within_high": within_high,
        }
        frames.append(pd.DataFrame(columns))
    table = pd.concat(frames, ignore_index=True).astype({"officers": "str"})
    return table.sort_values(["competency", "officers"], ignore_index=True)


def standard_errors(
    levels: LevelBeliefs | LevelModel, *, as_of: date | str | None = None
) -> pd.DataFrame:
    """Return how sure beliefs are about officers of each true level, by what they rest on.

    The true level is not known: every officer and competency counts toward each level with the
    probability of that level, ``mean sd at level k = sum P(k) sd / sum P(k)``.

    Parameters
    ----------
    levels, as_of
        As in `reliability`.

    Returns
    -------
    DataFrame
        Sorted by observations and level: observations ("any", "0", "1", "2", "3-4", "5-9", "10+"),
        level, standard_error (mean sd, in levels), low, high (90 % interval of that mean, officers
        taken as the sample; NaN below two officers) and n (officers and competencies expected at
        that level: a sum of probabilities).

    Raises
    ------
    ConfigError
        If a model comes without a day.
    NotFittedError
        If the model is not fitted.

    Examples
    --------
    >>> from competency.testing import small_model
    >>> table = standard_errors(small_model(), as_of="2025-06-01")
    >>> table.groupby("observations", sort=False)["n"].sum().round().tolist()
    [180.0, 0.0, 0.0, 0.0, 0.0, 180.0, 0.0]
    """
    beliefs = beliefs_of(levels, as_of)
    sd, probs = beliefs.sd.astype(np.float64), beliefs.probs.astype(np.float64)
    classes = {"any": (0.0, np.inf), **_GROUPS}
    frames = []
    for name, (least, most) in classes.items():
        used = (beliefs.n_observations >= least) & (beliefs.n_observations <= most)
        weight = (probs * used[..., None]).sum(1)  # by officer and level
        total = (probs * (used * sd)[..., None]).sum(1)
        frames.append(_mean_by_level(weight, total).assign(observations=name))
    table = pd.concat(frames, ignore_index=True).astype({"observations": "str"})
    return table[["observations", "level", "standard_error", "low", "high", "n"]]


def beliefs_of(levels: LevelBeliefs | LevelModel, as_of: date | str | None) -> LevelBeliefs:
    """Return beliefs as they are, or those of a model on a day, which a model needs."""
    if isinstance(levels, LevelBeliefs):
        return levels
    if as_of is None:
        hint = "give as_of, for instance the day of the report, or beliefs in place of the model"
        message = "a model needs the day of its beliefs"
        raise ConfigError("diagnostics", [Finding("no-day", message, hint=hint)])
    return levels.predict(as_of=as_of)


def _shares(
    mean: Floats, variance: Floats, used: Bools, group: Ints, n_groups: int
) -> tuple[Floats, Floats, Floats]:
    """Return the reliability of each column around the means of groups, and its interval.

    ``(variance of means) / (that + mean variance)``; arrays are (n_officers, n_columns).
    """
    count = np.zeros((n_groups, mean.shape[1]))
    total = np.zeros_like(count)
    np.add.at(count, group, used)
    np.add.at(total, group, np.where(used, mean, 0.0))
    centre = (total / np.maximum(count, 1))[group]
    n, free = used.sum(0), used.sum(0) - (count > 0).sum(0)
    square = np.where(used, (mean - centre) ** 2, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        between = np.where(free > 0, square.sum(0) / free, np.nan)
        unsure = np.where(used, variance, 0.0).sum(0) / n
        value = between / (between + unsure)
        # Influence of one officer on log(between) - log(unsure), the logit of the share.
        pull = np.where(used, square * n / free / between - variance / unsure, 0.0)
        se = np.sqrt((pull**2).sum(0)) / n
        logit = np.log(between) - np.log(unsure)
    low, high = (1 / (1 + np.exp(-(logit + side * _Z * se))) for side in (-1, 1))
    return value, low, high


def _mean_by_level(weight: Floats, total: Floats) -> pd.DataFrame:
    """Ratio of sums over officers, with the delta interval; arrays are (n_officers, n_levels)."""
    n = weight.sum(0)
    with np.errstate(invalid="ignore", divide="ignore"):
        value = total.sum(0) / n
        rest = total - weight * value
        se = np.sqrt((rest**2).sum(0)) / n
    se = np.where((weight > 0).sum(0) > 1, se, np.nan)
    return pd.DataFrame(
        {
            "level": np.arange(weight.shape[1]),
            "standard_error": value,
            "low": value - _Z * se,
            "high": value + _Z * se,
            "n": n,
        }
    )
