"""The whole protocol in one call: every table that a ranker is judged by, and the verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.arrays import Floats, frozen
from competency.config import Locale
from competency.ranking.evaluate.backtest import Maker, TemporalBacktest
from competency.ranking.evaluate.compare import differences_table, means_table
from competency.ranking.evaluate.groups import groups_table, slices_of
from competency.ranking.evaluate.intervals import DRAWS
from competency.ranking.evaluate.spread import (
    catalogue_coverage,
    exposure,
    gini,
    rank_biased_overlap,
)
from competency.ranking.evaluate.verdict import verdict

if TYPE_CHECKING:
    from competency.arrays import Ints
    from competency.ranking.decisions import DecisionDay
    from competency.ranking.evaluate.backtest import Backtest

MAIN_MEASURES = ("benefit_ndcg@10", "closed_per_20_hours", "uptake_ndcg@5")
"""Measures that the verdict speaks of; the first is measured, the second expected, the third says
how well practice is imitated."""

_SHOWN = 5
# Places of a list that count as shown to an officer.


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How rankers did on later decisions; see the tables for every figure with its interval.

    Parameters
    ----------
    ranker : str
        The ranker that is judged.
    means : DataFrame
        Every measure of every ranker (:func:`means_table`).
    differences : DataFrame
        Paired differences to every other ranker, all decisions and slices
        (:func:`differences_table`).
    spread : DataFrame
        By ranker: coverage of the catalogue, Gini of exposure, overlap with popularity, places in
        excess of seats, and violations of prerequisites (0).
    calibration : GainCalibration
        Predicted against measured gap closed per hour, of trainings completed and measured.
    groups : DataFrame
        Groups of officers, each beside all the others (:func:`groups_table`); empty without groups.
    rounds : DataFrame
        One row for each cut-off: cutoff, n_before, n_after, and what was learned there.
    """

    ranker: str
    means: pd.DataFrame
    differences: pd.DataFrame
    spread: pd.DataFrame
    calibration: GainCalibration
    groups: pd.DataFrame
    rounds: pd.DataFrame

    def verdicts(self, locale: Locale = "id") -> tuple[str, ...]:
        """Return a line for each main measure: beats largest-gap-first, or no evidence of it.

        Parameters
        ----------
        locale : {"id", "en"}

        Returns
        -------
        tuple of str
        """
        lines = (verdict(self.differences, measure, locale=locale) for measure in MAIN_MEASURES)
        return tuple(f"{self.ranker}: {line}" for line in lines)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return every table by name: means, differences, spread, calibration, groups, rounds.

        Returns
        -------
        dict of DataFrame
        """
        gains = self.calibration
        bins = pd.DataFrame(
            {"predicted": gains.predicted, "measured": gains.measured, "n": gains.n}
        ).assign(slope=gains.slope, slope_se=gains.slope_se, error=gains.error)
        return {
            "means": self.means,
            "differences": self.differences,
            "spread": self.spread,
            "calibration": bins,
            "groups": self.groups,
            "rounds": self.rounds,
        }

    def __repr__(self) -> str:
        return "Evaluation(\n  " + "\n  ".join(self.verdicts("en")) + "\n)"


def evaluate_rankers(
    days: Sequence[DecisionDay],
    rankers: Mapping[str, Maker],
    *,
    backtest: TemporalBacktest | None = None,
    groups: pd.DataFrame | None = None,
    draws: int = DRAWS,
) -> Evaluation:
    """Return how rankers did on decisions later than what they learned from.

    Parameters
    ----------
    days : sequence of DecisionDay
        In order of time (:class:`DecisionReader`).
    rankers : mapping of str to callable
        At least one; the first is judged. Each makes a ranker from decision days before a cut-off.
    backtest : TemporalBacktest, optional
    groups : DataFrame, optional
        Column officer and one for each grouping: sex, age band, rank, region, size of the unit, ...
        They are used here and nowhere else: no ranker sees them.
    draws : int
        Of the bootstrap.

    Returns
    -------
    Evaluation

    Raises
    ------
    ConfigError
        No decision follows a cut-off.

    Notes
    -----
    Gap closed per 20 hours and per million rupiah are what beliefs and catalogue expect, so they
    favour rankers that use the same. What was measured is ``benefit_ndcg@10``, of trainings that
    were taken: past practice chose them, and no ranking of history takes that away.
    """
    found = (backtest or TemporalBacktest()).run(days, rankers)
    judged = next(iter(rankers))
    officers = pd.DataFrame({"officer": []}) if groups is None else groups
    return Evaluation(
        ranker=judged,
        means=means_table(found, draws=draws),
        differences=differences_table(found, judged, draws=draws, slices=slices_of(found)),
        spread=spread_table(found),
        calibration=gain_calibration(
            found.measured["predicted"].to_numpy(), found.measured["measured"].to_numpy()
        ),
        groups=groups_table(found, judged, officers, draws=draws),
        rounds=found.rounds,
    )


def spread_table(backtest: Backtest) -> pd.DataFrame:
    """Return how each ranker spreads trainings over officers, in the first five places.

    Returns columns ranker, coverage (share of the trainings anyone could be given), exposure_gini,
    popularity_overlap (rank-biased), over_seats (share of first places beyond the yearly seats) and
    violations.
    """
    rows = []
    for name, days in backtest.days.items():
        tops = [measures.top[:, :_SHOWN] for _, measures in days]
        popular = [measures.top[:, :_SHOWN] for _, measures in backtest.days["popularity"]]
        open_to_any = np.logical_or.reduce([day.features.eligible.any(axis=0) for day, _ in days])
        offered = np.flatnonzero(open_to_any)
        whole = np.concatenate(tops)
        overlap = rank_biased_overlap(whole, np.concatenate(popular))
        rows.append(
            {
                "ranker": name,
                "coverage": catalogue_coverage(whole, offered),
                "exposure_gini": gini(exposure(whole, len(open_to_any))[offered]),
                "popularity_overlap": float(np.nanmean(overlap)),
                "over_seats": _over_seats(days[0][0], tops),
                "violations": sum(measures.violations for _, measures in days),
            }
        )
    return pd.DataFrame(rows)


def _over_seats(day: DecisionDay, tops: Sequence[Ints]) -> float:
    """Share of first places that the seats of a year could not hold, day by day."""
    seats = day.gaps.levels.framework.index.trainings.yearly_seats
    wanted = [exposure(top[:, :1], len(seats)) for top in tops]
    beyond = sum(float(np.maximum(want - seats, 0).sum()) for want in wanted)
    total = sum(float(want.sum()) for want in wanted)
    return beyond / total if total else np.nan


BINS = 10
"""Bins of equal size, as reliability plots usually have."""


@dataclass(frozen=True, eq=False)
class GainCalibration:
    """Predicted and measured gains side by side.

    Parameters
    ----------
    slope, intercept : float
        Of measured on predicted by least squares; 1 and 0 when predictions hold. NaN where the
        predictions are all equal.
    slope_se : float
        HC1 standard error.
    error : float
        Mean absolute distance of the two in bins of the prediction, weighted by size (ECE).
    predicted, measured, n : arrays, shape (n_bins,)
        Means and size of each bin.
    """

    slope: float
    intercept: float
    slope_se: float
    error: float
    predicted: Floats
    measured: Floats
    n: Floats


def gain_calibration(predicted: Floats, measured: Floats, *, bins: int = BINS) -> GainCalibration:
    """Return how predicted gains compare with measured ones.

    `predicted`, `measured` of shape (n,): gap closed, in levels; pairs with a NaN are left out.

    Examples
    --------
    >>> x = np.linspace(0, 1, 50)
    >>> found = gain_calibration(x, x / 2)
    >>> round(found.slope, 6), round(found.error, 6), int(found.n.sum())
    (0.5, 0.25, 50)
    >>> gain_calibration(np.ones(3), np.ones(3)).slope
    nan
    """
    there = ~(np.isnan(predicted) | np.isnan(measured))
    x, y = predicted[there].astype(np.float64), measured[there].astype(np.float64)
    slope, intercept, se = _line(x, y)
    number = np.arange(len(x)) * bins // max(len(x), 1)
    order = np.argsort(x, kind="stable")
    n = np.bincount(number, minlength=min(bins, len(x))).astype(np.float64)
    expected = np.bincount(number, x[order]) / np.maximum(n, 1)
    observed = np.bincount(number, y[order]) / np.maximum(n, 1)
    error = float((n * np.abs(expected - observed)).sum() / n.sum()) if n.sum() else np.nan
    return GainCalibration(
        slope, intercept, se, error, frozen(expected), frozen(observed), frozen(n)
    )


def _line(x: Floats, y: Floats) -> tuple[float, float, float]:
    if len(x) < 3 or not np.ptp(x) > 0:
        return np.nan, np.nan, np.nan
    away = x - x.mean()
    spread = float((away**2).sum())
    slope = float((away * y).sum() / spread)
    rest = y - y.mean() - slope * away
    se = float(np.sqrt((away**2 * rest**2).sum() * len(x) / (len(x) - 2)) / spread)
    return slope, float(y.mean() - slope * x.mean()), se
