"""Metrics of ranked lists: published answers, scikit-learn beside, and intervals that cover."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from sklearn.metrics import label_ranking_average_precision_score, ndcg_score

from competency.errors import InputError
from competency.ranking import lists as ranked
from competency.ranking.evaluate import intervals, policy, report, spread
from competency.ranking.evaluate.intervals import cluster_means
from competency.ranking.lists import (
    RankedLists,
    average_precision,
    hits,
    ndcg,
    recall,
    reciprocal_rank,
)
from competency.stats import holm


def _lists(relevance, score) -> RankedLists:
    return RankedLists.of(np.array([relevance], float), np.array([score], float))


def test_v1_the_example_of_wikipedia():
    """Six documents shown of eight judged: 3 2 3 0 1 2, and 3 2 left out."""
    lists = _lists([3, 2, 3, 0, 1, 2, 3, 2], [8, 7, 6, 5, 4, 3, 2, 1])
    assert ndcg(lists, 6)[0] == pytest.approx(0.785002, abs=5e-7)
    assert ndcg(lists, 6, gain="exponential")[0] == pytest.approx(0.751083, abs=5e-7)
    assert ndcg(lists, 6)[0] == pytest.approx(
        ndcg_score([[3, 2, 3, 0, 1, 2, 3, 2]], [[8, 7, 6, 5, 4, 3, 2, 1]], k=6), abs=1e-9
    )


def test_v2_ties_share_their_places():
    assert ndcg(_lists([10, 0, 0, 1, 5], [1] * 5))[0] == pytest.approx(0.690979, abs=5e-7)
    last_first = ndcg(_lists([10, 0, 0, 1, 5], [1, 2, 3, 4, 5]))[0]
    assert last_first == pytest.approx(0.695694, abs=5e-7)


def test_v3_a_list_cut_short_is_never_above_one():
    """Candidates 1, 2, 3 of relevance 3, 5, 4, recommended 2, 3, 1; two places count."""
    assert ndcg(_lists([3, 5, 4], [1, 3, 2]), 2)[0] == pytest.approx(1.0, abs=1e-12)
    not_listed = ndcg(_lists([3, 5, 4], [-np.inf, 3, -np.inf]))[0]
    assert not_listed == pytest.approx(5 / (5 + 4 / np.log2(3) + 3 / 2), abs=1e-12)


def test_v4_without_anything_relevant_a_list_is_undefined_not_bad():
    lists = RankedLists.of(np.array([[0.0, 0], [1, 0]]), np.array([[2.0, 1], [2, 1]]))
    for metric in (ndcg(lists), recall(lists, 1), hits(lists, 1), average_precision(lists),
                   reciprocal_rank(lists)):  # fmt: skip
        assert np.isnan(metric[0])
        assert metric[1] == 1
        found = cluster_means(metric, np.array([0, 1]))
        assert (found.mean[0], found.n_lists[0]) == (1.0, 1)
    assert ndcg_score([[0, 0]], [[2, 1]]) == 0.0  # what scikit-learn makes of it


def test_v5_a_thousand_random_lists_agree_with_scikit_learn():
    rng = np.random.default_rng(0)
    for _ in range(1_000):
        size, at = int(rng.integers(2, 30)), int(rng.integers(1, 12))
        relevance = rng.integers(0, 5, size).astype(float)
        if not relevance.any():
            continue
        score = np.round(rng.normal(size=size), int(rng.integers(0, 4)))  # few digits: ties
        ours = ndcg(_lists(relevance, score), at)[0]
        assert ours == pytest.approx(ndcg_score([relevance], [score], k=at), abs=1e-9)
        untied = rng.permutation(size).astype(float)
        binary = (relevance > 2).astype(int)
        if binary.any():
            theirs = label_ranking_average_precision_score([binary], [untied])
            assert average_precision(_lists(binary, untied))[0] == pytest.approx(theirs, abs=1e-9)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_v3_every_metric_lies_between_zero_and_one(data):
    n_lists, size = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 12))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32 - 1)))
    relevance = rng.integers(0, 4, (n_lists, size)).astype(float)
    score = np.round(rng.normal(size=(n_lists, size)), 1)
    score[rng.random(score.shape) < 0.3] = -np.inf
    lists, at = RankedLists.of(relevance, score), data.draw(st.integers(1, 15))
    metrics = [metric(lists, at) for metric in (ndcg, recall, hits, average_precision)]
    metrics += [reciprocal_rank(lists, at), ndcg(lists, at, gain="exponential")]
    for metric in metrics:
        known = metric[~np.isnan(metric)]
        assert ((known >= 0) & (known <= 1 + 1e-12)).all()
    best = RankedLists.of(relevance, relevance)
    assert np.allclose(ndcg(best, at)[lists.relevant > 0], 1)


def test_metrics_at_a_place_worked_by_hand():
    lists = _lists([1, 0, 1, 1], [4, 3, 2, 1])
    assert recall(lists, 3)[0] == pytest.approx(2 / 3)
    assert average_precision(lists, 3)[0] == pytest.approx((1 + 2 / 3) / 3)
    assert average_precision(lists, 2)[0] == pytest.approx(1 / 2)
    assert average_precision(lists)[0] == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)
    assert reciprocal_rank(_lists([0, 0, 1], [3, 2, 1]), 2)[0] == 0


def test_flat_rows_with_groups_are_the_same_lists():
    rng = np.random.default_rng(1)
    relevance, score = rng.integers(0, 3, (5, 7)).astype(float), rng.normal(size=(5, 7))
    rows = rng.permutation(35)
    flat = RankedLists.of(
        relevance.ravel()[rows], score.ravel()[rows], np.repeat(list("abcde"), 7)[rows]
    )
    assert np.allclose(ndcg(flat, 4), ndcg(RankedLists.of(relevance, score), 4), equal_nan=True)


def test_candidates_that_do_not_exist_do_not_count():
    """V13: a training that is not eligible leaves every metric as it was."""
    without = RankedLists.of(np.array([[1.0, 0]]), np.array([[1.0, 2]]))
    beside = RankedLists.of(np.array([[1.0, np.nan, 0]]), np.array([[1.0, 9, 2]]))
    assert ndcg(without)[0] == ndcg(beside)[0]


@pytest.mark.parametrize(
    ("relevance", "score", "code"),
    [
        ([[1.0]], [[1.0, 2.0]], "different-shapes"),
        ([[1.0]], [[np.nan]], "no-number"),
        ([[-1.0]], [[1.0]], "illegal-relevance"),
        ([[np.inf]], [[1.0]], "illegal-relevance"),
    ],
)
def test_lists_that_are_none_are_refused(relevance, score, code):
    with pytest.raises(InputError) as caught:
        RankedLists.of(np.array(relevance), np.array(score))
    assert caught.value.findings[0].code == code


def test_v7_intervals_of_a_difference_that_is_none_cover_it():
    """Five hundred worlds in which two rankers are equally good; officers have several lists."""
    rng = np.random.default_rng(5)
    covered, claimed = 0, 0
    for _ in range(500):
        officer = np.repeat(np.arange(80), rng.integers(1, 5, 80))
        difference = rng.normal(size=80)[officer] + rng.normal(size=len(officer))
        found = cluster_means(difference, officer, draws=400, rng=rng)
        covered += bool(found.lower[0] <= 0 <= found.upper[0])
        alone = cluster_means(difference, np.arange(len(officer)), draws=100, rng=rng)
        claimed += bool(alone.lower[0] > 0 or alone.upper[0] < 0)
    assert 0.93 <= covered / 500 <= 0.97
    assert claimed / 500 > 0.10  # lists taken for independent claim too much


def test_clusters_with_few_lists_are_told_apart_from_lists():
    found = cluster_means(np.array([1.0, 3, 2, np.nan]), ["a", "a", "b", "c"])
    assert (found.n_lists[0], found.n_clusters[0]) == (3, 2)
    assert found.mean[0] == 2
    one = cluster_means(np.array([1.0, 2.0]), ["a", "a"])
    assert np.isnan([one.lower[0], one.se[0], one.p_value[0]]).all()
    nothing = cluster_means(np.zeros((0, 2)), np.zeros(0))
    assert np.isnan(nothing.mean).all()


def test_holm_by_hand():
    assert np.allclose(holm(np.array([0.04, 0.01, 0.03, 0.005])), [0.06, 0.03, 0.06, 0.02])
    assert np.allclose(holm(np.array([0.9, 0.8])), [1, 1])


def test_v11_values_of_a_policy_are_unbiased_where_a_lottery_decided():
    """Two hundred logs of a world whose truth is known; a deterministic log is refused."""
    rng = np.random.default_rng(8)
    n, k = 400, 5
    truth = np.linspace(0, 1, k)
    wanted = np.array([0.05, 0.05, 0.1, 0.2, 0.6])
    target, found = float((wanted * truth).sum()), {"ips": [], "snips": [], "dr": []}
    for _ in range(200):
        logged = np.full(k, 1 / k)
        taken = rng.integers(0, k, n)
        reward = truth[taken] + rng.normal(0, 0.5, n)
        chance, propensity = wanted[taken], logged[taken]
        told = {
            "taken": taken,
            "expected": np.tile(truth + 0.2, (n, 1)),
            "policy": np.tile(wanted, (n, 1)),
        }
        found["ips"].append(policy.inverse_propensity(reward, propensity, chance).value)
        found["snips"].append(
            policy.inverse_propensity(reward, propensity, chance, normalised=True).value
        )
        found["dr"].append(policy.doubly_robust(reward, propensity, chance, **told).value)
    for values in found.values():
        assert abs(np.mean(values) - target) < 2 * np.std(values, ddof=1) / np.sqrt(200) + 1e-3
    rmse = {name: np.sqrt(np.mean((np.array(v) - target) ** 2)) for name, v in found.items()}
    assert rmse["dr"] < rmse["ips"]


@pytest.mark.parametrize(
    ("propensity", "chance", "code"),
    [
        (np.ones(50), np.ones(50), "deterministic-log"),
        (np.full(50, 0.001), np.ones(50), "small-propensity"),
        (np.full(50, 0.0), np.ones(50), "no-propensity"),
        (np.full(50, 0.5), np.eye(50)[0], "small-sample"),
    ],
)
def test_v11_logs_that_cannot_answer_are_refused(propensity, chance, code):
    with pytest.raises(InputError) as caught:
        policy.inverse_propensity(np.ones(50), propensity, chance)
    assert caught.value.findings[0].code == code


def test_v12_there_are_no_sampled_metrics():
    """No function takes a number of negatives: a sample of candidates orders rankers wrongly."""
    for module in (ranked, intervals, spread, report, policy):
        for _, function in inspect.getmembers(module, inspect.isfunction):
            assert not {"n_negatives", "sample", "negatives"} & set(
                inspect.signature(function).parameters
            )


def test_v12_a_sample_turns_rankers_around():
    """Full .20 and .00, sampled .20 and .994: first for one in five, or place 200 of 5,000."""
    rng = np.random.default_rng(4)
    score = -np.arange(5_000.0)
    found = []
    for places in (np.where(np.arange(500) % 5 == 0, 0, 4_999), np.full(500, 199)):
        whole = np.mean(places < 10)
        sampled = []
        for place in places:
            others = rng.choice(4_999, 100, replace=False)
            others += others >= place
            rows = np.append(others, place)
            relevance = (rows == place).astype(float)
            sampled.append(hits(RankedLists.of(relevance[None], score[None, rows]), 10)[0])
        found.append((whole, np.mean(sampled)))
    assert found[0] == (0.2, 0.2)
    assert found[1][0] == 0.0
    assert found[1][1] == pytest.approx(0.994, abs=0.01)


def test_v12_why_not():
    """One relevant training in place 5 of 100: no hit at 1, but first among most samples of 5."""
    score = np.arange(100.0)[::-1]
    relevance = np.zeros(100)
    relevance[4] = 1
    full = hits(RankedLists.of(relevance[None], score[None]), 1)[0]
    rng = np.random.default_rng(0)
    sampled = []
    for _ in range(300):
        rows = np.append(rng.choice(np.delete(np.arange(100), 4), 5, replace=False), 4)
        sampled.append(hits(RankedLists.of(relevance[None, rows], score[None, rows]), 1)[0])
    assert full == 0
    assert np.mean(sampled) > 0.7


def test_exposure_gini_and_coverage_by_hand():
    top = np.array([[0, 1], [0, -1], [0, 2]])
    assert spread.exposure(top, 4).tolist() == [3, 1, 1, 0]
    assert spread.gini(spread.exposure(top, 4)) == pytest.approx((-3 * 0 - 1 + 1 + 3 * 3) / 20)
    assert spread.catalogue_coverage(top, np.array([0, 3])) == 0.5


def test_rank_biased_overlap_by_hand():
    """Depth 1: nothing in common; depth 2: both; weights 1 and .9."""
    found = spread.rank_biased_overlap(np.array([[1, 2]]), np.array([[2, 1]]))
    assert found[0] == pytest.approx(0.9 / 1.9)
    short = spread.rank_biased_overlap(np.array([[1, -1]]), np.array([[1, 2]]))
    assert short[0] == pytest.approx((1 + 0.9 / 2) / 1.9)


def test_gains_promised_twice_over_have_slope_one_half():
    rng = np.random.default_rng(2)
    promised = rng.random(4_000)
    found = report.gain_calibration(promised, promised / 2 + rng.normal(0, 0.1, 4_000))
    assert found.slope == pytest.approx(0.5, abs=3 * found.slope_se)
    assert found.error == pytest.approx(0.25, abs=0.01)
    assert found.slope_se == pytest.approx(0.1 / np.sqrt(4_000 / 12), rel=0.1)
    honest = report.gain_calibration(promised, promised)
    assert (round(honest.slope, 9), round(honest.error, 9)) == (1, 0)
