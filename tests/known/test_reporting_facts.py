"""Facts of a report whose world is small enough to count on one's fingers."""

from __future__ import annotations

import json
from datetime import date

import numpy as np
import pytest
from reporting_world import AS_OF, make_evidence, make_plan

from competency.errors import InputError
from competency.reporting import build_summary
from competency.reporting.facts.cohort import hidden_cells


@pytest.fixture(scope="module")
def facts():
    return build_summary(make_plan(), evidence=make_evidence())


def cells(row, heat):
    return {label.id: cell for label, cell in zip(heat.competencies, row.cells, strict=True)}


def test_heading_says_what_and_that_it_is_an_example(facts):
    heading = facts.heading
    assert (heading.n_officers, heading.n_competencies, heading.n_trainings) == (15, 3, 3)
    assert heading.as_of == AS_OF
    assert heading.horizon_end == date(2027, 11, 1)
    assert heading.synthetic
    assert not build_summary(make_plan(status="regulation")).heading.synthetic


def test_requirements_met_leave_the_unknown_apart(facts):
    # 14 holders x 3 requirements; one never assessed. T1 is met by officers 2, 5, 8 and 11,
    # M1 by 13 assessed, S1 by 14.
    assert facts.figures.n_requirements == 42
    assert facts.figures.unknown_share == pytest.approx(1 / 42)
    assert facts.figures.met_share == pytest.approx((4 + 13 + 14) / 41, abs=1e-6)


def test_hours_seats_and_reasons_add_up(facts):
    figures = facts.figures
    assert (figures.hours, figures.n_planned, figures.n_steps) == (34.0, 4, 4)
    assert figures.hours_each == 8.5
    # The session of 2028 lies beyond the horizon.
    assert (figures.seats_used, figures.seats_offered) == (3, 4)
    without = {item.reason: item.count for item in figures.without}
    assert sum(without.values()) == 15 - 4
    assert without["no_position"] == 1
    assert figures.gap_closed == pytest.approx(2.65)


def test_means_of_groups_count_assessed_officers_only(facts):
    heat = facts.heat
    # Each unit has one officer, so the map shows regions.
    assert heat.by == "region"
    rows = {row.name: row for row in heat.rows}
    # Utara: officers 0 to 6 with T1 at 0, 1, 2, 0, 1, 2, 0 of 2; officer 14 is asked for nothing.
    assert rows["Utara"].n_officers == 8
    assert cells(rows["Utara"], heat)["T1"].mean == pytest.approx(8 / 7)
    assert cells(rows["Utara"], heat)["M1"].unknown_share == pytest.approx(1 / 7, abs=1e-4)
    # Selatan has 4 officers, Timur 3: both are hidden, and neither follows from the total.
    assert [rows[name].n_officers for name in ("Selatan", "Timur")] == [None, None]
    assert not any(cell.shown for name in ("Selatan", "Timur") for cell in rows[name].cells)
    assert heat.widest[0] == "Utara"
    everyone = cells(heat.overall, heat)
    # Gaps of T1: five officers at level 0, five at 1, four at 2; required 2.
    assert everyone["T1"].mean == pytest.approx((5 * 2 + 5 * 1) / 14)
    assert (everyone["M1"].n_known, everyone["M1"].n_unknown) == (13, 1)
    assert everyone["M1"].mean == 0.0


def test_categories_and_match(facts):
    # M1 and S1 are held at the level asked, T1 does not belong to the official match.
    assert facts.figures.match_mean == pytest.approx(1.0)
    assert [(c.label.id, c.count) for c in facts.figures.categories] == [("MS", 14), ("KMS", 0)]
    assert facts.match.official
    [row] = facts.match.rows
    assert (row.position.id, row.n_officers) == ("P1", 14)


def test_coverage_tells_seats_from_no_instrument(facts):
    found = {
        (row.competency.id, cell.level): cell for row in facts.coverage.rows for cell in row.cells
    }
    assert found["T1", 2].need == pytest.approx(10)
    assert found["T1", 2].seats == 4
    assert found["M1", 2].unlimited
    assert found["S1", 1].n_trainings == 0
    assert not found["S1", 3].asked
    assert facts.coverage.n_missing == 2  # S1 at 1 and M1 at 1


def test_trainings_know_their_supply(facts):
    rows = {row.training.id: row for row in facts.trainings}
    assert [row.training.id for row in facts.trainings[:2]] == ["K", "C"]
    assert (rows["K"].planned, rows["K"].seats, rows["K"].fill) == (3, 4, 0.75)
    assert rows["C"].open
    assert rows["C"].seats is None
    assert not rows["N"].open
    assert rows["N"].n_sessions == 0


def test_the_calendar_holds_each_session_once(facts):
    months = {month.first: month for month in facts.calendar.months}
    assert months[date(2027, 2, 1)].used == 3
    assert months[date(2027, 2, 1)].seats == 4
    assert sum(len(month.sessions) for month in facts.calendar.months) == 1
    assert facts.calendar.n_undated == 1


def test_an_officer_before_and_after(facts):
    first = facts.officers[0]
    assert first.id == "00000"
    lines = {line.competency.id: line for line in first.lines}
    # K lifts T1 from 0 to 2 with probability 1/2: the gap of 2 becomes 1, that of 3 becomes 2.
    assert lines["T1"].gap == {"held": 2.0, "next": 3.0}
    assert lines["T1"].after == {"held": 1.0, "next": 2.0}
    assert not lines["M1"].known
    assert (first.n_required, first.n_unknown) == (3, 1)
    # Totals leave out M1, which was never assessed.
    assert first.gap == {"held": 2.0, "next": 3.0}
    assert first.steps[0].gap_left == pytest.approx(first.gap_before - 1.0)
    assert set(first.steps[0].reasons) == {"id", "en"}


def test_the_sample_is_those_whose_plans_close_most(facts):
    assert [officer.id for officer in facts.officers] == ["00000", "00003", "00001", "00002"]
    chosen = build_summary(make_plan(), officers=["00009", "00014"]).officers
    assert [officer.without for officer in chosen] == ["no_room", "no_position"]


def test_one_officer_alone_reads_as_in_the_cohort(facts):
    alone = build_summary(make_plan().take(np.array([0])), officers=["00000"])
    assert alone.officers[0] == facts.officers[0]


def test_rows_read_are_rows_kept_and_rejected(facts):
    counts = {row.table: (row.read, row.kept, row.rejected) for row in facts.quality.files}
    assert counts["officers"] == (15, 15, 0)
    assert counts["table"] == (1, 0, 1)
    # The same finding of plan and evidence is one finding.
    assert [group.count for group in facts.quality.findings] == [1]


def test_an_unknown_officer_is_refused_without_being_named():
    with pytest.raises(InputError) as caught:
        build_summary(make_plan(), officers=["00001", "Budi Santoso"])
    assert "number 2" in str(caught.value)
    assert "Budi" not in str(caught.value)


def test_a_summary_is_json_and_the_same_twice(facts):
    text = json.dumps(facts.to_dict(), allow_nan=False)
    again = build_summary(make_plan(), evidence=make_evidence())
    assert text == json.dumps(again.to_dict(), allow_nan=False)


def test_no_hidden_cell_follows_from_the_total():
    rng = np.random.default_rng(0)
    for _ in range(200):
        counts = rng.integers(0, 12, (6, 4))
        hidden = hidden_cells(counts, 5)
        assert hidden[(counts > 0) & (counts < 5)].all()
        for column in range(4):
            inside = hidden[:, column]
            if inside.any() and counts[:, column].sum() >= 5 and (counts[:, column] > 0).sum() > 1:
                assert inside.sum() >= 2
                assert counts[inside, column].sum() >= 5
