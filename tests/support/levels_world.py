"""What tests of levels share."""

from __future__ import annotations

from dataclasses import replace


def with_means(parameters, group):
    """Parameters of the level model with other group means."""
    return replace(parameters, means=replace(parameters.means, group=group))
