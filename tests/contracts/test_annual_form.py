"""The annual plan form: its seven fields, sums that add up, and text that stays text."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import openpyxl
import pytest
from reporting_world import make_evidence, make_plan

from competency.reporting.annual_plan import annual_plan_form, unit_budget

FORMULAS = ("=2+5", "+1", "-1", "@SUM(A1)", "\t=1", "http://contoh.test")


def form(folder, plan=None, **more):
    plan = make_plan() if plan is None else plan
    book = openpyxl.load_workbook(annual_plan_form(plan, folder / "form.xlsx", **more))
    return [[list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book]


def without_units():
    """The same plan, officers 0 and 1 in one unit and the others in none."""
    plan = make_plan()
    levels = plan.ranking.gaps.levels
    unit = np.array(["Pusat", "Pusat", *[""] * 13], object)
    levels = replace(levels, roster=replace(levels.roster, unit=unit))
    gaps = replace(plan.ranking.gaps, levels=levels)
    return replace(plan, ranking=replace(plan.ranking, gaps=gaps))


def test_the_fields_are_those_of_the_regulation_in_their_order(tmp_path):
    rows, _ = form(tmp_path)
    assert rows[0][0] == "Rencana Pengembangan Kompetensi Tahunan"
    assert "1 Nov 2026 – 3 Feb 2027" in rows[1][0]
    words = ("kompetensi", "Pegawai", "jalur", "Penyelenggara", "Jadwal", "kurikulum", "Anggaran")
    assert len(rows[2]) == 7
    assert all(word in header for word, header in zip(words, rows[2], strict=True))
    assert rows[3] == [f"({number})" for number in range(1, 8)]


def test_rows_stand_under_their_unit_with_what_they_cost(tmp_path):
    rows, budget = form(tmp_path, without_units(), evidence=make_evidence())
    bands = [(row[0], row[6]) for row in rows[4:] if row[1] is None and row[6] is not None]
    assert bands == [("(tidak disebut)", 1_500_000), ("Pusat", 3_000_000), ("Jumlah", 4_500_000)]
    whom = [row[1] for row in rows[4:] if row[1]]
    assert [text.split(";")[0] for text in whom] == [
        "Nama 2 / 00002", "Nama 3 / 00003", "Nama 0 / 00000", "Nama 1 / 00001",
    ]  # fmt: skip
    assert sum(row[6] for row in rows[4:] if row[1]) == 4_500_000
    assert budget[1:] == [
        ["(tidak disebut)", 2, 2, 14, 1_500_000],
        ["Pusat", 2, 2, 20, 3_000_000],
        ["Jumlah", 4, 4, 34, 4_500_000],
    ]


def test_conformity_is_never_claimed(tmp_path):
    rows, _ = form(tmp_path, locale="en")
    said = {row[5] for row in rows[4:] if row[1]}
    assert said == {
        "To be confirmed by the supervising agency",
        "To be confirmed by the supervising agency; provider accredited: LAN, until 31 Jan 2027",
    }


@pytest.mark.parametrize("payload", FORMULAS)
def test_no_text_becomes_a_formula(tmp_path, payload):
    path = annual_plan_form(
        make_plan(payload), tmp_path / "f.xlsx", evidence=make_evidence(payload)
    )
    cells = [cell for sheet in openpyxl.load_workbook(path) for row in sheet for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]
    texts = [cell.value for cell in cells if cell.data_type == "s"]
    assert any(text.endswith(payload) for text in texts)


def test_a_plan_of_nobody_is_a_form_without_rows(tmp_path):
    plan = make_plan()
    none = {name: getattr(plan, name)[:0] for name in ("training", "session", "start", "end")}
    empty = replace(plan, pointer=np.zeros(16, np.int32), gain=plan.gain[:0], **none)
    rows, budget = form(tmp_path, empty)
    assert rows[4][0::6] == ["Jumlah", 0]
    assert budget[1:] == [["Jumlah", 0, 0, 0, 0]]
    assert list(unit_budget(empty)) == ["unit", "officers", "n_trainings", "hours", "budget"]


def test_the_same_inputs_give_the_same_bytes(tmp_path):
    a, b = (annual_plan_form(make_plan(), tmp_path / f"{name}.xlsx") for name in "ab")
    assert a.read_bytes() == b.read_bytes()
