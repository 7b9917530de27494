"""One row for each assessor: severity, agreement with the others, and flags."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from competency.levels.diagnostics.cohort_posterior import cohort_posterior
from competency.levels.diagnostics.residuals import fit_statistics, rating_rows
from competency.levels.tables import LEAST_OFFICERS
from competency.stats import (
    FALSE_DISCOVERIES,
    benjamini_hochberg,
    beyond,
    critical_value,
    two_sided,
)

if TYPE_CHECKING:
    from competency.arrays import Bools, Floats, Ints
    from competency.levels.diagnostics.cohort_posterior import CohortPosterior
    from competency.levels.diagnostics.residuals import FitStatistics
    from competency.levels.model import LevelModel

CONFIDENCE = 0.9
"""Of the interval of a severity (the one that the project checks coverage at)."""

NOTABLE = 0.5
"""Levels from the mean of the source that a severity must surpass to be called severe or lenient
(chosen by the project: half a level moves about every second rating by one)."""

FIT_RANGE = (0.8, 1.25)
"""Mean squares that are never flagged (chosen by the project, stricter than the usual .6 to 1.4 of
rating scales because a flag must also be significant)."""

LEAST_RATINGS = 10
"""Ratings below which an assessor is not judged (chosen by the project)."""

_WORDS = ("severe", "lenient", "erratic", "muted", "few ratings")
_LEAST_VARIANCE = 1e-4


def assessor_report(model: LevelModel, *, as_of: date | str | None = None) -> pd.DataFrame:
    """Return one row for each named assessor: severity, fit, part of the design and flags.

    Parameters
    ----------
    model : LevelModel
        Fitted in this process.
    as_of : date, str or None
        Ratings after this day are left out of the fit statistics; None stands for the latest day.
        Severities are those of the model.

    Returns
    -------
    DataFrame
        Sorted by source and assessor, with columns

        - assessor, source;
        - severity, se, low, high: in levels on the scale of the officers, shrunk toward the mean of
          the source, with its 90 % interval (positive = rates lower than others would);
        - unshrunk: the severity by the ratings alone;
        - n_ratings, n_officers;
        - infit, outfit, infit_z, outfit_z: see
          :func:`competency.levels.diagnostics.residuals.fit_statistics`;
        - q_severity, q_fit: p-values adjusted for the false discovery rate over all assessors
          judged; NaN = not judged;
        - part: number of the part of the design (1 = with most assessors); severities of two parts
          compare only through the mean of their source;
        - flag: words, separated by commas. *severe*, *lenient*: more than `NOTABLE` from the mean
          of the source; *erratic*: ratings scatter more than expected; *muted*: less, and over a
          narrower range; *few ratings*: fewer than 5 officers or 10 ratings, so not judged.

    Raises
    ------
    NotFittedError
        Before `fit`.
    ConfigError
        If the model was loaded from a folder.

    Notes
    -----
    A flag needs a notable size and an adjusted p-value of at most .05 (Benjamini & Hochberg), apart
    for severity (tested without the shrinkage) and for fit (the smaller of the p-values of infit
    and outfit, doubled). Who talks with colleagues before rating looks muted too. Cost is linear
    in officers and ratings.

    Examples
    --------
    >>> from competency.testing import small_model
    >>> table = assessor_report(small_model())
    >>> table[["source", "n_officers", "part", "flag"]].drop_duplicates().values.tolist()
    [['assessment_centre', 15, 1, ''], ['supervisor', 10, 1, '']]
    >>> assessor_report(small_model(), as_of="2020-01-01")["infit"].notna().sum()
    np.int64(0)
    """
    return report_of(model, cohort_posterior(model, as_of=as_of))


def report_of(model: LevelModel, cohort: CohortPosterior) -> pd.DataFrame:
    """Return the :func:`assessor_report` of a model whose posterior is already at hand."""
    rows = rating_rows(cohort)
    fit = fit_statistics(rows, rows.assessor, len(cohort.assessors))
    known = model.assessors_
    reach = critical_value(CONFIDENCE) * known["se"]
    table = known[["assessor", "source", "severity", "se"]].assign(
        low=known["severity"] - reach,
        high=known["severity"] + reach,
        unshrunk=known["severity"],
        n_ratings=known["n_ratings"],
        n_officers=known["n_officers"],
        **fit.columns(),
    )
    enough = (known["n_officers"] >= LEAST_OFFICERS) & (known["n_ratings"] >= LEAST_RATINGS)
    judged = enough.to_numpy()
    own, p, mean = _unshrunk(model)
    table["unshrunk"] = mean + own
    table["q_severity"] = benjamini_hochberg(np.where(judged, p, np.nan))
    table["q_fit"] = benjamini_hochberg(np.where(judged, _fit_p(fit), np.nan))
    table["part"] = _parts(cohort)
    table["flag"] = pd.Series(_flags(table, fit, own, judged), table.index, dtype="str")
    return table.sort_values(["source", "assessor"], ignore_index=True)


def _unshrunk(model: LevelModel) -> tuple[Floats, Floats, Floats]:
    """Severities less the mean of the source before shrinkage, p-values of their size, means."""
    known, sources = model.assessors_, model.sources_.set_index("source")
    of = sources.loc[known["source"]]
    prior = np.maximum(of["severity_sd"].to_numpy(dtype=np.float64) ** 2, _LEAST_VARIANCE)
    variance = known["se"].to_numpy(dtype=np.float64) ** 2
    mean = of["severity"].to_numpy(dtype=np.float64)
    away = known["severity"].to_numpy(dtype=np.float64) - mean
    # Precision of the ratings alone: the belief without its prior N(mean, spread of the source).
    precision = np.maximum(1 / variance - 1 / prior, 1e-9)
    own = away / variance / precision
    return own, beyond(own, 1 / np.sqrt(precision), NOTABLE), mean


def _fit_p(fit: FitStatistics) -> Floats:
    least = np.fmin(two_sided(fit.infit_z), two_sided(fit.outfit_z))
    return np.asarray(np.minimum(2 * least, 1.0))


def _flags(table: pd.DataFrame, fit: FitStatistics, own: Floats, judged: Bools) -> list[str]:
    far = table["q_severity"].to_numpy() <= FALSE_DISCOVERIES
    odd = table["q_fit"].to_numpy() <= FALSE_DISCOVERIES
    low, high = FIT_RANGE
    loose = np.maximum(fit.infit, fit.outfit) > high
    tight = (np.minimum(fit.infit, fit.outfit) < low) & (fit.spread < fit.expected_spread)
    marks = np.stack([far & (own > 0), far & (own < 0), odd & loose, odd & tight & ~loose, ~judged])
    words = np.array(_WORDS, object)
    return [", ".join(words[column]) for column in marks.T]


def _parts(cohort: CohortPosterior) -> Ints:
    """Number of the connected part of officers and assessors that each assessor lies in."""
    layout, size = cohort.layout, len(cohort.assessors)
    named = np.flatnonzero(layout.assessor >= 0)
    ends = layout.assessor[named], size + layout.owner[named]
    shape = (size + len(layout.group),) * 2
    graph = sparse.coo_array((np.ones(len(named)), ends), shape=shape)
    label = connected_components(graph, directed=False)[1][:size]
    _, first, own, count = np.unique(
        label, return_index=True, return_inverse=True, return_counts=True
    )
    rank = np.empty(len(first), np.int64)
    rank[np.lexsort([first, -count])] = np.arange(1, len(first) + 1)
    return rank[own]
