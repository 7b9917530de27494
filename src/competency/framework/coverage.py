"""Which required levels the trainings serve, and whether they can be climbed to from nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from competency.framework.model import Develops, Framework, Requirement


@dataclass(frozen=True)
class Coverage:
    """One required level of one competency, and the trainings that serve it.

    Parameters
    ----------
    competency : str
    level : int
    positions : tuple of str
        Positions that require exactly this level, sorted.
    n_trainings : int
        Trainings that lift officers over this level: entry level < level <= target level.
    reachable : bool
        Whether an officer at level 0 can climb to it, training by training. Entry levels of the
        competency itself are asked; entry requirements in other competencies are not.
    """

    competency: str
    level: int
    positions: tuple[str, ...]
    n_trainings: int
    reachable: bool


def coverage_rows(
    requirements: Iterable[Requirement], develops: Iterable[Develops]
) -> list[Coverage]:
    """Return the coverage of every required level, sorted by competency and level."""
    steps: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for row in develops:
        steps[row.competency].append((row.entry_level, row.target_level))
    asked: dict[tuple[str, int], set[str]] = defaultdict(set)
    for need in requirements:
        asked[need.competency, need.level].add(need.position)
    return [
        Coverage(
            competency,
            level,
            tuple(sorted(positions)),
            sum(entry < level <= target for entry, target in steps[competency]),
            level <= highest_climb(steps[competency]),
        )
        for (competency, level), positions in sorted(asked.items())
    ]


def highest_climb(steps: Sequence[tuple[int, int]]) -> int:
    """Return the highest level that can be reached from 0 by steps (entry level, target level).

    Examples
    --------
    >>> highest_climb([(2, 4), (0, 2)])
    4
    >>> highest_climb([(3, 5)])
    0
    """
    height = 0
    for entry, target in sorted(steps):
        if entry <= height:
            height = max(height, target)
    return height


def instrument_coverage(framework: Framework) -> pd.DataFrame:
    """Return, for every required level of every competency, who asks it and what serves it.

    Parameters
    ----------
    framework : Framework

    Returns
    -------
    DataFrame
        Columns ``competency``, ``level``, ``positions`` (tuple of ids), ``n_positions``,
        ``n_trainings`` and ``reachable``; sorted by competency and level. A row with
        ``n_trainings`` 0 lacks an instrument; see :class:`Coverage` for the definitions.

    Examples
    --------
    >>> from competency.framework.model import About, Framework, ScaleLevel
    >>> empty = Framework(framework=(About(id="f", name="F"),),
    ...                   levels=(ScaleLevel(level=1, name="A"),), competencies=())
    >>> len(instrument_coverage(empty))
    0
    """
    rows = coverage_rows(framework.requirements, framework.develops)
    return pd.DataFrame(
        {
            "competency": pd.array([row.competency for row in rows], dtype="str"),
            "level": pd.array([row.level for row in rows], dtype="int64"),
            "positions": [row.positions for row in rows],
            "n_positions": pd.array([len(row.positions) for row in rows], dtype="int64"),
            "n_trainings": pd.array([row.n_trainings for row in rows], dtype="int64"),
            "reachable": pd.array([row.reachable for row in rows], dtype="bool"),
        }
    )
