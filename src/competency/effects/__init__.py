"""What a training changes: transitions between levels, from the catalogue or from history."""

from competency.effects.transitions import (
    Transitions,
    catalogue_transitions,
    expected_gap_closed,
    gap_closed_by_row,
)

__all__ = ["Transitions", "catalogue_transitions", "expected_gap_closed", "gap_closed_by_row"]
