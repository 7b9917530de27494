"""Effect models as files: JSON and npy, checked by hash before anything in them is used."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import numpy as np
import pandas as pd
from pydantic import Field

from competency.arrays import frozen
from competency.config import NonNegative, Probability, Settings
from competency.effects.learning.success import CHANCES
from competency.effects.model import EffectModel
from competency.effects.tables import KEYS, develops_table
from competency.effects.transitions import success_matrix
from competency.errors import Finding, ModelFileError, Where
from competency.modelfile import ModelFolder, array_bytes, json_bytes

if TYPE_CHECKING:
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
    """What a saved effect model says besides its tables."""

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


def save_effect_model(model: EffectModel, target: Path) -> Path:
    """Write a fitted model to a folder and return the folder; see `EffectModel.save`."""
    parameters = EffectParameters(
        n_levels=model.framework_.index.n_levels,
        spread=model.spread_,
        idle_share=model.idle_share_,
        as_of=model.as_of_,
        findings=tuple(
            SavedFinding(code=f.code, message=f.message, hint=f.hint) for f in model.findings_
        ),
    )
    tables = {"rows": model.rows_, "trainings": model.trainings_, "drift": model.drift_}
    return _FOLDER.write(
        target,
        {
            _PARAMETERS: json_bytes(parameters.model_dump(mode="json")),
            _TABLES: json_bytes({name: _columns(table) for name, table in tables.items()}),
            _MATRIX: array_bytes(model.transitions_.matrix),
            _LIKELIHOOD: array_bytes(model.log_likelihood_),
        },
    )


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
    contents = _FOLDER.read(Path(path))
    saved = _FOLDER.validated(
        EffectParameters, _FOLDER.parsed(contents[_PARAMETERS], _PARAMETERS), _PARAMETERS
    )
    tables = _FOLDER.validated(EffectTables, _FOLDER.parsed(contents[_TABLES], _TABLES), _TABLES)
    model = EffectModel()
    model.rows_, model.trainings_ = (
        _frame(tables.rows, "rows"),
        _frame(tables.trainings, "trainings"),
    )
    model.drift_ = _frame(tables.drift, "drift")
    _refuse_other(saved, model.rows_, framework)
    model.framework_ = framework
    model.spread_, model.idle_share_, model.as_of_ = saved.spread, saved.idle_share, saved.as_of
    model.findings_ = tuple(Finding(f.code, f.message, "note", hint=f.hint) for f in saved.findings)
    shape = (len(model.rows_), len(CHANCES))
    model.log_likelihood_ = frozen(_FOLDER.array(contents[_LIKELIHOOD], _LIKELIHOOD, shape))
    matrix = _FOLDER.array(contents[_MATRIX], _MATRIX, _shape(framework))
    if not np.array_equal(matrix, success_matrix(framework, _success(model.rows_))):
        message = "the transitions are not those of the table of rows"
        raise _FOLDER.problem("not-an-array", message, _MATRIX, "take a fresh copy")
    return model


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
