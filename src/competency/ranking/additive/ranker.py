"""Rankers whose score is the closed-form prior plus tables, of any number of officers.

There is one way to ask (`rank`) and one answer (`Ranking`). Up to `LARGE` pairs all scores are made
at once. Beyond, lists and tables come from the compiled pass of :mod:`competency.ranking.fused`,
which looks closely at few pairs; whatever else is asked for is made then, in parts.
"""

from __future__ import annotations

import dataclasses
from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import frozen
from competency.ranking.columns import additive_contributions, candidate_columns
from competency.ranking.eligibility import mandatory_trainings
from competency.ranking.features import passed_by, refuse_unknown_beliefs
from competency.ranking.fused.top import TopLists
from competency.ranking.ranker import FeatureRanker
from competency.ranking.table import PairScores, Ranking

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    import pandas as pd

    from competency.arrays import Bools, Floats, Ints
    from competency.framework.model import Framework
    from competency.gaps.table import GapTable
    from competency.ranking.additive.tables import AdditiveModel
    from competency.ranking.features import Features
    from competency.ranking.table import BestTrainings

LARGE = 5_000_000
"""Pairs of an officer and a training from which a cohort is large: there the compiled pass saves
more than the two seconds that loading it costs (docs/decisions/0022)."""

_PART = 2_048
# Officers whose tables are made at once: arrays of some megabytes, which caches hold.


class AdditiveRanker(FeatureRanker):
    """A ranker by the closed-form prior, and by tables beside it.

    A subclass names its `method` and has a `model`, whose tables may be none.
    """

    @property
    @abstractmethod
    def model(self) -> AdditiveModel:
        """Tables over the columns of :mod:`competency.ranking.columns`."""

    def contributions(
        self, gaps: GapTable, features: Features, history: pd.DataFrame | None
    ) -> Mapping[str, Floats]:
        """Return what each feature gives: the prior's part and the learned part together.

        Returns (n_officers, n_trainings).
        """
        columns = {}
        if self.model.tables:
            columns = candidate_columns(gaps, features, history, config=self.settings)
        return additive_contributions(self.model, features, columns, self.settings)

    def rank(self, gaps: GapTable, *, history: pd.DataFrame | None = None) -> Ranking:
        """Return the trainings of every officer, scored.

        `history`: trainings taken (:attr:`Evidence.history`); None: nobody has passed anything.

        Notes
        -----
        Of `LARGE` pairs or more, lists and tables take some 10 to 40 nanoseconds a pair on one
        core and no memory but their own; the scores of all pairs, where asked for, some 80 bytes a
        pair.
        """
        levels = gaps.levels
        framework = levels.framework
        if len(gaps) * len(framework.index.training_ids) < LARGE:
            return super().rank(gaps, history=history)
        refuse_unknown_beliefs(levels.probs)
        passed = passed_by(levels, history)
        settings = self.settings
        return Ranking(
            gaps=gaps,
            method=self.method,
            worth=gaps.worth(settings.aim_weights, unknown_weight=settings.unknown_weight),
            passed=frozen(passed),
            mandatory=frozen(mandatory_trainings(levels, framework.index) & ~passed),
            scores=LargeScores(self, gaps, passed, history),
            transitions=self.transitions_on(framework),
            entry_probability=self.entry_probability,
            length=settings.top,
        )

    def top_lists(
        self, framework: Framework, *, as_of: date, aims: tuple[str, ...],
        history: pd.DataFrame | None = None,
    ) -> TopLists:  # fmt: skip
        """Return this ranker made ready for the compiled pass, for parts of any size.

        `framework`, `as_of`, `aims` and `history` are those of the officers to be ranked.
        """
        return TopLists.of(
            self.model, framework, as_of=as_of, aims=aims, history=history,
            transitions=self.transitions_on(framework), config=self.settings,
            entry_probability=self.entry_probability,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class LargeScores:
    """Scores of a large cohort, made when they are asked for."""

    ranker: AdditiveRanker
    gaps: GapTable
    passed: Bools
    history: pd.DataFrame | None

    @cached_property
    def lists(self) -> TopLists:
        """The ranker made ready for the compiled pass."""
        levels = self.gaps.levels
        return self.ranker.top_lists(
            levels.framework, as_of=levels.as_of, aims=self.gaps.aims, history=self.history
        )

    @cached_property
    def whole(self) -> PairScores:
        """The scores of all pairs, in the memory that they need."""
        parts = [self._part(rows) for rows in self._slices()]
        joined = {
            field.name: frozen(np.concatenate([getattr(part, field.name) for part in parts]))
            for field in dataclasses.fields(PairScores)
            if field.name not in {"contributions", "multiplier"}
        }
        names = parts[0].contributions
        contributions = {
            name: frozen(np.concatenate([part.contributions[name] for part in parts]))
            for name in names
        }
        return PairScores(**joined, contributions=contributions, multiplier=self.multiplier)

    @cached_property
    def multiplier(self) -> Floats | None:
        """See :class:`Ranking`; made without the scores."""
        parts = []
        for rows in self._slices():
            gaps = self.gaps.take(rows)
            features = self.ranker.features(gaps, self.passed[rows], self.history)
            part = self.ranker.multiplier(gaps, features, self.history)
            if part is None:
                return None
            parts.append(part)
        return frozen(np.concatenate(parts))

    @property
    def score(self) -> Floats:
        """See :class:`Ranking`."""
        return self.whole.score

    @property
    def eligible(self) -> Bools:
        """See :class:`Ranking`."""
        return self.whole.eligible

    @property
    def value(self) -> Floats:
        """See :class:`Ranking`."""
        return self.whole.value

    @property
    def contributions(self) -> Mapping[str, Floats]:
        """See :class:`Ranking`."""
        return self.whole.contributions

    def best(self, count: int) -> BestTrainings:
        """Return the first `count` trainings of each officer; ties go to the smaller id."""
        return self.lists.top(self.gaps.levels, passed=self.passed, count=count)

    def take(self, rows: Ints) -> PairScores | LargeScores:
        """Return the scores of the officers at `rows`."""
        part = LargeScores(self.ranker, self.gaps.take(rows), self.passed[rows], self.history)
        return part._part(slice(None)) if len(part.gaps) <= _PART else part

    def _slices(self) -> list[Ints]:
        everyone = np.arange(len(self.gaps))
        return [everyone[first : first + _PART] for first in range(0, len(everyone), _PART)]

    def _part(self, rows: Ints | slice) -> PairScores:
        gaps = self.gaps if isinstance(rows, slice) else self.gaps.take(rows)
        features = self.ranker.features(gaps, self.passed[rows], self.history)
        return self.ranker.scores(gaps, features, self.history)
