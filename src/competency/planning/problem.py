"""The planning problem as plain arrays: the catalogue with its dates, and the officers.

Tables are structured arrays (one record per training, session, ...): the compiled search reads
``trainings[t].hours`` and compiles in a third of the time that one array per column takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from competency.arrays import Bools, Floats, Ints, Texts
from competency.framework.model import ClassicalForm
from competency.levels.beliefs import held_from
from competency.planning.objectives import OBJECTIVES, asked_of

if TYPE_CHECKING:
    from competency.config import PlanningConfig
    from competency.effects import Transitions
    from competency.framework.index import FrameworkIndex
    from competency.framework.model import Framework
    from competency.levels.beliefs import LevelBeliefs
    from competency.ranking.table import Ranking

Records = NDArray[np.void]

ANY_REGION = -1
CLASSICAL = frozenset(get_args(ClassicalForm))

TRAINING = np.dtype(
    [
        ("hours", "f8"),
        ("cost", "f8"),
        ("entry_match", "f8"),
        ("region", "i8"),
        ("days", "i8"),  # how long it takes when it has no dates
        ("offered", "?"),  # false where the provider's accreditation has lapsed
        ("dated", "?"),  # true where it can only be taken in one of its sessions
        ("enables", "?"),  # true where another training asks for it
        ("first_develop", "i8"),
        ("last_develop", "i8"),
        ("first_entry", "i8"),
        ("last_entry", "i8"),
        ("first_prerequisite", "i8"),
        ("last_prerequisite", "i8"),
        ("first_session", "i8"),
        ("last_session", "i8"),
    ]
)
"""A training; ``first_x`` to ``last_x`` (exclusive) are its rows in table x."""
SESSION = np.dtype([("number", "i8"), ("start", "i8"), ("end", "i8"), ("region", "i8")])
"""A session, its days counted from `as_of` (day 0); `number` is its index in the framework."""
ENTRY = np.dtype([("competency", "i8"), ("level", "i8")])
"""A level that an officer must bring."""


class Catalogue(NamedTuple):
    """What can be taken. ``rise[d, i, k]`` is the change of P(level >= k) for one at level i.

    `touching` holds, competency by competency from ``first_touching[c]`` on, the trainings that
    develop it or ask for a level of it; `waiting`, the trainings that each training opens.
    ``mark[d, i]`` is the change, for one at level i, of a fixed random sum over beliefs: two
    orders of the same trainings that agree in it lead to the same beliefs.
    """

    trainings: Records
    sessions: Records
    entries: Records
    prerequisites: Ints
    develops: Ints
    matrix: Floats
    rise: Floats
    touching: Ints
    first_touching: Ints
    waiting: Ints
    first_waiting: Ints
    mark: Floats


class Officers(NamedTuple):
    """Who takes it; the first axis is the officer. `budget` holds hours and cost.

    `required` and `weight` hold what an objective measures against: ``[officer, aim, competency]``.
    The gap that a training closes counts ``multiplier[officer, training]`` times; ``most[officer,
    competency]`` is the highest one of the trainings that develop a competency, 1 at least.
    """

    probs: Floats
    worth: Floats
    multiplier: Floats
    most: Floats
    passed: Bools
    mandatory: Bools
    region: Ints
    budget: Floats
    required: Ints
    weight: Floats


class Limits(NamedTuple):
    """Scalars of the search."""

    width: int
    max_steps: int
    entry_probability: float
    horizon: int
    minimum_gain: float
    objective: int
    near: float
    match: float
    exact: bool


class Problem(NamedTuple):
    """Everything the search needs, and the seats that officers share.

    `seats` holds those of each session and then those of each training in a year, which count
    where a training is taken without dates.
    """

    catalogue: Catalogue
    officers: Officers
    limits: Limits
    seats: Ints


def build_problem(ranking: Ranking, config: PlanningConfig, transitions: Transitions) -> Problem:
    """Return the arrays of the planning problem of all officers of a ranking.

    Sessions that start on or before `as_of`, end after the horizon, or end after the
    accreditation of the provider (with ``accredited_only``) are left out. In a framework with
    sessions a classical training without one is not offered; non-classical forms, and every
    training of a framework without sessions, can be taken at any time.
    """
    levels = ranking.gaps.levels
    index, objective = levels.framework.index, OBJECTIVES[config.objective]
    codes = _region_codes(levels.roster.region, index)
    n_officers = len(levels)
    budget = (config.hours, np.inf if config.cost is None else config.cost)
    required, weight = asked_of(ranking.gaps, config.objective)
    multiplier = _multiplier(ranking, config)
    officers = Officers(
        probs=_plain(levels.probs),
        worth=_plain(objective.worth(ranking)),
        multiplier=multiplier,
        most=_most(multiplier, index),
        passed=_plain(ranking.passed),
        mandatory=_plain(ranking.mandatory),
        region=_encode(levels.roster.region, codes),
        budget=np.tile(budget, (n_officers, 1)),
        required=required,
        weight=weight,
    )
    catalogue = _catalogue(levels, transitions, codes, config)
    limits = Limits(
        config.beam_width,
        config.max_steps,
        held_from(entry_probability(ranking, config)),
        config.horizon_days,
        config.minimum_gain,
        objective.kind,
        objective.near,
        config.position_match,
        config.exact,
    )
    seats = np.concatenate([index.sessions.seats, index.trainings.yearly_seats])
    return Problem(catalogue, officers, limits, _plain(seats))


def entry_probability(ranking: Ranking, config: PlanningConfig) -> float:
    """Return the probability from which a level counts as held: as set, or as it was ranked."""
    own = config.entry_probability
    return ranking.entry_probability if own is None else own


def _multiplier(ranking: Ranking, config: PlanningConfig) -> Floats:
    if ranking.multiplier is None or not config.learned_benefit:
        return np.ones(ranking.passed.shape)
    return _plain(ranking.multiplier)


def _most(multiplier: Floats, index: FrameworkIndex) -> Floats:
    most = np.ones((len(multiplier), len(index.competency_ids)))
    training = _owners(index.develops.pointer)
    for c in range(most.shape[1]):
        rows = training[index.develops.competency == c]
        most[:, c] = multiplier[:, rows].max(axis=1, initial=1.0)
    return most


def part_of(problem: Problem, rows: Ints) -> Problem:
    """Return the problem of the officers at `rows`."""
    return problem._replace(officers=rows_of(problem.officers, rows))


def rows_of(officers: Officers, rows: Ints | slice) -> Officers:
    """Return the officers at `rows`."""
    parts: list[Any] = [values[rows] for values in officers]
    return Officers(*parts)


def _catalogue(
    levels: LevelBeliefs, transitions: Transitions, codes: dict[str, int], config: PlanningConfig
) -> Catalogue:
    index = levels.framework.index
    sessions = _open_sessions(levels, codes, config)
    entries = np.zeros(len(index.entries.level), ENTRY)
    entries["competency"], entries["level"] = index.entries.competency, index.entries.level
    touching = _grouped(
        np.concatenate([index.develops.competency, index.entries.competency]),
        np.concatenate([index.develops.training, index.entries.training]),
        len(index.competency_ids),
    )
    needs = index.training_prerequisites
    waiting = _grouped(needs.other, _owners(needs.pointer), len(index.training_ids))
    return Catalogue(
        trainings=_trainings(levels, sessions, codes, config),
        sessions=sessions,
        entries=entries,
        prerequisites=_plain(index.training_prerequisites.other),
        develops=_plain(index.develops.competency),
        matrix=_plain(transitions.matrix),
        rise=_plain(np.triu(transitions.tail, 1)),
        touching=touching[0],
        first_touching=touching[1],
        waiting=waiting[0],
        first_waiting=waiting[1],
        mark=_marks(_plain(transitions.matrix), index.develops.competency),
    )


def _marks(matrix: Floats, competency: Ints) -> Floats:
    size = int(competency.max(initial=-1)) + 1
    weights = np.random.default_rng(0).random((size, matrix.shape[-1]))[competency]
    marks: Floats = np.einsum("dij,dj->di", matrix, weights) - weights
    return marks


def _owners(pointer: Ints) -> Ints:
    return np.repeat(np.arange(len(pointer) - 1), np.diff(pointer))


def _grouped(owner: Ints, value: Ints, size: int) -> tuple[Ints, Ints]:
    """Return each value once for each owner, owner by owner, and where those of each begin."""
    pairs = np.unique(np.stack([owner, value]).astype(np.int64), axis=1)
    first = np.searchsorted(pairs[0], np.arange(size + 1))
    return _plain(pairs[1]), _plain(first)


def _trainings(
    levels: LevelBeliefs, sessions: Records, codes: dict[str, int], config: PlanningConfig
) -> Records:
    index = levels.framework.index
    known = index.trainings
    table = np.zeros(len(index.training_ids), TRAINING)
    table["hours"], table["cost"] = known.hours, known.cost
    table["entry_match"] = known.entry_match
    table["region"] = _encode(known.region, codes)
    table["days"] = np.maximum(np.ceil(known.hours / config.hours_per_day), 1)
    table["offered"] = _offered(levels, config)
    table["dated"] = _dated(levels.framework)
    table["enables"][index.training_prerequisites.other] = True
    owner = index.sessions.training[sessions["number"]]
    for name, pointer in (
        ("develop", index.develops.pointer),
        ("entry", index.entries.pointer),
        ("prerequisite", index.training_prerequisites.pointer),
        ("session", np.searchsorted(owner, np.arange(len(table) + 1))),
    ):
        table[f"first_{name}"], table[f"last_{name}"] = pointer[:-1], pointer[1:]
    return table


def _open_sessions(levels: LevelBeliefs, codes: dict[str, int], config: PlanningConfig) -> Records:
    """Return the sessions that can be attended, by training and then by start."""
    known = levels.framework.index.sessions
    until = levels.framework.index.trainings.accredited_until[known.training]
    today = np.datetime64(levels.as_of, "D")
    table = np.zeros(len(known.start), SESSION)
    table["number"] = np.arange(len(table))
    table["start"] = (known.start - today).astype(int)
    table["end"] = (known.end - today).astype(int)
    table["region"] = _encode(known.region, codes)
    is_open = (table["start"] >= 1) & (table["end"] <= config.horizon_days)
    if config.accredited_only:
        is_open &= np.isnat(until) | (known.end <= until)
    order = np.argsort(known.training, kind="stable")
    return table[order[is_open[order]]]


def _offered(levels: LevelBeliefs, config: PlanningConfig) -> Bools:
    until = levels.framework.index.trainings.accredited_until
    if not config.accredited_only:
        return np.ones(len(until), bool)
    # NOTE: a comparison with NaT is false: accreditation that is not known has not lapsed.
    lapsed: Bools = until < np.datetime64(levels.as_of, "D")
    offered: Bools = ~lapsed
    return offered


def _dated(framework: Framework) -> Bools:
    index = framework.index
    if not framework.sessions:
        return np.zeros(len(index.training_ids), bool)
    form = {row.id: row.form for row in framework.trainings}
    has_session: Bools = np.diff(index.sessions.by_training.pointer) > 0
    classical: Bools = np.array([form[name] in CLASSICAL for name in index.training_ids], bool)
    return has_session | classical


def _region_codes(officers: Texts, index: FrameworkIndex) -> dict[str, int]:
    names = {*officers, *index.trainings.region, *index.sessions.region} - {""}
    return {"": ANY_REGION} | {name: code for code, name in enumerate(sorted(names))}


def _encode(regions: Texts, codes: dict[str, int]) -> Ints:
    return np.array([codes[name] for name in regions], np.int64)


def _plain(values: NDArray[Any]) -> NDArray[Any]:
    # NOTE: one memory layout and one width for each kind, so that the kernel compiles once.
    wide = {"b": bool, "i": np.int64, "f": np.float64}[values.dtype.kind]
    return np.array(values, wide, order="C")
