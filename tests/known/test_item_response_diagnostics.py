"""Diagnostics of calibrations: formulas worked by hand, and simulations with known truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from competency.errors import ConfigError
from competency.ratings import fit_ratings
from competency.ratings.item_response import fit_statistics as diagnostics, information
from competency.ratings.item_response.plots import (
    observed_shares,
    plot_item_curves,
    plot_total_information,
)

CUTS = np.array([-1.0, 0.0, 1.0])


def names(count):
    return [f"item{k:02d}" for k in range(count)]


def right_or_wrong(rng, n_persons, n_items, *, slope=1.3):
    trait = rng.normal(size=n_persons)
    chance = expit(slope * (trait[:, None] - np.linspace(-1.2, 1.2, n_items)))
    answers = (rng.random(chance.shape) < chance).astype(int)
    return pd.DataFrame(answers, columns=names(n_items)), trait


def rated(rng, n_persons=250, n_items=6):
    """Each person rated by two of five assessors; the last of them rates at random."""
    severity = np.array([-0.6, -0.2, 0.2, 0.6, 0.0])
    trait = 1.5 * rng.normal(size=n_persons)
    parts = []
    for turn in range(2):
        who = (np.arange(n_persons) + turn * rng.integers(1, 5, n_persons)) % 5
        eta = (trait - severity[who])[:, None, None] - CUTS
        weight = np.exp(np.cumsum(np.concatenate([np.zeros((*eta.shape[:2], 1)), eta], 2), 2))
        weight = np.where((who == 4)[:, None, None], 1.0, weight)
        edge = np.cumsum(weight / weight.sum(2, keepdims=True), 2)
        rating = (rng.random((n_persons, n_items, 1)) > edge).sum(2)
        part = pd.DataFrame(rating, columns=names(n_items)).assign(person=np.arange(n_persons))
        parts.append(part.assign(assessor=[f"r{k}" for k in who]))
    long = pd.concat(parts).melt(["person", "assessor"], var_name="item", value_name="rating")
    return long, severity


@pytest.fixture(scope="module")
def two_parameters():
    table, trait = right_or_wrong(np.random.default_rng(5), 800, 8)
    return fit_ratings(table, "2pl"), trait


def test_information_of_right_and_wrong_is_a2_p_q(two_parameters):
    fit, _ = two_parameters
    grid = np.array([-1.0, 0.3, 2.0])
    found = information.item_information(fit, trait=grid)
    first = fit.items.iloc[0]
    chance = expit(first["a"] * (grid - first["b_1"]))
    mine = found[found["item"] == first["item"]]
    assert mine["trait"].tolist() == grid.tolist()
    assert mine["information"].tolist() == pytest.approx(
        (first["a"] ** 2 * chance * (1 - chance)).tolist()
    )
    assert mine["n"].tolist() == [800, 800, 800]
    total = information.total_information(fit, trait=grid)
    sums = found.groupby("trait")["information"].sum()
    assert total["information"].tolist() == pytest.approx(sums.tolist())
    assert total["se"].tolist() == pytest.approx((sums**-0.5).tolist())
    assert set(total["n"]) == {8}


@pytest.mark.parametrize("model", ["grm", "pcm"])
def test_information_is_that_of_the_probabilities(model):
    rng = np.random.default_rng(0)
    trait = rng.normal(size=300)
    placed = trait[:, None, None] - rng.normal(0, 0.5, 4)[:, None] - CUTS
    table = pd.DataFrame((rng.random((300, 4, 1)) < expit(1.5 * placed)).sum(2), columns=names(4))
    fit = fit_ratings(table, model)
    grid, short = np.array([-0.7, 0.4]), 1e-5
    here = information.item_probability(fit, grid)
    slope = (
        information.item_probability(fit, grid + short)
        - information.item_probability(fit, grid - short)
    ) / (2 * short)
    found = information.item_information(fit, trait=grid)["information"].to_numpy()
    assert found.reshape(4, 2) == pytest.approx((slope**2 / here).sum(1), rel=1e-6)


def test_standard_errors_are_the_spread_of_estimates_over_samples():
    rng = np.random.default_rng(11)
    slopes, places, stated = [], [], []
    for _ in range(80):
        table, _ = right_or_wrong(rng, 500, 4)
        found = diagnostics.item_fit(fit_ratings(table, "2pl"))
        slopes.append(found["a"])
        places.append(found["b_1"])
        stated.append(found[["se_a", "se_b_1"]].to_numpy())
    mean = np.sqrt(np.mean(np.square(stated), 0))
    # The spread of 80 estimates is itself known to 8 %; four items together to about 5 %.
    assert np.mean(np.std(slopes, 0) / mean[:, 0]) == pytest.approx(1, abs=0.2)
    assert np.mean(np.std(places, 0) / mean[:, 1]) == pytest.approx(1, abs=0.2)


def test_standard_errors_halve_with_four_times_the_people():
    table, _ = right_or_wrong(np.random.default_rng(2), 500, 5)
    once = diagnostics.item_fit(fit_ratings(table, "2pl"))
    often = diagnostics.item_fit(fit_ratings(table.assign(frequency=4), "2pl"))
    many = pd.concat([table] * 12, ignore_index=True)  # more than the part that is looked at
    part = diagnostics.item_fit(fit_ratings(many, "2pl"))
    assert (once["se_a"] / often["se_a"]).tolist() == pytest.approx([2] * 5, rel=1e-4)
    assert (once["se_b_1"] / part["se_b_1"]).tolist() == pytest.approx([12**0.5] * 5, rel=0.02)
    assert often["n"].tolist() == [2000] * 5


def test_mean_squares_are_near_one_when_the_model_holds():
    table, _ = right_or_wrong(np.random.default_rng(3), 2000, 10)
    fit = fit_ratings(table, "rasch")
    items, persons = diagnostics.item_fit(fit), diagnostics.person_fit(fit)
    assert items["infit"].between(0.95, 1.05).all()
    assert items["outfit"].between(0.92, 1.08).all()
    assert persons["outfit"].mean() == pytest.approx(1, abs=0.03)
    assert persons["n"].eq(10).all()


def test_an_item_and_persons_answered_at_random_stand_out():
    rng = np.random.default_rng(4)
    table, _ = right_or_wrong(rng, 1000, 10, slope=1.8)
    table["item09"] = rng.integers(0, 2, 1000)
    table.iloc[:25] = rng.integers(0, 2, (25, 10))
    fit = fit_ratings(table, "rasch")
    items = diagnostics.item_fit(fit).set_index("item")
    assert items.loc["item09", "infit"] > 1.2
    assert items.loc["item09", "outfit"] > 1.2
    assert items.drop(index="item09")["infit"].max() < 1.05
    persons = diagnostics.person_fit(fit)
    assert persons["outfit"].head(25).mean() > 1.2
    assert persons["outfit"].tail(975).mean() < 1.02


def test_an_assessor_who_rates_at_random_stands_out():
    table, severity = rated(np.random.default_rng(6))
    fit = fit_ratings(table, "pcm")
    found = diagnostics.assessor_fit(fit).set_index("assessor")
    assert found["n"].sum() == len(table)
    assert found.loc["r4", "infit"] > 1.2
    assert found.drop(index="r4")["infit"].between(0.7, 1.1).all()
    calm = found["severity"].drop(index="r4")
    assert np.corrcoef(calm, severity[:4])[0, 1] > 0.9
    assert found["se"].tolist() == fit.severities["se"].tolist()


def test_without_assessors_there_is_no_row(two_parameters):
    found = diagnostics.assessor_fit(two_parameters[0])
    expected = ["assessor", "n", "severity", "se", "part", "infit", "outfit"]
    assert found.columns.tolist() == expected
    assert len(found) == 0


def test_reliability_is_the_squared_correlation_with_the_truth(two_parameters):
    fit, trait = two_parameters
    found = information.reliability(fit).iloc[0]
    # score() gives the persons in the order of the table, which is that of `trait`.
    squared = np.corrcoef(fit.score()["eap"], trait)[0, 1] ** 2
    assert found["marginal"] == pytest.approx(squared, abs=0.04)
    assert found["empirical"] == pytest.approx(squared, abs=0.04)
    assert found["n"] == 800


def test_persons_without_ratings_are_not_in_the_reliability():
    table, _ = right_or_wrong(np.random.default_rng(8), 300, 6)
    fit = fit_ratings(table, "rasch")
    table = pd.concat([table, pd.DataFrame([[np.nan] * 6] * 100, columns=table.columns)])
    more = fit_ratings(table.reset_index(drop=True), "rasch")
    one, two = (information.reliability(f).iloc[0] for f in (fit, more))
    assert two["n"] == 300
    assert two["marginal"] == pytest.approx(one["marginal"], abs=1e-4)
    persons = diagnostics.person_fit(more)
    assert persons["outfit"].tail(100).isna().all()
    assert persons["n"].tail(100).eq(0).all()


def test_items_that_nothing_bounds_have_no_standard_error():
    patterns = {"easy": [0, 1, 1], "hard": [0, 0, 1], "frequency": [30, 90, 60]}
    found = diagnostics.item_fit(fit_ratings(pd.DataFrame(patterns), "rasch"))
    assert found["se_a"].isna().all()  # a perfect scale: the slope has no maximum


def test_observed_shares_follow_the_curves_when_the_model_holds(two_parameters):
    fit, _ = two_parameters
    middle, share, size = observed_shares(fit, 3)
    curve = information.item_probability(fit, middle)[3]
    assert share.sum(0) == pytest.approx(np.ones(len(middle)))
    assert np.abs(share - curve)[:, np.abs(middle) < 1.6].max() < 0.08
    assert size.argmax() == np.abs(middle).argmin()


def test_pictures_show_what_they_say(two_parameters):
    fit, _ = two_parameters
    ax = plot_item_curves(fit, "item03")
    assert len(ax.lines) == 2
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["0", "1"]
    assert ax.get_title(loc="left").startswith("item03: slope")
    other = plot_total_information(fit)
    assert other.lines[0].get_ydata() == pytest.approx(
        information.total_information(fit)["information"].to_numpy()
    )
    with pytest.raises(ConfigError, match="Nearest: 'item03'"):
        plot_item_curves(fit, "itme03")


def test_traits_must_be_numbers(two_parameters):
    with pytest.raises(ConfigError, match="finite"):
        information.item_information(two_parameters[0], trait=[0.0, np.nan])
