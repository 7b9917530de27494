"""From a plain table, one row for each officer, to a comparison, with all that is wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.arrays import Bools, Floats, Ints, frozen
from competency.errors import Finding, InputError, nearest_names
from competency.evaluation.comparison import Columns, Comparison, filled, joined

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MOST_CATEGORIES = 30
"""Different texts of a covariate above which it is no category (chosen by the project)."""

_NUMBERS = {"integer", "floating", "mixed-integer-float", "boolean", "decimal", "empty"}
# What pandas calls columns of objects that are all numbers.


@dataclass(frozen=True)
class Roles:
    """Which column of a table is what.

    Of `before` and `earlier` the first is the measure itself, the others are adjusted for as
    numbers of the same time; empty = none. `cluster` and `score` may be empty as well.
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
        """Return the roles of columns; None stands for the usual name where the table has it."""

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

    The order of officers depends on the content of the rows only. `reliability` is the share of
    the variance of `before` that is no measurement error, in (0, 1]. Raises `InputError` with
    every problem of the columns.
    """
    problems = list(_problems(table, roles, reliability))
    if problems:
        raise InputError("evaluation", problems)
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


# ------------------------------------------------------------------------------- what is wrong


def _problems(table: pd.DataFrame, roles: Roles, reliability: float | None) -> Iterator[Finding]:
    columns = [*_absent(table, roles), *_not_numbers(table, roles), *_not_days(table)]
    yield from columns or _not_treated(table, roles.treated)
    yield from _wide(table, roles)
    if "officer" in table.columns and table["officer"].duplicated().any():
        n = int(table["officer"].duplicated().sum())
        hint = "one row for each officer: keep one measure, or take means"
        yield Finding("officer-twice", f"{n} rows repeat an officer", hint=hint)
    if reliability is not None and not 0 < reliability <= 1:
        hint = "a share above 0, at most 1"
        yield Finding("illegal-number", f"reliability is {reliability}", hint=hint)


def _absent(table: pd.DataFrame, roles: Roles) -> Iterator[Finding]:
    names = [str(name) for name in table.columns]
    for name in dict.fromkeys(roles.all):
        if name not in names:
            hint = "name the column, one row for each officer"
            message = f"the table has no column {name!r}"
            near = nearest_names(name, names)
            yield Finding("no-such-column", message, nearest=near, hint=hint)
    if len(table) == 0:
        yield Finding("no-officers", "the table is empty", hint="one row for each officer")


def _not_numbers(table: pd.DataFrame, roles: Roles) -> Iterator[Finding]:
    for name in (*roles.numeric, "before_se", "others", "reliability"):
        if name in table.columns and not _is_number(table[name]):
            hint = "give numbers; leave empty what was not measured"
            yield Finding("not-a-number", f"column {name!r} holds text", hint=hint)


def _not_days(table: pd.DataFrame) -> Iterator[Finding]:
    for name in ("before_date", "after_date"):
        if name in table.columns:
            n = int((table[name].notna() & _day(table[name]).isna()).sum())
            if n:
                hint = "write year-month-day"
                yield Finding("not-a-date", f"{n} cells of {name!r} are no day", hint=hint)


def _not_treated(table: pd.DataFrame, name: str) -> Iterator[Finding]:
    values = _number(table, name)
    strange = int((~np.isin(values, (0, 1))).sum())
    if strange:
        message = f"{strange} of {len(values)} values of {name!r} are neither 0 nor 1"
        hint = "1 = took the training, 0 = did not; leave out who is neither"
        yield Finding("not-treated-or-untreated", message, hint=hint)


def _wide(table: pd.DataFrame, roles: Roles) -> Iterator[Finding]:
    for name in roles.covariates:
        text = name in table.columns and not _is_number(table[name])
        if text and table[name].nunique() > MOST_CATEGORIES:
            message = f"covariate {name!r} has more than {MOST_CATEGORIES} categories"
            hint = "group them, or leave the column out: ids explain nothing"
            yield Finding("too-many-categories", message, hint=hint)


# --------------------------------------------------------------------------- cells and columns


def _is_number(column: pd.Series) -> bool:
    """Return whether a column holds numbers, truth values or nothing."""
    kinds = pd.api.types
    if kinds.is_numeric_dtype(column) or column.isna().all():
        return True
    return kinds.infer_dtype(column, skipna=True) in _NUMBERS


def _number(table: pd.DataFrame, name: str) -> Floats:
    """Return a column as float64; what is not finite is NaN."""
    values = table[name].to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def _day(column: pd.Series) -> pd.Series:
    """Return a column of days or ISO texts as days; what is none is NaT."""
    return pd.to_datetime(column, format="ISO8601", errors="coerce")


def _first(table: pd.DataFrame, names: tuple[str, ...]) -> Floats:
    return _number(table, names[0]) if names else np.full(len(table), np.nan)


def _optional(table: pd.DataFrame, name: str) -> Floats:
    return _first(table, (name,) if name in table.columns else ())


def _noise(table: pd.DataFrame, before: Floats, reliability: float | None) -> Floats:
    """Variance of the error of `before`: from the reliability, given or by officer, or its se."""
    if reliability is None and "reliability" not in table.columns:
        return _optional(table, "before_se") ** 2
    share = _optional(table, "reliability") if reliability is None else reliability
    known = before[np.isfinite(before)]
    spread = known.var(ddof=1) if len(known) > 1 else np.nan
    return np.asarray((1 - share) * spread + np.zeros(len(before)))


def _backward(table: pd.DataFrame, findings: list[Finding]) -> Bools:
    """Return the rows whose outcome was measured no later than `before`, and note them."""
    if not {"before_date", "after_date"} <= set(table.columns):
        return np.zeros(len(table), bool)
    first, last = _day(table["before_date"]), _day(table["after_date"])
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
