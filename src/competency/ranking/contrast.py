"""Why this training and not the next one: how sure, what it costs, what it opens, and by how much.

The contrast is exact: the value of a training by that of another is the product of the factors
named, since scores are sums and values their exponentials.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from competency.ranking.explain import factor_name, ranking_of_officer
from competency.wording import Wording

if TYPE_CHECKING:
    from collections.abc import Iterator

    from competency.config import Locale
    from competency.effects.transitions import Transitions
    from competency.ranking.table import Ranking

_SHOWN = 0.005
# A factor within half a per cent of 1 says nothing.


def explain_choice(
    ranking: Ranking,
    officer: str,
    training: str,
    *,
    instead_of: str | None = None,
    locale: Locale = "id",
    transitions: Transitions | None = None,
) -> tuple[str, ...]:
    """Return what favours a training over another one; it adds to `explain_training`.

    Parameters
    ----------
    ranking : Ranking
    officer, training : str
        Ids.
    instead_of : str, optional
        Id of the other training; None: the next one in the officer's list.
    locale : {"id", "en"}
    transitions : Transitions, optional
        None: those that the ranking took.

    Returns
    -------
    tuple of str
        For each competency with a gap that it develops: the level before and after, how sure, and
        from how many assessments; what it costs; which trainings it opens; and last the contrast,
        as factors whose product is the ratio of the two values.

    Raises
    ------
    InputError
        The officer or a training is not in the ranking.
    """
    everyone = ranking
    ranking, number = ranking_of_officer(everyone, officer, training)
    other = _next(ranking, number)
    if instead_of is not None:
        other = ranking_of_officer(everyone, officer, instead_of)[1]
    say = Wording(locale)
    transitions = transitions or ranking.transitions
    return (
        *_sureness(ranking, number, say, transitions),
        *_cost(ranking, number, say),
        *_unlocks(ranking, number, say),
        _contrast(ranking, number, other, say),
    )


def _sureness(
    ranking: Ranking, number: int, say: Wording, transitions: Transitions
) -> Iterator[str]:
    levels = ranking.gaps.levels
    index = levels.framework.index
    names = {one.id: one.label(say.locale) for one in levels.framework.competencies}
    for place in range(*index.develops.pointer[number : number + 2]):
        competency = int(index.develops.competency[place])
        if not ranking.worth[0, competency].any():
            continue
        held = levels.probs[0, competency].astype(np.float64)
        steps = np.arange(len(held))
        before, after = held @ steps, held @ transitions.matrix[place] @ steps
        spread = math.sqrt(max(float(held @ (steps - before) ** 2), 0.0))
        count = int(levels.n_observations[0, competency])
        yield say(
            "reason.sure" if count else "reason.sure_never",
            competency=names[index.competency_ids[competency]],
            level=say.number(float(before), 2),
            spread=say.number(spread, 2),
            count=str(count),
            after=say.number(float(after), 2),
        )


def _cost(ranking: Ranking, number: int, say: Wording) -> Iterator[str]:
    cost = float(ranking.gaps.levels.framework.index.trainings.cost[number])
    if cost > 0:
        yield say("reason.cost", cost=say.decimal(cost))


def _unlocks(ranking: Ranking, number: int, say: Wording) -> Iterator[str]:
    """Trainings not passed that wait for this one, and for no other that is not passed."""
    framework = ranking.gaps.levels.framework
    relation = framework.index.training_prerequisites
    passed = ranking.passed[0].copy()
    passed[number] = True
    owners = np.repeat(np.arange(len(passed)), np.diff(relation.pointer))
    waiting = set(owners[relation.other == number].tolist()) - set(np.flatnonzero(passed).tolist())
    open_now = sorted(
        name for name in waiting if passed[relation.other[owners == name]].all()
    )  # fmt: skip
    if open_now and not ranking.passed[0, number]:
        names = {one.id: one.label(say.locale) for one in framework.trainings}
        ids = framework.index.training_ids
        yield say("reason.unlocks", trainings=say.join([names[ids[k]] for k in open_now]))


def _next(ranking: Ranking, number: int) -> int | None:
    """The training that follows in the list; the one before where this is the last."""
    order = [int(k) for k in ranking.top(ranking.score.shape[1])[0] if k >= 0]
    if number not in order:
        return order[0] if order else None
    place = order.index(number)
    beside = order[place + 1 : place + 2] or order[max(place - 1, 0) : place]
    return beside[0] if beside else None


def _contrast(ranking: Ranking, number: int, other: int | None, say: Wording) -> str:
    if other is None or other == number:
        return say("reason.contrast_alone")
    framework = ranking.gaps.levels.framework
    name = framework.index.training_ids[other]
    label = next(one.label(say.locale) for one in framework.trainings if one.id == name)
    if not ranking.eligible[0, other]:
        return say("reason.contrast_barred", other=label)
    ratios = {
        factor_name(key, say) or key: float(part[0, number] - part[0, other])
        for key, part in ranking.contributions.items()
    }
    total = sum(ratios.values())
    if round(total, 9) == 0:
        return say("reason.contrast_tie", other=label)
    key = "contrast" if total > 0 else "contrast_below"
    ratio = say.significant(math.exp(total))
    return say(f"reason.{key}", other=label, ratio=ratio, reasons=_reasons(ratios, say))


def _reasons(ratios: dict[str, float], say: Wording) -> str:
    ordered = sorted(ratios.items(), key=lambda item: -abs(item[1]))
    factors = {
        sign: [
            f"×{say.significant(math.exp(value))} ({name})"
            for name, value in ordered
            if sign * value > _SHOWN
        ]
        for sign in (1, -1)
    }
    words = say("reason.contrast.for", factors=say.join(factors[1])) if factors[1] else ""
    if factors[-1]:
        key = "contrast.against" if words else "contrast.only_against"
        words += say(f"reason.{key}", factors=say.join(factors[-1]))
    return words
