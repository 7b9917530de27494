"""What a plan leads to: levels and the gap after each step, how sure, and what each step waits for.

Beliefs are updated by the transitions of the plan, one step of all officers at a time. For a gap
that misses level k of competency c at the worth v[c, k],

    gap = sum over c and k of v[c, k] (1 - P(level of c >= k)),

so that the gap falls by exactly what the planner reports as the gain of a step, unless it
multiplies gains by learned benefit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from competency.arrays import Bools, Floats, Ints
from competency.gaps.score import weighted_gap_moments
from competency.levels.beliefs import levels_held
from competency.planning.problem import entry_probability

if TYPE_CHECKING:
    from competency.effects import Transitions
    from competency.framework.index import FrameworkIndex
    from competency.planning.plan import Plan


class Walk(NamedTuple):
    """Beliefs updated along chosen trainings; step 0 is before the first.

    ``gap`` and ``sd``: float64 ``(n_officers, n_steps + 1)``; ``held``: int ``(n_officers,
    n_steps + 1, n_competencies)``, the highest level that counts as held. The other fields have a
    row for each competency that a step develops: officer, step (from 0), competency, and the
    chances of levels before and after, ``(n_rows, n_levels)``.
    """

    gap: Floats
    sd: Floats
    held: Ints
    officer: Ints
    step: Ints
    competency: Ints
    before: Floats
    after: Floats


def walk(
    probs: Floats, worth: Floats, training: Ints, *, transitions: Transitions, probability: float
) -> Walk:
    """Return where each officer stands after each of its trainings.

    `training`, ``(n_officers, n_steps)``, has them in their order, -1 fills up. `probs` and
    `worth`, both ``(n_officers, n_competencies, n_levels)``, are the beliefs before the first one
    and what reaching each level is worth; a level counts as held from `probability` on.
    """
    probs = probs.astype(np.float64)
    states, changes = [_state(probs, worth, probability)], []
    for step, chosen in enumerate(training.T):
        changes += _take(probs, chosen, step, transitions)
        states.append(_state(probs, worth, probability))
    gap, sd, held = (np.stack(part, axis=1) for part in zip(*states, strict=True))
    shape = (0, probs.shape[-1])
    none = (*(np.zeros(0, np.int64) for _ in range(3)), np.zeros(shape), np.zeros(shape))
    return Walk(gap, sd, held, *map(np.concatenate, zip(none, *changes, strict=True)))


def _state(probs: Floats, worth: Floats, probability: float) -> tuple[Floats, Floats, Ints]:
    gap, variance = weighted_gap_moments(probs, worth)
    tail = np.cumsum(probs[..., ::-1], axis=-1)[..., ::-1]
    return gap, np.sqrt(variance), levels_held(tail, probability)


def _take(
    probs: Floats, chosen: Ints, step: int, transitions: Transitions
) -> list[tuple[Ints, Ints, Ints, Floats, Floats]]:
    """Update `probs` in place by one training of each officer; return what changed."""
    develops = transitions.framework.index.develops
    first = develops.pointer[chosen]
    count = np.where(chosen >= 0, np.diff(develops.pointer)[chosen], 0)
    changes: list[tuple[Ints, Ints, Ints, Floats, Floats]] = []
    for turn in range(int(count.max(initial=0))):
        officer = np.flatnonzero(count > turn)
        row = first[officer] + turn
        competency = develops.competency[row]
        before = probs[officer, competency]
        after = transitions.after_rows(row, before)
        probs[officer, competency] = after
        changes.append((officer, np.full(len(officer), step), competency, before, after))
    return changes


def waits(training: Ints, held: Ints, index: FrameworkIndex) -> tuple[Bools, Bools]:
    """Return which earlier steps each step needs: as a prerequisite, and for entry levels.

    `training`, ``(n_officers, n_steps)``, has -1 to fill up; `held` is of :class:`Walk`. Both
    answers are bool ``(n_officers, n_steps, n_steps)``: at ``[o, s, q]`` step s needs the earlier
    step q. For entry levels this is a step that lifted a level short of what is asked, where the
    training was not open at the start.
    """
    n_steps, n_trainings = training.shape[1], len(index.training_ids)
    earlier = np.tri(n_steps, k=-1, dtype=bool) & (training >= 0)[:, :, None]
    follows = np.zeros((n_trainings + 1, n_trainings + 1), bool)
    behind = index.training_prerequisites
    follows[np.repeat(np.arange(n_trainings), np.diff(behind.pointer)), behind.other] = True
    prerequisite = follows[training[:, :, None], training[:, None, :]] & earlier
    asked = np.zeros((n_trainings + 1, held.shape[2]), held.dtype)
    asked[index.entries.training, index.entries.competency] = index.entries.level
    entry = np.zeros_like(prerequisite)
    for c in range(held.shape[2]):
        before, after = held[:, None, :-1, c], held[:, None, 1:, c]
        entry |= (after > before) & (before < asked[training, c][:, :, None])
    entry &= earlier & ~_open_at_start(asked[training], training, held[:, 0], index)[:, :, None]
    return prerequisite, entry


def _open_at_start(asked: Ints, training: Ints, held: Ints, index: FrameworkIndex) -> Bools:
    """Whether enough entry levels of each step were held before the first."""
    share = np.minimum(held[:, None], asked) / np.maximum(asked, 1)
    match = share.sum(-1) / np.maximum((asked > 0).sum(-1), 1)
    least = np.append(index.trainings.entry_match, 0.0)[training]
    found: Bools = (match >= least - 1e-9) | ~(asked > 0).any(-1)
    return found


@dataclass(frozen=True, eq=False)
class Outlook:
    """What each step of a plan leads to and waits for.

    Parameters
    ----------
    steps : DataFrame
        A row for each step, in the order of the plan: the columns of :meth:`Plan.to_frame`, then
        gap_before, gap_after, gap_after_sd (weighted levels; competencies taken as independent),
        waits_for (orders of earlier steps, such as "1, 2"; "" for none) and waits_why
        (``"prerequisite"``, ``"entry"``, ``"date"`` of its session, ``"turn"`` after the step
        before, or "" where it can begin at once).
    levels : DataFrame
        A row for each competency that a step develops: officer, order, training, competency,
        level_before, level_after (expected), level_after_sd and n_observations behind the belief
        (0: nothing was assessed, the levels are those of the group).
    """

    steps: pd.DataFrame
    levels: pd.DataFrame


def plan_outlook(plan: Plan) -> Outlook:
    """Return expected levels and gap after each step of a plan, and what each step waits for.

    Notes
    -----
    Beliefs of all officers with a plan are held in memory once, as float64; linear in officers
    and steps.
    """
    levels = plan.ranking.gaps.levels
    index = levels.framework.index
    rows = np.flatnonzero(np.diff(plan.pointer))
    count = np.diff(plan.pointer)[rows]
    used = np.arange(int(count.max(initial=0))) < count[:, None]
    training = np.full(used.shape, -1, np.int64)
    training[used] = plan.training
    found = walk(
        levels.probs[rows], plan.ranking.worth[rows], training,
        transitions=plan.transitions, probability=entry_probability(plan.ranking, plan.config),
    )  # fmt: skip
    steps = plan.to_frame()
    steps["gap_before"] = found.gap[:, :-1][used]
    steps["gap_after"], steps["gap_after_sd"] = found.gap[:, 1:][used], found.sd[:, 1:][used]
    prerequisite, entry = (part[used] for part in waits(training, found.held, index))
    steps["waits_for"] = _orders(prerequisite | entry)
    conditions = [prerequisite.any(1), entry.any(1), plan.session >= 0, steps["order"] > 1]
    steps["waits_why"] = np.select(conditions, ["prerequisite", "entry", "date", "turn"], "")
    return Outlook(steps, _levels(plan, rows, found))


def _orders(needed: Bools) -> list[str]:
    texts = [""] * len(needed)
    for step, order in zip(*np.nonzero(needed), strict=True):
        texts[step] += f", {order + 1}" if texts[step] else f"{order + 1}"
    return texts


def _levels(plan: Plan, rows: Ints, found: Walk) -> pd.DataFrame:
    levels = plan.ranking.gaps.levels
    officer = rows[found.officer]
    step = plan.pointer[officer] + found.step
    number = np.arange(found.after.shape[1])
    before, after = found.before @ number, found.after @ number
    spread = np.sqrt(np.maximum(found.after @ number**2 - after**2, 0.0))
    index = levels.framework.index
    frame = pd.DataFrame(
        {
            "officer": levels.roster.officer_ids[officer],
            "order": found.step + 1,
            "training": np.array(index.training_ids, object)[plan.training[step]],
            "competency": np.array(index.competency_ids, object)[found.competency],
            "level_before": before,
            "level_after": after,
            "level_after_sd": spread,
            "n_observations": levels.n_observations[officer, found.competency],
        }
    )
    return frame.iloc[np.lexsort((found.competency, step))].reset_index(drop=True)
