"""One officer's best sequence against the exact optimum, greedy, HiGHS and CP-SAT.

Officers and a catalogue are drawn: 40 competencies of levels 0 to 5, 200 trainings that lift one
to three of them from an entry level or above, 4 to 32 hours, one in five behind another. Levels
are known and trainings succeed, so that an integer program can say what the best plan is. At most
8 trainings and 80 hours.
"""

from __future__ import annotations

import importlib.util
import time
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks._rows import Row, Size
from competency.arrays import frozen
from competency.config import GapConfig, PlanningConfig, RankingConfig
from competency.evidence.table import Roster
from competency.framework.model import (
    About,
    Competency,
    Develops,
    Framework,
    Position,
    Requirement,
    ScaleLevel,
    Training,
    TrainingPrerequisite,
)
from competency.gaps import score_gaps
from competency.levels.beliefs import LevelBeliefs
from competency.planning import OfficerProof, plan_officers
from competency.ranking import PriorRanker

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from competency.ranking import Ranking

TOP, HOURS, STEPS = 5, 80.0, 8
WIDE = 1024
"""Width of the beam whose plan is the best known where no peer proves an optimum."""
OFFICERS: dict[Size, int] = {"full": 200, "quick": 20, "smallest": 3}
EXACT = {"CP-SAT": 8, "HiGHS": 3}
"""Officers that each solver plans: seconds to a minute each."""
SHARE, SHARE_LOW, MILLISECONDS = 0.995, 0.97, 1.0
"""Goals: mean and 5th percentile of value by optimum, and time."""


@dataclass(frozen=True)
class World:
    """Officers and trainings; `owner`, `competency`, `entry` and `target` are rows of develops."""

    levels: NDArray[np.int64]
    required: NDArray[np.int64]
    weight: NDArray[np.float64]
    hours: NDArray[np.float64]
    after: NDArray[np.int64]
    owner: NDArray[np.int64]
    competency: NDArray[np.int64]
    entry: NDArray[np.int64]
    target: NDArray[np.int64]

    def rows(self, training: int) -> slice:
        """Return the rows of develops of a training."""
        return slice(*np.searchsorted(self.owner, [training, training + 1]).tolist())

    def value(self, officer: int, levels: NDArray[np.int64]) -> float:
        """Return the weighted gap closed by an officer who has come to these levels."""
        required, start = self.required[officer], self.levels[officer]
        closed = np.minimum(levels, required) - np.minimum(start, required)
        return float(self.weight[officer] @ closed)


def draw_world(seed: int, *, officers: int, trainings: int = 200, competencies: int = 40) -> World:
    """Draw a catalogue with `seed` and officers with the next one."""
    rng = np.random.default_rng(seed)
    size = rng.integers(1, 4, trainings)
    competency = np.concatenate([rng.choice(competencies, n, replace=False) for n in size])
    entry = rng.choice([0, 1, 1, 2, 2, 3], size.sum())
    target = np.minimum(TOP, entry + rng.integers(1, 3, size.sum()))
    hours = rng.choice([4.0, 8.0, 12.0, 16.0, 24.0, 32.0], trainings)
    after = np.full(trainings, -1)
    for t in range(trainings // 5, trainings):
        if rng.random() < 0.2:
            after[t] = rng.integers(0, t)
    rng = np.random.default_rng(seed + 1)
    levels = rng.integers(0, 4, (officers, competencies))
    required = np.minimum(TOP, levels + rng.integers(0, 3, (officers, competencies)))
    weight = rng.uniform(0.5, 2.0, (officers, competencies))
    owner = np.repeat(np.arange(trainings), size)
    return World(levels, required, weight, hours, after, owner, competency, entry, target)


def as_ranking(world: World) -> Ranking:
    """Return the world as a ranking of this library: one position for each officer."""
    n_officers, n_competencies = world.levels.shape
    names = [f"C{c:03d}" for c in range(n_competencies)]
    people = [f"P{i:05d}" for i in range(n_officers)]
    courses = [f"T{t:03d}" for t in range(len(world.hours))]
    rows = range(len(world.owner))
    framework = Framework(
        framework=(About(id="drawn", name="drawn"),),
        levels=tuple(ScaleLevel(level=k, name=str(k)) for k in range(1, TOP + 1)),
        competencies=tuple(Competency(id=c, name=c) for c in names),
        positions=tuple(Position(id=p, name=p) for p in people),
        requirements=tuple(
            Requirement(
                position=people[i],
                competency=names[c],
                level=int(world.required[i, c]),
                weight=float(world.weight[i, c]),
            )
            for i, c in zip(*(axis.tolist() for axis in np.nonzero(world.required)), strict=True)
        ),
        trainings=tuple(
            Training(id=t, name=t, hours=float(h), form="e_learning")
            for t, h in zip(courses, world.hours, strict=True)
        ),
        develops=tuple(
            Develops(
                training=courses[world.owner[d]],
                competency=names[world.competency[d]],
                entry_level=int(world.entry[d]),
                target_level=int(world.target[d]),
                success=1.0,
            )
            for d in rows
        ),
        training_prerequisites=tuple(
            TrainingPrerequisite(training=courses[t], requires_training=courses[other])
            for t, other in enumerate(world.after.tolist())
            if other >= 0
        ),
    )
    gaps = score_gaps(_beliefs(framework, world, people), config=GapConfig(aims=("held",)))
    return PriorRanker(RankingConfig(aim_weights={"held": 1.0})).rank(gaps)


def _beliefs(framework: Framework, world: World, people: list[str]) -> LevelBeliefs:
    shape = world.levels.shape
    texts = np.full(shape[0], "", object)
    position = np.arange(shape[0], dtype=np.int32)
    roster = Roster(
        frozen(np.array(people, object)), frozen(position), frozen(np.full(shape[0], -1, np.int32)),
        frozen(texts), frozen(texts.copy()),
    )  # fmt: skip
    today = date(2026, 11, 1)
    return LevelBeliefs(
        framework,
        roster,
        today,
        frozen(np.eye(TOP + 1, dtype=np.float32)[world.levels]),
        frozen(world.levels.astype(np.float32)),
        frozen(np.zeros(shape, np.float32)),
        frozen(np.ones(shape, np.int32)),
        frozen(np.full(shape, np.datetime64(today, "D"))),
        frozen(np.eye(shape[1])),
    )


def greedy(world: World, officer: int) -> float:
    """Return the value of taking the training of highest value per hour, again and again."""
    levels, left, taken = world.levels[officer].copy(), HOURS, {-1}
    for _ in range(STEPS):
        best, choice = 0.0, -1
        for t in np.flatnonzero(world.hours <= left).tolist():
            rows = world.rows(t)
            held = levels[world.competency[rows]]
            if t in taken or int(world.after[t]) not in taken or (held < world.entry[rows]).any():
                continue
            after = _after(world, levels, rows)
            rate = (world.value(officer, after) - world.value(officer, levels)) / world.hours[t]
            if rate > best:
                best, choice = rate, t
        if choice < 0:
            break
        levels, left = _after(world, levels, world.rows(choice)), left - world.hours[choice]
        taken.add(choice)
    return world.value(officer, levels)


def _after(world: World, levels: NDArray[np.int64], rows: slice) -> NDArray[np.int64]:
    after = levels.copy()
    np.maximum.at(after, world.competency[rows], world.target[rows])
    return after


def officer_rows(size: Size) -> list[Row]:
    """Plan officers, and let the peers plan the first few of them."""
    from benchmarks._planning_exact import PEERS

    n_officers = OFFICERS[size]
    world = draw_world(0, officers=n_officers)
    if size == "smallest":
        world = draw_world(0, officers=n_officers, trainings=12, competencies=5)
    ranking = as_ranking(world)
    config = PlanningConfig(hours=HOURS, max_steps=STEPS, minimum_gain=0.0)
    value, seconds = _timed(ranking, config)
    best, _ = _timed(ranking, config.model_copy(update={"beam_width": WIDE}))
    rows: list[Row] = []
    for name, (module, solve) in PEERS.items():
        if importlib.util.find_spec(module) is None:
            continue
        n_exact = EXACT[name] if size == "full" else 1
        start = time.perf_counter()
        exact = np.array([solve(world, i, float(best[i])) for i in range(n_exact)])
        spent = (time.perf_counter() - start) / n_exact
        best[:n_exact] = np.fmax(best[:n_exact], exact)
        proven = ~np.isnan(exact)
        share = float(np.mean((value[:n_exact] / exact)[proven])) if proven.any() else np.nan
        what = f"officer: value by the optimum that {name} proves, {proven.sum()} of {n_exact}"
        rows.append(Row(what, share))
        rows.append(Row(f"officer: ms; peer: {name}, proof", 1e3 * seconds, peer=1e3 * spent))
    ahead = np.array([greedy(world, i) for i in range(n_officers)]) / best
    share = value / best
    low = [float(np.quantile(x, 0.05)) for x in (share, ahead)]
    rows[:0] = [
        Row("officer: mean value by best known; peer: greedy", float(share.mean()),
            peer=float(ahead.mean()), goal=SHARE),
        Row("officer: 5th percentile of it; peer: greedy", low[0], peer=low[1], goal=SHARE_LOW),
        Row("officer: ms each", 1e3 * seconds, goal=MILLISECONDS, smaller_is_better=True),
    ]  # fmt: skip
    return rows


def _timed(ranking: Ranking, config: PlanningConfig) -> tuple[Any, float]:
    plan_officers(ranking.take(np.array([0])), config=config)  # compiles outside the clock
    start = time.perf_counter()
    plan = plan_officers(ranking, config=config)
    seconds = (time.perf_counter() - start) / len(ranking)
    assert isinstance(plan.proof, OfficerProof)
    return plan.proof.value.copy(), seconds
