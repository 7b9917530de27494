"""One cell at a time: every trap has its verdict, worked by hand."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from competency.evidence.cells import Fault, cells_of, constant_cells, convert, joined_cells
from competency.evidence.days import date_parser, is_day_format
from competency.evidence.numbers import number_parser
from competency.evidence.parse import id_parser, text_parser
from competency.tabular import CellError


def verdict(answer: object) -> object:
    return answer.code if isinstance(answer, Fault) else answer


@pytest.mark.parametrize(
    ("cell", "undeclared", "comma", "point"),
    [
        ("3", 3.0, 3.0, 3.0),
        ("3 ", 3.0, 3.0, 3.0),
        ("3,5", 3.5, 3.5, "other-decimal-mark"),
        ("3.5", 3.5, "other-decimal-mark", 3.5),
        (".5", 0.5, "other-decimal-mark", 0.5),
        ("1.234", "ambiguous-number", 1234.0, 1.234),
        ("1,234", "ambiguous-number", 1.234, 1234.0),
        ("0.125", 0.125, "other-decimal-mark", 0.125),
        ("1234.567", 1234.567, "other-decimal-mark", 1234.567),
        ("1.234,5", 1234.5, 1234.5, "other-decimal-mark"),
        ("1.234,567", 1234.567, 1234.567, "other-decimal-mark"),
        ("1,234.567", 1234.567, "other-decimal-mark", 1234.567),
        ("1.234.567", 1234567.0, 1234567.0, "other-decimal-mark"),
        ("1.23.456", "not-a-number", "not-a-number", "not-a-number"),
        ("-0.0", 0.0, "other-decimal-mark", 0.0),
        ("inf", "not-finite", "not-finite", "not-finite"),
        ("-inf", "not-finite", "not-finite", "not-finite"),
        ("NaN", "not-finite", "not-finite", "not-finite"),
        ("1e400", "not-a-number", "not-a-number", "not-a-number"),
        ("1_000", "not-a-number", "not-a-number", "not-a-number"),
        ("TRUE", "not-a-number", "not-a-number", "not-a-number"),
        ("３", "not-a-number", "not-a-number", "not-a-number"),
        ("lulus", "not-a-number", "not-a-number", "not-a-number"),
        ("85%", "not-a-number", "not-a-number", "not-a-number"),
        ("9" * 400, "not-finite", "not-finite", "not-finite"),
        (True, "not-a-number", "not-a-number", "not-a-number"),
        (3.5, 3.5, 3.5, 3.5),
        (math.inf, "not-finite", "not-finite", "not-finite"),
        (10**400, "not-finite", "not-finite", "not-finite"),
        (date(2025, 5, 3), "not-a-number", "not-a-number", "not-a-number"),
    ],
)
def test_a_number_is_read_only_where_it_can_be_read_in_one_way(
    cell: object, undeclared: object, comma: object, point: object
) -> None:
    parsers = [number_parser("value", decimal=mark) for mark in (None, ",", ".")]
    answers = [verdict(parse(cell)) for parse in parsers]
    assert answers == [undeclared, comma, point]
    assert not any(isinstance(a, float) and math.copysign(1, a) < 0 for a in answers)


@pytest.mark.parametrize(
    ("cell", "undeclared", "declared"),
    [
        ("2025-03-04", "2025-03-04", "2025-03-04"),
        ("2025-03-04 08:30:00", "2025-03-04", "2025-03-04"),
        ("03/04/2025", "ambiguous-date", "2025-04-03"),
        ("13/04/2025", "ambiguous-date", "2025-04-13"),
        ("04/13/2025", "ambiguous-date", "other-date-format"),
        ("31/02/2025", "no-such-day", "no-such-day"),
        ("2025-02-31", "no-such-day", "no-such-day"),
        ("2025-02-29", "no-such-day", "no-such-day"),
        ("2024-02-29", "2024-02-29", "2024-02-29"),
        ("0025-03-04", "year-out-of-range", "year-out-of-range"),
        ("4 Maret 2025", "not-a-date", "not-a-date"),
        ("45720", "not-a-date", "not-a-date"),
        ("０３/04/2025", "not-a-date", "not-a-date"),
        (45720, "not-a-date", "not-a-date"),
        (date(2025, 3, 4), "2025-03-04", "2025-03-04"),
        (pd.Timestamp("2025-03-04T23:59").to_pydatetime(), "2025-03-04", "2025-03-04"),
        (pd.Timestamp("2025-03-04T10:00+07:00"), "2025-03-04", "2025-03-04"),
    ],
)
def test_a_day_is_iso_or_in_the_declared_format(
    cell: object, undeclared: str, declared: str
) -> None:
    for parse, expected in (
        (date_parser("date", date_format=None), undeclared),
        (date_parser("date", date_format="%d/%m/%Y"), declared),
    ):
        answer = verdict(parse(cell))
        day = str(answer.astype("datetime64[D]")) if isinstance(answer, np.datetime64) else answer
        assert day == expected


def test_a_declared_format_that_looks_like_iso_wins() -> None:
    parse = date_parser("date", date_format="%Y-%d-%m")
    assert str(parse("2025-03-04"))[:10] == "2025-04-03"
    assert verdict(parse("2025-04-13")) == "other-date-format"
    assert not is_day_format("%H:%M")


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("198001012005011001", "198001012005011001"),
        ("007", "007"),
        ("NA", "NA"),
        ("None", "None"),
        ("null", "null"),
        ("nan", "nan"),
        ("siti@example.id", "siti@example.id"),
        (" 7", "outer-spaces"),
        ("7\u00a0", "outer-spaces"),
        ("7\x00", "control-character"),
        ("7\u200b8", "control-character"),
        ("1.98001E+17", "digits-lost"),
        ("1,98E+17", "digits-lost"),
        ("x" * 201, "too-long"),
        (7, "7"),
        (7.0, "7"),
        (999_999_999_999_999, "999999999999999"),
        (1_000_000_000_000_000, "digits-lost"),
        (1.98001012005011e17, "digits-lost"),
        (7.5, "not-an-id"),
        (-7, "not-an-id"),
        (True, "not-an-id"),
        (date(2025, 1, 1), "not-an-id"),
    ],
)
def test_an_id_is_never_repaired(cell: object, expected: str) -> None:
    assert verdict(id_parser("officer")(cell)) == expected


def test_labels_are_folded_in_space_and_form_only() -> None:
    parse = text_parser("unit")
    assert parse(" Cafe\u0301\u00a0 Utama ") == "Café Utama"
    assert parse("N/A") == "N/A"
    assert parse(7.0) == "7"
    assert verdict(parse(True)) == "not-text"
    assert verdict(parse("a\x00b")) == "control-character"


def test_equal_python_values_of_different_kind_stay_different_cells() -> None:
    cells = cells_of([1, True, 1.0, "1", None, math.nan, pd.NaT, pd.NA, "", [1], Decimal("2.50")])
    assert cells.distinct == (1, True, 1.0, "1", list, 2.5)
    assert [type(cell) for cell in cells.distinct[:3]] == [int, bool, float]
    assert cells.codes.tolist() == [0, 1, 2, 3, -1, -1, -1, -1, -1, 4, 5]


def test_an_error_cell_is_no_text() -> None:
    cells = cells_of([CellError("#N/A"), "#N/A"])
    parsed = convert(cells, text_parser("unit"), empty="")
    assert parsed.answers.tolist() == ["", "#N/A"]
    assert [fault.code for fault in parsed.faults] == ["cell-error"]


def test_joined_cells_keep_rows_and_blanks() -> None:
    joined = joined_cells([cells_of(["a", ""]), cells_of(["", "b"]), constant_cells("a", 1)])
    parsed = convert(joined, lambda cell: cell, empty="-")
    assert parsed.answers.tolist() == ["a", "-", "-", "b", "a"]
    assert len(joined_cells([])) == 0
