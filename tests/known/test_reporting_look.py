"""Words, colours and geometry of the pages."""

from __future__ import annotations

import itertools
import json
import re
from datetime import date
from importlib.resources import files

import pytest
from reporting_world import make_plan

from competency.reporting import build_summary, colours, drawing
from competency.wording import LOCALES, Wording, catalog


def lightness(colour):
    """CIE L* of a hexadecimal colour: a scale other than the one the palette was made on."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 116 * luminance ** (1 / 3) - 16


def contrast(first, second):
    bright, dim = sorted((((lightness(c) + 16) / 116) ** 3 for c in (first, second)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_palette_steps_are_even(dark):
    steps = [lightness(colour) for colour in colours.sequential(dark=dark)]
    rises = [abs(b - a) for a, b in itertools.pairwise(steps)]
    assert sorted(steps, reverse=not dark) == steps
    assert max(rises) / min(rises) < 1.35


@pytest.mark.parametrize(
    ("dark", "ink", "deep"), [(False, "#17242b", "#ffffff"), (True, "#e3eaed", "#08151b")]
)
def test_numbers_are_readable_on_every_step(dark, ink, deep):
    for step, colour in enumerate(colours.sequential(dark=dark)):
        assert contrast(colour, deep if step >= 5 else ink) >= 3.9


def test_catalogs_have_the_same_keys_and_placeholders():
    first, second = (catalog(locale) for locale in LOCALES)
    assert list(first) == list(second)
    for key, text in first.items():
        holes = re.findall(r"\{(\w+)\}", text)
        assert sorted(holes) == sorted(re.findall(r"\{(\w+)\}", second[key])), key


JUDGED = (
    "kind", "legend", "main", "method", "n", "outcome", "ranker", "slice", "spread",
)  # fmt: skip
"""Parts of the page of an evaluation whose keys a template completes."""


def test_every_key_that_is_asked_for_is_there():
    home = files("competency.reporting")
    texts = [path.read_text("utf-8") for path in (home / "templates").iterdir()]
    texts += [path.read_text("utf-8") for path in home.iterdir() if path.name.endswith(".py")]
    known = catalog("id")
    asked = {key for text in texts for key in re.findall(r"""\bw\(["']([\w. ]+)["']""", text)}
    assert len(asked) > 100
    # A key that ends in a dot is completed by the template, from a closed list of codes.
    missing = {k for k in asked if k not in known and not any(n.startswith(k) for n in known)}
    assert not missing
    assert not {k for k in asked if k.endswith(".")} - {
        f"{name}." for name in ("section", "by", "gaps.read", "match.lede", "officers.lede",
                                "kind", "form", "without", "severity", "method", "problem.name",
                                "problem.action", "learned.method",
                                *(f"judged.{part}" for part in JUDGED))
    }  # fmt: skip


def test_every_form_and_kind_has_a_word():
    from competency.framework.model import ClassicalForm, Kind, NonClassicalForm

    for form in (*ClassicalForm.__args__, *NonClassicalForm.__args__):
        assert f"form.{form}" in catalog("id")
    for kind in Kind.__args__:
        assert f"kind.{kind}" in catalog("id")


def test_priors_are_never_called_an_impact():
    for locale, words in (("id", r"\b(dampak|efek)\b"), ("en", r"\b(effect|impact)s?\b")):
        # NOTE: an evaluation with a design may call what it found an effect.
        said = {k: text for k, text in catalog(locale).items() if not k.startswith("evaluated.")}
        assert not re.search(words, json.dumps(said, ensure_ascii=False), re.IGNORECASE)


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        ((2027, 2, 1), (2027, 2, 1), "1 Feb 2027"),
        ((2027, 2, 1), (2027, 2, 3), "1–3 Feb 2027"),
        ((2027, 4, 28), (2027, 5, 2), "28 Apr – 2 Mei 2027"),
        ((2026, 12, 30), (2027, 1, 2), "30 Des 2026 – 2 Jan 2027"),
    ],
)
def test_periods_say_month_and_year_once(start, end, text):
    assert Wording("id").period(date(*start), date(*end)) == text


def test_numbers_follow_the_language_and_nothing_is_not_zero():
    indonesian, english = Wording("id"), Wording("en")
    assert indonesian.money(5_500_000) == "Rp5.500.000"
    assert english.number(1234.56, 1) == "1,234.6"
    assert indonesian.number(-0.001, 1) == "0,0"
    assert indonesian.number(None) == indonesian.percent(float("nan")) == "–"


def test_the_skyline_stacks_within_its_frame():
    sky = drawing.skyline(build_summary(make_plan()).calendar)
    blocks = [block for tower in sky.months for block in tower.blocks]
    assert len(blocks) == 1
    assert all(0 <= b.y <= sky.base and b.x + b.width <= sky.width for b in blocks)
    assert blocks[0].fill == pytest.approx(0.75 * blocks[0].width, abs=0.01)


def test_dots_of_close_steps_do_not_cover_each_other():
    summary = build_summary(make_plan())
    step = next(officer.steps[0] for officer in summary.officers if officer.steps)
    track = drawing.track((step, step, step), summary.heading)
    places = {(mark.cx, mark.cy) for mark in track.marks}
    assert len(places) == 3
    assert all(0 <= mark.cy <= track.y for mark in track.marks)
