"""The page and the figures of what trainings changed."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pytest
from effects_world import world

from competency.effects import EffectModel, provider_report
from competency.effects.diagnosis import Diagnosis, Problem, diagnose
from competency.effects.diagnosis.problem import TEXTS
from competency.reporting import plot_effects, plot_transitions, render_effects
from competency.reporting.facts.effects import effect_facts
from competency.wording import LOCALES, catalog


@pytest.fixture(scope="module")
def fitted():
    made = world()
    return EffectModel().fit(made.evidence.history, made.levels)


def all_problems(framework):
    problems = tuple(
        Problem(
            code,
            "T.0a",
            7,
            0.5,
            0.1,
            0.9,
            0.25,
            0.01,
            0.02,
            "2027-01-31" if code.startswith("accreditation") else "B.1",
        )
        for code in TEXTS
    )
    return Diagnosis(framework, date(2026, 1, 1), problems, dict.fromkeys(TEXTS, 9))


@pytest.mark.parametrize("locale", LOCALES)
def test_every_problem_is_told_in_words(fitted, tmp_path, locale):
    model = fitted
    providers = provider_report(model.framework_, model, as_of="2026-01-01")
    page = render_effects(
        model, tmp_path / "p.html", diagnosis=all_problems(model.framework_),
        providers=providers, locale=locale,
    ).read_text("utf-8")  # fmt: skip
    words = catalog(locale)
    for code in TEXTS:
        assert words[f"problem.name.{code}"] in page
        assert words[f"problem.action.{code}"] in page
    assert not re.search(r"\{\w*\}|\bnan\b|None", page)
    assert f'lang="{locale}"' in page
    assert not re.search(r"(src|href)=\"(https?:)?//|url\(|@import|<script", page)


def test_facts_are_those_of_the_model(fitted):
    made, facts = world(), effect_facts(fitted)
    assert [row.training.id[-1] for row in facts.rows] == ["a"] * 4 + ["b"] * 4
    assert facts.rows[0].gain.value == fitted.trainings_["gain"].max()
    assert facts.naive > facts.gain + 0.1
    assert facts.top >= max(row.naive for row in facts.rows)
    assert facts.n_without == 0
    assert facts.n_used == fitted.rows_["n_used"].sum()
    move = facts.transitions[0]
    assert move.chances[:3] == (fitted.rows_["success"].iloc[0],) * 3
    assert move.chances[3:] == (None,) * 3
    found = diagnose(made.evidence, as_of="2026-01-01", effects=fitted)
    told = effect_facts(fitted, found)
    assert [row.problem for row in told.problems] == list(found.problems)


def test_without_history_the_page_says_so(tmp_path):
    made = world()
    model = EffectModel().fit(made.evidence.history.iloc[:0], made.levels)
    page = render_effects(model, tmp_path / "p.html", locale="en").read_text("utf-8")
    assert catalog("en")["learned.none"] in page
    assert effect_facts(model).n_without == 8
    assert plot_effects(model).get_title(loc="left")


def test_the_same_model_gives_the_same_page(fitted, tmp_path):
    first, second = (render_effects(fitted, tmp_path / name).read_bytes() for name in "ab")
    assert first == second


def test_figures_draw_what_the_facts_say(fitted):
    facts = effect_facts(fitted)
    ax = plot_effects(fitted, locale="en")
    shrunk = ax.lines[0].get_xdata()
    np.testing.assert_allclose(shrunk, [row.gain.value for row in facts.rows])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        catalog("en")[f"learned.legend.{name}"] for name in ("gain", "alone", "claimed", "naive")
    ]
    moves = plot_transitions(fitted, locale="id")
    table = np.ma.filled(moves.collections[0].get_array(), np.nan)
    np.testing.assert_allclose(table[0, :3], facts.transitions[0].chances[:3])
    assert np.isnan(table[0, 3:]).all()
