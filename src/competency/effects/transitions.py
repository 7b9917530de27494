"""What a training changes: a transition matrix on levels for each thing that it develops."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import Floats, Ints, frozen

if TYPE_CHECKING:
    from competency.framework.model import Framework


CATALOGUE = "catalogue"
"""Origin of transitions that nobody measured."""


@dataclass(frozen=True, eq=False)
class Transitions:
    """Transition matrices on levels, one for each row of ``framework.index.develops``.

    Parameters
    ----------
    framework : Framework
        Owner of the rows.
    matrix : float64, shape (n_develops, n_levels, n_levels)
        ``matrix[d, i, j]`` = P(level j after | level i before) for an officer who completes the
        training; rows sum to 1, and nothing lies left of the diagonal: no training takes away.
    origin : str
        ``"catalogue"`` (the prior) or the name of an estimate.
    """

    framework: Framework
    matrix: Floats
    origin: str = CATALOGUE

    @cached_property
    def tail(self) -> Floats:
        """``tail[d, i, k]`` = P(level >= k after | level i before), shape of `matrix`."""
        return frozen(np.cumsum(self.matrix[..., ::-1], axis=-1)[..., ::-1].copy())

    def survival_after(self, row: int, probs: Floats) -> Floats:
        """Return P(level >= k) after row `row` of ``develops``, float64 ``(n_levels,)``.

        `probs` is the belief before, ``(n_levels,)``, about the competency that the row develops.
        """
        return np.asarray((probs.astype(np.float64)[:, None] * self.tail[row]).sum(0))

    def after_rows(self, rows: Ints, probs: Floats) -> Floats:
        """Return the beliefs after one row of ``develops`` each.

        Parameters
        ----------
        rows : Ints, shape (n_rows,)
        probs : Floats, shape (n_rows, n_levels)
            Beliefs before, about the competency that each row develops.

        Returns
        -------
        float64, shape (n_rows, n_levels)
        """
        return np.asarray(np.einsum("oi,oij->oj", probs, self.matrix[rows]))

    def after_trainings(self, trainings: Ints, probs: Floats) -> Floats:
        """Return the beliefs about one officer after some trainings, one after the other.

        Parameters
        ----------
        trainings : Ints, shape (n_trainings,)
            Rows of ``framework.index.training_ids``, in the order in which they are taken.
        probs : Floats, shape (n_competencies, n_levels)
            Beliefs before.

        Returns
        -------
        float64, shape (n_competencies, n_levels)

        Examples
        --------
        >>> import competency as cp
        >>> from competency.effects import catalogue_transitions
        >>> framework = cp.load_framework(cp.pack_path())
        >>> index, transitions = framework.index, catalogue_transitions(framework)
        >>> novice = np.eye(1, index.n_levels).repeat(len(index.competency_ids), axis=0)
        >>> after = transitions.after_trainings(np.arange(3), novice)
        >>> bool(np.allclose(after.sum(1), 1)), transitions.after_trainings([], novice)[0].tolist()
        (True, [1.0, 0.0, 0.0, 0.0, 0.0, 0.0])
        """
        develops, after = self.framework.index.develops, probs.astype(np.float64)
        for training in trainings:
            for row in range(*develops.pointer[training : training + 2]):
                competency = develops.competency[row]
                after[competency] = after[competency] @ self.matrix[row]
        return after


def catalogue_transitions(framework: Framework) -> Transitions:
    """Return the transitions that the catalogue claims (the prior, before any history).

    A row of `develops` with entry level e, target level t and success p takes an officer from
    every level in [e, t) to t with probability p, and leaves every other level where it is.

    Parameters
    ----------
    framework : Framework

    Returns
    -------
    Transitions

    Examples
    --------
    >>> import competency as cp
    >>> from competency.effects import catalogue_transitions
    >>> framework = cp.load_framework(cp.pack_path())
    >>> transitions = catalogue_transitions(framework)
    >>> bool(np.allclose(transitions.matrix.sum(-1), 1))
    True
    """
    develops = framework.index.develops
    return Transitions(framework, success_matrix(framework, develops.success))


def success_matrix(framework: Framework, success: Floats) -> Floats:
    """Return the transition matrices of rows that succeed with other chances than claimed.

    `success`, ``(n_develops,)``, is the chance that a row lifts an officer from its entry level or
    above to its target; the matrices have the shape ``(n_develops, n_levels, n_levels)``.
    """
    develops, n_levels = framework.index.develops, framework.index.n_levels
    level = np.arange(n_levels)
    lifted = (level >= develops.entry_level[:, None]) & (level < develops.target_level[:, None])
    chance = lifted * success[:, None]
    rows = np.arange(len(chance))
    matrix = (1 - chance)[..., None] * np.eye(n_levels)
    matrix[rows, :, develops.target_level] += chance
    return frozen(matrix)


def expected_gap_closed(probs: Floats, worth: Floats, transitions: Transitions) -> Floats:
    """Return the weighted gap that each training is expected to close, in levels.

    ``closed[o, t] = sum over d of t, over k of worth[o, c, k] x (P'(L >= k) - P(L >= k))`` with
    ``P'`` the belief after the training's transition on competency c.

    Parameters
    ----------
    probs : Floats, shape (n_officers, n_competencies, n_levels)
        Beliefs.
    worth : Floats, same shape
        Worth of reaching each level, not negative.
    transitions : Transitions

    Returns
    -------
    float32, shape (n_officers, n_trainings)

    Notes
    -----
    Never negative, and never smaller for a larger `worth`. The answer for one officer does not
    depend on the others: byte-identical alone and in a batch.
    """
    index = transitions.framework.index
    closed = np.zeros((len(index.training_ids), len(probs)), np.float32)
    by_row = gap_closed_by_row(probs, worth, transitions)
    for training, part in zip(index.develops.training, by_row, strict=True):
        closed[training] += part
    return frozen(np.ascontiguousarray(closed.T))


def gap_closed_by_row(probs: Floats, worth: Floats, transitions: Transitions) -> Floats:
    """Return the weighted gap that each row of `develops` is expected to close, in levels.

    Parameters
    ----------
    probs : Floats, shape (n_officers, n_competencies, n_levels)
        Beliefs.
    worth : Floats, same shape
        Worth of reaching each level, not negative.
    transitions : Transitions

    Returns
    -------
    float32, shape (n_develops, n_officers)
        Rows in the order of ``framework.index.develops``.

    Notes
    -----
    A few multiplications of vectors over officers per row; two levels-first copies of one
    competency at a time are the only other memory.
    """
    develops = transitions.framework.index.develops
    # NOTE: a training lifts P(L >= k) only from levels below k, by exactly the tail there.
    rise = np.triu(transitions.tail, k=1).astype(np.float32)
    closed = np.zeros((len(rise), len(probs)), np.float32)
    for competency in np.unique(develops.competency):
        held = np.ascontiguousarray(probs[:, competency].T, np.float32)
        value = np.ascontiguousarray(worth[:, competency].T, np.float32)
        for row in np.flatnonzero(develops.competency == competency):
            _add_closed(closed[row], held, value, rise[row])
    return frozen(closed)


def _add_closed(closed: Floats, held: Floats, value: Floats, rise: Floats) -> None:
    # NOTE: no matrix product here. BLAS picks its kernel by the number of officers, and then
    # the last digit of one officer's answer depends on how many others are in the batch.
    for before, reached in np.argwhere(rise):
        closed += held[before] * (rise[before, reached] * value[reached])
