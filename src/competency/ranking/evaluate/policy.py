"""What another ranker would have achieved, from decisions that a lottery made: only then known.

A log without chance in it says nothing about what was never tried. These estimators therefore ask
for the logged propensity of every decision, and refuse a log that has none, too small ones, or too
little weight left (TRUST.md, part B: IPS on deterministic logs is severely biased).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from competency.arrays import Floats, Ints
from competency.errors import Finding, InputError

MINIMUM_PROPENSITY = 0.01
"""Below this a single decision counts more than a hundred others (chosen by the project)."""

MINIMUM_ESS = 0.1
"""Least effective sample size, as a share of the decisions."""


@dataclass(frozen=True, slots=True)
class PolicyValue:
    """Estimated mean reward of a policy on the decisions of a log.

    Parameters
    ----------
    value, se : float
        Mean reward and its standard error.
    ess : float
        Effective sample size of the weights.
    n : int
        Decisions.
    """

    value: float
    se: float
    ess: float
    n: int


def inverse_propensity(
    reward: Floats, propensity: Floats, chance: Floats, *, normalised: bool = False
) -> PolicyValue:
    """Return the value of a policy by weighting each decision by how much likelier it is under it.

    Parameters
    ----------
    reward : Floats, shape (n_decisions,)
        What came of the training that was given.
    propensity : Floats, shape (n_decisions,)
        Chance, in (0, 1], that the lottery gave it.
    chance : Floats, shape (n_decisions,)
        Chance, in [0, 1], that the policy gives it.
    normalised : bool
        Divide by the sum of the weights: a little bias, less variance (SNIPS).

    Returns
    -------
    PolicyValue

    Raises
    ------
    InputError
        The log cannot answer: see `refuse_logs_without_chance`.

    Examples
    --------
    >>> reward, even = np.array([1.0, 0.0, 1.0, 0.0]), np.full(4, 0.5)
    >>> inverse_propensity(reward, even, np.array([1.0, 0.0, 1.0, 0.0])).value
    1.0
    """
    weight = chance / refuse_logs_without_chance(propensity, chance)
    if not normalised:
        return _mean(weight * reward, weight)
    value = float((weight * reward).sum() / weight.sum())
    parts = weight * (reward - value) / weight.mean()
    return PolicyValue(value, _mean(parts, weight).se, _ess(weight), len(weight))


def doubly_robust(
    reward: Floats, propensity: Floats, chance: Floats, *, taken: Ints, expected: Floats,
    policy: Floats,
) -> PolicyValue:  # fmt: skip
    """Return the value of a policy from a model of rewards, corrected where the model errs.

    Parameters
    ----------
    reward, propensity, chance : Floats, shape (n_decisions,)
        As in `inverse_propensity`.
    taken : Ints, shape (n_decisions,)
        Number of the training that was given.
    expected : Floats, shape (n_decisions, n_trainings)
        Reward that a model expects of each training; learned on other decisions.
    policy : Floats, shape (n_decisions, n_trainings)
        Chance that the policy gives each training.

    Returns
    -------
    PolicyValue

    Raises
    ------
    InputError
        The log cannot answer.
    """
    weight = chance / refuse_logs_without_chance(propensity, chance)
    model = (policy * expected).sum(axis=1)
    rest = reward - expected[np.arange(len(taken)), taken]
    return _mean(model + weight * rest, weight)


def refuse_logs_without_chance(propensity: Floats, chance: Floats) -> Floats:
    """Return the propensities, or raise `InputError` naming all that is wrong with the log.

    `propensity`, `chance` of shape (n_decisions,). Returns float64 (n_decisions,).
    """
    legal = (propensity > 0) & (propensity <= 1)
    findings = []
    if not legal.all():
        findings.append(_cannot("no-propensity", "a decision has no propensity in (0, 1]"))
    elif len(propensity) and (propensity == 1).all():
        message = "every decision was certain: nothing is known of what was never tried"
        findings.append(_cannot("deterministic-log", message))
    elif (propensity < MINIMUM_PROPENSITY).any():
        message = f"a propensity is below {MINIMUM_PROPENSITY}"
        findings.append(_cannot("small-propensity", message))
    if not findings and _ess(chance / propensity) < MINIMUM_ESS * max(len(propensity), 1):
        message = "the policy differs so much from the log that few decisions bear on it"
        findings.append(_cannot("small-sample", message))
    if findings:
        raise InputError("log of decisions", findings)
    return propensity.astype(np.float64)


def _cannot(code: str, message: str) -> Finding:
    hint = "draw lots among near-tied trainings and log the chance of each"
    return Finding(code, message, hint=hint)


def _ess(weight: Floats) -> float:
    square = float((weight**2).sum())
    return float(weight.sum()) ** 2 / square if square else 0.0


def _mean(parts: Floats, weight: Floats) -> PolicyValue:
    se = float(parts.std(ddof=1)) / math.sqrt(len(parts)) if len(parts) > 1 else math.nan
    return PolicyValue(float(parts.mean()), se, _ess(weight), len(parts))
