"""Transitions kept with a ranker's file: bound to a framework when officers are ranked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from competency.arrays import Floats
from competency.effects.transitions import Transitions
from competency.errors import Finding, ModelFileError

if TYPE_CHECKING:
    from competency.framework.model import Framework


@dataclass(frozen=True, eq=False)
class KeptTransitions:
    """Moves between levels, as numbers beside the version of the framework they belong to.

    Parameters
    ----------
    framework_version : str
    matrix : float64, shape (n_develops, n_levels, n_levels)
        As in :class:`Transitions`.
    origin : str
    """

    framework_version: str
    matrix: Floats
    origin: str

    @classmethod
    def of(cls, transitions: Transitions | KeptTransitions) -> KeptTransitions:
        """Return transitions without their framework."""
        if isinstance(transitions, KeptTransitions):
            return transitions
        return cls(transitions.framework.version, transitions.matrix, transitions.origin)

    def on(self, framework: Framework) -> Transitions:
        """Return them for their framework.

        Parameters
        ----------
        framework : Framework

        Returns
        -------
        Transitions

        Raises
        ------
        ModelFileError
            They belong to another framework.
        """
        if framework.version != self.framework_version:
            message = (
                f"transitions of framework {self.framework_version} used with {framework.version}"
            )
            hint = "learn what trainings change again with this framework"
            raise ModelFileError("ranker", [Finding("other-framework", message, hint=hint)])
        return Transitions(framework, self.matrix, self.origin)


def moves_on(
    transitions: Transitions | KeptTransitions | None, framework: Framework
) -> Transitions | None:
    """Return transitions bound to a framework; None stays None.

    Parameters
    ----------
    transitions : Transitions, KeptTransitions or None
    framework : Framework

    Returns
    -------
    Transitions or None
    """
    return transitions.on(framework) if isinstance(transitions, KeptTransitions) else transitions
