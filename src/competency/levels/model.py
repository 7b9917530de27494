"""The model of levels: what is learned from a cohort, and beliefs about any officer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from competency.arrays import frozen
from competency.config import LevelConfig, as_date
from competency.errors import (
    ConfigError,
    EvidenceError,
    Finding,
    NotFittedError,
    nearest_names,
)
from competency.levels.fitting.calibrate import TOLERANCE, calibrate
from competency.levels.fitting.items import item_table
from competency.levels.fitting.units import unit_table
from competency.levels.posterior.problem import LevelProblem, framework_differences
from competency.levels.tables import assessor_table, design_findings, item_findings, source_table

if TYPE_CHECKING:
    import pandas as pd

    from competency.arrays import Floats
    from competency.evidence.table import Evidence
    from competency.framework.model import Framework
    from competency.levels.beliefs import LevelBeliefs
    from competency.levels.posterior.one_officer import Workspace
    from competency.levels.posterior.parameters import Parameters


class LevelModel:
    """Beliefs over levels from ratings, answers to items of tests, and certificates.

    The level of officer o in competency c lies on a latent scale in levels; level k spans
    ``[k - 1/2, k + 1/2)``. With a source of discrimination a, an assessor of severity s and a halo
    h of that assessor for that officer,

    ``P(rating >= k | theta) = sigmoid(a (theta - s - h - (k - 1/2)))``, ``s ~ N(m, tau^2)``,
    ``h ~ N(0, omega^2)``, ``theta[o] ~ N(mu[position of o] + strength[unit of o], Sigma)``,

    the many-facet graded response model with correlated competencies and partially pooled means.
    An answer to item i has a slope and thresholds of its own, ``P(points >= k | theta) =
    sigmoid(a[i] (theta - b[i, k]))``: two-parameter and graded response models on the same scale.
    Fitting learns mu and Sigma, of sources with enough ratings a, m, tau and omega, and items.

    Parameters
    ----------
    config : LevelConfig or None
        Settings; None stands for the defaults.

    Attributes
    ----------
    group_mean_ : float64, shape (n_positions + 1, n_competencies)
        Prior mean of each position, in levels; the last row is for officers in no position.
    group_variance_ : float64, shape (n_positions + 1, n_competencies)
        What is not known of these means, in levels squared.
    competency_mean_ : float64, shape (n_competencies,)
        Mean of a position that requires as much as others do.
    units_ : DataFrame
        Strength of each unit in levels, with its standard error.
    covariance_ : float64, shape (n_competencies, n_competencies)
        Of officers of one position around its mean, whatever their unit, in levels squared.
    sources_ : DataFrame
        Discrimination, severity, its spread and halo by source, and whether they were estimated.
    assessors_ : DataFrame
        Severity and standard error of each named assessor.
    items_ : DataFrame
        Discrimination, thresholds and difficulty, with standard errors, of each item of a test.
    findings_ : tuple of Finding
        What is wrong with the design: parts of the cohort that no assessor links, tests that no
        rating ties to levels.
    n_iter_ : int
        Rounds taken.
    converged_ : bool
        Whether the log-likelihood still to be gained, estimated from the gain that the last step
        promised and from the rate at which gains shrink, is below ``calibrate.TOLERANCE``.
    evidence_ : Evidence
        What was fitted on; not there after :func:`competency.levels.load_level_model`.
    framework_ : Framework
        The one that was fitted with.
    parameters_ : Parameters
        All parameters in numbers, as :mod:`competency.levels.posterior` reads them.

    Notes
    -----
    A cohort is scored in closed form, officer by officer, with expectation propagation: other
    officers can be scored with what was fitted. A competency never assessed borrows from those
    that were. An old observation is about the level then, and levels drift around the mean of the
    position with the half-life of their kind, each competency by itself. Fitting leaves drift out
    (what changed over the years counts as noise of the sources), and certificates too, since
    those that were not earned are never reported. Officers who are not assessed are taken to be
    like those who are, but for what units show that assess less. Cost is linear in officers and
    ratings, cubic in competencies.

    Examples
    --------
    >>> LevelModel().get_params()
    {'config': None}
    >>> LevelModel().predict(as_of="2026-11-01")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    competency.errors.NotFittedError: this LevelModel is not fitted yet. Hint: ...
    """

    parameters_: Parameters
    framework_: Framework
    units_: pd.DataFrame
    sources_: pd.DataFrame
    assessors_: pd.DataFrame
    items_: pd.DataFrame
    findings_: tuple[Finding, ...]
    n_iter_: int
    converged_: bool
    evidence_: Evidence
    _workspace: Workspace | None = None

    def __init__(self, config: LevelConfig | None = None) -> None:
        self.config = config

    @property
    def group_mean_(self) -> Floats:
        """Prior mean of each position; see the attributes of the class."""
        return frozen(self.parameters_.means.group)

    @property
    def group_variance_(self) -> Floats:
        """Variance of the estimates of `group_mean_`."""
        return frozen(self.parameters_.means.variance)

    @property
    def competency_mean_(self) -> Floats:
        """Mean of a position that requires as much as others do."""
        return frozen(self.parameters_.means.competency)

    @property
    def covariance_(self) -> Floats:
        """Covariance of officers of one position."""
        return frozen(self.parameters_.covariance)

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
        """Learn the cohort: means, spreads, correlations, sources and assessors.

        Parameters
        ----------
        evidence : Evidence
            Ratings, answers and certificates of a cohort.
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
        # NOTE: without a latest day there is no observation, on whatever day one looks.
        fitted, layout = calibrate(problem, day or date.min)
        self.parameters_, self.framework_ = fitted.parameters.prepared(), evidence.framework
        self._workspace = None
        curves = fitted.parameters.sources.items
        self.items_ = item_table(problem.observations.items, curves, fitted.slope_sd, layout)
        self.sources_ = source_table(fitted, layout)
        self.units_ = unit_table(fitted.parameters.units, problem.units[1], layout)
        named = problem.observations.assessors
        self.assessors_ = assessor_table(named, fitted.parameters, layout)
        ids = evidence.framework.index.competency_ids
        self.findings_ = design_findings(layout, len(named)) + item_findings(layout, ids)
        self.n_iter_, self.converged_ = fitted.n_iter, fitted.height <= TOLERANCE
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
        ConfigError
            If a loaded model is given no evidence.
        """
        self._require_fitted()
        day, problem = as_date(as_of), getattr(self, "_problem", None)
        if problem is None or not (evidence is None or evidence is self.evidence_):
            if evidence is None:
                raise ConfigError("predict", [_no_evidence()])
            index = self.framework_.index
            findings = framework_differences(
                (index.competency_ids, index.position_ids, index.n_levels),
                evidence.framework.index,
                hint="read the evidence with the same framework, or fit again",
            )
            if findings:
                raise EvidenceError("evidence", findings)
            problem = LevelProblem.of(evidence, self.config or LevelConfig())
        known = problem.known(
            self.parameters_, assessors=self.assessors_, units=self.units_, items=self.items_
        )
        return problem.beliefs(known, day)

    def predict_one(
        self,
        ratings: Mapping[str, Sequence[Any]],
        *,
        as_of: date | str,
        position: str = "",
        unit: str = "",
        officer: str = "",
        responses: Mapping[str, Sequence[Any]] | None = None,
    ) -> LevelBeliefs:
        """Return beliefs about one officer from ratings that are in no table, in a millisecond.

        Parameters
        ----------
        ratings : mapping of str to sequence
            Columns competency, source, level (in levels, from 0; above the highest counts as
            the highest) and date (ISO text or date), and perhaps assessor; one element for each
            rating. A frame with these columns will do.
        as_of : date or str
            Ratings after this day are not used.
        position : str
            Id of the position held; empty = none.
        unit : str
            Unit as evidence names it; one that was not in the fit counts as unknown.
        officer : str
            Id for the answer.
        responses : mapping of str to sequence, or None
            Answers to items of tests: columns competency, item, value (points) and date. An item
            that was not in the fit counts as one whose difficulty is hardly known.

        Returns
        -------
        LevelBeliefs
            Of one officer; the same as from `predict`.

        Raises
        ------
        NotFittedError
            Before `fit`.
        EvidenceError
            If a column is missing, a name is not known or a level is none; with all problems.
        """
        self._require_fitted()
        from competency.levels.posterior.one_officer import Who, Workspace

        if self._workspace is None:
            settings = self.config or LevelConfig()
            self._workspace = Workspace.of(
                self.framework_, settings, self.parameters_, assessors=self.assessors_,
                units=self.units_, items=self.items_,
            )  # fmt: skip
        who = Who(officer, position, unit)
        return self._workspace.beliefs(ratings, responses, who, day=as_date(as_of))

    def save(self, path: str | Path) -> Path:
        """Write the fitted model to a folder, whole or not at all, and return the folder.

        Parameters
        ----------
        path : str or Path
            The folder; one that is there is replaced. :func:`load_level_model` reads it.

        Returns
        -------
        Path

        Raises
        ------
        NotFittedError
            Before `fit`.
        """
        self._require_fitted()
        return save_level_model(self, Path(path))

    def _require_fitted(self) -> None:
        if not hasattr(self, "parameters_"):
            raise NotFittedError.of(type(self).__name__)

    def __repr__(self) -> str:
        changed = "" if self.config is None else f"config={self.config!r}"
        return f"LevelModel({changed})"


def save_level_model(model: LevelModel, path: Path) -> Path:
    """Write a fitted model to a folder and return the folder; see `LevelModel.save`."""
    from competency.levels.store import FittedLevels, write_levels

    fitted = FittedLevels(
        model.config or LevelConfig(), model.parameters_, model.sources_, model.assessors_,
        model.units_, model.items_, model.n_iter_, model.converged_,
    )  # fmt: skip
    return write_levels(fitted, model.framework_.index, path)


def load_level_model(path: str | Path, framework: Framework) -> LevelModel:
    """Return the fitted level model of a folder, or of the folder ``levels`` inside it.

    Parameters
    ----------
    path : str or Path
    framework : Framework
        The one that officers will be scored with; it must have the competencies, positions and
        levels that the model was fitted with.

    Returns
    -------
    LevelModel
        Without evidence: give it to ``predict``.

    Raises
    ------
    ModelFileError
        The folder or a file of it is missing, damaged, changed since it was written, too new, of
        a kind that is never opened, or fitted with another framework.

    Examples
    --------
    >>> import competency as cp
    >>> framework = cp.load_framework(cp.pack_path())
    >>> model = cp.load_level_model(cp.model_path(), framework)
    >>> rated = {"competency": ["T.01"], "source": ["test"], "level": [3], "date": ["2026-05-01"]}
    >>> model.predict_one(rated, position="PAK", as_of="2026-11-01")
    LevelBeliefs(1 officers x 20 competencies as of 2026-11-01; 5% assessed)
    """
    from competency.levels.store import read_levels

    saved = read_levels(Path(path), framework)
    model = LevelModel(saved.config)
    model.parameters_, model.framework_ = saved.parameters.prepared(), framework
    model.sources_, model.assessors_ = saved.sources, saved.assessors
    model.units_, model.items_, model.findings_ = saved.units, saved.items, ()
    model.n_iter_, model.converged_ = saved.n_iter, saved.converged
    return model


def _no_evidence() -> Finding:
    return Finding(
        "no-evidence",
        "a model that was loaded from a folder holds no evidence",
        hint="give predict() the evidence about the officers",
    )


def _unknown_parameter(name: str) -> Finding:
    return Finding(
        "unknown-parameter",
        f"LevelModel has no parameter {name!r}",
        nearest=nearest_names(name, ["config"]),
        hint="settings of the model are in LevelConfig",
    )
