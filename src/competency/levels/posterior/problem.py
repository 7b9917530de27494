"""One evidence in numbers, and the beliefs that parameters give about its officers on any day."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.arrays import Floats, Ints, frozen
from competency.errors import ConfigError, Finding, Where, nearest_names
from competency.levels.beliefs import LevelBeliefs
from competency.levels.posterior.grid import level_grid
from competency.levels.posterior.layout import Layout, lay_out
from competency.levels.posterior.likelihood import Sources, given_sources
from competency.levels.posterior.observations import (
    number_observations,
    valid_observations,
    without_certificates,
)
from competency.levels.posterior.parameters import (
    Parameters,
    given_items,
    known_items,
    known_severities,
    known_units,
)

if TYPE_CHECKING:
    from datetime import date

    from competency.arrays import Texts
    from competency.config import LevelConfig
    from competency.evidence.table import Evidence, Roster
    from competency.framework.index import FrameworkIndex
    from competency.framework.model import Framework
    from competency.levels.posterior.observations import Observations

_STILL = 1e6
# Half-lives are stretched by this where levels are taken to stand still.


@dataclass(frozen=True, eq=False)
class LevelProblem:
    """Officers, their observations, and settings, in numbers.

    Parameters
    ----------
    framework : Framework
    roster : Roster
    config : LevelConfig
    sources : Sources
        By the settings, with the prior curves of the items that were answered.
    observations : Observations
    half_life : float64, shape (n_competencies,)
        In years.
    """

    framework: Framework
    roster: Roster
    config: LevelConfig
    sources: Sources
    observations: Observations
    half_life: Floats

    @classmethod
    def of(cls, evidence: Evidence, config: LevelConfig) -> LevelProblem:
        """Return the numbered evidence with what its framework and settings give."""
        framework, sources = evidence.framework, given_sources(config)
        observations = number_observations(evidence, sources.names)
        sources = with_given_items(sources, framework.index, config, observations.items)
        half_life = half_lives(framework, config)
        return cls(framework, evidence.roster, config, sources, observations, half_life)

    @cached_property
    def units(self) -> tuple[Ints, Texts]:
        """Row of each officer's unit (-1 = not given), and the sorted names of the units.

        There are none where the settings leave units out.
        """
        given = self.roster.unit.tolist() if self.config.unit_sd > 0 else [""] * len(self.roster)
        names = sorted({name for name in given if name})
        row = {name: place for place, name in enumerate(names)}
        unit = np.array([row.get(name, -1) for name in given], np.int64)
        return unit, np.array(names, object)

    def rating_layout(self, sources: Sources, day: date) -> Layout:
        """Return the layout of the ratings until `day` for fitting: levels stand still."""
        # NOTE: a certificate that was not earned is never reported, so that certificates would
        # move every mean up; and a change of level over the years counts as noise of the sources.
        ratings, still = without_certificates(self.observations), self.half_life * _STILL
        return self._layout(ratings, sources, day, half_life=still, unit=self.units[0])

    def known(
        self,
        fitted: Parameters,
        *,
        assessors: pd.DataFrame,
        units: pd.DataFrame,
        items: pd.DataFrame,
    ) -> Parameters:
        """Return fitted parameters for the assessors, units and items of this evidence.

        Parameters
        ----------
        fitted : Parameters
        assessors, units, items : DataFrame
            See `LevelModel.assessors_`, `units_` and `items_`.
        """
        severity, variance = known_severities(assessors, self.observations.assessors)
        strength, unit_variance = known_units(units, self.roster.unit, fitted.units.sd)
        curves = known_items(items, self.observations.items, self.sources.items)
        return replace(
            fitted, sources=replace(fitted.sources, items=curves), severity=severity,
            severity_variance=variance, strength=strength, strength_variance=unit_variance,
        )  # fmt: skip

    def beliefs(self, known: Parameters, day: date) -> LevelBeliefs:
        """Return the beliefs about every officer on `day`; `known` is as from :meth:`known`."""
        # NOTE: numba takes a second to import, and calibrating ratings does not need it.
        from competency.levels.posterior.scoring import score_levels

        # NOTE: what is known of the unit comes with the parameters.
        unit = np.full(len(self.roster), -1)
        layout = self._layout(
            self.observations, known.sources, day, half_life=self.half_life, unit=unit
        )
        scores = score_levels(
            layout, known, level_grid(self.framework.index.n_levels, self.config.grid_step)
        )
        return LevelBeliefs(
            self.framework,
            self.roster,
            day,
            frozen(_within_scale(scores.probs, self.framework.index.max_level)),
            frozen(scores.mean),
            frozen(scores.sd),
            frozen(layout.observations.n_observations),
            frozen(layout.observations.last_date),
            frozen(_correlation_of(known.covariance)),
        )

    def _layout(
        self, observations: Observations, sources: Sources, day: date, *, half_life: Floats,
        unit: Ints,
    ) -> Layout:  # fmt: skip
        index = self.framework.index
        group = self.roster.position.astype(np.int64)
        return lay_out(
            valid_observations(observations, index.max_level, day), sources,
            group=np.where(group < 0, len(index.position_ids), group), unit=unit,
            max_level=index.max_level.astype(np.int64), half_life=half_life,
        )  # fmt: skip


def with_given_items(
    sources: Sources, index: FrameworkIndex, config: LevelConfig, items: pd.DataFrame
) -> Sources:
    """Return the sources with the prior curves of `items`; see `Observations`."""
    if not len(items):
        return sources
    competency = pd.Index(index.competency_ids).get_indexer(pd.Index(items["competency"]))
    curves = given_items(
        items["steps"].to_numpy(), anchor_levels(index)[competency], items["level"].to_numpy(),
        slope=config.item_discrimination, guess=config.item_guess,
    )  # fmt: skip
    return replace(sources, items=curves)


def framework_differences(
    fitted: tuple[tuple[str, ...], tuple[str, ...], int], index: FrameworkIndex, *, hint: str,
    where: Where | None = None,
) -> list[Finding]:  # fmt: skip
    """Return a finding for each axis on which a framework is not that of the fitted model.

    `fitted` holds the competencies, the positions and the number of levels of the fit.
    """
    axes = ("competencies", "positions", "levels")
    given = (index.competency_ids, index.position_ids, index.n_levels)
    return [
        Finding(
            "other-framework",
            f"the {name} are not those of the framework that the model was fitted with",
            where=where or Where(),
            hint=hint,
        )
        for name, left, right in zip(axes, fitted, given, strict=True)
        if left != right
    ]


def anchor_levels(index: FrameworkIndex) -> Floats:
    """Return the mean level that positions require of each competency, ``(n_competencies,)``.

    Half the highest level where no position requires it.
    """
    asked = index.requirements
    size = len(index.competency_ids)
    count = np.bincount(asked.competency, minlength=size)
    total = np.bincount(asked.competency, weights=asked.level, minlength=size)
    return np.where(count > 0, total / np.maximum(count, 1), index.max_level / 2)


def half_lives(framework: Framework, config: LevelConfig) -> Floats:
    """Return the half-life of each competency by its kind, in years; refuse kinds without one."""
    kinds = [row.kind for row in sorted(framework.competencies, key=lambda row: row.id)]
    given = config.half_life_years
    findings = [
        Finding(
            "no-half-life",
            f"kind {kind!r} has no half-life",
            nearest=nearest_names(kind, given),
            hint="name it under half_life_years",
        )
        for kind in sorted(set(kinds) - set(given))
    ]
    if findings:
        raise ConfigError("levels", findings)
    return np.array([given[kind] for kind in kinds], np.float64)


def _correlation_of(covariance: Floats) -> Floats:
    sd = np.sqrt(np.diag(covariance))
    matrix = covariance / sd / sd[:, None]
    np.fill_diagonal(matrix, 1.0)
    return np.asarray(matrix)


def _within_scale(probs: Floats, max_level: Ints) -> Floats:
    """Give what lies above a competency's highest level to that level, in place."""
    for competency in np.flatnonzero(max_level < probs.shape[-1] - 1):
        top = max_level[competency]
        probs[:, competency, top] = probs[:, competency, top:].sum(-1)
        probs[:, competency, top + 1 :] = 0
    return probs
