"""Parameters of a facet model as one vector, in trait standard deviations, and back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from competency.arrays import Floats
from competency.ratings.facet_state import FacetState
from competency.ratings.messages import Spread
from competency.ratings.tilt import OPEN, ItemParameters

_LEAST_GAP = 1e-4
# Distance of neighbouring steps of an item, in logits: less is no order.


def packed(state: FacetState) -> Floats:
    """Return the parameters of a state as a vector.

    Parameters
    ----------
    state : FacetState

    Returns
    -------
    float64, shape (n,)
        Logarithms of slopes, steps on the trait, factor of the correlation below its diagonal,
        factor of the covariance of severities, logarithm of the halo.
    """
    items, spread = state.items, state.spread
    below = np.tril_indices(len(spread.correlation), -1)
    whole = np.tril_indices(len(spread.correlation))
    return np.concatenate(
        [
            np.log(items.slopes),
            (items.steps / items.slopes[:, None])[items.steps > -OPEN],
            np.linalg.cholesky(spread.correlation)[below],
            np.linalg.cholesky(spread.severity_cov)[whole],
            [np.log(spread.halo)] if spread.halo > 0 else [],
        ]
    )


def unpacked(vector: Floats, state: FacetState) -> FacetState | None:
    """Return a state with the parameters of a vector; None where they are none.

    Parameters
    ----------
    vector : Floats, shape (n,)
        As :func:`packed` makes it.
    state : FacetState
        What has the same form, and the messages to be kept.

    Returns
    -------
    FacetState or None
        None: steps out of order, no correlation or no covariance.
    """
    size, there = len(state.spread.correlation), state.items.steps > -OPEN
    below, whole = np.tril_indices(size, -1), np.tril_indices(size)
    ends = np.cumsum([len(there), there.sum(), len(below[0]), len(whole[0])])
    log_slopes, places, lower, severe, log_halo = np.split(vector, ends)
    slopes, steps = np.exp(log_slopes), state.items.steps.copy()
    steps[there] = places * np.broadcast_to(slopes[:, None], there.shape)[there]
    factor, severity = np.zeros((size, size)), np.zeros((size, size))
    factor[below], severity[whole] = lower, severe
    rest = 1 - (factor**2).sum(1)
    disordered = (np.diff(steps, axis=1) > -_LEAST_GAP) & there[:, 1:]
    if disordered.any() or rest.min() <= 0 or np.diag(severity).min() <= 0:
        return None
    np.fill_diagonal(factor, np.sqrt(rest))
    spread = Spread(factor @ factor.T, severity @ severity.T, float(np.exp(log_halo).sum()))
    return replace(state, items=ItemParameters(slopes, steps), spread=spread)
