"""Coverage of instruments: need and seats for every level that a position asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from competency.gaps import coverage
from competency.reporting.facts.groups import optional
from competency.reporting.facts.model import Coverage, CoverageCell, CoverageRow

if TYPE_CHECKING:
    from competency.planning.plan import Plan
    from competency.reporting.facts.names import Names

_COLUMNS = ("competency", "level", "n_trainings", "seats", "unlimited", "expected_in_need",
            "n_unknown")  # fmt: skip


def coverage_facts(plan: Plan, names: Names) -> Coverage:
    """Return need and seats by competency and level over the horizon of the plan.

    Parameters
    ----------
    plan : Plan
    names : Names

    Returns
    -------
    Coverage
        Need is None where the gaps speak of no position held.
    """
    gaps = plan.ranking.gaps
    frame = coverage(
        gaps.levels.framework,
        gaps if "held" in gaps.aims else None,
        as_of=gaps.levels.as_of,
        horizon_days=plan.config.horizon_days,
    )
    columns = [frame[name].tolist() for name in _COLUMNS]
    cells = {(line[0], line[1]): _cell(*line[1:]) for line in zip(*columns, strict=True)}
    missing = sum(cell.n_trainings == 0 for cell in cells.values())
    bars = [bar for cell in cells.values() for bar in (cell.need or 0.0, float(cell.seats or 0))]
    return Coverage(
        rows=_rows(cells, names),
        levels=names.levels,
        top=max([1.0, *bars]),
        n_asked=len(cells),
        n_covered=len(cells) - missing,
        n_missing=missing,
    )


def _rows(cells: Mapping[tuple[str, int], CoverageCell], names: Names) -> tuple[CoverageRow, ...]:
    return tuple(
        CoverageRow(
            names.competencies[c],
            tuple(
                cells.get((names.index.competency_ids[c], level), _not_asked(level))
                for level in range(1, names.index.n_levels)
            ),
        )
        for c in names.order
    )


def _cell(
    level: int,
    n_trainings: int,
    seats: int,
    unlimited: object,
    need: float,
    unknown: float,
) -> CoverageCell:
    return CoverageCell(
        level=level,
        asked=True,
        need=optional(need),
        n_unknown=None if optional(unknown) is None else int(unknown),
        seats=int(seats),
        unlimited=bool(unlimited),
        n_trainings=int(n_trainings),
    )


def _not_asked(level: int) -> CoverageCell:
    return CoverageCell(
        level=level,
        asked=False,
        need=None,
        n_unknown=None,
        seats=None,
        unlimited=False,
        n_trainings=0,
    )
