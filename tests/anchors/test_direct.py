"""DIRECT: another organisation's framework, from its tables to plans."""

from __future__ import annotations

import json

import pytest

from benchmarks import direct
from benchmarks._rows import Row


def test_direct_becomes_a_framework(outside_data):
    framework = direct.direct_framework(outside_data("frameworks/direct"))
    assert [row.level for row in framework.levels] == [1, 2, 3, 4]
    assert len(framework.competencies) == 20 + 164
    assert len(framework.positions) == 7
    assert len(framework.requirements) == 164
    assert len(framework.trainings) == 207
    assert len(framework.providers) == 61
    # counted in the published table: 151 links between skills and learning resources
    assert len(framework.develops) == 151
    parents = {row.id for row in framework.competencies if not row.parent}
    assert {row.parent for row in framework.competencies if row.parent} == parents


def test_direct_runs_from_end_to_end(outside_data, tmp_path):
    outside_data("frameworks/direct")
    arguments = ["--quick", "--out", str(tmp_path / "out"), "--json", str(tmp_path / "rows.json")]
    assert direct.main(arguments) == 0
    rows = {
        row["name"]: row["ours"]
        for row in json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))
    }
    assert rows["rows rejected"] == 0
    assert rows["officers"] == 60
    assert rows["steps planned"] > 0
    # 99 skills have no learning resource, and 72 resources belong to no skill
    assert rows["findings of the check"] == 99 + 72


def test_rows_compare_with_peer_and_goal():
    row = Row("roles", 3.0, peer=1.5, goal=2.9)
    assert row.ratio == pytest.approx(2.0)
    assert row.met is True
    assert Row("seconds", 0.2, goal=0.1, smaller_is_better=True).met is False
    assert Row("roles", 0.36538, goal=0.3654).met is True  # to four decimals
    assert Row("alone", 1.0).ratio is None
    assert Row("alone", 1.0).met is None
