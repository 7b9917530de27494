"""The best trainings of each officer of a large cohort: the shell around the kernel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from competency.arrays import Bools, Floats, Ints, frozen
from competency.config import GapConfig
from competency.gaps.score import aim_position, score_gaps
from competency.ranking import columns
from competency.ranking.features import Features, build_features
from competency.ranking.fused.catalogue import Catalogue, Demands, catalogue_of, demands_of
from competency.ranking.fused.score import KERNEL_FEATURES, Score, features_of, score_of
from competency.ranking.table import BestTrainings
from competency.threads import in_parts

if TYPE_CHECKING:
    from datetime import date

    import pandas as pd

    from competency.config import RankingConfig
    from competency.effects.transitions import Transitions
    from competency.framework.model import Framework
    from competency.levels.beliefs import LevelBeliefs
    from competency.ranking.additive.tables import AdditiveModel
    from competency.ranking.fused.kernel import Lists, Officers

_PART = 2_048
# Officers that a thread takes at once: 32 blocks of the kernel.


class _Given(NamedTuple):
    """What the features that the kernel does not make are made from."""

    transitions: Transitions
    config: RankingConfig
    entry_probability: float


@dataclass(frozen=True, eq=False)
class TopLists:
    """A score made ready for one framework and day; ranks any part of the officers, in threads."""

    framework: Framework
    aims: tuple[str, ...]
    regions: dict[str, int]
    names: tuple[str, ...]
    model: AdditiveModel
    trainings: dict[str, Floats]
    catalogue: Catalogue
    demands: Demands
    score: Score
    given: _Given

    @classmethod
    def of(
        cls, model: AdditiveModel, framework: Framework, *, as_of: date, aims: tuple[str, ...],
        history: pd.DataFrame | None, transitions: Transitions, config: RankingConfig,
        entry_probability: float,
    ) -> TopLists:  # fmt: skip
        """Return the closed-form prior of settings, with the tables of a model beside it."""
        regions = sorted({*map(str, framework.index.trainings.region)} - {""})
        numbers = {"": 0, **{name: k for k, name in enumerate(regions, 1)}}
        catalogue = catalogue_of(framework, transitions, as_of, numbers)
        trainings = columns.training_columns(framework, history, as_of)
        names = features_of(model)
        return cls(
            framework,
            aims,
            numbers,
            names,
            model,
            trainings,
            catalogue,
            demands_of(config, entry_probability, framework.index, aims),
            score_of(model, names, trainings, config, catalogue.mandatory_for_any),
            _Given(transitions, config, entry_probability),
        )

    def top(
        self, levels: LevelBeliefs, *, passed: Bools, count: int, threads: int | None = None
    ) -> BestTrainings:
        """Return the first `count` trainings of each officer; ties go to the smaller id.

        `levels` are of this framework and day, `passed` has shape (n_officers, n_trainings).
        """
        from competency.ranking.fused.kernel import Lists, make_workspace, rank_officers

        officers = self._officers(levels, passed)
        n_officers, n_competencies, n_levels = levels.probs.shape
        size = len(self.names)
        lists = Lists(
            np.empty((n_officers, count), np.int32), np.zeros((n_officers, count, size), np.float64)
        )

        def work(part: slice) -> None:
            rank_officers(
                part.start, part.stop, officers, self._made(levels, passed, part), self.catalogue,
                self.demands, self.score, make_workspace(n_competencies, n_levels, count, size),
                lists,
            )  # fmt: skip

        in_parts(work, n_officers, size=_PART, workers=threads)
        return self._scored(lists)

    def _scored(self, lists: Lists) -> BestTrainings:
        """Score what is listed as the plain form does, from the same features."""
        training = lists.training
        own = {name: lists.features[..., k] for k, name in enumerate(self.names)}
        pairs = {name: values[training] for name, values in self.trainings.items()}
        nothing = np.zeros(training.shape, bool)
        features = Features(
            gap_closed=own["gap_closed"].astype(np.float32),
            hours=pairs["hours"],
            readiness=own["readiness"],
            mandatory=own["mandatory"] > 0,
            passed=nothing,
            eligible=nothing,
            worth=np.zeros((0, 0, 0), np.float32),
        )
        parts = columns.additive_contributions(self.model, features, own | pairs, self.given.config)
        total = np.zeros(training.shape, np.float64)
        for part in parts.values():
            total += part
        total[training < 0] = -np.inf
        return BestTrainings(frozen(training), frozen(total), features.gap_closed, parts)

    def _made(self, levels: LevelBeliefs, passed: Bools, part: slice) -> Floats:
        """Features of pairs that the kernel does not make, shape (n_given, n_part, n_trainings)."""
        names = self.names[len(KERNEL_FEATURES) :]
        rows = np.arange(part.start, part.stop)
        found = np.zeros((len(names), len(rows) if names else 0, passed.shape[1]))
        if not names:
            return found
        gaps = score_gaps(levels.take(rows), config=GapConfig(aims=self.aims))
        features = build_features(gaps, passed=passed[rows], **self.given._asdict())
        makers = {feature.name: feature.of_pairs for feature in columns.FEATURES}
        for number, name in enumerate(names):
            make = makers[name]
            if make is not None:
                found[number] = make(gaps, features, self.given.config)
        return found

    def _officers(self, levels: LevelBeliefs, passed: Bools) -> Officers:
        from competency.ranking.fused.kernel import Officers

        index, roster = self.framework.index, levels.roster
        position = np.stack([aim_position(aim, roster, index) for aim in self.aims])
        none = len(index.position_ids)
        codes, number = np.unique(roster.region.astype(str), return_inverse=True)
        region: Ints = np.array([self.regions.get(name, -1) for name in codes], np.int32)
        return Officers(
            probs=np.ascontiguousarray(levels.probs, np.float32),
            assessed=levels.n_observations > 0,
            position=np.where(position < 0, none, position).astype(np.int32),
            held=np.where(roster.position < 0, none, roster.position).astype(np.int32),
            region=region[number],
            passed=np.ascontiguousarray(passed, bool),
        )
