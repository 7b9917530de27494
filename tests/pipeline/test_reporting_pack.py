"""The report of the reference pack, from files to page."""

from __future__ import annotations

import pytest

import competency as cp
from competency.config import PipelineConfig, PlanningConfig
from competency.reporting import build_summary, render_report


@pytest.fixture(scope="module")
def found(pack, cohort):
    config = PipelineConfig(planning=PlanningConfig(hours=40.0))
    return cp.recommend(pack, cohort, as_of="2026-11-01", config=config)


def test_the_page_is_small_and_says_that_it_is_an_example(found, tmp_path):
    path = render_report(found.plan, tmp_path / "report.html", evidence=found.evidence)
    text = path.read_text("utf-8")
    assert path.stat().st_size < 1_000_000
    assert "Data contoh." in text
    assert "Rekomendasi, bukan keputusan" in text
    assert "Pengantar Kerja Ahli Muda" in text


def test_the_facts_agree_with_the_plan_they_were_made_from(found):
    summary = build_summary(found.plan, evidence=found.evidence)
    figures, calendar = summary.figures, summary.calendar
    assert figures.n_steps == len(found.plan)
    assert figures.gap_closed == pytest.approx(found.plan.value)
    assert figures.hours == pytest.approx(found.plan.to_frame()["hours"].sum())
    assert sum(month.used for month in calendar.months) == figures.seats_used
    assert figures.seats_used + calendar.n_undated == figures.n_steps
    assert sum(row.planned for row in summary.trainings) == figures.n_steps
    assert all(row.planned <= row.seats for row in summary.trainings if row.seats is not None)
    assert sum(c.count for c in figures.categories) == figures.n_matched
    holders = int((found.gaps.position[0] >= 0).sum())
    assert sum(row.n_officers for row in summary.match.rows) == holders


def test_the_gap_left_after_the_plan_is_the_gap_less_its_gains(found):
    for officer in build_summary(found.plan).officers:
        gains = sum(step.gain for step in officer.steps)
        assert officer.steps[-1].gap_left == pytest.approx(officer.gap_before - gains, abs=1e-4)
        assert all(officer.after[aim] <= officer.gap[aim] + 1e-6 for aim in officer.gap)


def test_gaps_before_and_after_explain_the_gains_of_the_planner(found):
    # Every requirement of the pack weighs 1; aims and unknown competencies weigh as configured.
    weights, unknown = PipelineConfig().ranking.aim_weights, PipelineConfig().ranking.unknown_weight
    for officer in build_summary(found.plan).officers:
        closed = sum(
            (1.0 if line.known else unknown) * weights[aim] * (line.gap[aim] - line.after[aim])
            for line in officer.lines
            for aim in line.gap
        )
        assert closed == pytest.approx(sum(step.gain for step in officer.steps), abs=1e-3)
