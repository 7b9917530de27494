"""All facts of a report, computed once: what the page, the workbook and a caller read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from competency.case import Case
from competency.effects.transitions import CATALOGUE
from competency.errors import Finding
from competency.files import content_hash
from competency.framework.index import NO_LIMIT
from competency.planning.plan import Plan
from competency.reporting.facts.cohort import heat_map
from competency.reporting.facts.findings import quality, remarks
from competency.reporting.facts.match import MatchTable, match_rows, mean
from competency.reporting.facts.model import (
    Heading,
    KeyFigures,
    Label,
    Method,
    Summary,
    WithoutPlan,
)
from competency.reporting.facts.names import Names, label_of, optional
from competency.reporting.facts.officers import gap_before, officer_facts, sample, why_without
from competency.reporting.facts.trainings import (
    calendar,
    coverage_facts,
    open_sessions,
    training_rows,
)

if TYPE_CHECKING:
    from competency.evidence.table import Evidence
    from competency.gaps.table import GapTable

REASONS = ("no_position", "no_gap", "nothing_open", "no_room")
"""Why an officer has no plan, from the most to the least final."""


def build_summary(
    source: Case | Plan,
    *,
    evidence: Evidence | None = None,
    findings: Iterable[Finding] = (),
    measurement: Iterable[Finding] | None = None,
    officers: Sequence[str] | None = None,
    title: str | None = None,
) -> Summary:
    """Return all facts of a cohort's report.

    Parameters
    ----------
    source : Case or Plan
        A case knows everything. A plan leads back to ranking, gaps, levels and framework, and to
        the settings that they were made with; nothing is estimated again.
    evidence : Evidence, optional
        What was read; without it the part on data quality holds the findings only.
    findings : iterable of Finding
        What else was noticed. Those of the plan and of the evidence are added.
    measurement : iterable of Finding, optional
        What stood out in the levels, of :func:`competency.levels.diagnostics.level_findings`;
        None = nobody looked. A case looks.
    officers : sequence of str, optional
        Ids of the officers to show one by one; by default the 8 whose plans close most.
    title : str, optional
        Title of the report.

    Returns
    -------
    Summary
        Frozen; ``.to_dict()`` gives plain dicts, lists, numbers and texts.

    Raises
    ------
    InputError
        If an officer in `officers` is not in the plan.

    Notes
    -----
    Cost is linear in officers x competencies, and its memory a few arrays of that size; the
    draws of the job-person match take most of the time.
    """
    plan, evidence = plan_of(source), evidence_of(source, evidence)
    if isinstance(source, Case):
        measurement = source.measurement if measurement is None else measurement
        findings = (*source.findings, *findings)
    gaps = plan.ranking.gaps
    minimum_group = gaps.config.minimum_group
    gaps.levels.roster.rows_of(officers or ())
    names = Names(gaps.levels.framework)
    match = MatchTable(gaps)
    return Summary(
        heading=_heading(plan, title),
        figures=_figures(plan, match),
        heat=heat_map(gaps, names, minimum_group=minimum_group),
        coverage=coverage_facts(plan, names),
        match=match_rows(gaps, match, names, minimum_group=minimum_group),
        trainings=training_rows(plan, names),
        calendar=calendar(plan, names),
        officers=officer_facts(plan, sample(plan, officers), names, match),
        measurement=remarks(measurement, names),
        quality=quality(evidence, (*findings, *plan.findings)),
        method=_method(plan),
    )


def plan_of(source: Case | Plan) -> Plan:
    """Return the plan of a case, or the plan itself."""
    return source.plan if isinstance(source, Case) else source


def evidence_of(source: Case | Plan, given: Evidence | None) -> Evidence | None:
    """Return the evidence that is given, or that of a case; a plan alone has none."""
    return source.evidence if given is None and isinstance(source, Case) else given


def _heading(plan: Plan, title: str | None) -> Heading:
    levels = plan.ranking.gaps.levels
    framework = levels.framework
    about = framework.about
    return Heading(
        title=title or "",
        framework=label_of(about),
        version=framework.version,
        source=about.source,
        status=about.status or "",
        synthetic=about.status == "illustrative",
        as_of=levels.as_of,
        horizon_end=levels.as_of + timedelta(days=plan.config.horizon_days),
        n_officers=len(levels),
        n_positions=len(framework.positions),
        n_competencies=len(framework.competencies),
        n_trainings=len(framework.trainings),
        n_sessions=int(open_sessions(plan).sum()),
    )


def _figures(plan: Plan, match: MatchTable) -> KeyFigures:
    index = plan.ranking.gaps.levels.framework.index
    hours = float(plan.hours.sum())
    n_planned = int((np.diff(plan.pointer) > 0).sum())
    seats = index.sessions.seats[open_sessions(plan)].astype(np.int64)
    met, unknown, n_requirements = _requirements(plan.ranking.gaps)
    return KeyFigures(
        purpose=match.purpose,
        match_mean=mean(match.match),
        n_matched=int((~np.isnan(match.match)).sum()),
        categories=match.count(slice(None)),
        met_share=met,
        unknown_share=unknown,
        n_requirements=n_requirements,
        hours=hours,
        hours_each=hours / n_planned if n_planned else None,
        hours_budget=plan.config.hours,
        cost=float(index.trainings.cost[plan.training].sum()),
        seats_used=int((plan.session >= 0).sum()),
        seats_offered=int(seats[seats != NO_LIMIT].sum()),
        n_planned=n_planned,
        n_steps=len(plan),
        without=_without(plan),
        gap_before=round(float(gap_before(plan).sum()), 6),
        gap_closed=round(plan.value, 6),
    )


def _without(plan: Plan) -> tuple[WithoutPlan, ...]:
    codes = why_without(plan)
    counts = [(reason, int((codes == reason).sum())) for reason in REASONS]
    return tuple(WithoutPlan(reason, count) for reason, count in counts if count)


def _requirements(gaps: GapTable) -> tuple[float | None, float | None, int]:
    """Mean chance to meet an assessed requirement; share not assessed; number of requirements."""
    relevant = gaps.required[0] > 0
    known = relevant & gaps.known
    n_relevant, n_known = int(relevant.sum()), int(known.sum())
    met = optional(float(gaps.meets[0][known].mean(dtype=np.float64))) if n_known else None
    return met, (1 - n_known / n_relevant if n_relevant else None), n_relevant


def _method(plan: Plan) -> Method:
    from competency import __version__

    settings = {
        "planning": plan.config.model_dump(mode="json"),
        "gaps": plan.ranking.gaps.config.model_dump(mode="json"),
    }
    return Method(
        library=f"competency {__version__}",
        ranking=plan.ranking.method,
        planning=plan.method,
        learned=plan.transitions.origin != CATALOGUE,
        aims=_aims(plan),
        settings=settings,
        fingerprint=_fingerprint(plan, settings),
    )


def _aims(plan: Plan) -> tuple[Label, ...]:
    framework = plan.ranking.gaps.levels.framework
    positions = {row.id: label_of(row) for row in framework.positions}
    return tuple(positions.get(aim, Label(aim, "")) for aim in plan.ranking.gaps.aims)


def _fingerprint(plan: Plan, settings: Mapping[str, object]) -> str:
    """Hash of what the report was made from: beliefs, scores, plan and settings."""
    levels = plan.ranking.gaps.levels
    parts = (
        levels.framework.version.encode(),
        json.dumps(settings, sort_keys=True).encode(),
        "\x1f".join(levels.roster.officer_ids).encode(),
        np.ascontiguousarray(levels.probs).tobytes(),
        np.ascontiguousarray(plan.training).tobytes(),
        np.ascontiguousarray(plan.session).tobytes(),
    )
    return content_hash(*parts)[:12]
