"""The ranker that learns: exact sums, directions that hold, validation that is honest."""

from __future__ import annotations

import builtins

import numpy as np
import pandas as pd
import pytest
from ranking_world import made_up_lists
from scipy.sparse import csr_matrix

from competency.errors import ConfigError, InputError
from competency.ranking.additive.boost import BoostSettings, Grower, RankingTable
from competency.ranking.additive.compile import feature_table
from competency.ranking.additive.tuning import forward_splits
from competency.ranking.estimator import RankingEstimator
from competency.ranking.lists import RankedLists, ndcg

pytest.importorskip("lightgbm", reason="the extra 'train' is not installed")

WAYS = {"gap": 1, "hours": -1}


@pytest.fixture(scope="module")
def lists():
    return made_up_lists()


@pytest.fixture(scope="module")
def ranker(lists):
    ranker = RankingEstimator(monotone=WAYS, pairs=(("gap", "hours"),), n_trees=60, min_rows=5)
    return ranker.fit(lists.columns.drop(columns="prior"), lists.labels, groups=lists.groups)


def _quality(score, lists) -> float:
    found = RankedLists.of(lists.labels.astype(float), score, lists.groups)
    return float(np.nanmean(ndcg(found, 5)))


def test_contributions_sum_to_the_score(ranker):
    probe = _probe(10_000)
    parts = ranker.contributions(probe)
    assert set(parts) == {"gap", "hours", "ready", "gap x hours"}
    assert np.abs(sum(parts.values()) - ranker.predict(probe)).max() <= 1e-12
    assert (np.ptp(list(parts.values()), axis=1) > 0).all()


def test_more_gap_never_lowers_and_more_hours_never_raise(ranker):
    probe = _probe(10_000)
    score = ranker.predict(probe)
    more = ranker.predict(
        probe.assign(gap=probe["gap"] + np.random.default_rng(1).gamma(1, 1, 10_000))
    )
    assert (more >= score).all()
    assert (more > score).any()
    longer = ranker.predict(probe.assign(hours=probe["hours"] * 1.7))
    assert (longer <= score).all()
    assert (longer < score).any()


def test_directions_are_needed_for_that():
    """Without them noise makes steps against the direction: the test above can fail."""
    lists = made_up_lists(noise=3.0)
    free = RankingEstimator(n_trees=200, min_rows=2).fit(
        lists.columns, lists.labels, groups=lists.groups
    )
    step = next(table for table in free.scorer_.model.tables if table.name == "gap")
    assert (np.diff(step.adds[:-1]) < 0).any()


def test_tables_equal_the_trees(lists):
    """One-split trees with missing values, to 1e-12 up to the constant that no order sees."""
    columns = lists.columns.to_numpy().copy()
    columns[::7, 1] = np.nan
    table = RankingTable(
        columns, lists.labels.astype(np.int32), np.arange(4.0), lists.groups, np.zeros(len(columns))
    )
    grower = Grower(table, BoostSettings(0.1, 63, 5, 1.0), (0, 1, 2, 3), (0, 0, 0, 0))
    everything = np.ones(len(columns), bool)
    booster = grower.grow(everything, table.start, 80)
    leaves: dict = {}
    for (feature,), found in grower.leaves(booster, 80, 1.0):
        leaves.setdefault(feature, []).extend(found)
    tables = [feature_table(str(k), leaves[k], columns[:, k], direction=0) for k in leaves]
    total = sum(one.look_up({one.name: columns[:, int(one.name)]}) for one in tables)
    raw = booster.predict(columns, raw_score=True)
    assert np.ptp(raw) > 1
    assert np.abs((raw - raw.mean()) - (total - total.mean())).max() < 1e-12


def test_tables_of_pairs_equal_the_trees(lists):
    columns = lists.columns.to_numpy()
    only_pair = RankingEstimator(pairs=(("gap", "ready"),), n_trees=30, min_rows=5, folds=2)
    only_pair.fit(lists.columns.iloc[:36], lists.labels[:36], groups=lists.groups[:36])
    table = next(t for t in only_pair.scorer_.model.tables if t.name == "gap x ready")
    inside = table.look_up({"gap": columns[:36, 1], "ready": columns[:36, 3]})
    assert abs(inside.mean()) < 1e-12
    assert np.ptp(inside) > 0.1
    missing = table.look_up({"gap": np.full(1, np.nan), "ready": np.full(1, np.nan)})
    assert abs(missing[0]) <= np.abs(table.adds).max()


def test_learning_beats_its_start_and_finds_the_truth(lists):
    fresh = made_up_lists(seed=9)
    ranker = RankingEstimator(start="prior", monotone=WAYS, min_rows=5)
    score = ranker.fit(lists.columns, lists.labels, groups=lists.groups).predict(fresh.columns)
    prior, best = _quality(fresh.columns["prior"], fresh), _quality(fresh.truth, fresh)
    assert ranker.tuned_[0].gain > 2 * ranker.tuned_[0].gain_se
    assert _quality(score, fresh) > prior + 0.7 * (best - prior)
    assert next(iter(ranker.contributions(fresh.columns))) == "prior"


def test_where_history_is_noise_the_start_score_stands(lists):
    rng = np.random.default_rng(4)
    noise = rng.permuted(lists.labels.reshape(60, 12), axis=1).ravel()
    ranker = RankingEstimator(start="prior").fit(lists.columns, noise, groups=lists.groups)
    assert ranker.tuned_[0].count == 0
    assert np.array_equal(ranker.predict(lists.columns), lists.columns["prior"])


def test_known_utility_is_recovered_in_order():
    """V8: with 5,000 candidates and no noise Kendall's tau to the truth is at least .9."""
    lists = made_up_lists(250, length=20, noise=0.0, seed=3)
    ranker = RankingEstimator(start="prior", folds=2).fit(
        lists.columns, _grades(lists.truth, lists.groups), groups=lists.groups
    )
    score = ranker.predict(lists.columns)
    assert _kendall(score, lists.truth, lists.groups) >= 0.9
    assert _kendall(lists.columns["prior"].to_numpy(), lists.truth, lists.groups) < 0.8


def test_rows_in_any_order_give_the_same_bytes(lists):
    order = np.random.default_rng(2).permutation(len(lists.labels))
    settings = {"min_rows": 5, "max_trees": 30, "folds": 2}
    here = RankingEstimator(**settings).fit(lists.columns, lists.labels, groups=lists.groups)
    there = RankingEstimator(**settings).fit(
        lists.columns.iloc[order], lists.labels[order], groups=lists.groups[order]
    )
    assert np.array_equal(here.predict(lists.columns), there.predict(lists.columns))


def test_labels_of_lists_may_be_texts_and_columns_sparse(lists):
    settings = {"min_rows": 5, "n_trees": 20}
    here = RankingEstimator(**settings).fit(lists.columns, lists.labels, lists.groups)
    names = pd.Series([f"list {k:03d}" for k in lists.groups], dtype=object)
    there = RankingEstimator(**settings).fit(lists.columns, lists.labels, names)
    sparse = csr_matrix(lists.columns.to_numpy())
    packed = RankingEstimator(**settings).fit(sparse, lists.labels, lists.groups)
    assert np.array_equal(here.predict(lists.columns), there.predict(lists.columns))
    assert np.array_equal(here.predict(lists.columns), packed.predict(sparse))


def test_later_lists_are_validated_on_earlier_ones():
    owner = np.repeat(np.arange(6), 2)
    time = np.repeat(np.array(["2024", "2024", "2025", "2025", "2026", "2026"], "M8[Y]"), 2)
    splits = forward_splits(owner, time, 5)
    assert len(splits) == 2
    for split in splits:
        assert time[split.learn].max() < time[split.validate].min()
    assert forward_splits(owner, np.repeat(time[:1], 12), 5) == []


def test_time_decides_how_many_trees(lists):
    """What holds in the early lists is reversed in the late ones, so nothing is learned."""
    late = lists.groups >= 30
    turned = np.where(late, 3 - lists.labels, lists.labels)
    ranker = RankingEstimator(start="prior", folds=2, min_rows=5)
    ranker.fit(lists.columns, turned, groups=lists.groups, time=np.where(late, 2026, 2025))
    assert ranker.tuned_[0].count == 0
    assert ranker.tuned_[0].gain <= 0


@pytest.mark.parametrize("labels", [np.zeros(720), np.full(720, 2.5)])
def test_one_class_of_labels_teaches_nothing(lists, labels):
    ranker = RankingEstimator(max_trees=30).fit(lists.columns, labels, groups=lists.groups)
    assert (ranker.predict(lists.columns) == 0).all()
    assert ranker.tuned_[0].n_lists == 0 or ranker.tuned_[0].gain == 0


def test_a_constant_feature_adds_nothing(lists):
    columns = lists.columns.assign(same=1.0)
    ranker = RankingEstimator(n_trees=20).fit(columns, lists.labels, groups=lists.groups)
    assert "same" not in ranker.contributions(columns)


def test_a_value_never_missing_in_training_adds_its_mean(ranker):
    parts = ranker.contributions(_probe(3).assign(ready=np.nan))
    assert (parts["ready"] == 0).all()


def test_negative_labels_are_worth_less_than_nothing(lists):
    """Labels are worths: adding a constant to all changes nothing."""
    labels = lists.labels + 0.5
    here, there = (
        RankingEstimator(n_trees=20).fit(lists.columns, shifted, groups=lists.groups)
        for shifted in (labels, labels - 4)
    )
    assert np.array_equal(here.predict(lists.columns), there.predict(lists.columns))


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"monotone": {"hour": -1}}, "unknown-feature"),
        ({"monotone": {"hours": 2}}, "illegal-setting"),
        ({"monotone": [1]}, "illegal-setting"),
        ({"pairs": [("gap", "gap")]}, "illegal-setting"),
        ({"start": "prio"}, "unknown-feature"),
        ({"max_bins": 1}, "illegal-setting"),
        ({"n_trees": 2.5}, "illegal-setting"),
        ({"learning_rate": 0}, "illegal-setting"),
        ({"gain": "cubic"}, "illegal-setting"),
        ({"l2": -1}, "illegal-setting"),
    ],
)
def test_illegal_parameters_are_named(lists, settings, code):
    with pytest.raises(ConfigError) as caught:
        RankingEstimator(**settings).fit(lists.columns, lists.labels, groups=lists.groups)
    assert [finding.code for finding in caught.value.findings] == [code]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"groups": np.zeros(3)}, "different-shapes"),
        ({"groups": np.full(720, np.nan)}, "no-group"),
        ({"groups": np.zeros(720), "time": np.arange(720)}, "list-in-two-times"),
        ({"time": np.zeros(3)}, "no-time"),
        ({"time": np.full(720, np.datetime64("NaT", "D"))}, "no-time"),
    ],
)
def test_groups_and_times_that_do_not_fit_are_refused(lists, given, code):
    with pytest.raises(InputError) as caught:
        RankingEstimator().fit(lists.columns, lists.labels, **given)
    assert [finding.code for finding in caught.value.findings] == [code]


def test_a_list_too_long_for_the_trees_is_refused():
    with pytest.raises(InputError, match="more than 10000 candidates"):
        RankingEstimator().fit(np.zeros((10_001, 1)), np.zeros(10_001))


def test_a_missing_start_score_is_refused(lists):
    columns = lists.columns.assign(prior=np.nan)
    with pytest.raises(InputError, match="start score 'prior' is missing"):
        RankingEstimator(start="prior").fit(columns, lists.labels, groups=lists.groups)


def test_without_lightgbm_the_extra_is_named(lists, monkeypatch):
    def refuse(name, *args, **kwargs):
        if name == "lightgbm":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    real = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ConfigError, match=r"competency\[train\]"):
        RankingEstimator().fit(lists.columns, lists.labels, groups=lists.groups)


def _probe(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(7)
    return pd.DataFrame(
        {
            "gap": rng.gamma(1.5, 1, rows),
            "hours": rng.uniform(2, 90, rows),
            "ready": rng.random(rows),
        }
    )


def _grades(truth: np.ndarray, groups: np.ndarray) -> np.ndarray:
    place = np.lexsort((truth, groups))
    grade = np.empty(len(truth))
    grade[place] = np.tile(np.arange(np.sum(groups == groups[0])), len(np.unique(groups)))
    return grade


def _kendall(score: np.ndarray, truth: np.ndarray, groups: np.ndarray) -> float:
    values = []
    for group in np.unique(groups):
        rows = groups == group
        signs = np.sign(np.subtract.outer(score[rows], score[rows]))
        values.append(
            (signs * np.sign(np.subtract.outer(truth[rows], truth[rows]))).sum() / signs.size
        )
    return float(np.mean(values)) * signs.shape[0] / (signs.shape[0] - 1)
