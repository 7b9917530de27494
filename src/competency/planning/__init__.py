"""In what order, within what limits: sequences for officers, and seats for a cohort."""

from competency.planning.cohort import plan_cohort
from competency.planning.officer import plan_officer, plan_officers
from competency.planning.plan import Plan

__all__ = ["Plan", "plan_cohort", "plan_officer", "plan_officers"]
