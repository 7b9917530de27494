"""The model of levels: what is learned from a cohort, and beliefs about any officer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from competency.arrays import frozen
from competency.config import LevelConfig, as_date
from competency.errors import ConfigError, EvidenceError, Finding, NotFittedError, nearest_names
from competency.levels.problem import LevelProblem

if TYPE_CHECKING:
    from competency.arrays import Floats
    from competency.evidence.table import Evidence
    from competency.framework.index import FrameworkIndex
    from competency.levels.beliefs import LevelBeliefs


class LevelModel:
    """Beliefs over levels from ratings and certificates.

    The level of officer o in competency c lies on a latent scale in levels; level k spans
    ``[k - 1/2, k + 1/2)``. With a source of discrimination a and severity s,

    ``P(rating >= k | theta) = sigmoid(a (theta - s - (k - 1/2)))``, ``s ~ N(m, tau^2)``,
    ``theta ~ N(mu[position of o, c], prior_sd^2)``,

    the graded response model with a partially pooled mean for each position. Fitting learns
    the means; discriminations and severities are settings.

    Parameters
    ----------
    config : LevelConfig or None
        Settings; None stands for the defaults.

    Attributes
    ----------
    group_mean_ : float64, shape (n_positions + 1, n_competencies)
        Prior mean of each position, in levels; the last row is for officers in no position.
    competency_mean_ : float64, shape (n_competencies,)
        What the group means are shrunk toward; the prior of a position without ratings.
    n_iter_ : int
        Steps taken.
    converged_ : bool
        Whether the last step moved no mean by more than a thousandth of a level.
    evidence_ : Evidence
        What was fitted on.

    Notes
    -----
    Officer by officer the answer is in closed form, so that predicting needs no iteration and
    other officers can be scored with the fitted means. A competency never assessed keeps its
    prior. Old evidence is tempered, for which calibration is not claimed: see
    :func:`competency.levels.decay.tempering`. Cost is linear in ratings and in assessed cells.

    Examples
    --------
    >>> LevelModel().get_params()
    {'config': None}
    >>> LevelModel().predict(as_of="2026-11-01")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    competency.errors.NotFittedError: this LevelModel is not fitted yet. Hint: ...
    """

    group_mean_: Floats
    competency_mean_: Floats
    n_iter_: int
    converged_: bool
    evidence_: Evidence

    def __init__(self, config: LevelConfig | None = None) -> None:
        self.config = config

    def get_params(self, *, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002
        """Return the constructor's arguments.

        Parameters
        ----------
        deep : bool
            Makes no difference here: settings have no parameters of their own.

        Returns
        -------
        dict
        """
        return {"config": self.config}

    def set_params(self, **params: LevelConfig | None) -> LevelModel:
        """Replace the constructor's arguments.

        Parameters
        ----------
        **params : LevelConfig or None
            ``config`` and nothing else.

        Returns
        -------
        LevelModel
            The model itself.

        Raises
        ------
        ConfigError
            If another parameter is named.
        """
        unknown = sorted(set(params) - {"config"})
        if unknown:
            raise ConfigError("LevelModel", [_unknown_parameter(name) for name in unknown])
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def fit(self, evidence: Evidence, *, as_of: date | str | None = None) -> LevelModel:
        """Learn the prior means of positions and competencies.

        Parameters
        ----------
        evidence : Evidence
            Ratings and certificates of a cohort.
        as_of : date, str or None
            Evidence after this day is not used; None stands for its latest day.

        Returns
        -------
        LevelModel
            The model itself.

        Raises
        ------
        EvidenceError
            If a rating comes from a source without settings.
        """
        day = evidence.latest_date() if as_of is None else as_date(as_of)
        problem = LevelProblem.of(evidence, self.config or LevelConfig())
        # NOTE: without a latest day there is nothing to see, on whatever day one looks.
        fitted = problem.fit(day or date.min)
        self.group_mean_ = frozen(fitted.means.group)
        self.competency_mean_ = frozen(fitted.means.competency)
        self.n_iter_, self.converged_ = fitted.n_iter, fitted.converged
        self.evidence_, self._problem = evidence, problem
        return self

    def predict(self, evidence: Evidence | None = None, *, as_of: date | str) -> LevelBeliefs:
        """Return beliefs about every officer of the roster on a day.

        Parameters
        ----------
        evidence : Evidence or None
            About any officers, read with the same framework; None stands for what was fitted on.
        as_of : date or str
            Evidence after this day, and certificates expired by then, are not used.

        Returns
        -------
        LevelBeliefs

        Raises
        ------
        NotFittedError
            Before `fit`.
        EvidenceError
            If the evidence was read with a framework of other competencies or positions.
        """
        if not hasattr(self, "_problem"):
            raise NotFittedError.of(type(self).__name__)
        day = as_date(as_of)
        problem = self._problem
        if evidence is not None and evidence is not self.evidence_:
            _refuse_other_framework(self.evidence_.framework.index, evidence.framework.index)
            problem = LevelProblem.of(evidence, problem.config)
        return problem.beliefs(self.group_mean_, day)

    def __repr__(self) -> str:
        changed = "" if self.config is None else f"config={self.config!r}"
        return f"LevelModel({changed})"


def _refuse_other_framework(fitted: FrameworkIndex, given: FrameworkIndex) -> None:
    axes: Mapping[str, tuple[object, object]] = {
        "competencies": (fitted.competency_ids, given.competency_ids),
        "positions": (fitted.position_ids, given.position_ids),
        "levels": (fitted.n_levels, given.n_levels),
    }
    findings = [
        Finding(
            "other-framework",
            f"the {name} are not those of the framework that the model was fitted with",
            hint="read the evidence with the same framework, or fit again",
        )
        for name, (left, right) in axes.items()
        if left != right
    ]
    if findings:
        raise EvidenceError("evidence", findings)


def _unknown_parameter(name: str) -> Finding:
    return Finding(
        "unknown-parameter",
        f"LevelModel has no parameter {name!r}",
        nearest=nearest_names(name, ["config"]),
        hint="settings of the model are in LevelConfig",
    )
