"""Partial pooling of positions: families, requirements, spreads, and what is left unknown."""

from __future__ import annotations

import numpy as np
import pytest
from units_world import TODAY, framework, world

from competency.config import LevelConfig
from competency.levels import LevelModel
from competency.levels.fitting.given import LACK, Groups
from competency.levels.fitting.pooling import pooled_means
from competency.levels.posterior.parameters import PriorMeans


def start(n_groups, size, *, group_sd=0.5, n_families=0):
    zero = np.zeros((n_groups, size))
    return PriorMeans(
        zero + 2.0, zero, np.full(size, 2.0), np.zeros((n_families, size)), 0.5, LACK, group_sd,
        0.3,
    )  # fmt: skip


def learned(truth, groups, information, *, rounds=60, given=0.5):
    """Means after many steps from exact normal likelihoods around `truth`."""
    n_groups, size = truth.shape
    first = means = start(n_groups, size, group_sd=given, n_families=groups.n_families)
    held = information[..., None] * np.eye(size)
    for _ in range(rounds):
        score = information * (truth - means.group)
        means = pooled_means(
            means, groups, first, score=score, information=held, learn=True,
            max_level=np.full(size, 9),
        )  # fmt: skip
    return means


def plain(n_groups, size, **changed):
    zero = np.zeros((n_groups, size))
    given = {"asked": zero, "lacking": zero > 0, "family": np.full(n_groups, -1), "n_families": 0}
    return Groups(**(given | changed))


@pytest.mark.parametrize("spread", [0.2, 0.9])
def test_the_spread_of_positions_is_learned(spread):
    rng = np.random.default_rng(1)
    truth = 2 + spread * rng.standard_normal((40, 6))
    seen = truth + rng.standard_normal(truth.shape) / np.sqrt(500)
    means = learned(seen, plain(40, 6), np.full(truth.shape, 500.0))
    # 240 cells less the six means of competencies, with ten at the given .5.
    around = (truth - truth.mean(0)).std()
    wanted = np.sqrt((240 * around**2 + 10 * 0.25) / 250)
    assert means.group_sd == pytest.approx(wanted, rel=0.06)


def test_what_was_never_seen_is_where_it_is_said_to_be():
    # Forty positions, of which each competency was seen in half: intervals of the others hold.
    rng = np.random.default_rng(2)
    asked = rng.integers(-2, 3, (40, 6)).astype(float)
    truth = 2 + 0.8 * asked + 0.4 * rng.standard_normal((40, 6))
    seen = np.where(rng.random(truth.shape) < 0.5, 40.0, 0.0)
    means = learned(truth, plain(40, 6, asked=asked), seen)
    assert means.slope == pytest.approx(0.8, abs=0.1)
    off = (means.group - truth)[seen == 0] / np.sqrt(means.variance[seen == 0])
    assert (np.abs(off) < 1.645).mean() == pytest.approx(0.9, abs=0.08)
    assert (means.variance[seen > 0] < 0.03).all()
    assert (means.variance[seen == 0] > 0.1).all()


def test_a_competency_seen_nowhere_keeps_the_spread_of_its_anchor():
    seen = np.array([[40.0, 0.0]] * 30)
    rng = np.random.default_rng(3)
    truth = 3 + 0.1 * rng.standard_normal((30, 2))
    means = learned(truth, plain(30, 2), seen)
    assert means.competency[0] == pytest.approx(3, abs=0.1)
    assert means.competency[1] == pytest.approx(2)  # its anchor
    np.testing.assert_allclose(means.variance[:, 1], 1 + means.group_sd**2)


def test_what_is_not_required_is_learned_where_it_is_rated():
    lacking = np.zeros((20, 4), bool)
    lacking[::2] = True
    truth = np.where(lacking, 0.6, 2.6)
    means = learned(truth, plain(20, 4, lacking=lacking), np.full(truth.shape, 30.0))
    # Two levels, against a prior of .5 +- .5 and 80 cells.
    assert means.lack == pytest.approx(2.0, abs=0.1)
    unseen = learned(truth, plain(20, 4, lacking=lacking), np.where(lacking, 0.0, 30.0))
    assert unseen.lack == pytest.approx(LACK)
    # Half a level lower, and that half a level uncertain.
    np.testing.assert_allclose(unseen.group[lacking], 2.6 - LACK, atol=0.05)
    assert (unseen.variance[lacking] > 0.25).all()


def test_a_position_never_seen_is_expected_like_its_family():
    # Six families of six positions; families differ by .7 in what nobody asks of them.
    rng = np.random.default_rng(4)
    families = np.repeat(np.arange(6), 6)
    lift = 0.7 * rng.standard_normal((6, 3))
    mean = 2.5 + lift[families]
    position = np.repeat(np.arange(36), 20)
    unseen = np.arange(36) % 6 == 5  # the last position of every family
    frame = framework(3, families=[f"F{k}" for k in families])
    made = world(
        frame, mean, np.full(len(position), -1), np.zeros(1), rng, position=position,
        assessed=~unseen[position],
    )  # fmt: skip
    with_families, without = (
        LevelModel(LevelConfig(family_sd=sd)).fit(made.evidence) for sd in (0.3, 0.0)
    )
    errors = [
        np.abs(model.group_mean_[:-1][unseen] - mean[unseen]).mean()
        for model in (with_families, without)
    ]
    assert errors[0] < 0.5 * errors[1]
    assert with_families.parameters_.means.family_sd > 0.4
    assert len(without.parameters_.means.family) == 0
    beliefs = with_families.predict(as_of=TODAY)
    rows = unseen[position]
    off = (beliefs.mean - made.theta)[rows] / beliefs.sd[rows]
    assert (np.abs(off) < 1.645).mean() == pytest.approx(0.9, abs=0.06)


def test_one_family_is_everybody():
    index = framework(2, families=["F", "F", ""]).index
    groups = Groups.of(index, ["F", "F", ""])
    assert (groups.n_families, groups.family.tolist()) == (0, [-1, -1, -1, -1])
    groups = Groups.of(index, ["G", "F", ""])
    assert (groups.n_families, groups.family.tolist()) == (2, [1, 0, -1, -1])


def test_what_positions_require_is_told_apart_from_what_they_lack():
    required = [(0, 0, 2), (1, 0, 4), (1, 1, 3)]
    index = framework(3, families=["", "", ""], required=required).index
    groups = Groups.of(index, ["", "", ""])
    # C.0: 2 and 4, the middle 3; the third position lacks it and counts as the one of 2.
    np.testing.assert_array_equal(groups.asked[:, 0], [-1, 1, -1, 0])
    np.testing.assert_array_equal(groups.lacking[:, 0], [False, False, True, False])
    np.testing.assert_array_equal(groups.lacking[:, 1], [True, False, True, False])
    assert not groups.lacking[:, 2].any()
    assert not groups.asked[:, 2].any()
