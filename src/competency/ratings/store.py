"""The files of a fit of ratings: JSON and npy, checked by hash before anything is believed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from pydantic import Field, model_validator

from competency.config import NonNegative, Settings
from competency.modelfile import ModelFolder, array_bytes, json_bytes
from competency.ratings.categories import Scale
from competency.ratings.item_response.calibrate import MOST_SEVERITIES, ExactModel
from competency.ratings.item_response.likelihood import MOST
from competency.ratings.item_response.models import TWO_CATEGORIES, Layout, Model
from competency.ratings.many_facet.meetings import GradedItems
from competency.ratings.many_facet.messages import Spread
from competency.ratings.many_facet.model import FacetModel
from competency.ratings.ordinal import OPEN
from competency.ratings.table import LARGEST

if TYPE_CHECKING:
    from competency.arrays import Floats
    from competency.ratings.item_response.fit import RatingFit
    from competency.ratings.many_facet.fit import FacetRatingFit

_Finite = Annotated[float, Field(allow_inf_nan=False)]
_Value = Annotated[int, Field(ge=0, le=LARGEST)]
_Matrix = tuple[tuple[_Finite, ...], ...]
Contents = dict[str, bytes]
"""The files of a folder by name."""


class ColumnNames(Settings):
    """Names of the columns of the table of the calibration."""

    person: str | None
    item: str | None
    rating: str | None
    assessor: str | None
    frequency: str | None
    items: tuple[str, ...]


class SavedFit(Settings):
    """What every saved fit says besides its arrays; `values` are the ratings of an item."""

    columns: ColumnNames
    items: Annotated[tuple[str, ...], Field(min_length=1)]
    values: tuple[Annotated[tuple[_Value, ...], Field(min_length=2)], ...]
    log_likelihood: _Finite
    converged: bool
    n_iter: Annotated[int, Field(ge=0)]

    @model_validator(mode="after")
    def _scale_is_one(self) -> SavedFit:
        _need(len(set(self.items)) == len(self.items), "an item is there twice")
        _need(len(self.values) == len(self.items), "every item has its own values")
        _need(all(list(v) == sorted(set(v)) for v in self.values), "values do not rise")
        return self

    @property
    def scale(self) -> Scale:
        """Items and what their categories stand for."""
        return Scale(self.items, tuple(np.array(value) for value in self.values))


class SavedOneTrait(SavedFit):
    """A saved one-trait model; `remaining` is None where it is infinite."""

    model: Model
    n_nodes: Annotated[int, Field(ge=2, le=MOST)]
    remaining: NonNegative | None

    @model_validator(mode="after")
    def _model_fits_scale(self) -> SavedOneTrait:
        two, widths = self.model in TWO_CATEGORIES, {len(value) for value in self.values}
        _need(not two or widths == {2}, "items of this model have two categories")
        _need(self.model != "rsm" or len(widths) == 1, "items of this model share categories")
        return self


class SavedFacets(SavedFit):
    """A saved facet model; matrices have a row and a column for each trait."""

    model: Literal["facets"]
    one_trait: bool
    halo_sd: NonNegative
    correlation: _Matrix
    severity_covariance: _Matrix

    @model_validator(mode="after")
    def _matrices_are_covariances(self) -> SavedFacets:
        for name in ("correlation", "severity_covariance"):
            rows = getattr(self, name)
            square = [len(row) for row in rows] == [self.n_traits] * self.n_traits
            _need(square, f"{name} has another size than there are traits")
            values = np.array(rows)
            _need(np.allclose(values, values.T, atol=1e-9), f"{name} is not symmetric")
            _need(np.linalg.eigvalsh(values).min() > 0, f"{name} is not positive definite")
        _need(
            np.allclose(np.diag(self.correlation), 1, atol=1e-6), "correlation is not 1 with itself"
        )
        return self

    @property
    def n_traits(self) -> int:
        """Number of traits."""
        return 1 if self.one_trait else len(self.items)


class SavedAssessors(Settings):
    """Who the rows of ``severities.npy`` are, and their part of the design."""

    assessor: tuple[str, ...]
    part: tuple[Annotated[int, Field(ge=0)], ...]

    @model_validator(mode="after")
    def _each_once(self) -> SavedAssessors:
        _need(len(set(self.assessor)) == len(self.assessor), "an assessor is there twice")
        _need(len(self.part) == len(self.assessor), "every assessor is in one part")
        return self


_MODEL, _ASSESSORS, _ITEMS, _SEVERITIES = (
    "model.json",
    "assessors.json",
    "items.npy",
    "severities.npy",
)
_FOLDER = ModelFolder(
    subject="rating fit",
    kind="ratings",
    inside="ratings",
    save="RatingFit.save",
    settings="competency.ratings.store",
    files=frozenset({_MODEL, _ASSESSORS, _ITEMS, _SEVERITIES}),
    largest=100_000_000,
)


def save_rating_fit(fit: RatingFit | FacetRatingFit, path: str | Path) -> Path:
    """Write a fit to a folder and return the folder; see `RatingFit.save`."""
    saved, items, severities = _facets(fit) if fit.model == "facets" else _one_trait(fit)
    each = fit.severities.drop_duplicates("assessor")
    who = SavedAssessors(
        assessor=tuple(each["assessor"].tolist()), part=tuple(each["part"].tolist())
    )
    return _FOLDER.write(
        Path(path),
        {
            _MODEL: json_bytes(saved.model_dump(mode="json")),
            _ASSESSORS: json_bytes(who.model_dump(mode="json")),
            _ITEMS: array_bytes(items),
            _SEVERITIES: array_bytes(severities),
        },
    )


def read_rating_fit(path: Path) -> tuple[SavedOneTrait | SavedFacets, SavedAssessors, Contents]:
    """Return what the files of a folder, or of the folder ``ratings`` inside it, say.

    Raises `ModelFileError`; the arrays are checked by `one_trait_model` and `facet_model`.
    """
    contents = _FOLDER.read(path)
    read = _FOLDER.parsed(contents[_MODEL], _MODEL)
    names = _FOLDER.parsed(contents[_ASSESSORS], _ASSESSORS)
    kind: type[SavedFacets | SavedOneTrait]
    kind = SavedFacets if read.get("model") == "facets" else SavedOneTrait
    who = _FOLDER.validated(SavedAssessors, names, _ASSESSORS)
    return _FOLDER.validated(kind, read, _MODEL), who, contents


def _common(fit: RatingFit | FacetRatingFit) -> dict[str, object]:
    scale = fit._ratings.scale  # noqa: SLF001
    return {
        "columns": ColumnNames(**vars(fit._columns)),  # noqa: SLF001
        "items": scale.item_ids,
        "values": tuple(tuple(value.tolist()) for value in scale.values),
        "log_likelihood": fit.log_likelihood,
        "converged": fit.converged,
        "n_iter": fit.n_iter,
        "model": fit.model,
    }


def _one_trait(fit: RatingFit) -> tuple[SavedFit, Floats, Floats]:
    known = fit._calibrated  # noqa: SLF001
    remaining = fit.remaining if np.isfinite(fit.remaining) else None
    content = {**_common(fit), "n_nodes": known.n_nodes, "remaining": remaining}
    # NOTE: of the sampling covariance only the variances act on predictions.
    severities = np.stack([known.severity, np.diag(known.severity_cov)], 1)
    saved = SavedOneTrait.model_validate(content)
    return saved, known.parameters[: known.layout.severity], severities


def _facets(fit: FacetRatingFit) -> tuple[SavedFit, Floats, Floats]:
    known = fit._model  # noqa: SLF001
    content = {
        **_common(fit),
        "one_trait": fit.correlation.index.tolist() == [""],
        "halo_sd": known.spread.halo,
        "correlation": known.spread.correlation.tolist(),
        "severity_covariance": known.spread.severity_cov.tolist(),
    }
    items = np.concatenate([known.items.slopes[:, None], known.items.steps], 1)
    severities = np.stack([known.severity, known.severity_variance], -1)
    return SavedFacets.model_validate(content), items, severities


def one_trait_model(saved: SavedOneTrait, n_assessors: int, contents: Contents) -> ExactModel:
    """Return the model whose arrays are in `contents`, or raise `ModelFileError`."""
    layout = Layout(saved.model, saved.scale.n_categories, n_assessors)
    items = _FOLDER.array(contents[_ITEMS], _ITEMS, (layout.severity,))
    severities = _FOLDER.array(contents[_SEVERITIES], _SEVERITIES, (n_assessors, 2))
    severity, variance = severities.T
    _demand(n_assessors <= MOST_SEVERITIES, "too many assessors", _ASSESSORS)
    _demand(bool(abs(severity.sum()) < 1e-6), "severities do not sum to 0", _SEVERITIES)
    _demand(bool((variance >= 0).all()), "a variance is negative", _SEVERITIES)
    parameters = np.concatenate([items, severity[:-1]])
    known = ExactModel(layout, parameters, np.diag(variance), saved.n_nodes)
    slope, steps = known.blocks[:, 0], known.blocks[:, 1:]
    _demand(bool((slope != 0).all()), "a slope is 0", _ITEMS)
    if saved.model == "grm":
        _demand(not (np.diff(steps, axis=1) >= 0).any(), "thresholds do not rise", _ITEMS)
    return known


def facet_model(saved: SavedFacets, n_assessors: int, contents: Contents) -> FacetModel:
    """Return the model whose arrays are in `contents`, or raise `ModelFileError`."""
    scale, size = saved.scale, saved.n_traits
    width = int(scale.n_categories.max())
    items = _FOLDER.array(contents[_ITEMS], _ITEMS, (len(saved.items), width))
    shape = (n_assessors, size, 2)
    severities = _FOLDER.array(contents[_SEVERITIES], _SEVERITIES, shape)
    _demand(bool((severities[..., 1] > 0).all()), "a variance is not positive", _SEVERITIES)
    slopes, steps = items[:, 0], items[:, 1:]
    there = np.arange(1, width) < scale.n_categories[:, None]
    falls = np.diff(steps, axis=1) < 0
    legal = np.where(there, np.abs(steps) < OPEN, steps == -OPEN).all()
    _demand(bool((slopes > 0).all()), "a slope is not positive", _ITEMS)
    _demand(bool(legal and (falls | ~there[:, 1:]).all()), "thresholds do not rise", _ITEMS)
    return FacetModel(
        GradedItems(slopes, steps),
        Spread(np.array(saved.correlation), np.array(saved.severity_covariance), saved.halo_sd),
        np.zeros(len(saved.items), np.int64) if saved.one_trait else np.arange(len(saved.items)),
        severities[..., 0],
        severities[..., 1],
    )


def _demand(holds: bool, otherwise: str, file: str) -> None:  # noqa: FBT001
    if not holds:
        hint = "take a fresh copy, or calibrate and save again"
        raise _FOLDER.problem("illegal-parameter", otherwise, file, hint)


def _need(holds: bool, otherwise: str) -> None:  # noqa: FBT001
    if not holds:
        raise ValueError(otherwise)
