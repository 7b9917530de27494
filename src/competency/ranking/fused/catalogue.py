"""What the kernel reads of a framework and of settings, as plain arrays made once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from competency.arrays import Bools, Floats, Ints, index_pointer
from competency.gaps.table import aim_weight
from competency.levels.beliefs import held_from
from competency.ranking.eligibility import (
    MINIMUM_GAIN,
    mandatory_by_position,
    offered_trainings,
)

if TYPE_CHECKING:
    from datetime import date

    from competency.config import RankingConfig
    from competency.effects.transitions import Transitions
    from competency.framework.index import FrameworkIndex
    from competency.framework.model import Framework


class Catalogue(NamedTuple):
    """Trainings, by their number; rows of a training lie between two of its pointers."""

    develops: Ints
    """Pointer of the rows of each training; `competency` is that of each row."""
    competency: Ints
    steps: Ints
    """Pointer of the transitions of each row: level `before`, level `reached`, and by how much the
    chance to be there rises (`rise`, float32)."""
    before: Ints
    reached: Ints
    rise: Floats
    entries: Ints
    """Pointer of the levels that each training asks for: `entry_competency`, `entry_level`."""
    entry_competency: Ints
    entry_level: Ints
    requires: Ints
    """Pointer of the trainings that come first (`required`)."""
    required: Ints
    entry_match: Floats
    """Share of the entry levels that must be there."""
    offered: Bools
    region: Ints
    """0 = anywhere."""
    mandatory: Bools
    """For holders of each position, shape (n_positions + 1, n_trainings); the last row is for no
    position."""
    mandatory_for_any: Bools


class Demands(NamedTuple):
    """What positions ask, and how much it counts."""

    aim_weight: Floats
    """float32, shape (n_aims,)."""
    level: Ints
    """Required, int8, shape (n_positions + 1, n_competencies); the last row is for no position."""
    weight: Floats
    """float32, same shape."""
    unknown: np.float32
    """Factor of competencies never assessed."""
    entry_level: np.float32
    """A level counts as held when its probability is at least this."""
    minimum_gain: np.float32
    """Gap closed at or below which a training has nothing to give."""


def catalogue_of(
    framework: Framework, transitions: Transitions, as_of: date, regions: dict[str, int]
) -> Catalogue:
    """Return the trainings of a framework as offered on a day; `regions` numbers them, 0 = any."""
    index = framework.index
    # NOTE: as in `gap_closed_by_row`: what is reached from below, in float32, row by row.
    rise = np.triu(transitions.tail, k=1).astype(np.float32)
    row, before, reached = np.nonzero(rise)
    mandatory = mandatory_by_position(index)
    return Catalogue(
        develops=index.develops.pointer,
        competency=index.develops.competency,
        steps=index_pointer(row, len(rise)),
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
        mandatory=mandatory,
        mandatory_for_any=np.logical_or.reduce(mandatory, axis=0),
    )


def demands_of(
    config: RankingConfig, entry_probability: float, index: FrameworkIndex, aims: tuple[str, ...]
) -> Demands:
    """Return what positions ask, weighed by the settings of a ranker."""
    every = np.append(np.arange(len(index.position_ids)), -1)
    return Demands(
        aim_weight=np.array([aim_weight(config.aim_weights, aim) for aim in aims], np.float32),
        level=index.required_levels(every),
        weight=index.requirement_weights(every),
        unknown=np.float32(config.unknown_weight),
        entry_level=np.float32(held_from(entry_probability)),
        minimum_gain=np.float32(MINIMUM_GAIN),
    )
