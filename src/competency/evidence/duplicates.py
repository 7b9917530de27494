"""The same thing said twice: refused, settled in favour of one row, or averaged.

No rule looks at the order of rows. Two rows are duplicates when they agree in the key columns of
their table, whether the other columns agree or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from competency.evidence.cells import Fault
from competency.evidence.contracts import EVIDENCE, Contract
from competency.evidence.rejects import NOTHING, register, rejected_rows
from competency.evidence.table import REJECTED_COLUMNS

OnDuplicate = Literal["error", "latest", "mean"]

_ORDER = {
    "officers": (),
    "assessments": ("time", "file", "level", "value", "scale"),
    "responses": ("time", "file", "value", "highest", "level"),
    "certificates": ("file", "level", "expires", "issuer"),
    "history": (),
}
_FALLING = {"level", "value", "highest", "expires"}

_DUPLICATE = Fault(
    "duplicate",
    "another row says the same thing",
    'keep one of the rows, or set evidence.on_duplicate to "latest" or "mean"',
)
_SUPERSEDED = Fault("superseded-duplicate", "another row of the same key was kept")
_CONTRADICTION = Fault(
    "duplicate",
    "another row says something else about the same officer",
    "keep one of the rows; they do not say which is newer",
)


@dataclass(frozen=True, eq=False)
class Settled:
    """A table without duplicates, the rows that made it, and the rejected ones."""

    rows: pd.DataFrame
    used: pd.DataFrame
    rejected: pd.DataFrame


def settle_duplicates(rows: pd.DataFrame, table: str, on_duplicate: OnDuplicate) -> Settled:
    """Return `rows` of `table` with at most one row for each key.

    Parameters
    ----------
    rows : DataFrame
        Checked rows, with their places (file, sheet, row).
    table : str
        Name of the table.
    on_duplicate : {"error", "latest", "mean"}
        "error" rejects every row of a key that comes twice. "latest" keeps one: the later time of
        day where there is one, then the one in the file whose name sorts last (last year's and
        this year's file), and of those the lowest level, so that doubt never credits an officer.
        "mean" averages assessments; elsewhere it does what "latest" does.

    Notes
    -----
    The officers table has no time in it: rows of one officer that contradict each other in the
    last file are all rejected.
    """
    contract = EVIDENCE.tables[table]
    if on_duplicate == "error":
        return refuse_duplicates(rows, contract, _DUPLICATE)
    key = list(contract.key)
    twice = rows.duplicated(key, keep=False).to_numpy()
    if not twice.any():
        return Settled(rows, rows, NOTHING)
    single, double = rows[~twice], rows[twice]
    if on_duplicate == "mean" and table == "assessments":
        merged = pd.concat([single, _averaged(double, key)], ignore_index=True)
        return Settled(merged, rows, NOTHING)
    return _one_kept(single, double, table)


def refuse_duplicates(rows: pd.DataFrame, contract: Contract, fault: Fault) -> Settled:
    """Return `rows` without those that share the key of their contract, which are all rejected."""
    if not contract.key:
        return Settled(rows, rows, NOTHING)
    twice = rows.duplicated(list(contract.key), keep=False).to_numpy()
    if not twice.any():
        return Settled(rows, rows, NOTHING)
    single = rows[~twice]
    return Settled(single, single, rejected_rows(rows[twice], contract.table, fault))


def _one_kept(single: pd.DataFrame, double: pd.DataFrame, table: str) -> Settled:
    key = list(EVIDENCE.tables[table].key)
    order = [name for name in (*_ORDER[table], "file", "sheet", "row") if name in double]
    order = list(dict.fromkeys(order))
    rising = [name not in _FALLING for name in order]
    ranked = double.sort_values([*key, *order], ascending=[True] * len(key) + rising)
    last = ~ranked.duplicated(key, keep="last")
    unclear = _contradicting(ranked, last) if table == "officers" else last & False
    chosen = ranked[last & ~unclear]
    kept = pd.concat([single, chosen], ignore_index=True)
    rejected = [
        rejected_rows(ranked[~last & ~unclear], table, _SUPERSEDED),
        rejected_rows(ranked[unclear], table, _CONTRADICTION),
    ]
    return Settled(kept, kept, register(rejected, REJECTED_COLUMNS))


def _contradicting(ranked: pd.DataFrame, last: pd.Series[bool]) -> pd.Series[bool]:
    """Return which rows of officers stand in a last file that says two things about them."""
    newest = ranked.loc[last, ["officer", "file"]]
    places = pd.MultiIndex.from_frame(newest)
    in_newest = pd.MultiIndex.from_frame(ranked[["officer", "file"]]).isin(places)
    said = ranked[in_newest].drop(columns=["sheet", "row"]).drop_duplicates()
    torn = said.loc[said.duplicated("officer", keep=False), "officer"]
    return pd.Series(in_newest, ranked.index) & ranked["officer"].isin(torn)


def _averaged(double: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    ordered = double.sort_values([*key, "scale", "value", "level"])
    groups = ordered.groupby(key, sort=True, dropna=False, as_index=False)
    mean = groups.first()
    averages = groups[["value", "level"]].mean()
    scales = double.groupby(key, sort=True, dropna=False)["scale"].nunique()
    several = scales.to_numpy() > 1
    # NOTE: values of different scales have no common mean; the mean of their levels has one.
    value = np.where(several, averages["level"], averages["value"])
    scale = np.where(several, "", mean["scale"])
    return mean.assign(level=averages["level"], value=value, scale=scale)
