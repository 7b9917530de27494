"""From tables of evidence to weighted counts of sights for each officer and competency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse

from competency.errors import ConfigError, EvidenceError, Finding, nearest_names
from competency.levels.decay import age_in_years, exact_weights, tempering
from competency.levels.likelihood import CERTIFICATE, LikelihoodTable

if TYPE_CHECKING:
    from competency.arrays import Bools, Dates, Floats, Ints
    from competency.config import LevelConfig
    from competency.evidence.table import Evidence
    from competency.framework.model import Framework


@dataclass(frozen=True, eq=False)
class Sights:
    """Ratings and certificates as numbers, one element each.

    Parameters
    ----------
    shape : tuple of int
        Officers and competencies.
    officer, competency : Ints
        Row in the roster and number of the competency.
    block : Ints
        Number of the source, or of the certificates, in ``LikelihoodTable.blocks``.
    level : Floats
        The level that was rated (may be fractional) or attested.
    seen, expires : datetime64[D]
        Day of the rating or issue; last day of a certificate (NaT = never expires).
    """

    shape: tuple[int, int]
    officer: Ints
    competency: Ints
    block: Ints
    level: Floats
    seen: Dates
    expires: Dates


@dataclass(frozen=True, eq=False)
class CellCounts:
    """Sufficient statistics of the assessed cells (officer, competency).

    Parameters
    ----------
    cell : Ints, shape (n_assessed,)
        ``officer * n_competencies + competency`` of each assessed cell, ascending.
    counts : sparse float32, shape (n_assessed, n_rows)
        Weighted number of times that each row of the likelihood table was seen.
    n_observations : int32, shape (n_officers, n_competencies)
        Ratings and certificates used, not weighted.
    last_date : datetime64[D], shape (n_officers, n_competencies)
        Day of the latest of them; NaT = none.
    """

    cell: Ints
    counts: sparse.csr_array
    n_observations: Ints
    last_date: Dates


def number_sights(evidence: Evidence, blocks: tuple[str, ...]) -> Sights:
    """Return the ratings and certificates of `evidence` as numbers.

    Parameters
    ----------
    evidence : Evidence
    blocks : tuple of str
        Names of the sources that have settings, then of the certificates.

    Returns
    -------
    Sights

    Raises
    ------
    EvidenceError
        If a rating comes from a source without settings.
    """
    ratings, papers = evidence.assessments, evidence.certificates
    source = pd.Index(blocks[:-1]).get_indexer(pd.Index(ratings["source"]))
    _refuse_unknown_sources(ratings["source"][source < 0], blocks[:-1])
    officers = pd.Index(evidence.roster.officer_ids)
    competencies = pd.Index(evidence.framework.index.competency_ids)

    def both(name: str, kind: str) -> np.ndarray:
        return np.concatenate([frame[name].to_numpy().astype(kind) for frame in (ratings, papers)])

    def numbered(name: str, ids: pd.Index) -> Ints:
        return np.concatenate([ids.get_indexer(pd.Index(t[name])) for t in (ratings, papers)])

    never = np.full(len(ratings), "NaT", "datetime64[D]")
    seen = [ratings["date"].to_numpy(), papers["issued"].to_numpy()]
    return Sights(
        shape=(len(officers), len(competencies)),
        officer=numbered("officer", officers),
        competency=numbered("competency", competencies),
        block=np.concatenate([source, np.full(len(papers), blocks.index(CERTIFICATE))]),
        level=both("level", "float64"),
        seen=np.concatenate([day.astype("datetime64[D]") for day in seen]),
        expires=np.concatenate([never, papers["expires"].to_numpy().astype("datetime64[D]")]),
    )


def count_sights(
    sights: Sights, table: LikelihoodTable, half_life: Floats, *, as_of: date
) -> CellCounts:
    """Return the weighted counts of the sights that are valid on a day.

    A rating between two levels counts in part for each: 3.5 is half a 3 and half a 4. Sights
    after `as_of`, without a date, and certificates expired by then are left out.

    Parameters
    ----------
    sights : Sights
    table : LikelihoodTable
        Numbers the rows.
    half_life : Floats, shape (n_competencies,)
        In years.
    as_of : date

    Returns
    -------
    CellCounts
    """
    used = _valid(sights, as_of)
    competency, block = sights.competency[used], sights.block[used]
    level, seen = sights.level[used], sights.seen[used]
    cell = sights.officer[used].astype(np.int64) * sights.shape[1] + competency
    weight = tempering(age_in_years(seen, as_of), half_life[competency])
    below = np.floor(level).astype(np.int64)
    above = level - below
    row = [table.row(competency, block, below + step) for step in (0, 1)]
    part = above > 0
    n_cells = sights.shape[0] * sights.shape[1]
    weights = exact_weights(np.concatenate([weight * (1 - above), (weight * above)[part]]))
    places = np.concatenate([cell, cell[part]]), np.concatenate([row[0], row[1][part]])
    # NOTE: the conversion adds what falls on one place; the weights make that sum exact.
    counts = sparse.coo_array((weights, places), shape=(n_cells, len(table.log))).tocsr()
    seen_times = np.bincount(cell, minlength=n_cells)
    assessed = np.flatnonzero(seen_times)
    counts = counts[assessed].astype(np.float32)
    counts.sort_indices()
    return CellCounts(
        assessed,
        counts,
        seen_times.astype(np.int32).reshape(sights.shape),
        _latest(cell, seen, n_cells).reshape(sights.shape),
    )


def half_lives(framework: Framework, config: LevelConfig) -> Floats:
    """Return the half-life of each competency, in years, by its kind.

    Parameters
    ----------
    framework : Framework
    config : LevelConfig

    Returns
    -------
    float64, shape (n_competencies,)

    Raises
    ------
    ConfigError
        If a kind of the framework has no half-life.
    """
    kinds = [row.kind for row in sorted(framework.competencies, key=lambda row: row.id)]
    given = config.half_life_years
    missing = sorted({kind for kind in kinds if kind not in given})
    if missing:
        hint = "name it under half_life_years"
        raise ConfigError(
            "levels",
            [
                Finding(
                    "no-half-life",
                    f"kind {kind!r} has no half-life",
                    nearest=nearest_names(kind, given),
                    hint=hint,
                )
                for kind in missing
            ],
        )
    return np.array([given[kind] for kind in kinds], np.float64)


def _valid(sights: Sights, as_of: date) -> Bools:
    day = np.datetime64(as_of, "D")
    within = (sights.seen <= day) & ~(sights.expires < day)  # NaT compares false
    return within & (sights.officer >= 0) & (sights.competency >= 0) & np.isfinite(sights.level)


def _latest(cell: Ints, seen: Dates, n_cells: int) -> Dates:
    days = np.full(n_cells, np.iinfo(np.int64).min)  # the integer of NaT
    np.maximum.at(days, cell, seen.astype(np.int64))
    return days.view("datetime64[D]")


def _refuse_unknown_sources(names: pd.Series[str], valid: tuple[str, ...]) -> None:
    if len(names) == 0:
        return
    findings = [
        Finding(
            "unknown-source",
            f"{count} ratings come from source {name!r}, which has no settings",
            nearest=nearest_names(str(name), valid),
            hint="add it under [levels.sources], or correct the name",
        )
        for name, count in names.value_counts().sort_index().items()
    ]
    raise EvidenceError("levels", findings)
