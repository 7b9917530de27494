"""What the kernel reads of a framework and a ranker, as plain arrays made once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from competency.arrays import Bools, Floats, Ints, index_pointer
from competency.config import RankingConfig
from competency.effects.transitions import catalogue_transitions
from competency.levels.beliefs import held_from
from competency.ranking.columns import aim_weight
from competency.ranking.eligibility import MINIMUM_GAIN, offered_trainings

if TYPE_CHECKING:
    from datetime import date

    from competency.effects.transitions import Transitions
    from competency.framework.index import FrameworkIndex
    from competency.framework.model import Framework
    from competency.ranking.ranker import FeatureRanker


class Catalogue(NamedTuple):
    """Trainings, by their number; rows of a training lie between two of its pointers.

    Parameters
    ----------
    develops, competency : Ints
        Pointer of the rows of each training, and the competency of each row.
    moves, before, reached, rise : arrays
        Pointer of the moves of each row; a level is left, one is reached, and the chance.
    entries, entry_competency, entry_level : Ints
        Pointer of the levels that each training asks for, and those.
    requires, required : Ints
        Pointer of the trainings that come first, and those.
    entry_match : Floats
        Share of the entry levels that must be there.
    offered : Bools
    region : Ints
        0 = anywhere.
    asked : Bools, shape (n_positions + 1, n_trainings)
        Mandatory for holders; the last row is for no position.
    duty : Bools
        Whether any position asks for it.
    """

    develops: Ints
    competency: Ints
    moves: Ints
    before: Ints
    reached: Ints
    rise: Floats
    entries: Ints
    entry_competency: Ints
    entry_level: Ints
    requires: Ints
    required: Ints
    entry_match: Floats
    offered: Bools
    region: Ints
    asked: Bools
    duty: Bools


class Demands(NamedTuple):
    """What positions ask, and how much it counts.

    Parameters
    ----------
    aim_weight : float32, shape (n_aims,)
    level : int8, shape (n_positions + 1, n_competencies)
        Required; the last row is for no position.
    weight : float32, same shape
    unknown : float32
        Factor of competencies never assessed.
    entry_level : float32
        A level counts as held when its probability is at least this.
    minimum_gain : float32
        Gap closed at or below which a training has nothing to give.
    """

    aim_weight: Floats
    level: Ints
    weight: Floats
    unknown: np.float32
    entry_level: np.float32
    minimum_gain: np.float32


def catalogue_of(
    framework: Framework, transitions: Transitions | None, as_of: date, regions: dict[str, int]
) -> Catalogue:
    """Return the trainings of a framework as offered on a day.

    Parameters
    ----------
    framework : Framework
    transitions : Transitions or None
    as_of : date
    regions : dict of int
        Number of each region; 0 = anywhere.

    Returns
    -------
    Catalogue
    """
    index = framework.index
    moves = transitions or catalogue_transitions(framework)
    # NOTE: as in `gap_closed_by_row`: what is reached from below, in float32, row by row.
    rise = np.triu(moves.tail, k=1).astype(np.float32)
    row, before, reached = np.nonzero(rise)
    asked = _asked(index)
    return Catalogue(
        develops=index.develops.pointer,
        competency=index.develops.competency,
        moves=index_pointer(row, len(rise)),
        before=before.astype(np.int32),
        reached=reached.astype(np.int32),
        rise=rise[row, before, reached],
        entries=index.entries.pointer,
        entry_competency=index.entries.competency,
        entry_level=index.entries.level.astype(np.int32),
        requires=index.training_prerequisites.pointer,
        required=index.training_prerequisites.other,
        entry_match=index.trainings.entry_match,
        offered=offered_trainings(framework, as_of),
        region=np.array([regions[str(name)] for name in index.trainings.region], np.int32),
        asked=asked,
        duty=np.logical_or.reduce(asked, axis=0),
    )


def demands_of(ranker: FeatureRanker, index: FrameworkIndex, aims: tuple[str, ...]) -> Demands:
    """Return what positions ask, weighed as a ranker weighs it.

    Parameters
    ----------
    ranker : FeatureRanker
    index : FrameworkIndex
    aims : tuple of str

    Returns
    -------
    Demands
    """
    config = ranker.config or RankingConfig()
    every = np.append(np.arange(len(index.position_ids)), -1)
    return Demands(
        aim_weight=np.array([aim_weight(config, aim) for aim in aims], np.float32),
        level=index.required_levels(every),
        weight=index.requirement_weights(every),
        unknown=np.float32(config.unknown_weight),
        entry_level=np.float32(held_from(ranker.entry_probability)),
        minimum_gain=np.float32(MINIMUM_GAIN),
    )


def _asked(index: FrameworkIndex) -> Bools:
    relation, size = index.mandatory_trainings, len(index.position_ids)
    asked = np.zeros((size + 1, len(index.training_ids)), bool)
    asked[np.repeat(np.arange(size), np.diff(relation.pointer)), relation.other] = True
    return asked
