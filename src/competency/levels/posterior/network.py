"""Officers, their competencies and their assessors, as one normal network.

Each observation i of competency c in meeting m (one assessor and one officer) is about the latent
``z = mu[c] + u x[c] - b[m]``: x ~ N(0, Sigma) is what the officer has above the mean of the group,
u what age has left, and b ~ N(beta, v) the severity of the assessor together with the halo. Given
a normal site for each observation (expectation propagation), everything about an officer follows
in closed form; the effects of meetings are integrated out, so that the matrices have the size of
the competencies.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from competency.ratings.ordinal import Sites, cavity, matched_sites

if TYPE_CHECKING:
    from competency.arrays import Bools, Floats, Ints
    from competency.ratings.ordinal import Intervals

SWEEPS = 4
"""Rounds of expectation propagation when scoring: chances of levels are then within 4e-5 of where
they end (measured on the reference pack)."""


@dataclass(frozen=True, eq=False)
class Network:
    """Observations and meetings of a run of officers, sorted by officer.

    Parameters
    ----------
    shape : tuple of int
        Officers and competencies.
    officer, competency : Ints, shape (n_observations,)
    meeting : Ints, shape (n_observations,)
        Row of the meeting; ``n_meetings`` where no assessor's effect is at play.
    weight, carried : Floats, shape (n_observations,)
        How many equal observations it stands for; u.
    base : Floats, shape (n_observations,)
        ``mu[c]`` less a severity that is known for certain; the mean of meetings comes on top.
    observations : Intervals
    owner : Ints, shape (n_meetings,)
        Officer of each meeting, ascending.
    """

    shape: tuple[int, int]
    officer: Ints
    competency: Ints
    meeting: Ints
    weight: Floats
    carried: Floats
    base: Floats
    observations: Intervals
    owner: Ints

    @property
    def cell(self) -> Ints:
        """Officer and competency of each observation as one number."""
        return self.officer * self.shape[1] + self.competency


@dataclass(frozen=True, eq=False)
class AssessorEffects:
    """Prior of severity plus halo in each meeting, in levels: mean and variance."""

    mean: Floats
    variance: Floats


@dataclass(frozen=True, eq=False)
class Joint:
    """All beliefs of the network about its officers.

    Parameters
    ----------
    mean : Floats, shape (n_officers, n_competencies)
        Of x.
    covariance : Floats, shape (n_officers, n_competencies, n_competencies)
    effect_mean, effect_variance : Floats, shape (n_meetings,)
        Of b.
    observation_mean, observation_variance : Floats, shape (n_observations,)
        Of ``z - base``.
    with_level : Floats, shape (n_observations,)
        Covariance of z and x of its competency.
    with_effect : Floats, shape (n_meetings, n_competencies)
        Covariance of x and b.
    """

    mean: Floats
    covariance: Floats
    effect_mean: Floats
    effect_variance: Floats
    observation_mean: Floats
    observation_variance: Floats
    with_level: Floats
    with_effect: Floats


def joint_beliefs(
    network: Network, sites: Sites, effects: AssessorEffects, precision: Floats
) -> Joint:
    """Return the joint normal of an officer's levels and meetings, in closed form.

    `precision` is the inverse of Sigma, ``(n_competencies, n_competencies)``, or one for each
    officer.
    """
    n_officers, size = network.shape
    u, w = network.carried, sites.precision
    n_meetings = len(network.owner)
    mean_of = np.append(effects.mean, 0.0)
    natural = sites.natural + w * mean_of[network.meeting]  # of u x - (b - beta)
    total, push = _summed(network.cell, n_officers * size, u * u * w, u * natural)
    place = network.meeting * size + network.competency
    (loads,) = _summed(place, (n_meetings + 1) * size, u * w)
    loads = loads.reshape(-1, size)[:n_meetings]
    weight, pull = _summed(network.meeting, n_meetings + 1, w, natural)
    held = weight[:n_meetings] + 1 / effects.variance
    matrix = np.broadcast_to(precision, (n_officers, size, size)).copy()
    matrix[:, np.arange(size), np.arange(size)] += total.reshape(-1, size)
    push = push.reshape(-1, size)
    for rows in _rounds(network.owner):
        shared = loads[rows] / held[rows, None]
        matrix[network.owner[rows]] -= loads[rows][:, :, None] * shared[:, None, :]
        push[network.owner[rows]] -= shared * pull[rows, None]
    covariance = np.linalg.inv(matrix)
    mean = np.matmul(covariance, push[..., None])[..., 0]
    spread = np.zeros((n_meetings, size))
    for rows in _rounds(network.owner):
        spread[rows] = np.matmul(covariance[network.owner[rows]], loads[rows][..., None])[..., 0]
    deviation = ((loads * mean[network.owner]).sum(-1) - pull[:n_meetings]) / held
    variance = 1 / held + (loads * spread).sum(-1) / held**2
    none, shared = np.zeros(0), spread / held[:, None]
    joint = Joint(mean, covariance, effects.mean + deviation, variance, none, none, none, shared)
    return _of_observations(network, joint, np.vstack([shared, np.zeros(size)]))


def _of_observations(network: Network, joint: Joint, shared: Floats) -> Joint:
    officer, competency, meeting = network.officer, network.competency, network.meeting
    u, own = network.carried, joint.covariance[officer, competency, competency]
    common = shared[meeting, competency]
    zero = np.zeros(1)
    effect = np.concatenate([joint.effect_mean, zero])[meeting]
    spread = np.concatenate([joint.effect_variance, zero])[meeting]
    return replace(
        joint,
        observation_mean=u * joint.mean[officer, competency] - effect,
        observation_variance=np.maximum(u * u * own - 2 * u * common + spread, 1e-9),
        with_level=u * own - common,
    )


def updated_sites(network: Network, sites: Sites, joint: Joint) -> tuple[Sites, Floats]:
    """Return the sites after one round of expectation propagation, and slope derivatives.

    Every site is taken out (the cavity), the interval of the observation is put in its place, and
    the normal is found that has the same first two moments. The derivatives, ``(n_observations,)``,
    are those of the log-probability of one observation in its log-discrimination.
    """
    mean, variance = cavity(
        sites, joint.observation_mean, joint.observation_variance, weight=network.weight
    )
    sites, found = matched_sites(
        network.observations, mean, variance, base=network.base, weight=network.weight
    )
    return sites, found.items.log_slope


def propagate(
    network: Network, effects: AssessorEffects, precision: Floats, *, sweeps: int = SWEEPS
) -> tuple[Sites, Joint]:
    """Return sites and joint beliefs after some rounds of expectation propagation."""
    sites = Sites.flat(len(network.officer))
    joint = joint_beliefs(network, sites, effects, precision)
    for _ in range(sweeps):
        sites, _ = updated_sites(network, sites, joint)
        joint = joint_beliefs(network, sites, effects, precision)
    return sites, joint


def _summed(place: Ints, size: int, *values: Floats) -> tuple[Floats, ...]:
    return tuple(
        np.bincount(place, weights=column, minlength=size).astype(np.float64) for column in values
    )


def _rounds(owner: Ints) -> list[Ints]:
    """Rows of the first meeting of every officer, of the second, and so on."""
    if len(owner) == 0:
        return []
    new: Bools = np.append(True, owner[1:] != owner[:-1])
    start = np.flatnonzero(new)
    rank = np.arange(len(owner)) - np.repeat(start, np.diff(np.append(start, len(owner))))
    return [np.flatnonzero(rank == step) for step in range(int(rank.max()) + 1)]
