"""What every ranker is: something that ranks a gap table, the same way for one or for all."""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar, runtime_checkable

import numpy as np

from competency.arrays import Floats, frozen
from competency.errors import ConfigError, Finding, nearest_names
from competency.ranking.features import Features, build_features
from competency.ranking.kept import KeptTransitions, moves_on
from competency.ranking.table import Ranking

if TYPE_CHECKING:
    import pandas as pd

    from competency.config import RankingConfig
    from competency.effects.transitions import Transitions
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


_Self = TypeVar("_Self", bound="FeatureRanker")


@dataclasses.dataclass(eq=False)
class FeatureRanker(ABC):
    """A ranker whose score is a sum of named contributions, each made from `Features`.

    A subclass names its `method` and writes `contributions`; eligibility is the same for all.

    Parameters
    ----------
    config : RankingConfig, optional
        Weights; None means the defaults.
    transitions : Transitions or KeptTransitions, optional
        What trainings change; None means the catalogue's claims.
    entry_probability : float
        In (0, 1]. A level counts as held when its probability is at least this.
    """

    method: ClassVar[str]

    config: RankingConfig | None = None
    transitions: Transitions | KeptTransitions | None = None
    entry_probability: float = dataclasses.field(default=0.5, kw_only=True)

    def __post_init__(self) -> None:
        findings = self._wrong_parameters()
        if findings:
            raise ConfigError(type(self).__name__, findings)

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
        moves = self.moves(gaps.levels.framework)
        features = build_features(
            gaps,
            history=history,
            transitions=moves,
            config=self.config,
            entry_probability=self.entry_probability,
        )
        parts = self.contributions(gaps, features, history)
        return Ranking(
            gaps=gaps,
            method=self.method,
            score=_sum_where(features, parts),
            eligible=features.eligible,
            value=features.gap_closed,
            worth=features.worth,
            passed=features.passed,
            mandatory=features.mandatory,
            contributions=parts,
            transitions=moves,
            multiplier=self.multiplier(gaps, features, history),
        )

    def moves(self, framework: Framework) -> Transitions | None:
        """Return what trainings change in a framework; None means the catalogue's claims.

        Parameters
        ----------
        framework : Framework

        Returns
        -------
        Transitions or None
        """
        return moves_on(self.transitions, framework)

    def multiplier(
        self,
        gaps: GapTable,  # noqa: ARG002
        features: Features,  # noqa: ARG002
        history: pd.DataFrame | None,  # noqa: ARG002
    ) -> Floats | None:
        """Return what multiplies the expected gap closed in a plan; None: nothing was learned.

        Parameters
        ----------
        gaps : GapTable
        features : Features
        history : DataFrame or None

        Returns
        -------
        float64, shape (n_officers, n_trainings), or None
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
        """Return the parameters by name, as scikit-learn asks for them.

        Parameters
        ----------
        deep : bool
            Accepted for scikit-learn; rankers hold no other estimators.

        Returns
        -------
        dict
        """
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    def set_params(self: _Self, **parameters: Any) -> _Self:
        """Set parameters by name and return this ranker.

        Parameters
        ----------
        **parameters
            Names as in `get_params`.

        Returns
        -------
        FeatureRanker

        Raises
        ------
        ConfigError
            A name is unknown or a value illegal; nothing is changed then.
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
    """Return the finding for a parameter outside its legal range.

    Parameters
    ----------
    name : str
    legal : str
        The legal range in words.

    Returns
    -------
    Finding
    """
    return Finding("illegal-setting", f"parameter {name} must be {legal}")


def _unknown(name: str, known: Mapping[str, Any]) -> Finding:
    return Finding(
        "unknown-setting", f"there is no parameter {name!r}", nearest=nearest_names(name, known)
    )


def _sum_where(features: Features, parts: Mapping[str, Floats]) -> Floats:
    total = np.zeros(features.eligible.shape, np.float64)
    for part in parts.values():
        total += part
    total[~features.eligible] = -np.inf
    return frozen(total)
