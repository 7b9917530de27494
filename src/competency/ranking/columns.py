"""The features of a ranker: what an officer and a training look like, as named columns.

`FEATURES` is the open list. A feature is addressed by its name, never by its place: model files,
tables and kernels hold names, so that the list may be reordered and grow. To add one, add an entry
here, its name in sentences to `competency/wording/*.json` (``reason.factor.``), and a test.

The same names stand for the contributions of the closed-form prior, so that what the prior gives
and what was learned beside it add up under one name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.arrays import Floats, frozen
from competency.gaps.table import aim_weight
from competency.ranking.features import prior_contributions

if TYPE_CHECKING:
    from competency.config import RankingConfig
    from competency.framework.index import DevelopsIndex
    from competency.framework.model import Framework
    from competency.gaps.table import GapTable
    from competency.ranking.additive.tables import AdditiveModel
    from competency.ranking.features import Features

OfPairs = Callable[["GapTable", "Features", "RankingConfig"], Floats]
"""Makes finite numbers of shape ``(n_officers, n_trainings)``."""

OfTrainings = Callable[["Framework", "pd.DataFrame | None", date], Floats]
"""Makes finite numbers of shape ``(n_trainings,)`` from the catalogue and the history of a day."""

WINDOW_DAYS = 365
"""Days in which completions count as popularity: what was popular in the last year predicts better
than what ever was (Ji et al. 2020)."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One column that a learned ranker may look at.

    `direction`: 1 = more never lowers the score, -1 = more never raises it, 0 = free. `of_pairs`:
    where the feature differs between officers. `of_trainings`: where it is the same for every
    officer; one of the two is given.
    """

    name: str
    direction: int
    of_pairs: OfPairs | None = None
    of_trainings: OfTrainings | None = None


def largest_gaps(gaps: GapTable, config: RankingConfig) -> Floats:
    """Return the largest weighted gap of each officer and competency over the aims, in levels.

    float64, shape (n_officers, n_competencies): ``max over aims of aim weight x expected gap``;
    0 where not relevant.
    """
    largest = np.zeros(gaps.known.shape, np.float64)
    for number, aim in enumerate(gaps.aims):
        weight = aim_weight(config.aim_weights, aim)
        largest = np.fmax(largest, weight * gaps.expected_gap[number])  # NaN: not relevant
    return largest


def training_shares(history: pd.DataFrame | None, framework: Framework, as_of: date) -> Floats:
    """Return the share of the completions of the last year that were of each training.

    float64, shape (n_trainings,); 0 for all where nothing was completed. Completions that end
    after the day, or `WINDOW_DAYS` or more before it, do not count.
    """
    ids = pd.Index(framework.index.training_ids, dtype=object)
    if history is None:
        return np.zeros(len(ids))
    end = history["end"].fillna(history["start"]).to_numpy().astype("datetime64[D]")
    today = np.datetime64(as_of, "D")
    recent = (end <= today) & (end > today - np.timedelta64(WINDOW_DAYS, "D"))
    number = ids.get_indexer(pd.Index(history["training"].to_numpy(dtype=object)))
    counts = recent & (history["status"] == "completed").to_numpy() & (number >= 0)
    taken = np.bincount(number[counts], minlength=len(ids)).astype(np.float64)
    return frozen(taken / max(taken.sum(), 1.0))


def _largest_developed(gaps: GapTable, _: Features, config: RankingConfig) -> Floats:
    develops, n_trainings = _develops(gaps)
    largest = largest_gaps(gaps, config)
    found = np.zeros((n_trainings, len(largest)))
    for training, competency in zip(develops.training, develops.competency, strict=True):
        np.maximum(found[training], largest[:, competency], out=found[training])
    return frozen(np.ascontiguousarray(found.T))


def _known_share(gaps: GapTable, _: Features, __: RankingConfig) -> Floats:
    develops, n_trainings = _develops(gaps)
    count = np.zeros((n_trainings, len(gaps)))
    for training, competency in zip(develops.training, develops.competency, strict=True):
        count[training] += gaps.known[:, competency]
    rows = np.bincount(develops.training, minlength=n_trainings)
    return frozen(np.ascontiguousarray((count / np.maximum(rows, 1)[:, None]).T))


def _develops(gaps: GapTable) -> tuple[DevelopsIndex, int]:
    index = gaps.levels.framework.index
    return index.develops, len(index.training_ids)


FEATURES: tuple[Feature, ...] = (
    # Expected weighted gap closed, in levels.
    Feature("gap_closed", 1, lambda _, features, __: features.gap_closed.astype(np.float64)),
    # Expected share of the entry levels that the officer brings.
    Feature("readiness", 1, lambda _, features, __: features.readiness),
    # 1 where the position held asks for the training.
    Feature("mandatory", 1, lambda _, features, __: features.mandatory.astype(np.float64)),
    # Largest gap among the competencies that the training develops, in levels, times the weight of
    # its aim.
    Feature("largest_gap", 1, _largest_developed),
    # Share of the competencies that it develops in which the officer was ever assessed.
    Feature("known", 0, _known_share),
    # Hours (JP).
    Feature("hours", -1, of_trainings=lambda framework, _, __: framework.index.trainings.hours),
    # Of one seat, in the currency of the catalogue.
    Feature("cost", -1, of_trainings=lambda framework, _, __: framework.index.trainings.cost),
    # Share of the completions of the last year that were of this training.
    Feature(
        "popularity", 0,
        of_trainings=lambda framework, history, day: training_shares(history, framework, day),
    ),
)  # fmt: skip
"""All features. Accreditation is none of them: it is a limit of plans and a line of reports, never
a hidden penalty."""


def feature_names() -> tuple[str, ...]:
    """Return the names of all features."""
    return tuple(feature.name for feature in FEATURES)


def directions() -> dict[str, int]:
    """Return 1 or -1 for each feature that has a direction."""
    return {feature.name: feature.direction for feature in FEATURES if feature.direction}


def candidate_columns(
    gaps: GapTable, features: Features, history: pd.DataFrame | None, *, config: RankingConfig
) -> dict[str, Floats]:
    """Return every feature by name; each broadcasts to ``(n_officers, n_trainings)``."""
    levels = gaps.levels
    trainings = training_columns(levels.framework, history, levels.as_of)
    return {
        feature.name: trainings[feature.name][None, :]
        if feature.of_pairs is None
        else feature.of_pairs(gaps, features, config)
        for feature in FEATURES
    }


def training_columns(
    framework: Framework, history: pd.DataFrame | None, as_of: date
) -> dict[str, Floats]:
    """Return the features that are the same for every officer, each of shape (n_trainings,)."""
    return {
        feature.name: feature.of_trainings(framework, history, as_of).astype(np.float64)
        for feature in FEATURES
        if feature.of_trainings is not None
    }


def additive_contributions(
    model: AdditiveModel, features: Features, columns: Mapping[str, Floats], config: RankingConfig
) -> dict[str, Floats]:
    """Return what each feature gives to a score: the prior's part and the learned part together.

    float64, of the shape of the features, which may be all pairs or those of a list.
    """
    parts = prior_contributions(features, config)
    for name, part in model.contributions(columns).items():
        whole = parts[name] + part if name in parts else part
        parts[name] = frozen(np.broadcast_to(whole, features.gap_closed.shape))
    return parts
