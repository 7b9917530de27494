"""What a training changes: transitions between levels, from the catalogue or from history."""

from competency.effects.model import EffectModel, load_effect_model
from competency.effects.provider_report import provider_report
from competency.effects.transitions import (
    Transitions,
    catalogue_transitions,
    expected_gap_closed,
    gap_closed_by_row,
)

__all__ = [
    "EffectModel",
    "Transitions",
    "catalogue_transitions",
    "expected_gap_closed",
    "gap_closed_by_row",
    "load_effect_model",
    "provider_report",
]
