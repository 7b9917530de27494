"""Psychometric diagnostics of a fitted level model: assessors, sources, reliability, next steps."""

from competency.levels.diagnostics.assessor_drift import assessor_drift
from competency.levels.diagnostics.assessor_report import assessor_report
from competency.levels.diagnostics.findings import fit_findings, level_findings
from competency.levels.diagnostics.information import information, source_report
from competency.levels.diagnostics.next_assessments import next_assessments
from competency.levels.diagnostics.plots import plot_assessors, plot_information, plot_source_curves
from competency.levels.diagnostics.reliability import reliability, standard_errors

__all__ = [
    "assessor_drift",
    "assessor_report",
    "fit_findings",
    "information",
    "level_findings",
    "next_assessments",
    "plot_assessors",
    "plot_information",
    "plot_source_curves",
    "reliability",
    "source_report",
    "standard_errors",
]
