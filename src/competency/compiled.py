"""Compiled functions: decorators for numba whose cache on disk follows every source they may use.

numba keys the cache of a compiled function on the file that defines it alone. A function that was
inlined from another file, a constant imported from a third, or the order of the fields of a named
tuple may change without notice, and the old binary runs on. Here the key is a hash of the sources
of the package.

Nothing in a kernel creates an array, so references need not be counted (`_nrt`), which took more
than half of the time to compile.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from numba import njit
from numba.core.caching import FunctionCache, IndexDataCacheFile

_Function = TypeVar("_Function", bound=Callable[..., Any])

_OPTIONS = {"nogil": True, "_nrt": False, "error_model": "numpy"}
_INSIDE = _OPTIONS | {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}
_ABOVE_KERNELS = frozenset({"_packs", "batch", "cli", "reporting", "simulate", "testing"})
# Folders that no kernel can import from (the layers of import-linter, in pyproject.toml): a change
# of a page need not compile the planner again.


def compiled(function: _Function) -> _Function:
    """Return `function` compiled, to be called from compiled functions only."""
    return njit(**_INSIDE)(function)  # type: ignore[no-any-return, call-overload]


def vectorised(function: _Function) -> _Function:
    """Return the same for loops over finite numbers whose sums may be taken in any order."""
    return njit(**_INSIDE, fastmath=True)(function)  # type: ignore[no-any-return, call-overload]


def entry_point(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return `function` compiled, to be called from Python; its binary is kept on disk.

    The binary lies where numba keeps it: in NUMBA_CACHE_DIR, else in `__pycache__` beside the
    source, else, in an installation that is read-only, in the user's cache folder. Where nothing
    can be written, each process compiles.
    """
    dispatcher = njit(**_OPTIONS)(function)  # type: ignore[call-overload]
    with contextlib.suppress(RuntimeError):  # numba found no folder that it can write to
        dispatcher._cache = _PackageCache(function)  # noqa: SLF001
    return dispatcher  # type: ignore[no-any-return]


class _PackageCache(FunctionCache):
    """The cache of a function, out of date as soon as any source of the package changes."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        self._cache_file = IndexDataCacheFile(  # type: ignore[no-untyped-call]
            self._cache_path, self._impl.filename_base, source_hash(str(Path(__file__).parent))
        )


@cache
def source_hash(package: str) -> str:
    """Return the hash of the names and the contents of all Python files that kernels may use."""
    digest = hashlib.sha256()
    for folder, below, names in os.walk(package):
        below[:] = sorted(set(below) - (_ABOVE_KERNELS if folder == package else set()))
        for name in sorted(names):
            if name.endswith(".py"):
                content = Path(folder, name).read_bytes()
                place = os.path.relpath(folder, package)
                digest.update(f"{place}/{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
