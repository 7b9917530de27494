"""What a plan is for: the one table of objectives, and what officers are measured against.

A new objective is a row of :data:`OBJECTIVES` and a name in ``config.PlanningConfig.objective``.
One that sums what reaching levels is worth needs no more: it gives the `worth`, and the searches
for officers and cohorts, their bounds and the prices of seats follow. Another kind of value has
its formulas in :mod:`competency.planning.officer.value`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from competency.arrays import Floats, Ints
from competency.errors import ConfigError, Finding

if TYPE_CHECKING:
    from competency.gaps.table import GapTable
    from competency.ranking.table import Ranking

GAP, POSITIONS, REQUIREMENTS = range(3)
"""Kinds of value that the compiled search knows: a sum of worth, a count, a chance."""
PROVEN = 1e-9
"""Difference of bound and value from which a plan is proven to be the best."""
PROVEN_CHANCE = 1e-3
"""The same for a chance; smaller chances to meet a requirement count as this (chosen by the
project), so that the first of several missing ones already counts."""


def all_aims(gaps: GapTable) -> Ints:
    """Return the levels that every aim of the gaps requires, ``[aim, officer, competency]``."""
    return gaps.required


def no_aim(gaps: GapTable) -> Ints:
    """Return no levels: the worth of levels says everything."""
    return gaps.required[:0]


def mandatory_of_first_aim(gaps: GapTable) -> Ints:
    """Return the levels of the first aim that are mandatory, all where its position marks none."""
    rows = gaps.levels.framework.index.requirements
    marked = np.zeros((len(rows.pointer), gaps.required.shape[2]), bool)
    owner = np.repeat(np.arange(len(rows.pointer) - 1), np.diff(rows.pointer))
    marked[owner, rows.competency] = rows.mandatory
    marked[~marked.any(1)] = True
    return np.where(marked[gaps.position[:1]], gaps.required[:1], 0)


def worth_of_levels(ranking: Ranking) -> Floats:
    """Return what reaching each level is worth where plans close the weighted gap."""
    return ranking.worth


class Objective(NamedTuple):
    """How plans are valued.

    `kind` is one of the three above; `required` gives the levels that plans are measured against,
    `worth`, shape (n_officers, n_competencies, n_levels), what reaching a level is worth. Seats
    can have prices where the value of a cohort is the sum of what steps are worth (`priced`).
    A plan whose bound is within `near` of its value is proven to be the best.
    """

    kind: int
    required: Callable[[GapTable], Ints]
    priced: bool = False
    near: float = PROVEN
    worth: Callable[[Ranking], Floats] = worth_of_levels


OBJECTIVES: Mapping[str, Objective] = {
    "gap": Objective(GAP, no_aim, priced=True),
    "positions": Objective(POSITIONS, all_aims),
    "requirements": Objective(REQUIREMENTS, mandatory_of_first_aim, near=PROVEN_CHANCE),
}
"""Objectives by their name in the settings."""


def asked_of(gaps: GapTable, name: str) -> tuple[Ints, Floats]:
    """Return the levels and weights that plans of an objective are measured against.

    Both have the shape (n_officers, n_aims, n_competencies); level 0 = not asked for. Raises
    `ConfigError` if the gaps have no aim and the objective needs one.
    """
    objective = OBJECTIVES[name]
    if objective.kind != GAP and not gaps.aims:
        finding = Finding(
            "no-aims",
            f"objective {name!r} needs gaps toward a position",
            hint="score gaps with GapConfig(aims=...)",
        )
        raise ConfigError("planning", [finding])
    required = objective.required(gaps).astype(np.int64)
    weight = gaps.weight[: len(required)].astype(np.float64)
    return (
        np.ascontiguousarray(np.moveaxis(required, 0, 1)),
        np.ascontiguousarray(np.moveaxis(weight, 0, 1)),
    )
