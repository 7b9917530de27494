"""From a value on a scale to a level of the framework: by the declared map, or as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from competency.errors import ConfigError, Finding
from competency.evidence.cells import Fault, Parsed
from competency.evidence.days import is_day_format

if TYPE_CHECKING:
    from competency.arrays import Bools, Floats, Ints, Texts
    from competency.config import EvidenceConfig, ScaleMap
    from competency.framework.model import Framework

_OTHER_SCALE = Fault(
    "other-scale",
    "the scale is not the one of the competency",
    "leave the scale blank, or declare a map in evidence.scales",
)


@dataclass(frozen=True, eq=False)
class Scales:
    """The scales of a framework and the foreign ones that the settings declare.

    Parameters
    ----------
    competency_ids : pandas Index
        The competencies.
    scale : Texts, shape (n_competencies,)
        Scale of each.
    max_level : Ints, shape (n_competencies,)
        Highest level of it.
    maps : dict of ScaleMap
        Declared maps; one that is named like a scale of the framework replaces it.
    """

    competency_ids: pd.Index[str]
    scale: Texts
    max_level: Ints
    maps: dict[str, ScaleMap]

    def highest(self, competency: Texts) -> Ints:
        """Return the highest level of each competency; 0 where the id is not known."""
        return np.append(self.max_level, 0)[self.competency_ids.get_indexer(pd.Index(competency))]

    def levels(self, value: Floats, competency: Texts, scale: Texts) -> Parsed:
        """Return the level of each value, float64 ``(n,)``, and what is wrong with it.

        A value on the framework's own scale is its level, fractions included; on a declared
        scale the level is the number of cuts reached. Rows without a value or a competency have
        a fault already and get NaN here.
        """
        at = self.competency_ids.get_indexer(pd.Index(competency))
        highest = np.append(self.max_level, 0)[at]
        own = np.append(self.scale, "")[at]
        usable = (at >= 0) & ~np.isnan(value)
        level = np.where(usable, value, np.nan)
        problems: list[tuple[Bools, Fault]] = []
        default = ~np.isin(scale, list(self.maps))
        for name, scale_map in sorted(self.maps.items()):
            rows = usable & (scale == name)
            level[rows] = np.searchsorted(scale_map.cuts, value[rows], side="right")
            low, high = scale_map.minimum, scale_map.maximum
            problems.append((rows & _beyond(value, low, high), _outside(low, high)))
            problems.append((rows & (level > highest), _TOO_FINE))
        foreign = default & (scale != "") & (scale != own)
        problems.append((usable & foreign, _OTHER_SCALE))
        for top in np.unique(highest).tolist():
            rows = usable & default & ~foreign & (highest == top)
            problems.append((rows & _beyond(value, 0, top), _outside(0, top)))
        return _first_of(level, problems)


def scales_of(framework: Framework, config: EvidenceConfig) -> Scales:
    """Return the scales of `framework` and of the settings."""
    index = framework.index
    scale = {row.id: row.scale for row in framework.competencies}
    return Scales(
        pd.Index(index.competency_ids, dtype=object),
        np.array([scale[name] for name in index.competency_ids], object),
        index.max_level,
        dict(config.scales),
    )


def check_settings(config: EvidenceConfig) -> None:
    """Raise `ConfigError` for a scale that is no monotone map, or a date format that says no day.

    Examples
    --------
    >>> from competency.config import EvidenceConfig
    >>> check_settings(EvidenceConfig(date_format="%d/%m/%Y"))
    """
    hint = "write minimum < maximum, and finite cuts in rising order between them"
    findings = [
        Finding("illegal-setting", f"setting scales.{name}: no monotone map", hint=hint)
        for name, scale_map in sorted(config.scales.items())
        if not _is_monotone(scale_map)
    ]
    if config.date_format is not None and not is_day_format(config.date_format):
        message = f"setting date_format: {config.date_format!r} does not say year, month and day"
        findings.append(Finding("illegal-setting", message, hint='for example "%d/%m/%Y"'))
    if findings:
        raise ConfigError("evidence settings", findings)


_TOO_FINE = Fault(
    "scale-too-fine",
    "the scale leads to a level that the competency does not have",
    "declare fewer cuts for this scale",
)


def _first_of(level: Floats, problems: Sequence[tuple[Bools, Fault]]) -> Parsed:
    fault = np.full(len(level), -1, np.intp)
    for number, (rows, _) in enumerate(problems):
        fault[rows & (fault < 0)] = number
    return Parsed(level, fault, tuple(problem for _, problem in problems))


def _beyond(value: Floats, low: float, high: float) -> Bools:
    return (value < low) | (value > high)


def _outside(low: float, high: float) -> Fault:
    reason = f"value is outside the scale ({low:g} to {high:g})"
    return Fault("value-out-of-range", reason, "correct the value, or name its scale")


def _is_monotone(scale_map: ScaleMap) -> bool:
    marks = np.array([scale_map.minimum, *scale_map.cuts, scale_map.maximum])
    rising = np.diff(scale_map.cuts) > 0
    inside = scale_map.minimum <= marks.min() and marks.max() <= scale_map.maximum
    return bool(np.isfinite(marks).all() and rising.all() and inside and marks[0] < marks[-1])
