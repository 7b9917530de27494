"""What the forms brought in: what may reach beliefs, and whether it can still answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from competency.errors import Finding, InputError, Where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from competency.framework.model import Framework

RATED_FORMS = ("learning", "behaviour")
"""Forms whose rows are ratings of officers on competencies: levels 2 and 3."""

LEAST_MATCHED = 0.8
"""Share of officers with both measures below which attrition is named (What Works Clearinghouse
tolerates about a fifth when both groups lose alike)."""

ASSESSMENT_COLUMNS = ("officer", "competency", "source", "assessor", "value", "scale", "date")
"""Columns of a table of assessments, as :func:`competency.evidence_from_tables` takes it."""


@dataclass(frozen=True, eq=False)
class InstrumentResponses:
    """Filled-in forms of Kirkpatrick's levels, checked against a framework.

    Parameters
    ----------
    framework : Framework
    reactions : DataFrame
        Level 1: officer (may be empty), training, session, aspect, value, highest, date, comment.
    learning, behaviour : DataFrame
        Levels 2 and 3: officer, training, session, group, competency, instrument, occasion,
        source, assessor, value, scale, level (on the framework's scale), date. No self-ratings.
    results : DataFrame
        Level 4: training, unit, group, indicator, occasion, value, measure, date.
    self_ratings : DataFrame
        Rows of levels 2 and 3 whose source is the officer, with `kirkpatrick`.
    kept, rejected : DataFrame
        One line for each row read: its place; of rejected rows also why, and the next step.
    findings : tuple of Finding
    """

    framework: Framework
    reactions: pd.DataFrame
    learning: pd.DataFrame
    behaviour: pd.DataFrame
    results: pd.DataFrame
    self_ratings: pd.DataFrame
    kept: pd.DataFrame
    rejected: pd.DataFrame
    findings: tuple[Finding, ...] = ()

    def assessments(self) -> pd.DataFrame:
        """Levels 2 and 3 as a table of assessments: all that may reach beliefs and ranking.

        Returns
        -------
        DataFrame
            Columns officer, competency, source, assessor, value, scale, date. What participants
            say of a training (level 1), what units deliver (level 4) and self-ratings are not in
            it. Comparison officers are.
        """
        both = pd.concat([self.learning, self.behaviour], ignore_index=True)
        return both[list(ASSESSMENT_COLUMNS)]

    def outcomes(
        self,
        training: str,
        competency: str,
        *,
        level: Literal[2, 3] = 2,
        occasion: Literal["after", "follow_up"] = "after",
    ) -> pd.DataFrame:
        """Return one row for each officer, as :func:`evaluate_training` takes it.

        Parameters
        ----------
        training, competency : str
            Ids in the framework.
        level : {2, 3}
            Learning or behaviour.
        occasion : {"after", "follow_up"}
            What counts as the outcome.

        Returns
        -------
        DataFrame
            Columns officer, treated, earlier, before, after (means over assessors, in levels),
            assessor_before, assessor_after, before_date, after_date, session.

        Raises
        ------
        InputError
            If the level is neither 2 nor 3.
        """
        if level not in (2, 3):
            hint = "reactions do not measure a competency, and results measure a unit"
            message = f"Kirkpatrick level {level} has no outcome of an officer"
            raise InputError("instruments", [Finding("no-outcome", message, hint=hint)])
        rows = self.learning if level == 2 else self.behaviour
        rows = rows[(rows["training"] == training) & (rows["competency"] == competency)]
        rows = rows.sort_values(["officer", "date", "source", "assessor"])
        officers = rows.groupby("officer", sort=True)
        table = pd.DataFrame({"treated": (officers["group"].first() == "trained").astype(int)})
        table["session"] = officers["session"].max()
        for name, when in (("earlier", "earlier"), ("before", "before"), ("after", occasion)):
            own = rows[rows["occasion"] == when].groupby("officer", sort=True)
            table[name] = own["level"].mean().reindex(table.index)
            if name != "earlier":
                table[f"{name}_date"] = own["date"].max().reindex(table.index)
                table[f"assessor_{name}"] = own["assessor"].first().reindex(table.index)
        assessors = ["assessor_before", "assessor_after"]
        table[assessors] = table[assessors].replace("", None)
        return table.reset_index()

    def __repr__(self) -> str:
        return (
            f"InstrumentResponses({len(self.reactions)} reactions, {len(self.learning)} of "
            f"learning, {len(self.behaviour)} of behaviour, {len(self.results)} results, "
            f"{len(self.self_ratings)} self-ratings; {len(self.rejected)} rows rejected)"
        )


def check_responses(responses: InstrumentResponses) -> tuple[Finding, ...]:
    """Return what is wrong with collected forms of levels 2 and 3, training by training.

    Parameters
    ----------
    responses : InstrumentResponses

    Returns
    -------
    tuple of Finding
        For each training and form: officers without a measure before or after, another scale,
        source or form between them, nobody to compare with, days out of order, and where officers
        rated only themselves. Officers are counted, never named.

    Notes
    -----
    Linear in rows.

    Examples
    --------
    >>> import competency as cp
    >>> from competency.evaluation.instruments import read_instruments
    >>> rows = pd.DataFrame({
    ...     "officer": ["7"], "training": "F.DASAR", "competency": "T.01", "occasion": "after",
    ...     "source": "test", "value": [2], "date": ["2026-02-06"]})
    >>> framework = cp.load_framework(cp.pack_path())
    >>> made = read_instruments({"learning": rows}, framework=framework)
    >>> [finding.code for finding in check_responses(made)]
    ['no-before', 'no-comparison']
    >>> check_responses(read_instruments({"learning": rows.head(0)}, framework=framework))
    ()
    """
    found: list[Finding] = []
    for name, rows in (("learning", responses.learning), ("behaviour", responses.behaviour)):
        for training, own in rows.groupby("training", sort=True):
            found += _of_training(own, Where(name, id=str(training)))
    own_only = responses.self_ratings[["training", "kirkpatrick"]].drop_duplicates()
    for training, level in own_only.itertuples(index=False, name=None):
        others = responses.learning if level == 2 else responses.behaviour
        if not (others["training"] == training).any():
            message = f"level {level}: officers rated only themselves"
            hint = "self-ratings are kept apart; let others rate, or test"
            found.append(Finding("self-only", message, "warning", Where(id=training), hint=hint))
    return tuple(found)


def _of_training(rows: pd.DataFrame, where: Where) -> Iterator[Finding]:
    after = rows["occasion"].isin(["after", "follow_up"])
    pair = ["officer", "competency"]
    same = dict.fromkeys(("scale", "source", "instrument", "assessor"), "first")
    first = rows[rows["occasion"] == "before"].groupby(pair).agg(same | {"date": "max"})
    last = rows[after].groupby(pair).agg(same | {"date": "min"})
    both = first.add_suffix("_before").join(last.add_suffix("_after"), how="inner")
    n = len(rows[pair].drop_duplicates())
    for code, part, when in (("no-before", first, "before"), ("no-after", last, "after")):
        if len(part) < LEAST_MATCHED * n:
            message = f"{n - len(part)} of {n} officers and competencies have no measure {when}"
            hint = "find those who are missing; who leaves is seldom like who stays"
            yield Finding(code, message, "warning", where, hint=hint)
    if not (rows["group"] == "comparison").any():
        message, hint = "nobody to compare with", "measure officers who are not trained, too"
        yield Finding("no-comparison", message, "warning", where, hint=hint)
    yield from _of_pairs(both, where)


def _of_pairs(both: pd.DataFrame, where: Where) -> Iterator[Finding]:
    n = len(both)
    checks = (
        ("scale", "other-scale", "were measured on another scale after", "use one scale"),
        ("source", "other-sources", "were rated by another source after",
         "a stricter source looks like a loss"),
        ("assessor", "other-assessors", "were rated by another assessor after",
         "corrected for severity only by the level model; keep assessors where possible"),
        ("instrument", "other-form", "answered another form after",
         "parallel forms are welcome if they are equally hard; equate them on a common group"),
    )  # fmt: skip
    for name, code, what, hint in checks:
        count = int((both[f"{name}_before"] != both[f"{name}_after"]).sum())
        if count:
            message = f"{count} of {n} officers and competencies {what}"
            yield Finding(
                code, message, "note" if name == "instrument" else "warning", where, hint=hint
            )
    count = int((both["date_after"] <= both["date_before"]).sum())
    if count:
        message = f"{count} of {n} measures after are not later than those before"
        hint = "correct the dates; they count as not measured in evaluate_training"
        yield Finding("post-before-pre", message, "warning", where, hint=hint)
