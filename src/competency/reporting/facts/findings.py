"""What was noticed: remarks about the measurements and their words, and the quality of data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from competency.reporting.facts.model import FileCount, FindingGroup, Quality, RejectReason, Remark

if TYPE_CHECKING:
    from competency.errors import Finding
    from competency.evidence.table import Evidence
    from competency.reporting.facts.names import Names
    from competency.wording import Wording

EXAMPLES = 3
"""Findings of one code that are spelled out."""

_GRAVITY = ("error", "warning", "note")


def remarks(findings: Iterable[Finding] | None, names: Names) -> tuple[Remark, ...] | None:
    """Return findings about levels as facts, gravest first; None when nobody looked.

    Findings are those of :func:`competency.levels.diagnostics.level_findings`; those that differ
    only in the competency become one remark.
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


@dataclass(frozen=True, slots=True)
class RemarkWords:
    """A remark in words: what, in a line; what it means here; what to do."""

    title: str
    text: str
    step: str


def remark_words(remark: Remark, w: Wording) -> RemarkWords:
    """Return a remark in the reader's language, or as it was found where there are no words.

    Examples
    --------
    >>> from competency.reporting.facts.model import Remark
    >>> from competency.wording import Wording
    >>> stopped = Remark("not-converged", "warning", {"rounds": 1200})
    >>> remark_words(stopped, Wording("id")).text
    'Perhitungan level dihentikan setelah 1.200 putaran sebelum konvergen; angkanya masih dapat sedikit berubah.'
    >>> remark_words(Remark("new", "note", {}, text="something else"), Wording("id")).title
    'something else'
    """  # noqa: E501
    kind = remark.facts.get("kind")
    key = f"remark.{remark.code}.{kind}" if kind else f"remark.{remark.code}"
    if not w.knows(key):
        return RemarkWords(remark.text, "", remark.hint)
    facts = {name: _written(name, value, w) for name, value in remark.facts.items()}
    facts["names"] = ", ".join(label.text(w.locale) for label in remark.competencies)
    return RemarkWords(w(key), w(f"{key}.text", **facts), w(f"{key}.step"))


def _written(name: str, value: object, w: Wording) -> object:
    if name == "source":
        return w.or_else(f"source.{value}", str(value))
    return w.number(value, 2) if isinstance(value, float) else value


def code_words(code: str, w: Wording) -> str:
    """Return a code of a finding in words; ``rejected-`` and a code names rows rejected for it.

    Examples
    --------
    >>> from competency.wording import Wording
    >>> code_words("rejected-unknown-officer", Wording("en"))
    'Rows rejected: Unknown officer'
    """
    reason = code.removeprefix("rejected-")
    words = w.or_else(f"code.{reason}", reason)
    return words if reason == code else w("code.rejected", reason=words)


def quality(evidence: Evidence | None, findings: Iterable[Finding]) -> Quality:
    """Return counts of rows and groups of findings; without evidence, the findings only."""
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
