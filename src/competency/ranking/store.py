"""Rankers as files: a folder of JSON, checked by hash before anything in it is believed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from competency.config import RankingConfig, Settings
from competency.errors import Finding, ModelFileError
from competency.modelfile import ModelFolder, json_bytes
from competency.ranking.prior import PriorRanker

if TYPE_CHECKING:
    from competency.ranking.ranker import Ranker

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


class PriorParameters(Settings):
    """The parameters of a `PriorRanker` that has the catalogue's transitions."""

    config: RankingConfig
    entry_probability: Annotated[float, Field(gt=0, le=1)]


def save_ranker(ranker: Ranker, path: str | Path) -> Path:
    """Write a ranker to a folder, whole or not at all, and return the folder.

    Parameters
    ----------
    ranker : Ranker
        A `PriorRanker` that uses the catalogue's transitions.
    path : str or Path
        The folder; one that is there is replaced.

    Returns
    -------
    Path

    Raises
    ------
    ModelFileError
        This kind of ranker has no file format.
    """
    target = Path(path)
    if not isinstance(ranker, PriorRanker):
        raise _cannot_save(f"a {type(ranker).__name__} has no file format")
    if ranker.transitions is not None and ranker.transitions.origin != "catalogue":
        raise _cannot_save("transitions other than the catalogue's are not part of a ranker's file")
    parameters = PriorParameters(
        config=ranker.config or RankingConfig(), entry_probability=ranker.entry_probability
    )
    content = json_bytes(parameters.model_dump(mode="json"))
    return _FOLDER.write(target, {_PARAMETERS: content})


def load_ranker(path: str | Path) -> Ranker:
    """Return the ranker of a model folder, or of the folder ``ranker`` inside it.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Ranker

    Raises
    ------
    ModelFileError
        The folder or a file of it is missing, damaged, changed since it was written, too new,
        or of a kind that is never opened. Every problem found is in ``findings``.

    Examples
    --------
    >>> import competency as cp
    >>> cp.load_ranker(cp.model_path()).method
    'prior'
    """
    content = _FOLDER.parsed(_FOLDER.read(Path(path))[_PARAMETERS], _PARAMETERS)
    parameters = _FOLDER.validated(PriorParameters, content, _PARAMETERS)
    return PriorRanker(parameters.config, entry_probability=parameters.entry_probability)


def _cannot_save(message: str) -> ModelFileError:
    hint = "save a PriorRanker with the catalogue's transitions"
    return ModelFileError("ranker", [Finding("no-format", message, hint=hint)])
