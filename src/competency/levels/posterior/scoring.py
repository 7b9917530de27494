"""Beliefs about all officers: the arrays of the kernel, and the threads that share the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from competency.levels.posterior.kernel import (
    Observed,
    Prior,
    Scores,
    make_workspace,
    score_officers,
)
from competency.threads import in_parts

if TYPE_CHECKING:
    from competency.arrays import Floats
    from competency.levels.fitting.prior import GroupPrecision
    from competency.levels.posterior.grid import LevelGrid
    from competency.levels.posterior.layout import Layout
    from competency.levels.posterior.network import Effects, Network

_SHARE = 256
# Officers that a thread takes at once.


def score_levels(
    layout: Layout,
    network: Network,
    effects: Effects,
    *,
    mean: Floats,
    precision: GroupPrecision,
    shift: Floats,
    unit_variance: Floats,
    grid: LevelGrid,
) -> Scores:
    """Return level probabilities, means and spreads of every cell.

    Parameters
    ----------
    layout : Layout
    network : Network
    effects : Effects
        Beliefs about each meeting before its observations.
    mean : Floats, shape (n_groups, n_competencies)
        In levels.
    precision : GroupPrecision
    shift, unit_variance : Floats, shape (n_officers,)
        What an officer is expected above the mean of the group in all competencies, and the change
        of its variance against an officer of an unknown unit.
    grid : LevelGrid

    Returns
    -------
    Scores
        Arrays of float32; every officer is scored alone, so that the answer about one does not
        depend on the others.
    """
    n_officers, size = network.shape
    observed = _observed(network, effects)
    prior = Prior(
        layout.group, mean.astype(np.float64), precision.matrix, precision.along, shift,
        precision.tighter(layout.group, unit_variance), grid.borders, grid.nodes, grid.level,
    )  # fmt: skip
    scores = Scores(
        np.empty((n_officers, size, len(grid.starts)), np.float32),
        *np.empty((2, n_officers, size), np.float32),
    )
    most = int(np.diff(observed.first).max(initial=0))

    def work(part: slice) -> None:
        workspace = make_workspace(size, most, len(grid.nodes))
        score_officers(part.start, part.stop, observed, prior, workspace, scores)

    in_parts(work, n_officers, size=_SHARE)
    return scores


def _observed(network: Network, effects: Effects) -> Observed:
    n_meetings, officers = len(network.owner), np.arange(network.shape[0] + 1)
    shared = np.flatnonzero(network.meeting < n_meetings)
    order = shared[np.argsort(network.meeting[shared], kind="stable")]
    observations = network.observations
    return Observed(
        np.searchsorted(network.officer, officers),
        network.competency,
        np.where(network.meeting < n_meetings, network.meeting, -1),
        network.weight,
        network.carried,
        network.base,
        observations.lower,
        observations.upper,
        1 / observations.slope**2,
        observations.spread,
        observations.guess,
        observations.span,
        np.searchsorted(network.owner, officers),
        order,
        np.searchsorted(network.meeting[order], np.arange(n_meetings + 1)),
        effects.mean,
        effects.variance,
    )
