"""Candidates for the next round, compiled: one for each set of trainings, the best kept."""

from __future__ import annotations

import numpy as np

from competency.compiled import compiled

TIE = 1e-9
"""Values closer than this are equal; then fewer hours, then the earlier end decide."""


@compiled
def mixed(number):
    """A 64-bit hash of an unsigned number (the finaliser of splitmix64)."""
    z = (number + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@compiled
def keep(candidate, count, width, found, table, score, best):
    """Put a candidate among the `count` found; return how many there are then.

    Of two with one key (a set of trainings) one stays: where they lead to the same beliefs and
    value, the earlier; else the one of higher value, and what is lost with the other is noted.
    """
    home = home_of(candidate.key, table)
    q = table[home]
    if q < count and found[q].key == candidate.key:
        if replaces(candidate, found[q], best):
            found[q] = candidate
        return count
    if candidate.score >= best.floor and count == len(found) - 1:
        count = thin(count, width, found, table, score, best)
    if candidate.score < best.floor:
        best.dropped = max(best.dropped, candidate.bound)
        return count
    found[count] = candidate
    table[home] = count
    return count + 1


@compiled
def home_of(key, table):
    """Where the last candidate with such a key is noted; others may have displaced it."""
    return np.int64(key & np.uint64(len(table) - 1))


@compiled
def replaces(candidate, other, best):
    """Whether a candidate is better than another with the same key."""
    same = abs(candidate.state - other.state) <= TIE
    same = same and abs(candidate.value - other.value) <= TIE
    better = candidate.end < other.end if same else candidate.value > other.value + TIE
    if not same:
        best.dropped = max(best.dropped, other.bound if better else candidate.bound)
    return better


@compiled
def thin(count, width, found, table, score, best):
    """Keep the `width` candidates with the highest scores, in their order; return how many."""
    if count <= width:
        return count
    best.floor = nth_highest(score, found, count, width)
    ties = width
    for q in range(count):
        ties -= found[q].score > best.floor
    kept = 0
    for q in range(count):
        one = found[q]
        if one.score > best.floor or (one.score == best.floor and ties > 0):
            ties -= one.score == best.floor
            found[kept] = one
            table[home_of(one.key, table)] = kept
            kept += 1
        else:
            best.dropped = max(best.dropped, one.bound)
    return kept


@compiled
def nth_highest(score, found, count, n):
    """Return the n-th highest score of the first `count` candidates (Hoare's selection)."""
    for q in range(count):
        score[q] = found[q].score
    low, high, wanted = 0, count - 1, n - 1
    while low < high:
        pivot = score[(low + high) // 2]
        i, j = low, high
        while i <= j:
            while score[i] > pivot:
                i += 1
            while score[j] < pivot:
                j -= 1
            if i <= j:
                score[i], score[j] = score[j], score[i]
                i, j = i + 1, j - 1
        if wanted <= j:
            high = j
        elif wanted >= i:
            low = i
        else:
            return score[wanted]
    return score[wanted]
