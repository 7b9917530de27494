"""Array types, and the two small habits every module shares: freezing and stable hashing."""

from __future__ import annotations

import hashlib
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]
Bools = NDArray[np.bool_]
Dates = NDArray[np.datetime64]
Texts = NDArray[np.object_]

_Array = TypeVar("_Array", bound=NDArray[Any])


def frozen(array: _Array) -> _Array:
    """Return `array` itself, made read-only.

    Examples
    --------
    >>> frozen(np.zeros(2)).flags.writeable
    False
    """
    array.setflags(write=False)
    return array


def stable_seed(*parts: object) -> int:
    """Return a 64-bit seed that depends on `parts` only: not on order of rows, process or run.

    Examples
    --------
    >>> stable_seed(0, "officer-1") == stable_seed(0, "officer-1")
    True
    >>> stable_seed(0, "officer-1") == stable_seed(1, "officer-1")
    False
    """
    text = "\x1f".join(map(str, parts))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def index_pointer(owner: Ints, size: int) -> Ints:
    """Return the CSR pointer of rows sorted by `owner`: int32, `size` + 1 long.

    Examples
    --------
    >>> index_pointer(np.array([0, 0, 2]), 3).tolist()
    [0, 2, 2, 3]
    >>> index_pointer(np.array([], int), 1).tolist()
    [0, 0]
    """
    counts = np.bincount(owner, minlength=size)
    return frozen(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32))


def row_owners(pointer: Ints) -> Ints:
    """Return the owner of each row of a CSR table, the inverse of `index_pointer`.

    Examples
    --------
    >>> row_owners(np.array([0, 2, 2, 3])).tolist()
    [0, 0, 2]
    """
    return np.repeat(np.arange(len(pointer) - 1), np.diff(pointer))


def rows_of_ranges(first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """Return the number of the range and the row, for all rows of the ranges ``[first, last)``.

    Of a CSR table, the rows of the owners `o` are ``rows_of_ranges(pointer[o], pointer[o + 1])``.

    Examples
    --------
    >>> number, row = rows_of_ranges(np.array([4, 0, 7]), np.array([6, 0, 8]))
    >>> number.tolist(), row.tolist()
    ([0, 0, 2], [4, 5, 7])
    >>> rows_of_ranges(np.array([], int), np.array([], int))[1].tolist()
    []
    """
    count = (last - first).astype(np.int64)
    number = np.repeat(np.arange(len(count)), count)
    before = np.cumsum(count) - count
    return number, np.arange(count.sum()) - before[number] + first[number]
