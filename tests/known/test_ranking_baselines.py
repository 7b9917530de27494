"""The baselines, against answers worked by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from competency.arrays import stable_seed
from competency.config import RankingConfig
from competency.errors import ConfigError
from competency.framework.model import Requirement
from competency.ranking import (
    CatalogueRanker,
    LargestGapRanker,
    PopularityRanker,
    PriorRanker,
    RandomRanker,
)
from competency.testing import beliefs_of, gaps_of, small_framework, small_gaps, small_history

T1, T2, T3, T4, T5, T6 = range(6)


def _four_officers():
    """Four novices (able in B) in region Timur; units U0, U1, U0, U1."""
    probs = np.tile(np.array([[1, 0, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0]]), (4, 1, 1))
    return gaps_of(beliefs_of(small_framework(), probs, regions=("Timur",) * 4))


def _history(rows: list[tuple[str, str, str, str]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["officer", "training", "status", "end"]).astype("str")
    frame["end"] = pd.to_datetime(frame["end"]).astype("datetime64[s]")
    return frame.assign(start=frame["end"], session="")


TAKEN = _history(
    [
        ("0000", "T6", "completed", "2019-05-01"),
        ("0001", "T6", "completed", "2020-05-01"),
        ("0002", "T6", "completed", "2020-05-01"),
        ("0002", "T6", "completed", "2021-05-01"),  # twice: counts once
        ("0001", "T5", "completed", "2026-05-01"),
        ("0003", "T5", "completed", "2026-06-01"),
        ("0002", "T4", "completed", "2026-07-01"),
        ("0003", "T4", "failed", "2026-07-01"),
        ("0003", "T3", "completed", "2026-11-02"),  # after the day
        ("elsewhere", "T1", "completed", "2026-11-01"),
    ]
)


def test_popularity_of_all_time():
    ranking = PopularityRanker().rank(_four_officers(), history=TAKEN)
    assert ranking.contributions["popularity"][0].tolist() == [1, 0, 0, 1, 2, 3]


def test_popularity_of_a_window():
    ranking = PopularityRanker(window_days=365).rank(_four_officers(), history=TAKEN)
    assert ranking.contributions["popularity"][3].tolist() == [1, 0, 0, 1, 2, 0]
    # 2026-06-01 lies 153 days before 2026-11-01: outside a window of 153 days, inside of 154.
    for days, count in ((153, 0), (154, 1)):
        ranking = PopularityRanker(window_days=days).rank(_four_officers(), history=TAKEN)
        assert ranking.contributions["popularity"][0, T5] == count


def test_popularity_within_the_unit():
    # U0 has officers 0000 and 0002, U1 has 0001 and 0003; "elsewhere" is of no unit known.
    ranking = PopularityRanker(within="unit").rank(_four_officers(), history=TAKEN)
    assert ranking.contributions["popularity"].tolist() == [
        [0, 0, 0, 1, 0, 2],
        [0, 0, 0, 0, 2, 1],
        [0, 0, 0, 1, 0, 2],
        [0, 0, 0, 0, 2, 1],
    ]


def test_the_unit_written_in_the_history_is_the_one_that_counts():
    history = TAKEN.assign(unit="U1")
    ranking = PopularityRanker(within="unit").rank(_four_officers(), history=history)
    assert ranking.contributions["popularity"][:2].tolist() == [[0] * 6, [1, 0, 0, 1, 2, 3]]


def test_an_officer_without_a_unit_is_compared_with_all():
    gaps = _four_officers()
    unit = np.array(["", "U1", "U0", "U1"], object)
    roster = dataclasses.replace(gaps.levels.roster, unit=unit)
    gaps = dataclasses.replace(gaps, levels=dataclasses.replace(gaps.levels, roster=roster))
    ranking = PopularityRanker(within="unit").rank(gaps, history=TAKEN)
    assert ranking.contributions["popularity"][0].tolist() == [1, 0, 0, 1, 2, 3]


def test_popularity_without_a_history_is_catalogue_order():
    gaps = _four_officers()
    popular, catalogue = PopularityRanker().rank(gaps), CatalogueRanker().rank(gaps)
    assert np.array_equal(popular.top(6), catalogue.top(6))


def test_catalogue_order_is_that_of_ids():
    ranking = CatalogueRanker().rank(_four_officers())
    # All but T2, which waits for T1; B is met, but T3 is mandatory.
    assert ranking.top(6)[0].tolist() == [T1, T3, T4, T5, T6, -1]


def _splitmix64(bits: int) -> float:
    mask = 2**64 - 1
    bits = (bits ^ bits >> 30) * 0xBF58476D1CE4E5B9 & mask
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EB & mask
    return ((bits ^ bits >> 31) >> 11) / 2**53


def test_the_random_number_of_a_pair_comes_from_seed_and_ids_alone():
    score = RandomRanker(seed=7).rank(_four_officers()).contributions["random"]
    for officer, training in ((0, T1), (0, T6), (3, T2)):
        bits = stable_seed(7, f"{officer:04d}") ^ stable_seed(7, f"T{training + 1}")
        assert score[officer, training] == _splitmix64(bits)


def test_random_numbers_are_uniform_and_differ_between_officers_and_seeds():
    gaps = small_gaps(3000)
    score = RandomRanker(seed=1).rank(gaps).contributions["random"]
    assert ((score >= 0) & (score < 1)).all()
    assert len(np.unique(score)) == score.size
    # 18,000 draws: the mean of uniforms has a standard deviation of .0022, so 5 of them.
    assert abs(score.mean() - 0.5) < 0.011
    assert abs(np.corrcoef(score[:, 0], score[:, 1])[0, 1]) < 0.1
    assert abs(np.corrcoef(score[0::2].ravel(), score[1::2].ravel())[0, 1]) < 0.05
    other = RandomRanker(seed=2).rank(gaps).contributions["random"]
    assert abs(np.corrcoef(score.ravel(), other.ravel())[0, 1]) < 0.05


def test_the_largest_gap_comes_first():
    # Held asks A 2, B 1, C 2. A at 1: gap 1; B at 0: gap 1 of the held (next: .3 x 2 = .6);
    # C at 0: gap 2. T5 (C, 0 to 3, .5) needs B. T4 closes half of the gap 2, T6 (to 1, .7)
    # .7 of 2 levels, a share of .35. Then A and B, tied at gap 1: T3 closes .9, T1 .8 of it
    # toward level 2 of the worth (1.3 of 1.6, as level 3 is worth .3): share .65; T3's share:
    # both levels of B are closed with .9.
    gaps = gaps_of(
        beliefs_of(
            small_framework(),
            np.array([[[0, 1, 0, 0], [1, 0, 0, 0], [1, 0, 0, 0]]]),
            regions=("Timur",),
        )
    )
    ranking = LargestGapRanker().rank(gaps)
    assert ranking.top(6)[0].tolist() == [T4, T6, T3, T1, -1, -1]
    expected = [1 + 0.65 * 0.0005, 1 + 0.9 * 0.0005, 2 + 0.5 * 0.0005, 2 + 0.35 * 0.0005]
    np.testing.assert_allclose(ranking.score[0, [T1, T3, T4, T6]], expected, atol=1e-9)


def test_the_largest_gap_looks_at_single_gaps_and_not_at_sums():
    # T2X lifts everything a little less than T4 lifts C, yet C's gap is what counts for both.
    framework = small_framework()
    framework = framework.model_copy(
        update={
            "requirements": (
                Requirement(position="P", competency="A", level=2),
                Requirement(position="P", competency="C", level=3, weight=0.01),
            )
        }
    )
    gaps = gaps_of(beliefs_of(framework, np.array([[[1, 0, 0, 0], [0, 0, 0, 1], [1, 0, 0, 0]]])))
    config = RankingConfig(aim_weights={"held": 1.0})
    assert LargestGapRanker(config).rank(gaps).top(1)[0].tolist() == [T4]
    assert PriorRanker(config).rank(gaps).top(1)[0].tolist() == [T1]


def test_all_share_the_eligibility_of_the_prior():
    gaps = small_gaps()
    history = small_history(gaps)
    prior = PriorRanker().rank(gaps, history=history)
    others = (CatalogueRanker(), RandomRanker(), PopularityRanker(), LargestGapRanker())
    for ranker in others:
        ranking = ranker.rank(gaps, history=history)
        assert np.array_equal(ranking.eligible, prior.eligible)
        assert np.array_equal(ranking.value, prior.value)
        assert len(ranking.contributions) == 1


@pytest.mark.parametrize("wrong", [{"window_days": 0}, {"within": "region"}])
def test_wrong_parameters_are_refused(wrong):
    with pytest.raises(ConfigError, match=next(iter(wrong))):
        PopularityRanker(**wrong)


def test_parameters_of_baselines_are_settable():
    ranker = PopularityRanker(window_days=30)
    assert ranker.get_params()["window_days"] == 30
    assert ranker.set_params(within="unit").within == "unit"
    assert RandomRanker(seed=3).get_params()["seed"] == 3
