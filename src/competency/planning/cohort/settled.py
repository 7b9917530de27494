"""Steps that are settled: seats already promised, which a cohort plan keeps as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.arrays import Ints
from competency.errors import Finding, InputError
from competency.planning.cohort.bundle_memory import Frozen, nothing_frozen
from competency.planning.officer.records import STEP

if TYPE_CHECKING:
    from competency.planning.problem import Records
    from competency.ranking.table import Ranking

COLUMNS = ("officer", "training", "session", "start", "end")


def settled_steps(ranking: Ranking, steps: pd.DataFrame | None) -> Frozen:
    """Return settled steps as the search reads them.

    `steps` has the columns officer, training, session ("" without dates), start and end: rows of
    :meth:`Plan.to_frame`; further columns are not read. Raises `InputError` where a column is
    missing, a name is not known, days do not lie after `as_of`, an officer has passed the training
    or has it twice, or two steps of an officer overlap.
    """
    if steps is None or not len(steps):
        return nothing_frozen(len(ranking))
    lack = [name for name in COLUMNS if name not in steps]
    if lack:
        raise settled_error([f"columns {lack} are missing"])
    levels = ranking.gaps.levels
    index = levels.framework.index
    officer = _numbers("officer", steps["officer"], list(levels.roster.officer_ids))
    today = pd.Timestamp(levels.as_of)
    table = np.zeros(len(steps), STEP)
    table["training"] = _numbers("training", steps["training"], list(index.training_ids))
    table["session"] = _numbers("session", steps["session"], [*index.session_ids, ""])
    table["session"][table["session"] == len(index.session_ids)] = -1
    table["start"] = (pd.to_datetime(steps["start"]) - today).dt.days
    table["end"] = (pd.to_datetime(steps["end"]) - today).dt.days
    order = np.lexsort((table["start"], officer))
    officer, table = officer[order], table[order]
    _check_days(ranking, officer, table)
    counts = np.bincount(officer, minlength=len(ranking))
    return Frozen(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), table)


def _numbers(what: str, names: pd.Series, valid: list[str]) -> Ints:
    found = pd.Index(valid).get_indexer(pd.Index(names.fillna("").astype(str)))
    unknown = sorted(set(names[found < 0].astype(str)))
    if unknown and what == "officer":  # NOTE: the id of an officer never gets into a message
        raise settled_error([f"{len(unknown)} officers are not in the ranking"])
    if unknown:
        raise settled_error([f"{what} {name!r} is not in the framework" for name in unknown])
    return found.astype(np.int64)


def _check_days(ranking: Ranking, officer: Ints, table: Records) -> None:
    same = officer[1:] == officer[:-1]
    pair = pd.DataFrame({"officer": officer, "training": table["training"]})
    problems = {
        "days do not lie after as_of": (table["start"] < 1) | (table["end"] < table["start"]),
        "the officer has passed the training": ranking.passed[officer, table["training"]],
        "the officer has the training twice": pair.duplicated().to_numpy(),
        "it overlaps another settled step": same & (table["start"][1:] <= table["end"][:-1]),
    }
    messages = [f"{int(bad.sum())} steps: {text}" for text, bad in problems.items() if bad.any()]
    if messages:
        raise settled_error(messages)


def settled_error(messages: list[str]) -> InputError:
    """Return the error that names what is wrong with settled steps."""
    return InputError("settled steps", [Finding("settled-steps", text) for text in messages])
