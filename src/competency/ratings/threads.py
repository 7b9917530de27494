"""One thread for small products of matrices: several cost more than they bring, and change bits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


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
