"""One officer's facts: beliefs, gaps, match, and the plan with its reasons."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from competency.arrays import Floats, Texts
from competency.gaps.score import weighted_gap
from competency.reporting.facts.match import MatchTable
from competency.reporting.facts.model import CompetencyLine, OfficerFacts, Step
from competency.reporting.facts.names import day
from competency.wording import LOCALES

if TYPE_CHECKING:
    from competency.planning.plan import Plan
    from competency.reporting.facts.names import Names

SAMPLE = 8
"""Officers shown when none are named."""


def gap_before(plan: Plan) -> Floats:
    """Return each officer's weighted gap before the plan, in levels, shape ``(n_officers,)``."""
    ranking = plan.ranking
    total: Floats = weighted_gap(ranking.worth, ranking.gaps.levels.survival).sum(-1)
    return total


def why_without(plan: Plan) -> Texts:
    """Return why each officer has no plan: a reason code, or "" for officers who have one.

    Codes: ``no_position``, ``no_gap``, ``nothing_open`` (no training may be taken now and
    closes something) and ``no_room`` (hours, seats, dates or money did not suffice).
    """
    ranking = plan.ranking
    conditions = [
        np.diff(plan.pointer) > 0,
        (ranking.gaps.position < 0).all(axis=0),
        gap_before(plan) <= plan.config.minimum_gain,
        ~ranking.any_eligible,
    ]
    codes = ["", "no_position", "no_gap", "nothing_open"]
    return np.select(conditions, codes, default="no_room").astype(object)


def sample(plan: Plan, officers: Sequence[str] | None) -> list[int]:
    """Return rows of the officers to show: those named, or those whose plan closes most."""
    roster = plan.ranking.gaps.levels.roster
    if officers is not None:
        return [roster.row_of[name] for name in dict.fromkeys(map(str, officers))]
    closed = np.bincount(plan.officer, weights=plan.gain, minlength=len(roster))
    order = np.argsort(-np.round(closed, 9), kind="stable")[:SAMPLE]
    return [int(row) for row in order if closed[row] > 0]


def officer_facts(
    plan: Plan, rows: Sequence[int], names: Names, match: MatchTable
) -> tuple[OfficerFacts, ...]:
    """Return the facts of the officers at `rows`; `match` holds all officers, or these."""
    before, without = gap_before(plan), why_without(plan)
    return tuple(
        _officer(plan, row, names, match, float(before[row]), str(without[row])) for row in rows
    )


def _officer(
    plan: Plan, row: int, names: Names, match: MatchTable, before: float, without: str
) -> OfficerFacts:
    gaps = plan.ranking.gaps
    roster = gaps.levels.roster
    officer = str(roster.officer_ids[row])
    lines, steps = _lines(plan, row, names), _steps(plan, row, names, before)
    held = gaps.required[0, row] > 0
    return OfficerFacts(
        id=officer,
        position=names.position(int(roster.position[row])),
        next_position=names.position(int(roster.next_position[row])),
        unit=str(roster.unit[row]),
        region=str(roster.region[row]),
        **match.of(officer),
        lines=lines,
        n_required=int(held.sum()),
        n_unknown=int((held & ~gaps.known[row]).sum()),
        gap=_totals([line.gap for line in lines if line.known], gaps.aims),
        after=_totals([line.after for line in lines if line.known], gaps.aims),
        gap_before=round(before, 6),
        steps=steps,
        hours=sum(step.hours for step in steps),
        without=without,
    )


def _lines(plan: Plan, row: int, names: Names) -> tuple[CompetencyLine, ...]:
    """Lines of one officer, with the beliefs after every training of the plan, as it assumed."""
    gaps = plan.ranking.gaps
    trainings = plan.training[plan.pointer[row] : plan.pointer[row + 1]]
    after = plan.transitions.after_trainings(trainings, gaps.levels.probs[row])
    asked = gaps.required[:, row].max(axis=0, initial=0) > 0
    return tuple(_line(plan, row, c, names, after[c]) for c in names.order if asked[c])


def _line(plan: Plan, row: int, c: int, names: Names, after: Floats) -> CompetencyLine:
    gaps = plan.ranking.gaps
    levels = gaps.levels
    aims = {aim: a for a, aim in enumerate(gaps.aims) if gaps.required[a, row, c]}
    required = {aim: int(gaps.required[a, row, c]) for aim, a in aims.items()}
    return CompetencyLine(
        competency=names.competencies[c],
        probs=tuple(round(float(p), 4) for p in levels.probs[row, c]),
        known=bool(gaps.known[row, c]),
        expected=round(float(levels.expected[row, c]), 4),
        n_observations=int(levels.n_observations[row, c]),
        last_date=day(levels.last_date[row, c]),
        required=required,
        gap={aim: round(float(gaps.expected_gap[a, row, c]), 6) for aim, a in aims.items()},
        after={aim: round(_gap(after, level), 6) for aim, level in required.items()},
        meets={aim: round(float(gaps.meets[a, row, c]), 6) for aim, a in aims.items()},
    )


def _gap(probs: Floats, required: int) -> float:
    """Expected gap of one belief: sum over k <= required of P(level < k)."""
    return float(np.cumsum(probs)[:required].sum())


def _totals(parts: list[Mapping[str, float]], aims: tuple[str, ...]) -> dict[str, float]:
    present = [aim for aim in aims if any(aim in part for part in parts)]
    return {aim: round(sum(part.get(aim, 0.0) for part in parts), 6) for aim in present}


def _steps(plan: Plan, row: int, names: Names, before: float) -> tuple[Step, ...]:
    steps = range(plan.pointer[row], plan.pointer[row + 1])
    left = before - np.cumsum(plan.gain[steps.start : steps.stop])
    return tuple(
        _step(plan, s, row, number, names, float(left[number])) for number, s in enumerate(steps)
    )


def _step(plan: Plan, s: int, row: int, number: int, names: Names, left: float) -> Step:
    training, session = int(plan.training[s]), int(plan.session[s])
    line = names.training_rows[training]
    return Step(
        order=number + 1,
        training=names.trainings[training],
        form=line.form,
        type=line.type,
        provider=names.provider_of(training),
        start=day(plan.start[s]),
        end=day(plan.end[s]),
        place=names.places[session] if session >= 0 else "",
        hours=line.hours,
        cost=line.cost,
        mandatory=bool(plan.ranking.mandatory[row, training]),
        develops=names.develops[training],
        gain=round(float(plan.gain[s]), 6),
        gap_left=round(max(left, 0.0), 6),
        reasons=_reasons(plan, row, training),
    )


def _reasons(plan: Plan, row: int, training: int) -> dict[str, tuple[str, ...]]:
    from competency.ranking.explain import explain_training

    levels = plan.ranking.gaps.levels
    officer = str(levels.roster.officer_ids[row])
    name = levels.framework.index.training_ids[training]
    return {
        locale: tuple(explain_training(plan.ranking, officer, name, locale=locale))
        for locale in LOCALES
    }
