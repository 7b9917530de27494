"""What every ranker promises, as tests to inherit."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.testing.inputs import small_gaps, small_history

if TYPE_CHECKING:
    from competency.gaps.table import GapTable
    from competency.ranking.ranker import Ranker
    from competency.ranking.table import Ranking


class RankerContract:
    """What every ranker promises; inherit it and write `make_ranker`."""

    def make_ranker(self) -> Ranker:
        """Return the ranker under test, made anew."""
        raise TypeError(f"{type(self).__name__} must say how to make its ranker")

    def make_gaps(self, *, extra_training: bool = False) -> GapTable:
        """Return the gaps to rank, with a training more where `extra_training` asks for it."""
        return small_gaps(extra_training=extra_training)

    def _rank(self, gaps: GapTable, history: pd.DataFrame) -> Ranking:
        return self.make_ranker().rank(gaps, history=history)

    def test_it_is_a_ranker(self) -> None:
        """It follows the protocol."""
        from competency.ranking.ranker import Ranker

        _hold(isinstance(self.make_ranker(), Ranker), "it has no method rank(gaps, *, history)")

    def test_it_ranks_without_a_history(self) -> None:
        """Nobody has passed anything, and some training is eligible."""
        gaps = self.make_gaps()
        ranking = self.make_ranker().rank(gaps)
        _hold(not ranking.passed.any(), "someone passed a training in no history")
        _hold(ranking.eligible.any(), "no training is eligible for anyone")

    def test_every_array_has_a_cell_per_officer_and_training(self) -> None:
        """Shapes fit the officers and the catalogue."""
        gaps = self.make_gaps()
        ranking = self._rank(gaps, small_history(gaps))
        shape = len(gaps), len(gaps.levels.framework.index.training_ids)
        arrays = [ranking.score, ranking.eligible, ranking.value, ranking.passed]
        arrays += [ranking.mandatory, *ranking.contributions.values()]
        _hold(all(array.shape == shape for array in arrays), f"an array is not {shape}")
        _hold(ranking.worth.shape == gaps.levels.probs.shape, "worth is not shaped like beliefs")

    def test_contributions_sum_to_the_score(self) -> None:
        """To 1e-12, for every eligible pair."""
        gaps = self.make_gaps()
        ranking = self._rank(gaps, small_history(gaps))
        total = np.sum(list(ranking.contributions.values()), axis=0)
        off = np.abs(total - ranking.score, where=ranking.eligible, out=np.zeros(total.shape))
        _hold(float(off.max()) <= 1e-12, "contributions do not sum to the score")

    def test_only_eligible_trainings_have_a_score(self) -> None:
        """Finite where eligible, -inf elsewhere, and what was passed is not eligible."""
        gaps = self.make_gaps()
        ranking = self._rank(gaps, small_history(gaps))
        _hold(np.isfinite(ranking.score[ranking.eligible]).all(), "an eligible score is not finite")
        _hold((ranking.score[~ranking.eligible] == -np.inf).all(), "a score where not eligible")
        _hold(not (ranking.eligible & ranking.passed).any(), "a passed training is eligible")
        _hold(ranking.passed.any(), "the history was not read")

    def test_one_officer_alone_is_ranked_as_in_the_batch(self) -> None:
        """To the last bit."""
        gaps = self.make_gaps()
        history = small_history(gaps)
        batch = self._rank(gaps, history)
        for row in range(len(gaps)):
            alone = self._rank(gaps.take(np.array([row])), history)
            _hold(np.array_equal(alone.score[0], batch.score[row]), f"row {row} differs alone")

    def test_the_order_of_officers_and_rows_does_not_matter(self) -> None:
        """Permuted officers and a reversed history give permuted rows, to the last bit."""
        gaps = self.make_gaps()
        history = small_history(gaps)
        order = np.random.default_rng(1).permutation(len(gaps))
        there = self._rank(gaps, history)
        here = self._rank(gaps.take(order), history.iloc[::-1])
        _hold(np.array_equal(here.score, there.score[order]), "scores depend on the order")

    def test_ranking_twice_gives_the_same_answer(self) -> None:
        """There is no hidden state."""
        gaps = self.make_gaps()
        ranker, history = self.make_ranker(), small_history(gaps)
        first, second = (ranker.rank(gaps, history=history) for _ in range(2))
        _hold(np.array_equal(first.score, second.score), "the second answer differs")

    def test_ties_go_to_the_smaller_id(self) -> None:
        """Among equal scores the order is that of ids."""
        from competency.ranking.table import PairScores

        gaps = self.make_gaps()
        ranking = self._rank(gaps, small_history(gaps))
        for row, best in enumerate(ranking.top(len(ranking.score[0]))):
            keys = [(-np.round(ranking.score[row, t], 9), t) for t in best if t >= 0]
            _hold(keys == sorted(keys), f"row {row} is not in the order of score and id")
        equal = PairScores(
            np.where(ranking.eligible, 0.0, -np.inf), ranking.eligible, ranking.value, {}
        )
        tied = dataclasses.replace(ranking, scores=equal)
        for best in tied.top(len(ranking.score[0])):
            eligible = best[best >= 0].tolist()
            _hold(eligible == sorted(eligible), "a tie does not go to the smaller id")

    def test_an_ineligible_training_leaves_the_others_in_order(self) -> None:
        """A training that nobody may take changes nothing else."""
        gaps, wider = self.make_gaps(), self.make_gaps(extra_training=True)
        before = _named_order(self._rank(gaps, small_history(gaps)))
        after = _named_order(self._rank(wider, small_history(wider)))
        _hold(before == after, "an ineligible training changed the order of others")


def _named_order(ranking: Ranking) -> list[list[str]]:
    ids = ranking.gaps.levels.framework.index.training_ids
    return [[ids[t] for t in row if t >= 0] for row in ranking.top(len(ids))]


def _hold(promise: bool | np.bool_, broken: str) -> None:  # noqa: FBT001
    if not promise:
        raise AssertionError(broken)
