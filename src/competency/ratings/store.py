"""Fits of ratings as files: JSON and npy, checked by hash before anything in them is believed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from competency.arrays import Floats, Ints, Texts
from competency.modelfile import ModelFolder, array_bytes, json_bytes
from competency.ratings.columns import Columns
from competency.ratings.exact import ExactModel
from competency.ratings.facet_fit import FacetRatingFit
from competency.ratings.facet_model import FacetModel
from competency.ratings.fit import MOST_SEVERITIES, RatingFit
from competency.ratings.forms import Layout
from competency.ratings.frames import exact_frames, facet_frames
from competency.ratings.messages import Spread
from competency.ratings.ratings import Ratings
from competency.ratings.saved import (
    ColumnNames,
    SavedAssessors,
    SavedFacets,
    SavedFit,
    SavedOneTrait,
)
from competency.ratings.tilt import OPEN, ItemParameters

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
    settings="competency.ratings.saved",
    files=frozenset({_MODEL, _ASSESSORS, _ITEMS, _SEVERITIES}),
    largest=100_000_000,
)


def save_rating_fit(fit: RatingFit | FacetRatingFit, path: str | Path) -> Path:
    """Write a fit to a folder and return the folder; see `RatingFit.save`.

    Parameters
    ----------
    fit : RatingFit or FacetRatingFit
    path : str or Path

    Returns
    -------
    Path

    Raises
    ------
    ConfigError
        The folder holds anything but an earlier model.
    """
    told, items, severities = _facets(fit) if isinstance(fit, FacetRatingFit) else _one_trait(fit)
    each = fit.severities.drop_duplicates("assessor")
    who = SavedAssessors(
        assessor=tuple(each["assessor"].tolist()), part=tuple(each["part"].tolist())
    )
    return _FOLDER.write(
        Path(path),
        {
            _MODEL: json_bytes(told.model_dump(mode="json")),
            _ASSESSORS: json_bytes(who.model_dump(mode="json")),
            _ITEMS: array_bytes(items),
            _SEVERITIES: array_bytes(severities),
        },
    )


def load_rating_fit(path: str | Path) -> RatingFit | FacetRatingFit:
    """Return the fit of ratings of a folder, or of the folder ``ratings`` inside it.

    Parameters
    ----------
    path : str or Path
        What ``fit.save`` wrote.

    Returns
    -------
    RatingFit or FacetRatingFit
        Without persons: give ``score`` a table. Without findings.

    Raises
    ------
    ModelFileError
        The folder or a file of it is missing, damaged, changed since it was written, too new, of
        a kind that is never opened, or holds numbers that are no such model.
    """
    contents = _FOLDER.read(Path(path))
    read = _FOLDER.parsed(contents[_MODEL], _MODEL)
    names = _FOLDER.parsed(contents[_ASSESSORS], _ASSESSORS)
    who = _FOLDER.validated(SavedAssessors, names, _ASSESSORS)
    if read.get("model") == "facets":
        return _loaded_facets(_FOLDER.validated(SavedFacets, read, _MODEL), who, contents)
    return _loaded_one_trait(_FOLDER.validated(SavedOneTrait, read, _MODEL), who, contents)


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
    told = SavedOneTrait.model_validate(content)
    return told, known.parameters[: known.layout.severity], severities


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


def _loaded_one_trait(
    told: SavedOneTrait, who: SavedAssessors, contents: dict[str, bytes]
) -> RatingFit:
    names, part = _assessors(who)
    scale = told.scale
    layout = Layout(told.model, scale.n_categories, len(names))
    items = _FOLDER.array(contents[_ITEMS], _ITEMS, (layout.severity,))
    severities = _FOLDER.array(contents[_SEVERITIES], _SEVERITIES, (len(names), 2))
    severity, variance = severities.T
    _demand(len(names) <= MOST_SEVERITIES, "too many assessors", _ASSESSORS)
    _demand(bool(abs(severity.sum()) < 1e-6), "severities do not sum to 0", _SEVERITIES)
    _demand(bool((variance >= 0).all()), "a variance is negative", _SEVERITIES)
    parameters = np.concatenate([items, severity[:-1]])
    known = ExactModel(layout, parameters, np.diag(variance), told.n_nodes)
    slope, steps = known.blocks[:, 0], known.blocks[:, 1:]
    _demand(bool((slope != 0).all()), "a slope is 0", _ITEMS)
    if told.model == "grm":
        _demand(not (np.diff(steps, axis=1) >= 0).any(), "thresholds do not rise", _ITEMS)
    ratings = Ratings.nobody(scale, names)
    return RatingFit(
        told.model,
        *exact_frames(known, ratings, part),
        told.log_likelihood,
        float("inf") if told.remaining is None else told.remaining,
        told.converged,
        told.n_iter,
        (),
        Columns(**told.columns.model_dump()),
        ratings,
        known,
    )


def _loaded_facets(
    told: SavedFacets, who: SavedAssessors, contents: dict[str, bytes]
) -> FacetRatingFit:
    names, part = _assessors(who)
    scale, size = told.scale, told.n_traits
    width = int(scale.n_categories.max())
    items = _FOLDER.array(contents[_ITEMS], _ITEMS, (len(told.items), width))
    shape = (len(names), size, 2)
    severities = _FOLDER.array(contents[_SEVERITIES], _SEVERITIES, shape)
    _demand(bool((severities[..., 1] > 0).all()), "a variance is not positive", _SEVERITIES)
    slopes, steps = items[:, 0], items[:, 1:]
    there = np.arange(1, width) < scale.n_categories[:, None]
    falls = np.diff(steps, axis=1) < 0
    legal = np.where(there, np.abs(steps) < OPEN, steps == -OPEN).all()
    _demand(bool((slopes > 0).all()), "a slope is not positive", _ITEMS)
    _demand(bool(legal and (falls | ~there[:, 1:]).all()), "thresholds do not rise", _ITEMS)
    known = FacetModel(
        ItemParameters(slopes, steps),
        Spread(np.array(told.correlation), np.array(told.severity_covariance), told.halo_sd),
        np.zeros(len(told.items), np.int64) if told.one_trait else np.arange(len(told.items)),
        severities[..., 0],
        severities[..., 1],
    )
    ratings = Ratings.nobody(scale, names)
    traits = [""] if told.one_trait else list(told.items)
    return FacetRatingFit(
        "facets",
        *facet_frames(known, ratings, names=traits, part=part),
        told.halo_sd,
        told.log_likelihood,
        told.converged,
        told.n_iter,
        (),
        Columns(**told.columns.model_dump()),
        ratings,
        known,
    )


def _assessors(who: SavedAssessors) -> tuple[Texts, Ints]:
    return np.array(who.assessor, object), np.array(who.part, np.int64)


def _demand(holds: bool, otherwise: str, file: str) -> None:  # noqa: FBT001
    if not holds:
        hint = "take a fresh copy, or calibrate and save again"
        raise _FOLDER.problem("illegal-parameter", otherwise, file, hint)
