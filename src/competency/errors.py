"""Everything that can be wrong with an input, in one tree, with the words that say so.

A :class:`Finding` is one thing that was noticed: what, where, the nearest valid name and what
to do next. Findings are collected, never raised one by one; an :class:`InputError` carries all
of those that stop the work. Messages name rows and ids of the framework; they never contain an
officer's name or a score, because messages reach logs.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]

SHOWN = 5
"""Findings spelled out in one message before the rest is counted (a screenful)."""


@dataclass(frozen=True, slots=True, order=True)
class Where:
    """A place in an input: file, sheet, row (1 = the header line) and id, each optional.

    Examples
    --------
    >>> print(Where("requirements.csv", row=7))
    requirements.csv row 7
    >>> print(Where())
    <BLANKLINE>
    """

    file: str = ""
    sheet: str = ""
    row: int = 0
    id: str = ""

    def __str__(self) -> str:
        parts = (
            self.file,
            f"sheet {self.sheet!r}" if self.sheet else "",
            f"row {self.row}" if self.row else "",
            f"id {self.id!r}" if self.id else "",
        )
        return " ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing noticed in an input.

    Parameters
    ----------
    code : str
        Stable machine name, for example ``"unknown-competency"``.
    message : str
        What is wrong, in one sentence without a full stop.
    severity : {"error", "warning", "note"}
        An error stops the run (exit code 2), a warning is a finding (exit code 1),
        a note is worth knowing (exit code 0).
    where : Where
        The place.
    nearest : tuple of str
        Valid names close to the one that was written.
    hint : str
        The next step for the person who reads this.
    facts : tuple of (str, str or number)
        What the message speaks of, by name, for those who say it in another language.

    Examples
    --------
    >>> print(Finding("unknown-competency", "competency 'M.9' is not in the framework",
    ...               where=Where("requirements.csv", row=4), nearest=("M.09",),
    ...               hint="correct the id or add the competency"))
    requirements.csv row 4: competency 'M.9' is not in the framework. Nearest: 'M.09'. Hint: correct the id or add the competency
    """  # noqa: E501

    code: str
    message: str
    severity: Severity = "error"
    where: Where = Where()
    nearest: tuple[str, ...] = ()
    hint: str = ""
    facts: tuple[tuple[str, str | int | float], ...] = ()

    def __str__(self) -> str:
        place = f"{self.where}: " if str(self.where) else ""
        near = f". Nearest: {', '.join(map(repr, self.nearest))}" if self.nearest else ""
        hint = f". Hint: {self.hint}" if self.hint else ""
        return f"{place}{self.message}{near}{hint}"


def nearest_names(name: str, valid: Iterable[str], *, count: int = 3) -> tuple[str, ...]:
    """Return up to `count` names among `valid` that resemble `name`, best first.

    Examples
    --------
    >>> nearest_names("Integrita", ["Integritas", "Komunikasi"])
    ('Integritas',)
    >>> nearest_names("M.9", ["M.08", "T.01"])
    ('M.08',)
    >>> nearest_names("x", [])
    ()
    """
    folded: dict[str, str] = {}
    for candidate in valid:
        folded.setdefault(candidate.casefold(), candidate)
    written = name.casefold()
    close = difflib.get_close_matches(written, folded, n=count, cutoff=0.6)
    if not close:  # short codes differ by a large share of their letters
        far = difflib.get_close_matches(written, folded, n=50, cutoff=0.4)
        close = sorted(far, key=lambda key: key[0] != written[0])[:1]
    return tuple(folded[key] for key in close)


def worst_severity(findings: Iterable[Finding]) -> Severity | None:
    """Return the gravest severity among `findings`, or None when there are none.

    Examples
    --------
    >>> worst_severity([Finding("a", "x", "note"), Finding("b", "y", "warning")])
    'warning'
    >>> worst_severity([]) is None
    True
    """
    present = {finding.severity for finding in findings}
    order: tuple[Severity, ...] = ("error", "warning", "note")
    return next((severity for severity in order if severity in present), None)


class CompetencyError(Exception):
    """Root of every error that this library raises on purpose."""


class InputError(CompetencyError):
    """An input cannot be used; carries every finding that says why.

    Parameters
    ----------
    subject : str
        What was being read, for example ``"framework"``.
    findings : sequence of Finding
        All problems, in the order of the input.
    """

    def __init__(self, subject: str, findings: Sequence[Finding]) -> None:
        self.subject = subject
        self.findings = tuple(findings)
        super().__init__(self._text())

    def _text(self) -> str:
        count = len(self.findings)
        noun = "problem" if count == 1 else "problems"
        lines = [f"{self.subject}: {count} {noun}"]
        lines += [f"  {finding}" for finding in self.findings[:SHOWN]]
        if count > SHOWN:
            lines.append(f"  ... and {count - SHOWN} more (all of them are in .findings)")
        return "\n".join(lines)


class FrameworkError(InputError):
    """The framework is not usable as it stands."""


class EvidenceError(InputError):
    """The evidence cannot be read, or rows were rejected under ``strict=True``."""


class FileFormatError(InputError):
    """A file is missing, empty, too large, or not in a format that is read here."""


class ConfigError(InputError):
    """A setting is unknown or out of its legal range."""


class ModelFileError(InputError):
    """A saved model is missing, damaged, or belongs to another framework."""


class PlanInfeasible(InputError):  # noqa: N818
    """No plan meets the constraints; the findings name those that clash.

    Parameters
    ----------
    subject : str
        What was being planned.
    findings : sequence of Finding
        One for each clash.
    clashes : sequence of Clash
        The limits, mandatory trainings and officers of each clash.
    plan : Plan or None
        What can be planned all the same.
    """

    def __init__(
        self,
        subject: str,
        findings: Sequence[Finding],
        *,
        clashes: Sequence[object] = (),
        plan: object = None,
    ) -> None:
        super().__init__(subject, findings)
        self.clashes = tuple(clashes)
        self.plan = plan


class LeakageError(InputError):
    """Something that was only known later would be used to learn from or to judge a decision."""


class NotFittedError(CompetencyError):
    """An estimator was asked for an answer before it was fitted."""

    @classmethod
    def of(cls, name: str) -> NotFittedError:
        """Say which estimator (`name`), and what to call first."""
        return cls(f"this {name} is not fitted yet. Hint: call .fit(evidence) first")
