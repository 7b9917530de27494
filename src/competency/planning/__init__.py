"""In what order, within what limits: sequences for officers, and seats for a cohort."""

from competency.planning.changes.replan import Replanned, replan
from competency.planning.changes.what_if import what_if
from competency.planning.cohort.cohorts import plan_cohort
from competency.planning.cohort.proof import Proof, seat_prices
from competency.planning.infeasible import Clash, find_clashes
from competency.planning.officer.officers import plan_officer, plan_officers
from competency.planning.officer.proof import OfficerProof
from competency.planning.plan import Plan

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
