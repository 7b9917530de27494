"""Data quality: rows read and rejected, and findings by code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from competency.reporting.facts.model import FileCount, FindingGroup, Quality, RejectReason

if TYPE_CHECKING:
    from competency.errors import Finding
    from competency.evidence.table import Evidence

EXAMPLES = 3
"""Findings of one code that are spelled out."""

_GRAVITY = ("error", "warning", "note")


def quality(evidence: Evidence | None, findings: Iterable[Finding]) -> Quality:
    """Return counts of rows and groups of findings.

    Parameters
    ----------
    evidence : Evidence or None
        None: the files are not known, only the findings are.
    findings : iterable of Finding

    Returns
    -------
    Quality
    """
    noticed = [*(evidence.findings if evidence else ()), *findings]
    return Quality(
        files=_files(evidence) if evidence else (),
        rejects=_rejects(evidence) if evidence else (),
        findings=_groups(noticed),
        latest=evidence.latest_date() if evidence else None,
    )


def _files(evidence: Evidence) -> tuple[FileCount, ...]:
    counts = evidence.counts()
    columns = [counts[name].tolist() for name in ("table", "file", "read", "kept", "rejected")]
    return tuple(FileCount(*row) for row in zip(*columns, strict=True))


def _rejects(evidence: Evidence) -> tuple[RejectReason, ...]:
    rejected = evidence.rejected
    if rejected.empty:
        return ()
    grouped = rejected.groupby("code", sort=True)
    first, size = grouped["reason"].first(), grouped.size()
    rows = [RejectReason(str(code), str(first[code]), int(size[code])) for code in first.index]
    return tuple(sorted(rows, key=lambda row: (-row.count, row.code)))


def _groups(findings: list[Finding]) -> tuple[FindingGroup, ...]:
    by_code: dict[tuple[str, str], list[str]] = {}
    for finding in dict.fromkeys(findings):
        by_code.setdefault((finding.severity, finding.code), []).append(str(finding))
    rows = [
        FindingGroup(code, severity, len(texts), tuple(sorted(texts)[:EXAMPLES]))
        for (severity, code), texts in by_code.items()
    ]
    return tuple(sorted(rows, key=lambda row: (_GRAVITY.index(row.severity), -row.count, row.code)))
