"""From a plain table, one row for each officer, to a comparison, with all that is wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.arrays import Bools, Floats, Ints, frozen
from competency.effects.evaluation.comparison import Columns, Comparison, filled, joined
from competency.errors import Finding, InputError, nearest_names

if TYPE_CHECKING:
    from collections.abc import Sequence

OPTIONAL = (
    "cluster", "score", "before_se", "others", "assessor_before", "assessor_after",
    "before_date", "after_date",
)  # fmt: skip
"""Columns that are read wherever a table has them."""

MOST_CATEGORIES = 30
"""Different texts of a covariate above which it is no category (chosen by the project)."""


@dataclass(frozen=True)
class Roles:
    """Which column of a table is what.

    Parameters
    ----------
    treated, outcome : str
    before, earlier : tuple of str
        The measure itself, then what else of that time is adjusted for; empty = none.
    covariates : tuple of str
    cluster, score : str
        Empty = none.
    """

    treated: str
    outcome: str
    before: tuple[str, ...]
    earlier: tuple[str, ...]
    covariates: tuple[str, ...]
    cluster: str
    score: str

    @classmethod
    def of(
        cls, table: pd.DataFrame, treated: str, outcome: str, *,
        before: str | Sequence[str] | None, earlier: str | Sequence[str] | None,
        covariates: Sequence[str], cluster: str | None, score: str | None,
    ) -> Roles:  # fmt: skip
        """Return the roles of columns; None stands for the usual name where the table has it.

        Parameters
        ----------
        table : DataFrame
        treated, outcome : str
        before, earlier : str, sequence of str or None
        covariates : sequence of str
        cluster, score : str or None
        """

        def usual(name: str, given: str | Sequence[str] | None) -> tuple[str, ...]:
            if given is None:
                return (name,) if name in table.columns else ()
            return (given,) if isinstance(given, str) else tuple(given)

        named = {"cluster": cluster, "score": score}
        single = {name: "".join(usual(name, given)) for name, given in named.items()}
        return cls(
            treated, outcome, usual("before", before), usual("earlier", earlier),
            tuple(covariates), **single,
        )  # fmt: skip

    @property
    def numeric(self) -> tuple[str, ...]:
        """Columns that must hold numbers."""
        score = (self.score,) if self.score else ()
        return (self.treated, self.outcome, *self.before, *self.earlier, *score)

    @property
    def all(self) -> tuple[str, ...]:
        """Every column named."""
        cluster = (self.cluster,) if self.cluster else ()
        return (*self.numeric, *self.covariates, *cluster)


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
    _refuse(_column_problems(table, roles, reliability))
    findings: list[Finding] = []
    outcome = _number(table, roles.outcome)
    outcome = np.where(_backward(table, findings), np.nan, outcome)
    before = _first(table, roles.before)
    score = _number(table, roles.score) if roles.score else before
    comparison = Comparison(
        treated=frozen(_number(table, roles.treated) == 1),
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


def _column_problems(table: pd.DataFrame, roles: Roles, reliability: float | None) -> list[Finding]:
    found = [
        Finding(
            "no-such-column", f"the table has no column {name!r}",
            nearest=nearest_names(name, map(str, table.columns)),
            hint="name the column, one row for each officer",
        )
        for name in dict.fromkeys(roles.all) if name not in table.columns
    ]  # fmt: skip
    if len(table) == 0:
        found.append(Finding("no-officers", "the table is empty", hint="one row for each officer"))
    optional = [name for name in ("before_se", "others") if name in table.columns]
    for name in (*roles.numeric, *optional):
        if name in table.columns and not _is_number(table[name]):
            hint = "give numbers; leave empty what was not measured"
            found.append(Finding("not-a-number", f"column {name!r} holds text", hint=hint))
    if roles.treated in table.columns and not found:
        values = _number(table, roles.treated)
        strange = int((~np.isin(values, (0, 1))).sum())
        if strange:
            message = f"{strange} of {len(values)} values of {roles.treated!r} are neither 0 nor 1"
            hint = "1 = took the training, 0 = did not; leave out who is neither"
            found.append(Finding("not-treated-or-untreated", message, hint=hint))
    wide = [
        name for name in roles.covariates
        if name in table.columns and not _is_number(table[name])
        and table[name].nunique() > MOST_CATEGORIES
    ]  # fmt: skip
    for name in wide:
        message = f"covariate {name!r} has more than {MOST_CATEGORIES} categories"
        hint = "group them, or leave the column out: ids explain nothing"
        found.append(Finding("too-many-categories", message, hint=hint))
    if reliability is not None and not 0 < reliability <= 1:
        message = f"reliability is {reliability}"
        found.append(Finding("illegal-number", message, hint="a share above 0, at most 1"))
    return found


def _refuse(findings: Sequence[Finding]) -> None:
    if findings:
        raise InputError("evaluation", findings)


def _is_number(column: pd.Series) -> bool:
    kinds = pd.api.types
    return bool(
        kinds.is_numeric_dtype(column) or kinds.is_bool_dtype(column) or column.isna().all()
    )


def _number(table: pd.DataFrame, name: str) -> Floats:
    values = table[name].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def _first(table: pd.DataFrame, names: tuple[str, ...]) -> Floats:
    return _number(table, names[0]) if names else np.full(len(table), np.nan)


def _optional(table: pd.DataFrame, name: str) -> Floats:
    return _first(table, (name,) if name in table.columns else ())


def _noise(table: pd.DataFrame, before: Floats, reliability: float | None) -> Floats:
    if reliability is None:
        return _optional(table, "before_se") ** 2
    seen = before[np.isfinite(before)]
    spread = seen.var(ddof=1) if len(seen) > 1 else np.nan
    return np.full(len(before), (1 - reliability) * spread)


def _backward(table: pd.DataFrame, findings: list[Finding]) -> Bools:
    """Return the rows whose outcome was measured no later than `before`, and note them."""
    if not {"before_date", "after_date"} <= set(table.columns):
        return np.zeros(len(table), bool)
    first, last = pd.to_datetime(table["before_date"]), pd.to_datetime(table["after_date"])
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
        filled(name, _number(table, name)) if _is_number(table[name]) else _kinds(table, name)
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
    return np.asarray(pd.factorize(table[name], sort=True)[0])


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
