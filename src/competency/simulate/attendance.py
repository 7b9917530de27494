"""Who is sent to what: low scorers more often, and to what their scores say they lack."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import Bools, Floats, Ints, frozen

if TYPE_CHECKING:
    from competency.framework.index import FrameworkIndex, Relation
    from competency.simulate.config import SimulationConfig

SLOTS = 3
"""Most trainings of one officer in one year; one class of each training runs in each slot."""

FIRST_DAY, SLOT_DAYS, SPREAD_DAYS = 150, 65, 50
"""Classes start in the `SPREAD_DAYS` days after day 150, 215 and 280 of the year."""


@dataclass(frozen=True, eq=False)
class Catalogue:
    """What sending officers needs to know of the trainings.

    Parameters
    ----------
    index : FrameworkIndex
    region_of : Ints, shape (n_trainings,)
        Region number of a regional training, -1 when open to all.
    attraction : Floats, shape (n_trainings,)
        How well known each training is, in logits.
    first_day : Ints, shape (n_years, SLOTS, n_trainings)
        Start of each class, in days of its year.
    days : Ints, shape (n_trainings,)
        Length of each class.
    """

    index: FrameworkIndex
    region_of: Ints
    attraction: Floats
    first_day: Ints
    days: Ints


def make_catalogue(
    index: FrameworkIndex, region_numbers: dict[str, int], n_years: int, rng: np.random.Generator
) -> Catalogue:
    """Return the catalogue with the classes of past years."""
    n_trainings = len(index.training_ids)
    start = FIRST_DAY + SLOT_DAYS * np.arange(SLOTS)[:, None]
    first_day = start + rng.integers(0, SPREAD_DAYS, (n_years, SLOTS, n_trainings))
    days = np.clip(np.ceil(index.trainings.hours / 8), 1, SLOT_DAYS - SPREAD_DAYS).astype(int)
    return Catalogue(
        index,
        frozen(np.array([region_numbers.get(r, -1) for r in index.trainings.region], int)),
        frozen(rng.normal(0, 0.5, n_trainings)),
        frozen(first_day),
        frozen(days),
    )


def seen_need(index: FrameworkIndex, opinion: Floats, required: Ints) -> Floats:
    """Return the gap that each training could close, as the scores show it, in levels.

    Returns
    -------
    float64, shape (n_officers, n_trainings)
    """
    develops = index.develops
    need = np.zeros((len(opinion), len(index.training_ids)))
    top = np.minimum(develops.target_level, required[:, develops.competency])
    closed = np.clip(top - opinion[:, develops.competency], 0, 1.5)
    for row, training in enumerate(develops.training):
        need[:, training] += closed[:, row]
    return need


def may_enter(index: FrameworkIndex, opinion: Floats, passed: Bools) -> Bools:
    """Return who may take what: entry levels, prerequisites, and nothing twice."""
    entries = index.entries
    met = np.round(opinion[:, entries.competency]) / np.maximum(entries.level, 1)
    match = _owner_sums(entries.pointer, np.clip(met, 0, 1))
    count = np.maximum(np.diff(entries.pointer), 1)
    enough = (match / count >= index.trainings.entry_match - 1e-9) | (np.diff(entries.pointer) == 0)
    before: Relation = index.training_prerequisites
    missing = _owner_sums(before.pointer, ~passed[:, before.other])
    return np.asarray(enough & (missing == 0) & ~passed)


def how_many(need: Floats, config: SimulationConfig, rng: np.random.Generator) -> Ints:
    """Return how many trainings each officer takes this year: more with a larger seen need."""
    worst = need.max(1, initial=0.0)
    tilt = np.exp(config.score_slope * (worst - worst.mean()) / 2)
    rate = config.trainings_per_year * tilt / tilt.mean()
    return np.asarray(np.minimum(rng.poisson(np.minimum(rate, SLOTS)), SLOTS))


def choose(
    catalogue: Catalogue, need: Floats, allowed: Bools, *, mandatory: Bools, region: Ints,
    slope: float, rng: np.random.Generator,
) -> Ints:  # fmt: skip
    """Return the training that each officer is sent to next; -1 = nothing fits.

    A draw from a multinomial logit (by Gumbel noise) over seen need, mandate, fame and region.
    """
    home = (catalogue.region_of == region[:, None]) | (catalogue.region_of < 0)
    utility = 2 * slope * need + 1.5 * mandatory + catalogue.attraction - 2.0 * ~home
    utility = utility + rng.gumbel(size=need.shape)
    fits = allowed & ((need > 0.05) | mandatory)
    best = np.argmax(np.where(fits, utility, -np.inf), axis=1)
    return np.where(fits.any(1), best, -1)


def mandatory_for(index: FrameworkIndex, position: Ints) -> Bools:
    """Return which trainings the position of each officer asks for."""
    relation = index.mandatory_trainings
    table = np.zeros((len(index.position_ids) + 1, len(index.training_ids)), bool)
    owner = np.repeat(np.arange(len(index.position_ids)), np.diff(relation.pointer))
    table[owner, relation.other] = True
    return table[position]


def _owner_sums(pointer: Ints, values: Floats | Bools) -> Floats:
    """Return sums of columns by owner (CSR), shape ``(n, n_owners)``."""
    running = np.zeros((len(values), values.shape[1] + 1))
    np.cumsum(values, axis=1, out=running[:, 1:])
    return running[:, pointer[1:]] - running[:, pointer[:-1]]
