"""Plans for an objective of the user's own: the same beam, valued by a function in Python.

The compiled rules list what may follow each partial plan; the function values the beliefs that
it leads to, many at once; the best are kept. No bound is known for such a function.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import Floats, Ints
from competency.compiled import entry_point
from competency.errors import ConfigError, Finding
from competency.planning.officer.expand import fill_candidate, mixed
from competency.planning.officer.nodes import advance, begin
from competency.planning.officer.plans import plan_from
from competency.planning.officer.records import CANDIDATE, STEP, TIE, make_buffers
from competency.planning.officer.rules import find_dates, seat_of
from competency.planning.officer.search import Found, prepare, replay
from competency.planning.officer.value import fill_gaps
from competency.planning.problem import Problem, Records, build_problem

if TYPE_CHECKING:
    from competency.config import PlanningConfig
    from competency.effects import Transitions
    from competency.planning.plan import Plan
    from competency.ranking.table import Ranking

Value = Callable[[Floats, str], Floats]


def solve_custom(
    ranking: Ranking,
    config: PlanningConfig,
    objective: Value,
    *,
    transitions: Transitions | None = None,
) -> Plan:
    """Plan each officer alone for an objective given as a function.

    ``objective(probs, officer)`` gives values, shape ``(n,)``, of beliefs of shape ``(n,
    n_competencies, n_levels)``; higher is better. `transitions` default to those of the ranking.
    The plan's `gain` is the weighted gap closed as always; `proof` holds the function's values.
    Raises `ConfigError` if the function does not give one finite number for each state.
    """
    transitions = transitions or ranking.transitions
    settings = config.model_copy(update={"objective": "gap"})
    problem = build_problem(ranking, settings, transitions)
    names = ranking.gaps.levels.roster.officer_ids
    search = _Search(problem)
    for i, name in enumerate(names):
        search.plan(i, _checked(objective, str(name)))
    return plan_from(
        ranking,
        config,
        transitions,
        problem=problem,
        found=search.found,
        objective="callable",
    )


class _Search:
    """The beam of one officer after another."""

    def __init__(self, problem: Problem) -> None:
        # NOTE: every level counts for what may follow; the real worth is used for the gains.
        officers = problem.officers
        self.problem = problem
        self.any_rise = officers._replace(worth=np.ones_like(officers.worth))
        n_officers, *shape = officers.probs.shape
        self.memory = make_buffers(
            problem.limits, problem.catalogue, (shape[0], shape[1]), n_aims=0
        )
        steps = np.zeros((n_officers, problem.limits.max_steps), STEP)
        self.found = Found(
            steps, np.zeros(n_officers, np.int64), np.zeros(n_officers), np.full(n_officers, np.inf)
        )
        width, n_trainings = problem.limits.width, len(problem.catalogue.trainings)
        self.candidates = np.zeros(width * n_trainings + 1, CANDIDATE)

    def plan(self, i: int, objective: Callable[[Floats], Floats]) -> None:
        """Write the best plan of officer i."""
        catalogue, _, limits, seats = self.problem
        memory = self.memory
        start = objective(self.problem.officers.probs[i : i + 1])
        best = (0.0, float(start[0]), 0.0)
        _begin(i, self.any_rise, limits, seats, catalogue, memory)
        now, size = 0, 1
        for depth in range(limits.max_steps):
            count = _list(
                i, now, size, self.any_rise, limits, seats, catalogue, memory, self.candidates
            )
            found = self.candidates[:count]
            values = self._values(i, now, depth, found, objective)
            chosen = _best_of(found, values, limits.width)
            if not len(chosen):
                break
            self._advance(i, now, depth, found[chosen])
            first = found[chosen[0]]
            reached = (float(first["mandatory"]), float(values[chosen[0]]), -float(first["hours"]))
            if reached > (best[0], best[1] + TIE, best[2]):
                best = reached
                self.found.steps[i, : depth + 1] = memory.steps[1 - now, 0, : depth + 1]
                self.found.length[i] = depth + 1
            now, size = 1 - now, len(chosen)
        self.found.value[i] = best[1]
        officers, length = self.problem.officers, self.found.length[i]
        _replay(i, length, officers, limits, catalogue, memory, self.found.steps)

    def _values(
        self, i: int, now: int, depth: int, found: Records, objective: Callable[[Floats], Floats]
    ) -> Floats:
        width = self.problem.limits.width
        parts: list[Floats] = [np.zeros(0)]
        for first in range(0, len(found), width):
            part = found[first : first + width]
            self._advance(i, now, depth, part)
            parts.append(objective(self.memory.probs[1 - now, : len(part)].copy()))
        return np.concatenate(parts)

    def _advance(self, i: int, now: int, depth: int, found: Records) -> None:
        self.memory.found[: len(found)] = found
        catalogue, _, limits, _ = self.problem
        _advance(i, now, len(found), depth, self.any_rise, limits, catalogue, self.memory)


def _best_of(found: Records, values: Floats, width: int) -> Ints:
    """Return the places of the best candidates, best first, one for each set of trainings."""
    order = np.lexsort(
        (found["key"], found["end"], found["hours"], -np.round(values, 9), -found["mandatory"])
    )
    _, first = np.unique(found["key"][order], return_index=True)
    return np.asarray(order[np.sort(first)][:width])


def _checked(objective: Value, officer: str) -> Callable[[Floats], Floats]:
    def value(probs: Floats) -> Floats:
        values = np.asarray(objective(probs, officer), np.float64)
        if values.shape != (len(probs),) or not np.isfinite(values).all():
            finding = Finding(
                "objective-values",
                f"the objective must give {len(probs)} finite numbers for {len(probs)} states, "
                f"not an array of shape {values.shape}",
                hint="return one number for each row of the beliefs",
            )
            raise ConfigError("planning", [finding])
        return values

    return value


@entry_point
def _begin(i, officers, limits, seats, catalogue, memory):
    prepare(i, officers, limits, seats, catalogue, memory)
    begin(i, 0, officers, limits, catalogue, memory)


@entry_point
def _list(i, now, size, officers, limits, seats, catalogue, memory, found):
    """List every training that may follow a node."""
    count = 0
    for node in range(size):
        for u in range(memory.best[0].usable):
            candidate = found[count]
            if memory.profit[now, node, u] < 0.0:
                continue
            fill_candidate(candidate, u, i, now, node, officers, memory)
            if candidate.hours > officers.budget[i, 0] or candidate.cost > officers.budget[i, 1]:
                continue
            t, day = candidate.training, memory.nodes[now, node].end
            free = seats[seat_of(-1, t, len(catalogue.trainings), seats)]
            if find_dates(
                candidate, catalogue.trainings[t], free, day, officers.region[i], seats,
                catalogue.sessions, limits.horizon,
            ):  # fmt: skip
                candidate.key = memory.nodes[now, node].key ^ mixed(np.uint64(t))
                count += 1
    return count


@entry_point
def _advance(i, now, count, depth, officers, limits, catalogue, memory):
    advance(i, now, count, depth, officers, limits, catalogue, memory)


@entry_point
def _replay(i, steps, officers, limits, catalogue, memory, out):
    fill_gaps(i, officers, catalogue, memory)
    replay(i, -1, steps, officers, limits, catalogue, memory, out)
