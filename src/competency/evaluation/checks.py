"""What must stand beside every estimate: balance, overlap, attrition, ceiling, assessors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtr

from competency.evaluation.comparison import joined
from competency.evaluation.logistic import chance_of_training

if TYPE_CHECKING:
    from competency.arrays import Bools, Floats
    from competency.evaluation.comparison import Columns, Comparison

FAR = 0.25
"""Standardised difference above which adjustment leans on the form of the model (Imbens & Rubin
2015, chapter 14)."""

CEILING_SHARE = 0.15
"""Share at the highest value from which a measure has a ceiling (Terwee et al. 2007)."""

ATTRITION = 0.05
"""Difference of attrition that is worth a word (What Works Clearinghouse, the cautious bound)."""


def balance_table(comparison: Comparison) -> pd.DataFrame:
    """Return how alike trained and untrained officers were before the training.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    DataFrame
        One row for each measure and covariate: covariate, trained, untrained (means), smd
        (difference by the root of the mean of both variances), variance_ratio, n_trained,
        n_untrained.
    """
    singles = ["score"] if comparison.has_score else []
    singles += [name for name in ("before", "earlier") if comparison.measured(name)]
    parts = [(name, getattr(comparison, name)) for name in singles]
    blocks = (comparison.covariates, comparison.with_before, comparison.with_earlier)
    for block in blocks:
        parts += list(zip(block.names, block.cells.T, strict=True))
    rows = [_balance(name, values, comparison.treated) for name, values in parts]
    columns = (
        "covariate", "trained", "untrained", "smd", "variance_ratio", "n_trained", "n_untrained",
    )  # fmt: skip
    return pd.DataFrame(rows, columns=list(columns))


def overlap_table(
    comparison: Comparison, chance: Floats, trim: tuple[float, float]
) -> pd.DataFrame:
    """Return how many officers have counterparts in the other group.

    Parameters
    ----------
    comparison : Comparison
    chance : Floats, shape (n,)
        Of having been trained.
    trim : tuple of float
        Chances between which officers have counterparts.

    Returns
    -------
    DataFrame
        Rows trained and untrained: n, share_inside, lowest, median, highest chance.
    """
    low, high = trim
    inside = (chance >= low) & (chance <= high)
    rows = []
    for name, group in (("trained", comparison.treated), ("untrained", ~comparison.treated)):
        own, n = chance[group], int(group.sum())
        ends = np.quantile(own, [0, 0.5, 1]) if n else np.full(3, np.nan)
        share = inside[group].mean() if n else np.nan
        rows.append((name, n, share, *ends))
    return pd.DataFrame(rows, columns=["group", "n", "share_inside", "lowest", "median", "highest"])


def group_chances(comparison: Comparison, columns: tuple[Columns, ...]) -> Floats:
    """Return the chance of having been trained given the columns, shape (n,).

    Parameters
    ----------
    comparison : Comparison
    columns : tuple of Columns
    """
    return chance_of_training(comparison.treated, joined(columns, len(comparison)).cells)


def quality_table(comparison: Comparison, ceiling: float | None) -> pd.DataFrame:
    """Return attrition, ceiling and change of assessor, for trained and untrained.

    Parameters
    ----------
    comparison : Comparison
        All officers, also those without an outcome.
    ceiling : float or None
        Highest value that the measure can take; None = the highest seen.

    Returns
    -------
    DataFrame
        One row for each check: check (attrition, ceiling before, ceiling after, other assessor),
        trained, untrained (shares), difference, p (two-sided, of no difference), n_trained,
        n_untrained. Checks that the table does not allow are left out.
    """
    treated, seen = comparison.treated, np.isfinite(comparison.outcome)
    rows = [_shares("attrition", ~seen, treated)]
    measures = {"ceiling before": comparison.before, "ceiling after": comparison.outcome}
    top = ceiling
    if top is None and seen.any():
        both = np.concatenate([comparison.before, comparison.outcome])
        top = float(np.nanmax(both))
    for name, values in measures.items():
        there = np.isfinite(values)
        if there.any() and top is not None:
            rows.append(_shares(name, values[there] >= top, treated[there]))
    first, last = comparison.assessor_before, comparison.assessor_after
    if first is not None and last is not None:
        known = (first >= 0) & (last >= 0)
        rows.append(_shares("other assessor", first[known] != last[known], treated[known]))
    columns = ("check", "trained", "untrained", "difference", "p", "n_trained", "n_untrained")
    return pd.DataFrame(rows, columns=list(columns))


def _balance(name: str, values: Floats, treated: Bools) -> tuple[object, ...]:
    seen = np.isfinite(values)
    one, other = values[seen & treated], values[seen & ~treated]
    if min(len(one), len(other)) < 2:
        return (name, np.nan, np.nan, np.nan, np.nan, len(one), len(other))
    spread = np.sqrt((one.var(ddof=1) + other.var(ddof=1)) / 2)
    away = one.mean() - other.mean()
    smd = away / spread if spread > 0 else (0.0 if away == 0 else np.sign(away) * np.inf)
    ratio = one.var(ddof=1) / other.var(ddof=1) if other.var() > 0 else np.nan
    return (name, one.mean(), other.mean(), smd, ratio, len(one), len(other))


def _shares(name: str, event: Bools, treated: Bools) -> tuple[object, ...]:
    n, m = int(treated.sum()), int((~treated).sum())
    if min(n, m) == 0:
        return (name, np.nan, np.nan, np.nan, np.nan, n, m)
    one, other, both = event[treated].mean(), event[~treated].mean(), event.mean()
    error = np.sqrt(both * (1 - both) * (1 / n + 1 / m))
    p = 2 * ndtr(-abs(one - other) / error) if error > 0 else 1.0
    return (name, one, other, one - other, float(p), n, m)
