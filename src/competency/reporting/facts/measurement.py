"""What to mind about the measurements: findings about the levels, gathered by what they say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from competency.reporting.facts.model import Remark

if TYPE_CHECKING:
    from competency.errors import Finding
    from competency.reporting.facts.names import Names

_GRAVITY = ("error", "warning", "note")


def remarks(findings: Iterable[Finding] | None, names: Names) -> tuple[Remark, ...] | None:
    """Return findings about levels as facts, gravest first; None when nobody looked.

    Parameters
    ----------
    findings : iterable of Finding or None
        As :func:`competency.levels.diagnostics.level_findings` returns them. Those that differ
        only in the competency become one.
    names : Names

    Returns
    -------
    tuple of Remark or None
    """
    if findings is None:
        return None
    number = {name: c for c, name in enumerate(names.index.competency_ids)}
    alike: dict[tuple[str, ...], list[Finding]] = {}
    for place, finding in enumerate(findings):
        # NOTE: two of one kind, such as of two sources, are two remarks.
        apart = "" if finding.where.id in number else str(place)
        alike.setdefault((finding.severity, finding.code, apart), []).append(finding)
    found = []
    for group in alike.values():
        places = sorted(number[item.where.id] for item in group if item.where.id in number)
        first = group[0]
        found.append(
            Remark(
                code=first.code,
                severity=first.severity,
                facts=dict(first.facts) if len(group) == 1 else {},
                competencies=tuple(names.competencies[c] for c in names.order if c in places),
                text=first.message,
                hint=first.hint,
            )
        )
    return tuple(sorted(found, key=lambda row: _GRAVITY.index(row.severity)))
