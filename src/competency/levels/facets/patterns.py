"""Who was rated how, in the form in which an E-step is two matrix products.

Row p of the indicator matrix A has a 1 in column ``cell * n_categories + category`` for each
rating of person p. With the table L of log-probabilities at the nodes, the log-likelihood of
everybody is ``A @ L`` and the expected counts are ``A.T @ W`` (W: posterior masses).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from competency.arrays import Floats, Ints

_DENSE = 0.04
# Share of ones above which a dense product beats a sparse one (measured; 5 to 25 categories).
_CHUNK_BYTES = 6_000_000
# Bytes of the dense rows, or of the nodes, that are worked on at once: the size of a cache.
_FILLED = 1_000_000
# Ratings that are written into the dense rows at once: bounds the memory of their places.
_SINGLE = 100_000
# Ratings above which products are done in float32: the gradient then has a noise of about 1e-5
# of its own sampling error, far below what the data can tell.


@dataclass(frozen=True, eq=False)
class Expectation:
    """What an E-step gives.

    Parameters
    ----------
    log_likelihood : float
    counts : float64, shape (n_columns, n_nodes)
        Expected number of persons with a 1 in the column, at each node.
    node_mass : float64, shape (n_nodes,)
        Sum of the posteriors of all persons.
    """

    log_likelihood: float
    counts: Floats
    node_mass: Floats


@dataclass(frozen=True, eq=False)
class Patterns:
    """The distinct rows of ratings, and how often each was seen.

    Parameters
    ----------
    rows : unsigned integers or sparse float64, shape (n_patterns, n_columns)
    weight : float64, shape (n_patterns,)
    of_person : Ints, shape (n_persons,)
        The pattern of each person.
    single : bool
        Whether products are done in float32.
    """

    rows: Any
    weight: Floats
    of_person: Ints
    single: bool

    def expectation(self, log_table: Floats, log_weights: Floats) -> Expectation:
        """Return the log-likelihood and the expected counts.

        Parameters
        ----------
        log_table : Floats, shape (n_columns, n_nodes)
            Log-probability of each column at each node.
        log_weights : Floats, shape (n_nodes,)
            Of the prior.

        Returns
        -------
        Expectation
        """
        counts = np.zeros(log_table.shape)
        mass, total = np.zeros(len(log_weights)), 0.0
        for part, block, posterior, log_like in self._chunks(log_table, log_weights):
            weight = self.weight[part]
            total += float(log_like @ weight)
            shares = np.multiply(posterior, weight[:, None].astype(posterior.dtype), out=posterior)
            counts += block.T @ shares
            mass += shares.sum(0, dtype=np.float64)
        return Expectation(total, counts, mass)

    def posterior(self, log_table: Floats, log_weights: Floats) -> Floats:
        """Return the posterior masses of each pattern.

        Parameters
        ----------
        log_table : Floats, shape (n_columns, n_nodes)
        log_weights : Floats, shape (n_nodes,)

        Returns
        -------
        Floats, shape (n_patterns, n_nodes)
            Rows sum to 1.
        """
        chunks = self._chunks(log_table, log_weights)
        return np.concatenate([mass for _, _, mass, _ in chunks])

    def moments(
        self, log_table: Floats, log_weights: Floats, nodes: Floats
    ) -> tuple[Floats, Floats]:
        """Return posterior mean and standard deviation of each pattern.

        Parameters
        ----------
        log_table : Floats, shape (n_columns, n_nodes)
        log_weights, nodes : Floats, shape (n_nodes,)

        Returns
        -------
        mean, sd : float64, shape (n_patterns,)
        """
        mean, sd = np.zeros(len(self.weight)), np.zeros(len(self.weight))
        for part, _, mass, _ in self._chunks(log_table, log_weights):
            first = mass @ nodes
            mean[part] = first
            sd[part] = np.sqrt(np.maximum(mass @ nodes**2 - first**2, 0))
        return mean, sd

    def _chunks(
        self, log_table: Floats, log_weights: Floats
    ) -> Iterator[tuple[slice, Any, Floats, Floats]]:
        kind = np.float32 if self.single else np.float64
        table, prior = log_table.astype(kind), log_weights.astype(kind)
        width = max(table.shape[1], 1 if sparse.issparse(self.rows) else table.shape[0])
        size = max(1, _CHUNK_BYTES // (width * table.itemsize))
        for start in range(0, len(self.weight), size):
            part = slice(start, start + size)
            block = self.rows[part].astype(kind)
            mass = block @ table
            mass += prior
            top = mass.max(1, keepdims=True)
            mass -= top
            np.exp(mass, out=mass)
            total = mass.sum(1, keepdims=True)
            mass /= total
            yield part, block, mass, (np.log(total.astype(np.float64)) + top)[:, 0]


def make_patterns(
    person: Ints, column: Ints, frequency: Floats, *, n_columns: int, n_patterns: float
) -> Patterns:
    """Return the patterns of ratings.

    Parameters
    ----------
    person, column : Ints, shape (n_ratings,)
        Row and column of each 1; the same pair twice counts twice.
    frequency : Floats, shape (n_persons,)
        How often each row was seen.
    n_columns : int
    n_patterns : float
        How many different rows there can be: equal ones are merged when that is worth while.

    Returns
    -------
    Patterns
    """
    n_persons = len(frequency)
    of_person: Ints = np.arange(n_persons)
    weight = frequency.astype(np.float64)
    if len(person) <= _DENSE * n_persons * n_columns:
        places = (person, column)
        rows = sparse.csr_array((np.ones(len(person)), places), shape=(n_persons, n_columns))
        return Patterns(rows, weight, of_person, single=False)
    dense = _indicators(person, column, (n_persons, n_columns))
    if n_patterns <= 4 * n_persons:
        dense, of_person = np.unique(dense, axis=0, return_inverse=True)
        weight = np.bincount(of_person, weights=weight, minlength=len(dense)).astype(np.float64)
    return Patterns(dense, weight, of_person, single=len(person) > _SINGLE)


def _indicators(person: Ints, column: Ints, shape: tuple[int, int]) -> Ints:
    flat: Ints = np.zeros(shape[0] * shape[1], np.uint8)
    for start in range(0, len(person), _FILLED):
        part = slice(start, start + _FILLED)
        flat[person[part].astype(np.int64) * shape[1] + column[part]] = 1
    if flat.sum(dtype=np.int64) < len(person):  # some pair is there more than once
        place = person.astype(np.int64) * shape[1] + column
        flat = np.bincount(place, minlength=len(flat)).astype(np.uint16)
    return flat.reshape(shape)
