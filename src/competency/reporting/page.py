"""Pages to read and print: the cohort's report, and one officer's page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from competency.files import write_text
from competency.reporting import colours, drawing
from competency.reporting.facts.findings import code_words, remark_words
from competency.reporting.summary import build_summary, plan_of
from competency.wording import Wording

if TYPE_CHECKING:
    from jinja2 import Environment

    from competency.case import Case
    from competency.config import Locale
    from competency.errors import Finding
    from competency.evidence.table import Evidence
    from competency.planning.plan import Plan
    from competency.reporting.facts.model import Summary

SHOWN_TRAININGS = 12
"""Trainings in the open part of the table; the rest unfolds."""


def render_report(
    source: Case | Plan,
    path: str | Path,
    *,
    locale: Locale = "id",
    evidence: Evidence | None = None,
    findings: Iterable[Finding] = (),
    measurement: Iterable[Finding] | None = None,
    officers: Sequence[str] | None = None,
    title: str | None = None,
) -> Path:
    """Write the cohort's report as one self-contained page and return its path.

    Parameters
    ----------
    source : Case or Plan
        A case knows what was read and what stood out in the levels; a plan alone does not.
    path : path
        File to write, ending in ``.html``; replaced whole or not at all.
    locale : {"id", "en"}
        Language of words, numbers and dates.
    evidence, findings, measurement, officers, title
        As in :func:`build_summary`.

    Returns
    -------
    Path

    Notes
    -----
    No script, no network, every text escaped; the same inputs give the same bytes. The page
    holds aggregates and a few officers, so that it stays small whatever the cohort.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import competency as cp
    >>> from competency.testing import small_gaps
    >>> plan = cp.plan_cohort(cp.rank_trainings(small_gaps()))
    >>> with TemporaryDirectory() as folder:
    ...     render_report(plan, f"{folder}/report.html", locale="en").name
    'report.html'
    """
    summary = build_summary(
        source,
        evidence=evidence,
        findings=findings,
        measurement=measurement,
        officers=officers,
        title=title,
    )
    page = page_of(summary, locale=locale, chosen=officers is not None)
    return write_text(Path(path), page)


def render_officer(
    source: Case | Plan,
    officer_id: str,
    path: str | Path,
    *,
    locale: Locale = "id",
) -> Path:
    """Write one officer's page, to print and to talk over, and return its path.

    Parameters
    ----------
    source : Case or Plan
    officer_id : str
    path : path
        File to write, ending in ``.html``.
    locale : {"id", "en"}

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If the officer is not in the plan.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> import competency as cp
    >>> from competency.testing import small_gaps
    >>> plan = cp.plan_cohort(cp.rank_trainings(small_gaps()))
    >>> with TemporaryDirectory() as folder:
    ...     "0003" in render_officer(plan, "0003", f"{folder}/0003.html").read_text("utf-8")
    True
    """
    plan = plan_of(source)
    own = plan.take(plan.ranking.gaps.levels.roster.rows_of([officer_id]))
    summary = build_summary(own, officers=[officer_id])
    return write_text(
        Path(path),
        _render("officer.html.j2", summary, Wording(locale), legend=True, shown_reasons=4),
    )


def page_of(summary: Summary, *, locale: Locale = "id", chosen: bool = False) -> str:
    """Return the cohort's report as HTML text.

    Parameters
    ----------
    summary : Summary
    locale : {"id", "en"}
    chosen : bool
        Whether the officers shown were named by the author of the report.

    Returns
    -------
    str
    """
    wording = Wording(locale)
    closed = max((row.gap_closed for row in summary.trainings), default=0.0)
    left_out = {"officers"} if not summary.officers else set()
    left_out |= {"measurement"} if summary.measurement is None else set()
    return _render(
        "cohort.html.j2",
        summary,
        wording,
        chosen=chosen,
        legend=False,
        shown_reasons=2,
        left_out=left_out,
        remark_words=remark_words,
        code_words=code_words,
        shown_trainings=min(SHOWN_TRAININGS, len(summary.trainings)),
        top_closed=closed,
        group_label=_group_label(summary, wording),
    )


def _render(template: str, summary: Summary, wording: Wording, **more: Any) -> str:
    purpose = summary.figures.purpose
    return render_page(
        template,
        summary,
        wording,
        h=summary.heading,
        f=summary.figures,
        purpose=wording.or_else(f"purpose.{purpose}", purpose),
        aim_label=_aim_label(summary, wording),
        **more,
    )


def render_page(template: str, facts: object, wording: Wording, **more: Any) -> str:
    """Return a page as HTML text: a template with its facts, the words and colours of all pages."""
    page = _environment().get_template(template)
    return page.render(facts=facts, w=wording, draw=drawing, look=_look(), **more)


def _aim_label(summary: Summary, wording: Wording) -> Callable[[str, str], str]:
    names = {aim.id: aim for aim in summary.method.aims}

    def label(key: str, aim: str) -> str:
        if aim in ("held", "next"):
            return wording(f"{key}.{aim}")
        return wording(f"{key}.other", position=names[aim].text(wording.locale))

    return label


def _group_label(summary: Summary, wording: Wording) -> Callable[[str], str]:
    positions = {row.position.id: row.position for row in summary.match.rows}

    def label(name: str) -> str:
        held = positions.get(name) if summary.heat.by == "position" else None
        return held.text(wording.locale) if held else name

    return label


@cache
def _environment() -> Environment:
    """Return the templates of all pages; they escape what they are given."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("competency.reporting", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _look() -> dict[str, object]:
    """Return the colours of all pages."""
    return {
        "accent": colours.accent(),
        "accent_dark": colours.accent(dark=True),
        "signal": colours.SIGNAL,
        "light": colours.sequential(),
        "dark": colours.sequential(dark=True),
    }
