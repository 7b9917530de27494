"""In what order, within what limits: sequences for officers, and seats for a cohort."""

from competency.planning.cohort import plan_cohort
from competency.planning.infeasible import Clash, find_clashes
from competency.planning.officer import plan_officer, plan_officers
from competency.planning.officer_proof import OfficerProof
from competency.planning.plan import Plan
from competency.planning.proof import Proof, seat_prices
from competency.planning.replan import Replanned, replan
from competency.planning.what_if import what_if

__all__ = [
    "Clash",
    "OfficerProof",
    "Plan",
    "Proof",
    "Replanned",
    "find_clashes",
    "plan_cohort",
    "plan_officer",
    "plan_officers",
    "replan",
    "seat_prices",
    "what_if",
]
