"""What was learned about trainings as tables: by row of `develops`, by training, and the drift."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import ndtr

from competency.effects.learning.success import CHANCES, limits

if TYPE_CHECKING:
    from competency.arrays import Bools, Floats, Ints
    from competency.effects.learning.data import EffectData
    from competency.effects.learning.estimate import Estimate
    from competency.framework.model import Framework

HALF = 0.5
"""Share of what the catalogue claims; a training that surely has less, and cannot be distinguished
from one that does nothing, has no measurable effect (chosen by the project)."""

_SHARES = np.linspace(0.0, 1.4, 57)
# Shares of the claim that are tried: to all of a claim of .7.

KEYS = ("training", "competency", "entry_level", "target_level")
"""What makes a row of `develops` the same in two frameworks."""

_SUMMED = ("gain", "gain_low", "gain_high")
_ALONE = ("alone", "alone_low", "alone_high")
_FLAT = np.append(0.0, CHANCES[1:] * (1 - CHANCES[1:]))
# A uniform prior on the chance, as masses on the nodes of the log-odds.


def family_design(framework: Framework) -> tuple[list[str], Floats]:
    """Return the names of the families, and 1 where a row of `develops` belongs to one.

    All rows together, the type of the training, its provider, and the kind of the competency; the
    design has the shape ``(n_develops, n_families)``.
    """
    table = develops_table(framework)
    columns = {"all": "", **{k: table[k].astype(str) for k in ("type", "provider", "kind")}}
    frame = pd.DataFrame(columns, index=table.index)
    dummies = pd.get_dummies(frame, prefix_sep=":", dtype=np.float64)
    return list(dummies.columns), dummies.to_numpy(dtype=np.float64)


def develops_table(framework: Framework) -> pd.DataFrame:
    """Return the rows of `develops` as the index has them, with what they claim.

    Columns training, competency, type, provider, kind, entry_level, target_level, claimed.
    """
    index = framework.index
    trainings = {row.id: row for row in framework.trainings}
    kinds = {row.id: row.kind for row in framework.competencies}
    owner = [index.training_ids[t] for t in index.develops.training]
    competency = [index.competency_ids[c] for c in index.develops.competency]
    return pd.DataFrame(
        {
            "training": pd.Series(owner, dtype="str"),
            "competency": pd.Series(competency, dtype="str"),
            "type": pd.Series([trainings[t].type for t in owner], dtype="str"),
            "provider": pd.Series([trainings[t].provider for t in owner], dtype="str"),
            "kind": pd.Series([kinds[c] for c in competency], dtype="str"),
            "entry_level": index.develops.entry_level.astype(np.int64),
            "target_level": index.develops.target_level.astype(np.int64),
            "claimed": index.develops.success,
        }
    )


def known_column(rows: pd.DataFrame, framework: Framework, name: str) -> Floats:
    """Return a column of learned `rows`, of any framework, for the rows of a framework.

    float64 of shape ``(n_develops,)``; NaN where no learned row is the same.
    """
    here = pd.MultiIndex.from_frame(develops_table(framework)[list(KEYS)])
    learned = rows.set_index(list(KEYS))[name]
    return learned.reindex(here).to_numpy(dtype=np.float64)


def effect_rows(data: EffectData, estimate: Estimate, framework: Framework) -> pd.DataFrame:
    """Return a row for each training and competency that it develops: `EffectModel.rows_`."""
    found, size = estimate.successes, len(framework.index.develops.success)
    counts = _counts(data, size)
    used = counts["n_used"] > 0
    reach = _mean_by(data.chains.steps.row[data.chains.used], estimate.steps.reach, size)
    alone = _alone(estimate.log_likelihood)
    claimed = framework.index.develops.success
    table = develops_table(framework).assign(
        success=np.where(used, found.mean, claimed),
        low=found.low,
        high=found.high,
        family=found.family,
        weight=np.where(used, found.weight, 0.0),
        idle=found.idle,
        **{name: np.where(used, values, np.nan) for name, values in alone.items()},
        reach=reach,
        gain=found.mean * reach,
        gain_low=found.low * reach,
        gain_high=found.high * reach,
        **_naive(data, size),
        **counts,
    )
    competency = framework.index.develops.competency
    return table.assign(
        n_comparison=data.drift.n_cells[competency],
        drift=data.drift.mean[competency],
        drift_se=data.drift.se[competency],
    )


def training_rows(rows: pd.DataFrame, estimate: Estimate) -> pd.DataFrame:
    """Return a row for each training that develops anything: `EffectModel.trainings_`."""
    owner = rows["training"].to_numpy(dtype=object)
    names, number = np.unique(owner.astype(str), return_inverse=True)
    size, reach = len(names), np.nan_to_num(rows["reach"].to_numpy())

    def total(values: Floats) -> Floats:
        return np.bincount(number, weights=np.nan_to_num(values), minlength=size).astype(float)

    tested = total(rows["n_used"].to_numpy()) > 0
    claimed = total(rows["claimed"].to_numpy() * reach)
    log = np.zeros((size, len(_SHARES)))
    np.add.at(log, number, _by_share(estimate.log_likelihood, rows["claimed"].to_numpy()))
    spread = total((reach * _spread(estimate.log_likelihood)) ** 2)
    # NOTE: the drift between ratings a year apart is uncertain as well, in all rows together.
    drift = total(np.where(rows["n_used"] > 0, rows["drift_se"], 0.0))
    sure = spread / np.maximum(spread + drift**2, 1e-12)
    naive = rows["naive_gain"].to_numpy(dtype=np.float64)
    unrated = total(np.where(rows["n_used"] > 0, np.isnan(naive), 0.0)) > 0
    first = rows.drop_duplicates("training").sort_values("training", ignore_index=True)
    table = pd.DataFrame(
        {
            "training": pd.Series(names, dtype="str"),
            "type": first["type"],
            "provider": first["provider"],
            # NOTE: rows of one training err together (one trainer, one provider), so that their
            # limits are summed, not their variances.
            **{name: total(rows[name].to_numpy()) for name in _SUMMED},
            "claimed": claimed,
            **{name: total(rows[name].to_numpy() * reach) for name in _ALONE},
            "naive_gain": np.where(unrated, np.nan, total(naive)),
            "p_nothing": _p_value(log, _SHARES == 0, sure),
            "p_half": _p_value(log, _SHARES >= HALF, sure),
            **_fading(estimate, reach, number, size),
        }
    ).where(pd.Series(tested), np.nan)
    table[["training", "type", "provider"]] = first[["training", "type", "provider"]]
    for name in ("n_completed", "n_officers", "n_used"):
        table[name] = rows.groupby("training")[name].max().to_numpy()
    return table


def drift_rows(data: EffectData, framework: Framework) -> pd.DataFrame:
    """Return what happens to each competency without a training; see ``EffectModel.drift_``."""
    drift = data.drift
    return pd.DataFrame(
        {
            "competency": pd.Series(framework.index.competency_ids, dtype="str"),
            "drift": drift.mean,
            "se": drift.se,
            "growth": drift.growth,
            "n_cells": drift.n_cells,
        }
    )


def _counts(data: EffectData, size: int) -> dict[str, Ints]:
    chains = data.chains
    steps, used = chains.steps, chains.used
    held = chains.segment[chains.segment >= 0]
    rated = np.bincount(held, minlength=chains.n_segments) > 0
    more = np.append(chains.chain[1:] == chains.chain[:-1], False) & used
    silent = more & ~rated[chains.before + 1]
    shared = silent | np.append(False, silent[:-1])

    def count(which: np.ndarray) -> Ints:
        return np.bincount(steps.row[which], minlength=size)

    every = np.ones(len(steps.row), bool)
    pairs = np.unique(np.stack([steps.row, steps.cell], 1), axis=0)[:, 0]
    return {
        "n_completed": count(every),
        "n_officers": np.bincount(pairs, minlength=size),
        "n_used": count(used),
        "n_shared": count(shared),
    }


def _naive(data: EffectData, size: int) -> dict[str, Floats | Ints]:
    """Mean rating after less mean rating before, as ratings stand."""
    chains = data.chains
    with np.errstate(invalid="ignore"):
        mean = data.rating_sum / data.rating_count
    change = mean[chains.before + 1] - mean[chains.before]
    both = np.isfinite(change)
    row, change = chains.steps.row[both], change[both]
    average, n = _mean_by(row, change, size), np.bincount(row, minlength=size)
    square = np.bincount(row, weights=(change - average[row]) ** 2, minlength=size)
    with np.errstate(invalid="ignore", divide="ignore"):
        se = np.where(n > 1, np.sqrt(square / (n - 1) / n), np.nan)
    return {"naive_gain": average, "naive_se": se, "n_naive": n}


def _mean_by(row: Ints, values: Floats, size: int) -> Floats:
    count = np.bincount(row, minlength=size)
    total = np.bincount(row, weights=values, minlength=size)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _alone(log: Floats) -> dict[str, Floats]:
    """Chance of success by the row's own history alone: a uniform prior."""
    posterior = _flat_posterior(log)
    low, high = limits(posterior)
    return {"alone": posterior @ CHANCES, "alone_low": low, "alone_high": high}


def _flat_posterior(log: Floats) -> Floats:
    mass = np.exp(log - log.max(1, keepdims=True)) * _FLAT
    return np.asarray(mass / mass.sum(1, keepdims=True))


def _by_share(log: Floats, claimed: Floats) -> Floats:
    """Log-likelihood of each share of the claim, shape (n_rows, n_shares)."""
    chance = np.minimum(_SHARES * claimed[:, None], CHANCES[-1])
    rows = [np.interp(p, CHANCES, row) for p, row in zip(chance, log, strict=True)]
    return np.array(rows, np.float64).reshape(chance.shape)


def _spread(log: Floats) -> Floats:
    """Standard deviation of the chance of success by the row's own history alone."""
    posterior = _flat_posterior(log)
    return np.asarray(np.sqrt(posterior @ CHANCES**2 - (posterior @ CHANCES) ** 2))


def _p_value(log: Floats, allowed: Bools, sure: Floats) -> Floats:
    """Return the p-value of a claim by the likelihood ratio of the best share it allows.

    Half of the chi-square of one degree of freedom, as the best share lies at the edge. `sure` is
    the part of the variance that is not the drift's.
    """
    ratio = log.max(1, initial=-np.inf) - log[:, allowed].max(1, initial=-np.inf)
    return np.asarray(ndtr(-np.sqrt(2 * sure * np.maximum(ratio, 0))))


def _fading(estimate: Estimate, reach: Floats, number: Ints, size: int) -> dict[str, Floats]:
    """Gain by ratings within a year, less the gain by later ones, each alone."""
    columns = {}
    both = (np.ptp(estimate.early, axis=1) > 0) & (np.ptp(estimate.late, axis=1) > 0)
    weight, total, variance = np.where(both, reach, 0.0), np.zeros(size), np.zeros(size)
    for name, log in (("early", estimate.early), ("late", estimate.late)):
        mean = _flat_posterior(log) @ CHANCES
        columns[name] = np.bincount(number, weights=weight * mean, minlength=size)
        variance += np.bincount(number, weights=(weight * _spread(log)) ** 2, minlength=size)
        total += np.bincount(number, weights=both, minlength=size)
    fade, se = columns["early"] - columns["late"], np.sqrt(variance)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = np.where(se > 0, ndtr(-fade / se), np.nan)
    known = total > 0
    return {
        **{name: np.where(known, values, np.nan) for name, values in columns.items()},
        "fade_se": np.where(known, se, np.nan),
        "p_fade": np.where(known, p, np.nan),
    }
