"""What the forms brought in, and what may be done with it: levels 2 and 3 only reach beliefs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

from competency.errors import Finding, InputError

if TYPE_CHECKING:
    from competency.framework.model import Framework

APART = "self"
"""Source that is kept apart: training changes the yardstick of one who rates himself."""

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
        people = rows.groupby("officer", sort=True)
        table = pd.DataFrame({"treated": (people["group"].first() == "trained").astype(int)})
        table["session"] = people["session"].max()
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
