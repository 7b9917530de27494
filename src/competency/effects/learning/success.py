"""How often trainings succeed: the history of each row, shrunk toward its family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from competency.arrays import Bools, Floats, Ints

LOGITS = np.linspace(-6.0, 6.0, 121)
"""Nodes of the logarithm of the odds of success: from .0025 to .9975."""

CHANCES = np.append(0.0, 1 / (1 + np.exp(-LOGITS)))
"""Chances of success: none at all, then those of `LOGITS`."""

FAMILY_SD = 0.5
"""Spread of the effects of type, provider and kind on the log-odds (chosen by the project: a
family of trainings is rarely more than an odds ratio of 2.7 off what the catalogue claims)."""

SPREAD, SPREAD_WEIGHT = 1.0, 10.0
"""Spread of rows around their family on the log-odds before any history, and the rows that
it counts as (chosen by the project: 90 % of claims of .7 mean .38 to .90)."""

IDLE, IDLE_WEIGHT = 0.1, 10.0
"""Share of rows that change nothing at all before any history, and the rows that it counts
as (chosen by the project)."""

_TAIL = 0.05
# On either side of an interval of 90 %.

ROUNDS, TOLERANCE = 200, 1e-6
"""Most rounds of EM, and the change of its parameters at which it stops."""


@dataclass(frozen=True, eq=False)
class Successes:
    """Posterior chances of success, one element for each row of `develops`.

    Parameters
    ----------
    mean, sd, low, high : float64, shape (n_rows,)
        Of the chance; `low` and `high` bound 90 %.
    family : float64, shape (n_rows,)
        What is expected of a row like this one: the catalogue's claim shifted by its family.
    weight : float64, shape (n_rows,)
        Share of the information that comes from the row's own history, 0 to 1.
    idle : float64, shape (n_rows,)
        Chance that the row changes nothing at all.
    spread, idle_share : float
        Of rows around their family, on the log-odds; of rows that change nothing.
    posterior : float64, shape (n_rows, n_nodes)
        Mass on `CHANCES`.
    """

    mean: Floats
    sd: Floats
    low: Floats
    high: Floats
    family: Floats
    weight: Floats
    idle: Floats
    spread: float
    idle_share: float
    posterior: Floats


def row_likelihood(row: Ints, failed: Floats, succeeded: Floats, n_rows: int) -> Floats:
    """Return the log-likelihood of each chance of success, ``sum of log((1 - p) A + p B)``.

    A and B, ``(n_steps,)``, are the likelihoods of the ratings if the step `failed` to change
    anything and if it `succeeded`; the answer has the shape ``(n_rows, n_nodes)``.

    Examples
    --------
    One officer whom the training must have lifted, and a row that nobody took:

    >>> log = row_likelihood(np.array([0]), np.array([0.0]), np.array([1.0]), 2)
    >>> np.allclose(log[0, 1:], np.log(CHANCES[1:])), log[1].any()
    (True, np.False_)
    """
    total = np.zeros((n_rows, len(CHANCES)))
    order = np.argsort(row, kind="stable")
    scale = np.maximum(np.maximum(failed, succeeded), 1e-300)
    a, b = (failed / scale)[order], (succeeded / scale)[order]
    borders = np.searchsorted(row[order], np.arange(n_rows + 1))
    for number in range(n_rows):
        part = slice(borders[number], borders[number + 1])
        mixed = a[part, None] + CHANCES * (b[part, None] - a[part, None])
        total[number] = np.log(np.maximum(mixed, 1e-300)).sum(0)
    return total


def shrink_successes(log_likelihood: Floats, claimed: Floats, design: Floats) -> Successes:
    """Return the chances of success, shrunk within families by empirical Bayes.

    With chance `idle_share` a row changes nothing; otherwise ``logit p[d] ~ N(logit claimed[d] +
    design[d] beta, spread^2)`` with ``beta ~ N(0, FAMILY_SD^2)``. Shares, beta and spread by EM
    over the rows that have a history, each row's posterior on the nodes.

    Parameters
    ----------
    log_likelihood : Floats, shape (n_rows, n_nodes)
    claimed : Floats, shape (n_rows,)
        Success by the catalogue.
    design : Floats, shape (n_rows, n_families)
        Which families each row belongs to.
    """
    held = np.clip(claimed, 0.02, 0.98)
    offset = np.log(held) - np.log1p(-held)
    used = np.ptp(log_likelihood, axis=1) > 0
    x, base, own = design[used], offset[used], log_likelihood[used]
    family = np.zeros(design.shape[1])
    far, variance, idle = np.eye(len(family)) / FAMILY_SD**2, SPREAD**2, IDLE
    for _ in range(ROUNDS):
        last = np.append(family, variance)
        active, mean, width = _moments(_posterior(own, base + x @ family, variance, idle))
        pull = x.T * active / variance
        family = np.linalg.solve(pull @ x + far, pull @ (mean - base))
        rest = active @ ((mean - base - x @ family) ** 2 + width) + SPREAD_WEIGHT * SPREAD**2
        variance = float(rest / (active.sum() + SPREAD_WEIGHT))
        idle = float(((1 - active).sum() + IDLE * IDLE_WEIGHT) / (len(active) + IDLE_WEIGHT))
        if np.abs(np.append(family, variance) - last).max() < TOLERANCE:
            break
    place = offset + design @ family
    width = variance + _doubt(log_likelihood, place, design, used, variance=variance, idle=idle)
    return _summary(log_likelihood, place, width, variance=variance, idle=idle)


def _doubt(
    log: Floats,
    place: Floats,
    design: Floats,
    used: Bools,
    *,
    variance: float,
    idle: float,
) -> Floats:
    """Variance of what each row expects of its families."""
    active, _, width = _moments(_posterior(log[used], place[used], variance, idle))
    information = active * np.maximum(1 / variance - width / variance**2, 0)
    hold = (design[used].T * information) @ design[used] + np.eye(design.shape[1]) / FAMILY_SD**2
    doubt: Floats = np.einsum("df,fg,dg->d", design, np.linalg.inv(hold), design)
    return doubt


def _summary(
    log: Floats, place: Floats, width: Floats, *, variance: float, idle: float
) -> Successes:
    posterior = _posterior(log, place, width, idle)
    prior = _posterior(np.zeros_like(log), place, width, idle)
    mean, variance_of = _chance_moments(posterior)
    family, wide = _chance_moments(prior)
    return Successes(
        mean, np.sqrt(variance_of), *limits(posterior), family,
        np.clip(1 - variance_of / wide, 0, 1), posterior[:, 0], float(np.sqrt(variance)), idle,
        posterior,
    )  # fmt: skip


def limits(posterior: Floats) -> tuple[Floats, Floats]:
    """Return the limits of 90 % of each row of masses on `CHANCES`.

    The lower one is 0 where no change at all is that probable; the upper one is that of a row that
    changes something, so that no interval shrinks to nothing.
    """
    low, high = np.empty((2, len(posterior)))
    for number, row in enumerate(posterior):
        below = np.cumsum(row)[1:] - row[1:] / 2
        idle = row[0]
        low[number] = -np.inf if idle >= _TAIL else np.interp(_TAIL, below, LOGITS)
        high[number] = np.interp(1 - _TAIL * (1 - idle), below, LOGITS)
    return 1 / (1 + np.exp(-low)), 1 / (1 + np.exp(-high))


def _posterior(log: Floats, place: Floats, variance: Floats | float, idle: float) -> Floats:
    width = np.broadcast_to(np.asarray(variance), place.shape)[:, None]
    prior = np.exp(-((LOGITS - place[:, None]) ** 2) / (2 * width))
    prior *= (1 - idle) / prior.sum(1, keepdims=True)
    mass = np.exp(log - log.max(1, keepdims=True))
    mass *= np.hstack([np.full((len(prior), 1), idle), prior])
    return np.asarray(mass / mass.sum(1, keepdims=True))


def _moments(posterior: Floats) -> tuple[Floats, Floats, Floats]:
    """Chance that a row changes anything; mean and variance of its log-odds if it does."""
    active = 1 - posterior[:, 0]
    share = posterior[:, 1:] / np.maximum(active, 1e-300)[:, None]
    mean = share @ LOGITS
    return active, mean, np.maximum(share @ LOGITS**2 - mean**2, 0)


def _chance_moments(posterior: Floats) -> tuple[Floats, Floats]:
    mean = np.asarray(posterior @ CHANCES)
    return mean, np.maximum(posterior @ CHANCES**2 - mean**2, 1e-12)
