"""The exact optimum of one officer's plan by two solvers of others: HiGHS and CP-SAT.

CP-SAT (of the package ortools) is used where it is installed; it is no dependency. Both get the
best value known as a lower bound, so that their time is that of a proof.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks._planning_officer import HOURS, STEPS, World

if TYPE_CHECKING:
    from collections.abc import Callable


SECONDS = 60.0
"""Longest that one solver may take for one officer."""
UNIT = 10**6
"""Integers that a weighted level becomes for CP-SAT."""


def cells(world: World, officer: int) -> list[tuple[int, int]]:
    """Return the levels that can be closed, as (competency, level)."""
    start, required = world.levels[officer], world.required[officer]
    return [(c, k) for c in range(len(start)) for k in range(start[c] + 1, required[c] + 1)]


def openers(world: World, officer: int, training: int) -> list[list[int]]:
    """Return, for each thing a training waits for, the trainings that could bring it."""
    rows = world.rows(training)
    gates = [[int(world.after[training])]] if world.after[training] >= 0 else []
    for c, entry in zip(world.competency[rows], world.entry[rows], strict=True):
        if entry > world.levels[officer, c]:
            can = (world.competency == c) & (world.target >= entry) & (world.owner != training)
            gates.append(world.owner[can].tolist())
    return gates


def highs(world: World, officer: int, known: float) -> float:  # noqa: ARG001
    """Return the best value that HiGHS finds within `SECONDS`.

    A training is taken in one of `STEPS` layers, and what it waits for in an earlier one.
    """
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    closed, size = cells(world, officer), len(world.hours)
    worth = np.array([0.0] * size * STEPS + [world.weight[officer, c] for c, _ in closed])
    rows: list[dict[int, float]] = [
        {t * STEPS + s: world.hours[t] for t in range(size) for s in range(STEPS)},
        dict.fromkeys(range(size * STEPS), 1.0),
    ]
    limits = [HOURS, float(STEPS)]
    for t in range(size):
        rows.append(dict.fromkeys(range(t * STEPS, (t + 1) * STEPS), 1.0))
        limits.append(1.0)
        for gate in openers(world, officer, t):
            for s in range(STEPS):
                earlier = {other * STEPS + e: -1.0 for other in gate for e in range(s)}
                rows.append(earlier | {t * STEPS + s: 1.0})
                limits.append(0.0)
    for number, (c, k) in enumerate(closed):
        can = world.owner[(world.competency == c) & (world.target >= k)].tolist()
        row = {t * STEPS + s: -1.0 for t in can for s in range(STEPS)}
        rows.append(row | {size * STEPS + number: 1.0})
        limits.append(0.0)
    at = [(r, column, value) for r, row in enumerate(rows) for column, value in row.items()]
    row_of, column_of, value_of = (np.array(x) for x in zip(*at, strict=True))
    matrix = csr_array((value_of, (row_of, column_of)), shape=(len(rows), len(worth)))
    answer = milp(
        -worth,
        constraints=LinearConstraint(matrix, -np.inf, limits),
        integrality=np.r_[np.ones(size * STEPS), np.zeros(len(closed))],
        bounds=Bounds(0, 1),
        options={"time_limit": SECONDS},
    )
    return 0.0 if answer.x is None else float(-answer.fun)


def cp_sat(world: World, officer: int, known: float) -> float:
    """Return the optimum by CP-SAT on one thread."""
    from ortools.sat.python import cp_model

    model: Any = cp_model.CpModel()
    size = len(world.hours)
    taken = [model.new_bool_var("") for _ in range(size)]
    place = [model.new_int_var(0, STEPS - 1, "") for _ in range(size)]
    for t in range(size):
        for gate in openers(world, officer, t):
            before = []
            for other in gate:
                used = model.new_bool_var("")
                model.add_implication(used, taken[other])
                model.add(place[other] + 1 <= place[t]).only_enforce_if(used)
                before.append(used)
            model.add_bool_or([*before, taken[t].negated()])
    worth = []
    for c, k in cells(world, officer):
        closed = model.new_bool_var("")
        can = world.owner[(world.competency == c) & (world.target >= k)].tolist()
        model.add_bool_or([*(taken[t] for t in can), closed.negated()])
        worth.append(round(world.weight[officer, c] * UNIT) * closed)
    model.add(sum(int(h) * x for h, x in zip(world.hours, taken, strict=True)) <= int(HOURS))
    model.add(sum(taken) <= STEPS)
    model.add(sum(worth) >= int(known * UNIT) - len(worth))
    model.maximize(sum(worth))
    solver: Any = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = SECONDS
    solver.solve(model)
    return float(solver.objective_value) / UNIT


PEERS: dict[str, tuple[str, Callable[[World, int, float], float]]] = {
    "CP-SAT": ("ortools", cp_sat),
    "HiGHS": ("scipy", highs),
}
"""Module and function of each solver."""
