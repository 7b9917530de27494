"""Tables as files: JSON for what is there, plain arrays for the numbers."""

from __future__ import annotations

from itertools import accumulate, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import numpy as np
from pydantic import Field

from competency.arrays import Floats, frozen
from competency.config import Settings
from competency.modelfile import Kind, ModelFolder, array_bytes, json_bytes
from competency.ranking.additive.scorer import AdditiveScorer
from competency.ranking.additive.tables import AdditiveModel, FeatureTable, PairTable, Table

if TYPE_CHECKING:
    from collections.abc import Iterator

PARAMETERS, CUTS, VALUES, CARD = "parameters.json", "cuts.npy", "values.npy", "card.md"
_LARGEST = 100_000_000
# Bytes of a file: ten thousand pairs of features with all their steps have less.


class TableShape(Settings):
    """The features of one table, and the number of cuts of each."""

    features: Annotated[tuple[str, ...], Field(min_length=1, max_length=2)]
    cuts: Annotated[tuple[Annotated[int, Field(ge=0, le=1_000_000)], ...], Field(min_length=1)]


class ScorerParameters(Settings):
    """What the arrays of a scorer mean."""

    names: tuple[str, ...]
    start: str | None
    tables: tuple[TableShape, ...]


_Parameters = TypeVar("_Parameters", bound=ScorerParameters)


def additive_folder(subject: str, kind: Kind, *, inside: str, save: str) -> ModelFolder:
    """Return the words and limits of a folder that holds tables."""
    return ModelFolder(
        subject=subject,
        kind=kind,
        inside=inside,
        save=save,
        settings=save,
        files=frozenset({PARAMETERS, CUTS, VALUES, CARD}),
        largest=_LARGEST,
        sealed=True,
    )


_FOLDER = additive_folder(
    "scorer", "scorer", inside="scorer", save="competency.ranking.save_scorer"
)


def save_scorer(scorer: AdditiveScorer, path: str | Path) -> Path:
    """Write a scorer to a folder, whole or not at all, and return the folder.

    Parameters
    ----------
    scorer : AdditiveScorer
        ``scorer_`` of a `TrainingRanker`, for example.
    path : str or Path
        The folder; an earlier model there is replaced.

    Returns
    -------
    Path
    """
    parameters = ScorerParameters(
        names=scorer.names, start=scorer.start, tables=shapes_of(scorer.model)
    )
    return _FOLDER.write(Path(path), contents_of(parameters, scorer))


def load_scorer(path: str | Path) -> AdditiveScorer:
    """Return the scorer of a model folder; scoring needs neither LightGBM nor scikit-learn.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    AdditiveScorer

    Raises
    ------
    ModelFileError
        The folder or a file of it is missing, damaged, changed since it was written, too new, or
        of another kind.
    """
    return read_tables(_FOLDER, Path(path), ScorerParameters)[1]


def shapes_of(model: AdditiveModel) -> tuple[TableShape, ...]:
    """Return what the arrays of a model hold."""
    return tuple(
        TableShape(features=table.features, cuts=tuple(map(len, _cuts_of(table))))
        for table in model.tables
    )


def contents_of(parameters: ScorerParameters, scorer: AdditiveScorer) -> dict[str, bytes]:
    """Return the files of a folder of tables."""
    tables = scorer.model.tables
    cuts = [cuts for table in tables for cuts in _cuts_of(table)]
    values = [table.adds.ravel() for table in tables]
    nothing = [np.zeros(0)]
    return {
        PARAMETERS: json_bytes(parameters.model_dump(mode="json")),
        CUTS: array_bytes(np.concatenate(nothing + cuts)),
        VALUES: array_bytes(np.concatenate(nothing + values)),
        CARD: scorer.card.encode(),
    }


def read_tables(
    folder: ModelFolder, path: Path, kind: type[_Parameters]
) -> tuple[_Parameters, AdditiveScorer]:
    """Return the parameters and the scorer of a folder, after every check."""
    contents = folder.read(path)
    content = folder.parsed(contents[PARAMETERS], PARAMETERS)
    parameters = folder.validated(kind, content, PARAMETERS)
    _refuse_odd_tables(folder, parameters)
    sizes = [size for shape in parameters.tables for size in shape.cuts]
    cells = [int(np.prod([size + 2 for size in shape.cuts])) for shape in parameters.tables]
    cuts = list(_split(folder.array(contents[CUTS], CUTS, (sum(sizes),)), sizes))
    values = list(_split(folder.array(contents[VALUES], VALUES, (sum(cells),)), cells))
    if any((np.diff(one) <= 0).any() for one in cuts):
        raise _odd(folder, "the cuts of a table do not increase", CUTS)
    points = iter(cuts)
    tables = [
        _table(shape, [next(points) for _ in shape.cuts], cells)
        for shape, cells in zip(parameters.tables, values, strict=True)
    ]
    card = _text(folder, contents[CARD])
    model = AdditiveModel(tuple(tables))
    return parameters, AdditiveScorer(parameters.names, parameters.start, model, card)


def _table(shape: TableShape, cuts: list[Floats], values: Floats) -> Table:
    if len(shape.features) == 1:
        return FeatureTable(shape.features[0], cuts[0], values)
    grid = frozen(values.reshape(len(cuts[0]) + 2, len(cuts[1]) + 2))
    return PairTable((shape.features[0], shape.features[1]), (cuts[0], cuts[1]), grid)


def _cuts_of(table: Table) -> tuple[Floats, ...]:
    return (table.cuts,) if isinstance(table, FeatureTable) else table.cuts


def _split(values: Floats, sizes: list[int]) -> Iterator[Floats]:
    for start, stop in pairwise(accumulate(sizes, initial=0)):
        yield frozen(values[start:stop].copy())


def _refuse_odd_tables(folder: ModelFolder, parameters: ScorerParameters) -> None:
    names = set(parameters.names)
    used = [name for shape in parameters.tables for name in shape.features]
    used += [] if parameters.start is None else [parameters.start]
    keys = [shape.features for shape in parameters.tables]
    if (
        any(len(shape.cuts) != len(shape.features) for shape in parameters.tables)
        or not names.issuperset(used)
        or len(set(keys)) < len(keys)
    ):
        raise _odd(folder, "the tables do not fit the names of the features", PARAMETERS)


def _text(folder: ModelFolder, content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise _odd(folder, "the card is not UTF-8 text", CARD) from None


def _odd(folder: ModelFolder, message: str, file: str) -> Any:
    hint = f"take a fresh copy, or write the {folder.subject} again with {folder.save}"
    return folder.problem("odd-tables", message, file, hint)
