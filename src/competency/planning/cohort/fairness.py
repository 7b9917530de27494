"""What comes before gaps: duties, the entitlement to hours, and no region left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import Floats
from competency.errors import Finding
from competency.gaps.score import weighted_gap
from competency.planning.cohort.pricing import Rewards

if TYPE_CHECKING:
    from competency.config import PlanningConfig
    from competency.planning.plan import Plan
    from competency.planning.problem import Problem


def rewards_of(problem: Problem, config: PlanningConfig) -> Rewards:
    """Return rewards so high that mandatory trainings come first, then hours, and then gaps.

    An hour up to the floor earns more than the largest gap that any one officer could close; a
    mandatory training earns more than that and all hours up to the floor.
    """
    probs, worth = problem.officers.probs, problem.officers.worth
    survival = np.cumsum(probs[..., ::-1], axis=-1)[..., ::-1]
    open_gap = (weighted_gap(worth, survival) * problem.officers.most).sum(-1)
    most = 1.0 + float(np.ceil(open_gap.max(initial=0.0)))
    floor_reward = most if config.floor_hours else 0.0
    return Rewards(most + floor_reward * config.floor_hours, config.floor_hours, floor_reward)


def mean_hours(plan: Plan) -> tuple[list[str], Floats, float]:
    """Return regions, the mean hours of their officers, and that of all officers."""
    region = plan.ranking.gaps.levels.roster.region.astype(str)
    hours = np.bincount(plan.officer, plan.hours, minlength=len(region))
    names, code = np.unique(region, return_inverse=True)
    means = np.bincount(code, hours) / np.maximum(np.bincount(code), 1)
    return names.tolist(), means, float(hours.mean()) if len(hours) else 0.0


def floors_missed(plan: Plan) -> tuple[Finding, ...]:
    """Return what to say of officers below the floor of hours, and of regions below theirs."""
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
