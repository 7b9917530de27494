"""The framework as frozen arrays: id tables and one compressed row table (CSR) per relation.

Everything after this module works on these integers; ids come back only in the labelled shell.
In a CSR relation, the rows of owner `i` are ``slice(pointer[i], pointer[i + 1])``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from competency.arrays import Bools, Dates, Floats, Ints, Texts, frozen, index_pointer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from competency.framework.model import Framework, Named, Prerequisite, Session

NO_LIMIT = np.iinfo(np.int32).max
"""Seats of a session, or of a training in a year, without a limit."""


@dataclass(frozen=True, eq=False)
class Requirements:
    """Requirements by position (CSR): ``competency``, ``level``, ``weight``, ``mandatory``."""

    pointer: Ints
    competency: Ints
    level: Ints
    weight: Floats
    mandatory: Bools


@dataclass(frozen=True, eq=False)
class DevelopsIndex:
    """What each training develops (CSR by training); ``training`` repeats the owner."""

    pointer: Ints
    training: Ints
    competency: Ints
    entry_level: Ints
    target_level: Ints
    success: Floats


@dataclass(frozen=True, eq=False)
class EntryIndex:
    """Levels an officer must bring to each training (CSR by training), of three sources.

    The entry levels above 0 of `develops`, the table `entry_requirements`, and the prerequisites
    of every level that the training itself lifts to, unless it develops the required competency
    far enough as well. Where several name a competency the highest level stands.
    """

    pointer: Ints
    training: Ints
    competency: Ints
    level: Ints


@dataclass(frozen=True, eq=False)
class Relation:
    """A plain relation (CSR): ``other[pointer[i]:pointer[i + 1]]`` belong to `i`."""

    pointer: Ints
    other: Ints


@dataclass(frozen=True, eq=False)
class PrerequisiteIndex:
    """Prerequisites between levels of competencies, one element per row."""

    competency: Ints
    level: Ints
    requires_competency: Ints
    requires_level: Ints


@dataclass(frozen=True, eq=False)
class TrainingIndex:
    """Columns of the trainings, shape ``(n_trainings,)`` each."""

    hours: Floats
    cost: Floats
    yearly_seats: Ints
    """Officers in a year where a training has no sessions."""
    entry_match: Floats
    provider: Ints
    region: Texts
    accredited_until: Dates
    """Last day of the provider's accreditation; NaT = never accredited, or not known."""


@dataclass(frozen=True, eq=False)
class SessionIndex:
    """Columns of the sessions, sorted by start, end and id; and the CSR from trainings."""

    training: Ints
    start: Dates
    end: Dates
    seats: Ints
    region: Texts
    by_training: Relation


@dataclass(frozen=True, eq=False)
class FrameworkIndex:
    """All id tables and relations of one framework.

    Parameters
    ----------
    competency_ids, position_ids, training_ids, provider_ids, session_ids : tuple of str
        Id of each integer, sorted (sessions: by start, end and id).
    n_levels : int
        Size of the level axis: levels 0 to the highest of any scale.
    max_level : Ints
        Highest level of each competency's scale, shape ``(n_competencies,)``.
    """

    competency_ids: tuple[str, ...]
    position_ids: tuple[str, ...]
    training_ids: tuple[str, ...]
    provider_ids: tuple[str, ...]
    session_ids: tuple[str, ...]
    n_levels: int
    max_level: Ints
    requirements: Requirements
    next_position: Ints
    develops: DevelopsIndex
    entries: EntryIndex
    training_prerequisites: Relation
    mandatory_trainings: Relation
    prerequisites: PrerequisiteIndex
    trainings: TrainingIndex
    sessions: SessionIndex

    def required_levels(self, positions: Ints) -> Ints:
        """Return required levels, int8 ``(n, n_competencies)``; 0 = not required.

        Parameters
        ----------
        positions : Ints, shape (n,)
            Position indices; -1 stands for no position and gives a row of zeros.
        """
        return self._by_position(positions, self.requirements.level, np.int8)

    def requirement_weights(self, positions: Ints) -> Floats:
        """Return weights at `positions`, float32 ``(n, n_competencies)``; 0 = not required."""
        return self._by_position(positions, self.requirements.weight, np.float32)

    def _by_position(self, positions: Ints, values: Ints | Floats, kind: type) -> NDArray[Any]:
        table: NDArray[Any] = np.zeros((len(self.position_ids) + 1, len(self.competency_ids)), kind)
        owner = np.repeat(np.arange(len(self.position_ids)), np.diff(self.requirements.pointer))
        table[owner, self.requirements.competency] = values
        return table[positions]


def build_index(framework: Framework) -> FrameworkIndex:
    """Turn a checked `framework` into frozen arrays; cost is linear in its rows."""
    competency = _numbers_of(framework.competencies)
    position = _numbers_of(framework.positions)
    training = _numbers_of(framework.trainings)
    provider = _numbers_of(framework.providers)
    scale = {row.id: row.scale for row in framework.competencies}
    sessions = sorted(framework.sessions, key=lambda row: (row.start, row.end, row.id))
    top: dict[str, int] = {}
    for row in framework.levels:
        top[row.scale] = max(top.get(row.scale, 0), row.level)
    return FrameworkIndex(
        competency_ids=tuple(competency),
        position_ids=tuple(position),
        training_ids=tuple(training),
        provider_ids=tuple(provider),
        session_ids=tuple(row.id for row in sessions),
        n_levels=max(top.values(), default=0) + 1,
        max_level=_ints([top.get(scale[name], 0) for name in competency], np.int8),
        requirements=_requirements(framework, position, competency),
        next_position=_next_position(framework, position),
        develops=_develops(framework, training, competency),
        entries=_entries(framework, training, competency),
        training_prerequisites=_relation(
            [(r.training, r.requires_training) for r in framework.training_prerequisites],
            training,
            training,
        ),
        mandatory_trainings=_relation(
            [(r.position, r.training) for r in framework.mandatory_trainings], position, training
        ),
        prerequisites=PrerequisiteIndex(
            _ints([competency[r.competency] for r in framework.prerequisites]),
            _ints([r.level for r in framework.prerequisites]),
            _ints([competency[r.requires_competency] for r in framework.prerequisites]),
            _ints([r.requires_level for r in framework.prerequisites]),
        ),
        trainings=_trainings(framework, provider),
        sessions=_session_columns(sessions, training),
    )


def _session_columns(rows: Sequence[Session], training: Mapping[str, int]) -> SessionIndex:
    return SessionIndex(
        training=_ints([training[row.training] for row in rows]),
        start=_dates([row.start for row in rows]),
        end=_dates([row.end for row in rows]),
        seats=_ints([NO_LIMIT if row.seats is None else row.seats for row in rows]),
        region=_texts([row.region for row in rows]),
        by_training=_relation_of_numbers(
            [(training[row.training], i) for i, row in enumerate(rows)], len(training)
        ),
    )


def _requirements(
    framework: Framework, position: Mapping[str, int], competency: Mapping[str, int]
) -> Requirements:
    rows = sorted(
        framework.requirements, key=lambda r: (position[r.position], competency[r.competency])
    )
    owner = _ints([position[row.position] for row in rows])
    return Requirements(
        index_pointer(owner, len(position)),
        _ints([competency[row.competency] for row in rows]),
        _ints([row.level for row in rows], np.int8),
        _floats([row.weight for row in rows]),
        frozen(np.array([row.mandatory for row in rows], bool)),
    )


def _next_position(framework: Framework, position: Mapping[str, int]) -> Ints:
    first: dict[int, int] = {}
    for row in sorted(framework.ladder, key=lambda r: (not r.usual, r.next_position)):
        first.setdefault(position[row.position], position[row.next_position])
    return _ints([first.get(i, -1) for i in range(len(position))])


def _develops(
    framework: Framework, training: Mapping[str, int], competency: Mapping[str, int]
) -> DevelopsIndex:
    rows = sorted(
        framework.develops, key=lambda r: (training[r.training], competency[r.competency])
    )
    owner = _ints([training[row.training] for row in rows])
    return DevelopsIndex(
        index_pointer(owner, len(training)),
        owner,
        _ints([competency[row.competency] for row in rows]),
        _ints([row.entry_level for row in rows], np.int8),
        _ints([row.target_level for row in rows], np.int8),
        _floats([row.success for row in rows]),
    )


def _entries(
    framework: Framework, training: Mapping[str, int], competency: Mapping[str, int]
) -> EntryIndex:
    asked: dict[tuple[int, int], int] = {}
    pairs = [(r.training, r.competency, r.entry_level) for r in framework.develops]
    pairs += [(r.training, r.competency, r.level) for r in framework.entry_requirements]
    pairs += _implied_entries(framework)
    for owner, other, level in pairs:
        if level:
            key = training[owner], competency[other]
            asked[key] = max(asked.get(key, 0), level)
    keys = sorted(asked)
    owner_column = _ints([key[0] for key in keys])
    return EntryIndex(
        index_pointer(owner_column, len(training)),
        owner_column,
        _ints([key[1] for key in keys]),
        _ints([asked[key] for key in keys], np.int8),
    )


def _implied_entries(framework: Framework) -> list[tuple[str, str, int]]:
    before: dict[str, list[Prerequisite]] = {}
    for row in framework.prerequisites:
        before.setdefault(row.competency, []).append(row)
    target = {(row.training, row.competency): row.target_level for row in framework.develops}
    return [
        (row.training, needed.requires_competency, needed.requires_level)
        for row in framework.develops
        for needed in before.get(row.competency, ())
        if row.entry_level < needed.level <= row.target_level
        and target.get((row.training, needed.requires_competency), 0) < needed.requires_level
    ]


def _trainings(framework: Framework, provider: Mapping[str, int]) -> TrainingIndex:
    rows = sorted(framework.trainings, key=lambda row: row.id)
    until = {row.id: row.accreditation_valid_until for row in framework.providers}
    return TrainingIndex(
        hours=_floats([row.hours for row in rows]),
        cost=_floats([row.cost for row in rows]),
        yearly_seats=_seats([row.yearly_seats for row in rows]),
        entry_match=_floats([row.entry_match for row in rows]),
        provider=_ints([provider.get(row.provider, -1) for row in rows]),
        region=_texts([row.region for row in rows]),
        accredited_until=_dates([until.get(row.provider) for row in rows]),
    )


def _relation(
    pairs: Sequence[tuple[str, str]], owners: Mapping[str, int], others: Mapping[str, int]
) -> Relation:
    return _relation_of_numbers([(owners[a], others[b]) for a, b in pairs], len(owners))


def _relation_of_numbers(pairs: Sequence[tuple[int, int]], size: int) -> Relation:
    ordered = sorted(pairs)
    return Relation(
        index_pointer(_ints([a for a, _ in ordered]), size), _ints([b for _, b in ordered])
    )


def _numbers_of(rows: Sequence[Named]) -> dict[str, int]:
    # NOTE: sorted by id, so that no result depends on the order of rows in a file.
    return {name: i for i, name in enumerate(sorted(row.id for row in rows))}


def _ints(values: Sequence[int], kind: type = np.int32) -> Ints:
    return frozen(np.array(values, kind))


def _seats(values: Sequence[int | None]) -> Ints:
    return _ints([NO_LIMIT if value is None else value for value in values])


def _floats(values: Sequence[float]) -> Floats:
    return frozen(np.array(values, np.float64))


def _dates(values: Sequence[date | None]) -> Dates:
    return frozen(np.array(values, "datetime64[D]"))


def _texts(values: Sequence[str]) -> Texts:
    return frozen(np.array(values, object))
