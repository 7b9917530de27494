"""One evidence, numbered and ready to be scored on any day: fitting and beliefs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.arrays import Floats, Ints, frozen
from competency.levels.beliefs import LevelBeliefs
from competency.levels.fitting.calibrate import Calibration, Fixed, Parameters, calibrated
from competency.levels.fitting.items import given_items
from competency.levels.fitting.prior import GroupPrecision, Groups, cold_start, target_covariance
from competency.levels.fitting.units import Units, number_units
from competency.levels.posterior.cells import (
    half_lives,
    number_observations,
    valid_observations,
    without_certificates,
)
from competency.levels.posterior.grid import level_grid
from competency.levels.posterior.layout import Layout, lay_out, make_network
from competency.levels.posterior.likelihood import Sources, given_sources
from competency.levels.posterior.network import Effects

if TYPE_CHECKING:
    from datetime import date

    from competency.arrays import Texts
    from competency.config import LevelConfig
    from competency.evidence.table import Evidence, Roster
    from competency.framework.index import FrameworkIndex
    from competency.framework.model import Framework
    from competency.levels.posterior.cells import Observations

_STILL = 1e6
# Half-lives are stretched by this where levels are taken to stand still.


@dataclass(frozen=True, eq=False)
class LevelProblem:
    """Officers, what was seen of them, and settings, in numbers.

    Parameters
    ----------
    framework : Framework
    roster : Roster
    config : LevelConfig
    fixed : Fixed
    observations : Observations
    half_life : float64, shape (n_competencies,)
        In years.
    """

    framework: Framework
    roster: Roster
    config: LevelConfig
    fixed: Fixed
    observations: Observations
    half_life: Floats

    @classmethod
    def of(cls, evidence: Evidence, config: LevelConfig) -> LevelProblem:
        """Return the numbered evidence with what its framework and settings give.

        Parameters
        ----------
        evidence : Evidence
        config : LevelConfig

        Returns
        -------
        LevelProblem
        """
        fixed = fixed_settings(evidence.framework, config)
        observations = number_observations(evidence, fixed.sources.names)
        fixed = with_items(fixed, evidence.framework.index, config, observations.items)
        half_life = half_lives(evidence.framework, config)
        return cls(evidence.framework, evidence.roster, config, fixed, observations, half_life)

    def fit(self, day: date) -> tuple[Calibration, Layout]:
        """Return what is learned from what was seen until `day`, and the layout it was seen in.

        Parameters
        ----------
        day : date

        Returns
        -------
        calibration : Calibration
        layout : Layout
        """
        layout = self.rating_layout(self.fixed.sources, day)
        n_assessors, n_units = len(self.observations.assessors), len(self.units[1])
        return calibrated(layout, self.fixed, n_assessors, n_units), layout

    @cached_property
    def units(self) -> tuple[Ints, Texts]:
        """Row of each officer's unit (-1 = not given), and names; nobody's where left out."""
        given = self.roster.unit
        return number_units(given if self.config.unit_sd > 0 else np.full(len(given), "", object))

    def rating_layout(self, sources: Sources, day: date) -> Layout:
        """Return the layout of the ratings until `day`, levels standing still, as fitting sees it.

        Parameters
        ----------
        sources : Sources
        day : date

        Returns
        -------
        Layout
        """
        # NOTE: nobody hears of a certificate that was not earned, so that certificates would move
        # every mean up; and a change of level over the years counts as noise of the sources.
        ratings, still = without_certificates(self.observations), self.half_life * _STILL
        return self._layout(ratings, sources, day, still, unit=self.units[0])

    def given(self) -> Parameters:
        """Return the parameters before any fitting."""
        size, officers = len(self.observations.assessors), np.zeros(len(self.roster))
        return Parameters(
            self.fixed.start, self.fixed.target, self.fixed.sources, Units.unknown(0, 0.0),
            np.zeros(size), np.full(size, np.nan), officers, officers,
        )  # fmt: skip

    def beliefs(self, known: Parameters, day: date) -> LevelBeliefs:
        """Return the beliefs about every officer of the roster on `day`.

        Parameters
        ----------
        known : Parameters
            Its severities are those of ``observations.assessors``; a variance of NaN stands for an
            assessor that nothing is known about. Its strengths are those of the roster's units.
        day : date

        Returns
        -------
        LevelBeliefs
        """
        # NOTE: numba takes a second to import, and calibrating ratings does not need it.
        from competency.levels.posterior.scoring import score_levels

        # NOTE: what is known of the unit comes with the parameters.
        unit = np.full(len(self.roster), -1)
        layout = self._layout(self.observations, known.sources, day, self.half_life, unit=unit)
        index, seen = self.framework.index, layout.seen
        network = make_network(
            layout, known.sources, known.means.group, np.diag(known.covariance),
            shift=known.strength,
        )  # fmt: skip
        precision = known.precision or GroupPrecision.of(known.means, known.covariance)
        scores = score_levels(
            layout, network, _effects(layout, known), mean=known.means.group, precision=precision,
            shift=known.strength, unit_variance=known.strength_variance - known.units.sd**2,
            grid=level_grid(index.n_levels, self.config.grid_step),
        )  # fmt: skip
        return LevelBeliefs(
            self.framework,
            self.roster,
            day,
            frozen(_within_scale(scores.probs, index.max_level)),
            frozen(scores.mean),
            frozen(scores.sd),
            frozen(seen.n_observations),
            frozen(seen.last_date),
            frozen(correlation_of(known.covariance)),
        )

    def _layout(
        self,
        observations: Observations,
        sources: Sources,
        day: date,
        half_life: Floats,
        *,
        unit: Ints,
    ) -> Layout:
        index = self.framework.index
        group = self.roster.position.astype(np.int64)
        group = np.where(group < 0, len(index.position_ids), group)
        return lay_out(
            valid_observations(observations, index.max_level, as_of=day), sources, group=group,
            unit=unit,
            max_level=index.max_level.astype(np.int64), half_life=half_life,
        )  # fmt: skip


def fixed_settings(framework: Framework, config: LevelConfig) -> Fixed:
    """Return the settings as numbers for a framework.

    Parameters
    ----------
    framework : Framework
    config : LevelConfig

    Returns
    -------
    Fixed
    """
    index, families = framework.index, {row.id: row.family for row in framework.positions}
    by_position = [families[name] for name in index.position_ids] if config.family_sd > 0 else []
    groups = Groups.of(index, by_position or [""] * len(index.position_ids))
    start = cold_start(index, groups, group_sd=config.group_sd, family_sd=config.family_sd)
    before = index.prerequisites
    edges = np.unique(np.stack([before.competency, before.requires_competency], 1), axis=0)
    target = target_covariance(
        len(index.competency_ids), sd=config.prior_sd, correlation=config.correlation,
        edges=edges[edges[:, 0] != edges[:, 1]], strength=config.prerequisite_strength,
    )  # fmt: skip
    return Fixed(
        given_sources(config), start, groups, target, config.correlation_weight, config.unit_sd,
        config.unit_slope_sd, config.calibrate, config.iterations,
    )  # fmt: skip


def with_items(
    fixed: Fixed, index: FrameworkIndex, config: LevelConfig, items: pd.DataFrame
) -> Fixed:
    """Return the settings with what is given of the items of an evidence.

    Parameters
    ----------
    fixed : Fixed
    index : FrameworkIndex
    config : LevelConfig
    items : DataFrame
        See `Observations`.

    Returns
    -------
    Fixed
    """
    if not len(items):
        return fixed
    competency = pd.Index(index.competency_ids).get_indexer(pd.Index(items["competency"]))
    curves = given_items(
        items["steps"].to_numpy(), fixed.start.competency[competency], items["level"].to_numpy(),
        slope=config.item_discrimination, guess=config.item_guess,
    )  # fmt: skip
    return replace(fixed, sources=replace(fixed.sources, items=curves))


def correlation_of(covariance: Floats) -> Floats:
    """Return the correlations of a covariance; exactly 1 on the diagonal."""
    sd = np.sqrt(np.diag(covariance))
    matrix = covariance / sd / sd[:, None]
    np.fill_diagonal(matrix, 1.0)
    return np.asarray(matrix)


def _effects(layout: Layout, known: Parameters) -> Effects:
    sources, block = known.sources, layout.block
    mean, variance = sources.severity[block].copy(), sources.severity_sd[block] ** 2
    named = np.flatnonzero(layout.assessor >= 0)
    named = named[np.isfinite(known.severity_variance[layout.assessor[named]])]
    mean[named] = known.severity[layout.assessor[named]]
    variance[named] = known.severity_variance[layout.assessor[named]]
    return Effects(mean, variance + sources.halo_sd[block] ** 2)


def _within_scale(probs: Floats, max_level: Ints) -> Floats:
    """Give what lies above a competency's highest level to that level, in place."""
    for competency in np.flatnonzero(max_level < probs.shape[-1] - 1):
        top = max_level[competency]
        probs[:, competency, top] = probs[:, competency, top:].sum(-1)
        probs[:, competency, top + 1 :] = 0
    return probs
