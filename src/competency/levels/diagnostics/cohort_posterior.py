"""The posterior of the cohort that a model was fitted on: officers, meetings and assessors.

Diagnostics take the network of officers and assessors from here only; it is built from the
evidence of the model and from its learned parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from competency.config import LevelConfig, as_date
from competency.errors import ConfigError, Finding, NotFittedError
from competency.levels.fitting.assessors import (
    Severities,
    effects_without_own,
    first_severities,
    update_assessors,
)
from competency.levels.posterior.layout import make_network
from competency.levels.posterior.likelihood import BESIDE, NO_ITEMS, given_sources
from competency.levels.posterior.network import AssessorEffects, propagate
from competency.levels.posterior.parameters import curves_of
from competency.levels.posterior.problem import LevelProblem

if TYPE_CHECKING:
    import pandas as pd

    from competency.arrays import Floats, Ints
    from competency.framework.index import FrameworkIndex
    from competency.levels.model import LevelModel
    from competency.levels.posterior.layout import Layout
    from competency.levels.posterior.likelihood import Sources
    from competency.levels.posterior.network import Joint, Network
    from competency.ratings.ordinal import Sites

ROUNDS = 4
"""Rounds in which severities are updated from officers and officers from severities: a further one
changes severities by less than .005 levels (measured on the reference pack)."""


@dataclass(frozen=True, eq=False)
class CohortPosterior:
    """Ratings of a cohort and their posterior under the learned parameters of a model.

    `assessors` (columns source and assessor) holds the named assessors, each once, sorted;
    `layout` the ratings until the day, certificates left out as in fitting. `assessor`, int
    ``(n_meetings,)``, is the assessor of each meeting (named ones first, then one for each meeting
    without a name), and `kind`, int ``(n_assessors,)``, the source of each. `effects` are the
    severity and halo of each meeting given the other meetings of its assessor.
    """

    index: FrameworkIndex
    assessors: pd.DataFrame
    layout: Layout
    sources: Sources
    precision: Floats
    network: Network
    assessor: Ints
    kind: Ints
    severities: Severities
    effects: AssessorEffects
    sites: Sites
    joint: Joint

    def given(self, effects: AssessorEffects) -> CohortPosterior:
        """Return the posterior under other beliefs about the effects of meetings."""
        sites, joint = propagate(self.network, effects, self.precision)
        return replace(self, effects=effects, sites=sites, joint=joint)


def cohort_posterior(model: LevelModel, *, as_of: date | str | None = None) -> CohortPosterior:
    """Return the ratings that a model was fitted on, and their posterior.

    The model must have been fitted in this process (a loaded one holds no ratings); ratings after
    `as_of` are left out, None stands for the latest day.
    """
    require_fitted(model, evidence=True)
    problem = LevelProblem.of(model.evidence_, model.config or LevelConfig())
    day = model.evidence_.latest_date() if as_of is None else as_date(as_of)
    sources = learned_sources(model)
    layout = problem.rating_layout(sources, day or date.min)
    units = model.parameters_.units
    within, shift = model.covariance_ - units.sd**2, units.of(layout.unit)[0]
    network = make_network(layout, sources, model.group_mean_, np.diag(within), shift=shift)
    named = problem.observations.assessors
    assessor, kind = _numbered_assessors(layout, named, sources.names)
    severities = first_severities(kind, sources, len(layout.owner))
    precision, halo = np.linalg.inv(within), sources.halo_sd[layout.block] ** 2
    effects = effects_without_own(severities, assessor, halo)
    sites, joint = propagate(network, effects, precision)
    for _ in range(ROUNDS):
        severities = update_assessors(
            joint, effects, assessor=assessor, block=kind, sources=sources
        )
        effects = effects_without_own(severities, assessor, halo)
        sites, joint = propagate(network, effects, precision)
    return CohortPosterior(
        model.evidence_.framework.index,
        named,
        layout,
        sources,
        precision,
        network,
        assessor,
        kind,
        severities,
        effects,
        sites,
        joint,
    )


def learned_sources(model: LevelModel) -> Sources:
    """Return the learned parameters of sources, certificates and items last."""
    given, table = given_sources(model.config or LevelConfig()), model.sources_

    def learned(name: str, rest: Floats) -> Floats:
        return np.append(table[name].to_numpy(dtype=np.float64), rest[-len(BESIDE) :])

    return replace(
        given,
        slope=learned("discrimination", given.slope),
        severity=learned("severity", given.severity),
        severity_sd=learned("severity_sd", given.severity_sd),
        halo_sd=learned("halo_sd", given.halo_sd),
        items=curves_of(model.items_) if len(model.items_) else NO_ITEMS,
    )


def learned_index(model: LevelModel) -> FrameworkIndex:
    """Return the numbered framework of a fitted or loaded model."""
    # NOTE: a loaded model has no evidence to ask.
    return model.framework_.index


def require_fitted(model: LevelModel, *, evidence: bool = False) -> None:
    """Raise unless `model` is fitted and, where asked for, holds its `evidence`."""
    if not hasattr(model, "sources_"):
        raise NotFittedError.of(type(model).__name__)
    if evidence and not hasattr(model, "evidence_"):
        message = "a model that was loaded from a folder holds no ratings to be checked"
        hint = "fit the model on the evidence, then ask again"
        raise ConfigError("diagnostics", [Finding("no-evidence", message, hint=hint)])


def _numbered_assessors(
    layout: Layout, named: pd.DataFrame, names: tuple[str, ...]
) -> tuple[Ints, Ints]:
    """Return the assessor of each meeting (one each where not named), and their sources."""
    nameless = np.flatnonzero(layout.assessor < 0)
    assessor = layout.assessor.copy()
    assessor[nameless] = len(named) + np.arange(len(nameless))
    number = {name: place for place, name in enumerate(names)}
    kind = np.array([number[name] for name in named["source"]], np.int64)
    return assessor, np.concatenate([kind, layout.block[nameless]])
