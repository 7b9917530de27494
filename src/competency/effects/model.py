"""The model of effects: what trainings changed, learned from history."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import frozen
from competency.config import as_date
from competency.effects.tables import (
    drift_rows,
    effect_rows,
    family_design,
    known_column,
    training_rows,
)
from competency.effects.transitions import Transitions, success_matrix
from competency.errors import ConfigError, EvidenceError, Finding, NotFittedError

if TYPE_CHECKING:
    import pandas as pd

    from competency.arrays import Floats
    from competency.effects.learning.data import EffectData
    from competency.evidence.table import Evidence
    from competency.framework.model import Framework
    from competency.levels import LevelModel

ORIGIN = "estimated"
"""Origin of transitions that were learned from history."""

_NOTED = {
    "undated-training": (
        "{n} completed trainings have no date and tell nothing of before and after",
        "add the days on which they were held",
    ),
    "ends-before-start": ("{n} trainings end before they start", "correct the dates"),
    "no-rating-around": (
        "in {n} of {of} cases what a training develops was not rated both before and after it",
        "rate what a training develops before it, and again some months after",
    ),
    "shared-attribution": (
        "in {n} cases nothing was rated between two trainings on one competency: they share it",
        "rate the competency between them, or read their effects together",
    ),
}

_COLUMNS = ("officer", "training", "status", "start", "end")


class EffectModel:
    """What each training changed, learned from officers who took it and those who did not.

    A completed training lifts an officer from its entry level or above to its target with a chance
    p, and keeps the place within the level; p is what the catalogue calls success. Officers who
    were rated in the competency before and after inform p by the likelihood

    ``L(p) = product of (1 - p) A + p B``,

    where A and B are the likelihoods of the ratings after the training if it did nothing and if it
    succeeded, averaged over the belief about the level before: a low rating before is read as a
    noisy one, so that regression to the mean is no effect. The change of officers without a
    training is taken off as drift. Chances are shrunk by empirical Bayes, ``logit p ~ N(logit claim
    + type + provider + kind, spread^2)``, with a share of rows that change nothing.

    Attributes
    ----------
    transitions_ : Transitions
        For planner and ranker: posterior means; a row without history stays as the catalogue
        claims.
    rows_ : DataFrame
        By row of `develops`: training, competency, type, provider, kind, entry_level,
        target_level, claimed; success with its 90 % interval low to high; family (what is expected
        of a row like this), weight (share of the information that its own history gives), idle
        (chance that it changes nothing); alone, alone_low, alone_high (success by its own history
        with nothing borrowed; NaN = none); reach (levels that a success lifts, for those who
        came), gain, gain_low, gain_high (levels gained by one who completes it: success x
        reach); naive_gain, naive_se, n_naive (mean rating after less mean rating before: no
        effect); n_completed, n_officers, n_used (rated before and after), n_shared (no rating
        between it and another training on the competency: the two share the change);
        n_comparison (officers without a training), drift and drift_se (levels a year without).
    trainings_ : DataFrame
        By training: type, provider; gain (levels, summed over what it develops and was rated
        before and after) with gain_low and
        gain_high, claimed, alone with its interval, naive_gain; p_nothing (of the claim that it
        changes nothing), p_half (of the claim that it succeeds at least half as often as the
        catalogue says);
        early and late (gain by ratings within a year and later ones), fade_se, p_fade (of the
        claim that it does not fade); n_completed, n_officers, n_used. NaN = no history.
    drift_ : DataFrame
        By competency: drift without a training (levels a year), se, growth (variance of a
        year's change) and n_cells.
    log_likelihood_ : float64, shape (n_develops, n_chances)
        Of each row's own history at the chances `CHANCES` of success, largest 0.
    spread_, idle_share_ : float
        Of rows around their family on the log-odds; of rows that change nothing.
    findings_ : tuple of Finding
        What could not be used, in counts.
    as_of_ : date or None
        Nothing after this day was used; None = no limit.

    Notes
    -----
    Ratings of other officers, competencies and years enter the belief before through the level
    model, fitted again on ratings that no training preceded (of at most 2,000 officers; drift is
    learned from at most 10,000); an assessor who rated before and after is known the better for
    it. Assumed: given all ratings until then, who is sent does not depend on what else the officer
    would have become. Certificates are left out, since those that were not earned are never
    reported. A rating on the last day of a training comes after it; ratings while it runs are left
    out. Cost is linear in ratings and trainings taken.

    Examples
    --------
    >>> EffectModel().transitions_  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    competency.errors.NotFittedError: this EffectModel is not fitted yet. Hint: ...
    """

    rows_: pd.DataFrame
    trainings_: pd.DataFrame
    drift_: pd.DataFrame
    log_likelihood_: Floats
    spread_: float
    idle_share_: float
    findings_: tuple[Finding, ...]
    as_of_: date | None
    framework_: Framework

    @property
    def transitions_(self) -> Transitions:
        """Transitions between levels by the posterior means."""
        self._require_fitted()
        return self.transitions_for(self.framework_)

    def transitions_for(self, framework: Framework) -> Transitions:
        """Return the transitions for a framework with other trainings: new ones as it claims.

        Parameters
        ----------
        framework : Framework

        Returns
        -------
        Transitions
            A row of `develops` counts as known when training, competency, entry and target level
            are those that were learned about.

        Raises
        ------
        NotFittedError
            Before `fit`.
        """
        self._require_fitted()
        learned = known_column(self.rows_, framework, "success")
        success = np.where(np.isnan(learned), framework.index.develops.success, learned)
        return Transitions(framework, success_matrix(framework, success), ORIGIN)

    def fit(
        self,
        history: pd.DataFrame,
        levels: LevelModel,
        *,
        evidence: Evidence | None = None,
        as_of: date | str | None = None,
    ) -> EffectModel:
        """Learn what trainings changed.

        Parameters
        ----------
        history : DataFrame
            Trainings taken, as `Evidence.history`: columns officer, training, status, start, end.
        levels : LevelModel
            Fitted; gives severities and settings.
        evidence : Evidence, optional
            Ratings of the officers; None stands for what `levels` was fitted on.
        as_of : date or str, optional
            Ratings after this day, and trainings that end later, are left out.

        Returns
        -------
        EffectModel
            The model itself.

        Raises
        ------
        NotFittedError
            If `levels` is not fitted.
        ConfigError
            If `levels` was loaded from a folder and no evidence is given.
        EvidenceError
            If the history lacks a column.
        """
        from competency.effects.learning.data import effect_data
        from competency.effects.learning.estimate import estimate_effects

        given = _given(levels, evidence)
        _refuse_missing(history)
        self.as_of_ = None if as_of is None else as_date(as_of)
        if self.as_of_ is not None:
            given, history = _until(given, history, self.as_of_)
        data = effect_data(history, levels, given)
        self.framework_ = given.framework
        _, design = family_design(given.framework)
        estimate = estimate_effects(data, given.framework.index, design)
        self.rows_ = effect_rows(data, estimate, given.framework)
        self.trainings_ = training_rows(self.rows_, estimate)
        self.drift_ = drift_rows(data, given.framework)
        own = estimate.log_likelihood
        self.log_likelihood_ = frozen(own - own.max(1, keepdims=True))
        self.spread_ = estimate.successes.spread
        self.idle_share_ = estimate.successes.idle_share
        self.findings_ = _findings(data, history, self.rows_)
        return self

    def save(self, path: str | Path) -> Path:
        """Write the fitted model to a folder, whole or not at all, and return the folder.

        Parameters
        ----------
        path : str or Path
            The folder; one that is there is replaced. :func:`load_effect_model` reads it.

        Returns
        -------
        Path

        Raises
        ------
        NotFittedError
            Before `fit`.
        """
        self._require_fitted()
        return save_effect_model(self, Path(path))

    def _require_fitted(self) -> None:
        if not hasattr(self, "rows_"):
            raise NotFittedError.of(type(self).__name__)

    def __repr__(self) -> str:
        if not hasattr(self, "rows_"):
            return "EffectModel()"
        used = int((self.rows_["n_used"] > 0).sum())
        return f"EffectModel({used} of {len(self.rows_)} rows of develops have a history)"


def save_effect_model(model: EffectModel, path: Path) -> Path:
    """Write a fitted model to a folder and return the folder; see `EffectModel.save`."""
    from competency.effects.store import FittedEffects, write_effects

    fitted = FittedEffects(
        model.rows_, model.trainings_, model.drift_, model.log_likelihood_, model.spread_,
        model.idle_share_, model.as_of_, model.findings_,
    )  # fmt: skip
    return write_effects(fitted, model.transitions_, path)


def load_effect_model(path: str | Path, framework: Framework) -> EffectModel:
    """Return the fitted effect model of a folder, or of the folder ``effects`` inside it.

    Parameters
    ----------
    path : str or Path
    framework : Framework
        It must develop what the model was fitted with: the same trainings, competencies, entry
        and target levels.

    Returns
    -------
    EffectModel

    Raises
    ------
    ModelFileError
        The folder or a file of it is missing, damaged, changed since it was written, too new, of
        a kind that is never opened, or fitted with another framework.
    """
    from competency.effects.store import read_effects

    saved, model = read_effects(Path(path), framework), EffectModel()
    model.framework_ = framework
    model.rows_, model.trainings_, model.drift_ = saved.rows, saved.trainings, saved.drift
    model.log_likelihood_, model.as_of_ = saved.log_likelihood, saved.as_of
    model.spread_, model.idle_share_ = saved.spread, saved.idle_share
    model.findings_ = saved.findings
    return model


def _given(levels: LevelModel, evidence: Evidence | None) -> Evidence:
    if not hasattr(levels, "sources_"):
        raise NotFittedError.of(type(levels).__name__)
    found = evidence if evidence is not None else getattr(levels, "evidence_", None)
    if found is None:
        message = "a level model that was loaded from a folder holds no evidence"
        hint = "give fit() the evidence about the officers"
        raise ConfigError("effects", [Finding("no-evidence", message, hint=hint)])
    return found


def _refuse_missing(history: pd.DataFrame) -> None:
    findings = [
        Finding("missing-column", f"the history has no column {name!r}",
                hint="give Evidence.history, or a table with its columns")
        for name in _COLUMNS
        if name not in history
    ]  # fmt: skip
    if findings:
        raise EvidenceError("history", findings)


def _until(evidence: Evidence, history: pd.DataFrame, day: date) -> tuple[Evidence, pd.DataFrame]:
    from dataclasses import replace

    import pandas as pd

    def before(table: pd.DataFrame) -> pd.DataFrame:
        return table[~(table["date"] > pd.Timestamp(day))].reset_index(drop=True)

    over = history["end"].fillna(history["start"])
    kept = replace(
        evidence,
        assessments=before(evidence.assessments),
        responses=before(evidence.responses),
    )
    return kept, history[~(over > pd.Timestamp(day))].reset_index(drop=True)


def _findings(data: EffectData, history: pd.DataFrame, rows: pd.DataFrame) -> tuple[Finding, ...]:
    n_steps, n_used = int(rows["n_completed"].sum()), int(rows["n_used"].sum())
    counts = (
        data.chains.steps.n_undated,
        int((history["end"] < history["start"]).sum()),
        n_steps - n_used,
        int(rows["n_shared"].sum()),
    )
    return tuple(
        Finding(code, text.format(n=n, of=n_steps), "note", hint=hint)
        for n, (code, (text, hint)) in zip(counts, _NOTED.items(), strict=True)
        if n
    )
