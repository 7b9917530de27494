"""Scoring, officer by officer: expectation propagation and exact cells in one compiled pass.

The same arithmetic as :mod:`competency.levels.posterior.network`, which serves fitting, with all of
an officer's numbers in the cache. An officer's sights are replaced by normal sites, `SWEEPS` times
(levels and meetings follow in closed form); then the normal of each assessed level is freed from
its own sites, the belief that is left is integrated over the cells of a grid, and each sight is put
back in its exact shape. With one sight in a competency, or with sights that share no assessor, that
is the exact product of likelihoods and that belief.

The kernel is compiled with numba. Its buffers are made outside, because array creation inside
triples the compile time; and since nothing is created, references need not be counted (`_nrt`),
which took half of the time and made threads wait for each other.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from scipy.special import ndtr

from competency.arrays import Floats, Ints
from competency.levels.posterior.likelihood import LOGISTIC_SDS, LOGISTIC_WEIGHTS, OPEN
from competency.levels.posterior.network import SWEEPS

_compiled = njit(  # type: ignore[call-overload]
    nogil=True, _nrt=False, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True
)

_MOST = 0.999
# Largest share of the cavity variance that one sight may take away.
_FLOOR = 1e-12
# The smallest probability of any sight, as in `likelihood`.
_TINY = 1e-300
# Mass of a cell that is too small for a float64, so that its logarithm is finite.
_LEAST = 0.05
# Smallest precision of a level without its own sights, in 1 / levels squared.
_REACH, _PER_UNIT = 9.0, 64
_ROOT = math.sqrt(2 * math.pi)
# The table of the normal distribution: a cubic in each of its cells.
_WEIGHTS, _SQUARES = np.array(LOGISTIC_WEIGHTS), np.array(LOGISTIC_SDS) ** 2


def _cubics() -> Floats:
    """Normal distribution function from -9 to 9: good to 2e-10, and to 1e-6 of the lower tail."""
    z = np.arange(-_REACH, _REACH + 2 / _PER_UNIT, 1 / _PER_UNIT)
    value, slope = ndtr(z), np.exp(-(z**2) / 2) / _ROOT / _PER_UNIT
    rise, left, right = np.diff(value), slope[:-1], slope[1:]
    cubic = (value[:-1], left, 3 * rise - 2 * left - right, left + right - 2 * rise)
    return np.ascontiguousarray(np.stack(cubic, axis=1))


_CUBICS = _cubics()


class Sighted(NamedTuple):
    """Sights and meetings of all officers, sorted by officer and competency.

    Parameters
    ----------
    first : Ints, shape (n_officers + 1,)
        Where the sights of each officer begin.
    competency, meeting : Ints, shape (n_sights,)
        Row of the meeting; -1 where no assessor's effect is shared.
    weight, carried, base : Floats, shape (n_sights,)
        See :class:`competency.levels.posterior.network.Network`.
    lower, upper, noise, spread, guess, span : Floats, shape (n_sights,)
        See :class:`competency.levels.posterior.likelihood.Intervals`; noise is ``1 / slope^2``.
    owned : Ints, shape (n_officers + 1,)
        Where the meetings of each officer begin.
    row, begin : Ints, shape (n_shared,) and (n_meetings + 1,)
        Sights by meeting, and where each meeting begins.
    effect, effect_variance : Floats, shape (n_meetings,)
    """

    first: Ints
    competency: Ints
    meeting: Ints
    weight: Floats
    carried: Floats
    base: Floats
    lower: Floats
    upper: Floats
    noise: Floats
    spread: Floats
    guess: Floats
    span: Floats
    owned: Ints
    row: Ints
    begin: Ints
    effect: Floats
    effect_variance: Floats


class Prior(NamedTuple):
    """Levels before anything is seen, and the grid they are integrated on.

    Parameters
    ----------
    group : Ints, shape (n_officers,)
    mean : Floats, shape (n_groups, n_competencies)
    precision : Floats, shape (n_groups, n_competencies, n_competencies)
    along : Floats, shape (n_groups, n_competencies)
        Sums of the rows of `precision`.
    shift, tight : Floats, shape (n_officers,)
        What an officer is expected above the group, in all competencies; and how much of
        ``along along'`` the precision exceeds that of the group, for what is known of the unit.
    borders, nodes, level : shape (n_nodes + 1,), (n_nodes,), (n_nodes,)
        See :class:`competency.levels.posterior.grid.LevelGrid`.
    """

    group: Ints
    mean: Floats
    precision: Floats
    along: Floats
    shift: Floats
    tight: Floats
    borders: Floats
    nodes: Floats
    level: Ints


class Scores(NamedTuple):
    """What is believed: see :class:`competency.levels.LevelBeliefs`."""

    probs: Floats
    mean: Floats
    sd: Floats


class Desk(NamedTuple):
    """Memory for one officer at a time: the joint normal, the sites, and a row of cells."""

    root: Floats
    covariance: Floats
    push: Floats
    mean: Floats
    site: Floats
    place: Floats
    sight_mean: Floats
    sight_variance: Floats
    with_level: Floats
    cells: Floats
    rate: Floats


def make_desk(n_competencies: int, n_sights: int, n_nodes: int) -> Desk:
    """Return memory for officers with at most `n_sights` sights.

    Parameters
    ----------
    n_competencies, n_sights, n_nodes : int

    Returns
    -------
    Desk
    """
    square = (n_competencies, n_competencies)
    (push, mean), sights = np.zeros((2, n_competencies)), np.zeros((5, n_sights))
    cells, rate = np.zeros(n_nodes), np.zeros(len(_WEIGHTS))
    site, place, sight_mean, variance, with_level = sights
    return Desk(
        np.zeros(square), np.zeros(square), push, mean, site, place, sight_mean, variance,
        with_level, cells, rate,
    )  # fmt: skip


@njit(nogil=True, cache=True, _nrt=False, error_model="numpy")  # type: ignore[call-overload]
def score_officers(
    first: int, last: int, sighted: Sighted, prior: Prior, desk: Desk, scores: Scores
) -> None:
    """Write the beliefs about the officers in [first, last) into `scores`.

    Parameters
    ----------
    first, last : int
    sighted : Sighted
    prior : Prior
    desk : Desk
        Memory: as many sights as the officer with most of them has.
    scores : Scores
        Overwritten in rows `first` to `last`.
    """
    for officer in range(first, last):
        start, stop = sighted.first[officer], sighted.first[officer + 1]
        for sight in range(stop - start):
            desk.site[sight] = 0.0
            desk.place[sight] = 0.0
        _believe(officer, sighted, prior, desk)
        for _ in range(SWEEPS):
            for sight in range(start, stop):
                _improve(sight, sight - start, sighted, desk)
            _believe(officer, sighted, prior, desk)
        group = prior.group[officer]
        sight = start
        for competency in range(len(desk.mean)):
            end = sight
            while end < stop and sighted.competency[end] == competency:
                end += 1
            mean = prior.mean[group, competency] + prior.shift[officer]
            _level(officer, competency, mean, prior, desk, scores, sight, end, start, sighted)
            sight = end


@_compiled
def _believe(officer, sighted, prior, desk):
    """Joint normal of the officer's levels and meetings given the sites; moments of each sight."""
    start, size = sighted.first[officer], len(desk.mean)
    group, tight = prior.group[officer], prior.tight[officer]
    for c in range(size):
        desk.push[c] = 0.0
        more = tight * prior.along[group, c]
        for d in range(size):
            desk.root[c, d] = prior.precision[group, c, d] + more * prior.along[group, d]
    for sight in range(start, sighted.first[officer + 1]):
        c, u, w = sighted.competency[sight], sighted.carried[sight], desk.site[sight - start]
        desk.root[c, c] += u * u * w
        desk.push[c] += u * _natural(sight, sight - start, sighted, desk)
    for meeting in range(sighted.owned[officer], sighted.owned[officer + 1]):
        _integrate_out(meeting, start, sighted, desk)
    _invert(desk.root, desk.covariance)
    for c in range(size):
        total = 0.0
        for d in range(size):
            total += desk.covariance[c, d] * desk.push[d]
        desk.mean[c] = total
    for sight in range(start, sighted.first[officer + 1]):
        i, c, u = sight - start, sighted.competency[sight], sighted.carried[sight]
        own = desk.covariance[c, c]
        desk.sight_mean[i] = u * desk.mean[c]
        desk.sight_variance[i] = max(u * u * own, 1e-9)
        desk.with_level[i] = u * own
    for meeting in range(sighted.owned[officer], sighted.owned[officer + 1]):
        _tell_sights(meeting, start, sighted, desk)


@_compiled
def _natural(sight, i, sighted, desk):
    """Natural place of the site, about the level less what the effect exceeds its mean."""
    meeting = sighted.meeting[sight]
    expected = sighted.effect[meeting] if meeting >= 0 else 0.0
    return desk.place[i] + desk.site[i] * expected


@_compiled
def _totals(meeting, start, sighted, desk):
    """Precision of the effect of a meeting, and what its sights say of it."""
    held, pull = 1 / sighted.effect_variance[meeting], 0.0
    for at in range(sighted.begin[meeting], sighted.begin[meeting + 1]):
        sight = sighted.row[at]
        held += desk.site[sight - start]
        pull += _natural(sight, sight - start, sighted, desk)
    return held, pull


@_compiled
def _integrate_out(meeting, start, sighted, desk):
    held, pull = _totals(meeting, start, sighted, desk)
    for at in range(sighted.begin[meeting], sighted.begin[meeting + 1]):
        sight = sighted.row[at]
        c = sighted.competency[sight]
        load = sighted.carried[sight] * desk.site[sight - start] / held
        desk.push[c] -= load * pull
        for other in range(sighted.begin[meeting], sighted.begin[meeting + 1]):
            beside = sighted.row[other]
            share = sighted.carried[beside] * desk.site[beside - start]
            desk.root[c, sighted.competency[beside]] -= load * share


@_compiled
def _tell_sights(meeting, start, sighted, desk):
    """Moments of ``u x - b`` of the sights of a meeting, with its effect b."""
    held, pull = _totals(meeting, start, sighted, desk)
    away, square = -pull, 0.0
    for at in range(sighted.begin[meeting], sighted.begin[meeting + 1]):
        sight = sighted.row[at]
        c = sighted.competency[sight]
        load, common = sighted.carried[sight] * desk.site[sight - start], 0.0
        for other in range(sighted.begin[meeting], sighted.begin[meeting + 1]):
            beside = sighted.row[other]
            share = sighted.carried[beside] * desk.site[beside - start]
            common += share * desk.covariance[c, sighted.competency[beside]]
        away += load * desk.mean[c]
        square += load * common
        desk.with_level[sight - start] -= common / held
    effect = sighted.effect[meeting] + away / held
    variance = 1 / held + square / (held * held)
    for at in range(sighted.begin[meeting], sighted.begin[meeting + 1]):
        i, u = sighted.row[at] - start, sighted.carried[sighted.row[at]]
        c = sighted.competency[sighted.row[at]]
        own = u * desk.covariance[c, c]
        desk.sight_mean[i] -= effect
        spread = u * own - 2 * u * (own - desk.with_level[i]) + variance
        desk.sight_variance[i] = max(spread, 1e-9)


@_compiled
def _invert(matrix, inverse):
    """Inverse of a positive definite matrix by its Cholesky root, which replaces the matrix."""
    size = len(matrix)
    for c in range(size):
        for d in range(c + 1):
            total = matrix[c, d]
            for e in range(d):
                total -= matrix[c, e] * matrix[d, e]
            matrix[c, d] = math.sqrt(total) if c == d else total / matrix[d, d]
    for d in range(size):  # the inverse of the root, in the upper triangle
        for c in range(d, size):
            total = 1.0 if c == d else 0.0
            for e in range(d, c):
                total -= matrix[c, e] * inverse[d, e]
            inverse[d, c] = total / matrix[c, c]
    for d in range(size):
        for c in range(d, size):
            total = 0.0
            for e in range(c, size):
                total += inverse[d, e] * inverse[c, e]
            matrix[c, d] = total
    for c in range(size):
        for d in range(c + 1):
            inverse[c, d] = inverse[d, c] = matrix[c, d]


@_compiled
def _improve(sight, i, sighted, desk):
    """Take the site out, put the interval in its place, and match the first two moments."""
    once = 1 / max(sighted.weight[sight], 1.0)
    left = max(1 - desk.sight_variance[i] * desk.site[i] * once, 1e-3)
    mean = (desk.sight_mean[i] - desk.sight_variance[i] * desk.place[i] * once) / left
    variance = desk.sight_variance[i] / left
    slope, curvature = _derivatives(sight, sighted.base[sight] + mean, variance, sighted)
    curvature = min(max(curvature, 0.0), _MOST / variance)
    held = sighted.weight[sight] / (1 - variance * curvature)
    desk.site[i] = held * curvature
    desk.place[i] = held * (slope + curvature * mean)


@_compiled
def _derivatives(sight, mean, variance, sighted):
    inside = first = second = 0.0
    for j in range(len(_WEIGHTS)):
        square = _SQUARES[j] * sighted.noise[sight] + sighted.spread[sight] + variance
        rate = 1 / math.sqrt(square)
        low, high = (sighted.lower[sight] - mean) * rate, (sighted.upper[sight] - mean) * rate
        inside += _WEIGHTS[j] * (_below(high) - _below(low))
        at_low = _WEIGHTS[j] / _ROOT * math.exp(-0.5 * low * low)
        at_high = _WEIGHTS[j] / _ROOT * math.exp(-0.5 * high * high)
        first += (at_low - at_high) * rate
        second += (low * at_low - high * at_high) / square
    whole = sighted.guess[sight] + sighted.span[sight] * inside
    if whole <= _FLOOR:
        return 0.0, 0.0
    share = sighted.span[sight] / whole
    return share * first, share * share * first * first - share * second


@_compiled
def _below(z):
    """Normal distribution function."""
    step = (min(max(z, -_REACH), _REACH) + _REACH) * _PER_UNIT
    k = np.uint64(step)
    t = step - int(step)
    return _CUBICS[k, 0] + t * (_CUBICS[k, 1] + t * (_CUBICS[k, 2] + t * _CUBICS[k, 3]))


@_compiled
def _between(low, high):
    """Normal mass; right of the mean the mirrored difference keeps the digits of a small tail."""
    if low > 0:
        return _below(-low) - _below(-high)
    return _below(high) - _below(low)


@_compiled
def _level(officer, competency, mean, prior, desk, scores, sight, end, start, sighted):
    """Belief about one level: exact where it was assessed, else the normal of the network."""
    own = desk.covariance[competency, competency]
    place = mean + desk.mean[competency]
    for node in range(len(desk.cells)):
        desk.cells[node] = 0.0
    pull = held = 0.0
    for row in range(sight, end):
        more, firm = _see(row, row - start, place, own, sighted, prior, desk)
        pull += more
        held += firm
    rest = max(1 / own - held, _LEAST)
    _write(officer, competency, place - pull / rest, math.sqrt(rest), prior, desk, scores)
    if sight == end:
        scores.mean[officer, competency] = place
        scores.sd[officer, competency] = math.sqrt(own)


@_compiled
def _see(sight, i, place, own, sighted, prior, desk):
    """Put a sight back in its exact shape; return its own site as pull and precision."""
    weight = sighted.weight[sight]
    once = 1 / max(weight, 1.0)
    held, push = desk.site[i] * once, desk.place[i] * once
    lean = desk.with_level[i] / own
    rest = max(desk.sight_variance[i] - lean * desk.with_level[i], 0.0)
    left = max(1 - rest * held, 1e-3)
    centre = (desk.sight_mean[i] - rest * push) / left
    rest, lean = rest / left, lean / left
    for j in range(len(_WEIGHTS)):
        square = _SQUARES[j] * sighted.noise[sight] + sighted.spread[sight] + rest
        desk.rate[j] = 1 / math.sqrt(square)
    _add_logs(sight, sighted.base[sight] + centre - lean * place, lean, sighted, prior, desk)
    damped = once * (1 + rest * held)
    return lean * (push - held * centre) / damped, lean * lean * held / damped


@_compiled
def _add_logs(sight, origin, lean, sighted, prior, desk):
    """Add the log-probability of a sight at each node."""
    lower, upper = sighted.lower[sight], sighted.upper[sight]
    for node in range(len(desk.cells)):
        mean, inside = origin + lean * prior.nodes[node], 0.0
        for j in range(len(_WEIGHTS)):
            high = _below((upper - mean) * desk.rate[j]) if upper < OPEN else 1.0
            low = _below((lower - mean) * desk.rate[j]) if lower > -OPEN else 0.0
            inside += _WEIGHTS[j] * (high - low)
        chance = max(sighted.guess[sight] + sighted.span[sight] * inside, _FLOOR)
        desk.cells[node] += sighted.weight[sight] * math.log(chance)


@_compiled
def _write(officer, competency, centre, rate, prior, desk, scores):
    """Multiply the cells by the belief that is left, and write levels and moments."""
    n_nodes, most = len(desk.cells), -math.inf
    for node in range(n_nodes):
        low = (prior.borders[node] - centre) * rate if node > 0 else -math.inf
        high = (prior.borders[node + 1] - centre) * rate if node < n_nodes - 1 else math.inf
        desk.cells[node] += math.log(max(_between(low, high), _TINY))
        most = max(most, desk.cells[node])
    total = first = 0.0
    for node in range(n_nodes):
        desk.cells[node] = math.exp(desk.cells[node] - most)
        total += desk.cells[node]
        first += desk.cells[node] * prior.nodes[node]
    first /= total
    second = 0.0
    for level in range(scores.probs.shape[2]):
        scores.probs[officer, competency, level] = 0.0
    for node in range(n_nodes):
        share = desk.cells[node] / total
        second += share * (prior.nodes[node] - first) ** 2
        scores.probs[officer, competency, prior.level[node]] += share
    scores.mean[officer, competency] = first
    scores.sd[officer, competency] = math.sqrt(second)
