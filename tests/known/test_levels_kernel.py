"""The compiled kernel against its plain NumPy form, on a cohort in which everything occurs."""

from __future__ import annotations

import numpy as np
import pytest
from levels_reference import scored
from scipy.special import ndtr

import competency as cp
from competency.levels.posterior import kernel, scoring
from competency.levels.posterior.kernel import Prior
from competency.levels.posterior.layout import make_network
from competency.levels.posterior.parameters import GroupPrecision

AS_OF = "2026-11-01"


@pytest.fixture(scope="module")
def both():
    """Arguments of the kernel and its answer for the reference cohort, and the plain answer."""
    pack = cp.pack_path()
    evidence = cp.read_evidence(pack / "cohort", framework=cp.load_framework(pack))
    calls, score = [], scoring.score_levels

    def spy(layout, known, grid):
        calls.append((layout, known, grid))
        return score(layout, known, grid)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("competency.levels.posterior.scoring.score_levels", spy)
        cp.LevelModel(cp.LevelConfig(iterations=2)).fit(evidence).predict(as_of=AS_OF)
    layout, known, grid = calls[-1]
    got = scoring.score_levels(layout, known, grid)
    # Officers one by one: the inverse of a covariance with what is known of the unit.
    shift, unit = known.strength, known.unit_variance
    assert len(np.unique(shift)) > 100
    assert unit.min() < 0
    network = make_network(
        layout, known.sources, known.means.group, np.diag(known.covariance), shift=shift
    )
    effects = known.assessor_effects(layout.block, layout.assessor)
    covariance = np.linalg.inv(known.group_precision.matrix)[layout.group]
    precision = np.linalg.inv(covariance + unit[:, None, None])
    mean = known.means.group[layout.group] + shift[:, None]
    return layout, got, scored(network, effects, precision, mean=mean, grid=grid)


def test_the_cohort_has_shared_assessors_old_observations_certificates_and_gaps(both):
    layout, _, _ = both
    assert np.bincount(layout.meeting).max() > 5
    assert layout.observations.age.max() > 2
    assert len(np.unique(layout.observations.block)) >= 5
    assert (layout.observations.n_observations == 0).any()


@pytest.mark.parametrize("which", [0, 1, 2])
def test_kernel_and_numpy_agree(both, which):
    _, got, plain = both
    wanted = plain[which].reshape(got[which].shape)
    np.testing.assert_allclose(got[which], wanted, rtol=0, atol=2e-6)


def test_probabilities_sum_to_one(both):
    np.testing.assert_allclose(both[1].probs.sum(-1), 1, atol=1e-6)


def test_the_table_of_the_normal_distribution():
    z = np.linspace(-8.9, 8.9, 5001)
    step = (z + 9) * 64
    k = step.astype(int)
    t = step - k
    got = sum(kernel._CUBICS[k, power] * t**power for power in range(4))
    np.testing.assert_allclose(got, ndtr(z), rtol=2e-6, atol=0)
    np.testing.assert_allclose(got, ndtr(z), rtol=0, atol=3e-10)


def test_nothing_seen_is_the_prior():
    mean, size = np.array([[1.0, 4.0]]), 2
    nothing = kernel.Observed(
        np.zeros(2, int), *[np.zeros(0, int)] * 2, *[np.zeros(0)] * 9, np.zeros(2, int),
        np.zeros(0, int), np.zeros(1, int), *[np.zeros(0)] * 2,
    )  # fmt: skip
    from competency.levels.posterior.grid import level_grid

    grid = level_grid(6, 0.25)
    unit, group = np.array([0.25]), np.zeros(1, int)
    precision = GroupPrecision(np.eye(size)[None], np.ones((1, size)))
    prior = Prior(
        group, mean, precision.matrix, precision.along, np.array([0.5]),
        precision.tighter(group, unit), grid.borders, grid.nodes, grid.level,
    )  # fmt: skip
    scores = kernel.Scores(np.empty((1, size, 6), np.float32), *np.empty((2, 1, size), np.float32))
    kernel.score_officers(
        0, 1, nothing, prior, kernel.make_workspace(size, 0, len(grid.nodes)), scores
    )
    sd = np.sqrt(1 + 0.25)
    below = ndtr((np.arange(0.5, 5)[None] - mean.T - 0.5) / sd)
    np.testing.assert_allclose(np.cumsum(scores.probs[0], -1)[:, :-1], below, atol=1e-6)
    np.testing.assert_allclose(scores.mean, mean + 0.5)
    np.testing.assert_allclose(scores.sd, sd, rtol=1e-6)
