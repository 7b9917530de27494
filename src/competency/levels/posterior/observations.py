"""From tables of evidence to numbered observations, and to those that are valid on a day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from competency.errors import EvidenceError, Finding, nearest_names
from competency.levels.posterior.likelihood import BESIDE

if TYPE_CHECKING:
    from competency.arrays import Bools, Dates, Floats, Ints, Texts
    from competency.evidence.table import Evidence

DAYS_PER_YEAR = 365.25
_RESOLUTION = 2.0**32


@dataclass(frozen=True, eq=False)
class Observations:
    """Ratings and certificates as numbers, one element each.

    Parameters
    ----------
    shape : tuple of int
        Officers and competencies.
    officer, competency : Ints
        Row in the roster and number of the competency.
    block : Ints
        Number of the source, or of the certificates.
    assessor : Ints
        Row of `assessors`; -1 where none is named.
    level : Floats
        The level that was rated (may be fractional) or attested.
    date, expires : datetime64[D]
        Day of the rating or issue; last day of a certificate (NaT = never expires).
    certificate : Bools
        Whether it is a certificate.
    item : Ints
        Row of `items` of an answer, whose level is then its points; -1 = no answer to an item.
    assessors : DataFrame
        Columns source and assessor: who is named, each once, sorted.
    items : DataFrame
        Columns competency, item, steps (most points) and level (that it was written for; NaN =
        not stated): each once, sorted.
    """

    shape: tuple[int, int]
    officer: Ints
    competency: Ints
    block: Ints
    assessor: Ints
    level: Floats
    date: Dates
    expires: Dates
    certificate: Bools
    item: Ints
    assessors: pd.DataFrame
    items: pd.DataFrame

    def take(self, rows: Ints) -> Observations:
        """Return the observations at `rows`, with all assessors and items."""
        names = ("officer", "competency", "block", "assessor", "level", "date", "expires",
                 "certificate", "item")  # fmt: skip
        return replace(self, **{name: getattr(self, name)[rows] for name in names})


@dataclass(frozen=True, eq=False)
class ValidObservations:
    """Observations valid on a day: equal ones merged, sorted by officer and competency.

    Parameters
    ----------
    officer, competency, block, level, assessor, item : Ints, shape (n_observations,)
        As in `Observations`.
    weight : Floats, shape (n_observations,)
        How many equal observations it stands for; 3.5 is half a 3 and half a 4.
    age : Floats, shape (n_observations,)
        In years.
    unidentified : Bools, shape (n_observations,)
        By an assessor who is not named and cannot be distinguished from others of the same day.
    n_observations : int32, shape (n_officers, n_competencies)
        Ratings, certificates and sittings of a test used, not weighted.
    last_date : datetime64[D], shape (n_officers, n_competencies)
        Day of the latest of them; NaT = none.
    """

    officer: Ints
    competency: Ints
    block: Ints
    level: Ints
    assessor: Ints
    item: Ints
    weight: Floats
    age: Floats
    unidentified: Bools
    n_observations: Ints
    last_date: Dates


def number_observations(evidence: Evidence, blocks: tuple[str, ...]) -> Observations:
    """Return the ratings, certificates and answers to items of `evidence` as numbers.

    `blocks` are the names of the sources that have settings, then `likelihood.BESIDE`; ratings of
    other sources are refused.
    """
    ratings, certificates, answers = evidence.assessments, evidence.certificates, evidence.responses
    rated = blocks[: -len(BESIDE)]
    source = pd.Index(rated).get_indexer(pd.Index(ratings["source"]))
    _refuse_unknown_sources(ratings["source"][source < 0], rated)
    officers = pd.Index(evidence.roster.officer_ids)
    competencies = pd.Index(evidence.framework.index.competency_ids)
    assessor, assessors = _assessors(ratings, source, blocks)
    item, items = numbered_items(answers)
    size = (len(ratings), len(certificates), len(answers))

    def numbered(name: str, ids: pd.Index) -> Ints:
        tables = (ratings, certificates, answers)
        return np.concatenate([ids.get_indexer(pd.Index(table[name])) for table in tables])

    def joined(kind: str, *columns: np.ndarray | pd.Series[Any]) -> np.ndarray:
        return np.concatenate([np.asarray(column).astype(kind) for column in columns])

    return Observations(
        shape=(len(officers), len(competencies)),
        officer=numbered("officer", officers),
        competency=numbered("competency", competencies),
        block=joined(
            "int64", source, np.full(size[1], len(rated)), np.full(size[2], len(rated) + 1)
        ),
        assessor=joined("int64", assessor, np.full(size[1] + size[2], -1)),
        level=joined("float64", ratings["level"], certificates["level"], answers["value"]),
        date=joined("datetime64[D]", ratings["date"], certificates["issued"], answers["date"]),
        expires=joined("datetime64[D]", _never(size[0]), certificates["expires"], _never(size[2])),
        certificate=joined("bool", np.zeros(size[0]), np.ones(size[1]), np.zeros(size[2])),
        item=joined("int64", np.full(size[0] + size[1], -1), item),
        assessors=assessors,
        items=items,
    )


def numbered_items(answers: pd.DataFrame) -> tuple[Ints, pd.DataFrame]:
    """Return the number of the item of each answer, and the items as in `Observations`.

    `answers` has the columns of `Evidence.responses`. An item id that comes in two competencies is
    two items. The most points are the highest that are declared or were given, the level is the
    lowest that is declared.
    """
    key = ["competency", "item"]
    table = answers.groupby(key, sort=True, as_index=False).agg(
        value=("value", "max"), highest=("highest", "max"), level=("level", "min")
    )
    item = answers.groupby(key, sort=True).ngroup().to_numpy(dtype=np.int64)
    steps = np.fmax(table["value"], table["highest"]).clip(1).astype(np.int64)
    return item, table[key].assign(steps=steps, level=table["level"].astype(np.float64))


def most_points(items: pd.DataFrame) -> Ints:
    """Return the most points of each item, and 0 in the end for "no item", -1."""
    return np.append(items["steps"].to_numpy(dtype=np.int64), 0)


def _never(size: int) -> Dates:
    return np.full(size, "NaT", "datetime64[D]")


def without_certificates(observations: Observations) -> Observations:
    """Return the ratings and answers to items, without the certificates."""
    return observations.take(np.flatnonzero(~observations.certificate))


def valid_observations(observations: Observations, max_level: Ints, day: date) -> ValidObservations:
    """Return the observations that are valid on a day, in an order that rows do not decide.

    Observations after `day`, without a date, and certificates expired by then are left out; a
    level above ``max_level[competency]`` counts as the highest.
    """
    used = np.flatnonzero(_valid(observations, day))
    competency, dates = observations.competency[used], observations.date[used]
    cell = observations.officer[used].astype(np.int64) * observations.shape[1] + competency
    item = observations.item[used]
    highest = max_level[competency]
    if len(observations.items):
        highest = np.where(item < 0, highest, most_points(observations.items)[item])
    row, level, weight = whole_levels(np.clip(observations.level[used], 0, highest))
    keys = (
        cell[row],
        dates.astype(np.int64)[row],
        observations.block[used][row],
        observations.assessor[used][row],
        item[row],
        level,
    )
    merged, weight = _merged(keys, weight)
    officer, competency = np.divmod(merged[0], observations.shape[1])
    n_cells = observations.shape[0] * observations.shape[1]
    age = (np.datetime64(day, "D") - merged[1].astype("datetime64[D]")).astype(np.float64)
    return ValidObservations(
        officer,
        competency,
        merged[2],
        merged[5],
        merged[3],
        merged[4],
        weight,
        age / DAYS_PER_YEAR,
        _unidentified(merged, cell, observations, used),
        _counted(cell, dates, item, n_cells).astype(np.int32).reshape(observations.shape),
        _latest(cell, dates, n_cells).reshape(observations.shape),
    )


def whole_levels(level: Floats) -> tuple[Ints, Ints, Floats]:
    """Return rows, whole levels and weights: 3.5 is half a 3 and half a 4.

    Weights are in steps of 2^-32, so that their sums are exact in any order.

    Examples
    --------
    >>> row, whole, weight = whole_levels(np.array([3.5, 2.0]))
    >>> row.tolist(), whole.tolist(), weight.tolist()
    ([0, 1, 0], [3, 2, 4], [0.5, 1.0, 0.5])
    """
    below = np.floor(level).astype(np.int64)
    part = np.flatnonzero(level > below)
    share = np.round((level - below) * _RESOLUTION) / _RESOLUTION
    row = np.concatenate([np.arange(len(level)), part])
    whole = np.concatenate([below, below[part] + 1])
    return row, whole, np.concatenate([1 - share, share[part]])


def _assessors(
    ratings: pd.DataFrame, source: Ints, blocks: tuple[str, ...]
) -> tuple[Ints, pd.DataFrame]:
    blank = pd.Series("", ratings.index, dtype="str")
    names: Texts = ratings.get("assessor", blank).fillna("").to_numpy(dtype=object)
    named = names != ""
    table = pd.DataFrame({"block": source[named], "assessor": names[named]})
    number = np.full(len(ratings), -1, np.int64)
    number[named] = table.groupby(["block", "assessor"], sort=True).ngroup().to_numpy()
    known = table.drop_duplicates().sort_values(["block", "assessor"], ignore_index=True)
    sources = np.array(blocks, object)[known["block"].to_numpy(dtype=np.int64)]
    return number, pd.DataFrame({"source": sources, "assessor": known["assessor"]}, dtype="str")


def _merged(keys: tuple[Ints, ...], weight: Floats) -> tuple[tuple[Ints, ...], Floats]:
    order = np.lexsort(keys[::-1])
    keys, weight = tuple(key[order] for key in keys), weight[order]
    keep = weight > 0
    keys, weight = tuple(key[keep] for key in keys), weight[keep]
    new = np.ones(len(weight), bool)
    new[1:] = np.any([key[1:] != key[:-1] for key in keys], axis=0)
    group = np.cumsum(new) - 1
    # NOTE: `whole_levels` makes these sums exact in any order.
    total = np.bincount(group, weights=weight, minlength=int(new.sum()))
    return tuple(key[new] for key in keys), total.astype(np.float64)


def _unidentified(
    keys: tuple[Ints, ...], cell: Ints, observations: Observations, used: Ints
) -> Bools:
    """Whether several assessors without names rated the officer on that day.

    One who is not named is taken for one assessor over all competencies of the day, unless some
    competency was rated twice: then they cannot be matched, and each rating is taken alone.
    """
    days = observations.date[used].astype(np.int64)
    first = int(days.min(initial=0))
    n_days = int(days.max(initial=0)) - first + 1
    n_blocks = int(observations.block.max(initial=0)) + 1

    def visit(where: Ints, day: Ints, block: Ints) -> Ints:
        return (where.astype(np.int64) * n_days + day - first) * n_blocks + block

    nameless = np.flatnonzero((observations.assessor[used] < 0) & (observations.item[used] < 0))
    block = observations.block[used[nameless]]
    ratings = np.sort(visit(cell[nameless], days[nameless], block))
    twice = ratings[1:][ratings[1:] == ratings[:-1]]
    where, when = np.divmod(twice, n_days * n_blocks)
    crowd = np.unique(where // observations.shape[1] * (n_days * n_blocks) + when)
    mine = visit(keys[0] // observations.shape[1], keys[1], keys[2])
    return np.asarray(np.isin(mine, crowd) & (keys[3] < 0))


def _valid(observations: Observations, day: date) -> Bools:
    today = np.datetime64(day, "D")
    within = (observations.date <= today) & ~(observations.expires < today)  # NaT compares false
    return (
        within
        & (observations.officer >= 0)
        & (observations.competency >= 0)
        & np.isfinite(observations.level)
    )


def _counted(cell: Ints, dates: Dates, item: Ints, n_cells: int) -> Ints:
    """Observations of each cell: the answers of one day count as one sitting."""
    answer = item >= 0
    if not answer.any():
        return np.bincount(cell, minlength=n_cells)
    day = dates.astype(np.int64)[answer]
    sittings = np.unique(np.stack([cell[answer], day]), axis=1)[0]
    return np.bincount(np.concatenate([cell[~answer], sittings]), minlength=n_cells)


def _latest(cell: Ints, dates: Dates, n_cells: int) -> Dates:
    days = np.full(n_cells, np.iinfo(np.int64).min)  # the integer of NaT
    np.maximum.at(days, cell, dates.astype(np.int64))
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
