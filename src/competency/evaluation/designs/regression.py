"""Least squares with standard errors that hold under unequal spread and within clusters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from competency.arrays import Floats, Ints

_DEPENDENT = 1e-9
# Share of a column's length that must be left beside the columns before it, for it to count.
_EXACT = 1e-12
# Residuals that are rounding, relative to the largest value.


@dataclass(frozen=True, eq=False)
class LinearFit:
    """A least-squares fit.

    Parameters
    ----------
    coefficients : float64, shape (n_columns,)
        0 for columns that depend on those before them.
    residuals : float64, shape (n,)
    scores : float64, shape (n, n_kept)
        Rows of the design in coordinates in which its products are the identity.
    to_scores : float64, shape (n_columns, n_kept)
        Map of a row of the design to these coordinates; 0 for columns left out.
    """

    coefficients: Floats
    residuals: Floats
    scores: Floats
    to_scores: Floats

    @property
    def leverage(self) -> Floats:
        """Diagonal of the projection on the design, shape (n,)."""
        return np.asarray((self.scores**2).sum(1))


def least_squares(y: Floats, design: Floats) -> LinearFit:
    """Return the fit of `y`, shape (n,), on the columns of `design`, shape (n, n_columns).

    A column that depends on those before it is left out (coefficient 0).

    Examples
    --------
    >>> x = np.array([0.0, 1.0, 2.0])
    >>> fit = least_squares(1 + 2 * x, np.column_stack([np.ones(3), x, 2 * x]))
    >>> fit.coefficients.round(6).tolist()
    [1.0, 2.0, 0.0]
    """
    length = np.sqrt((design**2).sum(0))
    scaled = design / np.where(length > 0, length, 1.0)
    # NOTE: without pivoting, so that the columns that are kept are the first ones.
    kept = np.abs(np.diag(np.linalg.qr(scaled, mode="r"))) > _DEPENDENT
    kept = np.append(kept, np.zeros(design.shape[1] - len(kept), bool))
    q, r = np.linalg.qr(scaled[:, kept])
    inside = np.linalg.inv(r) / length[kept, None]
    to_scores = np.zeros((design.shape[1], int(kept.sum())))
    to_scores[kept] = inside
    coefficients = to_scores @ (q.T @ y)
    residuals = y - design @ coefficients
    # NOTE: what rounding leaves of an exact fit would pass for a tiny error.
    if np.abs(residuals).max(initial=0.0) <= _EXACT * np.abs(y).max(initial=0.0):
        residuals = np.zeros_like(y)
    return LinearFit(coefficients, residuals, q, to_scores)


def robust_error(
    fit: LinearFit, contrast: Floats, *, cluster: Ints | None, errors: Literal["HC2", "HC1"]
) -> tuple[float, float]:
    """Return standard error and degrees of freedom of ``contrast @ coefficients``.

    With the influence w_i of row i on the contrast, ``se^2 = sum_g (u_g . e_g)^2`` over clusters g
    of residuals e. HC2 (CR2): ``u_g = (I - H_gg)^(-1/2) w_g``, unbiased when the spread is equal,
    with degrees of freedom ``tr(P)^2 / tr(P P)``, ``P_gh = u_g' (I - H)_gh u_h`` (Bell & McCaffrey
    2002). HC1 (CR1): ``u = w`` and the usual factors, n - k or the number of clusters less 1.

    `cluster` holds numbers from 0 by row; None = every row is its own.

    Examples
    --------
    >>> y, treated = np.array([1.0, 2.0, 4.0, 8.0]), np.array([0.0, 0.0, 1.0, 1.0])
    >>> fit = least_squares(y, np.column_stack([np.ones(4), treated]))
    >>> se, dof = robust_error(fit, np.array([0.0, 1.0]), cluster=None, errors="HC2")
    >>> round(se**2, 6), round(dof, 6)  # .5 / 2 + 8 / 2, and two groups of one degree each
    (4.25, 2.0)
    """
    influence = fit.scores @ (fit.to_scores.T @ contrast)
    if errors == "HC1":
        return _plain_error(fit, influence, cluster)
    if cluster is None:
        spare = 1 - fit.leverage
        # NOTE: a row of leverage 1 has no residual, and says nothing about the spread.
        adjusted = np.divide(
            influence, np.sqrt(np.abs(spare)), out=np.zeros_like(spare), where=spare > _DEPENDENT
        )
        return _error_and_dof(adjusted * fit.residuals, adjusted**2, adjusted[:, None] * fit.scores)
    rows = [_cluster(fit, influence, members) for members in _members(cluster)]
    sums, length, in_scores = (np.array(part) for part in zip(*rows, strict=True))
    return _error_and_dof(sums, length, in_scores)


def clustered_error(influence: Floats, cluster: Ints | None) -> float:
    """Return the standard error of an estimate from the influences of the rows, which sum to 0."""
    sums = influence if cluster is None else np.bincount(cluster, influence)
    return float(np.sqrt((sums**2).sum()))


def _plain_error(fit: LinearFit, influence: Floats, cluster: Ints | None) -> tuple[float, float]:
    n, k = fit.scores.shape
    groups = n if cluster is None else int(cluster.max()) + 1
    factor = n / (n - k) if cluster is None else groups / (groups - 1) * (n - 1) / (n - k)
    se = clustered_error(influence * fit.residuals, cluster) * np.sqrt(factor)
    return float(se), float(n - k if cluster is None else groups - 1)


def _cluster(fit: LinearFit, influence: Floats, members: Ints) -> tuple[float, float, Floats]:
    """Return the sum of a cluster (u . e), the squared length of u, and u in scores."""
    scores, w = fit.scores[members], influence[members]
    left, singular, _ = np.linalg.svd(scores, full_matrices=False)
    spare = 1 - singular**2
    grow = np.where(spare > _DEPENDENT, 1 / np.sqrt(np.maximum(spare, _DEPENDENT)), 0.0) - 1
    u = w + left @ (grow * (left.T @ w))
    return float(u @ fit.residuals[members]), float(u @ u), scores.T @ u


def _error_and_dof(sums: Floats, length: Floats, in_scores: Floats) -> tuple[float, float]:
    """Return the error and the degrees of freedom, from (u . e), u . u and scores' u by cluster."""
    own = (in_scores**2).sum(1)
    trace = (length - own).sum()
    square = (length**2 - 2 * length * own).sum() + ((in_scores.T @ in_scores) ** 2).sum()
    dof = trace**2 / square if square > 0 else 0.0
    return float(np.sqrt((sums**2).sum())), max(float(dof), 1.0)


def _members(cluster: Ints) -> Sequence[Ints]:
    order = np.argsort(cluster, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(cluster[order])) + 1)
