"""The steps of fitting that speak of officers: means of positions, units, and the covariance.

What the officers of a cohort tell of their means is worked out once a round, and read three times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.levels.fitting.pooling import pooled_means
from competency.levels.fitting.units import assessed_amount, told_of_units, updated_units

if TYPE_CHECKING:
    from competency.arrays import Floats, Ints
    from competency.levels.fitting.calibrate import Fixed, Parameters
    from competency.levels.fitting.prior import PriorMeans
    from competency.levels.fitting.units import Units
    from competency.levels.posterior.layout import Layout
    from competency.levels.posterior.network import Effects, Joint, Network
    from competency.ratings.ordinal import Sites


@dataclass(frozen=True, eq=False)
class Told:
    """What officers tell of a shift of their means.

    Parameters
    ----------
    gradient : Floats, shape (n_officers, n_competencies)
    information : Floats, shape (n_officers, n_competencies, n_competencies)
    lean : Floats, shape (n_officers, n_competencies)
        How far an officer's place above the mean falls when all means rise by one.
    shared : Floats, shape (n_meetings,)
        Information about a shift of all means that the severity of a meeting could explain.
    """

    gradient: Floats
    information: Floats
    lean: Floats
    shared: Floats

    @classmethod
    def of(
        cls, network: Network, sites: Sites, joint: Joint, effects: Effects, precision: Floats
    ) -> Told:
        """Return what the officers of a network tell.

        Parameters
        ----------
        network : Network
        sites : Sites
        joint : Joint
        effects : Effects
            Beliefs about each meeting before its observations.
        precision : Floats, shape (n_competencies, n_competencies)

        Returns
        -------
        Told
        """
        slope = sites.natural - sites.precision * joint.observation_mean
        gradient = np.zeros(joint.mean.size)
        np.add.at(gradient, network.cell, slope)
        held = precision - np.matmul(np.matmul(precision, joint.covariance), precision)
        along = precision.sum(0)
        shared = joint.with_effect @ along / effects.variance
        return cls(gradient.reshape(joint.mean.shape), held, 1 - joint.covariance @ along, shared)


def moved_means(
    layout: Layout, fixed: Fixed, now: Parameters, told: Told
) -> tuple[PriorMeans, float]:
    """Return the means of positions after a step, and the gain it promises.

    Parameters
    ----------
    layout : Layout
    fixed : Fixed
    now : Parameters
    told : Told

    Returns
    -------
    means : PriorMeans
    gain : float
        In units of log-likelihood.
    """
    group = now.means.group
    score, information = np.zeros(group.shape), np.zeros((*group.shape, group.shape[1]))
    np.add.at(score, layout.group, told.gradient)
    np.add.at(information, layout.group, told.information)
    after = pooled_means(
        now.means, fixed.groups, fixed.start, score=score, information=information,
        learn=fixed.calibrate, max_level=layout.max_level,
    )  # fmt: skip
    move = after.group - group
    return after, float(0.5 * np.einsum("gc,gcd,gd->", move, information, move))


def moved_units(
    layout: Layout, fixed: Fixed, now: Parameters, told: Told, *, move: Floats, assessor: Ints,
    severity_variance: Floats,
) -> tuple[Units, float]:  # fmt: skip
    """Return the units after a step, and the gain it promises.

    Parameters
    ----------
    layout : Layout
    fixed : Fixed
    now : Parameters
    told : Told
    move : Floats, shape (n_groups, n_competencies)
        What the means of positions have moved since: the same residual is not explained twice.
    assessor : Ints, shape (n_meetings,)
    severity_variance : Floats, shape (n_assessors,)

    Returns
    -------
    units : Units
    gain : float
        In units of log-likelihood.
    """
    n_units = len(now.units.strength)
    if n_units == 0:
        return now.units, 0.0
    row = told.information.sum(1)
    gradient, information = told_of_units(
        layout, n_units, gradient=told.gradient.sum(1) - (row * move[layout.group]).sum(1),
        information=row.sum(1), shared=told.shared, assessor=assessor,
        severity_variance=severity_variance,
    )  # fmt: skip
    return updated_units(
        now.units, assessed_amount(layout, n_units), gradient=gradient, information=information,
        given_sd=fixed.unit_sd, slope_sd=fixed.unit_slope_sd, learn=fixed.calibrate,
    )  # fmt: skip


def moved_covariance(
    layout: Layout, fixed: Fixed, now: Parameters, joint: Joint, told: Told
) -> tuple[Floats, float]:
    """Return the covariance within units after a step, and the gain it promises.

    The mean of x x' over officers who were assessed, with the target as further officers. What is
    not known of the strength of a unit is not known of x either, with the other sign.

    Parameters
    ----------
    layout : Layout
    fixed : Fixed
    now : Parameters
    joint : Joint
    told : Told

    Returns
    -------
    covariance : float64, shape (n_competencies, n_competencies)
    gain : float
        In units of log-likelihood.
    """
    rows = np.unique(layout.seen.officer)
    mean, lean, weight = joint.mean[rows], told.lean[rows], fixed.target_weight
    unsure = now.units.of(layout.unit)[1][rows, None]
    total = mean.T @ mean + joint.covariance[rows].sum(0) + (unsure * lean).T @ lean
    after = (total + weight * fixed.target) / (len(rows) + weight)
    change = np.linalg.solve(now.covariance, after) - np.eye(len(after))
    return after, float(0.25 * len(rows) * np.einsum("ij,ji->", change, change))
