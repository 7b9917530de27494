"""The best trainings of each officer of a nation, part by part; the shell around the kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.arrays import Bools, Floats, Ints, Texts, frozen
from competency.config import as_date
from competency.errors import ConfigError, Finding, InputError
from competency.evidence.history import passed_trainings
from competency.gaps.score import aim_position
from competency.ranking.additive.tables import AdditiveModel
from competency.ranking.features import refuse_unknown_beliefs
from competency.ranking.fused.catalogue import Catalogue, Demands, catalogue_of, demands_of
from competency.ranking.fused.kernel import BLOCK, Lists, Officers, make_workspace, rank_officers
from competency.ranking.fused.score import Score, score_of
from competency.ranking.learned import LearnedRanker, refuse_other_framework
from competency.ranking.prior import PriorRanker
from competency.threads import in_parts

if TYPE_CHECKING:
    from datetime import date

    from competency.framework.model import Framework
    from competency.levels.beliefs import LevelBeliefs
    from competency.ranking.ranker import FeatureRanker

_SHARE = 32 * BLOCK
# Officers that a thread takes at once.


@dataclass(frozen=True, eq=False)
class TopTrainings:
    """The best trainings of each officer, best first.

    Parameters
    ----------
    framework : Framework
    officer_ids : Texts, shape (n_officers,)
    training : int32, shape (n_officers, count)
        Number of the training; -1 fills up.
    score : float64, shape (n_officers, count)
        -inf fills up.
    """

    framework: Framework
    officer_ids: Texts
    training: Ints
    score: Floats

    def __len__(self) -> int:
        return len(self.training)

    def to_frame(self) -> pd.DataFrame:
        """One row for each training of a list: officer, rank, training, score."""
        officer, place = np.nonzero(self.training >= 0)
        ids = np.array(self.framework.index.training_ids, object)
        return pd.DataFrame(
            {
                "officer": self.officer_ids[officer],
                "rank": place + 1,
                "training": ids[self.training[officer, place]],
                "score": self.score[officer, place],
            }
        )


@dataclass(frozen=True, eq=False)
class TopWorkspace:
    """A ranker made ready for one framework and day; ranks any part of the officers.

    Parameters
    ----------
    framework : Framework
    as_of : date
    aims : tuple of str
    regions : dict of int
    catalogue : Catalogue
    demands : Demands
    score : Score

    Notes
    -----
    About 10 to 40 nanoseconds a pair on one core; memory is that of the lists, and a table of
    ``n_officers x n_trainings`` bytes for what was passed. Officers may be ranked in parts of any
    size, by several threads at once.
    """

    framework: Framework
    as_of: date
    aims: tuple[str, ...]
    regions: dict[str, int]
    catalogue: Catalogue
    demands: Demands
    score: Score

    @classmethod
    def of(
        cls, ranker: FeatureRanker, framework: Framework, *, as_of: date | str,
        history: pd.DataFrame | None = None, aims: tuple[str, ...] = ("held", "next"),
    ) -> TopWorkspace:  # fmt: skip
        """Return the workspace of a ranker.

        Parameters
        ----------
        ranker : FeatureRanker
            A `PriorRanker` or `LearnedRanker`.
        framework : Framework
        as_of : date or str
        history : DataFrame, optional
            Of all officers: what was popular in the last year.
        aims : tuple of str
            As in :class:`GapConfig`.

        Returns
        -------
        TopWorkspace

        Raises
        ------
        ConfigError
            The ranker is of another kind.
        ModelFileError
            The ranker learned on another framework.
        """
        if not isinstance(ranker, PriorRanker | LearnedRanker):
            message = f"a {type(ranker).__name__} ranks tables of all pairs only"
            hint = "use its method rank(gaps), or a PriorRanker or LearnedRanker here"
            raise ConfigError("ranking", [Finding("no-fused-form", message, hint=hint)])
        model = AdditiveModel(())
        if isinstance(ranker, LearnedRanker):
            refuse_other_framework(ranker, framework)
            model = ranker.scorer.model
        day, names = as_date(as_of), sorted({*map(str, framework.index.trainings.region)} - {""})
        regions = {"": 0, **{name: k for k, name in enumerate(names, 1)}}
        catalogue = catalogue_of(framework, ranker.moves(framework), day, regions)
        score = score_of(ranker, model, framework, as_of=day, history=history, duty=catalogue.duty)
        demands = demands_of(ranker, framework.index, aims)
        return cls(framework, day, aims, regions, catalogue, demands, score)

    def top(
        self, levels: LevelBeliefs, *, passed: Bools | None = None, count: int = 8,
        threads: int | None = None,
    ) -> TopTrainings:  # fmt: skip
        """Return the best trainings of each officer.

        Parameters
        ----------
        levels : LevelBeliefs
            Of this framework and day.
        passed : bool, shape (n_officers, n_trainings), optional
            Trainings completed (:func:`passed_trainings`); None: nobody has passed anything.
        count : int
            Length of each list, at least 1.
        threads : int, optional
            None: as many as there are processors.

        Returns
        -------
        TopTrainings

        Raises
        ------
        InputError
            Beliefs are not numbers, or are of another framework or day; `passed` has another
            shape; or `count` is below 1.
        """
        self._refuse(levels, passed, count)
        refuse_unknown_beliefs(levels.probs)
        officers = self._officers(levels, passed)
        n_officers, n_competencies, n_levels = levels.probs.shape
        lists = Lists(
            np.empty((n_officers, count), np.int32), np.empty((n_officers, count), np.float64)
        )

        def work(part: slice) -> None:
            workspace = make_workspace(n_competencies, n_levels, count)
            rank_officers(
                part.start, part.stop, officers, self.catalogue, self.demands, self.score,
                workspace, lists,
            )  # fmt: skip

        in_parts(work, n_officers, size=_SHARE, workers=threads)
        ids = levels.roster.officer_ids
        return TopTrainings(self.framework, ids, frozen(lists.training), frozen(lists.score))

    def _refuse(self, levels: LevelBeliefs, passed: Bools | None, count: int) -> None:
        shape = len(levels), len(self.framework.index.training_ids)
        wrong = {
            "other-framework": levels.framework.version != self.framework.version
            and "the beliefs are of another framework than the workspace",
            "other-day": levels.as_of != self.as_of
            and f"the beliefs are of {levels.as_of}, and the workspace is of {self.as_of}",
            "different-shapes": passed is not None
            and passed.shape != shape
            and f"passed has the shape {passed.shape}, not {shape}",
            "illegal-setting": count < 1 and "parameter count must be at least 1",
        }
        findings = [Finding(code, message) for code, message in wrong.items() if message]
        if findings:
            raise InputError("ranking", findings)

    def _officers(self, levels: LevelBeliefs, passed: Bools | None) -> Officers:
        index, roster = self.framework.index, levels.roster
        shape = len(levels), len(index.training_ids)
        position = np.stack([aim_position(aim, roster, index) for aim in self.aims])
        none = len(index.position_ids)
        codes, number = np.unique(roster.region.astype(str), return_inverse=True)
        region = np.array([self.regions.get(name, -1) for name in codes], np.int32)
        return Officers(
            probs=np.ascontiguousarray(levels.probs, np.float32),
            assessed=levels.n_observations > 0,
            position=np.where(position < 0, none, position).astype(np.int32),
            held=np.where(roster.position < 0, none, roster.position).astype(np.int32),
            region=region[number],
            passed=np.zeros(shape, bool) if passed is None else np.ascontiguousarray(passed, bool),
        )


def rank_top(
    ranker: FeatureRanker,
    levels: LevelBeliefs,
    *,
    history: pd.DataFrame | None = None,
    aims: tuple[str, ...] = ("held", "next"),
    count: int = 8,
) -> TopTrainings:
    """Return what ``ranker.rank(gaps).top(count)`` returns, many times faster.

    Parameters
    ----------
    ranker : FeatureRanker
        A `PriorRanker` or `LearnedRanker`.
    levels : LevelBeliefs
    history : DataFrame, optional
        Trainings taken (:attr:`Evidence.history`); None: nobody has passed anything.
    aims : tuple of str
        As in :class:`GapConfig`.
    count : int
        Length of each list, at least 1.

    Returns
    -------
    TopTrainings

    Raises
    ------
    ConfigError
        The ranker is of another kind.
    ModelFileError
        The ranker learned on another framework.
    InputError
        Beliefs are not numbers.

    Notes
    -----
    For parts of a nation make a :class:`TopWorkspace` once, with the history of all, and call its
    `top` for each part.

    Examples
    --------
    >>> from competency.ranking import PriorRanker
    >>> from competency.testing import small_gaps
    >>> gaps = small_gaps()
    >>> best = rank_top(PriorRanker(), gaps.levels, count=3)
    >>> bool((best.training == PriorRanker().rank(gaps).top(3)).all())
    True
    >>> len(rank_top(PriorRanker(), gaps.levels.take(slice(0))))
    0
    """
    framework = levels.framework
    workspace = TopWorkspace.of(ranker, framework, as_of=levels.as_of, history=history, aims=aims)
    passed = None
    if history is not None:
        passed = passed_trainings(history, levels.roster, framework, levels.as_of)
    return workspace.top(levels, passed=passed, count=count)
