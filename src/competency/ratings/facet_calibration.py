"""Assessors with severity and halo, criteria as correlated traits: from a table to a fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from competency.errors import EvidenceError, Finding
from competency.ratings.coding import calibration_ratings
from competency.ratings.columns import Columns, resolved
from competency.ratings.facet_data import FacetData, starting_items
from competency.ratings.facet_em import calibrate
from competency.ratings.facet_fit import FacetRatingFit
from competency.ratings.facet_model import FacetModel
from competency.ratings.facet_state import starting_state
from competency.ratings.frames import facet_frames
from competency.ratings.noticed import components
from competency.ratings.ratings import Ratings
from competency.threads import one_thread

if TYPE_CHECKING:
    import pandas as pd


WAY_LEFT, MOST_ROUNDS = 1e-3, 500
"""Way left, in trait standard deviations, at which rounds end, and how many there are at most."""

_LARGEST = 4e7
# Meetings times traits squared: elements of each of some 25 arrays (measured), 8 GB in all.


def fit_facets(
    table: pd.DataFrame,
    *,
    person: str | None = None,
    item: str | None = None,
    rating: str | None = None,
    assessor: str | None = None,
    items: tuple[str, ...] = (),
    one_trait: bool = False,
    halo: bool = True,
    tolerance: float = WAY_LEFT,
    max_iter: int = MOST_ROUNDS,
) -> FacetRatingFit:
    """Return a graded model of ratings by assessors, calibrated by message passing.

    ``P(Y >= k) = sigmoid(a_i (theta_pc - s_rc - h_pr - b_ik))``: a trait for each item (or one
    for all), correlated over persons; severities ``s_r ~ N(0, T)``, shrunk, with their
    uncertainty in every belief; and a halo ``h_pr ~ N(0, omega^2)`` that one assessor sees in
    all traits of one person, so that halo is not read as correlation.

    Parameters
    ----------
    table : DataFrame
        As for :func:`fit_ratings`.
    person, item, rating, assessor : str, optional
        Names of columns.
    items : tuple of str
        Columns of a wide table that hold ratings.
    one_trait : bool
        Whether all items show one trait.
    halo : bool
        Whether there is a halo.
    tolerance : float
        Way left of the parameter farthest from its end, in trait standard deviations, at which
        rounds end: what is still to come if steps go on shrinking at their present rate.
    max_iter : int
        Rounds after which the search is given up, unconverged.

    Returns
    -------
    FacetRatingFit

    Raises
    ------
    EvidenceError
        The table cannot be used; with every problem.

    Notes
    -----
    Expectation propagation inside parameter-expanded EM (Minka 2001; Liu, Rubin and Wu 1998).
    Cost is linear in ratings.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"person": list("aabbccdd"), "assessor": list("xyxyxyxy"),
    ...                       "criterion": ["k"] * 8, "rating": [0, 1, 1, 1, 2, 3, 3, 2]})
    >>> fit_facets(table, halo=False).severities["assessor"].tolist()
    ['x', 'y']
    """
    columns = Columns(person, item, rating, assessor, None, items)
    limits = (tolerance, max_iter)
    return fitted_facets(table, columns, limits, one_trait=one_trait, halo=halo)


@one_thread()
def fitted_facets(
    table: pd.DataFrame,
    columns: Columns,
    limits: tuple[float, int],
    *,
    one_trait: bool = False,
    halo: bool = True,
) -> FacetRatingFit:
    """Return the calibrated facet model of a table; see :func:`fit_facets`.

    Parameters
    ----------
    table : DataFrame
    columns : Columns
    limits : tuple of float and int
        Tolerance, and rounds at most.
    one_trait, halo : bool

    Returns
    -------
    FacetRatingFit
    """
    columns = resolved(table, columns)
    ratings = calibration_ratings(table, columns, common_scale=False, two_only=False).nameless()
    rated, n_items = ratings.rated(), len(ratings.scale.item_ids)
    data = FacetData.of(rated, np.zeros(n_items, np.int64) if one_trait else np.arange(n_items))
    _refuse(ratings, data)
    several, with_halo = len(ratings.assessor_ids) > 1, halo and data.n_traits > 1
    start = starting_state(data, starting_items(rated), severity=several, halo=with_halo)
    fit = calibrate(data, start, tolerance=limits[0], max_iter=limits[1])
    names = [""] if one_trait else list(ratings.scale.item_ids)
    count, assessors = len(ratings.assessor_ids), fit.beliefs.assessors
    variance = np.einsum("rcc->rc", assessors.covariance)[:count]
    model = FacetModel(
        fit.state.items, fit.state.spread, data.trait, assessors.mean[:count], variance
    )
    part = components(ratings) if count > 1 else np.zeros(count, np.int64)
    return FacetRatingFit(
        "facets",
        *facet_frames(model, ratings, names=names, part=part),
        fit.state.spread.halo,
        fit.log_likelihood,
        fit.converged,
        fit.n_iter,
        ratings.findings,
        columns,
        ratings,
        model,
        data,
        fit,
    )


def _refuse(ratings: Ratings, data: FacetData) -> None:
    """Refuse frequencies, which are not counted here, and what would not fit into memory."""
    findings = []
    if (ratings.frequency != 1).any():
        message = "model 'facets' counts every person once, but there are frequencies"
        hint = "repeat the rows, table.loc[table.index.repeat(frequency)], or choose another model"
        findings.append(Finding("frequency-not-counted", message, hint=hint))
    size = len(data.meetings.person) * data.n_traits**2
    if size > _LARGEST:
        message = (
            f"{data.n_traits} correlated traits in {len(data.meetings.person)} meetings of a "
            "person and an assessor do not fit into memory"
        )
        hint = "fit_facets(..., one_trait=True), a model of one trait, or fewer items"
        findings.append(Finding("too-many-traits", message, hint=hint))
    if findings:
        raise EvidenceError("ratings", findings)
