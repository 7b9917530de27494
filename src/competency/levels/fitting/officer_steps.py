"""The steps of fitting that concern officers: means of positions, units, and the covariance.

The derivatives of the log-likelihood of every officer are computed once a round and used by three
steps, each of which returns its parameters and the gain of log-likelihood that it promises.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.levels.fitting.pooling import pooled_means
from competency.levels.fitting.units import assessed_amount, unit_derivatives, updated_units

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints
    from competency.levels.fitting.given import Fixed
    from competency.levels.posterior.layout import Layout
    from competency.levels.posterior.network import AssessorEffects, Joint, Network
    from competency.levels.posterior.parameters import Parameters, PriorMeans, Units
    from competency.ratings.ordinal import Sites


@dataclass(frozen=True, eq=False)
class OfficerDerivatives:
    """Derivatives of the log-likelihood of each officer in a shift of the officer's means.

    Parameters
    ----------
    gradient : Floats, shape (n_officers, n_competencies)
    information : Floats, shape (n_officers, n_competencies, n_competencies)
    response : Floats, shape (n_officers, n_competencies)
        How far the posterior of what lies above the mean falls when all means rise by one.
    shared : Floats, shape (n_meetings,)
        Information about a shift of all means that the severity of a meeting could explain.
    """

    gradient: Floats
    information: Floats
    response: Floats
    shared: Floats

    @classmethod
    def of(
        cls, network: Network, sites: Sites, joint: Joint, effects: AssessorEffects,
        precision: Floats,
    ) -> OfficerDerivatives:  # fmt: skip
        """Return the derivatives at the sites; `effects` is the prior of each meeting."""
        slope = sites.natural - sites.precision * joint.observation_mean
        gradient = np.zeros(joint.mean.size)
        np.add.at(gradient, network.cell, slope)
        held = precision - np.matmul(np.matmul(precision, joint.covariance), precision)
        along = precision.sum(0)
        shared = joint.with_effect @ along / effects.variance
        return cls(gradient.reshape(joint.mean.shape), held, 1 - joint.covariance @ along, shared)


def step_means(
    layout: Layout, fixed: Fixed, now: Parameters, officers: OfficerDerivatives
) -> tuple[PriorMeans, float]:
    """Return the means of positions after a Newton step, and the gain it promises."""
    group = now.means.group
    score, information = np.zeros(group.shape), np.zeros((*group.shape, group.shape[1]))
    np.add.at(score, layout.group, officers.gradient)
    np.add.at(information, layout.group, officers.information)
    after = pooled_means(
        now.means, fixed.groups, fixed.start, score=score, information=information,
        learn=fixed.calibrate, max_level=layout.max_level,
    )  # fmt: skip
    change = after.group - group
    return after, float(0.5 * np.einsum("gc,gcd,gd->", change, information, change))


def step_units(
    layout: Layout, fixed: Fixed, now: Parameters, officers: OfficerDerivatives, *,
    change: Floats, assessor: Ints, severity_variance: Floats,
) -> tuple[Units, float]:  # fmt: skip
    """Return the units after a step, and the gain it promises.

    Parameters
    ----------
    layout : Layout
    fixed : Fixed
    now : Parameters
    officers : OfficerDerivatives
    change : Floats, shape (n_groups, n_competencies)
        Of the means of positions in this round: no residual is explained twice.
    assessor : Ints, shape (n_meetings,)
    severity_variance : Floats, shape (n_assessors,)
    """
    n_units = len(now.units.strength)
    if n_units == 0:
        return now.units, 0.0
    row = officers.information.sum(1)
    gradient, information = unit_derivatives(
        layout, n_units, gradient=officers.gradient.sum(1) - (row * change[layout.group]).sum(1),
        information=row.sum(1), shared=officers.shared, assessor=assessor,
        severity_variance=severity_variance,
    )  # fmt: skip
    return updated_units(
        now.units, assessed_amount(layout, n_units), gradient=gradient, information=information,
        given_sd=fixed.unit_sd, slope_sd=fixed.unit_slope_sd, learn=fixed.calibrate,
    )  # fmt: skip


def step_covariance(
    layout: Layout, fixed: Fixed, now: Parameters, joint: Joint, officers: OfficerDerivatives
) -> tuple[Floats, float]:
    """Return the covariance within units after an EM step, and the gain it promises.

    The mean of x x' over officers who were assessed, with the target as further officers. What is
    not known of the strength of a unit is not known of x either, with the other sign.
    """
    rows = np.unique(layout.observations.officer)
    mean, response, weight = joint.mean[rows], officers.response[rows], fixed.target_weight
    unsure = now.units.of(layout.unit)[1][rows, None]
    total = mean.T @ mean + joint.covariance[rows].sum(0) + (unsure * response).T @ response
    after = (total + weight * fixed.target) / (len(rows) + weight)
    change = np.linalg.solve(now.covariance, after) - np.eye(len(after))
    return after, float(0.25 * len(rows) * np.einsum("ij,ji->", change, change))
