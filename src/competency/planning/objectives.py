"""What a plan is for: the objectives by name, and what officers are measured against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import Floats, Ints
from competency.errors import ConfigError, Finding

if TYPE_CHECKING:
    from competency.gaps.table import GapTable

GAP, POSITIONS, REQUIREMENTS = range(3)
KINDS = {"gap": GAP, "positions": POSITIONS, "requirements": REQUIREMENTS}
"""Number of each objective, by the name in the settings."""


def asked_of(gaps: GapTable, objective: str) -> tuple[Ints, Floats]:
    """Return the levels and weights that plans of an objective are measured against.

    Parameters
    ----------
    gaps : GapTable
    objective : {"gap", "positions", "requirements"}
        ``"positions"``: those of every aim. ``"requirements"``: the levels of the first aim that
        are marked mandatory, or all of them where its position marks none. ``"gap"``: nothing.

    Returns
    -------
    required : int64, shape (n_officers, n_aims, n_competencies)
        0 = not asked for.
    weight : float64, same shape

    Raises
    ------
    ConfigError
        If the gaps have no aim and the objective needs one.
    """
    kind = KINDS[objective]
    if kind != GAP and not gaps.aims:
        finding = Finding(
            "no-aims",
            f"objective {objective!r} needs gaps toward a position",
            hint="score gaps with GapConfig(aims=...)",
        )
        raise ConfigError("planning", [finding])
    n_aims = {GAP: 0, POSITIONS: len(gaps.aims), REQUIREMENTS: 1}[kind]
    required: Ints = gaps.required[:n_aims].astype(np.int64)
    if kind == REQUIREMENTS:
        required = _mandatory(gaps, required)
    weight = gaps.weight[:n_aims].astype(np.float64)
    return (
        np.ascontiguousarray(np.moveaxis(required, 0, 1)),
        np.ascontiguousarray(np.moveaxis(weight, 0, 1)),
    )


def _mandatory(gaps: GapTable, required: Ints) -> Ints:
    rows = gaps.levels.framework.index.requirements
    marked = np.zeros((len(rows.pointer), gaps.required.shape[2]), bool)
    owner = np.repeat(np.arange(len(rows.pointer) - 1), np.diff(rows.pointer))
    marked[owner, rows.competency] = rows.mandatory
    marked[~marked.any(1)] = True
    return np.where(marked[gaps.position[:1]], required, 0)
