"""In what order, within what limits: sequences for officers, and seats for a cohort."""

from competency.planning.changes.replan import Replanned, replan
from competency.planning.changes.what_if import what_if
from competency.planning.cohort.plans import plan_cohort
from competency.planning.infeasible import Clash, find_clashes
from competency.planning.officer.plans import plan_officer, plan_officers
from competency.planning.plan import Plan
from competency.planning.proof import OfficerProof, Proof, seat_prices

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
