"""Say it: the facts of a plan as pages, a workbook and figures."""

from competency.reporting.annual_plan import annual_plan_form
from competency.reporting.calendars import plan_calendar, write_calendars
from competency.reporting.facts.model import Summary
from competency.reporting.figures import (
    plot_beliefs,
    plot_effects,
    plot_gap_heatmap,
    plot_transitions,
)
from competency.reporting.model_pages import render_effects, render_evaluation
from competency.reporting.page import page_of, render_officer, render_report
from competency.reporting.plan_figures import plot_plan
from competency.reporting.summary import build_summary
from competency.reporting.workbook import write_workbook

__all__ = [
    "Summary",
    "annual_plan_form",
    "build_summary",
    "page_of",
    "plan_calendar",
    "plot_beliefs",
    "plot_effects",
    "plot_gap_heatmap",
    "plot_plan",
    "plot_transitions",
    "render_effects",
    "render_evaluation",
    "render_officer",
    "render_report",
    "write_calendars",
    "write_workbook",
]
