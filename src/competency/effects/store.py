"""Effect models as files: JSON and npy, checked by hash before anything in them is used."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import numpy as np
import pandas as pd
from pydantic import Field

from competency.arrays import frozen
from competency.config import NonNegative, Probability, Settings
from competency.effects.learning.success import CHANCES
from competency.effects.tables import KEYS, develops_table
from competency.effects.transitions import success_matrix
from competency.errors import Finding, ModelFileError, Where
from competency.modelfile import ModelFolder, array_bytes, json_bytes

if TYPE_CHECKING:
    from competency.arrays import Floats
    from competency.effects.transitions import Transitions
    from competency.framework.model import Framework

_PARAMETERS, _TABLES = "parameters.json", "tables.json"
_MATRIX, _LIKELIHOOD = "transitions.npy", "likelihood.npy"
_FOLDER = ModelFolder(
    subject="effect model",
    kind="effects",
    inside="effects",
    save="EffectModel.save",
    settings="docs/how-to/learn-what-trainings-change.md",
    files=frozenset({_PARAMETERS, _TABLES, _MATRIX, _LIKELIHOOD}),
    largest=200_000_000,
)

Column = tuple[str | float | None, ...]
Table = tuple[tuple[str, Column], ...]
# NOTE: pairs, because the keys of an object would be sorted, and columns have an order.


class SavedFinding(Settings):
    """One finding of the fit."""

    code: str
    message: str
    hint: str


class EffectParameters(Settings):
    """Numbers and findings of a saved effect model, besides its tables."""

    n_levels: Annotated[int, Field(ge=1)]
    spread: NonNegative
    idle_share: Probability
    as_of: date | None
    findings: tuple[SavedFinding, ...]


class EffectTables(Settings):
    """The tables of a saved effect model, by column; null = missing."""

    rows: Table
    trainings: Table
    drift: Table


class FittedEffects(NamedTuple):
    """What a folder holds: the tables and numbers of a fitted effect model."""

    rows: pd.DataFrame
    trainings: pd.DataFrame
    drift: pd.DataFrame
    log_likelihood: Floats
    spread: float
    idle_share: float
    as_of: date | None
    findings: tuple[Finding, ...]


def write_effects(fitted: FittedEffects, transitions: Transitions, target: Path) -> Path:
    """Write a fitted model to a folder and return the folder; see `EffectModel.save`."""
    parameters = EffectParameters(
        n_levels=transitions.framework.index.n_levels,
        spread=fitted.spread,
        idle_share=fitted.idle_share,
        as_of=fitted.as_of,
        findings=tuple(
            SavedFinding(code=f.code, message=f.message, hint=f.hint) for f in fitted.findings
        ),
    )
    tables = {"rows": fitted.rows, "trainings": fitted.trainings, "drift": fitted.drift}
    return _FOLDER.write(
        target,
        {
            _PARAMETERS: json_bytes(parameters.model_dump(mode="json")),
            _TABLES: json_bytes({name: _columns(table) for name, table in tables.items()}),
            _MATRIX: array_bytes(transitions.matrix),
            _LIKELIHOOD: array_bytes(fitted.log_likelihood),
        },
    )


def read_effects(path: Path, framework: Framework) -> FittedEffects:
    """Return the fitted model of a folder; see `load_effect_model`."""
    contents = _FOLDER.read(path)
    saved = _FOLDER.validated(
        EffectParameters, _FOLDER.parsed(contents[_PARAMETERS], _PARAMETERS), _PARAMETERS
    )
    tables = _FOLDER.validated(EffectTables, _FOLDER.parsed(contents[_TABLES], _TABLES), _TABLES)
    rows = _frame(tables.rows, "rows")
    _refuse_other(saved, rows, framework)
    shape = (len(rows), len(CHANCES))
    log_likelihood = frozen(_FOLDER.array(contents[_LIKELIHOOD], _LIKELIHOOD, shape))
    matrix = _FOLDER.array(contents[_MATRIX], _MATRIX, _shape(framework))
    if not np.array_equal(matrix, success_matrix(framework, _success(rows))):
        message = "the transitions are not those of the table of rows"
        raise _FOLDER.problem("not-an-array", message, _MATRIX, "take a fresh copy")
    return FittedEffects(
        rows, _frame(tables.trainings, "trainings"), _frame(tables.drift, "drift"), log_likelihood,
        saved.spread, saved.idle_share, saved.as_of,
        tuple(Finding(f.code, f.message, "note", hint=f.hint) for f in saved.findings),
    )  # fmt: skip


def _shape(framework: Framework) -> tuple[int, int, int]:
    index = framework.index
    return len(index.develops.success), index.n_levels, index.n_levels


def _success(rows: pd.DataFrame) -> np.ndarray:
    return rows["success"].to_numpy(dtype=np.float64)


def _columns(table: pd.DataFrame) -> list[tuple[str, list[object]]]:
    return [
        (str(name), [None if value != value else value for value in table[name].tolist()])
        for name in table
    ]


def _frame(table: Table, name: str) -> pd.DataFrame:
    if len({len(column) for _, column in table}) > 1:
        message = f"the columns of table {name!r} are not equally long"
        raise _FOLDER.problem("illegal-setting", message, _TABLES, "take a fresh copy")
    return pd.DataFrame({key: _series(key, column) for key, column in table})


def _series(name: str, column: Column) -> pd.Series[str] | pd.Series[float]:
    if name in _TEXTS:
        return pd.Series(column, dtype="str")
    if name.startswith("n_") or name.endswith("_level"):
        return pd.Series(column, dtype="int64")
    return pd.Series(column, dtype="float64")


_TEXTS = ("training", "competency", "type", "provider", "kind")


def _refuse_other(saved: EffectParameters, rows: pd.DataFrame, framework: Framework) -> None:
    here = develops_table(framework)
    same = set(KEYS) <= set(rows) and "success" in rows and len(rows) == len(here)
    same = same and all(rows[key].tolist() == here[key].tolist() for key in KEYS)
    if same and saved.n_levels == framework.index.n_levels:
        return
    finding = Finding(
        "other-framework",
        "what trainings develop is not what it was in the framework that the model was fitted with",
        where=Where(_TABLES),
        hint="load it with the framework it was fitted with, or fit again",
    )
    raise ModelFileError("effect model", [finding])
