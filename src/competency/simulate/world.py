"""The hidden truth: latent levels, what is ever looked at, and what a training changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from competency.arrays import Bools, Floats, Ints
    from competency.framework.index import DevelopsIndex, FrameworkIndex
    from competency.simulate.config import SimulationConfig
    from competency.simulate.people import People


@dataclass(frozen=True, eq=False)
class World:
    """The truth at the start, and what can be seen of it.

    Parameters
    ----------
    theta : Floats, shape (n_officers, n_competencies)
        Latent level; level k spans k +- 1/2.
    typical : Floats, same shape
        Mean of officers like this one: what is thought of someone never assessed.
    required : Ints, same shape
        Level required by the position held; 0 = none.
    covered : Bools, same shape
        Whether anyone ever looks at this competency of this officer.
    strength : Floats, shape (n_officers,)
        Level of the officer's unit, in standard deviations.
    """

    theta: Floats
    typical: Floats
    required: Ints
    covered: Bools
    strength: Floats


def make_world(
    index: FrameworkIndex, people: People, config: SimulationConfig, rng: np.random.Generator
) -> World:
    """Return the truth on the first day of the simulated years."""
    required = index.required_levels(people.position).astype(int)
    strength = rng.normal(size=people.unit.max() + 1)[people.unit]
    mean = _position_means(index, config, rng)[people.position]
    mean = mean - config.newcomer_shortfall * people.newcomer[:, None]
    own = rng.normal(size=len(people))
    common = np.sqrt(config.unit_share) * strength + np.sqrt(1 - config.unit_share) * own
    rest = rng.normal(size=mean.shape)
    pull = np.sqrt(config.correlation) * common[:, None]
    theta = mean + config.spread * (pull + np.sqrt(1 - config.correlation) * rest)
    logit = np.log(config.coverage / (1 - config.coverage)) if 0 < config.coverage < 1 else np.inf
    chance = _sigmoid(
        np.where(config.coverage > 0, logit, -np.inf)
        + config.coverage_unit * strength
        + config.coverage_newcomer * people.newcomer
    )
    covered = (rng.random(mean.shape) < chance[:, None]) & (required > 0)
    return World(theta, mean, required, covered, strength)


def level_of(theta: Floats, max_level: Ints) -> Ints:
    """Return the level of a latent value: k for [k - 1/2, k + 1/2), within 0 and the scale's top.

    Examples
    --------
    >>> level_of(np.array([[-2.0, 0.4, 0.5, 9.0]]), np.array([5, 5, 5, 5])).tolist()
    [[0, 0, 1, 5]]
    """
    return np.asarray(np.clip(np.floor(theta + 0.5), 0, max_level), np.int64)


def develop(
    theta: Floats, rows: Ints, trainings: Ints, index: FrameworkIndex, rng: np.random.Generator
) -> None:
    """Move `theta` in place: officers at `rows` complete one of `trainings` each.

    Every row of `develops` lifts an officer whose level lies in [entry, target) to the target
    with its success probability, and keeps the officer's place within the level.
    """
    develops = index.develops
    member, cell = expand(develops, trainings)
    officer, competency = rows[member], develops.competency[cell]
    value = theta[officer, competency]
    level = level_of(value, index.max_level[competency])
    lifted = (level >= develops.entry_level[cell]) & (level < develops.target_level[cell])
    lifted &= rng.random(len(cell)) < develops.success[cell]
    # NOTE: one training names a competency once, so no cell is written twice.
    theta[officer, competency] = value + lifted * (develops.target_level[cell] - level)


def expand(develops: DevelopsIndex, trainings: Ints) -> tuple[Ints, Ints]:
    """Return pairs (position in `trainings`, row of `develops`) for all that they develop."""
    first, last = develops.pointer[trainings], develops.pointer[trainings + 1]
    count = last - first
    member = np.repeat(np.arange(len(trainings)), count)
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return member, np.repeat(first, count) + offset


def rate(
    theta: Floats, severity: Floats, discrimination: float, max_level: Ints,
    rng: np.random.Generator,
) -> Ints:  # fmt: skip
    """Return ratings with ``P(Y >= k) = sigmoid(a (theta - severity - (k - 1/2)))``.

    Parameters
    ----------
    theta, severity : Floats, shape (n,)
        Latent level and severity (halo included) of each rating, in levels.
    discrimination : float
        The slope a, in logits per level.
    max_level : Ints, shape (n,)
        Highest rating.
    rng : Generator

    Returns
    -------
    int64, shape (n,)
    """
    step = np.arange(1, max_level.max(initial=0) + 1)
    seen = _sigmoid(discrimination * ((theta - severity)[:, None] - (step - 0.5)))
    # NOTE: one draw decides all steps; the chances fall with k, so the count is the rating.
    reached = rng.random(len(theta))[:, None] < seen
    return np.asarray((reached & (step <= max_level[:, None])).sum(1))


def _position_means(
    index: FrameworkIndex, config: SimulationConfig, rng: np.random.Generator
) -> Floats:
    """Return latent means, shape ``(n_positions + 1, n_competencies)``; the last is no position."""
    positions = np.arange(-1, len(index.position_ids))
    required = np.roll(index.required_levels(positions), -1, axis=0).astype(float)
    below = rng.normal(config.shortfall, config.shortfall_sd, required.shape)
    return np.where(required > 0, required, 1.0) - below


def _sigmoid(x: Floats) -> Floats:
    return 1 / (1 + np.exp(-np.clip(x, -500, 500)))
