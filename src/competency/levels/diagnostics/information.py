"""How informative ratings are, by source and by the level of the officer; a row for each source."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.errors import Finding, InputError, nearest_names
from competency.levels.diagnostics.cohort_posterior import (
    cohort_posterior,
    learned_index,
    learned_sources,
    require_fitted,
)
from competency.levels.diagnostics.residuals import (
    fit_statistics,
    level_chances,
    level_information,
    rating_rows,
)
from competency.levels.posterior.likelihood import BESIDE, CERTAIN, CERTIFICATE, intervals_of
from competency.ratings.ordinal import derivatives, probability

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints
    from competency.framework.index import FrameworkIndex
    from competency.levels.model import LevelModel
    from competency.levels.posterior.likelihood import Sources

STEP = 0.1
"""Distance of the latent levels that are shown, in levels (fine enough for a smooth curve)."""

_BEYOND = 1.0
# Levels that the curves reach beyond the scale.
_WITHIN = 20
# Points within a level over which information is averaged.


def information(
    model: LevelModel, *, latent: Sequence[float] | None = None, competency: str | None = None
) -> pd.DataFrame:
    """Return Fisher's information about the level of one rating of each source.

    ``I(theta) = sum_k P_k'(theta)^2 / P_k(theta)``. By a *known* assessor (severity that of the
    source, halo 0) this is the information function of the graded response model; by an *unknown*
    one, severity and halo are averaged out first, ``P_k(theta) = E_s,h P_k(theta - s - h)``.

    Parameters
    ----------
    model : LevelModel
        Fitted or loaded.
    latent : sequence of float or None
        Where to look, in levels; None stands for steps of `STEP` from -1 to 1 above the scale.
    competency : str or None
        Id of the competency whose scale is rated on; None stands for the longest scale.

    Returns
    -------
    DataFrame
        Sorted by source, assessor, attests and latent: source, assessor ("known", "unknown"; ""
        for certificates), attests (level of a certificate; missing for ratings), latent,
        information (1 / levels squared) and standard_error (its inverse root: of the level from
        that rating alone, in levels; infinite at information 0).

    Raises
    ------
    NotFittedError
        Before `fit`.
    InputError
        If the competency is not in the framework.

    Notes
    -----
    Records state the level for certain and are left out. A certificate is taken as an examination
    whose outcome is known either way; a certificate that an officer merely does not have carries no
    information in this model. The parameters of the source are taken as exact.

    Examples
    --------
    >>> from competency.testing import small_model
    >>> table = information(small_model(), latent=[2.5]).query("source == 'supervisor'")
    >>> table["assessor"].tolist()
    ['known', 'unknown']
    >>> bool(table["information"].is_monotonic_decreasing)
    True
    >>> len(information(small_model(), latent=[]))
    0
    """
    require_fitted(model)
    sources, top = learned_sources(model), _top(learned_index(model), competency)
    grid = np.arange(-_BEYOND, top + _BEYOND + STEP / 2, STEP) if latent is None else latent
    points = np.round(np.asarray(grid, np.float64).ravel(), 9) + 0.0  # no -0
    frames = []
    for block in graded_blocks(sources):
        for assessor in ("known", "unknown"):
            values = rating_information(
                sources, block, points, top=top, known_assessor=assessor == "known"
            )
            frames.append(_frame(sources.names[block], assessor, points, values))
    for level in range(1, top + 1):
        values = _certificate_information(sources, level, points)
        frames.append(_frame(CERTIFICATE, "", points, values, attests=level))
    keys = ["source", "assessor", "attests", "latent"]
    return pd.concat(frames, ignore_index=True).sort_values(keys, ignore_index=True)


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
    1 unless its ratings scatter in another *shape* than the model has; those of its assessors are
    more informative. With thousands of ratings a deviate beyond 3 is common and small: look at the
    mean square.

    Examples
    --------
    >>> from competency.testing import small_model
    >>> table = source_report(small_model()).set_index("source")
    >>> bool(table.loc["assessment_centre", "information_2"] > table.loc["peer", "information_2"])
    True
    >>> table.loc["peer", ["n_ratings", "infit"]].tolist()
    [0.0, nan]
    """
    cohort = cohort_posterior(model, as_of=as_of)
    rows = rating_rows(cohort)
    fit = fit_statistics(rows, rows.block, len(cohort.sources.names))
    size = len(model.sources_)
    table = model.sources_.assign(**{name: values[:size] for name, values in fit.columns().items()})
    by_level = mean_information(cohort.sources, cohort.index.n_levels)[:size]
    levels = {f"information_{level}": by_level[:, level] for level in range(by_level.shape[1])}
    front = ["source", "discrimination", "severity", "severity_sd", "halo_sd", "estimated"]
    rest = [name for name in table.columns if name not in front]
    table = table[front + rest].assign(**levels)
    return table.sort_values("source", ignore_index=True)


def graded_blocks(sources: Sources) -> Ints:
    """Return the numbers of the sources whose ratings are graded: all but records, `BESIDE`."""
    names = enumerate(sources.names)
    return np.array([k for k, name in names if name not in (CERTAIN, *BESIDE)], np.int64)


def rating_information(
    sources: Sources, block: int, latent: Floats, *, top: int, known_assessor: bool
) -> Floats:
    """Return the information of one rating at latent levels, in 1 / levels squared."""
    place = _one_rating(sources, block, latent, known_assessor=known_assessor)
    return level_information(sources, *place, max_level=np.full(len(latent), top))


def rating_chances(
    sources: Sources, block: int, latent: Floats, *, top: int, known_assessor: bool = False
) -> Floats:
    """Return the chance of each rating at latent levels, shape ``(n, top + 1)``."""
    place = _one_rating(sources, block, latent, known_assessor=known_assessor)
    return level_chances(sources, *place, max_level=np.full(len(latent), top), n_levels=top + 1)


def _one_rating(
    sources: Sources, block: int, latent: Floats, *, known_assessor: bool
) -> tuple[Ints, Floats, Floats]:
    """Return source, mean and variance of the latent value behind a rating at latent levels.

    Severity and halo are known (and those of the mean) or averaged out.
    """
    variance = 0.0 if known_assessor else float(sources.sd()[block]) ** 2
    size = len(latent)
    return np.full(size, block), latent - sources.severity[block], np.full(size, variance)


def mean_information(sources: Sources, n_levels: int) -> Floats:
    """Return the information of one rating by an unknown assessor, ``(n_blocks, n_levels)``.

    The mean over latent levels within half a level of each; NaN for records and certificates.
    """
    within = (np.arange(_WITHIN) + 0.5) / _WITHIN - 0.5
    points = (np.arange(n_levels)[:, None] + within).ravel()
    table = np.full((len(sources.names), n_levels), np.nan)
    for block in graded_blocks(sources):
        values = rating_information(
            sources, int(block), points, top=n_levels - 1, known_assessor=False
        )
        table[block] = values.reshape(n_levels, _WITHIN).mean(1)
    return table


def _certificate_information(sources: Sources, level: int, latent: Floats) -> Floats:
    block = np.full(len(latent), sources.names.index(CERTIFICATE))
    stated, none = np.full(len(latent), level), np.zeros(len(latent))
    observations = intervals_of(sources, block, stated, stated, spread=none)
    chance, slope = (
        probability(observations, latent, none),
        derivatives(observations, latent, none).mean,
    )
    # Earned or not: P'^2 / (P (1 - P)), with P' = P slope.
    return np.asarray(chance * slope**2 / (1 - chance))


def _frame(
    source: str, assessor: str, latent: Floats, values: Floats, *, attests: int | None = None
) -> pd.DataFrame:
    with np.errstate(divide="ignore"):
        error = 1 / np.sqrt(values)
    columns = {"source": source, "assessor": assessor}
    frame = pd.DataFrame(columns, index=range(len(latent)), dtype="str")
    return frame.assign(
        attests=pd.array([attests] * len(latent), dtype="Int64"),
        latent=latent,
        information=values,
        standard_error=error,
    )


def _top(index: FrameworkIndex, competency: str | None) -> int:
    if competency is None:
        return index.n_levels - 1
    if competency not in index.competency_ids:
        near = nearest_names(competency, index.competency_ids)
        message = f"competency {competency!r} is not in the framework"
        hint = "give the id of a competency of the framework that the model was fitted with"
        raise InputError(
            "information", [Finding("unknown-competency", message, nearest=near, hint=hint)]
        )
    return int(index.max_level[index.competency_ids.index(competency)])
