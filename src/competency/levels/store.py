"""Level models as files: JSON and npy, checked by hash before anything in them is used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import numpy as np
import pandas as pd
from pydantic import Field, field_validator

from competency.config import LevelConfig, Positive, Settings
from competency.errors import ModelFileError, Where
from competency.levels.fitting.items import ITEM_COLUMNS
from competency.levels.posterior.likelihood import Sources, given_sources
from competency.levels.posterior.parameters import Parameters, PriorMeans, Units
from competency.levels.posterior.problem import framework_differences
from competency.modelfile import ModelFolder, array_bytes, json_bytes
from competency.ratings.ordinal import OPEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from competency.framework.index import FrameworkIndex
    from competency.framework.model import Framework

_PARAMETERS, _ASSESSORS, _ITEMS = "parameters.json", "assessors.json", "items.json"
_GROUP, _COMPETENCY, _COVARIANCE = "group_mean.npy", "competency_mean.npy", "covariance.npy"
_NUMBERS, _CURVES = "assessors.npy", "items.npy"
_VARIANCE, _FAMILY = "group_variance.npy", "family_mean.npy"
_UNITS, _STRENGTHS = "units.json", "units.npy"
_FOLDER = ModelFolder(
    subject="level model",
    kind="levels",
    inside="levels",
    save="LevelModel.save",
    settings="competency.config.LevelConfig",
    files=frozenset(
        {
            *(_PARAMETERS, _GROUP, _VARIANCE, _COMPETENCY, _FAMILY, _COVARIANCE),
            *(_ASSESSORS, _NUMBERS, _ITEMS, _CURVES, _UNITS, _STRENGTHS),
        }
    ),
    largest=100_000_000,
)
_COLUMNS = ("severity", "se", "n_ratings", "n_officers", "used")
_UNIT_COLUMNS = ("strength", "se", "n_officers", "used")

_RETIRED = frozenset({"chunk_size"})

_Number = Annotated[float, Field(allow_inf_nan=False)]
_Spread = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class SourceRow(Settings):
    """What was learned about one source."""

    discrimination: Positive
    severity: Annotated[float, Field(allow_inf_nan=False)]
    severity_sd: _Spread
    halo_sd: _Spread
    n_ratings: int
    n_assessors: int
    estimated: bool


class LevelParameters(Settings):
    """Settings and numbers of a saved level model, besides its arrays."""

    config: LevelConfig
    competencies: tuple[str, ...]
    positions: tuple[str, ...]
    n_levels: Annotated[int, Field(ge=1)]
    slope: _Number
    lack: _Number
    unit_slope: _Number
    group_sd: _Spread
    family_sd: _Spread
    unit_sd: _Spread
    n_families: Annotated[int, Field(ge=0)]
    sources: dict[str, SourceRow]
    n_iter: int
    converged: bool

    @field_validator("config", mode="before")
    @classmethod
    def _without_retired(cls, config: object) -> object:
        """Leave out the settings that earlier versions wrote and that no answer depended on."""
        if not isinstance(config, dict):
            return config
        return {name: value for name, value in config.items() if name not in _RETIRED}


class ItemNames(Settings):
    """What the rows of ``items.npy`` are, and how many thresholds it has columns for."""

    competency: tuple[str, ...]
    item: tuple[str, ...]
    n_steps: Annotated[int, Field(ge=0)]


class UnitNames(Settings):
    """Who the rows of ``units.npy`` are."""

    unit: tuple[str, ...]


class AssessorNames(Settings):
    """Who the rows of ``assessors.npy`` are."""

    source: tuple[str, ...]
    assessor: tuple[str, ...]


class FittedLevels(NamedTuple):
    """What a folder holds: settings, parameters, and the tables of a fitted level model."""

    config: LevelConfig
    parameters: Parameters
    sources: pd.DataFrame
    assessors: pd.DataFrame
    units: pd.DataFrame
    items: pd.DataFrame
    n_iter: int
    converged: bool


def write_levels(fitted: FittedLevels, index: FrameworkIndex, target: Path) -> Path:
    """Write a fitted model to a folder and return the folder; see `LevelModel.save`."""
    known = fitted.parameters
    # NOTE: an assessor of few officers is scored as unknown; the severity is not passed on.
    table = fitted.assessors[fitted.assessors["used"]]
    rows = fitted.sources.set_index("source").to_dict("index")
    parameters = LevelParameters(
        config=fitted.config,
        competencies=index.competency_ids,
        positions=index.position_ids,
        n_levels=index.n_levels,
        slope=known.means.slope,
        lack=known.means.lack,
        unit_slope=known.units.slope,
        group_sd=known.means.group_sd,
        family_sd=known.means.family_sd,
        unit_sd=known.units.sd,
        n_families=len(known.means.family),
        sources={str(name): SourceRow.model_validate(row) for name, row in rows.items()},
        n_iter=fitted.n_iter,
        converged=fitted.converged,
    )
    names = {name: table[name].tolist() for name in ("source", "assessor")}
    numbers = table[list(_COLUMNS)].to_numpy(dtype=np.float64)
    strengths = fitted.units[list(_UNIT_COLUMNS)].to_numpy(dtype=np.float64)
    return _FOLDER.write(
        target,
        {
            _PARAMETERS: json_bytes(parameters.model_dump(mode="json")),
            _ASSESSORS: json_bytes(names),
            _GROUP: array_bytes(known.means.group),
            _VARIANCE: array_bytes(known.means.variance),
            _COMPETENCY: array_bytes(known.means.competency),
            _FAMILY: array_bytes(known.means.family),
            _COVARIANCE: array_bytes(known.covariance),
            _NUMBERS: array_bytes(numbers),
            _UNITS: json_bytes({"unit": fitted.units["unit"].tolist()}),
            _STRENGTHS: array_bytes(strengths),
            _ITEMS: json_bytes(_item_names(fitted.items)),
            _CURVES: array_bytes(fitted.items.iloc[:, 2:].to_numpy(np.float64, na_value=OPEN)),
        },
    )


def read_levels(path: Path, framework: Framework) -> FittedLevels:
    """Return the fitted model of a folder; see `load_level_model`."""
    contents = _FOLDER.read(path)
    read = _FOLDER.parsed(contents[_PARAMETERS], _PARAMETERS)
    saved = _FOLDER.validated(LevelParameters, read, _PARAMETERS)
    findings = framework_differences(
        (saved.competencies, saved.positions, saved.n_levels),
        framework.index,
        where=Where(_PARAMETERS),
        hint="load it with the framework it was fitted with, or fit again",
    )
    if findings:
        raise ModelFileError("level model", findings)
    size, groups = len(saved.competencies), len(saved.positions) + 1
    covariance = _FOLDER.array(contents[_COVARIANCE], _COVARIANCE, (size, size))
    if size and np.linalg.eigvalsh(covariance).min() <= 0:
        message = "not a covariance: not positive definite"
        raise _FOLDER.problem("not-an-array", message, _COVARIANCE, "take a fresh copy")
    means = PriorMeans(
        _FOLDER.array(contents[_GROUP], _GROUP, (groups, size)),
        _FOLDER.array(contents[_VARIANCE], _VARIANCE, (groups, size)),
        _FOLDER.array(contents[_COMPETENCY], _COMPETENCY, (size,)),
        _FOLDER.array(contents[_FAMILY], _FAMILY, (saved.n_families, size)),
        saved.slope, saved.lack, saved.group_sd, saved.family_sd,
    )  # fmt: skip
    if means.variance.min(initial=0.0) < 0:
        message = "not variances: below 0"
        raise _FOLDER.problem("not-an-array", message, _VARIANCE, "take a fresh copy")
    none = np.zeros(0)
    units = replace(Units.unknown(0, 0.0), sd=saved.unit_sd, slope=saved.unit_slope)
    parameters = Parameters(means, covariance, _sources(saved), units, none, none, none, none)
    sources = pd.DataFrame(
        [{"source": name, **row.model_dump()} for name, row in saved.sources.items()]
    )
    return FittedLevels(
        saved.config, parameters, sources, _assessors(contents), _units(contents),
        _items(contents), saved.n_iter, saved.converged,
    )  # fmt: skip


def _assessors(contents: dict[str, bytes]) -> pd.DataFrame:
    names = _FOLDER.validated(
        AssessorNames, _FOLDER.parsed(contents[_ASSESSORS], _ASSESSORS), _ASSESSORS
    )
    ids = {"assessor": names.assessor, "source": names.source}
    whole = {"n_ratings": np.int64, "n_officers": np.int64, "used": bool}
    return _named_table(ids, contents, _NUMBERS, _COLUMNS).astype(whole)


def _units(contents: dict[str, bytes]) -> pd.DataFrame:
    names = _FOLDER.validated(UnitNames, _FOLDER.parsed(contents[_UNITS], _UNITS), _UNITS)
    table = _named_table({"unit": names.unit}, contents, _STRENGTHS, _UNIT_COLUMNS)
    return table.astype({"n_officers": np.int64, "used": bool})


def _named_table(
    ids: dict[str, tuple[str, ...]], contents: dict[str, bytes], name: str, columns: Sequence[str]
) -> pd.DataFrame:
    """Columns of ids, then the columns of the array `name`."""
    shape = (len(next(iter(ids.values()))), len(columns))
    numbers = pd.DataFrame(_FOLDER.array(contents[name], name, shape), columns=list(columns))
    return pd.concat([pd.DataFrame(ids, dtype="str"), numbers], axis=1)


def _item_names(table: pd.DataFrame) -> dict[str, list[str] | int]:
    names = {name: table[name].tolist() for name in ("competency", "item")}
    return {**names, "n_steps": table.shape[1] - 2 - len(ITEM_COLUMNS)}


def _items(contents: dict[str, bytes]) -> pd.DataFrame:
    names = _FOLDER.validated(ItemNames, _FOLDER.parsed(contents[_ITEMS], _ITEMS), _ITEMS)
    thresholds = [f"threshold_{k + 1}" for k in range(names.n_steps)]
    ids = {"competency": names.competency, "item": names.item}
    table = _named_table(ids, contents, _CURVES, [*ITEM_COLUMNS, *thresholds])
    table[thresholds] = table[thresholds].where(table[thresholds] < OPEN)
    return table.astype({"n_responses": np.int64})


def _sources(saved: LevelParameters) -> Sources:
    given = given_sources(saved.config)
    rows = [saved.sources.get(name) for name in given.names]

    def column(name: str, values: np.ndarray) -> np.ndarray:
        return np.array(
            [
                old if row is None else getattr(row, name)
                for row, old in zip(rows, values, strict=True)
            ]
        )

    return replace(
        given,
        slope=column("discrimination", given.slope),
        severity=column("severity", given.severity),
        severity_sd=column("severity_sd", given.severity_sd),
        halo_sd=column("halo_sd", given.halo_sd),
    )
