"""Rankers as files: a folder of JSON and arrays, checked by hash before anything is believed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field, model_validator

from competency.arrays import frozen
from competency.config import Probability, RankingConfig, Settings
from competency.effects.transitions import CATALOGUE
from competency.errors import Finding, ModelFileError
from competency.modelfile import ModelFolder, json_bytes
from competency.ranking.additive.store import (
    ScorerParameters,
    additive_folder,
    contents_of,
    read_tables,
    shapes_of,
)
from competency.ranking.calibrate import BenefitCalibration
from competency.ranking.columns import feature_names
from competency.ranking.learned import START, LearnedRanker, Target, refuse_other_framework
from competency.ranking.prior import PriorRanker
from competency.ranking.ranker import StoredTransitions

if TYPE_CHECKING:
    from competency.framework.model import Framework
    from competency.ranking.ranker import FeatureRanker, Ranker

_PARAMETERS = "parameters.json"
_FOLDER = ModelFolder(
    subject="ranker",
    kind="prior",
    inside="ranker",
    save="competency.ranking.save_ranker",
    settings="competency.config.RankingConfig",
    files=frozenset({_PARAMETERS}),
    largest=1_000_000,  # the files of a closed-form ranker have a few hundred bytes
)
_LEARNED = additive_folder(
    "ranker", "learned", inside="ranker", save="competency.ranking.save_ranker"
)


class TransitionParameters(Settings):
    """Transitions other than the catalogue's: a matrix for each row of `develops`."""

    framework_version: str
    origin: str
    matrix: tuple[tuple[tuple[Probability, ...], ...], ...]

    @model_validator(mode="after")
    def _lifting(self) -> TransitionParameters:
        n_levels = len(self.matrix[0]) if self.matrix else 0
        shapes = {(len(rows), *map(len, rows)) for rows in self.matrix}
        if shapes - {(n_levels,) * (n_levels + 1)}:
            raise ValueError("the transitions are not square matrices of one size")
        matrix = np.array(self.matrix).reshape(len(self.matrix), n_levels, n_levels)
        if not np.allclose(matrix.sum(-1), 1) or np.tril(matrix, -1).any():
            raise ValueError("the transitions do not sum to 1, or take levels away")
        return self


class PriorParameters(Settings):
    """The parameters of a `PriorRanker` that has the catalogue's transitions."""

    config: RankingConfig
    entry_probability: Annotated[float, Field(gt=0, le=1)]


class LearnedParameters(ScorerParameters):
    """The parameters of a `LearnedRanker`."""

    config: RankingConfig
    entry_probability: Annotated[float, Field(gt=0, le=1)]
    target: Target
    framework_version: str
    calibration: BenefitCalibration | None = None
    transitions: TransitionParameters | None = None


def save_ranker(ranker: Ranker, path: str | Path) -> Path:
    """Write a ranker to a folder, whole or not at all, and return the folder.

    Parameters
    ----------
    ranker : Ranker
        A `LearnedRanker`, or a `PriorRanker` that uses the catalogue's transitions.
    path : str or Path
        The folder; one that is there is replaced.

    Returns
    -------
    Path

    Raises
    ------
    ModelFileError
        This kind of ranker has no file format.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import competency as cp
    >>> with TemporaryDirectory() as folder:
    ...     cp.load_ranker(cp.save_ranker(cp.PriorRanker(), f"{folder}/ranker")).method
    'prior'
    """
    target = Path(path)
    if isinstance(ranker, LearnedRanker):
        return _LEARNED.write(target, _learned_contents(ranker))
    if isinstance(ranker, PriorRanker):
        if ranker.transitions is not None and ranker.transitions.origin != CATALOGUE:
            raise _cannot_save("transitions other than the catalogue's are not in a prior's file")
        parameters = PriorParameters(
            config=ranker.config or RankingConfig(), entry_probability=ranker.entry_probability
        )
        content = json_bytes(parameters.model_dump(mode="json"))
        return _FOLDER.write(target, {_PARAMETERS: content})
    raise _cannot_save(f"a {type(ranker).__name__} has no file format")


def load_ranker(path: str | Path) -> FeatureRanker:
    """Return the ranker of a model folder, or of the folder ``ranker`` inside it.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    PriorRanker or LearnedRanker
        Ranking with it needs neither LightGBM nor scikit-learn.

    Raises
    ------
    ModelFileError
        The folder or a file of it is missing, damaged, changed since it was written, too new,
        or of a kind that is never opened. Every problem found is in ``findings``.

    Examples
    --------
    >>> import competency as cp
    >>> cp.load_ranker(cp.model_path()).method
    'learned'
    """
    folder = Path(path)
    if _LEARNED.holds(folder):
        return _load_learned(folder)
    content = _FOLDER.parsed(_FOLDER.read(folder)[_PARAMETERS], _PARAMETERS)
    parameters = _FOLDER.validated(PriorParameters, content, _PARAMETERS)
    return PriorRanker(parameters.config, entry_probability=parameters.entry_probability)


def ranker_for(path: str | Path, framework: Framework) -> FeatureRanker:
    """Return the ranker of a model folder; `ModelFileError` where it learned on another framework.

    See :func:`load_ranker`.
    """
    ranker = load_ranker(path)
    if isinstance(ranker, LearnedRanker):
        refuse_other_framework(ranker, framework)
    return ranker


def _load_learned(folder: Path) -> LearnedRanker:
    parameters, scorer = read_tables(_LEARNED, folder, LearnedParameters)
    unknown = set(parameters.names) - {*feature_names(), START}
    if unknown or parameters.start != START:
        message = "it looks at features that this library does not make"
        hint = "train it again with this version of competency"
        raise _LEARNED.problem("other-columns", message, _PARAMETERS, hint)
    return LearnedRanker(
        parameters.config,
        _transitions(parameters.transitions),
        entry_probability=parameters.entry_probability,
        scorer=scorer,
        target=parameters.target,
        framework_version=parameters.framework_version,
        calibration=parameters.calibration,
    )


def _transitions(parameters: TransitionParameters | None) -> StoredTransitions | None:
    if parameters is None:
        return None
    matrix = frozen(np.array(parameters.matrix, np.float64))
    return StoredTransitions(parameters.framework_version, matrix, parameters.origin)


def _learned_contents(ranker: LearnedRanker) -> dict[str, bytes]:
    scorer, stored = ranker.scorer, None
    if ranker.transitions is not None:
        own = StoredTransitions.of(ranker.transitions)
        stored = TransitionParameters(
            framework_version=own.framework_version, origin=own.origin, matrix=own.matrix.tolist()
        )
    parameters = LearnedParameters(
        names=scorer.names,
        start=scorer.start,
        tables=shapes_of(scorer.model),
        config=ranker.config or RankingConfig(),
        entry_probability=ranker.entry_probability,
        target=ranker.target,
        framework_version=ranker.framework_version,
        calibration=ranker.calibration,
        transitions=stored,
    )
    return contents_of(parameters, scorer)


def _cannot_save(message: str) -> ModelFileError:
    hint = "save a LearnedRanker, or a PriorRanker with the catalogue's transitions"
    return ModelFileError("ranker", [Finding("no-format", message, hint=hint)])
