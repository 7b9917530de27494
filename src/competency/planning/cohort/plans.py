"""A year for all officers: seats are shared, and go where they close the most."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from competency.arrays import frozen
from competency.errors import Finding
from competency.planning.cohort.market import Market, rewards_of
from competency.planning.cohort.pricing import Pricer
from competency.planning.cohort.settled import settled_error, settled_steps
from competency.planning.infeasible import raise_if_infeasible
from competency.planning.objectives import OBJECTIVES
from competency.planning.officer.plans import label, limits, remarks, solve
from competency.planning.problem import build_problem
from competency.planning.proof import Proof

if TYPE_CHECKING:
    import pandas as pd

    from competency.arrays import Floats, Ints
    from competency.config import PlanningConfig
    from competency.effects import Transitions
    from competency.planning.cohort.assign import Shared
    from competency.planning.cohort.bundle_memory import Frozen
    from competency.planning.plan import Plan
    from competency.planning.problem import Problem, Records
    from competency.ranking.table import Ranking

Method = Literal["prices", "first come"]


def plan_cohort(
    ranking: Ranking,
    *,
    hours: float | None = None,
    config: PlanningConfig | None = None,
    transitions: Transitions | None = None,
    method: Method = "prices",
    settled: pd.DataFrame | None = None,
    strict: bool = False,
    workers: int | None = None,
) -> Plan:
    """Return a plan for all officers in which no session has more officers than seats.

    By prices, the sum of what officers' plans close is made as large as seats allow: seats get
    prices at which officers, each choosing its best bundle of trainings for itself, just fill
    them. Mandatory trainings come before everything, then ``config.floor_hours``, then the
    expected weighted gap closed. :attr:`Plan.proof` holds a value that no plan exceeds, the
    price of every seat, and for whom the search was exact.

    Parameters
    ----------
    ranking : Ranking
        Gives beliefs, worth, passed and mandatory trainings of all officers.
    hours : float, optional
        Budget of hours (JP) for each officer; default: that of `config`.
    config : PlanningConfig, optional
        The other limits. With an `objective` other than the gap officers are planned first come,
        and a finding reports it.
    transitions : Transitions, optional
        What trainings change; default: what the ranking took them to change.
    method : {"prices", "first come"}
        First come: officers one after another in the order of their ids, each with the best
        sequence that the seats left allow. What most offices do; it closes far less.
    settled : DataFrame, optional
        Steps that stay as they are (columns officer, training, session, start, end), for example
        seats already promised: rows of :meth:`Plan.to_frame`. Only by prices.
    strict : bool
        Raise where an officer alone could not take all mandatory trainings; by default trainings
        left out are findings. Seats that others take are no such reason.
    workers : int, optional
        Threads; default: one for each core. The plan does not depend on it.

    Returns
    -------
    Plan

    Raises
    ------
    InputError
        Steps in `settled` are not possible.
    PlanInfeasible
        With `strict`; it names the smallest sets of limits that clash and the officers concerned,
        and holds the plan of all that can be.

    Notes
    -----
    At 20 hours prices take some 20 s on two cores for 50,000 officers or more, because samples do
    not grow, and each officer 40 microseconds on top. Time grows fast with hours, because more
    trainings fit into one bundle.
    """
    config = limits(config, hours)
    plan = _plan(ranking, config, transitions, method=method, settled=settled, workers=workers)
    return raise_if_infeasible(plan) if strict else plan


def _plan(
    ranking: Ranking,
    config: PlanningConfig,
    transitions: Transitions | None,
    *,
    method: Method,
    settled: pd.DataFrame | None,
    workers: int | None,
) -> Plan:
    nothing = not ranking.gaps.levels.framework.trainings
    if nothing or method == "first come" or not OBJECTIVES[config.objective].priced:
        if settled is not None:
            raise settled_error(["only plans by prices, for the gap, keep settled steps"])
        plan = solve(ranking, config, shared_seats=True, transitions=transitions)
        return replace(plan, findings=plan.findings + _without_prices(config, method))
    transitions = transitions or ranking.transitions
    problem = build_problem(ranking, config, transitions)
    kept = settled_steps(ranking, settled)
    plan = plan_problem(ranking, config, transitions, problem=problem, kept=kept, workers=workers)
    if settled is None and not np.all(plan.proof.exact if plan.proof else True):
        plan = _better(plan, solve(ranking, config, shared_seats=True, transitions=transitions))
    return replace(plan, findings=plan.findings + floors_missed(plan))


def plan_problem(
    ranking: Ranking,
    config: PlanningConfig,
    transitions: Transitions,
    *,
    problem: Problem,
    kept: Frozen,
    workers: int | None = None,
) -> Plan:
    """Return the plan by prices of a problem, which may differ from that of the ranking.

    `problem` has its seats as they are before those of the settled steps `kept` are taken.
    """
    from competency.planning.cohort.assign import share_out
    from competency.planning.cohort.lottery import draw_lots

    rewards = rewards_of(problem, config)
    market = Market(problem, rewards, problem.seats.copy(), kept, config.region_floor)
    held = market.demand(kept.steps[:, None], np.ones(len(kept.steps), np.int64))
    market.seats[:] = np.maximum(market.seats - held, 0)
    pricer, lottery = Pricer(problem, kept, rewards, workers), None
    shared = share_out(pricer, market)
    if config.lottery_tolerance > 0:
        shared, lottery = draw_lots(
            shared, pricer, market, ranking=ranking, tolerance=config.lottery_tolerance,
            seed=config.lottery_seed,
        )  # fmt: skip
    taken = _taken(shared)
    findings = remarks(ranking, problem, taken, shared.seats)
    plan = label(ranking, config, transitions, method="prices", taken=taken, findings=findings)
    return replace(plan, proof=_proof(problem, market, shared, plan), lottery=lottery)


def _without_prices(config: PlanningConfig, method: Method) -> tuple[Finding, ...]:
    """Report that seats have prices for the gap only, where prices were asked for another aim."""
    if method != "prices" or OBJECTIVES[config.objective].priced:
        return ()
    message = f"plans for {config.objective!r} have no seat prices: officers were planned in turn"
    hint = 'set objective = "gap" to give seats to those who gain most from them'
    return (Finding("no-seat-prices", message, "warning", hint=hint),)


def _better(plan: Plan, first_come: Plan) -> Plan:
    """Return the better of two plans: where the search stops early, the other may be ahead."""

    def worth(one: Plan) -> tuple[int, float]:
        return int(one.ranking.mandatory[one.officer, one.training].sum()), one.value

    kept = plan.config.floor_hours or plan.config.region_floor or plan.lottery is not None
    if kept or worth(plan) >= worth(first_come) or not isinstance(plan.proof, Proof):
        return plan
    return replace(first_come, proof=replace(plan.proof, value=first_come.value))


def _taken(shared: Shared) -> tuple[Ints, Records]:
    """Return the officer row and the record of each step."""
    steps, plans = shared.bundles.kept["steps"][:, 0], shared.bundles.plans[:, 0]
    used = np.arange(plans.shape[1]) < steps[:, None]
    return np.nonzero(used)[0], plans[used]


def _proof(problem: Problem, market: Market, shared: Shared, plan: Plan) -> Proof:
    """Return the proof in weighted levels, without what mandatory trainings and the floor earn."""
    kept, plans = shared.bundles.kept[:, 0], shared.bundles.plans[:, 0]
    worth = market.value_of(plans, kept, np.arange(len(kept))).sum()
    return Proof(
        bound=shared.bound - (float(worth) - plan.value),
        value=plan.value,
        prices=frozen(shared.prices.slots),
        seats=frozen(problem.seats),
        taken=frozen(market.demand(plans, kept["steps"])),
        exact=frozen(shared.exact),
    )


def mean_hours(plan: Plan) -> tuple[list[str], Floats, float]:
    """Return regions, the mean hours of their officers, and that of all officers."""
    region = plan.ranking.gaps.levels.roster.region.astype(str)
    hours = np.bincount(plan.officer, plan.hours, minlength=len(region))
    names, code = np.unique(region, return_inverse=True)
    means = np.bincount(code, hours) / np.maximum(np.bincount(code), 1)
    return names.tolist(), means, float(hours.mean()) if len(hours) else 0.0


def floors_missed(plan: Plan) -> tuple[Finding, ...]:
    """Return findings on officers below the floor of hours, and of regions below theirs."""
    config = plan.config
    hours = np.bincount(plan.officer, plan.hours, minlength=len(plan.ranking))
    found = []
    below = int((hours < config.floor_hours - 1e-9).sum())
    if below:
        text = f"{below} officers get less than the floor of {config.floor_hours:g} hours"
        hint = "add seats or trainings that close their gaps, or raise the budget of hours"
        found.append(Finding("hours-below-floor", text, "note", hint=hint))
    names, means, overall = mean_hours(plan)
    least = config.region_floor * overall
    found += [
        Finding(
            "region-below-floor",
            f"officers of region {name!r} get {mean:.1f} hours on average, less than "
            f"{config.region_floor:.0%} of the mean {overall:.1f}",
            "note",
            hint="add sessions that officers of this region may attend",
        )
        for name, mean in zip(names, means, strict=True)
        if name and mean < least - 1e-9
    ]
    return tuple(found)
