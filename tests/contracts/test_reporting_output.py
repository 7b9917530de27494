"""Promises of the pages, the workbook and the figures, whatever the names in them."""

from __future__ import annotations

import ast
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import openpyxl
import pytest
from reporting_world import make_evidence, make_plan

import competency
import competency.ranking
from competency.planning.cohort.plans import Method
from competency.ranking.ranker import FeatureRanker
from competency.reporting import (
    build_summary,
    plot_beliefs,
    plot_gap_heatmap,
    plot_plan,
    render_officer,
    render_report,
    write_workbook,
)
from competency.wording import LOCALES, catalog

PAYLOADS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><script>alert(1)</script>",
    "<svg/onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "]]><!--",
    "&lt;b&gt;",
)
FORMULAS = (
    "=2+5",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "=cmd|' /C calc'!A0",
    "http://contoh.test",
    "{=1}",
)
TAGS = {
    "a", "b", "body", "br", "caption", "circle", "dd", "details", "div", "dl", "dt", "footer", "g",
    "h1", "h2", "h3", "h4", "head", "header", "html", "i", "li", "line", "link", "main", "meta",
    "nav", "ol", "p", "rect", "section", "small", "span", "style", "summary", "svg", "table",
    "tbody", "td", "text", "th", "thead", "title", "tr", "u", "ul",
}  # fmt: skip


class Reader(HTMLParser):
    """Collects tags, attributes and visible text."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tags, self.attributes, self.text = set(), [], []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text.append(data)

    @classmethod
    def of(cls, path):
        reader = cls()
        reader.feed(path.read_text("utf-8"))
        reader.close()
        return reader


def pages(folder, mark=""):
    plan, evidence = make_plan(mark), make_evidence(mark)
    report = render_report(
        plan, folder / "report.html", evidence=evidence, officers=[f"00000{mark}"],
        title=f"Judul{mark}",
    )  # fmt: skip
    return report, render_officer(plan, f"00000{mark}", folder / "officer.html", locale="en")


@pytest.mark.parametrize("payload", PAYLOADS)
def test_names_are_text_wherever_they_stand(tmp_path, payload):
    for path in pages(tmp_path, payload):
        reader = Reader.of(path)
        assert reader.tags <= TAGS
        assert not [name for name, _ in reader.attributes if name.startswith("on")]
        assert payload in "".join(reader.text)


@pytest.mark.parametrize("locale", ["id", "en"])
def test_pages_reach_for_nothing_outside(tmp_path, locale):
    path = render_report(make_plan(), tmp_path / "r.html", locale=locale, evidence=make_evidence())
    text = path.read_text("utf-8")
    reader = Reader.of(path)
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert ("content", policy) in reader.attributes
    assert not re.search(r"(https?:)?//[a-z]|url\(|@import", text)
    links = {value for name, value in reader.attributes if name in ("href", "src")}
    assert all(link == "data:," or link.startswith("#") for link in links)
    anchors = {value for name, value in reader.attributes if name == "id"}
    assert {link[1:] for link in links if link.startswith("#")} <= anchors
    assert not any("0000" in anchor for anchor in anchors)
    assert f'lang="{locale}"' in text


def test_the_same_inputs_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        pages(tmp_path / name)
        write_workbook(make_plan(), tmp_path / name / "book.xlsx", evidence=make_evidence())
    for file in ("report.html", "officer.html", "book.xlsx"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_what_was_never_assessed_is_said_so(tmp_path):
    _, officer = pages(tmp_path)
    assert "not assessed" in officer.read_text("utf-8")


MONTHS = "January February March April May June July August September October November December"
AMERICAN = re.compile(
    r"\b(" + "|".join(f"{m}|{m[:3]}" for m in MONTHS.split()) + r")\.? \d{1,2}\b(?!\s*–)"
)


def english_texts(folder):
    """All text of the English pages and of the workbook."""
    plan, evidence = make_plan(), make_evidence()
    report = render_report(
        plan, folder / "r.html", locale="en", evidence=evidence, officers=["00000", "00002"]
    )
    officer = render_officer(plan, "00000", folder / "o.html", locale="en")
    book = openpyxl.load_workbook(
        write_workbook(plan, folder / "b.xlsx", locale="en", evidence=evidence)
    )
    cells = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row]
    pages = ["".join(Reader.of(path).text) for path in (report, officer)]
    return [*pages, "\n".join(text for text in cells if isinstance(text, str))]


def test_dates_of_english_pages_begin_with_the_day(tmp_path):
    report, officer, book = english_texts(tmp_path)
    for text in (report, officer, book):
        assert AMERICAN.findall(text) == []
    assert "is accredited until 31 January 2027" in report  # sentences spell the month out
    assert "31 Jan 2027" in report  # cells are short
    assert "1 November 2026" in officer


def test_the_search_for_american_dates_bites():
    for text in ("December 31, 2028", "until Dec 31", "May 3, 2027"):
        assert AMERICAN.search(text)
    for text in ("31 December 2028", "31 Dec 2028", "December 2028", "Nov 2026"):
        assert not AMERICAN.search(text)


def methods_of_rankers():
    """The `method` of every ranker of the library."""
    found, open_classes = set(), [FeatureRanker]
    while open_classes:
        owner = open_classes.pop()
        open_classes += owner.__subclasses__()
        if owner.__module__.startswith("competency.ranking") and "method" in vars(owner):
            found.add(owner.method)
    return found


@pytest.mark.parametrize("locale", LOCALES)
def test_every_method_has_a_name(locale):
    words = catalog(locale)
    rankers = methods_of_rankers()
    assert {"prior", "learned", "popularity", "largest gap"} <= rankers
    for method in rankers:
        assert f"reason.method.{method}" in words
    keys = [f"ranker.{method}" for method in rankers]
    keys += [f"planner.{method}" for method in ("officer", *get_args(Method))]
    assert [key for key in keys if key not in words] == []
    if locale == "id":  # in English some methods are called what they are
        assert [key for key in keys if words[key] == key.partition(".")[2]] == []


def codes_on_a_page():
    """Codes of the warnings and notes that reading and planning make."""
    source = Path(competency.__file__).parent
    for package in ("framework", "evidence", "planning"):
        for path in sorted((source / package).rglob("*.py")):
            for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                yield from _codes_of(call)


def _codes_of(node):
    if not isinstance(node, ast.Call):
        return
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    given = [*node.args, *(word.value for word in node.keywords if word.arg == "severity")]
    gentle = any(word in ast.unparse(part) for part in given for word in ("'warning'", "'note'"))
    if name == "_warn" or (name in {"Finding", "add"} and gentle):
        texts = [part.value for part in node.args if isinstance(part, ast.Constant)]
        code = re.compile(r"[a-z]+(-[a-z]+)+|delimiter|encoding")
        yield from (text for text in texts if code.fullmatch(str(text)))


@pytest.mark.parametrize("locale", LOCALES)
def test_every_warning_and_note_of_reading_and_planning_has_a_name(locale):
    codes = {*codes_on_a_page(), "expired-accreditation", "accreditation-lapses"}
    assert {"no-instrument", "unknown-file", "no-seat-prices"} <= codes
    assert sorted(code for code in codes if f"code.{code}" not in catalog(locale)) == []


@pytest.mark.parametrize("payload", FORMULAS)
def test_no_text_becomes_a_formula(tmp_path, payload):
    path = write_workbook(make_plan(payload), tmp_path / "b.xlsx", evidence=make_evidence(payload))
    book = openpyxl.load_workbook(path)
    found = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in found if cell.data_type == "f" or cell.hyperlink]
    texts = [cell.value for cell in found if cell.data_type == "s"]
    assert any(text.endswith(payload) for text in texts)
    with zipfile.ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        assert not any(b"<f>" in archive.read(name) for name in sheets)


def test_the_workbook_holds_typed_cells(tmp_path):
    path = write_workbook(make_plan(), tmp_path / "b.xlsx", evidence=make_evidence())
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == [
        "ringkasan", "pegawai", "kesenjangan", "peringkat", "rencana", "rencana tahunan",
        "anggaran per unit", "cakupan instrumen", "pengukuran", "baris ditolak",
    ]  # fmt: skip
    officers = list(book["pegawai"].iter_rows(min_row=2))
    assert [row[0].value for row in officers] == [f"{number:05d}" for number in range(15)]
    assert {row[0].data_type for row in officers} == {"s"}
    assert officers[0][5].value == 1.0
    assert officers[0][9].value == 2.0
    assert officers[14][9].value is None
    assert book["pegawai"].freeze_panes == "B2"
    assert book["pegawai"].auto_filter.ref
    annual = [cell.value for cell in book["rencana tahunan"][2]]
    assert annual == [
        "Teknis satu (Teknis, level 0 → 2)",
        "Nama 0 / 00000; Pertama; Unit 00",
        "Kelas – Bimbingan teknis, klasikal",
        "Balai",
        "1–3 Feb 2027; 10 JP",
        "Dipastikan oleh instansi pembina; akreditasi penyelenggara: LAN, sampai 31 Jan 2027",
        1_500_000,
    ]
    budget = [[cell.value for cell in row] for row in book["anggaran per unit"].iter_rows()]
    assert budget[1] == ["Unit 00", 1, 1, 10, 1_500_000]
    assert budget[-1] == ["Jumlah", 4, 4, 34, 4_500_000]
    assert book["baris ditolak"].max_row == 2


def test_a_sheet_that_fills_up_goes_on_in_another(tmp_path, monkeypatch):
    monkeypatch.setattr("competency.reporting.excel.ROWS_PER_SHEET", 6)
    book = openpyxl.load_workbook(write_workbook(make_plan(), tmp_path / "b.xlsx", locale="en"))
    assert [name for name in book.sheetnames if name.startswith("officers")] == [
        "officers", "officers 2", "officers 3",
    ]  # fmt: skip
    names = ("officers", "officers 2", "officers 3")
    assert [book[name].max_row - 1 for name in names] == [6, 6, 3]


def test_a_plan_of_nobody_is_still_a_report(tmp_path):
    from dataclasses import replace

    import numpy as np

    plan = make_plan()
    none = {name: getattr(plan, name)[:0] for name in ("training", "session", "start", "end")}
    empty = replace(plan, pointer=np.zeros(16, np.int32), gain=plan.gain[:0], findings=(), **none)
    summary = build_summary(empty)
    assert (summary.figures.n_planned, summary.officers) == (0, ())
    path = render_report(empty, tmp_path / "r.html")
    assert 'id="officers"' not in path.read_text("utf-8")
    write_workbook(empty, tmp_path / "b.xlsx")


def test_figures_return_axes_and_use_the_one_given():
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    plan = make_plan()
    gaps = plan.ranking.gaps
    for draw in (
        lambda ax=None: plot_beliefs(gaps.levels, "00000", ax=ax),
        lambda ax=None: plot_gap_heatmap(gaps, "region", ax=ax),
        lambda ax=None: plot_plan(plan, "00000", ax=ax, locale="en"),
        lambda ax=None: plot_plan(plan, ax=ax),
    ):
        ax = Figure().add_subplot()
        assert draw(ax) is ax
        assert ax.has_data()
        own = draw()
        assert isinstance(own, Axes)
        own.figure.canvas.draw()


def test_the_year_shows_quarters_and_seats():
    ax = plot_plan(make_plan(), locale="en")
    texts = {text.get_text() for text in ax.texts}
    assert {"Q1 2027", "3/4"} <= texts
    assert [label.get_text() for label in ax.get_yticklabels()] == ["Kelas"]
    full, used = (container.patches[0].get_width() for container in ax.containers)
    assert used == pytest.approx(0.75 * full)


def test_an_arrow_leads_to_the_step_that_waits():
    from planning_world import make_framework, make_ranking

    from competency.planning import plan_officers

    trainings = [
        {"id": "X", "hours": 4, "develops": [("A", 0, 1, 0.8)]},
        {"id": "Y", "hours": 8, "develops": [("A", 1, 3, 0.5)]},
    ]
    ranking = make_ranking(make_framework(trainings), [[0, 3], [1, 3]])
    plan = plan_officers(ranking)
    for officer, arrows in (("officer-000", 1), ("officer-001", 0)):
        ax = plot_plan(plan, officer)
        assert sum(getattr(text, "arrow_patch", None) is not None for text in ax.texts) == arrows


def test_figures_leave_pyplot_alone():
    import matplotlib.pyplot as plt

    plot_plan(make_plan(), "00009")
    assert plt.get_fignums() == []
