"""Whether an assessor becomes more severe or more lenient over the years."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.levels.diagnostics.cohort_posterior import cohort_posterior
from competency.levels.posterior.network import AssessorEffects, joint_beliefs
from competency.levels.tables import LEAST_OFFICERS
from competency.ratings.ordinal import Sites
from competency.stats import FALSE_DISCOVERIES, benjamini_hochberg, critical_value, two_sided

if TYPE_CHECKING:
    from competency.arrays import Bools, Floats, Ints
    from competency.levels.diagnostics.cohort_posterior import CohortPosterior
    from competency.levels.model import LevelModel

LEAST_RATINGS, LEAST_YEARS = 10, 1.5
"""Ratings, and years from the first to the last of them, below which there is no slope (chosen by
the project: two yearly rounds span one year and show one difference, three show a direction)."""

LEAST_PEERS = 5
"""Assessors of a source with a slope below which the usual slope of the source is not known, and
nothing is subtracted (chosen by the project)."""

_FREEDOM = 2
# Degrees of freedom of a p-value for each officer but one: the larger of two errors is steadier
# than the sandwich alone (in simulations with a tenth of changing assessors, 1 to 5 % of flags
# are false).
_LEAST_VARIANCE = 1e-4
# Of halo and severity, in levels squared; as the fitting has it.


@dataclass(frozen=True, eq=False)
class _Slopes:
    """Slopes of assessors, in levels a year, and their two standard errors; NaN = none."""

    slope: Floats
    se: Floats
    robust: Floats
    n_officers: Ints


def assessor_drift(model: LevelModel, *, as_of: date | str | None = None) -> pd.DataFrame:
    """Return, for each named assessor, how severity changes over the years.

    One Newton step from no change, in the joint model: with offsets ``delta (t - mean t)`` in the
    ratings of an assessor, ``delta = score / information``, where score and information are those
    of the likelihood with the levels of officers, the halo of each meeting and the severity
    averaged out. From each slope the usual one of its source is taken off, since a change of
    all assessors of a source is a change of its officers.

    Parameters
    ----------
    model : LevelModel
        Fitted in this process.
    as_of : date, str or None
        Ratings after this day are left out; None stands for the latest day.

    Returns
    -------
    DataFrame
        Sorted by source and assessor: assessor, source, slope (levels a year against the usual one
        of the source; positive = becomes more severe), se, low, high (90 % interval), z, q (p-value
        adjusted for the false discovery rate), source_slope (the usual one: median of the source;
        NaN = too few assessors to know, and nothing is taken off), n_ratings, n_officers, years
        (from the first to the last rating) and flag ("more severe", "more lenient", "too little"
        where there is no slope, or "").

    Raises
    ------
    NotFittedError
        Before `fit`.
    ConfigError
        If the model was loaded from a folder.

    Notes
    -----
    An assessor needs 10 ratings of 5 officers over 1.5 years. Officers grow at different rates, and
    in the ratings of one who rates the same few officers each year, that looks like a change of
    severity: the standard
    error is the larger of that of the model (which knows halo) and of the sandwich over officers,
    and p-values are of Student's t with twice the officers but one as degrees of freedom. Even so
    an assessor whose officers all develop faster than others looks more lenient; a second opinion
    on some of them tells the two apart. Cost is linear in officers, times the most assessors
    that one officer met.

    Examples
    --------
    >>> from competency.testing import small_model
    >>> table = assessor_drift(small_model())
    >>> table["years"].round(1).unique().tolist(), table["flag"].unique().tolist()
    ([2.0], [''])
    >>> assessor_drift(small_model(), as_of="2023-12-31")["flag"].unique().tolist()
    ['too little']
    """
    return drift_of(cohort_posterior(model, as_of=as_of))


def drift_of(cohort: CohortPosterior) -> pd.DataFrame:
    """Return the :func:`assessor_drift` of a cohort whose posterior is already at hand."""
    observations, size = cohort.layout.observations, len(cohort.assessors)
    rated = np.flatnonzero(observations.assessor >= 0)
    who = observations.assessor[rated]
    count = np.bincount(who, weights=observations.weight[rated], minlength=size)
    first, last = np.full(size, -np.inf), np.full(size, np.inf)
    np.maximum.at(first, who, observations.age[rated])
    np.minimum.at(last, who, observations.age[rated])
    years = np.where(count > 0, first - last, np.nan)
    tested = (count >= LEAST_RATINGS) & (years >= LEAST_YEARS)
    slopes = _slopes(_without_severities(cohort), tested)
    table = cohort.assessors[["assessor", "source"]].assign(
        **_columns(slopes, cohort.assessors["source"].to_numpy(dtype=object)),
        n_ratings=np.round(count).astype(np.int64),
        n_officers=slopes.n_officers,
        years=years,
    )
    table["flag"] = pd.Series(_flags(table), table.index, dtype="str")
    return table.sort_values(["source", "assessor"], ignore_index=True)


def _columns(slopes: _Slopes, source: np.ndarray) -> dict[str, Floats]:
    known = np.isfinite(slopes.slope)
    table = pd.DataFrame({"source": source, "slope": slopes.slope})
    by_source = table.groupby("source")["slope"]
    # NOTE: the median, because a mean would follow the few that change and accuse the others.
    median = by_source.transform("median").where(by_source.transform("count") >= LEAST_PEERS)
    usual = np.where(known, median.to_numpy(dtype=np.float64), np.nan)
    slope = slopes.slope - np.nan_to_num(usual)
    se = np.where(known, np.fmax(slopes.se, slopes.robust), np.nan)
    z = slope / se
    p = two_sided(z, dof=_FREEDOM * np.maximum(slopes.n_officers - 1, 1))
    reach = critical_value(0.9) * se
    return {
        "slope": slope,
        "se": se,
        "low": slope - reach,
        "high": slope + reach,
        "z": z,
        "q": benjamini_hochberg(p),
        "source_slope": usual,
    }


def _flags(table: pd.DataFrame) -> list[str]:
    flagged, up = (table["q"] <= FALSE_DISCOVERIES).to_numpy(), (table["slope"] > 0).to_numpy()
    none = table["slope"].isna().to_numpy()
    words = ["too little", "more severe", "more lenient"]
    return [str(word) for word in np.select([none, flagged & up, flagged], words, "")]


def _without_severities(cohort: CohortPosterior) -> CohortPosterior:
    """Return the posterior with severities held at their estimates, so that only halo is free."""
    halo = cohort.sources.halo_sd[cohort.layout.block] ** 2
    named = cohort.layout.assessor >= 0
    variance = np.where(named, np.maximum(halo, _LEAST_VARIANCE), cohort.effects.variance)
    mean = np.where(named, cohort.severities.mean[cohort.assessor], cohort.effects.mean)
    return cohort.given(AssessorEffects(mean, variance))


def _slopes(cohort: CohortPosterior, tested: Bools) -> _Slopes:
    layout, size = cohort.layout, len(cohort.assessors)
    who = np.where(layout.assessor >= 0, layout.assessor, size)
    held = np.append(tested, False)[who]  # meetings
    met = np.bincount(who[held], minlength=size + 1)[:size]
    held &= np.append(met >= LEAST_OFFICERS, False)[who]
    time = _centred(cohort, held)
    score, known = _by_meeting(cohort, held, np.stack([np.ones(len(time)), time]))

    def total(values: Floats) -> Floats:
        return np.bincount(who[held], weights=values[held], minlength=size).astype(np.float64)

    block = np.zeros(size, np.int64)
    block[who[held]] = layout.block[held]
    prior = 1 / np.maximum(cohort.sources.severity_sd[block] ** 2, _LEAST_VARIANCE)
    # The severity itself is a nuisance: what it explains of the slope is taken out.
    share = total(known[0, 1]) / (total(known[0, 0]) + prior)
    left = total(known[1, 1]) - share * total(known[0, 1])
    pull = total(score[1]) - share * total(score[0])
    own = np.append(share, 0)[who]
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(left > 0, pull / left, np.nan)
        rest = score[1] - own * score[0]
        rest -= (known[1, 1] - own * known[0, 1]) * np.append(slope, 0)[who]
        robust = np.sqrt(total(rest**2) * met / np.maximum(met - 1, 1)) / left
        return _Slopes(slope, 1 / np.sqrt(left), robust, _officers(layout.assessor, size))


def _officers(assessor: Ints, size: int) -> Ints:
    return np.bincount(assessor + 1, minlength=size + 1)[1:]


def _centred(cohort: CohortPosterior, held: Bools) -> Floats:
    """Years before the day, with the sign of time, around the mean of each assessor."""
    observations, sites = cohort.layout.observations, cohort.sites
    meeting = np.append(held, False)[cohort.layout.meeting]
    who = np.where(meeting, observations.assessor, len(cohort.assessors))
    weight = np.bincount(who, weights=sites.precision)
    mean = np.bincount(who, weights=-sites.precision * observations.age) / np.maximum(
        weight, 1e-300
    )
    return np.where(meeting, -observations.age - mean[who], 0.0)


def _by_meeting(cohort: CohortPosterior, held: Bools, along: Floats) -> tuple[Floats, Floats]:
    """Score and information of each meeting about offsets `along` its observations.

    With W the precision of the sites, C the covariance of the latent values and g the gradient,
    ``-a' g`` and ``a' (W - W C W) b``. C W a is the change of the latent means when
    ``W a`` is added to the sites of the meeting: one pass of the network for each meeting of an
    officer.
    """
    network, sites, joint = cohort.network, cohort.sites, cohort.joint
    size, place = len(network.owner), network.meeting
    gradient = sites.natural - sites.precision * joint.observation_mean
    score = np.stack([_per(place, -a * gradient, size) for a in along])
    known = np.zeros((len(along), len(along), size))
    blank = AssessorEffects(np.zeros(size), cohort.effects.variance)
    rank = _rank(network.owner, held)
    for step in range(int(rank.max(initial=-1)) + 1):
        mine = np.append(rank == step, False)[place]
        for row, a in enumerate(along):
            push = np.where(mine, sites.precision * a, 0.0)
            moved = joint_beliefs(network, Sites(sites.precision, push), blank, cohort.precision)
            kept = np.where(mine, push - sites.precision * moved.observation_mean, 0.0)
            for column, b in enumerate(along):
                known[row, column] += _per(place, b * kept, size)
    return score, known


def _per(place: Ints, values: Floats, size: int) -> Floats:
    return np.bincount(place, weights=values, minlength=size + 1)[:size].astype(np.float64)


def _rank(owner: Ints, held: Bools) -> Ints:
    """Place of a meeting among the held ones of its officer, from 0; -1 = not held."""
    rows = np.flatnonzero(held)
    own = owner[rows]
    start = np.searchsorted(own, own)
    rank = np.full(len(owner), -1)
    rank[rows] = np.arange(len(rows)) - start
    return rank
