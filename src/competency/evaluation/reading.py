"""From a plain table, one row for each officer, to a comparison, with all that is wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.arrays import Bools, Floats, Ints, frozen
from competency.errors import Finding
from competency.evaluation.comparison import Columns, Comparison, filled, joined
from competency.evaluation.problems import day, is_number, number, problems_of, refuse
from competency.evaluation.roles import Roles

if TYPE_CHECKING:
    from collections.abc import Sequence


def read_comparison(
    table: pd.DataFrame, roles: Roles, *, reliability: float | None
) -> tuple[Comparison, list[Finding]]:
    """Return the officers of a table as a comparison, and what was noticed.

    Parameters
    ----------
    table : DataFrame
        One row for each officer.
    roles : Roles
    reliability : float or None
        Share of the variance of `before` that is no measurement error, in (0, 1].

    Returns
    -------
    Comparison
        In an order that depends on the content of the rows only.
    list of Finding

    Raises
    ------
    InputError
        With every problem of the columns.
    """
    refuse(problems_of(table, roles, reliability))
    findings: list[Finding] = []
    outcome = number(table, roles.outcome)
    outcome = np.where(_backward(table, findings), np.nan, outcome)
    before = _first(table, roles.before)
    score = number(table, roles.score) if roles.score else before
    comparison = Comparison(
        treated=frozen(number(table, roles.treated) == 1),
        outcome=frozen(outcome),
        before=frozen(before),
        earlier=frozen(_first(table, roles.earlier)),
        with_before=_columns(table, roles.before[1:]),
        with_earlier=_columns(table, roles.earlier[1:]),
        covariates=_columns(table, roles.covariates),
        score=frozen(score),
        noise=frozen(_noise(table, before, reliability)),
        others=frozen(np.nan_to_num(_optional(table, "others"))),
        cluster=_clusters(table, roles.cluster),
        assessor_before=_codes(table, "assessor_before"),
        assessor_after=_codes(table, "assessor_after"),
        has_score=bool(roles.score) and roles.score not in roles.before,
    )
    return _in_order(comparison), findings


def _first(table: pd.DataFrame, names: tuple[str, ...]) -> Floats:
    return number(table, names[0]) if names else np.full(len(table), np.nan)


def _optional(table: pd.DataFrame, name: str) -> Floats:
    return _first(table, (name,) if name in table.columns else ())


def _noise(table: pd.DataFrame, before: Floats, reliability: float | None) -> Floats:
    """Variance of the error of `before`: from the reliability, given or by officer, or its se."""
    if reliability is None and "reliability" not in table.columns:
        return _optional(table, "before_se") ** 2
    share = _optional(table, "reliability") if reliability is None else reliability
    seen = before[np.isfinite(before)]
    spread = seen.var(ddof=1) if len(seen) > 1 else np.nan
    return np.asarray((1 - share) * spread + np.zeros(len(before)))


def _backward(table: pd.DataFrame, findings: list[Finding]) -> Bools:
    """Return the rows whose outcome was measured no later than `before`, and note them."""
    if not {"before_date", "after_date"} <= set(table.columns):
        return np.zeros(len(table), bool)
    first, last = day(table["before_date"]), day(table["after_date"])
    wrong = (last <= first).to_numpy()
    if wrong.any():
        message = (
            f"{int(wrong.sum())} of {len(table)} outcomes are not later than the measure before"
        )
        hint = "they count as not measured; correct the dates, or leave these officers out"
        findings.append(Finding("post-before-pre", message, "warning", hint=hint))
    return np.asarray(wrong)


def _columns(table: pd.DataFrame, names: Sequence[str]) -> Columns:
    """Numbers with gaps filled by the mean and marked; texts as one column for each category."""
    blocks = [
        filled(name, number(table, name)) if is_number(table[name]) else _kinds(table, name)
        for name in names
    ]
    return joined(blocks, len(table))


def _kinds(table: pd.DataFrame, name: str) -> Columns:
    texts = table[name].astype("str").fillna("").to_numpy(dtype=object)
    kinds = sorted(set(texts))[1:]
    marks = [np.zeros((len(texts), 0)), *(texts == kind for kind in kinds)]
    return Columns(tuple(f"{name}={kind}" for kind in kinds), np.column_stack(marks))


def _codes(table: pd.DataFrame, name: str) -> Ints | None:
    if name not in table.columns:
        return None
    return np.asarray(pd.factorize(table[name].replace("", None), sort=True)[0])


def _clusters(table: pd.DataFrame, name: str) -> Ints | None:
    """Numbers of clusters; an officer without one is a cluster alone."""
    code = _codes(table, name) if name else None
    if code is None:
        return None
    alone = code < 0
    code[alone] = code.max(initial=-1) + 1 + np.arange(alone.sum())
    return np.unique(code, return_inverse=True)[1]


def _in_order(comparison: Comparison) -> Comparison:
    """Return the officers in an order that depends on their content only, clusters too."""
    one = [comparison.treated, comparison.outcome, comparison.before, comparison.earlier,
           comparison.score, comparison.noise, comparison.others]  # fmt: skip
    blocks = (comparison.covariates, comparison.with_before, comparison.with_earlier)
    many = [column for block in blocks for column in block.cells.T]
    named = [comparison.cluster, comparison.assessor_before, comparison.assessor_after]
    keys = [*one, *many, *(code for code in named if code is not None)]
    ordered = comparison.take(np.lexsort(keys[::-1]))
    if ordered.cluster is None:
        return ordered
    return replace(ordered, cluster=pd.factorize(ordered.cluster)[0])
