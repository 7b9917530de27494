"""What every ranker is: something that ranks a gap table, the same way for one or for all."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar, runtime_checkable

import numpy as np

from competency.arrays import Floats, frozen
from competency.config import RankingConfig
from competency.effects.transitions import Transitions, catalogue_transitions
from competency.errors import ConfigError, Finding, ModelFileError, nearest_names
from competency.ranking.features import Features, build_features, passed_by
from competency.ranking.table import PairScores, Ranking

if TYPE_CHECKING:
    import pandas as pd

    from competency.arrays import Bools
    from competency.framework.model import Framework
    from competency.gaps.table import GapTable


@runtime_checkable
class Ranker(Protocol):
    """Anything that ranks trainings for the officers of a gap table."""

    def rank(self, gaps: GapTable, *, history: pd.DataFrame | None = None) -> Ranking:
        """Return the trainings of every officer, scored.

        Parameters
        ----------
        gaps : GapTable
        history : DataFrame, optional
            Trainings taken (:attr:`Evidence.history`).

        Returns
        -------
        Ranking
        """
        ...


@dataclass(frozen=True, eq=False)
class StoredTransitions:
    """Transitions as a ranker's file holds them: bound to a framework when officers are ranked.

    `framework_version`: of the framework that they belong to. `matrix` of shape (n_develops,
    n_levels, n_levels): as in :class:`Transitions`.
    """

    framework_version: str
    matrix: Floats
    origin: str

    @classmethod
    def of(cls, transitions: Transitions | StoredTransitions) -> StoredTransitions:
        """Return transitions without their framework."""
        if isinstance(transitions, StoredTransitions):
            return transitions
        return cls(transitions.framework.version, transitions.matrix, transitions.origin)

    def on(self, framework: Framework) -> Transitions:
        """Return them for their framework; `ModelFileError` for another one."""
        if framework.version != self.framework_version:
            message = (
                f"transitions of framework {self.framework_version} used with {framework.version}"
            )
            hint = "learn what trainings change again with this framework"
            raise ModelFileError("ranker", [Finding("other-framework", message, hint=hint)])
        return Transitions(framework, self.matrix, self.origin)


_Self = TypeVar("_Self", bound="FeatureRanker")


@dataclass(eq=False)
class FeatureRanker(ABC):
    """A ranker whose score is a sum of named contributions, each made from `Features`.

    A subclass names its `method` and writes `contributions`; eligibility is the same for all.

    Parameters
    ----------
    config : RankingConfig, optional
        Weights; None means the defaults.
    transitions : Transitions or StoredTransitions, optional
        What trainings change; None means the catalogue's claims.
    entry_probability : float
        In (0, 1]. A level counts as held when its probability is at least this.
    """

    method: ClassVar[str]

    config: RankingConfig | None = None
    transitions: Transitions | StoredTransitions | None = None
    entry_probability: float = dataclasses.field(default=0.5, kw_only=True)

    def __post_init__(self) -> None:
        findings = self._wrong_parameters()
        if findings:
            raise ConfigError(type(self).__name__, findings)

    @property
    def settings(self) -> RankingConfig:
        """The weights in use: `config`, or the defaults."""
        return self.config or RankingConfig()

    def rank(self, gaps: GapTable, *, history: pd.DataFrame | None = None) -> Ranking:
        """Return the trainings of every officer, scored.

        Parameters
        ----------
        gaps : GapTable
        history : DataFrame, optional
            Trainings taken (:attr:`Evidence.history`); None: nobody has passed anything.

        Returns
        -------
        Ranking
        """
        features = self.features(gaps, passed_by(gaps.levels, history), history)
        return Ranking(
            gaps=gaps,
            method=self.method,
            worth=features.worth,
            passed=features.passed,
            mandatory=features.mandatory,
            scores=self.scores(gaps, features, history),
            transitions=self.transitions_on(gaps.levels.framework),
            entry_probability=self.entry_probability,
            length=self.settings.top,
        )

    def features(self, gaps: GapTable, passed: Bools, history: pd.DataFrame | None) -> Features:
        """Return the features of `gaps`, with this ranker's weights and transitions.

        `passed` is what `history` says of trainings passed; shape (n_officers, n_trainings).
        """
        return build_features(
            gaps,
            history=history,
            passed=passed,
            transitions=self.transitions_on(gaps.levels.framework),
            config=self.config,
            entry_probability=self.entry_probability,
        )

    def scores(
        self, gaps: GapTable, features: Features, history: pd.DataFrame | None
    ) -> PairScores:
        """Return the scores of every pair of `gaps` from its `features` and the `history`."""
        parts = self.contributions(gaps, features, history)
        total = np.zeros(features.eligible.shape, np.float64)
        for part in parts.values():
            total += part
        total[~features.eligible] = -np.inf
        multiplier = self.multiplier(gaps, features, history)
        return PairScores(frozen(total), features.eligible, features.gap_closed, parts, multiplier)

    def transitions_on(self, framework: Framework) -> Transitions:
        """Return what trainings change in a `framework`: its own, else the catalogue's claims."""
        if isinstance(self.transitions, StoredTransitions):
            return self.transitions.on(framework)
        return self.transitions or catalogue_transitions(framework)

    def with_settings(
        self: _Self,
        *,
        transitions: Transitions | None = None,
        entry_probability: float | None = None,
        top: int | None = None,
    ) -> _Self:
        """Return the same ranker with what a run knows better.

        What is given here wins over what the ranker was made or saved with, so that ranking,
        reasons and plans of one run agree.

        Parameters
        ----------
        transitions : Transitions, optional
            What trainings change; None leaves what is there, and so do the others.
        entry_probability : float, optional
        top : int, optional
            Trainings of an officer that tables and pages list.

        Returns
        -------
        FeatureRanker
        """
        config = self.config
        if top is not None:
            config = self.settings.model_copy(update={"top": top})
        return dataclasses.replace(
            self,
            config=config,
            transitions=transitions or self.transitions,
            entry_probability=entry_probability or self.entry_probability,
        )

    def multiplier(
        self,
        gaps: GapTable,  # noqa: ARG002
        features: Features,  # noqa: ARG002
        history: pd.DataFrame | None,  # noqa: ARG002
    ) -> Floats | None:
        """Return what multiplies the expected gap closed in a plan; None: nothing was learned.

        float64, shape (n_officers, n_trainings), from `gaps`, `features` and `history`.
        """
        return None

    @abstractmethod
    def contributions(
        self, gaps: GapTable, features: Features, history: pd.DataFrame | None
    ) -> Mapping[str, Floats]:
        """Return the named parts of the score.

        Parameters
        ----------
        gaps : GapTable
        features : Features
        history : DataFrame or None

        Returns
        -------
        mapping of str to float64, shape (n_officers, n_trainings)
            Finite everywhere, also where a training is not eligible.
        """

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002, FBT001, FBT002
        """Return the parameters by name, as scikit-learn asks for them; `deep` changes nothing."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    def set_params(self: _Self, **parameters: Any) -> _Self:
        """Set `parameters` by name and return this ranker.

        Unknown names and illegal values raise `ConfigError`, and nothing is changed then.
        """
        known = self.get_params()
        unknown = [_unknown(name, known) for name in parameters if name not in known]
        if unknown:
            raise ConfigError(type(self).__name__, unknown)
        type(self)(**{**known, **parameters})  # NOTE: raises before anything is changed
        for name, value in parameters.items():
            setattr(self, name, value)
        return self

    def _wrong_parameters(self) -> list[Finding]:
        if 0 < self.entry_probability <= 1:
            return []
        return [illegal("entry_probability", "a probability above 0, at most 1")]


def illegal(name: str, legal: str) -> Finding:
    """Return the finding for a parameter outside its legal range, which is given in words."""
    return Finding("illegal-setting", f"parameter {name} must be {legal}")


def _unknown(name: str, known: Mapping[str, Any]) -> Finding:
    return Finding(
        "unknown-setting", f"there is no parameter {name!r}", nearest=nearest_names(name, known)
    )
