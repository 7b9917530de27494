"""Gaps of groups: by kind, competency, position, unit, region, or two of them at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.errors import ConfigError, Finding, nearest_names
from competency.gaps.score import gap_variance

if TYPE_CHECKING:
    from competency.arrays import Bools, Floats, Ints, Texts
    from competency.gaps.table import GapTable

OFFICER_GROUPS = ("position", "tier", "family", "unit", "region")
"""Groupings of officers; position, tier and family are those of the aim."""
COMPETENCY_GROUPS = ("kind", "competency")
"""Groupings of competencies."""

_VALUES = (
    "n_known", "mean_gap", "standard_error", "share_meeting", "expected_in_gap", "share_unknown",
)  # fmt: skip
# What is withheld of a group that is too small.


def roll_up(
    gaps: GapTable,
    by: str | tuple[str, str] = "kind",
    *,
    aim: str | None = None,
    minimum_group: int | None = None,
) -> pd.DataFrame:
    """Return the gaps of groups of officers, of competencies, or of both.

    Parameters
    ----------
    gaps : GapTable
    by : str or pair of str
        One or two of ``"position", "tier", "family", "unit", "region", "kind", "competency"``.
        A pair such as ``("unit", "kind")`` gives the cells of a heat map.
    aim : str or None
        One of ``gaps.aims``; None = the first of them.
    minimum_group : int or None
        A group of fewer officers, or of fewer assessed ones, keeps its line and loses its
        values. 1 shows everything; None = as the settings of the gaps say (5 by default).

    Returns
    -------
    DataFrame
        One line per group with at least one requirement, sorted by its labels: ``group`` (and
        ``subgroup`` for a pair); ``n_officers`` with a requirement in the group; ``n_cells``
        (officer and competency) required; ``n_known`` of them ever assessed; over the known
        cells ``mean_gap`` in levels with its ``standard_error``, ``share_meeting`` (mean
        P(meets)) and ``expected_in_gap`` (sum of 1 - P(meets): with one competency an expected
        number of officers, with several of officer-competency cells); ``share_unknown`` of the
        cells; ``suppressed``.

    Raises
    ------
    ConfigError
        If `by` or `aim` is not one of the above.

    Notes
    -----
    The standard error takes the officers as a sample of those who could be in the group. Its
    square adds two parts: the spread between officers of their expected gaps (officers are the
    clusters), and the mean variance that beliefs leave within an officer, in which competencies
    correlate as in ``levels.correlation``. It is NaN when fewer than two officers were assessed.
    Suppression hides small groups; it does not stop someone from subtracting two tables.

    Examples
    --------
    >>> from competency.testing import small_gaps
    >>> table = roll_up(small_gaps(), "competency")
    >>> table[["group", "n_officers", "n_known", "mean_gap"]].round(2).to_numpy().tolist()
    [['A', 12, 8.0, 0.68], ['B', 12, 9.0, 0.3], ['C', 12, 9.0, 0.74]]
    >>> roll_up(small_gaps(3), "competency")["suppressed"].all()  # fewer than 5 officers
    np.True_
    """
    dimensions = (by,) if isinstance(by, str) else tuple(by)
    number = _checked(gaps, dimensions, gaps.aims[0] if aim is None else aim)
    labels = {name: _labels(gaps, number, name) for name in dimensions}
    officer_group, officer_keys = _combined(labels, OFFICER_GROUPS, len(gaps))
    cell_group, cell_keys = _combined(labels, COMPETENCY_GROUPS, gaps.known.shape[1])
    columns = _sums(gaps, number, officer_group, len(officer_keys), cell_group, len(cell_keys))
    frame = pd.DataFrame({name: values.ravel() for name, values in columns.items()})
    key = [(*a, *b) for a in officer_keys for b in cell_keys]
    order = [name for name in (*OFFICER_GROUPS, *COMPETENCY_GROUPS) if name in dimensions]
    for place, name in enumerate(dimensions):
        column = pd.Series([k[order.index(name)] for k in key], dtype="str")
        frame.insert(place, ("group", "subgroup")[place], column)
    frame = frame[frame["n_cells"] > 0]
    return _suppressed(frame, gaps.config.minimum_group if minimum_group is None else minimum_group)


def _suppressed(frame: pd.DataFrame, minimum_group: int) -> pd.DataFrame:
    assessed = frame.pop("n_assessed")
    few = (frame["n_officers"] < minimum_group) | ((assessed > 0) & (assessed < minimum_group))
    frame = frame.astype({"n_known": "float64"})
    frame.loc[few, list(_VALUES)] = np.nan
    frame["suppressed"] = few
    keys = [name for name in ("group", "subgroup") if name in frame]
    return frame.sort_values(keys, kind="stable").reset_index(drop=True)


def _sums(
    gaps: GapTable,
    aim: int,
    officer_group: Ints,
    n_officer_groups: int,
    cell_group: Ints,
    n_cell_groups: int,
) -> dict[str, Floats]:
    """Columns of the table, each of shape (n_officer_groups, n_cell_groups)."""
    spread = np.sqrt(gap_variance(gaps.levels.survival, gaps.required[aim]))

    def total(values: Floats | Bools) -> Floats:
        return np.bincount(officer_group, weights=values, minlength=n_officer_groups).astype(float)

    parts = [
        _group_columns(gaps, aim, np.flatnonzero(cell_group == line), spread, officer_group, total)
        for line in range(n_cell_groups)
    ]
    return {name: np.stack([part[name] for part in parts], axis=1) for name in parts[0]}


def _group_columns(
    gaps: GapTable,
    aim: int,
    competencies: Ints,
    spread: Floats,
    officer_group: Ints,
    total: Callable[[Floats | Bools], Floats],
) -> dict[str, Floats]:
    """Columns for one group of competencies, one element per group of officers."""
    asked = gaps.required[aim][:, competencies] > 0
    known = asked & gaps.known[:, competencies]
    gap = np.where(known, gaps.expected_gap[aim][:, competencies], 0).sum(-1, dtype=np.float64)
    meets = np.where(known, gaps.meets[aim][:, competencies], 0).sum(-1, dtype=np.float64)
    deviation = np.where(known, spread[:, competencies], 0).astype(np.float64)
    correlation = gaps.levels.correlation[np.ix_(competencies, competencies)]
    within = np.einsum("oc,cd,od->o", deviation, correlation, deviation, optimize=True)
    count = known.sum(-1)
    n_cells, n_known, n_assessed = total(asked.sum(-1)), total(count), total(count > 0)
    mean = _divided(total(gap), n_known)
    between = total(np.where(count > 0, (gap - count * np.nan_to_num(mean)[officer_group]) ** 2, 0))
    between *= _divided(n_assessed, n_assessed - 1)
    return {
        "n_officers": total(asked.any(-1)).astype(np.int64),
        "n_cells": n_cells.astype(np.int64),
        "n_known": n_known.astype(np.int64),
        "n_assessed": n_assessed,
        "mean_gap": mean,
        "standard_error": _divided(np.sqrt(between + total(within)), n_known),
        "share_meeting": _divided(total(meets), n_known),
        "expected_in_gap": n_known - total(meets),
        "share_unknown": 1 - _divided(n_known, n_cells),
    }


def _divided(above: Floats, below: Floats) -> Floats:
    return np.where(below > 0, above / np.where(below > 0, below, 1), np.nan)


def _combined(
    labels: dict[str, Texts], kinds: tuple[str, ...], size: int
) -> tuple[Ints, list[tuple[str, ...]]]:
    """Group of each element, and the labels of each group, over the dimensions of these kinds."""
    group: Ints = np.zeros(size, np.int64)
    keys: list[tuple[str, ...]] = [()]
    for name in kinds:
        if name in labels:
            unique, code = np.unique(labels[name].astype(str), return_inverse=True)
            group = group * len(unique) + code
            keys = [(*key, str(label)) for key in keys for label in unique]
    return group, keys


def _labels(gaps: GapTable, aim: int, name: str) -> Texts:
    framework, roster = gaps.levels.framework, gaps.levels.roster
    if name in ("unit", "region"):
        return roster.unit if name == "unit" else roster.region
    if name in COMPETENCY_GROUPS:
        rows = sorted(framework.competencies, key=lambda row: row.id)
        return np.array([row.kind if name == "kind" else row.id for row in rows], object)
    positions = sorted(framework.positions, key=lambda row: row.id)
    field = {"position": "id", "tier": "tier", "family": "family"}[name]
    names = np.array([*(getattr(row, field) for row in positions), ""], object)
    return np.asarray(names[gaps.position[aim]])


def _checked(gaps: GapTable, dimensions: tuple[str, ...], aim: str) -> int:
    """Number of the aim; raise on names that are not there."""
    valid = (*OFFICER_GROUPS, *COMPETENCY_GROUPS)
    findings = [
        Finding(
            "unknown-grouping",
            f"there is no grouping {name!r}",
            nearest=nearest_names(name, valid),
            hint=f"choose one or two of {', '.join(valid)}",
        )
        for name in dimensions
        if name not in valid
    ]
    if not 1 <= len(dimensions) <= 2 or len(set(dimensions)) != len(dimensions):
        findings.append(Finding("illegal-grouping", "group by one name or by two different ones"))
    if aim not in gaps.aims:
        findings.append(
            Finding(
                "unknown-aim",
                f"the gaps were not scored for aim {aim!r}",
                nearest=nearest_names(aim, gaps.aims) or gaps.aims,
                hint="name it in the aims of score_gaps",
            )
        )
    if findings:
        raise ConfigError("roll-up", findings)
    return gaps.aims.index(aim)
