"""One row for each source: what it is like, how well it fits, and how much a rating tells."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from competency.levels.diagnostics.fit_statistics import fit_statistics
from competency.levels.diagnostics.information import mean_information
from competency.levels.diagnostics.rating_rows import rating_rows
from competency.levels.diagnostics.settled_cohort import settled_cohort

if TYPE_CHECKING:
    from competency.levels.model import LevelModel


def source_report(model: LevelModel, *, as_of: date | str | None = None) -> pd.DataFrame:
    """Return one row for each source: parameters, fit, and information at each level.

    Parameters
    ----------
    model : LevelModel
        Fitted in this process.
    as_of : date, str or None
        Ratings after this day are left out of the fit statistics; None stands for the latest day.

    Returns
    -------
    DataFrame
        Sorted by source: source, discrimination (logits a level), severity, severity_sd, halo_sd
        (levels), estimated (false: as given), n_ratings, n_assessors, infit, outfit, infit_z,
        outfit_z (NaN without ratings), and information_0 up to the highest level: of one rating by
        an unknown assessor, mean over the level, in 1 / levels squared (NaN for records, which
        state the level for certain).

    Raises
    ------
    NotFittedError
        Before `fit`.
    ConfigError
        If the model was loaded from a folder.

    Notes
    -----
    Discriminations are learned from the same ratings, so that the mean squares of a source are near
    1 unless its ratings scatter in another *shape* than the model has; those of its assessors tell
    more. With thousands of ratings a deviate beyond 3 is common and small: look at the mean square.

    Examples
    --------
    >>> from competency.levels.diagnostics.example import example_model
    >>> table = source_report(example_model()).set_index("source")
    >>> bool(table.loc["assessment_centre", "information_2"] > table.loc["peer", "information_2"])
    True
    >>> table.loc["peer", ["n_ratings", "infit"]].tolist()
    [0.0, nan]
    """
    cohort = settled_cohort(model, as_of=as_of)
    rows = rating_rows(cohort)
    fit = fit_statistics(rows, rows.block, len(cohort.sources.names))
    size = len(model.sources_)
    table = model.sources_.assign(**{name: values[:size] for name, values in fit.columns().items()})
    told = mean_information(cohort.sources, cohort.index.n_levels)[:size]
    levels = {f"information_{level}": told[:, level] for level in range(told.shape[1])}
    front = ["source", "discrimination", "severity", "severity_sd", "halo_sd", "estimated"]
    rest = [name for name in table.columns if name not in front]
    table = table[front + rest].assign(**levels)
    return table.sort_values("source", ignore_index=True)
