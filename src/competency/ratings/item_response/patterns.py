"""Who was rated how, in the form in which an E-step is two sparse products.

Row p of the indicator matrix A has a 1 in column ``cell * n_categories + category`` for each
rating of person p. With the table L of log-probabilities at the nodes, the log-likelihood of
everybody is ``A @ L`` and the expected counts are ``A.T @ W`` (W: posterior masses).

A sparse product adds table rows one after the other: its bytes depend on no number of threads,
and one thread of it is as fast as two of a dense product (measured at 5 to 25 categories).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from competency.arrays import Floats, Ints

_CHUNK_BYTES = 1_500_000
# Bytes of posteriors that are worked on at once: with their ratings they fit into a cache.
_SINGLE = 100_000
# Ratings above which products are done in float32: the gradient then has a noise of about 1e-5
# of its own sampling error, far below what the data can show.
_LEAST = {np.float32: -80.0, np.float64: -700.0}
# Log-mass relative to the largest from which a node counts as 0: beyond, numbers are no longer
# normal, and calculate ten times slower.


@dataclass(frozen=True, eq=False)
class Expectation:
    """What an E-step gives.

    `counts` are expected numbers of persons with a 1 in each column, at each node, and `node_mass`
    is the sum of the posteriors of all persons.
    """

    log_likelihood: float
    counts: Floats
    node_mass: Floats


@dataclass(frozen=True, eq=False)
class Patterns:
    """The distinct rows of ratings, how often each occurs, and the pattern of each person.

    With `single`, products are done in float32.
    """

    rows: Any
    weight: Floats
    of_person: Ints
    single: bool

    def expectation(self, log_table: Floats, log_weights: Floats) -> Expectation:
        """Return the log-likelihood and the expected counts.

        `log_table` holds the log-probability of each column at each node, ``(n_columns, n_nodes)``,
        and `log_weights` those of the prior at the nodes, here and below.
        """
        counts = np.zeros(log_table.shape)
        mass, total = np.zeros(len(log_weights)), 0.0
        for part, block, posterior, log_like in self._chunks(log_table, log_weights):
            weight = self.weight[part]
            total += float((log_like * weight).sum())
            shares = np.multiply(posterior, weight[:, None].astype(posterior.dtype), out=posterior)
            counts += block.T @ shares
            mass += shares.sum(0, dtype=np.float64)
        return Expectation(total, counts, mass)

    def posterior(self, log_table: Floats, log_weights: Floats) -> Floats:
        """Return the posterior masses of each pattern, ``(n_patterns, n_nodes)``; rows sum to 1."""
        chunks = self._chunks(log_table, log_weights)
        return np.concatenate([mass for _, _, mass, _ in chunks])

    def moments(
        self, log_table: Floats, log_weights: Floats, nodes: Floats
    ) -> tuple[Floats, Floats]:
        """Return posterior mean and standard deviation of each pattern."""
        mean, sd = np.zeros(len(self.weight)), np.zeros(len(self.weight))
        for part, _, mass, _ in self._chunks(log_table, log_weights):
            # NOTE: no matrix product, whose bytes would depend on the number of threads.
            first = np.einsum("pq,q->p", mass, nodes.astype(mass.dtype)).astype(np.float64)
            second = np.einsum("pq,q->p", mass, (nodes**2).astype(mass.dtype))
            mean[part], sd[part] = first, np.sqrt(np.maximum(second - first**2, 0))
        return mean, sd

    def averages(self, log_table: Floats, log_weights: Floats, values: Floats) -> Floats:
        """Return what sums over the columns of each pattern are on average over its posterior.

        What is summed over columns at each node is `values`, ``(n_kinds, n_columns, n_nodes)``; the
        averages have shape ``(n_kinds, n_patterns)``.
        """
        found = np.zeros((len(values), len(self.weight)))
        for part, block, mass, _ in self._chunks(log_table, log_weights):
            for kind, value in enumerate(values):
                found[kind, part] = (mass * (block @ value)).sum(1)
        return found

    def _chunks(
        self, log_table: Floats, log_weights: Floats
    ) -> Iterator[tuple[slice, Any, Floats, Floats]]:
        """Yield persons, their rows, their posterior masses and their log-likelihoods."""
        kind = np.float32 if self.single else np.float64
        table, prior = log_table.astype(kind), log_weights.astype(kind)
        size = max(1, _CHUNK_BYTES // (table.shape[1] * table.itemsize))
        for start in range(0, len(self.weight), size):
            part = slice(start, start + size)
            block = self.rows[part].astype(kind)
            mass = block @ table
            mass += prior
            top, total = _normalise(mass)
            yield part, block, mass, (np.log(total) + top)[:, 0]


def _normalise(mass: Floats) -> tuple[Floats, Floats]:
    """Turn log-masses into masses that sum to 1 in each row, in place; return what was taken out.

    That is the largest logarithm of each row, and the sum relative to it in double precision.
    """
    least = mass.dtype.type(_LEAST[mass.dtype.type])
    top = mass.max(1, keepdims=True)
    mass -= top
    np.maximum(mass, least, out=mass)
    np.exp(mass, out=mass)
    mass -= np.exp(np.full(64, least))[0]  # of an array, for the same rounding as above
    total = mass.sum(1, keepdims=True)
    mass /= total
    return top, total.astype(np.float64)


def make_patterns(
    person: Ints,
    column: Ints,
    frequency: Floats,
    *,
    n_columns: int,
    code: Floats | None = None,
) -> Patterns:
    """Return the patterns of ratings.

    `person` and `column` are the place of each 1; the same pair twice counts twice, up to 255
    times. `frequency` says how often each person's row occurs. `code` gives each column a whole
    number, below 2^53, whose sum over the columns of a person differs between different rows; equal
    rows are then merged.
    """
    n_persons = len(frequency)
    weight = frequency.astype(np.float64)
    places = (person.astype(np.int32, copy=False), column.astype(np.int32, copy=False))
    ones = np.ones(len(person), np.uint8)
    rows = sparse.csr_array((ones, places), shape=(n_persons, n_columns))
    rows.sum_duplicates()  # sorts the columns too, so that no sum depends on the order of ratings
    of_person: Ints = np.arange(n_persons)
    if code is not None:
        key = np.asarray(rows @ code)
        _, first, of_person = np.unique(key, return_index=True, return_inverse=True)
        weight = np.bincount(of_person, weights=weight, minlength=len(first)).astype(np.float64)
        rows = rows[first]
    return Patterns(rows, weight, of_person, single=len(person) > _SINGLE)
