"""Transitions and expected gap closed, against answers worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from competency.effects import (
    Transitions,
    catalogue_transitions,
    expected_gap_closed,
    gap_closed_by_row,
)
from competency.testing import beliefs_of, small_framework, small_gaps

# Levels 0..3. Rows of develops, sorted by training: T1 (A, 0 to 2, .8), T2 (A, 2 to 3, .6),
# T3 (B, 0 to 2, .9), T4 and T5 (C, 0 to 3, .5), T6 (C, 0 to 1, .7).


def test_the_catalogue_moves_every_level_from_entry_to_target():
    matrix = catalogue_transitions(small_framework()).matrix
    expected = [[0.2, 0, 0.8, 0], [0, 0.2, 0.8, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    np.testing.assert_allclose(matrix[0], expected, atol=1e-15)


def test_an_officer_below_the_entry_level_stays_where_they_are():
    matrix = catalogue_transitions(small_framework()).matrix
    expected = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0.4, 0.6], [0, 0, 0, 1]]
    np.testing.assert_allclose(matrix[1], expected, atol=1e-15)


def test_rows_sum_to_one_and_no_training_takes_away():
    moves = catalogue_transitions(small_framework())
    np.testing.assert_allclose(moves.matrix.sum(-1), 1, atol=1e-15)
    assert (np.tril(moves.matrix, k=-1) == 0).all()
    assert moves.origin == "catalogue"


def test_the_tail_is_the_chance_of_reaching_each_level():
    tail = catalogue_transitions(small_framework()).tail
    expected = [[1, 0.8, 0.8, 0], [1, 1, 0.8, 0], [1, 1, 1, 0], [1, 1, 1, 1]]
    np.testing.assert_allclose(tail[0], expected, atol=1e-15)


def test_gap_closed_worked_by_hand():
    # Levels of A: P = (.1, .2, .3, .4), so S = (1, .9, .7, .4).
    # T1 gains .8 x (1 - .9) at level 1 and .8 x (1 - .7) at level 2: .08 + .24 = .32;
    # with worth 1 and 2: .08 + .48 = .56. T2 gains .6 x (.7 - .4) = .18 at level 3, worth 5: .9.
    framework = small_framework()
    probs = np.zeros((1, 3, 4), np.float32)
    probs[0] = [[0.1, 0.2, 0.3, 0.4], [1, 0, 0, 0], [0, 0, 0, 1]]
    worth = np.zeros((1, 3, 4), np.float32)
    worth[0, 0] = [0, 1, 2, 5]
    worth[0, 1] = [0, 1, 0, 0]
    worth[0, 2] = 1
    closed = expected_gap_closed(probs, worth, catalogue_transitions(framework))
    # T3 lifts B from 0 to 2, but only level 1 is worth something: .9. C is at the top already.
    np.testing.assert_allclose(closed, [[0.56, 0.9, 0.9, 0, 0, 0]], rtol=1e-6)
    assert closed.dtype == np.float32


def test_gap_closed_is_the_success_formula_of_the_catalogue():
    # success x sum over entry < k <= target of worth[k] x max(S[entry] - S[k], 0)
    gaps = small_gaps(50)
    worth = gaps.worth({"held": 1.0, "next": 0.3})
    survival = gaps.levels.survival.astype(float)
    index = gaps.levels.framework.index
    expected = np.zeros((50, len(index.training_ids)))
    for row in gaps.levels.framework.develops:
        t, c = index.training_ids.index(row.training), index.competency_ids.index(row.competency)
        for k in range(row.entry_level + 1, row.target_level + 1):
            lift = np.maximum(survival[:, c, row.entry_level] - survival[:, c, k], 0)
            expected[:, t] += row.success * worth[:, c, k] * lift
    closed = expected_gap_closed(
        gaps.levels.probs, worth, catalogue_transitions(gaps.levels.framework)
    )
    np.testing.assert_allclose(closed, expected, rtol=1e-5, atol=1e-6)


def test_a_general_matrix_closes_what_its_definition_says():
    framework = small_framework()
    rng = np.random.default_rng(3)
    matrix = np.triu(rng.random((6, 4, 4)))
    matrix /= matrix.sum(-1, keepdims=True)
    moves = Transitions(framework, matrix, "estimate")
    probs, worth = rng.dirichlet(np.ones(4), (7, 3)), rng.random((7, 3, 4))
    expected = np.zeros((7, 6))
    for row, c in enumerate(framework.index.develops.competency):
        after = probs[:, c] @ matrix[row]
        gained = np.cumsum((after - probs[:, c])[:, ::-1], 1)[:, ::-1]
        expected[:, framework.index.develops.training[row]] += (gained * worth[:, c]).sum(1)
    np.testing.assert_allclose(expected_gap_closed(probs, worth, moves), expected, rtol=1e-5)


def test_by_training_is_the_sum_by_row():
    gaps = small_gaps(9, extra_training=True)
    worth, moves = gaps.worth({"held": 1.0}), catalogue_transitions(gaps.levels.framework)
    by_row = gap_closed_by_row(gaps.levels.probs, worth, moves)
    total = expected_gap_closed(gaps.levels.probs, worth, moves)
    last = gaps.levels.framework.index.training_ids.index("T2X")
    develops = gaps.levels.framework.index.develops
    assert by_row.shape == (len(develops.training), 9)
    np.testing.assert_allclose(by_row[develops.training == last].sum(0), total[:, last], rtol=1e-6)
    assert (total >= 0).all()


def test_one_officer_alone_is_answered_as_in_the_batch():
    gaps = small_gaps(300)
    worth, moves = gaps.worth({"held": 1.0}), catalogue_transitions(gaps.levels.framework)
    batch = expected_gap_closed(gaps.levels.probs, worth, moves)
    alone = [
        expected_gap_closed(gaps.levels.probs[i : i + 1], worth[i : i + 1], moves)
        for i in range(300)
    ]
    assert np.array_equal(np.concatenate(alone), batch)


@pytest.mark.parametrize("n_officers", [0, 1])
def test_a_catalogue_without_develops_closes_nothing(n_officers):
    framework = small_framework().model_copy(update={"develops": ()})
    levels = beliefs_of(framework, np.full((n_officers, 3, 4), 0.25))
    moves = catalogue_transitions(framework)
    assert moves.matrix.shape == (0, 4, 4)
    closed = expected_gap_closed(levels.probs, np.ones_like(levels.probs), moves)
    assert closed.shape == (n_officers, 6)
    assert not closed.any()


def test_results_are_read_only():
    gaps = small_gaps(2)
    moves = catalogue_transitions(gaps.levels.framework)
    closed = expected_gap_closed(gaps.levels.probs, gaps.worth({"held": 1.0}), moves)
    assert not any(array.flags.writeable for array in (moves.matrix, moves.tail, closed))
