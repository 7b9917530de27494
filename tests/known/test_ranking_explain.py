"""Reasons in words: the numbers are those of the ranking, in both languages."""

from __future__ import annotations

import dataclasses
import math
import re
from string import Formatter

import numpy as np
import pandas as pd
import pytest

from competency.effects import Transitions
from competency.errors import InputError
from competency.ranking import CatalogueRanker, LargestGapRanker, PriorRanker, explain_training
from competency.ranking.columns import feature_names
from competency.testing import beliefs_of, gaps_of, small_framework, small_gaps, small_history
from competency.wording import LOCALES, Wording, catalog


def _ranking(history=None, ranker=None, **facts):
    """One officer: A in (.5, .25, .25, 0), B at 0 with .4, C at the top; A never assessed."""
    probs = np.array([[[0.5, 0.25, 0.25, 0], [0.4, 0.6, 0, 0], [0, 0, 0, 1]]])
    known = np.array([[False, True, True]])
    gaps = gaps_of(beliefs_of(small_framework(), probs, known=known, **facts))
    return (ranker or PriorRanker()).rank(gaps, history=history)


def test_a_page_of_reasons_in_indonesian():
    # P(A >= 2) = .25, after .8 of the rest moved there: .25 + .8 x .75 = .85. The gap to 2 was
    # .5 + .75 = 1.25, and a fifth of it stays: .25. Toward level 3 of the next position the
    # chance stays 0; the gap was 2.25. T1 closes (1 + .3) x 1 level x .5 (unknown) = .65.
    # 2 is not reached by B: T3 is the other one in reach. (.65 + .01) / 14 = .0471.
    assert explain_training(_ranking(), "0000", "T1") == (
        (
            "Memperkecil kesenjangan Antar kerja untuk jabatan yang dipegang: peluang memenuhi "
            "level 2 naik dari 25% menjadi 85%, dan perkiraan kesenjangan turun dari 1,25 menjadi "
            "0,25 level."
        ),
        (
            "Memperkecil kesenjangan Antar kerja untuk jabatan berikutnya: peluang memenuhi "
            "level 3 tetap 0%, tetapi perkiraan kesenjangan turun dari 2,25 menjadi 1,25 level."
        ),
        (
            "Antar kerja belum pernah dinilai: angkanya berasal dari perkiraan awal, bukan dari "
            "hasil penilaian."
        ),
        "Lama pelatihan 10 JP.",
        "Pelatihan ini tidak meminta level awal.",
        "Penyelenggara Balai Satu terakreditasi sampai 31 Desember 2029.",
        (
            "Peringkat 2 dari 2 pelatihan yang dapat diikuti. Nilainya adalah hasil kali ×0,66 "
            "(kesenjangan yang tertutup) ×0,0714 (lama pelatihan) ≈ 0,0471."
        ),
    )


def test_a_page_of_reasons_in_english():
    # B at least 1: .6, after T3 .6 + .9 x .4 = .96; toward level 2: 0, after .9. T3 closes
    # .9 x .4 x (1 + .3) + .9 x 1 x .3 = .738, in 8 hours, and is mandatory: e = 2.72.
    assert explain_training(_ranking(), "0000", "T3", locale="en") == (
        (
            "Narrows the gap in Guidance for the position held: the chance of meeting level 1 "
            "rises from 60% to 96%, and the expected gap falls from 0.40 to 0.04 levels."
        ),
        (
            "Narrows the gap in Guidance for the next position: the chance of meeting level 2 "
            "rises from 0% to 90%, and the expected gap falls from 1.40 to 0.14 levels."
        ),
        "Takes 8 training hours (JP).",
        "This training asks for no entry level.",
        "Mandatory for holders of the position First rank, and not yet completed.",
        "The provider, Balai Satu, is accredited until 31 December 2029.",
        (
            "Number 1 of 2 trainings that can be taken. Its value is the product ×0.748 "
            "(gap closed) ×0.0833 (hours) ×2.72 (mandatory) ≈ 0.169."
        ),
    )


def test_what_stands_in_the_way_comes_first():
    reasons = explain_training(_ranking(), "0000", "T2", locale="en")
    assert reasons[:2] == (
        "Cannot be taken yet: first complete Basics of A.",
        "Cannot be taken yet: too few of the entry levels asked by this training are met.",
    )
    # T2 asks A at 2: (.5 + .25) / 2 = 37.5 %.
    assert any(reason.startswith("Readiness 37.5%") for reason in reasons)
    assert not any("value is the product" in reason for reason in reasons)


def test_region_gain_and_accreditation_are_told():
    reasons = explain_training(_ranking(), "0000", "T6", locale="en")
    assert reasons[:3] == (
        "Cannot be taken: only for the region Timur.",
        "Not proposed: there is no gap that it would narrow.",
        "Narrows no competency gap that counts.",
    )
    assert not any("provider" in reason for reason in reasons)
    ended = explain_training(_ranking(), "0000", "T4", locale="en")
    expected = (
        "The accreditation of the provider, Balai Dua, ended on 31 October 2026, before "
        "1 November 2026."
    )
    assert expected in ended


def test_an_accreditation_that_is_not_on_record_is_told():
    ranking = _ranking()
    framework = ranking.gaps.levels.framework
    unknown = tuple(
        row.model_copy(update={"accreditation_valid_until": None}) for row in framework.providers
    )
    framework = framework.model_copy(update={"providers": unknown})
    gaps = gaps_of(beliefs_of(framework, ranking.gaps.levels.probs))
    reasons = explain_training(PriorRanker().rank(gaps), "0000", "T3")
    assert "Akreditasi penyelenggara Balai Satu tidak tercatat." in reasons


def test_of_a_passed_training_only_that_is_said():
    history = pd.DataFrame(
        {
            "officer": ["0000"],
            "training": ["T1"],
            "session": [""],
            "status": ["completed"],
            "start": pd.to_datetime(["2026-01-01"]),
            "end": pd.to_datetime(["2026-01-02"]),
        }
    )
    reasons = explain_training(_ranking(history), "0000", "T1", locale="en")
    assert reasons == ("Not proposed: this training has been completed.",)


def test_an_aim_that_counts_nothing_is_not_told():
    from competency.config import RankingConfig

    ranker = PriorRanker(RankingConfig(aim_weights={"next": 1.0}))
    reasons = explain_training(_ranking(ranker=ranker), "0000", "T3", locale="en")
    assert "for the next position" in reasons[0]
    assert not any("position held:" in reason for reason in reasons)


def test_aims_that_ask_the_same_level_are_told_together():
    gaps = small_gaps()
    ranking = PriorRanker().rank(gaps, history=small_history(gaps))
    reasons = explain_training(ranking, "0001", "T4", locale="en")
    assert "for the position held and the next position" in reasons[0]


def test_a_named_position_as_aim():
    ranking = _ranking()
    gaps = dataclasses.replace(ranking.gaps, aims=("held", "Q"))
    reasons = explain_training(PriorRanker().rank(gaps), "0000", "T3", locale="en")
    assert "Narrows the gap in Guidance for the position Junior rank:" in reasons[1]


def test_the_factors_multiply_to_the_value():
    gaps = small_gaps()
    ranking = PriorRanker().rank(gaps)
    for row, best in enumerate(ranking.top(3)):
        training = gaps.levels.framework.index.training_ids[best[0]]
        last = explain_training(ranking, f"{row:04d}", training, locale="en")[-1]
        factors = [float(text) for text in re.findall(r"×([\d.]+)", last)]
        total = float(re.search(r"≈ ([\d.]+)\.$", last).group(1))
        assert math.prod(factors) == pytest.approx(total, rel=0.03)
        assert total == pytest.approx(math.exp(ranking.score[row, best[0]]), rel=0.006)
        assert last.startswith("Number 1 of ")


@pytest.mark.parametrize(
    ("ranker", "words"),
    [
        (CatalogueRanker(), "menurut urutan katalog: 0."),
        (LargestGapRanker(), "menurut kesenjangan terbesar: 1,25."),
    ],
)
def test_a_baseline_does_not_pretend_to_factors(ranker, words):
    # The largest gap is A's: 1.25 levels toward the position held.
    assert explain_training(_ranking(ranker=ranker), "0000", "T1")[-1].endswith(words)


def test_other_transitions_give_other_chances():
    ranking = _ranking()
    framework = ranking.gaps.levels.framework
    certain = np.zeros((6, 4, 4))
    certain[..., 3] = 1
    moves = Transitions(framework, certain, "estimate")
    ranking = PriorRanker(transitions=moves).rank(ranking.gaps)
    reasons = explain_training(ranking, "0000", "T1", locale="en", transitions=moves)
    assert explain_training(ranking, "0000", "T1", locale="en") == reasons  # the ranking took them
    assert "rises from 25% to 100%, and the expected gap falls from 1.25 to 0.00" in reasons[0]


def test_unknown_ids_are_told_at_once_and_no_officer_is_named():
    with pytest.raises(InputError) as caught:
        explain_training(_ranking(), "199001012020121001", "T22")
    codes = [finding.code for finding in caught.value.findings]
    assert codes == ["unknown-officer", "unknown-training"]
    assert caught.value.findings[1].nearest == ("T2",)
    assert "199001012020121001" not in str(caught.value)


def test_both_languages_say_the_same_things():
    first, second = (catalog(locale) for locale in LOCALES)
    keys = [key for key in first if key.startswith("reason.")]
    assert len(keys) > 40
    for key in keys:
        assert _fields(first[key]) == _fields(second[key]), key
        assert first[key] != second[key], key


def test_every_method_and_feature_has_words():
    from competency.ranking import PopularityRanker, RandomRanker

    gaps = small_gaps(2)
    rankers = (CatalogueRanker(), RandomRanker(), PopularityRanker(), LargestGapRanker())
    known = catalog("id")
    assert all(f"reason.method.{ranker.method}" in known for ranker in rankers)
    parts = PriorRanker().rank(gaps).contributions
    assert all(f"reason.factor.{name}" in known for name in (*parts, *feature_names()))


@pytest.mark.parametrize(
    ("value", "indonesian", "english"),
    [(1234.5, "1.234,5", "1,234.5"), (0.25, "0,25", "0.25"), (8, "8", "8")],
)
def test_numbers_are_written_as_the_language_writes_them(value, indonesian, english):
    assert Wording("id").decimal(value) == indonesian
    assert Wording("en").decimal(value) == english


def test_names_in_a_row():
    assert Wording("en").join(["a", "b", "c"]) == "a, b and c"
    assert Wording("id").join(["a"]) == "a"
    assert Wording("id").join([]) == ""


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}
