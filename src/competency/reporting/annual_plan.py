"""The annual plan of competency development: its seven fields, and the budget by unit.

The fields are those that a plan of an agency has to hold by PP 11/2017, article 207 (3), in their
order: competencies, whom, kind and path, provider, schedule, conformity with the curriculum
standard, budget. It is made for one year (article 205), from the gaps toward the position held and
the next (article 206), and is set by the agency's head: what is written here is a proposal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.framework.model import ClassicalForm
from competency.reporting.facts.names import day
from competency.reporting.sheet import Column

if TYPE_CHECKING:
    from competency.planning.plan import Plan
    from competency.reporting.sheet import Row, Voice

_CLASSICAL = frozenset(ClassicalForm.__args__)  # type: ignore[attr-defined]

ANNUAL = (
    Column("develops", width=50),
    Column("person", width=44),
    Column("form", width=40),
    Column("provider", width=34),
    Column("schedule", width=26),
    Column("conformity", width=38),
    Column("budget", "money", width=16),
)
BUDGET = (
    Column("unit", width=50),
    Column("officers", "whole"),
    Column("n_trainings", "whole"),
    Column("hours", "decimal"),
    Column("budget", "money", width=18),
)


def annual_rows(source: Voice, steps: Iterable[int] | None = None) -> Iterator[Row]:
    """Return a row of the seven fields for each step, or for those named, in that order."""
    plan, names, w = source.plan, source.names, source.w
    trainings = range(len(names.trainings))
    develops = [_develops(source, t) for t in trainings]
    form = [_form(source, t) for t in trainings]
    provider = [source.text(names.provider_of(t)) for t in trainings]
    conformity = [_conformity(source, t) for t in trainings]
    whom, officer = _whom(source), plan.officer
    for step in range(len(plan)) if steps is None else steps:
        training = int(plan.training[step])
        line = names.training_rows[training]
        yield (
            develops[training],
            whom[officer[step]],
            form[training],
            provider[training],
            f"{w.period(day(plan.start[step]), day(plan.end[step]))}; {w.number(line.hours)} JP",
            conformity[training],
            line.cost,
        )


def unit_budget(plan: Plan) -> pd.DataFrame:
    """Return officers with a step, steps, hours and cost of each unit, by unit.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    DataFrame
        Columns unit ("" for officers without one), officers, n_trainings, hours (JP), budget
        (rupiah).
    """
    roster = plan.ranking.gaps.levels.roster
    frame = plan.to_frame()[["officer", "hours", "cost"]]
    frame["unit"] = roster.unit[plan.officer].astype(object)
    groups = frame.groupby("unit", sort=True)
    return pd.DataFrame(
        {
            "officers": groups["officer"].nunique(),
            "n_trainings": groups.size(),
            "hours": groups["hours"].sum(),
            "budget": groups["cost"].sum(),
        }
    ).reset_index()


def budget_rows(source: Voice) -> Iterator[Row]:
    """Return the budget of each unit, and then of all."""
    table = unit_budget(source.plan)
    units = [unit or source.w("nowhere") for unit in table.pop("unit")]
    yield from zip(units, *(table[name].tolist() for name in table), strict=True)
    yield (source.w("total"), *table.sum().tolist())


def by_unit(plan: Plan) -> list[tuple[str, list[int]]]:
    """Return units by name, each with the steps of its officers in the order of the plan."""
    unit = plan.ranking.gaps.levels.roster.unit[plan.officer].astype(str)
    names, code = np.unique(unit, return_inverse=True)
    return [(str(name), np.flatnonzero(code == n).tolist()) for n, name in enumerate(names)]


def _whom(source: Voice) -> list[str]:
    """Return name, id, position and unit of each officer."""
    roster = source.plan.ranking.gaps.levels.roster
    ids = [str(name) for name in roster.officer_ids]
    known = {}
    if source.evidence is not None:
        officers = source.evidence.officers
        known = dict(zip(officers["officer"], officers["name"], strict=True))
    parts = zip(
        [f"{known[name]} / {name}" if known.get(name) else name for name in ids],
        [source.position(int(held)) for held in roster.position],
        [str(unit) for unit in roster.unit],
        strict=True,
    )
    return ["; ".join(part for part in person if part) for person in parts]


def _develops(source: Voice, training: int) -> str:
    w = source.w
    return "; ".join(
        w(
            "annual.develops",
            competency=source.text(label),
            kind=w(f"kind.{label.kind}"),
            entry=entry,
            target=target,
        )
        for label, entry, target in source.names.develops[training]
    )


def _form(source: Voice, training: int) -> str:
    w, row = source.w, source.names.training_rows[training]
    path = "classical" if row.form in _CLASSICAL else "nonclassical"
    name = source.text(source.names.trainings[training])
    return f"{name} – {w(f'form.{row.form}')}, {w(f'path.{path}')}"


def _conformity(source: Voice, training: int) -> str:
    """Return what is known of the curriculum: never that it conforms, which its agency says."""
    w, row = source.w, source.names.training_rows[training]
    provider = source.names.providers.get(row.provider)
    told = [w("annual.conformity")]
    if row.legal_basis:
        told.append(row.legal_basis)
    if provider and provider.accreditation_body:
        until = provider.accreditation_valid_until
        grade = " ".join(filter(None, (provider.accreditation_body, provider.accreditation_grade)))
        told.append(w("annual.accredited" if until else "annual.accredited.open", by=grade,
                      until=w.date(until)))  # fmt: skip
    return "; ".join(told)
