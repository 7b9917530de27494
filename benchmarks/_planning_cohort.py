"""Cohort plans: value, proven gap, seconds and memory, beside what an office could do instead.

The peers get the same officers, sessions and seats: officers first come, first served; the pairs
of officer and training with the most gap closed per hour first; and HiGHS on the programme that
sums what each training closes alone (it cannot see that trainings overlap; what its answer
really closes is counted afterwards).
"""

from __future__ import annotations

import resource
import sys
import time
from importlib import import_module
from typing import Any

import numpy as np
from scipy import sparse as sp
from scipy.optimize import Bounds, LinearConstraint, milp

from benchmarks._rows import REPOSITORY, Row, Size
from competency.arrays import Floats, Ints
from competency.config import PlanningConfig
from competency.effects import catalogue_transitions
from competency.evidence import evidence_from_tables
from competency.framework import load_framework
from competency.gaps import score_gaps
from competency.levels import load_level_model
from competency.packs import model_path, pack_path
from competency.planning import Plan, Proof, plan_cohort
from competency.planning.cohort.assign import Shared, serve_all, share_out
from competency.planning.cohort.bundle_memory import nothing_frozen
from competency.planning.cohort.market import Market, rewards_of
from competency.planning.cohort.pricing import Pricer
from competency.planning.problem import Problem, build_problem
from competency.ranking import PriorRanker, Ranking
from competency.simulate import simulate_cohort

LARGE = 100_000
AS_OF, HOURS = "2026-11-01", 20.0
PACK, PART, NATION = 1_162, 10_000, 4_700_000
GAP, SECONDS, LARGE_SECONDS, MEGABYTES, NATION_SECONDS = 1e-3, 2.0, 60.0, 4_000.0, 300.0
"""Goals: proven gap; seconds for the pack and for 100,000; memory; prices and pass of a nation."""
MILP_SECONDS = 60.0


def ranking_of(n_officers: int, seed: int) -> Ranking:
    """Return the ranking of synthetic officers by the pack's own level model."""
    framework = load_framework(pack_path())
    drawn = simulate_cohort(framework, n_officers=n_officers, rng=seed)
    names = ("officers", "assessments", "certificates", "history")
    tables = {name: getattr(drawn, name) for name in names}
    evidence = evidence_from_tables(tables, framework=framework)
    levels = load_level_model(model_path(), framework=framework).predict(evidence, as_of=AS_OF)
    return PriorRanker().rank(score_gaps(levels, framework), history=evidence.history)


def problem_of(n_officers: int) -> Problem:
    """Return a planning problem of many officers, with seats in the proportion of the pack."""
    parts = []
    for first in range(0, n_officers, PART):
        ranking = ranking_of(min(PART, n_officers - first), 1 + first)
        transitions = catalogue_transitions(ranking.gaps.levels.framework)
        parts.append(build_problem(ranking, PlanningConfig(hours=HOURS), transitions))
    fields = zip(*(part.officers for part in parts), strict=True)
    officers = type(parts[0].officers)(*(np.concatenate(field) for field in fields))
    return scaled(parts[0]._replace(officers=officers), n_officers / PACK)


def scaled(problem: Problem, factor: float) -> Problem:
    """Return the problem with the limited seats times `factor`."""
    seats = problem.seats.copy()
    limited = seats < NATION
    seats[limited] = np.round(seats[limited] * factor).astype(np.int64)
    return problem._replace(seats=seats)


def repeated(problem: Problem, times: int) -> Problem:
    """Return the problem with every officer `times`, and as many more seats."""
    officers = type(problem.officers)(
        *(np.concatenate([field] * times) for field in problem.officers)
    )
    return scaled(problem._replace(officers=officers), times)


def market_of(problem: Problem) -> tuple[Pricer, Market]:
    """Return what finds bundles, and the seats that officers share."""
    config = PlanningConfig(hours=HOURS)
    settled = nothing_frozen(len(problem.officers.probs))
    rewards = rewards_of(problem, config)
    market = Market(problem, rewards, problem.seats.copy(), settled)
    return Pricer(problem, settled, rewards), market


def shared(problem: Problem) -> tuple[Shared, float, float]:
    """Return seats for everyone, the proven gap (of gaps closed alone) and the seconds."""
    pricer, market = market_of(problem)
    start = time.perf_counter()
    found = share_out(pricer, market)
    seconds = time.perf_counter() - start
    kept, plans = found.bundles.kept[:, 0], found.bundles.plans[:, 0]
    worth = market.value_of(plans, kept, np.arange(len(kept))).sum()
    used = np.arange(plans.shape[1]) < kept["steps"][:, None]
    short = max(found.bound - worth, 0.0)
    return found, short / (plans["gain"][used].sum() + short), seconds


def pairs_of(ranking: Ranking) -> tuple[Ints, Ints, Ints]:
    """Return officer, training and slot of each way in which an officer may begin a training."""
    index = ranking.gaps.levels.framework.index
    officer, training = np.nonzero(ranking.eligible)
    problem = build_problem(
        ranking,
        PlanningConfig(hours=HOURS),
        catalogue_transitions(ranking.gaps.levels.framework),
    )
    sessions, region = problem.catalogue.sessions, problem.officers.region
    places: list[tuple[Ints, Ints, Ints]] = []
    for t in np.unique(training):
        here = officer[training == t]
        row = problem.catalogue.trainings[t]
        if not row["dated"]:
            slot = np.full(len(here), len(index.session_ids) + t)
            places.append((here, np.full(len(here), t), slot))
        for session in sessions[row["first_session"] : row["last_session"]]:
            who = here[(session["region"] < 0) | (session["region"] == region[here])]
            places.append((who, np.full(len(who), t), np.full(len(who), session["number"])))
    joined = [np.concatenate(part) for part in zip(*places, strict=True)]
    return joined[0], joined[1], joined[2]


def really_closed(ranking: Ranking, officer: Ints, training: Ints) -> float:
    """Return what trainings close when each finds the levels that the one before has left."""
    levels = ranking.gaps.levels
    moves = catalogue_transitions(levels.framework)
    develops = levels.framework.index.develops
    probs, total = levels.probs.astype(float).copy(), 0.0
    for i, t in zip(officer, training, strict=True):
        for d in np.flatnonzero(develops.training == t):
            c = develops.competency[d]
            after = probs[i, c] @ moves.matrix[d]
            rise = np.cumsum((after - probs[i, c])[::-1])[::-1]
            total += float(rise[1:] @ ranking.worth[i, c, 1:])
            probs[i, c] = after
    return total


def greedy(ranking: Ranking) -> float:
    """Return what the pairs of most gap closed per hour, taken one after another, close."""
    hours = ranking.gaps.levels.framework.index.trainings.hours
    officer, training, slot = pairs_of(ranking)
    value = ranking.value[officer, training]
    order = np.argsort(-np.round(value / hours[training], 9), kind="stable")
    left, seats, taken = np.full(len(ranking), HOURS), seats_of(ranking), set()
    chosen = []
    for x in order:
        i, t = int(officer[x]), int(training[x])
        if hours[t] <= left[i] and seats[slot[x]] > 0 and (i, t) not in taken:
            left[i] -= hours[t]
            seats[slot[x]] -= 1
            taken.add((i, t))
            chosen.append(x)
    return really_closed(ranking, officer[chosen], training[chosen])


def seats_of(ranking: Ranking) -> Ints:
    """Return a copy of the seats by slot."""
    index = ranking.gaps.levels.framework.index
    return np.concatenate([index.sessions.seats, index.trainings.yearly_seats]).astype(np.int64)


def highs(ranking: Ranking) -> tuple[float, float]:
    """Return what HiGHS' answer to the additive programme really closes, and its seconds."""
    index = ranking.gaps.levels.framework.index
    officer, training, slot = pairs_of(ranking)
    column = np.arange(len(officer))
    n_pairs, n_trainings = len(officer), len(index.training_ids)

    def rows(of: Ints, value: Floats, limit: Floats) -> LinearConstraint:
        table = sp.csr_array((value, (of, column)), (len(limit), n_pairs))
        return LinearConstraint(table, ub=limit)

    ones = np.ones(n_pairs)
    limits = [
        rows(officer, index.trainings.hours[training], np.full(len(ranking), HOURS)),
        rows(slot, ones, seats_of(ranking).astype(float)),
        rows(officer * n_trainings + training, ones, np.ones(len(ranking) * n_trainings)),
    ]
    start = time.perf_counter()
    found: Any = milp(
        -ranking.value[officer, training].astype(float),
        integrality=np.ones(n_pairs, np.int64),
        bounds=Bounds(0, 1),
        constraints=limits,
        options={"time_limit": MILP_SECONDS, "mip_rel_gap": 1e-3},
    )
    seconds = time.perf_counter() - start
    chosen = np.flatnonzero(found.x > 0.5)
    return really_closed(ranking, officer[chosen], training[chosen]), seconds


def pack_rows(n_officers: int = PACK) -> list[Row]:
    """Return the rows of as many officers as the pack has."""
    ranking = ranking_of(n_officers, 0)
    plan_cohort(ranking.take(np.arange(20)), hours=HOURS)  # compiles
    start = time.perf_counter()
    plan: Plan = plan_cohort(ranking, hours=HOURS)
    seconds = time.perf_counter() - start
    first = plan_cohort(ranking, hours=HOURS, method="first come")
    solved, milp_seconds = highs(ranking)
    assert isinstance(plan.proof, Proof)
    name = f"cohort of {n_officers:,}"
    return [
        Row(f"{name}, levels closed, peer first come", plan.value, first.value, 1.0),
        Row(f"{name}, levels closed, peer greedy per hour", plan.value, greedy(ranking)),
        Row(f"{name}, levels closed, peer HiGHS without overlap", plan.value, solved),
        Row(f"{name}, proven gap", plan.proof.gap, None, GAP, smaller_is_better=True),
        Row(f"{name}, seconds, peer HiGHS", seconds, milp_seconds, SECONDS, smaller_is_better=True),
        Row(f"{name}, officers searched exactly", plan.proof.exact.mean(), None, 1.0),
    ]


def large_rows(problem: Problem, goal: float | None) -> list[Row]:
    """Return the rows of a large cohort."""
    n_officers = len(problem.officers.probs)
    found, gap, seconds = shared(problem)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    name = f"cohort of {n_officers:,}"
    return [
        Row(f"{name}, proven gap", gap, None, GAP, smaller_is_better=True),
        Row(f"{name}, seconds", seconds, None, goal, smaller_is_better=True),
        Row(f"{name}, peak MB so far", peak, None, MEGABYTES, smaller_is_better=True),
        Row(f"{name}, officers searched exactly", found.exact.mean(), None, 1.0),
    ]


def nation_row(small: Problem, large: Problem) -> Row:
    """Return the seconds of prices and pass for a nation, on the line through two cohorts.

    Prices are those of samples, whose size does not grow: only the pass is proportional.
    """
    sizes, seconds = [], []
    for problem in (small, large):
        pricer, market = market_of(problem)
        start = time.perf_counter()
        serve_all(pricer, market)
        seconds.append(time.perf_counter() - start)
        sizes.append(len(problem.officers.probs))
    each = (seconds[1] - seconds[0]) / (sizes[1] - sizes[0])
    nation = seconds[1] + each * (NATION - sizes[1])
    name = f"{NATION:,} on the line of {sizes[0]:,} and {sizes[1]:,}, seconds of prices and pass"
    return Row(name, nation, None, NATION_SECONDS, smaller_is_better=True)


def violations(n_worlds: int) -> Row:
    """Return how many plans of generated cohorts break a rule; the checker is that of the tests."""
    sys.path.insert(0, str(REPOSITORY / "tests" / "support"))
    cohort_world, feasibility = (import_module(name) for name in ("cohort_world", "feasibility"))
    broken = 0
    for seed in range(n_worlds):
        ranking, passed = cohort_world.random_cohort(seed)
        plan = plan_cohort(ranking, config=PlanningConfig(hours=28.0, cost=8.0))
        broken += bool(feasibility.infeasible(plan, passed=passed))
    name = f"plans of {n_worlds:,} generated cohorts that break a rule"
    return Row(name, broken, None, 0.0, smaller_is_better=True)


def rows(size: Size) -> list[Row]:
    """Return the rows of cohort plans; quick: 5,000 officers instead of 100,000 and 400,000."""
    if size == "smallest":
        small = problem_of(30)
        found = [*pack_rows(30), violations(1), *large_rows(small, None)]
        return [*found, nation_row(small, repeated(small, 2))]
    if size == "quick":
        return [*pack_rows(), violations(100), *large_rows(problem_of(5_000), None)]
    large = problem_of(LARGE)
    found = [*pack_rows(), violations(1_000), *large_rows(large, LARGE_SECONDS)]
    larger = repeated(large, 4)
    return [*found, *large_rows(larger, None), nation_row(large, larger)]
