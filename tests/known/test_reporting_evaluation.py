"""The page on an evaluation: verdict first, uptake never called quality, small groups unseen."""

from __future__ import annotations

import dataclasses
import re
from datetime import date

import numpy as np
import pandas as pd
import pytest
from decision_world import small_decisions, small_service

from competency.ranking import LargestGapRanker, PriorRanker
from competency.ranking.evaluate import TemporalBacktest, evaluate_rankers, officer_groups
from competency.ranking.evaluate.report import gain_calibration
from competency.reporting import render_evaluation
from competency.reporting.facts.evaluation import SHOWN, SLICES, evaluation_facts
from competency.wording import LOCALES, catalog

CUTOFFS = (date(2025, 1, 1), date(2025, 7, 1), date(2026, 1, 1))
AS_OF = date(2026, 11, 1)


@pytest.fixture(scope="module")
def found():
    groups = officer_groups(small_service())
    groups["sex"] = np.where(np.arange(len(groups)) % 2, "<b>f</b>", "m")
    return evaluate_rankers(
        small_decisions(), {"learned": lambda _: PriorRanker()}, draws=50, groups=groups,
        backtest=TemporalBacktest(CUTOFFS),
    )  # fmt: skip


def page_of(found, path, locale="en"):
    framework = small_service().framework
    path = render_evaluation(found, path, framework=framework, as_of=AS_OF, locale=locale)
    return path.read_text("utf-8")


def facts_of(found):
    return evaluation_facts(found, small_service().framework, AS_OF)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_verdict_stands_at_the_top_in_words(found, tmp_path, locale):
    page, words = page_of(found, tmp_path / "p.html", locale), catalog(locale)
    assert f'lang="{locale}"' in page
    first = found.verdicts(locale)[0].partition(": ")[2]
    lede = re.search(r'<p class="lede">(.*?)</p>', page).group(1)
    assert lede.rstrip(".").lower() == first.lower()
    assert page.index("lede") < page.index(words["judged.forest"])
    for kind in ("measured", "expected", "imitation", "beyond"):
        assert words[f"judged.kind.{kind}"] in page
    assert not re.search(r"\{\w*\}|\bnan\b|None|https?://|<script", page)


def test_what_a_user_writes_is_only_text(found, tmp_path):
    page = page_of(found, tmp_path / "p.html")
    assert "<b>f</b>" not in page
    assert "&lt;b&gt;f&lt;/b&gt;" in page


def test_no_officer_is_named(found, tmp_path):
    page = page_of(found, tmp_path / "p.html")
    assert not [name for name in small_service().officers["officer"] if name in page]


def test_imitation_is_never_called_better(found):
    uptake = [row for row in facts_of(found).forest if row.measure.startswith("uptake")]
    assert len(uptake) == 7
    assert {row.kind for row in uptake} == {"imitation"}
    en = catalog("en")
    assert "not quality" in en["judged.kind.imitation"]
    assert en["judged.outcome.imitation.better"] != en["judged.outcome.better"]


def test_facts_are_those_of_the_tables(found):
    facts = facts_of(found)
    assert [row.measure for row in facts.forest] == list(SHOWN)
    means = found.means.set_index(["ranker", "measure"])["mean"]
    for row in facts.forest:
        ratio = row.own.value / abs(means["largest gap", row.measure])
        assert row.share.value == pytest.approx(ratio, nan_ok=True)
    assert facts.rankers[0].judged
    assert facts.rankers[0].name == "learned"
    assert len(facts.rankers) == found.means["ranker"].nunique()
    assert facts.n_decisions == found.rounds["n_after"].sum()
    assert facts.n_measured == found.calibration.n.sum()
    assert [(row.name, row.value) for row in facts.slices] == list(SLICES)
    assert not facts.prior_stands  # nothing is told of what was learned
    assert {label.value.id for label in facts.groups["sex"]} == {"<b>f</b>", "m"}
    assert min(row.difference.n_clusters for rows in facts.groups.values() for row in rows) >= 5


def test_the_page_says_where_the_prior_stands(found, tmp_path):
    told = found.rounds.assign(learned_examples=9, learned_trees=0)
    page = page_of(dataclasses.replace(found, rounds=told), tmp_path / "p.html")
    assert catalog("en")["judged.prior_stands"] in page.replace("&#39;", "'")
    told = told.assign(learned_trees=[0, 0, 20])
    page = page_of(dataclasses.replace(found, rounds=told), tmp_path / "p.html")
    assert "20 steps from 9 examples" in page
    assert catalog("en")["judged.prior_stands"] not in page.replace("&#39;", "'")


def test_without_anything_measured_the_page_says_so(tmp_path):
    days = [dataclasses.replace(day, later=None, comparison=None) for day in small_decisions()]
    found = evaluate_rankers(
        days, {"learned": lambda _: LargestGapRanker()}, draws=20,
        backtest=TemporalBacktest(CUTOFFS),
    )  # fmt: skip
    page, words = page_of(found, tmp_path / "p.html"), catalog("en")
    assert words["judged.unmeasured.long"] in page
    assert words["judged.outcome.unknown"] in page
    assert words["judged.groups.read"] not in page
    assert not re.search(r"\bnan\b|None", page)


def test_the_calibration_is_drawn_where_it_was_measured(found, tmp_path):
    x = np.linspace(0, 0.1, 100)
    exact = dataclasses.replace(found, calibration=gain_calibration(x, x))
    page = page_of(exact, tmp_path / "p.html")
    dots = re.findall(
        r'<circle cx="([\d.]+)" cy="([\d.]+)" r="[\d.]+" class="pt own"><title>', page
    )
    assert len(dots) == 10
    assert all(float(a) + float(b) == pytest.approx(320) for a, b in dots)


def test_the_same_evaluation_gives_the_same_page(found, tmp_path):
    assert page_of(found, tmp_path / "a") == page_of(found, tmp_path / "b")


def test_a_list_without_cells_is_a_dash_not_a_zero(found):
    empty = found.means["measure"] == "benefit_ndcg@10"
    columns = ["mean", "se", "lower", "upper"]
    means = found.means.copy()
    means.loc[empty, columns] = np.nan
    means.loc[empty, "n_lists"] = 0
    facts = facts_of(dataclasses.replace(found, means=pd.DataFrame(means)))
    assert facts.rankers[0].cells["benefit_ndcg@10"] is None
