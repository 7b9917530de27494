"""Belief propagation between persons, assessors and their meetings, in normal distributions.

A meeting g is one assessor rating one person. Its effective traits are
``z[g, c] = theta[p, c] - s[r, c] - h[g]``, and its ratings act on z as a normal likelihood with
precision `weight` and natural mean `pull`. Belief propagation passes normal messages between
persons (theta ~ N(0, correlation)), assessors (s[r] ~ N(0, severity_cov)) and meetings
(h ~ N(0, halo^2), integrated out), so that the uncertainty of the severities widens the beliefs
about persons and the other way round. Without loops (one assessor each, or none) it is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from competency.arrays import Floats, Ints


@dataclass(frozen=True, eq=False)
class Meetings:
    """Who met whom: a person and an assessor for each meeting.

    `of_person` and `of_assessor` are the same as indicators, one row for each person or assessor
    and one column for each meeting.
    """

    person: Ints
    assessor: Ints
    of_person: sparse.csr_array
    of_assessor: sparse.csr_array

    @classmethod
    def of(cls, person: Ints, assessor: Ints, n_persons: int, n_assessors: int) -> Meetings:
        """Return the meetings with their indicators."""
        ones, each = np.ones(len(person)), np.arange(len(person))
        return cls(
            person,
            assessor,
            sparse.csr_array((ones, (person, each)), shape=(n_persons, len(person))),
            sparse.csr_array((ones, (assessor, each)), shape=(n_assessors, len(person))),
        )


@dataclass(frozen=True, eq=False)
class Spread:
    """How much persons, assessors and meetings differ.

    Correlation of traits and covariance of severities, both ``(n_traits, n_traits)``, and the
    standard deviation of the halo.
    """

    correlation: Floats
    severity_cov: Floats
    halo: float


@dataclass(frozen=True, eq=False)
class Normals:
    """Normal distributions of `n` vectors of traits, by natural parameters and by moments.

    Matrices have shape ``(n, n_traits, n_traits)``; `natural` is precision times mean.
    """

    precision: Floats
    natural: Floats
    covariance: Floats
    mean: Floats

    @classmethod
    def of(cls, precision: Floats, natural: Floats) -> Normals:
        """Return the distributions with these natural parameters."""
        covariance = inverse(precision)
        return cls(precision, natural, covariance, product(covariance, natural))

    def without(self, rows: Ints, precision: Floats, natural: Floats) -> Normals:
        """Return the distributions at `rows` after a message was taken out of each."""
        return Normals.of(self.precision[rows] - precision, self.natural[rows] - natural)

    def log_partition(self) -> Floats:
        """Log of the integral of exp(natural x - x precision x / 2), without the pi."""
        return np.asarray((self.natural * self.mean).sum(1) + log_det(self.covariance)) / 2


@dataclass(frozen=True, eq=False)
class Met:
    """Beliefs about persons and meetings.

    `persons` are about theta; `person_cavity` about the theta of the person of each meeting without
    that meeting; `before` about z without the ratings of the meeting itself; `meeting` about z.
    """

    persons: Normals
    person_cavity: Normals
    before: Normals
    meeting: Normals


@dataclass(frozen=True, eq=False)
class Beliefs:
    """Beliefs about everybody, and the messages that made them.

    `assessors` are about s, `assessor_cavity` about the s of the assessor of each meeting without
    that meeting, the halo of each meeting has mean and variance, and `to_assessor` are precision
    and natural mean sent to assessors, ``(n_meetings, n_traits)``.
    """

    met: Met
    assessors: Normals
    assessor_cavity: Normals
    halo_mean: Floats
    halo_variance: Floats
    to_assessor: tuple[Floats, Floats]


def propagate(
    meetings: Meetings,
    spread: Spread,
    *,
    weight: Floats,
    pull: Floats,
    to_assessor: tuple[Floats, Floats],
) -> Beliefs:
    """Return the beliefs after one round of messages.

    `weight` and `pull` are precision and natural mean of the ratings of each meeting, 0 where there
    are none, and `to_assessor` the messages of the round before, zeros at first; each has shape
    ``(n_meetings, n_traits)``.
    """
    assessors = _assessors(meetings, spread, to_assessor)
    severity = _leave_out(assessors, meetings.assessor, to_assessor)
    met = meet(meetings, spread, severity, weight=weight, pull=pull)
    known = diagonal(severity.covariance)
    surprise = pull - weight * met.meeting.mean
    certain = weight - weight**2 * diagonal(met.meeting.covariance)
    share = 1 / np.maximum(1 - known * certain, 1e-9)
    sent = certain * share, (severity.mean * certain - surprise) * share
    whole = weight.sum(1) - np.einsum("gc,gcd,gd->g", weight, met.meeting.covariance, weight)
    return Beliefs(
        met,
        _assessors(meetings, spread, sent),
        severity,
        -(spread.halo**2) * surprise.sum(1),
        spread.halo**2 - spread.halo**4 * whole,
        sent,
    )


def meet(
    meetings: Meetings, spread: Spread, severity: Normals, *, weight: Floats, pull: Floats
) -> Met:
    """Return the beliefs about persons and meetings, given those about severities.

    `severity` is that of the assessor of each meeting without that meeting; `weight` and `pull` are
    as for :func:`propagate`.
    """
    known = diagonal(severity.covariance)
    sent = _to_persons(weight, pull, known, severity.mean, spread.halo)
    prior = inverse(spread.correlation[None])
    persons = Normals.of(prior + _gather(meetings.of_person, sent[0]), meetings.of_person @ sent[1])
    theta = persons.without(meetings.person, *sent)
    wide = theta.covariance + spread.halo**2 + as_diagonal(known)
    precise = inverse(wide)
    middle = theta.mean - severity.mean
    before = Normals(precise, product(precise, middle), wide, middle)
    meeting = Normals.of(precise + as_diagonal(weight), before.natural + pull)
    return Met(persons, theta, before, meeting)


def _assessors(meetings: Meetings, spread: Spread, sent: tuple[Floats, Floats]) -> Normals:
    prior = inverse(spread.severity_cov[None])
    return Normals.of(
        prior + as_diagonal(meetings.of_assessor @ sent[0]), meetings.of_assessor @ sent[1]
    )


def _leave_out(assessors: Normals, rows: Ints, sent: tuple[Floats, Floats]) -> Normals:
    return assessors.without(rows, as_diagonal(sent[0]), sent[1])


def _to_persons(
    weight: Floats, pull: Floats, known: Floats, severity: Floats, halo: float
) -> tuple[Floats, Floats]:
    """Messages about theta: the ratings, blurred by what is not known of severity and halo."""
    blur = 1 / (1 + weight * known)
    own, own_pull = weight * blur, (pull + weight * severity) * blur
    shared = halo**2 / (1 + halo**2 * own.sum(1))
    precision = as_diagonal(own) - shared[:, None, None] * own[:, :, None] * own[:, None]
    return precision, own_pull - own * (shared * own_pull.sum(1))[:, None]


def inverse(matrices: Floats) -> Floats:
    """Return the inverse of each matrix."""
    if matrices.shape[-1] == 1:
        return np.asarray(1 / matrices)
    return np.asarray(np.linalg.inv(matrices))


def log_det(matrices: Floats) -> Floats:
    """Return the logarithm of each determinant."""
    if matrices.shape[-1] == 1:
        return np.asarray(np.log(matrices[:, 0, 0]))
    return np.asarray(np.linalg.slogdet(matrices)[1])


def product(matrices: Floats, vectors: Floats) -> Floats:
    """Return each matrix times its vector."""
    return np.asarray(np.einsum("gcd,gd->gc", matrices, vectors))


def as_diagonal(values: Floats) -> Floats:
    """Return a diagonal matrix for each row."""
    matrices = np.zeros((*values.shape, values.shape[1]))
    place = np.arange(values.shape[1])
    matrices[:, place, place] = values
    return matrices


def diagonal(matrices: Floats) -> Floats:
    """Return the diagonal of each matrix."""
    return np.array(np.einsum("gcc->gc", matrices), np.float64)


def _gather(indicator: sparse.csr_array, matrices: Floats) -> Floats:
    flat = indicator @ matrices.reshape(len(matrices), -1)
    return np.asarray(flat).reshape(-1, *matrices.shape[1:])
