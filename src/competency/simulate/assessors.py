"""Who assesses whom, how severely, and how each assessor likes each officer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import Floats, Ints, Texts, frozen

if TYPE_CHECKING:
    from competency.simulate.config import SimulationConfig
    from competency.simulate.people import People

PREFIX = {"self": "S", "peer": "P", "supervisor": "U", "assessment_centre": "A"}
"""First letter of assessor ids; a source without one (a test) has no assessors."""

CENTRE_ASSESSORS = 24
"""Assessors of the assessment centre, whole country (chosen by the project)."""


@dataclass(frozen=True, eq=False)
class Panel:
    """The assessors of one source.

    Parameters
    ----------
    ids : Texts, shape (n_assessors,)
        Short ids; one blank id for a source without assessors.
    severity : Floats, shape (n_assessors,)
        In levels.
    assigned : Ints, shape (n_years, n_officers)
        Assessor of each officer in each year.
    halo : Floats, same shape
        Liking of the officer by that assessor, in levels; negative = liked.
    """

    ids: Texts
    severity: Floats
    assigned: Ints
    halo: Floats


def make_panels(
    people: People, n_years: int, config: SimulationConfig, rng: np.random.Generator
) -> dict[str, Panel]:
    """Return the panel of every source."""
    groups = {
        "self": np.arange(len(people)),
        "supervisor": _groups_of(people.unit, 10),
        "peer": _groups_of(_numbers(people.regions), 6),
    }
    return {
        name: _panel(name, groups.get(name), len(people), n_years, config, rng)
        for name in sorted(config.sources)
    }


def _panel(
    name: str, group: Ints | None, n_officers: int, n_years: int, config: SimulationConfig,
    rng: np.random.Generator,
) -> Panel:  # fmt: skip
    source, shape = config.sources[name], (n_years, n_officers)
    if name not in PREFIX:
        blank = np.array([""], object)
        return Panel(
            frozen(blank), np.array([source.severity]), np.zeros(shape, int), np.zeros(shape)
        )
    if group is None:
        assigned = rng.integers(0, CENTRE_ASSESSORS, shape)
        n_assessors = CENTRE_ASSESSORS
    else:
        assigned, n_assessors = np.broadcast_to(group, shape), int(group.max()) + 1
    ids = np.array([f"{PREFIX[name]}{i:03d}" for i in range(1, n_assessors + 1)], object)
    severity = rng.normal(source.severity, source.severity_sd, n_assessors)
    liking = rng.normal(0, config.halo_sd, shape)
    for year in range(1, n_years):  # the same assessor likes the same officer every year
        same = assigned[year] == assigned[year - 1]
        liking[year, same] = liking[year - 1, same]
    return Panel(frozen(ids), severity, assigned, liking)


def _groups_of(owner: Ints, size: int) -> Ints:
    """Return group numbers: members of one owner in groups of `size`, in order.

    Examples
    --------
    >>> _groups_of(np.array([0, 1, 0, 0]), 2).tolist()
    [0, 2, 0, 1]
    """
    order = np.argsort(owner, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(owner))])
    within = np.empty(len(owner), int)
    within[order] = np.arange(len(owner)) - start[owner[order]]
    return _numbers(owner * (len(owner) + 1) + within // size)


def _numbers(values: Ints | Texts) -> Ints:
    keys = values if values.dtype != object else values.astype(str)
    return np.unique(keys, return_inverse=True)[1]
