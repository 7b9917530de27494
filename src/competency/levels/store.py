"""Level models as files: JSON and npy, checked by hash before anything in them is believed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import pandas as pd
from pydantic import Field, field_validator

from competency.config import LevelConfig, Positive, Settings
from competency.errors import Finding, ModelFileError, Where
from competency.levels.fitting.calibrate import Parameters
from competency.levels.fitting.items import ITEM_COLUMNS
from competency.levels.fitting.prior import PriorMeans
from competency.levels.fitting.units import Units
from competency.levels.model import LevelModel
from competency.levels.posterior.likelihood import Sources, given_sources
from competency.modelfile import ModelFolder, array_bytes, json_bytes
from competency.ratings.ordinal import OPEN

if TYPE_CHECKING:
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
    """What a saved level model says besides its arrays."""

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


def save_level_model(model: LevelModel, target: Path) -> Path:
    """Write a fitted model to a folder and return the folder; see `LevelModel.save`."""
    known, index = model._parameters, model._framework.index  # noqa: SLF001
    # NOTE: who rated few officers is scored as unknown, and is nobody else's business.
    table = model.assessors_[model.assessors_["used"]]
    rows = model.sources_.set_index("source").to_dict("index")
    parameters = LevelParameters(
        config=model.config or LevelConfig(),
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
        n_iter=model.n_iter_,
        converged=model.converged_,
    )
    names = {name: table[name].tolist() for name in ("source", "assessor")}
    numbers = table[list(_COLUMNS)].to_numpy(dtype=np.float64)
    strengths = model.units_[list(_UNIT_COLUMNS)].to_numpy(dtype=np.float64)
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
            _UNITS: json_bytes({"unit": model.units_["unit"].tolist()}),
            _STRENGTHS: array_bytes(strengths),
            _ITEMS: json_bytes(_item_names(model.items_)),
            _CURVES: array_bytes(model.items_.iloc[:, 2:].to_numpy(np.float64, na_value=OPEN)),
        },
    )


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
    """
    contents = _FOLDER.read(Path(path))
    read = _FOLDER.parsed(contents[_PARAMETERS], _PARAMETERS)
    told = _FOLDER.validated(LevelParameters, read, _PARAMETERS)
    _refuse_other(told, framework.index)
    size, groups = len(told.competencies), len(told.positions) + 1
    covariance = _FOLDER.array(contents[_COVARIANCE], _COVARIANCE, (size, size))
    if size and np.linalg.eigvalsh(covariance).min() <= 0:
        message = "not a covariance: not positive definite"
        raise _FOLDER.problem("not-an-array", message, _COVARIANCE, "take a fresh copy")
    means = PriorMeans(
        _FOLDER.array(contents[_GROUP], _GROUP, (groups, size)),
        _FOLDER.array(contents[_VARIANCE], _VARIANCE, (groups, size)),
        _FOLDER.array(contents[_COMPETENCY], _COMPETENCY, (size,)),
        _FOLDER.array(contents[_FAMILY], _FAMILY, (told.n_families, size)),
        told.slope, told.lack, told.group_sd, told.family_sd,
    )  # fmt: skip
    if means.variance.min(initial=0.0) < 0:
        message = "not variances: below 0"
        raise _FOLDER.problem("not-an-array", message, _VARIANCE, "take a fresh copy")
    table, nobody = _assessors(contents), np.zeros(0)
    units = replace(Units.unknown(0, 0.0), sd=told.unit_sd, slope=told.unit_slope)
    parameters = Parameters(
        means, covariance, _sources(told), units, nobody, nobody, nobody, nobody
    )
    model = LevelModel(told.config)
    model._learn(parameters, framework)  # noqa: SLF001
    model.sources_ = pd.DataFrame(
        [{"source": name, **row.model_dump()} for name, row in told.sources.items()]
    )
    model.assessors_, model.items_, model.findings_ = table, _items(contents), ()
    model.units_ = _units(contents)
    model.n_iter_, model.converged_ = told.n_iter, told.converged
    return model


def _assessors(contents: dict[str, bytes]) -> pd.DataFrame:
    read = _FOLDER.parsed(contents[_ASSESSORS], _ASSESSORS)
    names = _FOLDER.validated(AssessorNames, read, _ASSESSORS)
    shape = (len(names.source), len(_COLUMNS))
    numbers = pd.DataFrame(_FOLDER.array(contents[_NUMBERS], _NUMBERS, shape), columns=_COLUMNS)
    who = pd.DataFrame({"assessor": names.assessor, "source": names.source}, dtype="str")
    return pd.concat([who, numbers], axis=1).astype(
        {"n_ratings": np.int64, "n_officers": np.int64, "used": bool}
    )


def _units(contents: dict[str, bytes]) -> pd.DataFrame:
    read = _FOLDER.parsed(contents[_UNITS], _UNITS)
    names = _FOLDER.validated(UnitNames, read, _UNITS)
    shape = (len(names.unit), len(_UNIT_COLUMNS))
    numbers = _FOLDER.array(contents[_STRENGTHS], _STRENGTHS, shape)
    table = pd.DataFrame(numbers, columns=_UNIT_COLUMNS)
    who = pd.DataFrame({"unit": names.unit}, dtype="str")
    return pd.concat([who, table], axis=1).astype({"n_officers": np.int64, "used": bool})


def _item_names(table: pd.DataFrame) -> dict[str, list[str] | int]:
    names = {name: table[name].tolist() for name in ("competency", "item")}
    return {**names, "n_steps": table.shape[1] - 2 - len(ITEM_COLUMNS)}


def _items(contents: dict[str, bytes]) -> pd.DataFrame:
    read = _FOLDER.parsed(contents[_ITEMS], _ITEMS)
    names = _FOLDER.validated(ItemNames, read, _ITEMS)
    columns = [*ITEM_COLUMNS, *(f"threshold_{k + 1}" for k in range(names.n_steps))]
    numbers = _FOLDER.array(contents[_CURVES], _CURVES, (len(names.item), len(columns)))
    who = pd.DataFrame({"competency": names.competency, "item": names.item}, dtype="str")
    curves = pd.DataFrame(numbers, columns=columns)
    thresholds = columns[len(ITEM_COLUMNS) :]
    curves[thresholds] = curves[thresholds].where(curves[thresholds] < OPEN)
    return pd.concat([who, curves], axis=1).astype({"n_responses": np.int64})


def _sources(told: LevelParameters) -> Sources:
    given = given_sources(told.config)
    rows = [told.sources.get(name) for name in given.names]

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


def _refuse_other(told: LevelParameters, index: FrameworkIndex) -> None:
    axes = {
        "competencies": (told.competencies, index.competency_ids),
        "positions": (told.positions, index.position_ids),
        "levels": (told.n_levels, index.n_levels),
    }
    findings = [
        Finding(
            "other-framework",
            f"the {name} are not those of the framework that the model was fitted with",
            where=Where(_PARAMETERS),
            hint="load it with the framework it was fitted with, or fit again",
        )
        for name, (left, right) in axes.items()
        if left != right
    ]
    if findings:
        raise ModelFileError("level model", findings)
