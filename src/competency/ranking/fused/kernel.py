"""Beliefs to the best trainings in one compiled pass: features, eligibility, score and list.

Officers are taken in blocks, their beliefs turned so that neighbours in memory are officers: what
every pair needs is then arithmetic on short vectors. A pair is looked at closely only where the
gap it closes, with the best that all else could give, would reach the officer's list so far: first
with the best of every curve, then with the best of the curve of the gap closed near where the pair
lies, then of the other curves too, which are described for the few that are left by then. The most
promising trainings come first, so few pairs are left. The arithmetic is that of the plain form in
`competency.ranking`, in the same order and precision, so that the features of what is listed have
the same bytes; features that the kernel does not make are given to it.

The kernel is compiled with numba; its buffers are made outside and references are not counted, for
the reasons given in :mod:`competency.levels.posterior.kernel`.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from competency.arrays import Bools, Floats, Ints
from competency.compiled import compiled, entry_point
from competency.ranking.features import GAP_FLOOR, READINESS_FLOOR
from competency.ranking.fused.score import KERNEL_FEATURES

BLOCK = 64
"""Officers in a block: the beliefs of twenty competencies of six levels stay in the cache."""

_GAP, _LARGEST, _KNOWN, _READY, _MANDATORY = (
    KERNEL_FEATURES.index(name)
    for name in ("gap_closed", "largest_gap", "known", "readiness", "mandatory")
)
_OWN = len(KERNEL_FEATURES)
# Numbers of the features made here, and how many they are; those given follow.
_DIGITS = 1e9
# Scores that agree to nine decimals are tied, as in `Ranking.top`.
_MARGIN = 1e-6
# By how much a promise may fall short and still be looked at: far above rounding.


class Officers(NamedTuple):
    """What is believed and known of each officer."""

    probs: Floats
    """float32, shape (n_officers, n_competencies, n_levels)."""
    assessed: Bools
    """Shape (n_officers, n_competencies)."""
    position: Ints
    """int32, shape (n_aims, n_officers); the last position stands for none."""
    held: Ints
    region: Ints
    passed: Bools
    """Shape (n_officers, n_trainings)."""


class Lists(NamedTuple):
    """The best trainings of each officer, best first; -1 fills up."""

    training: Ints
    """int32, shape (n_officers, count)."""
    features: Floats
    """float64, shape (n_officers, count, n_features)."""


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
    features: Floats


def make_workspace(n_competencies: int, n_levels: int, count: int, n_features: int) -> Workspace:
    """Return memory for a block, for lists of `count` trainings."""
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
        np.zeros(n_features),
    )  # fmt: skip


@entry_point
def rank_officers(first, last, officers, given, catalogue, demands, score, workspace, lists):
    """Write the lists of the officers in [first, last).

    `given` holds the features of pairs that are not made here, in the order of their numbers:
    float64, shape (n_given, last - first, n_trainings).
    """
    for start in range(first, last, BLOCK):
        size = min(BLOCK, last - start)
        _lay_out(start, size, officers, demands, workspace)
        for i in range(size):
            workspace.bar[i] = 0.0
            for place in range(workspace.key.shape[1]):
                workspace.key[i, place] = -math.inf
                lists.training[start + i, place] = -1
        for turn in range(len(score.order)):
            training = score.order[turn]
            if not catalogue.offered[training]:
                continue
            _gap_closed(training, size, catalogue, workspace)
            found = _promises(
                score.most[training],
                catalogue.mandatory_for_any[training],
                size,
                demands,
                workspace,
            )
            for place in range(_near(training, found, score, workspace)):
                i = workspace.promising[place]
                _describe(training, i, start + i - first, given, catalogue, workspace)
                if _reaches(training, i, score, workspace) and _may_take(
                    training, i, start + i, officers, catalogue, demands, workspace
                ):
                    total = _total(training, score, workspace)
                    _put_in(training, total, i, start + i, workspace, lists)
        for i in range(size):
            _note_features(
                i, start + i, first, officers, given, catalogue, demands, workspace, lists
            )


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
        for step in range(catalogue.steps[row], catalogue.steps[row + 1]):
            j, k, rise = catalogue.before[step], catalogue.reached[step], catalogue.rise[step]
            for i in range(size):
                workspace.part[i] += workspace.probs[c, j, i] * (rise * workspace.worth[c, k, i])
        for i in range(size):
            workspace.closed[i] += workspace.part[i]


@compiled
def _promises(most, mandatory, size, demands, workspace):
    """Note whose list the training could reach, were all else at its best; return how many."""
    least = np.float32(-1.0) if mandatory else demands.minimum_gain
    found = 0
    for i in range(size):
        closed = workspace.closed[i]
        workspace.promising[found] = i
        found += closed > least and (closed + GAP_FLOOR) * most >= workspace.bar[i]
    return found


@compiled
def _near(training, found, score, workspace):
    """Keep those whose list its gap closed could reach, all else at its best; return how many."""
    curve, near = score.curve[training, _GAP], score.near[training]
    if curve < 0:
        return found
    origin, rate, peak = score.curves.origin[curve], score.curves.rate[curve], score.curves.peak
    last, count = peak.shape[1] - 1.0, 0
    for place in range(found):
        i = workspace.promising[place]
        closed = workspace.closed[i]
        cell = int(min(max((closed - origin) * rate, 0.0), last))
        workspace.promising[count] = i
        count += (closed + GAP_FLOOR) * near * peak[curve, cell] >= workspace.bar[i]
    return count


@compiled
def _describe(training, i, row_given, given, catalogue, workspace):
    """Note the features that are known before eligibility is."""
    low, high = catalogue.develops[training], catalogue.develops[training + 1]
    largest = known = 0.0
    for row in range(low, high):
        c = catalogue.competency[row]
        largest = max(largest, workspace.gap[c, i])
        known += workspace.known[c, i]
    workspace.features[_GAP] = workspace.closed[i]
    workspace.features[_LARGEST] = largest
    workspace.features[_KNOWN] = known / max(high - low, 1)
    for number in range(len(given)):
        workspace.features[_OWN + number] = given[number, row_given, training]


@compiled
def _reaches(training, i, score, workspace):
    """Whether the training could reach the list, were all else at its best."""
    bound = (workspace.features[_GAP] + GAP_FLOOR) * score.rest[training]
    for place in range(len(score.early)):
        feature = score.early[place]
        curve = score.curve[training, feature]
        if curve >= 0:
            cell = _cell(curve, workspace.features[feature], score.curves)
            bound *= score.curves.peak[curve, cell]
    return bound >= workspace.bar[i]


@compiled
def _may_take(training, i, officer, officers, catalogue, demands, workspace):
    """Whether the officer is eligible; mandatory and readiness are noted on the way."""
    here = catalogue.region[training]
    if officers.passed[officer, training] or (here and here != officers.region[officer]):
        return False
    mandatory = catalogue.mandatory[officers.held[officer], training]
    if not (mandatory or workspace.closed[i] > demands.minimum_gain):
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
    workspace.features[_READY] = ready / (high - low) if high > low else 1.0
    workspace.features[_MANDATORY] = 1.0 if mandatory else 0.0
    return high == low or match / (high - low) >= catalogue.entry_match[training] - 1e-9


@compiled
def _total(training, score, workspace):
    total = math.log(workspace.features[_GAP] + GAP_FLOOR) + score.fixed[training]
    total += score.readiness * math.log(max(workspace.features[_READY], READINESS_FLOOR))
    total += score.mandatory * workspace.features[_MANDATORY]
    for feature in range(score.curve.shape[1]):
        curve = score.curve[training, feature]
        if curve >= 0:
            step = _step(curve, workspace.features[feature], score.curves)
            total += score.curves.adds[score.curves.first[curve] + curve + step]
    for grid in range(len(score.grids.first)):
        total += _grid(grid, score, workspace)
    return total


@compiled
def _note_features(i, officer, first, officers, given, catalogue, demands, workspace, lists):
    """Write the features of what is listed; to make them again is cheaper than to move them."""
    for place in range(lists.training.shape[1]):
        training = lists.training[officer, place]
        if training < 0:
            return
        closed = np.float32(0.0)
        for row in range(catalogue.develops[training], catalogue.develops[training + 1]):
            c, part = catalogue.competency[row], np.float32(0.0)
            for step in range(catalogue.steps[row], catalogue.steps[row + 1]):
                j, k, rise = catalogue.before[step], catalogue.reached[step], catalogue.rise[step]
                part += workspace.probs[c, j, i] * (rise * workspace.worth[c, k, i])
            closed += part
        workspace.closed[i] = closed
        _describe(training, i, officer - first, given, catalogue, workspace)
        _may_take(training, i, officer, officers, catalogue, demands, workspace)
        for feature in range(len(workspace.features)):
            lists.features[officer, place, feature] = workspace.features[feature]


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
    if place > last:
        return
    workspace.key[i, place] = key
    lists.training[officer, place] = training
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
    row = _step(grids.curves[grid, 0], workspace.features[first], score.curves)
    side = _step(grids.curves[grid, 1], workspace.features[second], score.curves)
    return grids.adds[grids.first[grid] + row * grids.width[grid] + side]
