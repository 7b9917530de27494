"""In what order, within what limits: sequences for officers, and seats for a cohort."""

from competency.planning.cohort import plan_cohort
from competency.planning.infeasible import Clash, find_clashes
from competency.planning.officer import plan_officer, plan_officers
from competency.planning.plan import Plan
from competency.planning.proof import Proof

__all__ = [
    "Clash",
    "Plan",
    "Proof",
    "find_clashes",
    "plan_cohort",
    "plan_officer",
    "plan_officers",
]
