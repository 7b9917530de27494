"""Who may take which training now, and what stands in the way, as arrays."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from competency.arrays import Bools, Floats, Ints
    from competency.framework.index import EntryIndex, FrameworkIndex, Relation
    from competency.framework.model import Framework
    from competency.levels.beliefs import LevelBeliefs

MINIMUM_GAIN = 1e-6
"""Weighted levels below which a training has nothing to give: beyond the digits of float32
beliefs, and far below any gap that evidence can distinguish from none (chosen by the project)."""


def find_barriers(
    levels: LevelBeliefs,
    *,
    passed: Bools,
    mandatory: Bools,
    gap_closed: Floats,
    entry_probability: float = 0.5,
) -> dict[str, Bools]:
    """Return, by reason, which officers cannot take which trainings.

    `passed`, `mandatory` of shape (n_officers, n_trainings): trainings already passed; trainings
    that the position held asks for. `gap_closed`: expected weighted gap closed, in levels.
    `entry_probability`: in (0, 1]. A level counts as held when its probability is at least this.
    Returns (n_officers, n_trainings): reasons ``passed``, ``not_offered`` (outside the training's
    period of validity), ``prerequisite``, ``entry``, ``region`` and ``no_gain``. A pair without any
    is eligible.
    """
    framework = levels.framework
    index = framework.index
    held = levels.level_at_least(entry_probability)
    region = index.trainings.region
    here = (region == "") | (region == levels.roster.region[:, None])
    short = entry_match(held, index) < index.trainings.entry_match - 1e-9
    return {
        "passed": passed,
        "not_offered": np.broadcast_to(~offered_trainings(framework, levels.as_of), passed.shape),
        "prerequisite": missing_prerequisites(passed, index.training_prerequisites),
        "entry": short,
        "region": ~here,
        "no_gain": ~mandatory & (gap_closed <= MINIMUM_GAIN),
    }


def entry_match(held: Ints, index: FrameworkIndex) -> Floats:
    """Return the share of each training's entry levels that officers bring.

    ``match[o, t] = mean over entry rows (c, r) of t of min(held[o, c], r) / r``; 1 where a
    training asks for none.

    `held` of shape (n_officers, n_competencies): levels that count as held. Returns float64
    (n_officers, n_trainings): in [0, 1].
    """
    entries = index.entries
    levels_first = np.ascontiguousarray(held.T)
    shares = [
        np.minimum(levels_first[c], r) / float(r)
        for c, r in zip(entries.competency, entries.level, strict=True)
    ]
    return _mean_by_training(shares, entries, len(held))


def readiness(survival: Floats, index: FrameworkIndex) -> Floats:
    """Return the expected share of each training's entry levels that officers bring.

    ``readiness[o, t] = mean over entry rows (c, r) of t of E[min(L, r)] / r``; 1 where a
    training asks for none.

    `survival` of shape (n_officers, n_competencies, n_levels): P(level >= k). Returns float64
    (n_officers, n_trainings): in [0, 1].
    """
    entries = index.entries
    shares = [
        _expected_capped(survival[:, c], int(r)) / float(r)
        for c, r in zip(entries.competency, entries.level, strict=True)
    ]
    return _mean_by_training(shares, entries, len(survival))


def missing_prerequisites(passed: Bools, prerequisites: Relation) -> Bools:
    """Return which trainings wait for another one that was not passed yet.

    `passed` of shape (n_officers, n_trainings). `prerequisites`: by training, the trainings that
    come first. Returns bool (n_officers, n_trainings).
    """
    missing = np.zeros(passed.shape, bool)
    owners = np.repeat(np.arange(passed.shape[1]), np.diff(prerequisites.pointer))
    for training, required in zip(owners, prerequisites.other, strict=True):
        missing[:, training] |= ~passed[:, required]
    return missing


def _expected_capped(survival: Floats, cap: int) -> Floats:
    total = np.zeros(len(survival), np.float64)
    for level in range(1, cap + 1):
        total += survival[:, level]
    return total


def _mean_by_training(shares: list[Floats], entries: EntryIndex, n_officers: int) -> Floats:
    counts = np.diff(entries.pointer)
    total = np.zeros((len(counts), n_officers), np.float64)
    for training, share in zip(entries.training, shares, strict=True):
        total[training] += share
    mean = np.where(counts[:, None] > 0, total / np.maximum(counts, 1)[:, None], 1.0)
    return np.ascontiguousarray(mean.T)


def offered_trainings(framework: Framework, as_of: date) -> Bools:
    """Return which trainings are within their period of validity on a day.

    Returns bool (n_trainings,).
    """
    period = {row.id: (row.valid_from, row.valid_to) for row in framework.trainings}
    ordered = (period[name] for name in framework.index.training_ids)
    return np.array(
        [
            (start is None or start <= as_of) and (end is None or as_of <= end)
            for start, end in ordered
        ],
        bool,
    )


def mandatory_trainings(levels: LevelBeliefs, index: FrameworkIndex) -> Bools:
    """Return which trainings are mandatory for the position each officer holds.

    bool, shape (n_officers, n_trainings), whether passed or not.
    """
    return mandatory_by_position(index)[levels.roster.position]


def mandatory_by_position(index: FrameworkIndex) -> Bools:
    """Return which trainings each position makes mandatory, shape (n_positions + 1, n_trainings).

    The last row stays empty; it answers for position -1, an officer without one.
    """
    relation, size = index.mandatory_trainings, len(index.position_ids)
    table = np.zeros((size + 1, len(index.training_ids)), bool)
    table[np.repeat(np.arange(size), np.diff(relation.pointer)), relation.other] = True
    return table
