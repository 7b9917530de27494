"""Calibration of ratings: published estimates, brute force, and the outcomes of bad designs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.integrate import quad
from scipy.special import expit

from competency.errors import ConfigError, EvidenceError
from competency.ratings import fit_ratings

LSAT6 = (
    "00000 3,00001 6,00010 2,00011 11,00100 1,00101 1,00110 3,00111 4,01000 1,01001 8,01011 16,"
    "01101 3,01110 2,01111 15,10000 10,10001 29,10010 14,10011 81,10100 3,10101 28,10110 15,"
    "10111 80,11000 16,11001 56,11010 21,11011 173,11100 11,11101 61,11110 28,11111 298"
)
# The law school admission test, section 6: patterns of five answers and how often each occurred
# (Bock and Lieberman 1970).


def lsat6():
    patterns = [cell.split(" ") for cell in LSAT6.split(",")]
    table = pd.DataFrame([[int(mark) for mark in row] for row, _ in patterns])
    return table.assign(frequency=[int(count) for _, count in patterns])


def simulated(seed=0, n_persons=300, n_items=5, n_categories=4):
    rng = np.random.default_rng(seed)
    trait = rng.normal(size=n_persons)
    slope = rng.uniform(0.8, 2.0, n_items)
    cuts = np.sort(rng.normal(0, 1.2, (n_items, n_categories - 1)), axis=1)
    chance = expit(slope[:, None] * (trait[:, None, None] - cuts))
    ratings = (rng.random((n_persons, n_items, 1)) < chance).sum(2)
    names = [f"item{k}" for k in range(n_items)]
    table = pd.DataFrame(ratings, columns=names)
    return table.assign(person=[f"p{k:04d}" for k in range(n_persons)])


def rated(seed=0, n_persons=80, n_assessors=4):
    """Every person rated by two assessors on two criteria of four categories."""
    rng = np.random.default_rng(seed)
    severity = np.linspace(-0.8, 0.8, n_assessors)
    rows = []
    for person in range(n_persons):
        trait = 1.5 * rng.normal()
        for assessor in rng.choice(n_assessors, 2, replace=False):
            for criterion, shift in (("A", 0.0), ("B", 0.4)):
                eta = trait - severity[assessor] - shift - np.array([-1.0, 0.0, 1.0])
                weight = np.exp(np.concatenate([[0], np.cumsum(eta)]))
                rating = rng.choice(4, p=weight / weight.sum())
                rows.append((f"p{person:03d}", criterion, f"r{assessor}", rating))
    return pd.DataFrame(rows, columns=["person", "criterion", "assessor", "rating"])


def test_published_estimates_of_the_two_models_of_right_and_wrong():
    # R mirt 1.47, 121 nodes, tolerance 1e-8.
    one, two = fit_ratings(lsat6(), "rasch"), fit_ratings(lsat6(), "2pl")
    assert one.log_likelihood == pytest.approx(-2466.93760, abs=1e-4)
    assert one.items["a"].tolist() == pytest.approx([0.7551346] * 5, abs=2e-4)
    assert two.log_likelihood == pytest.approx(-2466.653378, abs=1e-4)
    slopes = [0.8256595, 0.7227442, 0.8908745, 0.6883680, 0.6568560]
    places = [-3.3588111, -1.3700576, -0.2796662, -1.8663810, -3.1259067]
    assert two.items["a"].tolist() == pytest.approx(slopes, abs=2e-4)
    assert two.items["b_1"].tolist() == pytest.approx(places, abs=2e-4)
    first = two.score().iloc[0]
    assert (first["eap"], first["se"]) == pytest.approx((-1.89677, 0.80128), abs=1e-4)


def probability(model, trait, slope, thresholds):
    eta = slope * (trait - thresholds)
    if model == "grm":
        tail = np.concatenate([[1], expit(eta), [0]])
        return tail[:-1] - tail[1:]
    weight = np.exp(np.concatenate([[0], np.cumsum(eta)]))
    return weight / weight.sum()


@pytest.mark.parametrize("model", ["grm", "gpcm", "pcm", "rsm"])
def test_the_log_likelihood_is_the_integral_that_it_claims_to_be(model):
    table = simulated(n_persons=60, n_items=3)
    fit = fit_ratings(table, model)
    slopes = fit.items["a"].to_numpy()
    thresholds = fit.items.filter(like="b_").to_numpy()
    ratings = table[fit.items["item"]].to_numpy()
    lowest = 0 if model == "rsm" else ratings.min(0)
    category = ratings - lowest

    def joint(trait, row):
        chances = [
            probability(model, trait, a, b[np.isfinite(b)])[k]
            for a, b, k in zip(slopes, thresholds, row, strict=True)
        ]
        return np.prod(chances) * np.exp(-(trait**2) / 2) / np.sqrt(2 * np.pi)

    total = sum(np.log(quad(joint, -8, 8, args=(row,), limit=200)[0]) for row in category)
    assert fit.log_likelihood == pytest.approx(total, abs=1e-4)


@pytest.mark.parametrize("model", ["grm", "gpcm", "pcm", "rsm"])
def test_no_neighbour_is_higher(model):
    fit = fit_ratings(simulated(), model)
    assert fit.converged
    assert fit.remaining <= 1e-8
    loose = fit_ratings(simulated(), model, tolerance=1.0)
    assert loose.log_likelihood <= fit.log_likelihood + 1e-9


def test_a_search_that_was_stopped_says_so():
    fit = fit_ratings(simulated(), "grm", max_iter=1, tolerance=1e-14)
    assert not fit.converged


def test_simulated_parameters_are_found_again():
    table = simulated(seed=3, n_persons=4000)
    rng = np.random.default_rng(3)
    rng.normal(size=4000)
    slope = rng.uniform(0.8, 2.0, 5)
    cuts = np.sort(rng.normal(0, 1.2, (5, 3)), axis=1)
    fit = fit_ratings(table, "grm")
    assert np.abs(fit.items["a"] - slope).max() < 0.15
    assert np.abs(fit.items.filter(like="b_").to_numpy() - cuts).max() < 0.2
    assert np.sqrt(np.mean(fit.score()["se"] ** 2)) == pytest.approx(0.5, abs=0.15)


def test_long_and_wide_frequencies_and_any_row_order_give_the_same():
    wide = simulated(n_persons=60)
    fit = fit_ratings(wide, "grm")
    long = wide.melt("person", var_name="item", value_name="rating")
    shuffled = long.sample(frac=1, random_state=1)
    assert fit_ratings(shuffled, "grm").log_likelihood == fit.log_likelihood
    patterns = wide.drop(columns="person").value_counts().rename("frequency").reset_index()
    counted = fit_ratings(patterns, "grm")
    assert counted.log_likelihood == pytest.approx(fit.log_likelihood, abs=1e-7)
    assert np.allclose(counted.items["a"], fit.items["a"], atol=1e-4)


def test_missing_ratings_are_not_ratings_of_zero():
    table = simulated(n_persons=200).astype({f"item{k}": float for k in range(5)})
    table.loc[:99, "item0"] = np.nan
    table.loc[0, [f"item{k}" for k in range(5)]] = np.nan
    fit = fit_ratings(table, "grm")
    nobody = fit.score().set_index("person").loc["p0000"]
    assert nobody.tolist() == pytest.approx([0.0, 1.0], abs=1e-6)
    assert "never-rated" in [finding.code for finding in fit.findings]
    zeros = fit_ratings(table.fillna(0), "grm")
    assert abs(zeros.items["b_1"][0] - fit.items["b_1"][0]) > 0.2


def test_severities_sum_to_zero_and_are_found_in_order():
    fit = fit_ratings(rated(n_persons=300), "rsm")
    assert fit.severities["severity"].sum() == pytest.approx(0, abs=1e-9)
    assert fit.severities["severity"].is_monotonic_increasing
    assert np.abs(fit.severities["severity"] - np.linspace(-0.8, 0.8, 4)).max() < 0.25
    assert fit.variance == pytest.approx(1.5**2, rel=0.35)
    assert (fit.severities["se"] > 0).all()


def test_predictions_are_probabilities_and_move_with_severity():
    fit = fit_ratings(rated(n_persons=200), "pcm")
    rows = pd.DataFrame(
        {"person": ["p001", "p001", "new"], "criterion": ["A"] * 3, "assessor": ["r0", "r3", "r0"]}
    )
    chance = fit.predict(rows)
    assert list(chance) == ["p_0", "p_1", "p_2", "p_3"]
    assert np.allclose(chance.sum(axis=1), 1)
    mean = chance.to_numpy() @ np.arange(4)
    assert mean[0] > mean[1]
    with pytest.raises(EvidenceError, match="not calibrated"):
        fit.predict(rows.assign(criterion="C"))


def test_other_persons_are_scored_with_the_same_parameters():
    table = simulated()
    fit = fit_ratings(table, "grm")
    again = fit.score(table.head(10))
    assert np.allclose(again["eap"], fit.score().head(10)["eap"], atol=1e-9)
    raters = fit_ratings(rated(), "rsm")
    strange = rated().query("assessor == 'r0'").assign(assessor="stranger")
    with pytest.raises(EvidenceError, match="assessors were not calibrated"):
        raters.score(strange)


def codes(table, model="grm", **names):
    with pytest.raises(EvidenceError) as caught:
        fit_ratings(table, model, **names)
    return [finding.code for finding in caught.value.findings]


def test_ratings_that_cannot_be_used_are_named_at_once():
    table = simulated(n_persons=20).astype({"item0": float, "item1": float})
    table.loc[3, "item0"] = -1
    table.loc[4, "item1"] = 2.5
    found = codes(table)
    assert "negative-rating" in found
    assert "fractional-rating" in found
    assert codes(simulated(), "2pl") == ["more-than-two-categories"] * 5
    constant = pd.DataFrame({"a": [1, 1, 1], "b": [2, 2, 2]})
    assert "constant-ratings" in codes(constant)
    twice = pd.concat([rated(), rated().head(3)])
    assert codes(twice, "rsm") == ["duplicate-rating"]
    assert codes(rated(), "rsm", rating="nilai") == ["no-column"]
    with pytest.raises(ConfigError, match="'grmm' is not a model"):
        fit_ratings(rated(), "grmm")


def findings_of(table, model="rsm"):
    return [finding.code for finding in fit_ratings(table, model).findings]


def test_designs_that_cannot_tell_are_said():
    table = rated()
    assert findings_of(table) == []
    assert "one-assessor" in findings_of(table[table["assessor"] == "r0"])
    far = table.assign(person="q" + table["person"], assessor="q" + table["assessor"])
    fit = fit_ratings(pd.concat([table, far]), "rsm")
    assert "disconnected-design" in [finding.code for finding in fit.findings]
    assert sorted(fit.severities["part"].unique()) == [0, 1]
    flat = simulated(n_persons=50).assign(item0=2)
    fit = fit_ratings(flat, "grm")
    assert "one-category" in [finding.code for finding in fit.findings]
    assert "item0" not in fit.items["item"].tolist()
