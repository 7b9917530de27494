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
from competency.levels.posterior.layout import make_network
from competency.threads import in_parts

if TYPE_CHECKING:
    from competency.levels.posterior.grid import LevelGrid
    from competency.levels.posterior.layout import Layout
    from competency.levels.posterior.network import AssessorEffects, Network
    from competency.levels.posterior.parameters import Parameters

_SHARE = 256
# Officers that a thread takes at once.


def score_levels(layout: Layout, known: Parameters, grid: LevelGrid) -> Scores:
    """Return level probabilities, means and spreads of every officer and competency, as float32.

    `known` has the severities of the assessors and the strengths of the officers of `layout`.
    Every officer is scored alone, so that the answer about one does not depend on the others.
    """
    group, shift, mean = layout.group, known.strength, known.means.group
    network = make_network(layout, known.sources, mean, np.diag(known.covariance), shift=shift)
    observed = _observed(network, known.assessor_effects(layout.block, layout.assessor))
    precision = known.group_precision
    prior = Prior(
        group, mean.astype(np.float64), precision.matrix, precision.along, shift,
        precision.tighter(group, known.unit_variance), grid.borders, grid.nodes, grid.level,
    )  # fmt: skip
    n_officers, size = network.shape
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


def _observed(network: Network, effects: AssessorEffects) -> Observed:
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
