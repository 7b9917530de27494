"""Simple rankers that a better one has to beat; all share the eligibility of the prior."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pandas as pd

from competency.arrays import Floats, Ints, frozen, stable_seed
from competency.effects.transitions import gap_closed_by_row
from competency.gaps.score import weighted_gap
from competency.ranking.columns import largest_gaps
from competency.ranking.ranker import FeatureRanker, illegal

if TYPE_CHECKING:
    from competency.errors import Finding
    from competency.gaps.table import GapTable
    from competency.ranking.features import Features

_GAP_STEP = 1e-3
"""Gaps closer than a thousandth of a level count as equal (finer than any report shows)."""


class CatalogueRanker(FeatureRanker):
    """Ranks in the order of training ids.

    Parameters
    ----------
    config : RankingConfig, optional
    transitions : Transitions, optional
    entry_probability : float
    """

    method: ClassVar[str] = "catalogue"

    def contributions(
        self,
        gaps: GapTable,  # noqa: ARG002
        features: Features,
        history: pd.DataFrame | None,  # noqa: ARG002
    ) -> Mapping[str, Floats]:
        """Return minus the place of the training in the catalogue.

        Parameters
        ----------
        gaps : GapTable
        features : Features
        history : DataFrame or None

        Returns
        -------
        mapping of str to float64, shape (n_officers, n_trainings)
        """
        shape = features.eligible.shape
        return {"catalogue": np.broadcast_to(-np.arange(shape[1], dtype=np.float64), shape)}


@dataclasses.dataclass(eq=False)
class RandomRanker(FeatureRanker):
    """Ranks at random: the same for an officer and a training in every run.

    Parameters
    ----------
    config : RankingConfig, optional
    transitions : Transitions, optional
    entry_probability : float
    seed : int
        Another seed gives another order.

    Notes
    -----
    The number of a pair depends on the seed, the officer's id and the training's id only; other
    officers and trainings, or their order, do not matter.
    """

    method: ClassVar[str] = "random"

    seed: int = dataclasses.field(default=0, kw_only=True)

    def contributions(
        self,
        gaps: GapTable,
        features: Features,  # noqa: ARG002
        history: pd.DataFrame | None,  # noqa: ARG002
    ) -> Mapping[str, Floats]:
        """Return uniform numbers in [0, 1).

        Parameters
        ----------
        gaps : GapTable
        features : Features
        history : DataFrame or None

        Returns
        -------
        mapping of str to float64, shape (n_officers, n_trainings)
        """
        levels = gaps.levels
        officer = _seeds(self.seed, levels.roster.officer_ids)
        training = _seeds(self.seed, levels.framework.index.training_ids)
        return {"random": frozen(_uniform(officer[:, None] ^ training))}


@dataclasses.dataclass(eq=False)
class PopularityRanker(FeatureRanker):
    """Ranks by how many officers have completed a training.

    Parameters
    ----------
    config : RankingConfig, optional
    transitions : Transitions, optional
    entry_probability : float
    window_days : int, optional
        Count only what ended within this many days before the day of the beliefs; None counts
        all time.
    within : {"unit"}, optional
        Count only officers of the same unit; officers without a unit are compared with all.

    Notes
    -----
    Each officer counts once per training. What ended after the day of the beliefs is not used.
    The unit of a row of the history is its column ``unit`` where there is one, else the unit
    that the roster names for the officer; rows of officers outside the roster then belong to no
    unit. To rank a part of the roster as the whole would be ranked, give that column.
    """

    method: ClassVar[str] = "popularity"

    window_days: int | None = dataclasses.field(default=None, kw_only=True)
    within: Literal["unit"] | None = dataclasses.field(default=None, kw_only=True)

    def contributions(
        self, gaps: GapTable, features: Features, history: pd.DataFrame | None
    ) -> Mapping[str, Floats]:
        """Return the number of officers who completed each training.

        Parameters
        ----------
        gaps : GapTable
        features : Features
        history : DataFrame or None
            None gives zeros.

        Returns
        -------
        mapping of str to float64, shape (n_officers, n_trainings)
        """
        shape = features.eligible.shape
        if history is None:
            return {"popularity": np.broadcast_to(0.0, shape)}
        taken = self._taken(gaps, history)
        if self.within is None:
            counts = np.bincount(taken["number"], minlength=shape[1])
            return {"popularity": np.broadcast_to(counts.astype(np.float64), shape)}
        return {"popularity": frozen(_counts_by_unit(gaps, taken, shape[1]))}

    def _taken(self, gaps: GapTable, history: pd.DataFrame) -> pd.DataFrame:
        levels = gaps.levels
        today = np.datetime64(levels.as_of, "D")
        end = history["end"].to_numpy().astype("datetime64[D]")
        counted = (history["status"] == "completed").to_numpy() & (end <= today)
        if self.window_days is not None:
            counted &= end > today - np.timedelta64(self.window_days, "D")
        taken = history[counted]
        number = pd.Index(levels.framework.index.training_ids).get_indexer(
            pd.Index(taken["training"])
        )
        taken = taken.assign(number=number)
        return taken[number >= 0].drop_duplicates(["officer", "training"])

    def _wrong_parameters(self) -> list[Finding]:
        findings = super()._wrong_parameters()
        if self.window_days is not None and self.window_days < 1:
            findings.append(illegal("window_days", "None or a number of days of at least 1"))
        if self.within not in (None, "unit"):
            findings.append(illegal("within", "None or 'unit'"))
        return findings


class LargestGapRanker(FeatureRanker):
    """Ranks by the largest single gap first, then by how much of it a training closes.

    The rule that a careful clerk would follow, and the honest opponent of every other ranker.
    It looks at one gap at a time and not at hours.

    Parameters
    ----------
    config : RankingConfig, optional
        Its aim weights say how much a level counts toward each aim.
    transitions : Transitions, optional
    entry_probability : float

    Notes
    -----
    The gap of a competency is the largest of ``aim weight x expected gap`` over the aims. The
    score of a training is the largest gap among the competencies it develops, in whole
    thousandths of a level, plus the share of that gap it closes as a fraction of half a
    thousandth.
    """

    method: ClassVar[str] = "largest gap"

    def contributions(
        self,
        gaps: GapTable,
        features: Features,
        history: pd.DataFrame | None,  # noqa: ARG002
    ) -> Mapping[str, Floats]:
        """Return the largest gap that each training develops, with the share it closes.

        Parameters
        ----------
        gaps : GapTable
        features : Features
        history : DataFrame or None

        Returns
        -------
        mapping of str to float64, shape (n_officers, n_trainings)
        """
        framework = gaps.levels.framework
        develops = framework.index.develops
        transitions = self.transitions_on(framework)
        largest = largest_gaps(gaps, self.settings).T
        missing = weighted_gap(features.worth, gaps.levels.survival).T
        by_row = gap_closed_by_row(gaps.levels.probs, features.worth, transitions)
        score = np.zeros(features.eligible.shape[::-1], np.float64)
        for row, (training, competency) in enumerate(
            zip(develops.training, develops.competency, strict=True)
        ):
            share = by_row[row] / np.maximum(missing[competency], 1e-9)
            gap = np.round(largest[competency] / _GAP_STEP) * _GAP_STEP
            key = np.where(share > 0, gap + np.minimum(share, 1.0) * _GAP_STEP / 2, 0.0)
            np.maximum(score[training], key, out=score[training])
        return {"largest_gap": frozen(np.ascontiguousarray(score.T))}


def _counts_by_unit(gaps: GapTable, taken: pd.DataFrame, n_trainings: int) -> Floats:
    roster = gaps.levels.roster
    units = sorted({*map(str, roster.unit)} - {""})
    code = {name: number for number, name in enumerate(units)}
    row_units = _units_of_rows(gaps, taken)
    owner = np.array([code.get(name, -1) for name in row_units], np.int64)
    # NOTE: the last row counts everyone; it answers for officers without a unit.
    counts = np.zeros((len(units) + 1, n_trainings), np.float64)
    number = taken["number"].to_numpy()
    np.add.at(counts, (owner[owner >= 0], number[owner >= 0]), 1.0)
    counts[-1] = np.bincount(number, minlength=n_trainings)
    return counts[np.array([code.get(str(name), -1) for name in roster.unit], np.int64)]


def _units_of_rows(gaps: GapTable, taken: pd.DataFrame) -> list[str]:
    if "unit" in taken.columns:
        return [str(name) for name in taken["unit"]]
    roster = gaps.levels.roster
    rows = (roster.row_of.get(str(name), -1) for name in taken["officer"])
    return ["" if row < 0 else str(roster.unit[row]) for row in rows]


def _seeds(seed: int, names: object) -> Ints:
    numbers = [stable_seed(seed, name) for name in names]  # type: ignore[attr-defined]
    return np.array(numbers, np.uint64)


def _uniform(bits: Ints) -> Floats:
    # NOTE: the finalizer of SplitMix64 (Steele, Lea and Flood 2014) spreads every input bit.
    with np.errstate(over="ignore"):
        bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    bits = bits ^ (bits >> np.uint64(31))
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53
