"""Beliefs to the best trainings in one compiled pass: features, eligibility, score and list.

Officers are taken in blocks, their beliefs turned so that neighbours in memory are officers: what
every pair needs is then arithmetic on short vectors. A pair is looked at closely only where the
gap it closes, with the best that all else could give, would reach the officer's list so far: first
with the best of every curve, then with the best of the curve of the gap closed near where the pair
lies, then of the other curves too, which are described for the few that are left by then. The most
promising trainings come first, so few pairs are left. The arithmetic is that of the plain form in
`competency.ranking`, in the same order and precision wherever a step could tip over.

The kernel is compiled with numba; its buffers are made outside and references are not counted, for
the reasons given in :mod:`competency.levels.posterior.kernel`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from competency.arrays import Bools, Floats, Ints
from competency.compiled import compiled, entry_point
from competency.ranking.columns import PAIR_COLUMNS
from competency.ranking.fused.score import BOUND_COLUMNS
from competency.ranking.prior import GAP_FLOOR, READINESS_FLOOR

BLOCK = 64
"""Officers in a block: the beliefs of twenty competencies of six levels stay in the cache."""

_DIGITS = 1e9
# Scores that agree to nine decimals are tied, as in `Ranking.top`.
_MARGIN = 1e-6
# By how much a promise may fall short and still be looked at: far above rounding.


class Officers(NamedTuple):
    """What is believed and known of each officer.

    Parameters
    ----------
    probs : float32, shape (n_officers, n_competencies, n_levels)
    assessed : Bools, shape (n_officers, n_competencies)
    position : int32, shape (n_aims, n_officers)
        The last position stands for none.
    held : int32, shape (n_officers,)
    region : int32, shape (n_officers,)
    passed : Bools, shape (n_officers, n_trainings)
    """

    probs: Floats
    assessed: Bools
    position: Ints
    held: Ints
    region: Ints
    passed: Bools


class Lists(NamedTuple):
    """The best trainings of each officer, best first; -1 and -inf fill up.

    Parameters
    ----------
    training : int32, shape (n_officers, count)
    score : float64, shape (n_officers, count)
    """

    training: Ints
    score: Floats


class Workspace(NamedTuple):
    """Memory for one block of officers; the last axis is the officer."""

    probs: Floats
    survival: Floats
    worth: Floats
    gap: Floats
    level: Ints
    known: Floats
    closed: Floats
    part: Floats
    promising: Ints
    bar: Floats
    key: Floats
    columns: Floats


def make_workspace(n_competencies: int, n_levels: int, count: int) -> Workspace:
    """Return memory for a block.

    Parameters
    ----------
    n_competencies, n_levels : int
    count : int
        Length of the lists.

    Returns
    -------
    Workspace
    """
    cells = (n_competencies, n_levels, BLOCK)
    probs, survival, worth = np.zeros((3, *cells), np.float32)
    closed, part = np.zeros((2, BLOCK), np.float32)
    return Workspace(
        probs, survival, worth,
        np.zeros((n_competencies, BLOCK), np.float32),
        np.zeros((n_competencies, BLOCK), np.int32),
        np.zeros((n_competencies, BLOCK)),
        closed, part,
        np.zeros(BLOCK, np.int64),
        np.zeros(BLOCK),
        np.zeros((BLOCK, count)),
        np.zeros(len(PAIR_COLUMNS)),
    )  # fmt: skip


@entry_point
def rank_officers(first, last, officers, catalogue, demands, score, workspace, lists):
    """Write the lists of the officers in [first, last); see the shapes of the arguments.

    Parameters
    ----------
    first, last : int
    officers : Officers
    catalogue : Catalogue
    demands : Demands
    score : Score
    workspace : Workspace
    lists : Lists
        Overwritten in rows `first` to `last`.
    """
    for start in range(first, last, BLOCK):
        size = min(BLOCK, last - start)
        _lay_out(start, size, officers, demands, workspace)
        for i in range(size):
            workspace.bar[i] = 0.0
            for place in range(workspace.key.shape[1]):
                workspace.key[i, place] = -math.inf
                lists.training[start + i, place] = -1
                lists.score[start + i, place] = -math.inf
        for turn in range(len(score.order)):
            training = score.order[turn]
            if not catalogue.offered[training]:
                continue
            _gap_closed(training, size, catalogue, workspace)
            found = _promises(
                score.most[training], catalogue.duty[training], size, demands, workspace
            )
            for place in range(_near(training, found, score, workspace)):
                i = workspace.promising[place]
                _describe(training, i, catalogue, workspace)
                if _reaches(training, i, score, workspace) and _may_take(
                    training, i, start + i, officers, catalogue, demands, workspace
                ):
                    total = _total(training, score, workspace)
                    _put_in(training, total, i, start + i, workspace, lists)


@compiled
def _lay_out(start, size, officers, demands, workspace):
    """Beliefs, levels held, worth of levels and gaps of a block."""
    n_competencies, n_levels, _ = workspace.probs.shape
    for i in range(size):
        o = start + i
        for c in range(n_competencies):
            total = 0.0
            workspace.level[c, i] = 0
            for k in range(n_levels - 1, -1, -1):
                workspace.probs[c, k, i] = officers.probs[o, c, k]
                total += officers.probs[o, c, k]
                reach = np.float32(min(max(total, 0.0), 1.0))
                workspace.survival[c, k, i] = reach if k else np.float32(1.0)
                workspace.worth[c, k, i] = np.float32(0.0)
                if k and reach >= demands.entry_level:
                    workspace.level[c, i] += 1
            workspace.known[c, i] = 1.0 if officers.assessed[o, c] else 0.0
            workspace.gap[c, i] = np.float32(0.0)
        for aim in range(len(demands.aim_weight)):
            _add_aim(officers.position[aim, o], demands.aim_weight[aim], i, demands, workspace)
        for c in range(n_competencies):
            if not officers.assessed[o, c]:
                for k in range(n_levels):
                    workspace.worth[c, k, i] *= demands.unknown


@compiled
def _add_aim(position, weight, i, demands, workspace):
    if weight == 0:
        return
    for c in range(len(workspace.level)):
        asked = demands.level[position, c]
        if not asked:
            continue
        missing = 0.0
        for k in range(1, asked + 1):
            workspace.worth[c, k, i] += weight * demands.weight[position, c]
            missing += 1.0 - workspace.survival[c, k, i]
        workspace.gap[c, i] = max(workspace.gap[c, i], weight * np.float32(missing))


@compiled
def _gap_closed(training, size, catalogue, workspace):
    """Weighted gap closed, in float32 and in the order of `gap_closed_by_row`."""
    for i in range(size):
        workspace.closed[i] = np.float32(0.0)
    for row in range(catalogue.develops[training], catalogue.develops[training + 1]):
        c = catalogue.competency[row]
        for i in range(size):
            workspace.part[i] = np.float32(0.0)
        for move in range(catalogue.moves[row], catalogue.moves[row + 1]):
            j, k, rise = catalogue.before[move], catalogue.reached[move], catalogue.rise[move]
            for i in range(size):
                workspace.part[i] += workspace.probs[c, j, i] * (rise * workspace.worth[c, k, i])
        for i in range(size):
            workspace.closed[i] += workspace.part[i]


@compiled
def _promises(most, duty, size, demands, workspace):
    """Note whose list the training could reach, were all else at its best; return how many."""
    least = np.float32(-1.0) if duty else demands.minimum_gain
    found = 0
    for i in range(size):
        closed = workspace.closed[i]
        workspace.promising[found] = i
        found += closed > least and (closed + GAP_FLOOR) * most >= workspace.bar[i]
    return found


@compiled
def _near(training, found, score, workspace):
    """Keep those whose list its gap closed could reach, all else at its best; return how many."""
    curve, near = score.curve[training, 0], score.near[training]
    if curve < 0:
        return found
    origin, rate, peak = score.curves.origin[curve], score.curves.rate[curve], score.curves.peak
    last, kept = peak.shape[1] - 1.0, 0
    for place in range(found):
        i = workspace.promising[place]
        closed = workspace.closed[i]
        cell = int(min(max((closed - origin) * rate, 0.0), last))
        workspace.promising[kept] = i
        kept += (closed + GAP_FLOOR) * near * peak[curve, cell] >= workspace.bar[i]
    return kept


@compiled
def _describe(training, i, catalogue, workspace):
    """Note gap closed, largest gap developed, and share of what is developed that was assessed."""
    low, high = catalogue.develops[training], catalogue.develops[training + 1]
    largest = known = 0.0
    for row in range(low, high):
        c = catalogue.competency[row]
        largest = max(largest, workspace.gap[c, i])
        known += workspace.known[c, i]
    workspace.columns[0] = workspace.closed[i]
    workspace.columns[3] = largest
    workspace.columns[4] = known / max(high - low, 1)


@compiled
def _reaches(training, i, score, workspace):
    """Whether the training could reach the list, were duty and readiness at their best."""
    bound = (workspace.columns[0] + GAP_FLOOR) * score.rest[training]
    for column in BOUND_COLUMNS:
        curve = score.curve[training, column]
        if curve >= 0:
            cell = _cell(curve, workspace.columns[column], score.curves)
            bound *= score.curves.peak[curve, cell]
    return bound >= workspace.bar[i]


@compiled
def _may_take(training, i, officer, officers, catalogue, demands, workspace):
    """Whether the officer is eligible; duty and readiness are noted on the way."""
    here = catalogue.region[training]
    if officers.passed[officer, training] or (here and here != officers.region[officer]):
        return False
    duty = catalogue.asked[officers.held[officer], training]
    if not (duty or workspace.closed[i] > demands.minimum_gain):
        return False
    for at in range(catalogue.requires[training], catalogue.requires[training + 1]):
        if not officers.passed[officer, catalogue.required[at]]:
            return False
    match = ready = 0.0
    low, high = catalogue.entries[training], catalogue.entries[training + 1]
    for entry in range(low, high):
        c, level = catalogue.entry_competency[entry], catalogue.entry_level[entry]
        expected = 0.0
        for k in range(1, level + 1):
            expected += workspace.survival[c, k, i]
        ready += expected / level
        match += min(workspace.level[c, i], level) / level
    workspace.columns[1] = ready / (high - low) if high > low else 1.0
    workspace.columns[2] = 1.0 if duty else 0.0
    return high == low or match / (high - low) >= catalogue.entry_match[training] - 1e-9


@compiled
def _total(training, score, workspace):
    total = math.log(workspace.columns[0] + GAP_FLOOR) + score.fixed[training]
    total += score.readiness * math.log(max(workspace.columns[1], READINESS_FLOOR))
    total += score.mandatory * workspace.columns[2]
    for column in range(score.curve.shape[1]):
        curve = score.curve[training, column]
        if curve >= 0:
            step = _step(curve, workspace.columns[column], score.curves)
            total += score.curves.adds[score.curves.first[curve] + curve + step]
    for grid in range(len(score.grids.first)):
        total += _grid(grid, score, workspace)
    return total


@compiled
def _put_in(training, total, i, officer, workspace, lists):
    """Put a training into the list where it belongs; ties go to the smaller id."""
    key, last = np.rint(total * _DIGITS), workspace.key.shape[1] - 1
    place = last + 1
    while place > 0 and (
        workspace.key[i, place - 1] < key
        or (workspace.key[i, place - 1] == key and lists.training[officer, place - 1] > training)
    ):
        place -= 1
        if place < last:
            workspace.key[i, place + 1] = workspace.key[i, place]
            lists.training[officer, place + 1] = lists.training[officer, place]
            lists.score[officer, place + 1] = lists.score[officer, place]
    if place > last:
        return
    workspace.key[i, place] = key
    lists.training[officer, place] = training
    lists.score[officer, place] = total
    workspace.bar[i] = math.exp(workspace.key[i, last] / _DIGITS - _MARGIN)


@compiled
def _cell(curve, value, curves):
    """Cell of the guide in which a value lies, or the nearest."""
    place = (value - curves.origin[curve]) * curves.rate[curve]
    return int(min(max(place, 0.0), curves.guide.shape[1] - 1.0))


@compiled
def _step(curve, value, curves):
    """Step of a value: the number of cuts below it."""
    low, high = curves.first[curve], curves.first[curve + 1]
    step = low + curves.guide[curve, _cell(curve, value, curves)]
    while step < high and curves.cuts[step] < value:
        step += 1
    return step - low


@compiled
def _grid(grid, score, workspace):
    """What two features of the officer add together."""
    grids = score.grids
    first, second = grids.columns[grid, 0], grids.columns[grid, 1]
    row = _step(grids.curves[grid, 0], workspace.columns[first], score.curves)
    side = _step(grids.curves[grid, 1], workspace.columns[second], score.curves)
    return grids.adds[grids.first[grid] + row * grids.width[grid] + side]
