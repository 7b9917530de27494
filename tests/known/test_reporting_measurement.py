"""What stands out in the levels, in the reader's words: every code, both languages."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import openpyxl
import pandas as pd
import pytest
from reporting_world import make_levels, make_plan

import competency
from competency.errors import Finding, Where
from competency.levels.diagnostics import findings as found_in
from competency.levels.tables import item_findings
from competency.reporting import build_summary, render_report, write_workbook
from competency.reporting.facts.findings import remark_words
from competency.wording import Wording, catalog

NEVER = [
    Finding("never-assessed", "x", "warning", Where(id="M1")),
    Finding("never-assessed", "x", "warning", Where(id="T1")),
]


def every_finding():
    """One finding of every kind that `level_findings` can make, by its own functions."""
    flags = ["severe", "lenient", "erratic", "muted", "few ratings"]
    report = pd.DataFrame({"source": "peer", "flag": flags})
    drift = pd.DataFrame({"source": "test", "slope": 1.0, "flag": ["more lenient", "more severe"]})
    sources = pd.DataFrame(
        {
            "source": ["peer", "supervisor", "self"],
            "discrimination": [900.0, 0.001, 1.0],
            "severity_sd": [0.5, 0.5, 0.01],
            "n_ratings": [1234, 7, 7],
            "estimated": True,
        }
    )
    parts = Finding("disconnected-assessors", "", "note", facts=(("parts", 3), ("single", 1)))
    answer = SimpleNamespace(item=np.zeros(1, int), competency=np.zeros(1, int), weight=np.ones(1))
    loose = item_findings(SimpleNamespace(observations=answer), ("T1",))
    model = SimpleNamespace(
        converged_=False, n_iter_=7, findings_=(parts, *loose), sources_=sources, config=None
    )
    levels = make_levels()  # officer 0 was never assessed in M1, the others certain in it
    unsure = replace(levels, sd=levels.sd * 0 + 5.0)
    nobody = replace(levels, n_observations=levels.n_observations * 0)
    return [
        *found_in.fit_findings(model),
        *found_in._of_sources(model),
        *found_in._of_assessors(report),
        *found_in._of_drift(drift),
        *found_in._of_competencies(unsure),
        *found_in._of_competencies(nobody),
    ]


def test_every_code_of_the_levels_is_among_them():
    source = Path(competency.__file__).parent / "levels"
    texts = [
        (source / "diagnostics" / "findings.py").read_text(),
        (source / "tables.py").read_text(),
    ]
    codes = {code for text in texts for code in re.findall(r'Finding\(\s*"([\w-]+)"', text)}
    assert codes == {finding.code for finding in every_finding()}
    assert len(codes) == 11


@pytest.mark.parametrize("locale", ["id", "en"])
def test_every_finding_has_words(locale):
    w, summary = Wording(locale), build_summary(make_plan(), measurement=every_finding())
    keys = {key for key in catalog(locale) if key.startswith("remark.")}
    asked = set()
    for remark in summary.measurement:
        words = remark_words(remark, w)
        assert words.text
        assert words.step
        assert not re.search(r"[{}]", words.text)
        kind = remark.facts.get("kind")
        asked.add(f"remark.{remark.code}" + (f".{kind}" if kind else ""))
    assert {key for key in keys if not key.endswith((".text", ".step"))} == asked


def test_numbers_and_names_of_sources_follow_the_language():
    far = next(f for f in every_finding() if f.code == "far-discrimination")
    remark = build_summary(make_plan(), measurement=[far]).measurement[0]
    assert "dari rekan sejawat" in remark_words(remark, Wording("id")).text
    assert "900,00; lazimnya 1,60; 1.234 penilaian" in remark_words(remark, Wording("id")).text
    assert "from peers" in remark_words(remark, Wording("en")).text
    other = replace(remark, facts={**remark.facts, "source": "panel X"})
    assert "dari panel X" in remark_words(other, Wording("id")).text


def test_findings_about_competencies_become_one_and_the_gravest_come_first():
    note = Finding("no-severity-spread", "x", "note", facts=(("source", "peer"),))
    again = replace(note, facts=(("source", "self"),))
    found = build_summary(make_plan(), measurement=[note, again, *NEVER]).measurement
    assert [(r.code, r.severity) for r in found] == [
        ("never-assessed", "warning"), ("no-severity-spread", "note"),
        ("no-severity-spread", "note"),
    ]  # fmt: skip
    assert [label.id for label in found[0].competencies] == ["T1", "M1"]
    assert "Teknis satu, Manajerial satu" in remark_words(found[0], Wording("id")).text


@pytest.mark.parametrize("locale", ["id", "en"])
def test_the_page_says_what_stood_out_nothing_or_that_nobody_looked(tmp_path, locale):
    def page(**given):
        return render_report(make_plan(), tmp_path / "r.html", locale=locale, **given).read_text()

    heading = catalog(locale)["section.measurement"]
    assert heading not in page()
    assert catalog(locale)["measurement.none"] in page(measurement=())
    text = page(measurement=NEVER)
    assert text.count(heading) == 2  # in the contents and above the section
    assert catalog(locale)["remark.never-assessed"] in text
    assert catalog(locale)["measurement.none"] not in text


def test_a_finding_without_words_stands_as_it_was_found_and_escaped(tmp_path):
    new = Finding("brand-new", "<b>neu</b>", "note", hint="see")
    text = render_report(make_plan(), tmp_path / "r.html", measurement=[new]).read_text()
    assert "&lt;b&gt;neu&lt;/b&gt;" in text


def test_the_workbook_has_a_sheet_of_them(tmp_path):
    path = write_workbook(make_plan(), tmp_path / "b.xlsx", locale="en", measurement=NEVER)
    rows = list(openpyxl.load_workbook(path)["measurement"].iter_rows(values_only=True))
    assert rows[0] == ("Severity", "What stood out", "Reason", "Hint")
    assert rows[1][:2] == ("Warning", "Competencies never assessed")
    assert len(rows) == 2
