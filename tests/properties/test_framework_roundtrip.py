"""Whatever a framework says, files give it back; its version knows content, not order."""

from __future__ import annotations

import csv
import io
import tempfile
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from hypothesis import given, settings, strategies as st

from competency.errors import CompetencyError
from competency.framework import (
    TABLES,
    Framework,
    Row,
    check_framework,
    framework_version,
    load_framework,
    save_framework,
)
from competency.framework.cells import Column, columns_of
from competency.framework.cycles import short_cycles
from competency.framework.references import REFERENCES
from competency.framework.workbook import fits_workbook
from competency.tabular import read_csv_rows, read_workbook

NASTY = st.sampled_from(
    ["007", "NA", "=1+1", "None", " x ", "'x", '"', "a\nb", "a\r\nb", "\r", "_x000D_", "é", "1,5"]
)
LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXT = (NASTY | st.text(LETTERS, min_size=1, max_size=12)).filter(fits_workbook)
IDS = ("a", "b", "c-1", "007", "=x")
DATES = st.dates(date(1, 1, 1), date(9999, 12, 31))
RANKS = st.integers(1, 3)
NUMBERS = st.floats(0, 1e12) | st.sampled_from([0.1 + 0.2, 1 / 3, 5e-324, 1e300])


def value_of(column: Column, table: str) -> st.SearchStrategy[Any]:
    targets = {name: target for owner, name, target in REFERENCES if owner == table}
    if column.name in targets:
        return st.just("main") if targets[column.name] == "levels" else st.sampled_from(IDS)
    by_kind: dict[str, st.SearchStrategy[Any]] = {
        "id": st.sampled_from(IDS),
        "text": TEXT,
        "int": RANKS,
        "float": st.floats(0, 1) if column.name in ("success", "entry_match") else NUMBERS,
        "bool": st.booleans(),
        "date": DATES,
        "choice": st.sampled_from(column.choices or ("",)),
    }
    own = by_kind[column.kind]
    return own if column.required else st.just(column.default) | own


def rows_of(
    table: str, kind: type[Row], least: int, most: int
) -> st.SearchStrategy[tuple[Row, ...]]:
    fields = {column.name: value_of(column, table) for column in columns_of(kind)}
    row = st.fixed_dictionaries(fields).map(kind.model_validate)
    key = kind.key
    return st.lists(
        row,
        min_size=least,
        max_size=most,
        unique_by=lambda r: tuple(getattr(r, name) for name in key),
    ).map(tuple)


@st.composite
def frameworks(draw: st.DrawFn) -> Framework:
    """Draw a framework of every table whose references lead somewhere (no other rule is kept)."""
    tables: dict[str, Any] = {}
    for name, kind in TABLES.items():
        rows = draw(rows_of(name, kind, 0, 3))
        if kind.key == ("id",) and name != "framework":
            named = {row.id: row for row in rows}  # type: ignore[attr-defined]
            example = draw(rows_of(name, kind, 1, 1))[0]
            rows = tuple(named.get(i, example.model_copy(update={"id": i})) for i in IDS)
        tables[name] = rows
    tables["framework"] = draw(rows_of("framework", TABLES["framework"], 1, 1))
    scale = TABLES["levels"]
    tables["levels"] = tuple(
        scale.model_validate({"level": k, "name": draw(TEXT)}) for k in (3, 1, 2)
    )
    return Framework(**tables)


def without_circles(framework: Framework) -> Framework:
    """Keep what a load accepts: no circles, rising steps, dates in order."""
    order = {name: number for number, name in enumerate(IDS)}
    forward = {
        "ladder": lambda r: order[r.position] < order[r.next_position],
        "training_prerequisites": lambda r: order[r.requires_training] < order[r.training],
        "prerequisites": lambda r: order[r.requires_competency] < order[r.competency],
        "develops": lambda r: r.entry_level < r.target_level,
        "requirements": lambda r: r.ceiling is None or r.ceiling >= r.level,
        "sessions": lambda r: r.start <= r.end,
    }
    kept = {name: tuple(filter(rule, getattr(framework, name))) for name, rule in forward.items()}
    dated = {
        name: tuple(
            row.model_copy(
                update={"valid_to": None} | ({"parent": ""} if name == "competencies" else {})
            )
            for row in getattr(framework, name)
        )
        for name in ("framework", "competencies", "positions", "trainings")
    }
    return framework.model_copy(update=kept | dated)


@given(frameworks().map(without_circles))
@settings(max_examples=15)
def test_files_give_back_what_was_saved(framework: Framework) -> None:
    with tempfile.TemporaryDirectory() as home:
        for name in ("folder", "book.xlsx"):
            target = save_framework(framework, Path(home) / name)
            loaded = load_framework(target)
            assert loaded == framework
            assert loaded.version == framework.version


@given(frameworks(), st.randoms(use_true_random=False))
@settings(max_examples=10)
def test_the_version_ignores_order_and_the_checks_never_raise(
    framework: Framework, random: Any
) -> None:
    shuffled = {}
    for name in TABLES:
        rows = list(getattr(framework, name))
        random.shuffle(rows)
        shuffled[name] = tuple(rows)
    turned = Framework(**shuffled)
    assert framework_version(turned) == framework_version(framework)
    found, again = check_framework(framework), check_framework(turned)
    assert sorted(f.code for f in found) == sorted(f.code for f in again)


@given(frameworks(), st.sampled_from(sorted(TABLES)), TEXT)
@settings(max_examples=10)
def test_the_version_sees_every_table(framework: Framework, table: str, text: str) -> None:
    rows = getattr(framework, table)
    if rows:
        changed = rows[0].model_copy(update={"source": rows[0].source + text})
        other = framework.model_copy(update={table: (changed, *rows[1:])})
        assert framework_version(other) != framework_version(framework)


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20))
@settings(max_examples=60)
def test_a_circle_is_found_exactly_when_there_is_one(pairs: list[tuple[int, int]]) -> None:
    arrows = {((str(a), 0), (str(b), 0)) for a, b in pairs}
    rings = short_cycles(arrows)
    for ring in rings:
        assert all(step in arrows for step in zip(ring, [*ring[1:], ring[0]], strict=True))
        assert len(set(ring)) == len(ring)
        assert ring[0] == min(ring)
    left = {b for _, b in arrows} | {a for a, _ in arrows}
    while True:  # Kahn: take away what nothing leads to
        free = {v for v in left if not any(b == v and a in left for a, b in arrows)}
        if not free:
            break
        left -= free
    assert bool(rings) == bool(left)


CELLS = st.lists(
    st.lists(st.text(LETTERS, max_size=6), min_size=2, max_size=2).filter(
        lambda row: any(cell.strip() for cell in row)
    ),
    max_size=5,
)


@given(CELLS, st.sampled_from([",", ";", "\t", "|"]), st.sampled_from(["utf-8", "utf-16"]))
@settings(max_examples=40)
def test_raw_rows_give_back_what_the_csv_module_wrote(
    rows: list[list[str]], delimiter: str, encoding: str
) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, quoting=csv.QUOTE_ALL)
    writer.writerows([["id", "name"], *rows])
    with tempfile.TemporaryDirectory() as home:
        file = Path(home) / "t.csv"
        file.write_bytes(buffer.getvalue().encode(encoding))
        table = read_csv_rows(file, expected=["id", "name"])
    assert table.rows == [tuple(row) for row in rows]
    assert table.findings == ()


@given(st.binary(max_size=200), st.sampled_from(["levels.csv", "book.xlsx"]))
@settings(max_examples=60)
def test_no_bytes_raise_anything_but_our_own_errors(content: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as home:
        file = Path(home) / name
        file.write_bytes(content)
        try:
            read_workbook(file) if name.endswith("x") else read_csv_rows(file, expected=["level"])
            assert check_framework(file if name.endswith("x") else Path(home))
        except CompetencyError as refused:
            words = str(refused)
            assert name in words


PATCHES = (b"", b"9", b"-1", b"x", b'"', b"<", b"&#0;", b"99999999999", b"=1")


@st.composite
def damaged_workbooks(draw: st.DrawFn) -> bytes:
    """Draw a workbook of which one part has some bytes replaced, cut out or put in."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        book.set_properties({"created": datetime(2026, 1, 1)})  # noqa: DTZ001
        sheet = book.add_worksheet("levels")
        sheet.write_row(0, 0, ["level", "name"])
        sheet.write_row(1, 0, [1, "Awal"])
        sheet.write_datetime(2, 0, datetime(2026, 1, 1), book.add_format({"num_format": "d/m/y"}))  # noqa: DTZ001
        sheet.write_formula(3, 1, "=1+1", None, 2)
    with zipfile.ZipFile(buffer) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = draw(st.sampled_from(sorted(members)))
    content = members[name]
    start = draw(st.integers(0, len(content)))
    end = min(start + draw(st.integers(0, 8)), len(content))
    patch = draw(st.sampled_from(PATCHES))
    members[name] = content[:start] + patch + content[end:]
    damaged = io.BytesIO()
    with zipfile.ZipFile(damaged, "w") as archive:
        for part, text in members.items():
            archive.writestr(part, text)
    return damaged.getvalue()


@given(damaged_workbooks())
@settings(max_examples=60)
def test_damage_anywhere_in_a_workbook_is_refused_or_read(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as home:
        file = Path(home) / "book.xlsx"
        file.write_bytes(content)
        codes = {finding.code for finding in check_framework(file)}
    assert codes & {"missing-table", "not-a-workbook", "too-many-cells", "entities"}
