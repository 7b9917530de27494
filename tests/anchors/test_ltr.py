"""LightGBM's own lists: tables that add up order no worse than its full trees."""

from __future__ import annotations

import pytest

from benchmarks import ranking

pytest.importorskip("lightgbm", reason="the extra 'train' is not installed")


def test_additive_tables_order_no_worse_than_full_trees(outside_data):
    outside_data("ltr")
    rows = ranking.order_rows(seeds=1)
    assert [row.met for row in rows] == [True, True]
    assert min(row.peer for row in rows) > 0.7  # the peers did their work
