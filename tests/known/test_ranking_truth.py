"""Regret to an oracle, by hand and by trying every set."""

from __future__ import annotations

from itertools import chain, combinations

import numpy as np
import pytest

from competency.ranking import LargestGapRanker, PriorRanker, RandomRanker
from competency.ranking.evaluate.truth import ORACLE, best_within, regret_table, true_gaps
from competency.testing import small_gaps


def test_the_best_sets_are_those_found_by_trying_all():
    rng = np.random.default_rng(4)
    closes, hours = rng.random((20, 7)), rng.integers(3, 16, 7).astype(float)
    total, chosen = best_within(closes, hours, 20.0)
    sets = list(chain.from_iterable(combinations(range(7), k) for k in range(8)))
    fits = [list(s) for s in sets if hours[list(s)].sum() <= 20]
    for row in range(20):
        assert total[row] == pytest.approx(max(closes[row, s].sum() for s in fits))
    assert (chosen @ hours <= 20).all()
    assert np.allclose((closes * chosen).sum(axis=1), total)


@pytest.fixture(scope="module")
def table():
    gaps = small_gaps(40)
    rng = np.random.default_rng(0)
    cumulative = gaps.levels.probs.cumsum(axis=-1)
    level = (rng.random((*gaps.known.shape, 1)) > cumulative).sum(axis=-1)
    truth = true_gaps(gaps, np.minimum(level, gaps.levels.framework.index.max_level))
    rankers = {"largest gap": LargestGapRanker(), "prior": PriorRanker(), "lot": RandomRanker()}
    rankings = {name: ranker.rank(gaps) for name, ranker in rankers.items()}
    return truth, regret_table(rankings, truth, draws=100), rankings


def test_certain_levels_are_certain(table):
    truth, *_ = table
    assert set(np.unique(truth.levels.probs)) == {0.0, 1.0}
    assert truth.known.all()
    assert np.array_equal(truth.expected_gap, np.floor(truth.expected_gap), equal_nan=True)


def test_nobody_is_ahead_of_the_oracle(table):
    _, found, *_ = table
    assert (found["regret"] >= -1e-9).all()
    first = found[(found["measure"] == "first") & (found["ranker"] == ORACLE)]
    assert first["regret"].item() == 0
    for measure, rows in found.groupby("measure"):
        own = rows.set_index("ranker")
        assert own["closed"].idxmax() == ORACLE, measure
        assert own.loc["largest gap", "saved"] == 0
        ahead = own.loc["largest gap", "regret"] - own.loc["prior", "regret"]
        assert own.loc["prior", "saved"] == pytest.approx(ahead)
        assert (own["lower"] <= own["regret"] + 1e-12).all()
    assert (found["n_officers"] == 40).all()


def test_the_first_training_is_worth_what_it_truly_closes(table):
    truth, found, rankings = table
    worth = truth.worth({"held": 1.0, "next": 0.3}, unknown_weight=1.0)
    index = truth.levels.framework.index
    develops, top = index.develops, rankings["prior"].top(1)[:, 0]
    total = 0.0
    for officer, training in enumerate(top):
        if training < 0:
            continue
        for row in np.flatnonzero(develops.training == training):
            competency = develops.competency[row]
            level = int(truth.levels.probs[officer, competency].argmax())
            if develops.entry_level[row] <= level < develops.target_level[row]:
                steps = worth[officer, competency, level + 1 : develops.target_level[row] + 1]
                total += 20 * develops.success[row] * steps.sum() / index.trainings.hours[training]
    told = found[(found["measure"] == "first") & (found["ranker"] == "prior")]
    assert told["closed"].item() == pytest.approx(total / len(top), rel=1e-5)
