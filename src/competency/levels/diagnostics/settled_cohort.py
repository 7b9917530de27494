"""The one door to the inside of a fitted model: its cohort, settled once more.

Everything that diagnostics know of the network of officers and assessors comes from here; it is
built from the evidence of the model and from what the model learned, all of them public.
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
"""Times that officers and assessors hear of each other: severities then move by less than .005
levels (measured on the reference pack)."""


@dataclass(frozen=True, eq=False)
class SettledCohort:
    """Ratings of a cohort, laid out and settled with what a model learned.

    Parameters
    ----------
    index : FrameworkIndex
    assessors : DataFrame
        Columns source and assessor: who is named, each once, sorted.
    layout : Layout
        Ratings until the day; certificates are left out, as in fitting.
    sources : Sources
    precision : Floats, shape (n_competencies, n_competencies)
    network : Network
    assessor, kind : Ints, shape (n_meetings,) and (n_people,)
        Person that each meeting is with (named ones first, then one for each nameless meeting),
        and the source of each person.
    severities : Severities
    effects : AssessorEffects
        Of each meeting as the other meetings of its assessor tell it, halo included.
    sites : Sites
    joint : Joint
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

    def settle(self, effects: AssessorEffects) -> SettledCohort:
        """Return the cohort settled under other beliefs about the effects of meetings."""
        sites, joint = propagate(self.network, effects, self.precision)
        return replace(self, effects=effects, sites=sites, joint=joint)


def settled_cohort(model: LevelModel, *, as_of: date | str | None = None) -> SettledCohort:
    """Return the ratings that a model was fitted on, settled with what it learned.

    Parameters
    ----------
    model : LevelModel
        Fitted in this process: a loaded one holds no ratings.
    as_of : date, str or None
        Ratings after this day are left out; None stands for the latest day.

    Returns
    -------
    SettledCohort

    Raises
    ------
    NotFittedError
        Before `fit`.
    ConfigError
        If the model was loaded from a folder.
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
    assessor, kind = _everyone(layout, named, sources.names)
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
    return SettledCohort(
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
    """Return the parameters of sources as a fitted model holds them, certificates and items last.

    Parameters
    ----------
    model : LevelModel

    Returns
    -------
    Sources
    """
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


def _everyone(layout: Layout, named: pd.DataFrame, names: tuple[str, ...]) -> tuple[Ints, Ints]:
    """Person of each meeting, nameless ones one person a meeting; source of each person."""
    nameless = np.flatnonzero(layout.assessor < 0)
    assessor = layout.assessor.copy()
    assessor[nameless] = len(named) + np.arange(len(nameless))
    number = {name: place for place, name in enumerate(names)}
    kind = np.array([number[name] for name in named["source"]], np.int64)
    return assessor, np.concatenate([kind, layout.block[nameless]])
