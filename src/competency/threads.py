"""Threads: rows in parts by several, small matrix products by one; results depend on neither."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager


def in_parts(
    work: Callable[[slice], None], n_rows: int, *, size: int, workers: int | None = None
) -> None:
    """Call `work` for parts of rows, each part once.

    Parameters
    ----------
    work : callable
        Takes the slice of a part; compiled code in it lets other threads run.
    n_rows, size : int
        Rows in all, and in one part.
    workers : int, optional
        Threads; default: one for each core.

    Examples
    --------
    >>> seen = []
    >>> in_parts(lambda part: seen.append((part.start, part.stop)), 5, size=3, workers=1)
    >>> seen
    [(0, 3), (3, 5)]
    >>> in_parts(seen.append, 0, size=3)
    >>> len(seen)
    2
    """
    parts = [slice(first, min(first + size, n_rows)) for first in range(0, n_rows, size)]
    workers = min(workers or os.cpu_count() or 1, len(parts))
    if workers <= 1:
        for part in parts:
            work(part)
        return
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, parts))


@contextmanager
def one_thread() -> Iterator[None]:
    """Let BLAS work with one thread meanwhile, whatever the environment says.

    Works as a ``with`` block and as a decorator. The sums of a product do not depend on the
    number of threads then, so that the same ratings give the same bytes on every setting.

    Examples
    --------
    >>> with one_thread():
    ...     sum([1, 2])
    3
    >>> one_thread()(sum)([])
    0
    """
    # NOTE: imported here, because `import competency` stays light.
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(limits=1, user_api="blas"):
        yield
