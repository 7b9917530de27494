"""Why this training: reasons in plain words, with the exact numbers behind the score."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from competency.errors import Finding, InputError, nearest_names
from competency.ranking.eligibility import find_barriers, readiness
from competency.wording import Wording

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from competency.arrays import Floats
    from competency.config import Locale
    from competency.effects.transitions import Transitions
    from competency.framework.model import Framework
    from competency.ranking.table import Ranking

_SHOWN_FALL = 0.005
"""Fall of an expected gap, in levels, below which the two figures shown could be equal."""

_SHOWN_RISE = 0.0005
"""Rise of a chance below which the two percentages shown could be equal."""


def explain_training(
    ranking: Ranking,
    officer: str,
    training: str,
    *,
    locale: Locale = "id",
    transitions: Transitions | None = None,
    entry_probability: float | None = None,
) -> tuple[str, ...]:
    """Return the reasons for (or against) a training, one sentence or two each.

    Parameters
    ----------
    ranking : Ranking
    officer, training : str
        Ids.
    locale : {"id", "en"}
        Language of the sentences, names and numbers.
    transitions : Transitions, optional
        None: those that the ranking took.
    entry_probability : float, optional
        Probability from which a level counts as held. None: that of the ranking.

    Returns
    -------
    tuple of str
        What stands in the way (for a training already passed, only that); which gaps it
        narrows, from what to what; which of them was never assessed; hours, readiness, whether it
        is mandatory, and accreditation; and last the rank and the factors of the score, but for
        factors of 1.

    Raises
    ------
    InputError
        The officer or the training is not in the ranking.
    """
    ranking, number = ranking_of_officer(ranking, officer, training)
    pair = _Pair(number, training)
    say = Wording(locale)
    framework = ranking.gaps.levels.framework
    transitions = transitions or ranking.transitions
    held_from = entry_probability or ranking.entry_probability
    barriers = tuple(_barriers(ranking, pair, say, held_from))
    if ranking.passed[0, pair.training]:
        return barriers
    return (
        *barriers,
        *_closed_gaps(ranking, pair, say, transitions),
        say("reason.hours", hours=say.decimal(framework.index.trainings.hours[pair.training])),
        _readiness(ranking, pair, say),
        *_mandatory(ranking, pair, say),
        *_accreditation(framework, pair, say, ranking.gaps.levels.as_of),
        *_score(ranking, pair, say),
    )


@dataclass(frozen=True, slots=True)
class _Pair:
    """The training that is explained; the ranking is that of the officer alone."""

    training: int
    id: str


def factor_name(contribution: str, say: Wording) -> str:
    """Return what a contribution is called in a sentence, "" where there are no words for it.

    `contribution`: A name, or two joined by " x ".
    """
    keys = [f"factor.{name}" for name in contribution.split(" x ")]
    if not all(say.knows(f"reason.{key}") for key in keys):
        return ""
    return say.join([say(f"reason.{key}") for key in keys])


def ranking_of_officer(ranking: Ranking, officer: str, training: str) -> tuple[Ranking, int]:
    """Return the ranking of one officer alone, and the number of a training.

    Raises `InputError` where there is no such officer or training.
    """
    levels = ranking.gaps.levels
    ids = levels.framework.index.training_ids
    findings = []
    if officer not in levels.roster.row_of:
        hint = "ids are text and are written as in the table of officers"
        findings.append(Finding("unknown-officer", "no such officer in this ranking", hint=hint))
    if training not in ids:
        near = nearest_names(training, ids)
        message = f"training {training!r} is not in the framework"
        findings.append(Finding("unknown-training", message, nearest=near))
    if findings:
        raise InputError("explanation", findings)
    return ranking.take(np.array([levels.roster.row_of[officer]])), ids.index(training)


def _barriers(
    ranking: Ranking, pair: _Pair, say: Wording, entry_probability: float
) -> Iterator[str]:
    levels = ranking.gaps.levels
    index = levels.framework.index
    found = find_barriers(
        levels,
        passed=ranking.passed,
        mandatory=ranking.mandatory,
        gap_closed=ranking.value,
        entry_probability=entry_probability,
    )
    facts = {
        "as_of": say.long_date(levels.as_of),
        "region": str(index.trainings.region[pair.training]),
        "trainings": _missing(ranking, pair, say),
    }
    for name, mask in found.items():
        if mask[0, pair.training]:
            yield say(f"reason.barrier.{name}", **facts)


def _missing(ranking: Ranking, pair: _Pair, say: Wording) -> str:
    framework = ranking.gaps.levels.framework
    relation = framework.index.training_prerequisites
    asked = relation.other[slice(*relation.pointer[pair.training : pair.training + 2])]
    missing = {framework.index.training_ids[t] for t in asked if not ranking.passed[0, t]}
    names = [row.label(say.locale) for row in framework.trainings if row.id in missing]
    return say.join(sorted(names))


def _closed_gaps(
    ranking: Ranking, pair: _Pair, say: Wording, transitions: Transitions
) -> Iterator[str]:
    levels = ranking.gaps.levels
    index = levels.framework.index
    names = {row.id: row.label(say.locale) for row in levels.framework.competencies}
    reasons, unknown = [], []
    for row in _by_worth_closed(ranking, pair, transitions):
        competency = int(index.develops.competency[row])
        after = transitions.survival_after(row, levels.probs[0, competency])
        sentences = _closed_gap(ranking, competency, after, say, names)
        reasons += sentences
        if sentences and not ranking.gaps.known[0, competency]:
            unknown.append(
                say("reason.unknown", competency=names[index.competency_ids[competency]])
            )
    yield from reasons or [say("reason.closes_nothing")]
    yield from unknown


def _by_worth_closed(ranking: Ranking, pair: _Pair, transitions: Transitions) -> list[int]:
    levels = ranking.gaps.levels
    develops = levels.framework.index.develops
    rows = range(*develops.pointer[pair.training : pair.training + 2])
    closed = {}
    for row in rows:
        competency = int(develops.competency[row])
        after = transitions.survival_after(row, levels.probs[0, competency])
        before = levels.survival[0, competency].astype(np.float64)
        closed[row] = float((ranking.worth[0, competency] * (after - before)).sum())
    return sorted((row for row in rows if closed[row] > 0), key=lambda row: -closed[row])


def _closed_gap(
    ranking: Ranking,
    competency: int,
    after: Floats,
    say: Wording,
    names: dict[str, str],
) -> list[str]:
    gaps = ranking.gaps
    before = gaps.levels.survival[0, competency].astype(np.float64)
    name = names[gaps.levels.framework.index.competency_ids[competency]]
    sentences = []
    for level, aims in _aims_by_level(ranking, competency, say).items():
        gap_before = level - float(before[1 : level + 1].sum())
        gap_after = level - float(after[1 : level + 1].sum())
        if gap_before - gap_after < _SHOWN_FALL:
            continue
        sentences.append(
            say(
                "reason.closes" if _rises(before[level], after[level]) else "reason.closes_below",
                competency=name,
                aim=say.join(aims),
                level=str(level),
                before=say.chance(before[level]),
                after=say.chance(after[level]),
                gap_before=say.number(gap_before, 2),
                gap_after=say.number(gap_after, 2),
            )
        )
    return sentences


def _rises(before: float, after: float) -> bool:
    return after - before >= _SHOWN_RISE


def _aims_by_level(ranking: Ranking, competency: int, say: Wording) -> dict[int, list[str]]:
    gaps = ranking.gaps
    positions = {row.id: row.label(say.locale) for row in gaps.levels.framework.positions}
    # NOTE: what an aim adds to the worth ends at the level it requires; where nothing ends, the
    # ranking gave the aim no weight.
    ends = -np.diff(ranking.worth[0, competency], append=0) > 0
    found: dict[int, list[str]] = {}
    for number, aim in enumerate(gaps.aims):
        level = int(gaps.required[number, 0, competency])
        if level and ends[level]:
            key = f"aim.{aim}" if aim in ("held", "next") else "aim.position"
            name = positions.get(aim, aim)
            found.setdefault(level, []).append(say(f"reason.{key}", position=name))
    return found


def _readiness(ranking: Ranking, pair: _Pair, say: Wording) -> str:
    levels = ranking.gaps.levels
    index = levels.framework.index
    if index.entries.pointer[pair.training] == index.entries.pointer[pair.training + 1]:
        return say("reason.readiness_free")
    share = readiness(levels.survival, index)[0, pair.training]
    return say("reason.readiness", readiness=say.chance(share))


def _mandatory(ranking: Ranking, pair: _Pair, say: Wording) -> Iterator[str]:
    if not ranking.mandatory[0, pair.training]:
        return
    levels = ranking.gaps.levels
    names = {row.id: row.label(say.locale) for row in levels.framework.positions}
    held = levels.framework.index.position_ids[levels.roster.position[0]]
    yield say("reason.mandatory", position=names[held])


def _accreditation(framework: Framework, pair: _Pair, say: Wording, as_of: date) -> Iterator[str]:
    row = next(row for row in framework.trainings if row.id == pair.id)
    provider = next((body for body in framework.providers if body.id == row.provider), None)
    if provider is None:
        return
    name, until = provider.label(say.locale), provider.accreditation_valid_until
    if until is None:
        yield say("reason.accreditation_unknown", provider=name)
    else:
        key = "accredited" if until >= as_of else "accreditation_ended"
        days = {"until": say.long_date(until), "as_of": say.long_date(as_of)}
        yield say(f"reason.{key}", provider=name, **days)


def _score(ranking: Ranking, pair: _Pair, say: Wording) -> Iterator[str]:
    cell = 0, pair.training
    if not ranking.eligible[cell]:
        return
    row = ranking.score[0]
    order = np.argsort(-np.round(row, 9), kind="stable")
    facts = {
        "rank": str(int(np.flatnonzero(order == pair.training)[0]) + 1),
        "count": str(int(ranking.eligible[0].sum())),
    }
    names = {name: factor_name(name, say) for name in ranking.contributions}
    if "gap_closed" not in names or not all(names.values()):  # no logarithm of a value
        method = say.or_else(f"reason.method.{ranking.method}", ranking.method)
        total = say.significant(float(ranking.score[cell]))
        yield say("reason.score_baseline", method=method, total=total, **facts)
        return
    factors = " ".join(
        f"×{say.significant(math.exp(part[cell]))} ({names[name]})"
        for name, part in ranking.contributions.items()
        if part[cell] != 0  # a factor of 1 says nothing
    )
    total = say.significant(math.exp(ranking.score[cell]))
    yield say("reason.score", factors=factors, total=total, **facts)
