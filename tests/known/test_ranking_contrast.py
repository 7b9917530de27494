"""Why not the next one: exact factors, in both languages."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from learned_rankers import hand_made_ranker

from competency.errors import InputError
from competency.ranking import CatalogueRanker, PriorRanker, explain_training
from competency.ranking.contrast import explain_choice
from competency.testing import beliefs_of, gaps_of, small_framework, small_gaps


def _ranking(ranker=None):
    """One officer: A in (.5, .25, .25, 0), B at 0 with .4, C at the top; A never assessed."""
    probs = np.array([[[0.5, 0.25, 0.25, 0], [0.4, 0.6, 0, 0], [0, 0, 0, 1]]])
    known = np.array([[False, True, True]])
    return (ranker or PriorRanker()).rank(
        gaps_of(beliefs_of(small_framework(), probs, known=known))
    )


def test_what_speaks_for_the_first_in_english():
    # E[A] = .75, sd = sqrt(.25 + 1 - .5625); T1 moves .8 of what is below 2: .75 + .8 x 1.25.
    # Value of T3 .748 / 12 x e = .1694, of T1 .66 / 14 = .0471: 3.59 = 1.133 x 1.167 x 2.718.
    assert explain_choice(_ranking(), "0000", "T3", locale="en") == (
        "Guidance: level estimated at 0.60 ± 0.49, from 1 assessments; after the training 1.86.",
        (
            "Above Basics of A because its value is ×3.59: for it speak ×2.72 (mandatory), "
            "×1.17 (hours) and ×1.13 (gap closed)."
        ),
    )


def test_what_speaks_for_the_last_in_indonesian():
    assert explain_choice(_ranking(), "0000", "T1") == (
        (
            "Antar kerja: perkiraan awal level 0,75 ± 0,83, belum pernah dinilai; sesudah "
            "pelatihan 1,75."
        ),
        "Membuka jalan ke Lanjutan A.",
        (
            "Di bawah Wajib B karena nilainya ×0,278: yang memberatkan ×0,368 (kewajiban), "
            "×0,857 (lama pelatihan) dan ×0,882 (kesenjangan yang tertutup)."
        ),
    )


def test_the_factors_multiply_to_the_ratio_of_the_values():
    gaps = small_gaps(40)
    ranking = hand_made_ranker().rank(gaps)
    checked = 0
    for row, officer in enumerate(gaps.levels.roster.officer_ids):
        best = [k for k in ranking.top(6)[row] if k >= 0]
        if len(best) < 2:
            continue
        ids = gaps.levels.framework.index.training_ids
        line = explain_choice(ranking, officer, ids[best[0]], locale="en")[-1]
        whole, *factors = (float(x) for x in re.findall(r"×(\d+(?:\.\d+)?)", line))
        score = ranking.score[row]
        assert whole == pytest.approx(math.exp(score[best[0]] - score[best[1]]), rel=0.01)
        assert math.prod(factors) == pytest.approx(whole, rel=0.06)
        checked += 1
    assert checked > 20


def test_another_training_may_be_named():
    line = explain_choice(_ranking(), "0000", "T3", instead_of="T6", locale="en")[-1]
    assert line == "Daerah cannot be taken, or narrows no gap."
    with pytest.raises(InputError, match="'T9' is not in the framework"):
        explain_choice(_ranking(), "0000", "T3", instead_of="T9")


def test_an_only_training_has_nothing_beside_it():
    certain = np.zeros((1, 3, 4))
    certain[0, :, 3] = 1
    certain[0, 1] = [1, 0, 0, 0]
    ranking = PriorRanker().rank(gaps_of(beliefs_of(small_framework(), certain)))
    assert explain_choice(ranking, "0000", "T3", locale="en")[-1] == (
        "There is no other training that can be taken."
    )


def test_a_learned_ranker_is_explained_in_words():
    ranking = _ranking(hand_made_ranker())
    line = explain_training(ranking, "0000", "T3", locale="en")[-1]
    assert "(largest gap)" in line
    assert "(gap closed and hours)" in line
    assert "known" not in line
    assert "(kesenjangan terbesar)" in explain_training(ranking, "0000", "T3")[-1]


def test_a_ranker_without_words_is_explained_by_its_own():
    line = explain_choice(_ranking(CatalogueRanker()), "0000", "T1", locale="en")[-1]
    assert line == "Above Mandatory B because its value is ×7.39: for it speak ×7.39 (catalogue)."
