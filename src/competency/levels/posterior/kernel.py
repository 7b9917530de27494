"""Scoring, officer by officer: expectation propagation and exact cells in one compiled pass.

The same arithmetic as :mod:`competency.levels.posterior.network`, which serves fitting, with all of
an officer's numbers in the cache. An officer's observations are replaced by normal sites, `SWEEPS`
times (levels and meetings follow in closed form); then the normal of each assessed level is freed
from its own sites, the belief that is left is integrated over the cells of a grid, and each
observation is put back in its exact shape. With one observation in a competency, or with
observations that share no assessor, that is the exact product of likelihoods and that belief.

The kernel is compiled with numba. Its buffers are made outside, because array creation inside
triples the compile time; and since nothing is created, references need not be counted (`_nrt`),
which took half of the time and made threads wait for each other.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from competency.arrays import Floats, Ints
from competency.compiled import compiled, entry_point, pass_by_reference
from competency.levels.posterior.network import SWEEPS
from competency.ratings.ordinal import LOGISTIC_SDS, LOGISTIC_WEIGHTS, OPEN

_MOST = 0.999
# Largest share of the cavity variance that one observation may take away.
_FLOOR = 1e-12
# The smallest probability of any observation, as in `ratings.ordinal`.
_TINY = 1e-300
# Mass of a cell that is too small for a float64, so that its logarithm is finite.
_LEAST = 0.05
# Smallest precision of a level without its own observations, in 1 / levels squared.
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


class Observed(NamedTuple):
    """Observations and meetings of all officers, sorted by officer and competency.

    Parameters
    ----------
    first : Ints, shape (n_officers + 1,)
        Where the observations of each officer begin.
    competency, meeting : Ints, shape (n_observations,)
        Row of the meeting; -1 where no assessor's effect is shared.
    weight, carried, base : Floats, shape (n_observations,)
        See :class:`competency.levels.posterior.network.Network`.
    lower, upper, noise, spread, guess, span : Floats, shape (n_observations,)
        See :class:`competency.levels.posterior.likelihood.Intervals`; noise is ``1 / slope^2``.
    owned : Ints, shape (n_officers + 1,)
        Where the meetings of each officer begin.
    row, begin : Ints, shape (n_shared,) and (n_meetings + 1,)
        Observations by meeting, and where each meeting begins.
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
    """The prior of levels, and the grid they are integrated on.

    Parameters
    ----------
    group : Ints, shape (n_officers,)
    mean : Floats, shape (n_groups, n_competencies)
    precision : Floats, shape (n_groups, n_competencies, n_competencies)
    along : Floats, shape (n_groups, n_competencies)
        Sums of the rows of `precision`.
    shift, tight : Floats, shape (n_officers,)
        What an officer is expected above the group, in all competencies; and the factor of
        ``along along'`` by which the precision exceeds that of the group, as the unit is known.
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
    """Beliefs: see :class:`competency.levels.LevelBeliefs`."""

    probs: Floats
    mean: Floats
    sd: Floats


class Workspace(NamedTuple):
    """Memory for one officer at a time: the joint normal, the sites, and a row of cells."""

    root: Floats
    covariance: Floats
    push: Floats
    mean: Floats
    site: Floats
    natural: Floats
    observation_mean: Floats
    observation_variance: Floats
    with_level: Floats
    cells: Floats
    rate: Floats


def make_workspace(n_competencies: int, n_observations: int, n_nodes: int) -> Workspace:
    """Return memory for officers with at most `n_observations` observations."""
    square = (n_competencies, n_competencies)
    (push, mean), observations = np.zeros((2, n_competencies)), np.zeros((5, n_observations))
    cells, rate = np.zeros(n_nodes), np.zeros(len(_WEIGHTS))
    site, natural, observation_mean, variance, with_level = observations
    return Workspace(
        np.zeros(square), np.zeros(square), push, mean, site, natural, observation_mean, variance,
        with_level, cells, rate,
    )  # fmt: skip


pass_by_reference(Observed, Prior, Scores, Workspace)


@entry_point
def score_officers(
    first: int, last: int, observed: Observed, prior: Prior, workspace: Workspace, scores: Scores
) -> None:
    """Write the beliefs about the officers in [first, last) into `scores`.

    `workspace` has room for the observations of the officer with most of them.
    """
    for officer in range(first, last):
        start, stop = observed.first[officer], observed.first[officer + 1]
        for observation in range(stop - start):
            workspace.site[observation] = 0.0
            workspace.natural[observation] = 0.0
        _joint_normal(officer, observed, prior, workspace)
        for _ in range(SWEEPS):
            for observation in range(start, stop):
                _update_site(observation, observation - start, observed, workspace)
            _joint_normal(officer, observed, prior, workspace)
        group = prior.group[officer]
        observation = start
        for competency in range(len(workspace.mean)):
            end = observation
            while end < stop and observed.competency[end] == competency:
                end += 1
            mean = prior.mean[group, competency] + prior.shift[officer]
            _level(
                officer, competency, mean, prior, workspace, scores, observation, end, start,
                observed,
            )  # fmt: skip
            observation = end


@compiled
def _joint_normal(officer, observed, prior, workspace):
    """Joint normal of levels and meetings given the sites; moments of each observation."""
    start, size = observed.first[officer], len(workspace.mean)
    group, tight = prior.group[officer], prior.tight[officer]
    for c in range(size):
        workspace.push[c] = 0.0
        more = tight * prior.along[group, c]
        for d in range(size):
            workspace.root[c, d] = prior.precision[group, c, d] + more * prior.along[group, d]
    for observation in range(start, observed.first[officer + 1]):
        c, u = observed.competency[observation], observed.carried[observation]
        w = workspace.site[observation - start]
        workspace.root[c, c] += u * u * w
        workspace.push[c] += u * _natural(observation, observation - start, observed, workspace)
    for meeting in range(observed.owned[officer], observed.owned[officer + 1]):
        _integrate_out(meeting, start, observed, workspace)
    _invert(workspace.root, workspace.covariance)
    for c in range(size):
        total = 0.0
        for d in range(size):
            total += workspace.covariance[c, d] * workspace.push[d]
        workspace.mean[c] = total
    for observation in range(start, observed.first[officer + 1]):
        i, c, u = (
            observation - start,
            observed.competency[observation],
            observed.carried[observation],
        )
        own = workspace.covariance[c, c]
        workspace.observation_mean[i] = u * workspace.mean[c]
        workspace.observation_variance[i] = max(u * u * own, 1e-9)
        workspace.with_level[i] = u * own
    for meeting in range(observed.owned[officer], observed.owned[officer + 1]):
        _observation_moments(meeting, start, observed, workspace)


@compiled
def _natural(observation, i, observed, workspace):
    """Precision times mean of the site, about the level less the effect's excess of its mean."""
    meeting = observed.meeting[observation]
    expected = observed.effect[meeting] if meeting >= 0 else 0.0
    return workspace.natural[i] + workspace.site[i] * expected


@compiled
def _totals(meeting, start, observed, workspace):
    """Precision of the effect of a meeting, and precision times mean by its observations."""
    held, pull = 1 / observed.effect_variance[meeting], 0.0
    for at in range(observed.begin[meeting], observed.begin[meeting + 1]):
        observation = observed.row[at]
        held += workspace.site[observation - start]
        pull += _natural(observation, observation - start, observed, workspace)
    return held, pull


@compiled
def _integrate_out(meeting, start, observed, workspace):
    held, pull = _totals(meeting, start, observed, workspace)
    for at in range(observed.begin[meeting], observed.begin[meeting + 1]):
        observation = observed.row[at]
        c = observed.competency[observation]
        load = observed.carried[observation] * workspace.site[observation - start] / held
        workspace.push[c] -= load * pull
        for other in range(observed.begin[meeting], observed.begin[meeting + 1]):
            beside = observed.row[other]
            share = observed.carried[beside] * workspace.site[beside - start]
            workspace.root[c, observed.competency[beside]] -= load * share


@compiled
def _observation_moments(meeting, start, observed, workspace):
    """Moments of ``u x - b`` of the observations of a meeting, with its effect b."""
    held, pull = _totals(meeting, start, observed, workspace)
    away, square = -pull, 0.0
    for at in range(observed.begin[meeting], observed.begin[meeting + 1]):
        observation = observed.row[at]
        c = observed.competency[observation]
        load, common = observed.carried[observation] * workspace.site[observation - start], 0.0
        for other in range(observed.begin[meeting], observed.begin[meeting + 1]):
            beside = observed.row[other]
            share = observed.carried[beside] * workspace.site[beside - start]
            common += share * workspace.covariance[c, observed.competency[beside]]
        away += load * workspace.mean[c]
        square += load * common
        workspace.with_level[observation - start] -= common / held
    effect = observed.effect[meeting] + away / held
    variance = 1 / held + square / (held * held)
    for at in range(observed.begin[meeting], observed.begin[meeting + 1]):
        i, u = observed.row[at] - start, observed.carried[observed.row[at]]
        c = observed.competency[observed.row[at]]
        own = u * workspace.covariance[c, c]
        workspace.observation_mean[i] -= effect
        spread = u * own - 2 * u * (own - workspace.with_level[i]) + variance
        workspace.observation_variance[i] = max(spread, 1e-9)


@compiled
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


@compiled
def _update_site(observation, i, observed, workspace):
    """Take the site out (the cavity), put the interval in, and match the first two moments."""
    once = 1 / max(observed.weight[observation], 1.0)
    left = max(1 - workspace.observation_variance[i] * workspace.site[i] * once, 1e-3)
    pull = workspace.observation_variance[i] * workspace.natural[i] * once
    mean = (workspace.observation_mean[i] - pull) / left
    variance = workspace.observation_variance[i] / left
    place = observed.base[observation] + mean
    slope, curvature = _derivatives(observation, place, variance, observed)
    curvature = min(max(curvature, 0.0), _MOST / variance)
    held = observed.weight[observation] / (1 - variance * curvature)
    workspace.site[i] = held * curvature
    workspace.natural[i] = held * (slope + curvature * mean)


@compiled
def _derivatives(observation, mean, variance, observed):
    inside = first = second = 0.0
    for j in range(len(_WEIGHTS)):
        square = _SQUARES[j] * observed.noise[observation] + observed.spread[observation] + variance
        rate = 1 / math.sqrt(square)
        low = (observed.lower[observation] - mean) * rate
        high = (observed.upper[observation] - mean) * rate
        inside += _WEIGHTS[j] * (_below(high) - _below(low))
        at_low = _WEIGHTS[j] / _ROOT * math.exp(-0.5 * low * low)
        at_high = _WEIGHTS[j] / _ROOT * math.exp(-0.5 * high * high)
        first += (at_low - at_high) * rate
        second += (low * at_low - high * at_high) / square
    whole = observed.guess[observation] + observed.span[observation] * inside
    if whole <= _FLOOR:
        return 0.0, 0.0
    share = observed.span[observation] / whole
    return share * first, share * share * first * first - share * second


@compiled
def _below(z):
    """Normal distribution function."""
    step = (min(max(z, -_REACH), _REACH) + _REACH) * _PER_UNIT
    k = np.uint64(step)
    t = step - int(step)
    return _CUBICS[k, 0] + t * (_CUBICS[k, 1] + t * (_CUBICS[k, 2] + t * _CUBICS[k, 3]))


@compiled
def _between(low, high):
    """Normal mass; right of the mean the mirrored difference keeps the digits of a small tail."""
    if low > 0:
        return _below(-low) - _below(-high)
    return _below(high) - _below(low)


@compiled
def _level(officer, competency, mean, prior, workspace, scores, observation, end, start, observed):
    """Belief about one level: exact where it was assessed, else the normal of the network."""
    own = workspace.covariance[competency, competency]
    place = mean + workspace.mean[competency]
    for node in range(len(workspace.cells)):
        workspace.cells[node] = 0.0
    pull = held = 0.0
    for row in range(observation, end):
        more, firm = _add_exact(row, row - start, place, own, observed, prior, workspace)
        pull += more
        held += firm
    rest = max(1 / own - held, _LEAST)
    _write(officer, competency, place - pull / rest, math.sqrt(rest), prior, workspace, scores)
    if observation == end:
        scores.mean[officer, competency] = place
        scores.sd[officer, competency] = math.sqrt(own)


@compiled
def _add_exact(observation, i, place, own, observed, prior, workspace):
    """Add an observation in its exact shape; return its own site as pull and precision."""
    weight = observed.weight[observation]
    once = 1 / max(weight, 1.0)
    held, push = workspace.site[i] * once, workspace.natural[i] * once
    loading = workspace.with_level[i] / own
    rest = max(workspace.observation_variance[i] - loading * workspace.with_level[i], 0.0)
    left = max(1 - rest * held, 1e-3)
    centre = (workspace.observation_mean[i] - rest * push) / left
    rest, loading = rest / left, loading / left
    for j in range(len(_WEIGHTS)):
        square = _SQUARES[j] * observed.noise[observation] + observed.spread[observation] + rest
        workspace.rate[j] = 1 / math.sqrt(square)
    origin = observed.base[observation] + centre - loading * place
    _add_logs(observation, origin, loading, observed, prior, workspace)
    damped = once * (1 + rest * held)
    return loading * (push - held * centre) / damped, loading * loading * held / damped


@compiled
def _add_logs(observation, origin, loading, observed, prior, workspace):
    """Add the log-probability of an observation at each node."""
    lower, upper = observed.lower[observation], observed.upper[observation]
    for node in range(len(workspace.cells)):
        mean, inside = origin + loading * prior.nodes[node], 0.0
        for j in range(len(_WEIGHTS)):
            high = _below((upper - mean) * workspace.rate[j]) if upper < OPEN else 1.0
            low = _below((lower - mean) * workspace.rate[j]) if lower > -OPEN else 0.0
            inside += _WEIGHTS[j] * (high - low)
        chance = max(observed.guess[observation] + observed.span[observation] * inside, _FLOOR)
        workspace.cells[node] += observed.weight[observation] * math.log(chance)


@compiled
def _write(officer, competency, centre, rate, prior, workspace, scores):
    """Multiply the cells by the belief without own sites, and write levels and moments."""
    n_nodes, most = len(workspace.cells), -math.inf
    for node in range(n_nodes):
        low = (prior.borders[node] - centre) * rate if node > 0 else -math.inf
        high = (prior.borders[node + 1] - centre) * rate if node < n_nodes - 1 else math.inf
        workspace.cells[node] += math.log(max(_between(low, high), _TINY))
        most = max(most, workspace.cells[node])
    total = first = 0.0
    for node in range(n_nodes):
        workspace.cells[node] = math.exp(workspace.cells[node] - most)
        total += workspace.cells[node]
        first += workspace.cells[node] * prior.nodes[node]
    first /= total
    second = 0.0
    for level in range(scores.probs.shape[2]):
        scores.probs[officer, competency, level] = 0.0
    for node in range(n_nodes):
        share = workspace.cells[node] / total
        second += share * (prior.nodes[node] - first) ** 2
        scores.probs[officer, competency, prior.level[node]] += share
    scores.mean[officer, competency] = first
    scores.sd[officer, competency] = math.sqrt(second)
